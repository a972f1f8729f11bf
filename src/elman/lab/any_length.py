"""A recurrent network applies the same weights at every step, so it takes sequences of any length.

Sentences of words, where the last opinion counts, and "not" in front of it turns it round.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.lab.training import fit, size
from elman.models.batch import Batch
from elman.models.many_to_one import ManyToOne
from elman.models.network import Network
from elman.models.one_to_one import OneToOne
from elman.nn.encoders import TokenEmbedding, WindowEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOT, GOOD, BAD, OTHER = 0, range(1, 5), range(5, 9), range(9, 25)  # ids of the words
TRAINED, LENGTHS = 5, (5, 10, 15, 30)
UPDATES, BATCH, TEST = 250, 64, 500
RECURRENT, NARROW, WIDE = "GRU", f"feed-forward, {TRAINED} words", f"feed-forward, {LENGTHS[2]} words"


def measure(seed: int, *, updates: int = UPDATES, test: int = TEST) -> Trial:
    numbers, arrays = {}, {}
    tests = [batch(random.Random(f"test {seed}"), length, length, test) for length in LENGTHS]
    for name, network in networks().items():
        rng = random.Random(seed)
        fit(network, partial(batch, rng, 1, TRAINED, BATCH), steps=updates)
        scores = [accuracy(network, one) for one in tests]
        numbers |= {
            f"{name}: right at {length} words": percent(score) for length, score in zip(LENGTHS, scores, strict=True)
        }
        arrays[name] = 100 * np.array(scores)
    for name, network in networks().items():
        numbers[f"{name}: size"] = Number(size(network), "weights")
    return Trial(numbers, arrays)


def networks() -> dict[str, Network]:
    """A recurrent network, and two that read a fixed number of words; all with vectors of 16 features per word."""
    words = OTHER.stop
    found: dict[str, Network] = {
        RECURRENT: ManyToOne(
            TokenEmbedding(words, 16), partial(ClassHead, classes=2), cell="gru", hidden_size=24, bidirectional=False
        )
    }
    for name, window in ((NARROW, TRAINED), (WIDE, LENGTHS[2])):
        found[name] = OneToOne(WindowEmbedding(TokenEmbedding(words, 16), window), ClassHead(32, 2), hidden_size=32)
    return found


def batch(rng: random.Random, shortest: int, longest: int, count: int) -> Batch:
    sentences = [sentence(rng, rng.randint(shortest, longest)) for _ in range(count)]
    ids = Ragged.from_list([torch.tensor(words) for words in sentences])
    return Batch(Words(ids), torch.tensor([opinion(words) for words in sentences]))


def sentence(rng: random.Random, length: int) -> list[int]:
    """Words at random, at least one of which is an opinion."""
    kinds = rng.choices(("not", "opinion", "other"), (3, 3, 4), k=length)
    kinds[rng.randrange(length)] = "opinion"
    choices = {"not": (NOT,), "opinion": (*GOOD, *BAD), "other": OTHER}
    return [rng.choice(choices[kind]) for kind in kinds]


def opinion(words: list[int]) -> int:
    """1 if the last opinion is good, or bad with "not" in front of it."""
    last = max(i for i, word in enumerate(words) if word in GOOD or word in BAD)
    return int((words[last] in GOOD) != (last > 0 and words[last - 1] == NOT))


@torch.no_grad()
def accuracy(network: Network, test: Batch) -> float:
    return (network(test.inputs).argmax(-1) == test.targets).double().mean().item()


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    short, long = (f"right at {length} words" for length in (TRAINED, LENGTHS[2]))
    kept = numbers[f"{RECURRENT}: {long}"]
    return {
        f"the recurrent network loses less than 5 points from {TRAINED} to {LENGTHS[2]} words": numbers[
            f"{RECURRENT}: {short}"
        ]
        - kept
        < 5,
        f"at {LENGTHS[2]} words the one that reads {TRAINED} is more than 15 points behind it": kept
        - numbers[f"{NARROW}: {long}"]
        > 15,
        f"so is the one that reads {LENGTHS[2]}, but saw only {TRAINED} in training": kept - numbers[f"{WIDE}: {long}"]
        > 15,
        "reading more words takes more weights, except in the recurrent network": numbers[f"{WIDE}: size"]
        > numbers[f"{NARROW}: size"],
    }


def draw(figure: Figure, findings: Findings) -> None:
    by_length, by_size = figure.subplots(1, 2, width_ratios=(2, 1))
    for name in (RECURRENT, NARROW, WIDE):
        line(by_length, LENGTHS, findings.array(name), name)
    by_length.axvline(TRAINED, color="gray", linewidth=0.8, linestyle="--")
    by_length.set_xticks(LENGTHS)
    heading(by_length, f"trained on 1 to {TRAINED} words (dashed)", "words in the test sentences", "right answers, %")
    reach = np.arange(1, 31)
    fixed, per_word = (findings.numbers[f"{name}: size"].value for name in (NARROW, WIDE))
    slope = (per_word - fixed) / (LENGTHS[2] - TRAINED)
    by_size.plot(reach, np.full(len(reach), findings.numbers[f"{RECURRENT}: size"].value), label="recurrent")
    by_size.plot(reach, fixed + slope * (reach - TRAINED), label="feed-forward")
    by_size.set_ylim(bottom=0)
    heading(by_size, "size", "words it can read", "weights")


EXPERIMENT = Experiment(
    name="any-length",
    claim=(
        "A recurrent network trained on short sequences takes longer ones; a feed-forward network of fixed input "
        "cannot, and grows with the length."
    ),
    setup=(
        f'Sentences of invented words: the last opinion counts, and "not" in front of it turns it round. Trained on 1 '
        f"to {TRAINED} words ({UPDATES} steps of {BATCH} sentences), tested on {TEST} sentences each of "
        f"{', '.join(map(str, LENGTHS))} words; guessing gives 50 %. A GRU, against feed-forward networks on the first "
        f"{TRAINED} and the first {LENGTHS[2]} words."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: right answers by length of the test sentences; all were trained left of the dashed line. Right: how "
        "many weights it takes to read so many words."
    ),
)
