# pyright: strict
"""Seasons: after how many steps numbers repeat themselves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CYCLES = 4
"""A season is seen when it came back so many times."""
LONGEST_SEASON = 5_000
"""Steps of a season that a window holds two of, at most, unless somebody says how many it has."""
CLEAR = 0.7
"""Values a season apart differ by at most this share of what those about half a season apart do (mean squares)."""
SURE = 3.0
"""Standard errors that changes a season apart are correlated by, at least, where the numbers themselves hide it."""
ROUNDED = 1e-9
"""Changes that differ by less than this share of the numbers are those of a straight line, but for rounding."""


def season_of(values: Floats) -> int:
    """After how many steps a series ``[T]`` repeats itself; 0 where it doesn't.

    The shortest lag whose mean squared difference is a local least, near the least of all, and clearly less than half
    way to it: a random walk's only grows. Looked for up to a quarter of the series, so that it came back often enough.
    """
    differences = squared_differences(values, len(values) // CYCLES)
    lags = np.arange(2, len(differences) - 1)
    if not len(lags):
        return 0
    here = differences[lags]
    local = (here <= differences[lags - 1]) & (here <= differences[lags + 1])
    half = np.array([mean_of_known(differences[lag // 4 : max(3 * lag // 4, lag // 4 + 1)]) for lag in lags])
    clear = local & (here < CLEAR * half)
    if not clear.any():
        return 0
    candidates, ratios = lags[clear], here[clear] / half[clear]
    first = candidates[ratios <= 1.1 * ratios.min()][0]
    near = np.abs(candidates - first) <= 0.2 * first  # around a long season there are several local leasts
    return int(candidates[near][ratios[near].argmin()])


def changes_return(values: Floats, season: int) -> bool:
    """Whether the changes of ``[T]`` from step to step come back after a season that somebody has in mind: a trend or a
    walk hides it from ``season_of``, but not in them.

    They are correlated beyond chance (standard errors of Bartlett 1946, of the share of all changes that are observed a
    season apart), and more than those about half a season apart.
    """
    changes = values[1:] - values[:-1]
    apart = squared_differences(changes, season)
    there = ~np.isnan(changes[season:] - changes[:-season])
    observed = changes[~np.isnan(changes)]
    if not len(observed) or observed.std() <= ROUNDED * np.nanmax(np.abs(values)):
        return False
    correlations = 1 - apart[1:] / (2 * observed.var())
    before, here = correlations[:-1], correlations[-1]
    half = mean_of_known(correlations[max(season // 4, 1) - 1 : max(3 * season // 4, 1)])
    if np.isnan(here) or np.isnan(half):
        return False
    related = len(before) * mean_of_known(np.square(before))  # as much at lags that nothing is known of
    return bool(here > max(half, SURE * math.sqrt((1 + 2 * related) / (len(changes) * there.mean()))))


def squared_differences(values: Floats, most: int) -> Floats:
    """Mean of ``(x[t] - x[t - lag]) ** 2`` over what is observed, for lags 0 to ``most``, by Fourier transform; NaN for
    a lag of which fewer than half as many pairs are observed as there are where it comes back ``CYCLES`` times."""
    observed = ~np.isnan(values)
    x = np.where(observed, values - (np.nanmean(values) if observed.any() else 0.0), 0.0)
    size = 2 ** int(np.ceil(np.log2(max(2 * len(x), 2))))

    def correlate(a: Floats, b: Floats) -> Floats:
        product = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
        return np.fft.irfft(product, size)[: most + 1]

    mask = observed.astype(np.float64)
    total = correlate(x**2, mask) + correlate(mask, x**2) - 2 * correlate(x, x)
    pairs = np.rint(correlate(mask, mask))
    enough = pairs >= np.maximum(np.arange(len(pairs)) * (CYCLES - 1) / 2, 1)
    return np.where(enough, np.maximum(total, 0.0) / np.maximum(pairs, 1.0), np.nan)


def mean_of_known(values: Floats) -> float:
    """The mean of what isn't NaN; NaN where all is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def common_season(columns: Sequence[Floats]) -> int:
    """The season that most columns have; 0 where most have none."""
    counts = Counter(season_of(column) for column in columns)
    return counts.most_common(1)[0][0] if counts else 0
