# pyright: strict
"""Measuring many rows piece by piece, in memory for one piece and a few numbers for each row."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from elman.answers.base import PREDICT_ROWS, AnyAnswer, AnyParts, Measured, joined
from elman.scoring.report import WORST
from elman.stages import each
from elman.stored import Stored

PIECE = 8 * PREDICT_ROWS
"""Rows that are measured together: of as many batches as they are in when all rows are."""


@dataclass
class Answered:
    """What a model, and the baselines beside it, answered.

    measured: of the model;  baselines: each with its answers
    shown:    by row, what a person is shown of it: of rows that were measured in pieces, those of the greatest loss
    """

    measured: Measured
    baselines: list[tuple[Any, list[Any]]]
    shown: Any = field(default_factory=list[Any])


def answered(
    task: AnyAnswer, parts: AnyParts, baselines: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any]
) -> Answered:
    """All rows at once; or piece by piece, with the same result, where they are too many for memory and what each adds
    to a measurement doesn't depend on the others."""
    if not (task.row_by_row and any(isinstance(cells, Stored) for cells in (inputs, outputs))):
        return of_piece(task, parts, baselines, list(inputs), list(outputs))
    return together(list(pieces(task, parts, baselines, inputs, outputs)))


def of_piece(task: AnyAnswer, parts: AnyParts, baselines: Sequence[Any], inputs: Any, outputs: list[Any]) -> Answered:
    measured = task.measured(parts, inputs, outputs)
    beside = [(baseline, baseline.predict(measured.inputs)) for baseline in baselines if measured.inputs]
    return Answered(measured, beside, measured.shown)


def pieces(
    task: AnyAnswer, parts: AnyParts, baselines: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any]
) -> Iterator[Answered]:
    """What was answered to each piece, without what takes much memory."""
    starts = range(0, len(inputs), PIECE)
    for start in each(starts, "measuring", len(starts)):
        stop = start + PIECE
        found = of_piece(task, parts, baselines, inputs[start:stop], list(outputs[start:stop]))
        losses = array("d", found.measured.losses)
        shown = {start + row: found.shown[row] for row in worst(losses)}
        yield replace(found, measured=replace(found.measured, inputs=[], shown=[], losses=losses), shown=shown)


def worst(losses: Sequence[float]) -> list[int]:
    """The rows of the greatest losses, those first that come first."""
    return np.argsort(-np.asarray(losses, float), kind="stable")[:WORST].tolist()


def together(found: list[Answered]) -> Answered:
    """The pieces as one."""
    beside = [
        (baseline, [answer for one in found for answer in one.baselines[place][1]])
        for place, (baseline, _) in enumerate(found[0].baselines)
    ]
    shown = {row: shown for one in found for row, shown in one.shown.items()}
    return Answered(joined([one.measured for one in found]), beside, shown)
