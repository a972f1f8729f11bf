"""Simple forecasts, which a network must beat to be worth having: each from what was observed before its first step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.scoring.backtest import Backtest, Floats, Ints, Stretch
from elman.scoring.baselines import Pairs, State

GROWTH = 1.1
"""What takes long is found anew whenever the history of a series has grown by this factor."""
MEMORY = 20_000
"""Of a longer history, exponential smoothing reads the latest so many steps."""
RATES = np.array([0.01, 0.02, 0.05, *np.arange(0.1, 1.01, 0.05)])
"""How much of a new value exponential smoothing takes over, among which the least squared error decides."""
SEASONAL = 1.645
"""Standard errors of the autocorrelation at the season, beyond which there is one (90 %, two-sided)."""
PENALTIES = 10.0 ** np.arange(-4, 3)
"""Of the linear model, in mean squares of a number of the window, among which the validation part decides."""
MOST_APART = 10.0
"""Spreads that what comes may be from the end of a window, where the linear model is fitted: more is taken for that."""
MOST_WINDOWS, MOST_STEPS, MOST_NUMBERS = 10_000, 1_000, 4_000_000
"""Windows that the linear model is fitted on, steps of a window that it reads, and numbers of both together."""


class SimpleForecast(ABC):
    """A forecast that takes no network. ``predict`` gives for each ``Stretch`` ``[k, 2]``, as the metrics take it."""

    name: ClassVar[str]
    said: ClassVar[str] = ""

    @property
    def description(self) -> str:
        return self.said

    validation: float
    """Mean absolute error in the validation part, in naive errors."""

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.validation = error_of(_whole(valid), self.forecasts(_whole(valid)))
        return self

    def predict(self, inputs: Sequence[Stretch]) -> list[Floats]:
        found: dict[int, list[Floats]] = {}
        for row in inputs:
            if id(row.backtest) not in found:
                found[id(row.backtest)] = row.backtest.in_stretches(self.forecasts(row.backtest))
        return [found[id(row.backtest)][row.place] for row in inputs]

    @abstractmethod
    def forecasts(self, backtest: Backtest) -> Floats:
        """``[W, horizon]``"""

    def state(self) -> State:
        return {}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        return cls()


class OfHistory(SimpleForecast):
    """From all of a series before the first step that is forecast, whatever a window has."""

    def forecasts(self, backtest: Backtest) -> Floats:
        found = np.empty((len(backtest), backtest.horizon))
        for rows, number in backtest.each():
            origins, at = np.unique(backtest.origins[rows], return_inverse=True)
            of_series = self.of_series(backtest.filled[number], origins, backtest.horizon, backtest.season)
            found[rows] = of_series[at, :, backtest.columns[rows]]
        return found

    @abstractmethod
    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        """``[T, C] -> [origins, horizon, C]``, from what stands before each of the rising origins."""


class HistoryMean(OfHistory):
    """The mean of all before."""

    name = "mean"
    said = "the mean of what was before"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        means = np.cumsum(values, axis=0)[origins - 1] / origins[:, None]
        return np.repeat(means[:, None], horizon, axis=1)


class HistoryMedian(OfHistory):
    """The median of all before: of all answers that are always the same the one with the least absolute error."""

    name = "median"
    said = "the median of what was before"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        medians = [np.median(values[: block[0]], axis=0)[None].repeat(len(block), 0) for block in by_growth(origins)]
        return np.repeat(np.concatenate(medians)[:, None], horizon, axis=1)


class Naive(OfHistory):
    """The last value again."""

    name = "naive"
    said = "repeating the last value"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        return np.repeat(values[origins - 1][:, None], horizon, axis=1)


class SeasonalNaive(OfHistory):
    """The last season again; the last value where a series has less before."""

    name = "seasonal_naive"

    def __init__(self, season: int):
        self.season = season

    @property
    def description(self) -> str:
        return f"repeating the last {self.season} values"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        lags = np.where(origins >= self.season, self.season, 1)[:, None]
        return values[origins[:, None] + np.arange(horizon) % lags - lags]

    def state(self) -> State:
        return {"season": self.season}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        return cls(record["season"])


class Drift(OfHistory):
    """On along the line from the first value to the last (Hyndman & Athanasopoulos 2021, section 5.2)."""

    name = "drift"
    said = "going on from the first value to the last"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        last = values[origins - 1]
        slope = (last - values[0]) / np.maximum(origins - 1, 1)[:, None]
        return last[:, None] + np.arange(1, horizon + 1)[:, None] * slope[:, None]


class Theta(OfHistory):
    """The Theta method (Assimakopoulos & Nikolopoulos 2000), as what Hyndman & Billah (2003) showed it to be: simple
    exponential smoothing, and half the slope of the straight line through the history as drift.

    Its rate is the one with the least squared error one step ahead. A series with a season is taken apart first: over
    its seasonal pattern where all its numbers are above zero, else less that.
    """

    name = "theta"
    said = "the Theta method"

    def of_series(self, values: Floats, origins: Ints, horizon: int, season: int) -> Floats:
        found: list[Floats] = []
        for block in by_growth(origins):
            begin = max(0, int(block[0]) - MEMORY)
            recent, at = values[begin : block[-1]], block - begin
            times, plus = seasonal_pattern(recent[: at[0]], season)
            phases = np.arange(len(recent)) % len(times)
            plain = smoothed_with_drift((recent - plus[phases]) / times[phases], at, horizon)
            ahead = (at[:, None] + np.arange(horizon)) % len(times)
            found.append(plain * times[ahead] + plus[ahead])
        return np.concatenate(found)


def smoothed_with_drift(values: Floats, origins: Ints, horizon: int) -> Floats:
    """``[T, C] -> [origins, horizon, C]`` (Hyndman & Billah 2003, equations 4 and 6).

    Of ``n`` values: their exponentially smoothed level, plus ``b / 2 * (h - 1 + (1 - (1 - a)^n) / a)`` at step ``h``,
    where ``b`` is the slope of their regression on time and ``a`` the rate.
    """
    rates = RATES[:, None]
    level, error = np.broadcast_to(values[0], (len(RATES), values.shape[1])).copy(), 0.0
    levels, errors, wanted = [], [], set(origins.tolist())
    for step, value in enumerate(values, start=1):  # after `step` values
        missed = value - level
        error = error + missed**2
        level = level + rates * missed
        if step in wanted:
            levels.append(level)
            errors.append(error)
    best = np.argmin(np.stack(errors), axis=1)[:, None]  # [origins, 1, C]
    smoothed, rate, count = np.take_along_axis(np.stack(levels), best, 1), RATES[best], origins[:, None, None]
    drift = slopes(values, origins)[:, None] / 2
    return smoothed + drift * (np.arange(horizon)[:, None] + (1 - (1 - rate) ** count) / rate)


def slopes(values: Floats, origins: Ints) -> Floats:
    """``[origins, C]``: of the straight line through all values before each, by least squares."""
    times = np.arange(len(values))[:, None]
    sums, moments = np.cumsum(values, axis=0), np.cumsum(values * times, axis=0)
    count = origins[:, None].astype(np.float64)
    spread = count * (count**2 - 1) / 12
    centred = moments[origins - 1] - (count - 1) / 2 * sums[origins - 1]
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def seasonal_pattern(values: Floats, season: int) -> tuple[Floats, Floats]:
    """What to divide each step of a season by, and what to take from it before, ``[season, C]`` each; ones and zeros
    for columns without one (classical decomposition by a centred moving average)."""
    length, columns = values.shape
    times, plus = np.ones((max(season, 1), columns)), np.zeros((max(season, 1), columns))
    if season < 2 or length < 2 * season:
        return times, plus
    weights = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    half = len(weights) // 2
    for column in np.flatnonzero(is_seasonal(values, season)):
        one = values[:, column]
        middle, trend = one[half : length - half], np.convolve(one, weights / season, "valid")
        apart = middle / trend if (one > 0).all() else middle - trend
        phases = (np.arange(half, length - half)) % season
        pattern = np.bincount(phases, apart, season) / np.bincount(phases, minlength=season)
        if (one > 0).all():
            times[:, column] = pattern / pattern.mean()
        else:
            plus[:, column] = pattern - pattern.mean()
    return times, plus


def is_seasonal(values: Floats, season: int) -> NDArray[np.bool_]:
    """``[C]``: whether the autocorrelation at the season is more than chance (as in the M competitions' benchmarks)."""
    apart = values - values.mean(0)
    power = np.maximum((apart**2).sum(0), 1e-300)
    lags = [(apart[lag:] * apart[:-lag]).sum(0) / power for lag in range(1, season + 1)]
    before = np.sum(np.square(lags[:-1]), axis=0)
    return np.abs(lags[-1]) > SEASONAL * np.sqrt((1 + 2 * before) / len(values))


class LinearOnWindow(SimpleForecast):
    """Ridge regression of each step of the horizon on the window, the same for all series and columns: what is left to
    gain over it is what recurrence is for (NLinear, Zeng et al. 2023).

    Windows are taken less their last value, over their spread or that of their series, whichever is more. The penalty
    is the one with the least absolute error in the validation part; then it is fitted on both parts, as the network is.

    weight: ``[steps + 1, horizon]``, the constant's last;  of_train: the same of the training part alone, once fitted
    """

    name = "linear"

    def __init__(self, context: int = 0):
        self.steps = min(context, MOST_STEPS)
        self.weight, self.fitted_on, self.windows = np.zeros((self.steps + 1, 1)), 0, 0

    @property
    def description(self) -> str:
        some = f" (fitted on {self.fitted_on:,} of {self.windows:,} windows)" if self.fitted_on < self.windows else ""
        return f"a linear model on the last {self.steps} steps{some}"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        learned, held = _whole(train), _whole(valid)
        moments, more = self._moments(learned), self._moments(held)
        found = [(error_of(held, self._forecasts(held, weight)), weight) for weight in solved(*moments)]
        self.validation, chosen = min((error, place) for place, (error, _) in enumerate(found))
        self.of_train = found[chosen][1]
        self.weight = solved(moments[0] + more[0], moments[1] + more[1])[chosen]
        self.fitted_on = sum(min(len(part), self._most) for part in (learned, held))
        self.windows = sum(part.every or len(part) for part in (learned, held))
        return self

    @property
    def _most(self) -> int:
        return max(1, min(MOST_WINDOWS, MOST_NUMBERS // (self.steps + 1)))

    def _moments(self, backtest: Backtest) -> tuple[Floats, Floats]:
        """``X^T X`` and ``X^T Y`` over evenly spaced windows, all of whose steps to forecast are observed."""
        rows = np.flatnonzero(backtest.observed.all(1))
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), self._most)).astype(np.int64)]
        x, last, scale = self._windows(backtest, rows)
        y = np.clip((backtest.actual[rows] - last) / scale, -MOST_APART, MOST_APART)
        return x.T @ x, x.T @ y

    def _windows(self, backtest: Backtest, rows: Ints) -> tuple[Floats, Floats, Floats]:
        """Windows and a one ``[rows, steps + 1]``, and what they were taken less and divided by ``[rows, 1]``."""
        window = backtest.before(backtest.context, rows)
        last, least = window[:, -1:], backtest.spread[backtest.which[rows], backtest.columns[rows]][:, None]
        scale = np.maximum(window.std(1, keepdims=True), least)
        read = window[:, backtest.context - self.steps :]
        return np.hstack([(read - last) / scale, np.ones_like(last)]), last, scale

    def forecasts(self, backtest: Backtest) -> Floats:
        return self._forecasts(backtest, self.weight)

    def _forecasts(self, backtest: Backtest, weight: Floats) -> Floats:
        found = np.empty((len(backtest), backtest.horizon))
        for start in range(0, len(found), self._most):
            rows = np.arange(start, min(start + self._most, len(found)))
            x, last, scale = self._windows(backtest, rows)
            found[rows] = last + scale * (x @ weight)
        return found

    def state(self) -> State:
        return {"steps": self.steps, "fitted_on": self.fitted_on, "windows": self.windows}, {"weight": self.weight}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """The model that ``state`` gave. Raises BundleError for arrays that don't fit."""
        baseline = cls(record["steps"])
        baseline.weight, baseline.fitted_on, baseline.windows = arrays["weight"], record["fitted_on"], record["windows"]
        if baseline.weight.ndim != 2 or len(baseline.weight) != baseline.steps + 1:
            raise BundleError(
                f"the linear model's weights are {baseline.weight.shape} for {baseline.steps} steps: the saved model "
                "is damaged; train it again"
            )
        return baseline


def error_of(backtest: Backtest, forecasts: Floats) -> float:
    """Mean absolute error, in naive errors."""
    errors = np.abs(forecasts - backtest.actual) / backtest.units[1][:, None]
    return float(errors[backtest.observed].mean())


def solved(squares: Floats, products: Floats) -> list[Floats]:
    """Ridge regression by its closed form (Hoerl & Kennard 1970), for each of ``PENALTIES``; the last row of the
    weights, the constant's, is free."""
    count = squares[-1, -1]
    if not count:
        return [np.zeros_like(products) for _ in PENALTIES]
    unit = np.full(len(squares), max(float(np.diag(squares)[:-1].mean()), 1e-9 * count))
    unit[-1] = 0.0
    found = (np.linalg.solve(squares + np.diag(penalty * unit), products) for penalty in PENALTIES)
    return [weight.astype(np.float64) for weight in found]


def by_growth(origins: Ints) -> Iterator[Ints]:
    """Rising origins in blocks, each of which ends before the history has grown by ``GROWTH``."""
    start = 0
    while start < len(origins):
        end = int(np.searchsorted(origins, GROWTH * origins[start], side="right"))
        yield origins[start:end]
        start = end


def _whole(pairs: Pairs) -> Backtest:
    """The backtest whose stretches these are."""
    return pairs[0][0].backtest
