"""A backtest with a rolling origin: many forecasts of series, each from what stands before its first step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from elman.graph.series import spread_of
from elman.kinds.series import STEADY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AT_ONCE = 1_000_000
"""Numbers of windows whose spread is found at once."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts to make, ``W`` of them, and what their errors are counted in.

    series:  ``[T, C]`` each, NaN where a number is missing;  filled: the same, what is missing as it was last observed
    spread:  ``[series, C]``, how far each spreads
    which, columns, origins: ``[W]``, of which series and column each is, and its first step
    horizon, context, season: steps that are forecast, that a window has, after which a series repeats itself
    zero:    ``[W]``, what numbers are counted from;  units: ``[2, W]``, a standard deviation, and a naive error
    stretch: steps of the stretches of time in which errors are resampled
    every:   how many forecasts there are, of which these are evenly spaced ones; 0 where they are all
    later:   the series as they went on, where errors are to tell of what comes after that; none where they end here
    """

    series: Sequence[Floats]
    filled: Sequence[Floats]
    spread: Floats
    which: Ints
    columns: Ints
    origins: Ints
    horizon: int
    context: int
    season: int
    zero: Floats
    units: Floats
    stretch: int = 1
    every: int = 0
    later: Sequence[Floats] = ()

    def __len__(self) -> int:
        return len(self.which)

    @cached_property
    def actual(self) -> Floats:
        """``[W, horizon]``: what comes."""
        places = self._places[:, None] + np.arange(self.horizon)
        return np.concatenate(self.series)[places, self.columns[:, None]]

    def before(self, steps: int, rows: Ints) -> Floats:
        """``[rows, steps]``: what stands before these forecasts."""
        places = self._places[rows, None] + np.arange(-steps, 0)
        return self._filled_together[places, self.columns[rows, None]]

    def apart_from(self, other: Backtest) -> Backtest:
        """Without those that forecast a step between the first and the last that ``other`` forecasts of a series."""
        first, last = np.full(len(self.series), np.iinfo(np.int64).max), np.zeros(len(self.series), np.int64)
        np.minimum.at(first, other.which, other.origins)
        np.maximum.at(last, other.which, other.origins + other.horizon)
        rows = (self.origins + self.horizon <= first[self.which]) | (self.origins >= last[self.which])
        which, columns, origins, zero = (each[rows] for each in (self.which, self.columns, self.origins, self.zero))
        return replace(self, which=which, columns=columns, origins=origins, zero=zero, units=self.units[:, rows])

    def scale(self, rows: Ints | None = None) -> Floats:
        """``[rows]``: how far the windows of these forecasts, or of all, spread; at least as far as their series."""
        rows = np.arange(len(self)) if rows is None else rows
        least = self.spread[self.which[rows], self.columns[rows]]
        return np.maximum(self.before(self.context, rows).std(1), least)

    @cached_property
    def unit(self) -> Floats:
        """``[W]``: what an error is counted in to tell of forecasts after the ``later`` series: the scale that its
        window would have there, times how much less changes over a season were before it than they are in all.

        A history that rises spreads ever more, and errors don't: in spreads of what was before each forecast, later
        ones would be taken for larger. Errors grow as changes do, in which they are counted elsewhere too (Hyndman &
        Koehler 2006).
        """
        now = self.later or self.series
        spread = np.concatenate([spread_of(series, 0.0) for series in now])[self.which, self.columns]
        less = np.ones(len(self))
        for rows, number in self.each():
            changes, columns = mean_changes(now[number], self.season), self.columns[rows]
            before, all_of_them = changes[self.origins[rows], columns], changes[-1, columns]
            known = (before > 0) & (all_of_them > 0)
            less[rows] = np.divide(before, all_of_them, out=np.ones(len(rows)), where=known)
        pieces = np.array_split(np.arange(len(self)), -(-len(self) * self.context // AT_ONCE))
        windows = np.concatenate([self.before(self.context, rows).std(1) for rows in pieces])
        return np.maximum(np.maximum(windows, spread), STEADY * self.units[0]) * less

    @cached_property
    def _places(self) -> Ints:
        """``[W]``: the first step of each forecast where the series stand one after another."""
        return np.cumsum([0, *map(len, self.series)])[self.which] + self.origins

    @cached_property
    def _filled_together(self) -> Floats:
        return np.concatenate(self.filled)

    def each(self) -> Iterator[tuple[Ints, int]]:
        """The rows of each series that has any, and its number."""
        order = np.argsort(self.which, kind="stable")
        bounds = np.searchsorted(self.which[order], np.arange(len(self.series) + 1))
        return ((order[a:b], number) for number, (a, b) in enumerate(pairwise(bounds)) if b > a)

    def horizons(self, missed: Floats) -> float:
        """How many horizons these errors ``[W, horizon]``, NaN where nothing came, tell of others: all that there are,
        over the design effect of series that go wrong together (Kish 1965), as one crisis hits them all.

        Of series that go their own ways as many miss a step to either side as coins would fall. The effect is how much
        larger the square of the sum of sides is. The same steps are those as far from the ends of the series.
        """
        ends = np.array([len(series) for series in self.series])
        back = (ends[self.which] - self.origins)[:, None] - np.arange(self.horizon)
        there, most = ~np.isnan(missed), int(back.max()) + 1
        keys, at = np.unique((self.which[:, None] * most + back)[there], return_inverse=True)
        side = np.sign(np.bincount(at, missed[there]))
        effect = float(np.square(np.bincount(keys % most, side)).sum()) / max(1, len(side))
        return horizons_in(self.which, self.origins, self.horizon) / max(1.0, effect)

    # -- as rows of a report ------------------------------------------------------------------

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """``[W, horizon]``"""
        return ~np.isnan(self.actual)

    @cached_property
    def _grouped(self) -> tuple[Ints, Ints, Ints]:
        """Of the observed values the order by stretches, where each stretch begins, and its key."""
        times = (self.origins[:, None] + np.arange(self.horizon))[self.observed] // self.stretch
        most = int(times.max(initial=0)) + 1
        keys, at = np.unique(self.which.repeat(self.observed.sum(1)) * most + times, return_inverse=True)
        starts = np.cumsum(np.bincount(at, minlength=len(keys)))[:-1]
        return np.argsort(at, kind="stable"), starts, np.stack(np.divmod(keys, most))

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """The series and the first step of each stretch of time."""
        return [(which, block * self.stretch) for which, block in self._grouped[2].T.tolist()]

    def in_stretches(self, values: Floats) -> list[Floats]:
        """``[W, horizon]`` -> for each stretch ``[k, 2]``, in standard deviations and in naive errors.

        All forecasts for the same stretch of time stand together: errors of neighbouring times and origins are alike,
        so that the bootstrap must resample them as one (Künsch 1989).
        """
        order, starts, _ = self._grouped
        both = [((values - self.zero[:, None]) / unit[:, None])[self.observed] for unit in self.units]
        return np.split(np.stack(both, axis=1)[order], starts)

    def rows(self) -> list[Stretch]:
        """What baselines answer from."""
        return [Stretch(self, place) for place in range(len(self.stretches))]


@dataclass(frozen=True)
class Stretch:
    """All that is forecast of one stretch of time in a backtest."""

    backtest: Backtest = field(repr=False)
    place: int


def mean_changes(values: Floats, season: int) -> Floats:
    """``[T + 1, C]``: of the first so many steps of ``[T, C]`` the mean absolute change over a season; NaN where none
    is observed."""
    changes = np.abs(values[season:] - values[:-season])
    there = ~np.isnan(changes)
    total, count = np.cumsum(np.where(there, changes, 0.0), axis=0), np.cumsum(there, axis=0)
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return np.concatenate([np.full((len(values) + 1 - len(means), values.shape[1]), np.nan), means])


def horizons_in(which: Ints, origins: Ints, horizon: int) -> float:
    """How many horizons there are in the steps of all series that are forecast from these origins ``[W]``, each of one
    of the series ``[W]``; errors within one are alike."""
    different = np.unique(np.stack([which, origins]), axis=1)
    return (different.shape[1] + len(np.unique(which)) * (horizon - 1)) / horizon


def blocks_of(which: Ints, origins: Ints, horizon: int) -> Ints:
    """``[W, horizon]``: of each step that is forecast from these origins ``[W]`` of the series ``[W]``, a number for
    the stretch of time, as long as a horizon, and the series: the same for all parts of a series."""
    return (which[:, None] << 32) + (origins[:, None] + np.arange(horizon)) // horizon
