"""How sure a measured value is: bootstrap intervals, and paired tests of two systems on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from elman.errors import ShapeError
from elman.scoring.metrics import Floats, Metric, Rows, metric

INTERVAL = (2.5, 97.5)  # percentiles: 95 % between them
CHUNK = 1 << 22  # row counts held at a time while resampling


class Estimate(TypedDict):
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float


class Difference(TypedDict):
    """Value of the first system less that of the second, its 95 % interval, and p of no difference."""

    difference: float
    low: float
    high: float
    p: float


def resampled_sums(statistics: Floats, seed: int, resamples: int) -> Floats:
    """Sums over ``resamples`` bootstrap samples of the rows: ``[n, k] -> [resamples, k]``.

    A resample counts how often each row was drawn; counts times statistics are its sums. The same seed and
    ``n`` draw the same rows, which is what makes two systems' resamples paired.
    """
    rng, n = np.random.default_rng(seed), len(statistics)
    sums = []
    for start in range(0, resamples, step := max(1, CHUNK // n)):
        drawn = min(step, resamples - start)
        rows = rng.integers(0, n, (drawn, n)) + n * np.arange(drawn)[:, None]
        counts = np.bincount(rows.ravel(), minlength=drawn * n).reshape(drawn, n)
        sums.append(counts.astype(float) @ statistics)
    return np.concatenate(sums)


def score(
    metrics: Sequence[Metric | str], predictions: Rows, references: Rows, seed: int = 0, resamples: int = 1000
) -> dict[str, Estimate]:
    """Each metric with its 95 % percentile bootstrap interval over rows (Efron 1979).

    Raises ShapeError where predictions don't fit references, TaskError for an unknown metric or no rows.
    """
    metrics = [metric(m) if isinstance(m, str) else m for m in metrics]
    statistics = [m.contributions(predictions, references) for m in metrics]
    sums = resampled_sums(np.concatenate(statistics, axis=1), seed, resamples)
    ends = np.cumsum([s.shape[1] for s in statistics])[:-1]
    estimates = {}
    for m, own, own_sums in zip(metrics, statistics, np.split(sums, ends, axis=1), strict=True):
        low, high = np.nanpercentile(m.value(own_sums), INTERVAL)
        estimates[m.name] = Estimate(value=float(m.value(own.sum(0))), low=float(low), high=float(high))
    return estimates


def paired_test(
    metric: Metric, statistics_a: Floats, statistics_b: Floats, seed: int = 0, resamples: int = 1000
) -> Difference:
    """Paired bootstrap test of two systems' ``metric.contributions`` on the same rows.

    p is two-sided: how often a resampled difference strays from the measured one by at least as much as the
    measured one is from zero (Efron & Tibshirani 1993, ch. 16; for BLEU, Riezler & Maxwell 2005), with one
    added to both counts so that p is never 0. Raises ShapeError where the rows differ in number.
    """
    if len(statistics_a) != len(statistics_b):
        rows = f"{len(statistics_a)} and {len(statistics_b)}"
        raise ShapeError(f"a paired test needs both systems' predictions for the same rows, got {rows} rows")
    measured = float(metric.value(statistics_a.sum(0)) - metric.value(statistics_b.sum(0)))
    both = resampled_sums(np.concatenate([statistics_a, statistics_b], axis=1), seed, resamples)
    sums_a, sums_b = np.split(both, [statistics_a.shape[1]], axis=1)
    differences = metric.value(sums_a) - metric.value(sums_b)
    low, high = np.nanpercentile(differences, INTERVAL)
    strays = np.abs(differences - measured) >= abs(measured) * (1 - 1e-9)  # the same within rounding
    p = (1 + int(strays.sum())) / (1 + resamples)
    return Difference(difference=measured, low=float(low), high=float(high), p=p)
