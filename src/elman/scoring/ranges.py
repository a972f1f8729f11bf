# pyright: strict
"""How well anomalies are found: by step, by ranges of steps, and as events. The rows of metrics, and their values.

A prediction is a ``Watched``: scores and alarms of a stretch of steps; a reference says of each step whether it is
anomalous, ``[T]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.decoding.alarms import Span, Watched, spans
from elman.errors import ShapeError

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
LEVELS = 1_000
"""Scores of anomalous steps are told apart exactly up to so many different ones, and by quantiles beyond."""
PER = 10_000
"""False alarms are counted per so many steps."""


def counts_by_score(predictions: Sequence[Watched], references: Sequence[Marks], most: int = LEVELS) -> Floats:
    """``[n, 2 * levels]``: of each row, how many anomalous and how many normal steps have which score, greatest first.

    Between two scores of anomalous steps, those of normal ones needn't be told apart.
    """
    for row, (found, marks) in enumerate(zip(predictions, references, strict=True)):
        if len(found.scores) != len(marks):
            raise ShapeError(f"row {row}: {len(found.scores)} scores for {len(marks)} steps in the reference")
    pairs = [(found.scores, np.asarray(marks, bool)) for found, marks in zip(predictions, references, strict=True)]
    edges = np.unique(np.concatenate([scores[marks] for scores, marks in pairs]))
    if len(edges) > most:
        edges = np.unique(np.quantile(edges, np.linspace(0, 1, most), method="nearest"))
    levels = 2 * len(edges) + 1
    rows = np.zeros((len(pairs), 2, levels))
    for row, (scores, marks) in enumerate(pairs):
        left, right = np.searchsorted(edges, scores, "left"), np.searchsorted(edges, scores, "right")
        level = left + right  # odd on an edge, even between two
        for side, those in enumerate((marks, ~marks)):
            rows[row, side] = np.bincount(level[those], minlength=levels)[::-1]
    return rows.reshape(len(pairs), -1)


def _by_score(sums: Floats) -> tuple[Floats, Floats]:
    """Anomalous and normal steps of each score ``[..., levels]``, greatest first."""
    both = sums.reshape(*sums.shape[:-1], 2, -1)
    return both[..., 0, :], both[..., 1, :]


def average_precision(sums: Floats) -> Floats:
    """Precision at each threshold, weighted by the anomalous steps that it adds; undefined without any."""
    positive, negative = _by_score(sums)
    found = positive.cumsum(-1)
    precision = found / np.maximum(found + negative.cumsum(-1), 1)
    return _share((positive * precision).sum(-1), positive.sum(-1))


def roc_auc(sums: Floats) -> Floats:
    """The chance that an anomalous step scores above a normal one, equal ones counting half; undefined without both."""
    positive, negative = _by_score(sums)
    above = positive.cumsum(-1) - positive / 2
    return _share((negative * above).sum(-1), positive.sum(-1) * negative.sum(-1))


def range_rows(predictions: Sequence[Watched], references: Sequence[Marks]) -> Floats:
    """``[n, 4]``: the precision of each alarm, how many alarms, the recall of each event, how many events.

    Range-based precision and recall with flat bias, a cardinality factor of one and no reward for mere existence
    (Tatbul et al. 2018, "Precision and recall for time series"): the share of each alarm that is anomalous, and the
    share of each event that is under alarm.
    """

    def of(found: Watched, events: list[Span]) -> list[float]:
        precision = sum(overlap(alarm, events) for alarm in found.alarms)
        recall = sum(overlap(event, found.alarms) for event in events)
        return [precision, len(found.alarms), recall, len(events)]

    return _per_row(of, predictions, references)


def range_f1(sums: Floats) -> Floats:
    """Their harmonic mean; undefined without events."""
    precision = sums[..., 0] / np.maximum(sums[..., 1], 1)
    recall = sums[..., 2] / np.maximum(sums[..., 3], 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    return np.where(sums[..., 3] > 0, f1, np.nan)


def event_rows(predictions: Sequence[Watched], references: Sequence[Marks]) -> Floats:
    """``[n, 2]``: events under alarm in some step, and all events."""

    def of(found: Watched, events: list[Span]) -> list[float]:
        return [sum(overlap(event, found.alarms) > 0 for event in events), len(events)]

    return _per_row(of, predictions, references)


def delay_rows(predictions: Sequence[Watched], references: Sequence[Marks]) -> Floats:
    """``[n, 2]``: steps from the beginning of each event to the first under alarm, all of them where there is none; and
    events."""

    def of(found: Watched, events: list[Span]) -> list[float]:
        begun = [
            min((max(a, first) for a, b in found.alarms if a < end and b > first), default=end) - first
            for first, end in events
        ]
        return [sum(begun), len(events)]

    return _per_row(of, predictions, references)


def false_alarm_rows(predictions: Sequence[Watched], references: Sequence[Marks]) -> Floats:
    """``[n, 2]``: alarms in which no step is anomalous, and steps in tens of thousands."""

    def of(found: Watched, events: list[Span]) -> list[float]:
        return [sum(not overlap(alarm, events) for alarm in found.alarms), len(found.scores) / PER]

    return _per_row(of, predictions, references)


def overlap(span: Span, others: Sequence[Span]) -> float:
    """The share of a span that lies in others, which lie apart from each other."""
    first, end = span
    return sum(max(0, min(end, b) - max(first, a)) for a, b in others) / (end - first)


def _per_row(
    of: Callable[[Watched, list[Span]], list[float]], predictions: Sequence[Watched], references: Sequence[Marks]
) -> Floats:
    pairs = zip(predictions, references, strict=True)
    return np.array([of(found, spans(np.asarray(marks, bool))) for found, marks in pairs], np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
