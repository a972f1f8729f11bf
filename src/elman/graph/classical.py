"""Classical forecasts: what is known of a series before its next step, said on without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.graph.operator import Array, Operator
from elman.graph.series import forward_filled
from elman.sequences import Sequences

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OfHistory: TypeAlias = Callable[[Floats, Ints, int, int], Floats]
"""``(values [T, C], origins, horizon, season) -> [origins, horizon, C]``: each from what stands before one of the
origins, which rise. No value is missing."""

GROWTH = 1.1
"""What takes long is found anew whenever the history of a series has grown by this factor."""
MEMORY = 20_000
"""Of a longer history, exponential smoothing reads the latest so many steps."""
RATES = np.array([0.01, 0.02, 0.05, *np.arange(0.1, 1.01, 0.05)])
"""How much of a new value exponential smoothing takes over, among which the least squared error decides."""
HALF = 0.5
"""The share of the slope that the Theta method has, as its lines are those of no curvature and of twice as much."""
SEASONAL = 1.645
"""Standard errors of the autocorrelation at the season, beyond which there is one (90 %, two-sided)."""
LATEST, AT_ONCE = 5_000, 20_000
"""Of a longer history, Holt-Winters reads the latest so many steps; and so many steps the seasons have together of
columns that it smooths at once."""
LEVELS, SLOPES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0), (0.0, 0.05, 0.15, 0.4)
DAMPINGS, SEASONS = (0.8, 0.9, 0.98), (0.0, 0.05, 0.15, 0.4)
"""What Holt-Winters chooses among: how much of an error its level takes over, how much of that its slope, what is left
of the slope after a step, and how much of an error its season takes over."""


def mean(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The mean of all before."""
    means = np.cumsum(values, axis=0)[origins - 1] / origins[:, None]
    return np.repeat(means[:, None], horizon, axis=1)


def median(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The median of all before: of all answers that are always the same the one with the least absolute error."""
    medians = [np.median(values[: block[0]], axis=0)[None].repeat(len(block), 0) for block in by_growth(origins)]
    return np.repeat(np.concatenate(medians)[:, None], horizon, axis=1)


def naive(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The last value again."""
    return np.repeat(values[origins - 1][:, None], horizon, axis=1)


def seasonal_naive(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The last season again; the last value where a series has less before."""
    lags = np.where(origins >= season, season, 1)[:, None]
    return values[origins[:, None] + np.arange(horizon) % lags - lags]


def drift(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """On along the line from the first value to the last (Hyndman & Athanasopoulos 2021, section 5.2)."""
    last = values[origins - 1]
    slope = (last - values[0]) / np.maximum(origins - 1, 1)[:, None]
    return last[:, None] + np.arange(1, horizon + 1)[:, None] * slope[:, None]


def theta(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The Theta method (Assimakopoulos & Nikolopoulos 2000), as what Hyndman & Billah (2003) showed it to be: simple
    exponential smoothing, and half the slope of the straight line through the history as drift.

    Its rate is the one with the least squared error one step ahead. A series with a season is taken apart first: over
    its seasonal pattern where all its numbers are above zero, else less that.
    """
    return of_theta(values, origins, horizon, season, HALF)


def optimised_theta(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """The Theta method with that share of the slope, from none to all of it, that has the least squared error one step
    ahead together with the rate (Fiorucci et al. 2016, the optimised theta model)."""
    return of_theta(values, origins, horizon, season, None)


def of_theta(values: Floats, origins: Ints, horizon: int, season: int, share: float | None) -> Floats:
    """With this share of the slope; None for the best one."""
    found: list[Floats] = []
    for block in by_growth(origins):
        begin = max(0, int(block[0]) - MEMORY)
        recent, at = values[begin : block[-1]], block - begin
        times, plus = seasonal_factors(recent[: at[0]], season)
        phases = np.arange(len(recent)) % len(times)
        plain = smoothed_with_drift((recent - plus[phases]) / times[phases], at, horizon, share)
        ahead = (at[:, None] + np.arange(horizon)) % len(times)
        found.append(plain * times[ahead] + plus[ahead])
    return np.concatenate(found)


def holt_winters(values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
    """Exponential smoothing of a level, a damped slope and a season (Holt 1957; Winters 1960; Gardner & McKenzie 1985).

    What is smoothed are the numbers, or their logarithms, in which what multiplies is added: where those are likelier
    by their errors one step ahead, of which one in logarithms is worth the geometric mean (Box & Cox 1964).
    """
    most = max(1, AT_ONCE // max(season, 1))
    if values.shape[1] > most:
        several = np.split(values, range(most, values.shape[1], most), axis=1)
        return np.concatenate([holt_winters(some, origins, horizon, season) for some in several], axis=2)
    found: list[Floats] = []
    for block in by_growth(origins):
        begin = max(0, int(block[0]) - LATEST)
        recent, at = values[begin : block[-1]], block - begin
        added, errors = smoothed_with_season(recent, at, horizon, season)
        logs = np.log(np.where(recent > 0, recent, 1.0))
        multiplied, in_logs = smoothed_with_season(logs, at, horizon, season)
        worth = np.exp(np.cumsum(logs, axis=0)[at - 1] / at[:, None])
        likelier = (np.minimum.accumulate(recent, axis=0)[at - 1] > 0) & (worth**2 * in_logs < errors)
        found.append(np.where(likelier[:, None], np.exp(multiplied), added))
    return np.concatenate(found)


OF_HISTORY: dict[str, OfHistory] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "drift": drift,
    "mean": mean,
    "median": median,
    "theta": theta,
    "optimised_theta": optimised_theta,
    "holt_winters": holt_winters,
}


@dataclass(frozen=True, eq=False)
class TowardsClassical(Operator):
    """A base forecast ``[B, H]``, standardised, moved by ``share`` towards what a ``method`` of ``OF_HISTORY`` says.

    past: the series, ``Sequences [N, C + E]``, NaN where a number is missing;  column: ``[B]``, which of its ``C``
    """

    name: ClassVar[str] = "towards_classical"
    method: str
    season: int
    share: float
    mean: Array
    unit: Array

    def __call__(self, past: Sequences, base: Array, column: Array) -> Array:
        method, horizon = OF_HISTORY[self.method], base.shape[1]
        found: list[Floats] = []
        for one, own in zip(np.split(past.values, past.offsets[1:]), column, strict=True):
            values = forward_filled(one[:, own].astype(np.float64)[None]).T
            found.append(method(values, np.array([len(values)]), horizon, self.season)[0, :, 0])
        mean, unit = self.mean[column, None], self.unit[column, None]
        standardised = (np.reshape(found, base.shape) - mean) / unit
        return base + np.float32(self.share) * (standardised.astype(base.dtype) - base)


# -- what exponential smoothing is made of ---------------------------------------------------------------------


def by_growth(origins: Ints) -> Iterator[Ints]:
    """Rising origins in blocks, each of which ends before the history has grown by ``GROWTH``."""
    start = 0
    while start < len(origins):
        end = int(np.searchsorted(origins, GROWTH * origins[start], side="right"))
        yield origins[start:end]
        start = end


def smoothed_with_drift(values: Floats, origins: Ints, horizon: int, share: float | None = HALF) -> Floats:
    """``[T, C] -> [origins, horizon, C]`` (Hyndman & Billah 2003, equations 4 and 6; Fiorucci et al. 2016, equation 9).

    Of ``n`` values: their exponentially smoothed level, plus ``s * b * (h - 1 + (1 - (1 - a)^n) / a)`` at step ``h``,
    where ``b`` is the slope of their regression on time, ``s`` the share of it, and ``a`` the rate. The rate is that of
    the least squared error one step ahead, of the level alone where the share is given; else with the best share.
    """
    rates = RATES[:, None]
    level = np.broadcast_to(values[0], (len(RATES), values.shape[1])).copy()
    error, along, length = np.zeros_like(level), np.zeros_like(level), np.zeros_like(rates)
    lag = np.zeros_like(rates)  # by which a level is behind a line of slope 1
    found, wanted = list[tuple[Floats, ...]](), set(origins.tolist())
    for step, value in enumerate(values, start=1):  # after `step` values
        missed = value - level
        error += missed**2
        along += missed * lag
        length += lag**2
        level = level + rates * missed
        lag = 1 + (1 - rates) * lag
        if step in wanted:
            found.append((level, error.copy(), along.copy(), length.copy(), lag))
    levels, errors, alongs, lengths, lags = map(np.stack, zip(*found, strict=True))  # [origins, rates, C] or 1
    slope = slopes(values, origins)[:, None]
    if share is None:
        most = slope * lengths
        shares = np.clip(np.divide(alongs, most, out=np.zeros_like(errors), where=most != 0), 0, 1)
        errors = errors - 2 * shares * slope * alongs + (shares * slope) ** 2 * lengths
    else:
        shares = np.full_like(errors, share)
    best = np.argmin(errors, axis=1)[:, None]  # [origins, 1, C]
    smoothed, lag, own = (
        np.take_along_axis(each, best, 1) for each in (levels, np.broadcast_to(lags, errors.shape), shares)
    )
    return smoothed + own * slope * (np.arange(horizon)[:, None] + lag)


def slopes(values: Floats, origins: Ints) -> Floats:
    """``[origins, C]``: of the straight line through all values before each, by least squares."""
    times = np.arange(len(values))[:, None]
    sums, moments = np.cumsum(values, axis=0), np.cumsum(values * times, axis=0)
    count = origins[:, None].astype(np.float64)
    spread = count * (count**2 - 1) / 12
    centred = moments[origins - 1] - (count - 1) / 2 * sums[origins - 1]
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def smoothed_with_season(values: Floats, origins: Ints, horizon: int, season: int) -> tuple[Floats, Floats]:
    """``[T, C] -> [origins, horizon, C]`` and ``[origins, C]``: forecasts, and their squared errors one step ahead.

    Additive Holt-Winters with a damped slope (Hyndman et al. 2008, table 2.1, the model A, Ad, A): it begins with the
    first value, no slope, and the season of what is before the first origin. How much its parts take over of each error
    is what has the least squared error before each origin.
    """
    grid = np.meshgrid(LEVELS, SLOPES, DAMPINGS, SEASONS, indexing="ij")
    to_level, of_that, damping, to_season = (each.reshape(-1, 1) for each in grid)
    to_slope, columns, wanted = to_level * of_that, np.arange(values.shape[1]), set(origins.tolist())
    seasons = seasonal_pattern(values[: origins[0]], season)[:, None].repeat(len(to_level), 1)  # [season, choices, C]
    level = values[0] - seasons[0]
    slope, errors, ahead = np.zeros_like(level), np.zeros_like(level), np.arange(horizon)[:, None]
    found: list[Floats] = []
    least: list[Floats] = []
    for step, value in enumerate(values):
        own = seasons[step % len(seasons)]
        slope = damping * slope
        level = level + slope
        missed = value - level - own
        errors = errors + missed**2
        level, slope = level + to_level * missed, slope + to_slope * missed
        own += to_season * missed
        if step + 1 in wanted:
            best = np.argmin(errors, axis=0)
            on = level[best, columns] + np.cumsum(damping[best, 0] ** (ahead + 1), axis=0) * slope[best, columns]
            found.append(on + seasons[(step + 1 + ahead) % len(seasons), best, columns])
            least.append(errors[best, columns])
    return np.stack(found), np.stack(least)


def seasonal_factors(values: Floats, season: int) -> tuple[Floats, Floats]:
    """What to divide each step of a season by, and what to take from it before, ``[season, C]`` each; ones and zeros
    for columns without one. A season is divided by where all numbers are above zero."""
    positive = values.min(0) > 0
    pattern = seasonal_pattern(values, season, positive)
    return np.where(positive, pattern, 1.0), np.where(positive, 0.0, pattern)


def seasonal_pattern(values: Floats, season: int, dividing: NDArray[np.bool_] | None = None) -> Floats:
    """``[season, C]``: by how much each step of a season differs from the others, or of columns to be divided how many
    times as much it is; zeros or ones for columns without one (classical decomposition by a centred moving average)."""
    length, columns = values.shape
    divided = np.zeros(columns, np.bool_) if dividing is None else dividing
    pattern = np.tile(divided.astype(np.float64), (max(season, 1), 1))
    if season < 2 or length < 2 * season:
        return pattern
    weights = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    half = len(weights) // 2
    for column in np.flatnonzero(is_seasonal(values, season)):
        one = values[:, column]
        middle, trend = one[half : length - half], np.convolve(one, weights / season, "valid")
        apart = middle / trend if divided[column] else middle - trend
        phases = (np.arange(half, length - half)) % season
        means = np.bincount(phases, apart, season) / np.bincount(phases, minlength=season)
        pattern[:, column] = means / means.mean() if divided[column] else means - means.mean()
    return pattern


def is_seasonal(values: Floats, season: int) -> NDArray[np.bool_]:
    """``[C]``: whether the autocorrelation at the season is more than chance (as in the M competitions' benchmarks)."""
    apart = values - values.mean(0)
    power = np.maximum((apart**2).sum(0), 1e-300)
    lags = [(apart[lag:] * apart[:-lag]).sum(0) / power for lag in range(1, season + 1)]
    before = np.sum(np.square(lags[:-1]), axis=0)
    return np.abs(lags[-1]) > SEASONAL * np.sqrt((1 + 2 * before) / len(values))
