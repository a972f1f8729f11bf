# pyright: strict
"""Measuring a trained model: its answers beside the baselines', on the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from elman.answers.base import AnyAnswer, AnyParts
from elman.answers.piecewise import answered
from elman.scoring.calibration import calibration
from elman.scoring.metrics import metric
from elman.scoring.report import ColumnShare, Report
from elman.scoring.report import report as make_report
from elman.scoring.statistics import paired_test
from elman.stored import cells_of


def report(
    task: AnyAnswer,
    parts: AnyParts,
    baselines: list[Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    of: str = "held-out {}",
    validated: Mapping[str, float] | None = None,
    drawn_from: int = 0,
) -> Report:
    """Metrics with intervals, baselines with paired tests, and the worst examples.

    of: which rows they are;  drawn_from: how many rows these are a sample of, 0 where they are all
    validated: how good model and baselines were on the validation part
    """
    found = answered(task, parts, baselines, inputs, outputs)
    measured = found.measured
    whole = make_report(
        task.name,
        measured.metrics or task.metrics(parts.output),
        measured.predictions,
        measured.references,
        found.baselines,
        shown=found.shown,
        losses=measured.losses,
        loss_unit=measured.unit,
        of=of.format(measured.rows),
        validated=validated,
        itself=measured.itself,
    )
    return replace(
        whole,
        columns=list(shares(task, parts, inputs, outputs)),
        calibration=None if measured.claims is None else calibration(*measured.claims),
        coverage=measured.coverage,
        deciding=measured.deciding,
        drawn_from=drawn_from,
    )


MOST_ROWS, FEWEST_ROWS, MOST_ANSWERS = 1_000, 100, 20_000
"""Rows on which it is measured what each column adds: enough for a difference that matters, fewer where there are many
columns, so that no more answers are asked for than that."""


def shares(task: AnyAnswer, parts: AnyParts, inputs: Sequence[Any], outputs: Sequence[Any]) -> Iterator[ColumnShare]:
    """Of each of an input's columns, how much worse the model is where its cells are dealt out anew among the rows, the
    network as it is (Breiman 2001, section 10); nothing of an input that isn't made of columns.

    Columns that say the same can each be done without, and yet both matter.
    """
    names = parts.input.names_of_columns
    if not names or len(inputs) < 2:
        return
    generator = random.Random(0)
    most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_ANSWERS // len(names)))
    rows = sorted(generator.sample(range(len(inputs)), min(len(inputs), most)))
    inputs, outputs = cells_of(inputs, np.array(rows)), cells_of(outputs, np.array(rows))
    by, measured = metric(task.metrics(parts.output)[0]), task.measured(parts, inputs, outputs)
    for place, name in enumerate(names):
        dealt = parts.input.dealt_out(inputs, place, generator)
        without = task.measured(parts, dealt, outputs).predictions
        test = paired_test(by, measured.predictions, without, measured.references)
        yield ColumnShare(name, by.name, by(without, measured.references), test)
