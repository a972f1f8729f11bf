"""The copy task: an encoder must put a whole sequence into one vector, unless the decoder may look back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Trial, percent
from elman.lab.training import fit
from elman.models.batch import Batch
from elman.models.encoder_decoder import EncoderDecoder
from elman.nn.encoders import TokenEmbedding, Words
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

END, SYMBOLS = 1, range(2, 10)  # ids: 0 is <unk>
LENGTHS, LONGEST = (2, 4, 6, 8, 12), 12
SIZES = (16, 48)
MEMORIES = {"a fixed state": "none", "attention": "dot"}
UPDATES, BATCH, TEST = 250, 32, 200


def measure(seed: int, *, updates: int = UPDATES, test: int = TEST) -> Trial:
    numbers, arrays = {}, {}
    for memory, attention in MEMORIES.items():
        for size in SIZES:
            network = EncoderDecoder(
                TokenEmbedding(SYMBOLS.stop, 16),
                SYMBOLS.stop,
                end=END,
                embedding_size=16,
                cell="gru",
                hidden_size=size,
                attention=attention,
                tied=False,
            )
            fit(network, partial(batch, 1, LONGEST, BATCH), steps=updates)
            scores = [accuracy(network, batch(length, length, test)) for length in LENGTHS]
            arrays[f"{memory}, {size} units"] = 100 * np.array(scores)
            numbers |= {
                f"{memory}, {size} units: right at {length} symbols": percent(score)
                for length, score in zip(LENGTHS, scores, strict=True)
                if length in (LENGTHS[0], LENGTHS[1], LONGEST)
            }
    return Trial(numbers, arrays)


def batch(shortest: int, longest: int, count: int) -> Batch:
    """Random symbols, to be written down again, and then the end mark."""
    lengths = torch.randint(shortest, longest + 1, (count,)).tolist()
    rows = [torch.randint(SYMBOLS.start, SYMBOLS.stop, (length,)) for length in lengths]
    targets = [torch.cat([row, torch.tensor([END])]) for row in rows]
    return Batch(Words(Ragged.from_list(rows)), Ragged.from_list(targets))


@torch.no_grad()
def accuracy(network: EncoderDecoder, test: Batch) -> float:
    """The share of symbols that are right where they stand, each given the true ones before it."""
    scores = network(test.inputs, test.targets)
    right, real = scores.values.argmax(-1) == test.targets.values, test.targets.values != END
    return right[real].double().mean().item()


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    fixed, attention = MEMORIES
    small, large = SIZES

    def at(memory: str, size: int, length: int) -> float:
        return numbers[f"{memory}, {size} units: right at {length} symbols"]

    def lost(memory: str, size: int) -> float:
        """By how many points the longest sequences are worse than the shortest."""
        short, long = (
            numbers[f"{memory}, {size} units: right at {length} symbols"] for length in (LENGTHS[0], LONGEST)
        )
        return short - long

    return {
        f"a fixed state of {small} units loses more than 20 points from {LENGTHS[0]} to {LONGEST} symbols": lost(
            fixed, small
        )
        > 20,
        f"one of {large} units loses less (by 5 points)": lost(fixed, small) - lost(fixed, large) > 5,
        f"with attention {large} units lose less than 5 points": lost(attention, large) < 5,
        f"with attention {small} units lose less than 5 points": lost(attention, small) < 5,
    }


def draw(figure: Figure, findings: Findings) -> None:
    panels = figure.subplots(1, 2, sharey=True)
    for axes, memory in zip(panels, MEMORIES, strict=True):
        for size in SIZES:
            line(axes, LENGTHS, findings.array(f"{memory}, {size} units"), f"{size} units")
        axes.axhline(100 / len(SYMBOLS), color="gray", linewidth=0.8, linestyle="--")
        axes.set_ylim(0, 105)
        axes.set_xticks(LENGTHS)
        heading(axes, memory, "symbols to copy", "right symbols, %", "lower left")


EXPERIMENT = Experiment(
    name="memory",
    claim="A state of fixed size limits how long a sequence can be copied; attention removes the limit.",
    setup=(
        f"Copy 1 to {LONGEST} random symbols out of {len(SYMBOLS)} (guessing: {100 / len(SYMBOLS):g} %), with an "
        f"encoder-decoder of {SIZES[0]} and of {SIZES[1]} units (GRU; encoder in both directions), with its final "
        f"state alone and with attention; {UPDATES} steps of {BATCH} sequences. Right symbols on {TEST} new sequences "
        "of each length, each symbol given the true ones before it."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Right symbols by length of the sequence, for a small and a large state; the dashed line is guessing. All "
        "were trained for the same number of steps: more training moves the curves, and the order between them is "
        "what counts."
    ),
    seeds=3,
)
