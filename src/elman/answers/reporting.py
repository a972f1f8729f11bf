# pyright: strict
"""Measuring a trained model: its answers beside the baselines', on the same rows."""

from __future__ import annotations

from typing import Any

from elman.answers.base import AnyAnswer, AnyParts
from elman.scoring.report import Report
from elman.scoring.report import report as make_report


def report(
    task: AnyAnswer,
    parts: AnyParts,
    baselines: list[Any],
    inputs: list[Any],
    outputs: list[Any],
    of: str = "held-out {}",
) -> Report:
    """Metrics with intervals, baselines with paired tests, and the worst examples; ``of`` says which rows they are."""
    measured = task.measured(parts, inputs, outputs)
    return make_report(
        task.name,
        task.metrics(parts.output),
        measured.predictions,
        measured.references,
        [(baseline, baseline.predict(measured.inputs)) for baseline in baselines],
        shown=measured.shown,
        losses=measured.losses,
        loss_unit=measured.unit,
        of=of.format(measured.rows),
    )
