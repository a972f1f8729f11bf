"""Whether the model is right as often as it says it is.

Answers are put into bins by the probability that the model gave them; in each the share of right ones should be that
probability. The expected calibration error is the mean difference, weighted by the bins' sizes (Guo et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from elman.drawing.figures import heading
from elman.inspection.answers import answers, is_classes, right
from elman.inspection.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of about one probability: its mean, the share that is right, and how many they are."""

    probability: float
    right: float
    count: int


@dataclass(frozen=True)
class Calibration:
    """error: the expected calibration error, 0 to 1;  surer: mean probability less the share of right answers"""

    bins: list[Bin]
    error: float
    surer: float
    answers: int


CAPTION = (
    "Each dot holds the answers of about one probability, and is the larger the more there are; on the dashed line the"
    " model is right exactly as often as it says. Dots below the line: it is too sure of itself."
)


@torch.no_grad()
def calibration(subject: Subject) -> Calibration | None:
    """Of the network's own answers, each by itself; None where they aren't classes, or what is right isn't given."""
    network = subject.network
    if not is_classes(network.head):
        return None
    batch = subject.collate(range(len(subject)))
    found = answers(network, batch)
    hits = right(network, found, batch)
    if hits is None or not len(hits):
        return None
    return binned(found.values.softmax(-1).max(-1).values.numpy(), hits.float().numpy())


def binned(sure: np.ndarray, hits: np.ndarray) -> Calibration:
    """From probabilities ``[M]`` and whether each answer was right ``[M]``."""
    which = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = [
        Bin(float(sure[which == i].mean()), float(hits[which == i].mean()), int((which == i).sum()))
        for i in range(BINS)
        if (which == i).any()
    ]
    error = sum(one.count * abs(one.probability - one.right) for one in bins) / len(sure)
    return Calibration(bins, error, float(sure.mean() - hits.mean()), len(sure))


def draw(figure: Figure, found: Calibration) -> None:
    figure.set_size_inches(4.2, 3.4)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="C3", linewidth=0.8, linestyle="--")
    sizes = [20 + 180 * one.count / found.answers for one in found.bins]
    axes.scatter([one.probability for one in found.bins], [one.right for one in found.bins], sizes)
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.03)
    heading(
        axes,
        f"calibration error {100 * found.error:.1f} %",
        "probability that it gives",
        "share that is right",
        legend=False,
    )
