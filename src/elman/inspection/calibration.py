"""Whether the model is right as often as it says it is: its answers by the probability that it gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from elman.drawing.figures import heading
from elman.inspection.answers import answers, is_classes, right
from elman.inspection.subject import Subject
from elman.scoring.calibration import Calibration, calibration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "Each dot holds the answers of about one probability, as many as each other dot; on the dashed line the"
    " model is right exactly as often as it says. Dots below the line: it is too sure of itself."
)


@torch.no_grad()
def of_answers(subject: Subject) -> Calibration | None:
    """Of the network's own answers, each by itself; None where they aren't classes, or what is right isn't given."""
    network = subject.network
    if not is_classes(network.head):
        return None
    batch = subject.collate(range(len(subject)))
    found = answers(network, batch)
    hits = right(network, found, batch)
    if hits is None or not len(hits):
        return None
    return calibration(found.values.softmax(-1).max(-1).values.numpy(), hits.numpy())


def draw(figure: Figure, found: Calibration) -> None:
    figure.set_size_inches(4.2, 3.4)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="C3", linewidth=0.8, linestyle="--")
    axes.scatter([one.probability for one in found.bins], [one.right for one in found.bins])
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.03)
    heading(
        axes,
        f"calibration error {100 * found.error:.1f} %",
        "probability that it gives",
        "share that is right",
        legend=False,
    )
