"""What padding costs, and what it does to the answer.

Batches of sequences of different lengths, read in three ways: filled up with zeros that the network reads like anything
else; filled up, with the padding masked out (PackedSequence); and lying one after another (Ragged).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from elman import nn
from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.lab.timing import best_times
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST, INPUTS, HIDDEN, BATCH = 100, 32, 64, 32
SPREADS = (0.0, 0.5, 0.9)  # the shortest sequence is this much shorter than the longest
REPEATS = 4
MOST = f"spread {SPREADS[-1]:.0%}"
PADDED, MASKED, RAGGED = "zeros read (torch)", "zeros masked (torch)", "ragged (Elman)"
Reader = Callable[[Ragged], Tensor]  # a batch -> the final states [B, H]


def measure(seed: int, *, longest: int = LONGEST, repeats: int = REPEATS) -> Trial:
    numbers, arrays = {}, {name: np.zeros(len(SPREADS)) for name in (PADDED, MASKED, RAGGED)}
    readers = readers_of(nn.LSTM(INPUTS, HIDDEN))
    batches = {f"spread {spread:.0%}": batch(longest, spread) for spread in SPREADS}
    for i, (spread, x) in enumerate(batches.items()):
        passes = {name: partial(read, x) for name, read in readers.items()}
        for name, milliseconds in best_times(passes, repeats).items():
            arrays[name][i] = milliseconds
            numbers[f"{spread}: {name}"] = Number(milliseconds, "CPU ms/step")
        numbers[f"{spread}: share of steps that are padding"] = percent(1 - len(x.values) / (BATCH * longest))
    for name, changed in changes(readers, batches[MOST]).items():
        numbers[f"{MOST}: final state changed, {name}"] = percent(changed)
    return Trial(numbers, arrays)


def batch(longest: int, spread: float) -> Ragged:
    """Random sequences, one of them the longest, none more than ``spread`` shorter."""
    lengths = torch.randint(round(longest * (1 - spread)), longest + 1, (BATCH,))
    lengths[0] = longest
    return Ragged.from_list([torch.randn(length, INPUTS) for length in lengths.tolist()])


@torch.no_grad()
def changes(readers: dict[str, Reader], x: Ragged) -> dict[str, float]:
    """How far each way's final states are from those of the sequences read alone, in their norms; the mean."""
    alone = torch.cat([readers[RAGGED](Ragged.from_list([row])) for row in x])
    return {name: ((read(x) - alone).norm(dim=1) / alone.norm(dim=1)).mean().item() for name, read in readers.items()}


def readers_of(layer: nn.LSTM) -> dict[str, Reader]:
    """The three ways, all with the same weights."""
    torchs = torch.nn.LSTM(INPUTS, HIDDEN)
    torchs.load_state_dict(layer.state_dict())

    def masked(x: Ragged) -> Tensor:
        packed = pack_padded_sequence(x.padded().transpose(0, 1), x.lengths, enforce_sorted=False)
        return torchs(packed)[1][0][0]

    return {
        PADDED: lambda x: torchs(x.padded().transpose(0, 1))[1][0][0],
        MASKED: masked,
        RAGGED: lambda x: layer.unroll(x)[1][0][0],
    }


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    cost = {name: numbers[f"{MOST}: {name}"] for name in (PADDED, MASKED, RAGGED)}
    changed = {name: numbers[f"{MOST}: final state changed, {name}"] for name in (PADDED, MASKED, RAGGED)}
    return {
        "zeros that are read change the answer (by more than 10 %)": changed[PADDED] > 10,
        "masked and ragged give what each sequence gives alone (within 0.01 %)": max(changed[MASKED], changed[RAGGED])
        < 0.01,
        f"masking costs more than reading the zeros, at {MOST}": cost[MASKED] > cost[PADDED],
        f"ragged costs less than reading the zeros, at {MOST}": cost[RAGGED] < cost[PADDED],
        f"ragged costs less than masking, at {MOST}": cost[RAGGED] < cost[MASKED],
    }


def draw(figure: Figure, findings: Findings) -> None:
    cost, answer = figure.subplots(1, 2, width_ratios=(3, 2))
    names = (PADDED, MASKED, RAGGED)
    for name in names:
        line(cost, [100 * spread for spread in SPREADS], findings.array(name), name)
    cost.set_ylim(bottom=0)
    heading(cost, f"cost (longest: {LONGEST} steps)", "shortest is this much shorter, %", "CPU ms per training step")
    for i, name in enumerate(names):
        values = findings.numbers[f"{MOST}: final state changed, {name}"].by_seed
        answer.plot([i] * len(values), np.maximum(values, 1e-6), "o", color=f"C{i}")
    answer.set_yscale("log")
    answer.set_xticks(range(len(names)), [name.replace(" (", "\n(") for name in names], fontsize=7)
    heading(answer, "answer", y="final state changed, %", legend=False)


EXPERIMENT = Experiment(
    name="padding",
    claim="Padding to equal length wastes work and, where it isn't masked, changes the answer.",
    setup=(
        f"An LSTM of {HIDDEN} units reads batches of {BATCH} sequences of {INPUTS} features, the longest of {LONGEST} "
        f"steps, the shortest {', '.join(f'{spread:.0%}' for spread in SPREADS)} shorter: filled up with zeros "
        "(torch.nn.LSTM), filled up and masked (torch's PackedSequence), and ragged (elman.nn.LSTM), with the same "
        f"weights. Processor time of a forward and backward pass, the best of {REPEATS} that take turns. The answer "
        "is the final state, against each sequence read alone."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: processor time of a training step by how much the lengths differ; a band is the spread over seeds. "
        "Right: how far the final state is from that of the sequence read alone, a dot per seed; at "
        "the bottom, not at all. Times belong to the machine that measured."
    ),
)
