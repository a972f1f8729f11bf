"""A tag that depends on the next word: whoever reads from left to right hasn't seen it yet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from elman.drawing.figures import heading
from elman.lab.experiment import Experiment, Findings, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import fit
from elman.models.batch import Batch
from elman.models.many_to_many import ManyToMany
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import TagHead
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS, TAGS = 8, 4
LONGEST, UPDATES, BATCH, TEST = 12, 200, 32, 300
READERS = {"one direction": False, "both directions": True}
NEIGHBOURS = {"previous word": 1, "next word": -1}  # and by how much a sequence is shifted to meet it


def measure(seed: int, *, updates: int = UPDATES, test: int = TEST) -> Trial:
    numbers = {}
    for neighbour, shift in NEIGHBOURS.items():
        for reader, bidirectional in READERS.items():
            network = ManyToMany(
                TokenEmbedding(WORDS, 16),
                partial(TagHead, classes=TAGS),
                cell="gru",
                hidden_size=24,
                bidirectional=bidirectional,
            )
            fit(network, partial(batch, shift, BATCH), steps=updates)
            numbers[f"{reader}, tag depends on the {neighbour}"] = percent(accuracy(network, batch(shift, test)))
    return Trial(numbers)


def batch(shift: int, count: int) -> Batch:
    """Random words; a word's tag is the sum of its own number and its neighbour's, which is 0 where there is none."""
    words = [torch.randint(WORDS, (length,)) for length in torch.randint(1, LONGEST + 1, (count,)).tolist()]
    tags = [(word + neighbour(word, shift)) % TAGS for word in words]
    return Batch(Words(Ragged.from_list(words)), Ragged.from_list(tags))


def neighbour(words: torch.Tensor, shift: int) -> torch.Tensor:
    moved = words.roll(shift)
    moved[0 if shift > 0 else -1] = 0
    return moved


@torch.no_grad()
def accuracy(network: ManyToMany, test: Batch) -> float:
    return (torch.cat(network.best(test.inputs)) == test.targets.values).double().mean().item()


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    one = {name: numbers[f"one direction, tag depends on the {name}"] for name in NEIGHBOURS}
    return {
        "one direction is right on at least 95 % where the previous word decides": one["previous word"] >= 95,
        "one direction is right on less than half where the next word decides": one["next word"] < 50,
        "both directions are right on at least 95 % where the next word decides": numbers[
            "both directions, tag depends on the next word"
        ]
        >= 95,
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    groups = {reader: {place: f"{reader}, tag depends on the {place}" for place in NEIGHBOURS} for reader in READERS}
    bars(axes, findings, groups)
    axes.axhline(100 / TAGS, color="gray", linewidth=0.8, linestyle="--")
    axes.set_ylim(0, 125)
    axes.set_yticks(range(0, 101, 20))
    heading(axes, "the tag depends on the ...  guessing: dashed", y="right tags, %", legend="upper right")


EXPERIMENT = Experiment(
    name="both-sides",
    claim="A tag that depends on the next word can't be found in one direction; a bidirectional network finds it.",
    setup=(
        f"Random sequences of up to {LONGEST} out of {WORDS} words; a word's tag is the sum of its own number and its "
        f"neighbour's, modulo {TAGS}, so that either alone says nothing (guessing: {100 / TAGS:g} %). GRUs of 24 units "
        f"in one and in both directions; {UPDATES} steps of {BATCH} sequences; tested on {TEST} new ones."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Right tags; the dashed line is guessing. In one direction only what was read can count (at the end of a "
        "sequence there is no next word, which gives it a little). Answering a step later would do too: the next "
        "word is then the one just read."
    ),
)
