"""Learned word vectors against one-hot ones.

A one-hot vector picks a column of the input weights, so a layer on one-hot inputs learns vectors too: as many as there
are words, each as wide as all the gates. An embedding is narrower, and looks its vectors up instead of multiplying.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from elman.drawing.figures import heading
from elman.lab.any_length import accuracy
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import fit, size
from elman.models.batch import Batch
from elman.models.many_to_one import ManyToOne
from elman.nn.encoders import Encoder, TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS, KINDS, WIDTH, HIDDEN = 1000, 10, 16, 32
LENGTH, UPDATES, BATCH, TEST = 6, 200, 64, 1000
LEARNED, ONE_HOT = "learned vectors", "one-hot vectors"


class OneHot(Encoder):
    """``Words [N] -> Ragged [N, tokens]``: a one where the word is, zeros elsewhere."""

    def __init__(self, tokens: int):
        super().__init__()
        self.output_size = tokens

    def forward(self, words: Words) -> Ragged:
        return words.ids.map(lambda ids: one_hot(ids, self.output_size).float())


def measure(seed: int, *, updates: int = UPDATES, test: int = TEST) -> Trial:
    kinds = torch.arange(WORDS) % KINDS
    numbers = {}
    for name, encoder in ((LEARNED, TokenEmbedding(WORDS, WIDTH)), (ONE_HOT, OneHot(WORDS))):
        network = ManyToOne(
            encoder, partial(ClassHead, classes=KINDS), cell="gru", hidden_size=HIDDEN, bidirectional=False
        )
        started = time.process_time()
        fit(network, partial(batch, kinds, BATCH), steps=updates)
        seconds = time.process_time() - started
        numbers |= {
            f"{name}: right answers": percent(accuracy(network, batch(kinds, test))),
            f"{name}: size": Number(size(network), "weights"),
            f"{name}: time": Number(1000 * seconds / updates, "CPU ms/step"),
            f"{name}: neighbours of the same kind": percent(neighbours(vectors(network), kinds)),
        }
    numbers["no vectors: neighbours of the same kind, by chance"] = percent(1 / KINDS)
    return Trial(numbers)


def batch(kinds: Tensor, count: int) -> Batch:
    """Sentences of random words; the answer is the kind of the last but one, which nothing but training tells."""
    words = torch.randint(WORDS, (count, LENGTH))
    ids = Ragged(words.flatten(), torch.full((count,), LENGTH))
    return Batch(Words(ids), kinds[words[:, -2]])


@torch.no_grad()
def vectors(network: ManyToOne) -> Tensor:
    """What a network has learned of each word ``[words, features]``: its embedding, or its input weights' column."""
    if isinstance(network.encoder, TokenEmbedding):
        return network.encoder.embedding.weight
    return network.stack.rnn.get_parameter("weight_ih_l0").T


def neighbours(vectors: Tensor, kinds: Tensor) -> float:
    """The share of words whose nearest neighbour, by the cosine, is of the same kind."""
    directions = normalize(vectors, dim=1)
    near = (directions @ directions.T).fill_diagonal_(-1).argmax(1)
    return (kinds[near] == kinds).double().mean().item()


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    by_chance = numbers["no vectors: neighbours of the same kind, by chance"]
    return {
        "learned vectors take less than half as many weights": 2 * numbers[f"{LEARNED}: size"]
        < numbers[f"{ONE_HOT}: size"],
        "a training step takes less time": numbers[f"{LEARNED}: time"] < numbers[f"{ONE_HOT}: time"],
        "a network with them is right at least as often (within 2 points)": numbers[f"{LEARNED}: right answers"]
        >= numbers[f"{ONE_HOT}: right answers"] - 2,
        "neighbours are of the same kind, at least 5 times as often as by chance": numbers[
            f"{LEARNED}: neighbours of the same kind"
        ]
        >= 5 * by_chance,
    }


def draw(figure: Figure, findings: Findings) -> None:
    panels = figure.subplots(1, 4)
    for axes, (what, unit) in zip(
        panels,
        (
            ("right answers", "%"),
            ("size", "weights"),
            ("time", "CPU ms per step"),
            ("neighbours of the same kind", "%"),
        ),
        strict=True,
    ):
        places = {"learned": f"{LEARNED}: {what}", "one-hot": f"{ONE_HOT}: {what}"}
        bars(axes, findings, {"": places})
        heading(axes, what.replace(" of the", "\nof the"), y=unit, legend=False)
        axes.set_ylim(bottom=0)


EXPERIMENT = Experiment(
    name="embedding",
    claim="Learned word vectors take fewer weights and less time than one-hot ones, and put like words side by side.",
    setup=(
        f"{WORDS:,} words of {KINDS} kinds; sentences of {LENGTH} random words, the answer is the kind of the last "
        f"but one. A GRU of {HIDDEN} units on learned vectors of {WIDTH} features, and on one-hot vectors; {UPDATES} "
        f"steps of {BATCH} sentences, tested on {TEST:,} new ones. Neighbours: the share of words whose nearest other "
        "word is of the same kind; for one-hot inputs, the word's column of the input weights stands for its vector."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Learned against one-hot vectors: right answers, size, time of a training step, and words whose nearest "
        f"neighbour is of their own kind (by chance: {100 / KINDS:g} %). Times belong to the machine that measured."
    ),
)
