"""How sure a measured value is: bootstrap intervals, and paired tests of two systems on the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np

from elman.scoring.metrics import Floats, Metric, Rows, metric
from elman.scoring.sparse import Matrix, differences, parted
from elman.stages import each

INTERVAL = (2.5, 97.5)  # percentiles: 95 % between them
CHUNK = 1 << 22  # row counts, and sums, held at a time while resampling


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


def resampled_sums(statistics: Sequence[Matrix], seed: int, resamples: int) -> Iterator[list[Floats]]:
    """Sums over ``resamples`` bootstrap samples of the rows, some samples at a time: of each of the statistics
    ``[n, k]``, ``[some, k]``.

    A resample counts how often each row was drawn; counts times statistics are its sums. The same seed and
    ``n`` draw the same rows, which is what makes two systems' resamples paired.
    """
    rng, n = np.random.default_rng(seed), len(statistics[0])
    widest = max(own.shape[1] for own in statistics)
    starts = range(0, resamples, step := max(1, CHUNK // max(n, widest)))
    for start in each(starts, "finding intervals", len(starts)):
        drawn = min(step, resamples - start)
        rows = rng.integers(0, n, (drawn, n)) + n * np.arange(drawn)[:, None]
        counts = np.bincount(rows.ravel(), minlength=drawn * n).reshape(drawn, n).astype(float)
        yield [counts @ own for own in statistics]


def score(
    metrics: Sequence[Metric | str], predictions: Rows, references: Rows, seed: int = 0, resamples: int = 1000
) -> dict[str, Estimate]:
    """Each metric with its 95 % percentile bootstrap interval over rows (Efron 1979).

    Raises ShapeError where predictions don't fit references, TaskError for no rows, or a metric that there isn't.
    """
    metrics = [metric(m) if isinstance(m, str) else m for m in metrics]
    statistics = [m.contributions(predictions, references) for m in metrics]
    resampled = [
        [m.value(sums) for m, sums in zip(metrics, several, strict=True)]
        for several in resampled_sums(statistics, seed, resamples)
    ]
    estimates = {}
    for m, own, values in zip(metrics, statistics, zip(*resampled, strict=True), strict=True):
        low, high = np.nanpercentile(np.concatenate(values), INTERVAL)
        estimates[m.name] = Estimate(value=float(m.value(own.sum(0))), low=float(low), high=float(high))
    return estimates


def paired_test(
    metric: Metric, ours: Rows, theirs: Rows, references: Rows, seed: int = 0, resamples: int = 1000
) -> Difference:
    """Compare two systems' predictions for the same rows.

    The interval of the difference is a paired bootstrap. p, two-sided, is by approximate randomisation
    (Noreen 1989): how often a difference as great comes out when each row's predictions are swapped by the
    toss of a coin; one is added to both counts, so that it is never 0. Raises what `Metric.contributions`
    raises.
    """
    # In one call, so that the columns mean the same on both sides.
    both = metric.contributions([*ours, *theirs], [*references, *references])
    a, b = parted(both, len(ours))

    def difference(sums_a: Floats, sums_b: Floats) -> Floats:
        return metric.value(sums_a) - metric.value(sums_b)

    sums_a, sums_b = a.sum(0), b.sum(0)
    measured = float(difference(sums_a, sums_b))
    resampled = [difference(*sums) for sums in resampled_sums([a, b], seed, resamples)]
    low, high = np.nanpercentile(np.concatenate(resampled), INTERVAL)
    moved = swapped_sums(differences(a, b), seed, resamples)
    swapped = np.concatenate([difference(sums_a - some, sums_b + some) for some in moved])
    as_great = np.abs(swapped) >= abs(measured) * (1 - 1e-9)  # the same but for rounding
    p = (1 + int(as_great.sum())) / (1 + resamples)
    return Difference(difference=measured, low=float(low), high=float(high), p=p)


def swapped_sums(differences: Matrix, seed: int, resamples: int) -> Iterator[Floats]:
    """Sums of ``differences`` ``[n, k]`` over rows chosen by the toss of a coin, ``[some, k]`` at a time. Rows that are
    0 need not be there: where systems agree, a swap changes nothing."""
    rng, n = np.random.default_rng(seed), len(differences)
    for start in range(0, resamples, step := max(1, CHUNK // max(n, differences.shape[1]))):
        swaps = rng.integers(0, 2, (min(step, resamples - start), n), dtype=np.int8)
        yield swaps.astype(float) @ differences
