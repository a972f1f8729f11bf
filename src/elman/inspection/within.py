"""What decided within an input: the columns of a row, a record or of vectors, the places of a picture.

Both ways of ``attribution``, gradient x input and leaving out, at the point where an input is standardised: zero there
is the mean of the training part, so that what is left out becomes like any other row's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from elman.drawing.figures import heading, heat, plain
from elman.inspection.attribution import draw_parts, fall, too_long, weighed
from elman.inspection.subject import Subject
from elman.inspection.words import said, short
from elman.models.record import RecordEncoder, SequenceReader
from elman.nn.encoders import RowEncoder, VectorEncoder
from elman.nn.pictures import PictureEncoder, PictureRows, Standardise
from elman.nn.signals import SignalEncoder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRID = 8  # places of a picture that are left out, along its longer side
COLUMNS, STEPS = 40, 120  # looked at, at most; steps in a picture


@dataclass(frozen=True)
class Columns:
    """What decided one answer, column by column.

    gradient: gradient x input, over all steps;  occlusion: how far the score falls with the column at its mean
    by_step:  ``[columns][steps]``, gradient x input of each; [] for a row or a record, which has no steps
    gap:      the completeness gap of the gradient's parts
    """

    row: str
    answer: str
    names: list[str]
    gradient: list[float]
    occlusion: list[float]
    by_step: list[list[float]]
    gap: float


@dataclass(frozen=True)
class Places:
    """What decided one answer, place by place.

    picture:   ``[H][W][3]`` red, green and blue from 0 to 1;  gradient: gradient x input ``[H][W]``, colours together
    occlusion: how far the score falls with a place at the mean colour, ``[rows][columns]`` of places ``size`` pixels
               wide and high
    """

    row: str
    answer: str
    picture: list[list[list[float]]]
    gradient: list[list[float]]
    occlusion: list[list[float]]
    size: int
    gap: float


def columns(subject: Subject, row: int) -> Columns | None:
    """Of the answer to a row that the model is least sure of; None where its input has no columns, or too many."""
    groups = columns_of(subject)
    if not 2 <= len(groups) <= COLUMNS or too_long(subject, row):
        return None
    network, batch, encoder = subject.network, subject.collate([row]), where_columns_are(subject)
    seen = weighed(network, batch, encoder)
    if seen is None or not len(seen.parts):
        return None
    parts = torch.stack([seen.parts[:, own].sum(1) for own in groups.values()])
    falls = [
        float(fall(network, batch, encoder, zeros_at((slice(None), own)), seen.found)[seen.at])
        for own in groups.values()
    ]
    steps = parts[:, -STEPS:].tolist() if isinstance(encoder, VectorEncoder) else []
    return Columns(
        subject.name(row),
        said(subject, seen.found)[0][seen.at],
        list(groups),
        parts.sum(1).tolist(),
        falls,
        steps,
        seen.gap,
    )


def where_columns_are(subject: Subject) -> nn.Module:
    """The module on whose vectors each feature is of one column alone."""
    encoder = subject.network.get_submodule("encoder")
    if isinstance(encoder, SignalEncoder):
        return encoder.vectors
    return encoder.parts if isinstance(encoder, RecordEncoder) else encoder


def reads_parts(subject: Subject) -> bool:
    """Whether some of the network's input is read by a recurrence of its own."""
    encoder = getattr(subject.network, "encoder", None)
    return isinstance(encoder, RecordEncoder) and any(isinstance(own, SequenceReader) for own in encoder.parts.encoders)


def columns_of(subject: Subject) -> dict[str, list[int]]:
    """By name, which features of the encoder's vectors a column became; {} for other inputs than columns."""
    columns, encoder = subject.parts.input.source_columns(), subject.network.get_submodule("encoder")
    if not columns or not isinstance(encoder, (RowEncoder, VectorEncoder, SignalEncoder, RecordEncoder)):
        return {}
    groups: dict[int, list[int]] = {column: [] for column in sorted(set(columns))}
    ends = np.cumsum(encoder.sizes)
    for column, low, high in zip(columns * (len(ends) // len(columns)), ends - encoder.sizes, ends, strict=True):
        groups[column] += range(low, high)
    return {subject.column(i): own for i, own in groups.items()}


def places(subject: Subject, row: int) -> Places | None:
    """Of the answer to a picture that the model is least sure of; None for other inputs."""
    network, encoder = subject.network, subject.network.get_submodule("encoder")
    if not isinstance(encoder, (PictureEncoder, PictureRows)):
        return None
    (standardise,) = [part for part in encoder.modules() if isinstance(part, Standardise)]
    batch = subject.collate([row])
    seen = weighed(network, batch, standardise)
    if seen is None:
        return None
    _, _, height, width = seen.parts.shape
    size = max(1, -(-max(height, width) // GRID))
    falls = [
        [
            float(place(network, batch, standardise, seen.found, top, left, size)[seen.at])
            for left in range(0, width, size)
        ]
        for top in range(0, height, size)
    ]
    return Places(
        subject.name(row),
        said(subject, seen.found)[0][seen.at],
        colours(batch.inputs[0]),
        seen.parts[0].sum(0).tolist(),
        falls,
        size,
        seen.gap,
    )


def place(network: Any, batch: Any, module: nn.Module, whole: Any, top: int, left: int, size: int) -> Tensor:
    where = (slice(None), slice(None), slice(top, top + size), slice(left, left + size))
    return fall(network, batch, module, zeros_at(where), whole)


def zeros_at(where: tuple[Any, ...]) -> Any:
    def change(handed: Tensor) -> Tensor:
        out = handed.clone()
        out[where] = 0
        return out

    return change


def colours(pixels: Tensor) -> list[list[list[float]]]:
    """``[C, H, W]`` from 0 to 255, grey or coloured and perhaps with opacity, as colours from 0 to 1."""
    shown = pixels[:3] if len(pixels) >= 3 else pixels[:1].expand(3, -1, -1)
    return (shown.permute(1, 2, 0).float() / 255).tolist()


COLUMNS_CAPTION = (
    "Bars above zero spoke for the answer, bars below against it: by leaving the column out (all of it at its mean), "
    "and by the gradient. Columns that say the same as another can each be left out, and yet both matter."
)
STEPS_CAPTION = (
    "Gradient × input of each column at each step: blue spoke for the answer, orange against it, the stronger the more."
)
PLACES_CAPTION = (
    "Left the picture as the network sees it. Middle: each place was painted over in the mean colour; blue where the "
    "answer lost by it, orange where it gained. Right: gradient × input, pixel by pixel, the same colours: what a "
    "small change would do, which is often speckled. Places that matter should lie on what the answer names."
)


def draw_columns(figure: Figure, found: Columns) -> None:
    draw_parts(figure, found, found.names)


def draw_steps(figure: Figure, found: Columns) -> None:
    figure.set_size_inches(7.2, 1.2 + 0.18 * len(found.names))
    axes = figure.add_subplot()
    heat(axes, np.array(found.by_step))
    axes.set_yticks(range(len(found.names)), [short(name, 14) for name in found.names], fontsize=7)
    heading(axes, found.row, "step", "column", legend=False)


def draw_places(figure: Figure, found: Places) -> None:
    picture = np.array(found.picture)
    high, wide = picture.shape[:2]
    figure.set_size_inches(7.2, min(5.0, 0.5 + 2.4 * high / wide))
    left, middle, right = figure.subplots(1, 3)
    left.imshow(picture, interpolation="nearest")
    by_pixel = np.repeat(np.repeat(np.array(found.occlusion), found.size, 0), found.size, 1)
    heat(middle, by_pixel[:high, :wide], tiled=True)
    heat(right, np.array(found.gradient), tiled=True)
    for axes, title in (
        (left, f"{found.row}: {short(found.answer, 14)!r}"),
        (middle, "painted over"),
        (right, "gradient × input"),
    ):
        plain(axes)
        axes.set_title(title)
