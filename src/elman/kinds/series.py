# pyright: strict
"""Series of numbers, whose next values are to be forecast from windows of their past."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.decoding.probabilities import softmax
from elman.errors import TaskError
from elman.graph import Graph, Input, Node, Value
from elman.graph.classical import OF_HISTORY, TowardsClassical
from elman.graph.elementwise import Standardise
from elman.graph.series import (
    Forecast,
    Normalise,
    Recent,
    TowardsLinear,
    calibrated,
    forward_filled,
    simple_forecasts,
    spread_of,
)
from elman.kinds.base import Kind
from elman.kinds.seasons import CYCLES, changes_return, common_season
from elman.kinds.times import Grid, instants, moment
from elman.kinds.vector import VectorKind
from elman.kinds.windows import EncodedSeries, Forecasts, Window, WindowBatch
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.export.around import Meaning

Floats = NDArray[np.float64]
NEAR = 0.05
"""A season that is as near as this, or as a step, to a cycle of the calendar is taken for it."""
SHOWN_BY = 0.25
"""A season is seen in more than this share of several series, and in two: without one, different ones come up by
chance."""
MOST_SERIES, MOST_STEPS = 100, 2_000_000
"""Series, and steps of all together, that a season is looked for in."""
SECONDS = {"day": 86_400, "week": 604_800, "year": 31_557_600}
"""Of the cycles of the calendar."""
A_MONDAY = np.datetime64("1970-01-05")
STEADY = 1e-7
"""The least spread of a series, in standard deviations of its column: of many series some are that much smaller."""
AFAR = 3.0
"""Standard deviations that the mean of several series is from zero, at least, where they are all taken less it."""
TRUST_PARTS = 3
"""Parts of a long validation part, one after another in time, that must all agree on how far the network is trusted."""
MIXED_WITH = 3
"""Kinds of classical forecasts that a network stands beside."""
SHARES = np.linspace(0, 1, 41)
"""Of a network in what is answered."""
PER_HORIZON = 2.5
"""Independent errors that those of a horizon are worth, where quantiles are shifted."""
FEW_HORIZONS = 5
"""Of fewer, a network's share stays near an equal one, and errors on one side of an interval tell of the other, too."""
LINEAR = "linear"
"""The classical forecast that is a linear model on the window; all others are of ``OF_HISTORY``."""
TINY = 1e-9
"""A spread of a window that is as good as none."""
FITTED_ON = 2_000
"""Windows, spread evenly over the training part, that the base forecast is fitted on."""


@dataclass(frozen=True)
class Series:
    """One series on its grid; what is missing is NaN.

    values: ``[T, C]``, the columns to forecast
    extras: ``[T, E]``, columns whose past is given too
    ahead:  ``[T + K, A]``, columns given ahead, of ``K`` steps after the end too
    start:  where forecasting begins; steps before it are history
    grid:   None where no column holds times, or where they aren't regular
    """

    names: list[str]
    values: Floats
    extras: Floats
    start: int = 0
    grid: Grid | None = None
    ahead: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    ahead_names: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values)

    def until(self, end: int, start: int = 0) -> Series:
        """The series as it was after ``end`` steps; forecasting begins at ``start``."""
        return replace(self, values=self.values[:end], extras=self.extras[:end], start=start)

    def time(self, step: int) -> Any:
        """When a step is, also after the end; its number, counted from 1, where there is no time."""
        return self.grid.at(step) if self.grid else step + 1

    def cycles(self) -> list[str]:
        """Of the day, the week and the year, those that the series goes through often, with some steps in each."""
        if len(self) < 2 or not isinstance(self.time(0), str):
            return []
        return [name for name in SECONDS if 2 <= self.steps_in(name) <= len(self) / CYCLES]

    def season(self) -> int:
        """After how many steps most columns repeat themselves; 0 where most don't.

        Around a day, a week or a year, it is that: noise hides which of the lags near it is the best. Where none is
        found, it is the shortest of these after which the changes of most columns come back.
        """
        columns, calendar = list(self.values.T), [round(self.steps_in(cycle)) for cycle in self.cycles()]
        found = common_season(columns)
        if not found:
            hidden = (sum(changes_return(column, steps) for column in columns) for steps in calendar)
            return next((s for s, n in zip(calendar, hidden, strict=True) if 2 * n > len(columns)), 0)
        near = [steps for steps in calendar if abs(found - steps) <= max(1, NEAR * steps)]
        return near[0] if near else found

    def steps_in(self, cycle: str) -> float:
        """How many steps a day, a week or a year has, by all of the series: months are of different lengths."""
        last = len(self) - 1
        return SECONDS[cycle] * last / (moment(self.time(last)) - moment(self.time(0))).total_seconds()

    def calendar(self, cycles: Sequence[str], ahead: int = 0) -> Floats:
        """Where each step lies in these cycles, and ``ahead`` steps after the end: ``[T + ahead, 2 * cycles]``, sine
        and cosine of each."""
        if not cycles:
            return np.zeros((len(self) + ahead, 0))
        if not isinstance(self.time(0), str):
            raise TaskError("the series has no regular dates or times, which the training data had; expected them")
        times = instants([self.time(i) for i in range(len(self) + ahead)])
        days, years = times.astype("datetime64[D]"), times.astype("datetime64[Y]")
        day = (times - days).astype("timedelta64[m]").astype(np.int64) / 1440
        phases = {
            "day": day,
            "week": ((days - A_MONDAY).astype(np.int64) % 7 + day) / 7,
            "year": ((days - years).astype(np.int64) + day) / 365.25,
        }
        return np.stack([wave(2 * np.pi * phases[name]) for name in cycles for wave in (np.sin, np.cos)], axis=1)


def season_of_several(several: Sequence[Series]) -> int:
    """After how many steps most of several series that repeat themselves do so; 0 where few do, or one. The longest
    ones, which show it best, are asked: a single one may be the one that doesn't."""
    ranked = sorted(several, key=len, reverse=True)
    asked = ranked[: max(1, min(MOST_SERIES, MOST_STEPS // max(1, len(ranked[0]))))]
    found = Counter(season for series in asked if (season := series.season()))
    season, count = max(found.items(), key=lambda one: one[1], default=(0, 0))
    return season if count > SHOWN_BY * len(asked) and count >= min(2, len(asked)) else 0


class SeriesKind(Kind):
    """Columns of series; its elements are the steps of a window, one column at a time.

    Columns are standardised by the training part. Each window is then taken less its last observed value and divided by
    the spread of its series, or its own where that is more (after Kim et al. 2022, "Reversible instance normalization",
    and Lin et al. 2023, "SegRNN"), so that a level or scale that training never saw does no harm, and a quiet window is
    not blown up. What is forecast is the difference to a simple forecast: the last season again, moved by ``reversion``
    times its distance from the mean of the window's seasons. Where there is no season or a window holds none, these are
    the last value and the mean. Noise asks for a reversion of 1, a random walk for 0, a trend for less.
    """

    name = "series"
    of_numbers = True
    by_role = True
    uses = frozenset({"context", "horizon", "season", "quantiles"})

    @classmethod
    def count(cls, cell: Any) -> int:
        """Of a series, or of a cell of its table, how many steps it has."""
        return len(cell or ())

    @classmethod
    def numbers_in(cls, cell: Any) -> list[float | None]:
        """Of a cell of its table, a list, before a series is made of the row."""
        return VectorKind.numbers_in(cell)

    def __init__(self, context: int = 1, horizon: int = 1, season: int = 1, quantiles: Sequence[float] = (0.1, 0.9)):
        """Steps that are read, that are forecast, and after which the series repeats themselves (1: they don't)."""
        self.context, self.horizon, self.season, self.quantiles = context, horizon, season, list(quantiles)
        # The classical forecasts that the network's is mixed with, and their weights.
        self.classical: dict[str, float] = {}
        self.linear: NDArray[np.float32] | None = None  # of the linear model on the window, where it is one of them
        self.trust = 1.0  # the share of the network's forecast
        self.shifts = [[0.0 for _ in quantiles] for _ in range(horizon)]  # then added to each, in spreads of the window

    def fit(self, cells: Sequence[Series]) -> None:
        self.columns, self.ahead = cells[0].names, cells[0].ahead_names
        self.mean, self.scale = mean_and_spread([series.values for series in cells], self.columns)
        if len(cells) > 1:  # less the mean of all, far smaller ones would lose their digits
            self.mean = np.where(np.abs(self.mean) > AFAR * self.scale, self.mean, 0.0)
        self.unit = self.scale  # the unit of errors: of a network trained anew on more, still the training part's
        self.extra_mean, self.extra_scale = mean_and_spread([series.extras for series in cells], ())
        self.ahead_mean, self.ahead_scale = mean_and_spread([series.ahead for series in cells], ())
        self.masked = any(bool(np.isnan(series.values).any()) for series in cells)
        self.cycles = max(cells, key=len).cycles()
        self.naive_error = np.array([self._naive_error(cells, column) for column in range(len(self.columns))])
        self.reversion = self._reversion(cells)

    def _naive_error(self, cells: Sequence[Series], column: int) -> float:
        """Mean absolute change over a season (or a step) in the training part, which MASE counts in, in standard
        deviations (Hyndman & Koehler 2006)."""
        lag = self.season
        changes = [np.abs(s.values[lag:, column] - s.values[:-lag, column]) for s in cells if len(s) > lag]
        observed = np.concatenate([change[~np.isnan(change)] for change in changes]) if changes else np.zeros(0)
        error = float(observed.mean()) / self.scale[column] if len(observed) else 0.0
        return error or 1.0

    def _reversion(self, cells: Sequence[Series]) -> float:
        """The one with the least absolute error, in the spread of each series: the median of what each step would have
        needed, weighed by how much it moves there."""
        windows = self.examples(self.encode(cells))
        windows = windows.select(np.linspace(0, len(windows) - 1, min(len(windows), FITTED_ON)).astype(np.int64))
        filled = forward_filled(windows.values(-self.context, self.context))
        last, mean = simple_forecasts(filled, self.period, self.horizon)
        needed, moves = (x / windows.spread[:, None] for x in (self.observed(windows) - last, mean - last))
        there = ~np.isnan(needed)
        return best_share(moves[there], needed[there])

    def encode(self, cells: Sequence[Series]) -> list[EncodedSeries]:
        return [self._encode(self.checked(cell)) for cell in cells]

    def checked(self, cell: Any) -> Series:
        """The cell, if it is a series. Raises TaskError for anything else."""
        if cell is None:
            raise TaskError("a series is missing: there is nothing to forecast from")
        if not isinstance(cell, Series):
            example = {name: [1.5, 2.0] for name in self.columns[:1]}
            raise TaskError(f"a series comes as a table with a row per step, such as {example}; got {cell!r:.60}")
        return cell

    def _encode(self, series: Series) -> EncodedSeries:
        if series.names != self.columns or series.extras.shape[1] != len(self.extra_mean):
            raise TaskError(f"the series has the columns {', '.join(series.names)}; expected {', '.join(self.columns)}")
        values = ((series.values - self.mean) / self.scale).astype(np.float32)
        extras = (series.extras - self.extra_mean) / self.extra_scale
        ahead = np.hstack([series.calendar(self.cycles, self.horizon), self._given_ahead(series)])
        return EncodedSeries(
            values,
            np.nan_to_num(extras).astype(np.float32),
            ahead.astype(np.float32),
            spread_of(values[: series.start or None], STEADY),
            series.start,
        )

    def check_ahead(self, series: Series) -> None:
        """Raise TaskError unless each column given ahead is given for all of the horizon."""
        given = series.ahead[len(series) : len(series) + self.horizon]
        observed = ~np.isnan(np.pad(given, ((0, self.horizon - len(given)), (0, 0)), constant_values=np.nan))
        for name, missing in zip(self.ahead, ~observed.T, strict=True):
            if missing.any():
                times = [series.time(len(series) + step) for step in range(self.horizon)]
                first = times[int(missing.argmax())]
                raise TaskError(
                    f"column {name!r} must be given ahead, for the {self.horizon} steps to forecast, {times[0]} to "
                    f"{times[-1]}; it is missing for {missing.sum()} of them, first for {first}. Add rows with it "
                    "after the end of the series, their other columns empty."
                )

    def _given_ahead(self, series: Series) -> Floats:
        """``[T + horizon, A]``: the columns given ahead, standardised; the mean where they aren't given."""
        given = (series.ahead[: len(series) + self.horizon] - self.ahead_mean) / self.ahead_scale
        beyond = len(series) + self.horizon - len(given)
        return np.nan_to_num(np.pad(given, ((0, beyond), (0, 0))), nan=0.0)

    def in_short(self, cell: Series) -> str:
        return f"{len(cell):,} steps of {', '.join(cell.names)}"

    def steps(self, encoded: Any) -> int:
        return self.context

    def names(self, targets: NDArray[Any]) -> list[str]:
        """Of the scores of a forecast ``[M, horizon, ...]`` there is no short name but how many steps they are for."""
        return [f"the next {targets.shape[1]}"] * len(targets)

    # -- windows ------------------------------------------------------------------------------

    def examples(self, encoded: Sequence[EncodedSeries]) -> Forecasts:
        """Every forecast that can be made of the series."""
        return Forecasts.every(encoded, self.context, self.horizon)

    def collate(self, encoded: Sequence[Window] | Forecasts) -> WindowBatch:
        """Windows as the network reads them: per step its value, what is missing, the calendar, the extras."""
        windows = self._together(encoded)
        steps, ahead, pattern, base, scale = self._normalise()(
            windows.values(-self.context, self.context),
            windows.spread,
            windows.ahead(-self.context, self.context + self.horizon),
            windows.series.extras[windows.places(-self.context, self.context)],
        )
        return WindowBatch(steps, base, scale, pattern, ahead, windows.columns)

    def _normalise(self) -> Normalise:
        return Normalise(self.horizon, self.period, self.reversion, self.masked)

    @property
    def period(self) -> int:
        """After how many steps a window is said to repeat itself."""
        return self.season if self.season <= self.context else 1

    def targets(self, encoded: Sequence[Window] | Forecasts) -> NDArray[np.float32]:
        """``[B, horizon, 2]``, as ``lacking`` gives them."""
        windows = self._together(encoded)
        return self.lacking(self.collate(windows), self.observed(windows), windows.spread)

    def _together(self, windows: Sequence[Window] | Forecasts) -> Forecasts:
        if isinstance(windows, Forecasts):
            return windows
        columns, extras = len(self.columns), len(self.extra_mean)
        shapes = (0, columns), (0, extras), (self.horizon, self.features_ahead), (1, columns)
        return Forecasts.among(windows, EncodedSeries(*(np.zeros(shape, np.float32) for shape in shapes), start=0))

    def observed(self, windows: Forecasts) -> NDArray[np.float32]:
        """``[B, horizon]``: what comes, in standard deviations; NaN where it is missing."""
        return windows.values(0, self.horizon)

    def lacking(
        self, windows: WindowBatch, observed: NDArray[np.float32], spread: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """``[B, horizon, 2]``: what the naive forecast lacks, and the unit it is in, as ``ForecastHead`` takes them: in
        spreads of the series, so that all series weigh alike."""
        unit = np.broadcast_to((windows.scale / spread)[:, None], observed.shape)
        return np.stack([(observed - windows.base) / windows.scale[:, None], unit], axis=-1)

    # -- outside Elman ------------------------------------------------------------------------

    def before(self, graph: Graph, part: str = "") -> Graph:
        """Of a whole series, and of what is given ahead from the first step of its window on, the forecast of one
        column in its own unit."""
        steps, networks_own = self.context + self.horizon, {"ahead": "ahead.of_horizon", "columns": "column"}
        ahead = "ahead.standardised" if self.features_ahead else "ahead"
        array = partial(np.asarray, dtype=np.float32)
        others = array(self.extra_mean), array(self.extra_scale)
        recent = Recent(self.context, array(self.mean), array(self.scale), *others, STEADY)
        calendar = np.zeros(2 * len(self.cycles), np.float32)
        mean, scale = np.append(calendar, self.ahead_mean), np.append(calendar + 1, self.ahead_scale)
        forecast = Forecast(self.trust, self._shifts(), array(self.mean), array(self.scale))
        normalised = "steps", "ahead.of_horizon", "pattern", "base", "scale"
        base, moved = self._moved_base()
        network = graph.nodes if self.trust else ()
        scores = graph.outputs["scores"] if self.trust else ""
        return Graph(
            (
                Input("past", "float32", "sequences", (len(self.columns) + len(self.extra_mean),)),
                Input("ahead", "float32", "rows", (steps, self.features_ahead)),
                Input("column", "int64", "rows"),
            ),
            (
                Node(recent, ("past", "column"), ("window", "spread", "others")),
                *([Node(Standardise(array(mean), array(scale)), ("ahead",), (ahead,))] if self.features_ahead else []),
                Node(self._normalise(), ("window", "spread", ahead, "others"), normalised),
                *(replace(node, inputs=tuple(networks_own.get(x, x) for x in node.inputs)) for node in network),
                *moved,
                Node(forecast, (scores, base, "scale", "column"), ("forecast",)),
            ),
            {"scores": "forecast"},
        )

    def _moved_base(self) -> tuple[str, list[Node]]:
        """The name of what the network's answer is added to, and what makes it of the base forecast: that is moved
        towards one classical forecast after another, by the share of each in what there is so far."""
        base, nodes, so_far = "base", list[Node](), self.trust
        array = partial(np.asarray, dtype=np.float32)
        for name, weight in sorted(self.classical.items(), key=lambda one: one[0] != LINEAR):  # it starts at the base
            if not self.share:
                break
            so_far += self.share * weight
            share, moved = self.share * weight / so_far, f"base.{name}"
            if name == LINEAR:
                given, towards = ("steps", "pattern", base, "scale"), TowardsLinear(self._linear(), share)
            else:
                given = "past", base, "column"
                towards = TowardsClassical(name, self.season, share, array(self.mean), array(self.scale))
            nodes.append(Node(towards, given, (moved,)))
            base = moved
        return base, nodes

    def before_arrays(self, examples: Sequence[Window] | Forecasts, part: str = "") -> dict[str, Value]:
        windows = self._together(examples)
        pasts = [
            np.hstack([window.series.values[: window.origin], window.series.extras[: window.origin]])
            for window in map(windows.__getitem__, range(len(windows)))
        ]
        empty = np.zeros((0, len(self.columns) + len(self.extra_mean)), np.float32)
        ahead = windows.ahead(-self.context, self.context + self.horizon)
        return {"past": Sequences.of(pasts, empty), "ahead": ahead, "column": windows.columns}

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        from elman.export.around import Meaning

        phases = [f"sine and cosine of 2 pi times the share of the {cycle} that has passed" for cycle in self.cycles]
        columns, others = ", ".join(self.columns), len(self.extra_mean)
        beside = f", and {others} given beside" if others else ""
        return {
            "past": Meaning("past", f"all that there is of the series: {columns}{beside}; NaN where one is missing"),
            "ahead": Meaning(
                "ahead", f"of the last {self.context} steps and those to come: {', '.join(phases + self.ahead)}"
            ),
            "column": Meaning("column", f"which to forecast: {columns}"),
        }

    # -- the network's answer -----------------------------------------------------------------

    @property
    def share(self) -> float:
        """How far the base is moved towards the classical forecast."""
        return 1.0 - self.trust if self.classical else 0.0

    def calibrate(
        self,
        scores: NDArray[np.float32],
        lacking: NDArray[np.float32],
        apart: NDArray[np.float32] | float = 0.0,
        weight: NDArray[np.float32] | float = 1.0,
        blocks: NDArray[np.int64] | None = None,
        stretches: float = np.inf,
        by_now: Floats | float = 1.0,
        *,
        learned: bool = True,
    ) -> None:
        """Learn ``trust`` and ``shifts`` from scores ``[W, horizon, 1 + quantiles]``, what the base forecast lacked
        ``[W, horizon]``, NaN where that is missing, and how far the classical forecast is from that ``[W, horizon]``,
        where there is one; ``weight`` ``[W, 1]`` is what an error of one counts, ``blocks`` ``[W, horizon]`` which
        errors are of one stretch of time, ``stretches`` how many horizons there are to learn from that don't overlap,
        and ``by_now`` ``[W, 1]`` what an error of one is in spreads that the window would have after the last of them.
        A network that hasn't ``learned`` has no share.

        What is answered is the classical forecast (the base, where there is none), moved towards the network's by the
        trust: that of the least absolute error, in the part of the scores where it is least, and no more than whole.
        Of few horizons the best share is chance, and it is the likely one beside the classical forecasts. Training was
        stopped where the network did best on these very steps, which flatters it. So the simpler answer stays unless
        the errors that are saved, stretch by stretch, are more than their standard error (the one standard error rule,
        Breiman et al. 1984, section 3.4.3).
        """
        there = ~np.isnan(lacking)
        moves, wanted = ((weight * one)[there] for one in (scores[..., 0] - apart, lacking - apart))
        few = bool(self.classical) and stretches < FEW_HORIZONS
        share = likely_share(moves, wanted, stretches) if few else least_share(moves, wanted)
        self.trust = share if learned else 0.0
        if blocks is not None and not surely_less(np.abs(wanted - self.trust * moves), np.abs(wanted), blocks[there]):
            self.trust = 0.0
        answered, quantiles = scores[..., 0], scores[..., 1:] - scores[..., :1]
        missed = by_now * (lacking - self.share * apart - self.trust * answered)
        self.shift(missed[..., None] - self.trust * quantiles, stretches)

    def shift(self, missed: NDArray[np.floating[Any]], stretches: float) -> None:
        """Learn ``shifts`` from by how much each quantile was missed ``[W, horizon, quantiles]``, in spreads of a
        window, NaN where what came is missing, in so many horizons.

        The farther ahead, the more is missed. So each step is counted in its own mean absolute error, made to rise
        (normalised conformal prediction, Lei et al. 2018, section 5.2), and all steps together say how many of these
        it takes: single ones have too few errors to say that.

        Errors of one horizon are mostly on one side, and a few horizons would put the interval there. So what a
        quantile missed stands beside the mirror image of what the quantile at the other end did, as in the correction
        of both ends by one number (Romano et al. 2019, theorem 1); with more horizons that counts less, until each end
        has its own (theorem 2).
        """
        there = ~np.isnan(missed)
        means = np.where(there, np.abs(missed), 0.0).sum((0, 2)) / np.maximum(there.sum((0, 2)), 1)
        width = np.maximum(rising(means, there.sum((0, 2))), TINY)[:, None]
        counted, found = missed / width, list[float]()
        mirrored = min(1.0, FEW_HORIZONS / stretches)
        for place, share in enumerate(self.quantiles):
            ends = [end for end, other in enumerate(self.quantiles) if math.isclose(other, 1 - share)]
            sides = np.concatenate([counted[..., place].ravel(), *(-counted[..., end].ravel() for end in ends)])
            weights = np.repeat([1.0, mirrored][: 1 + len(ends)], there[..., 0].size)
            known = ~np.isnan(sides)
            found.append(weighted_quantile(sides[known], weights[known], of_few(share, PER_HORIZON * stretches)))
        self.shifts = (width * found).tolist()

    def base_of(self, windows: WindowBatch, of_history: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """``[B, horizon]``: what the network's answer is added to, in standard deviations, once it has learned.

        of_history: ``[B, horizon]``, what the method of that name gives, where there is such a forecast
        """
        if not self.share:
            return windows.base
        apart = self.classical_apart(windows, of_history)
        return (windows.base + self.share * windows.scale[:, None] * apart).astype(windows.base.dtype)

    def classical_apart(self, windows: WindowBatch, of_history: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """``[B, horizon]``: how far the classical forecasts together are from the base, normalised."""
        linear, apart = self.classical.get(LINEAR, 0.0), np.zeros_like(windows.base)
        if linear:
            apart += linear * TowardsLinear(self._linear(), linear).apart(windows.steps, windows.pattern)
        if of_history is not None:
            apart += (of_history - (1 - linear) * windows.base) / windows.scale[:, None]
        return apart

    def of_history(self, windows: Forecasts, cells: Sequence[Series]) -> NDArray[np.float32] | None:
        """``[W, horizon]``: of the classical forecasts of these windows of the series ``cells`` those that are found
        from more than the window, each times its weight, in standard deviations; None where there are none."""
        weights = {name: weight for name, weight in self.classical.items() if name in OF_HISTORY}
        if not weights:
            return None
        found, all_of_them = np.empty((len(windows), self.horizon)), sum(weights.values())
        for number in map(int, np.unique(windows.which)):
            rows = np.flatnonzero(windows.which == number)
            origins, at = np.unique(windows.origins[rows], return_inverse=True)
            given = forward_filled(cells[number].values.T).T, origins, self.horizon, self.season
            together = np.sum([weight * OF_HISTORY[name](*given) for name, weight in weights.items()], axis=0)
            found[rows] = together[at, :, windows.columns[rows]]
        mean, scale = (each[windows.columns, None] for each in (self.mean, self.scale))
        return ((found - all_of_them * mean) / scale).astype(np.float32)

    def _linear(self) -> NDArray[np.float32]:
        assert self.linear is not None
        return self.linear

    def calibrated(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores ``[..., horizon, 1 + quantiles]`` with trust and shifts."""
        return calibrated(scores, self.trust, self._shifts())

    def _shifts(self) -> NDArray[np.float32]:
        return np.array([[0.0, *of_step] for of_step in self.shifts], np.float32)

    # -- sizes --------------------------------------------------------------------------------

    @property
    def step_size(self) -> int:
        """Numbers per step of a window."""
        return 1 + int(self.masked) + self.features_ahead + len(self.extra_mean)

    @property
    def features_ahead(self) -> int:
        """Numbers per step that are given before it comes."""
        return 2 * len(self.cycles) + len(self.ahead_mean)

    # -- saving -------------------------------------------------------------------------------

    ARRAYS = (
        "mean",
        "scale",
        "extra_mean",
        "extra_scale",
        "ahead_mean",
        "ahead_scale",
        "naive_error",
        "unit",
    )
    PLAIN = (
        "columns",
        "ahead",
        "season",
        "masked",
        "cycles",
        "context",
        "horizon",
        "quantiles",
        "reversion",
        "classical",
        "trust",
        "shifts",
    )

    def state(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in self.ARRAYS}
        linear = self.linear if self.share else None
        rows = None if linear is None else [[float(f"{x:.9g}") for x in row] for row in linear.tolist()]
        return arrays | {name: getattr(self, name) for name in self.PLAIN} | {"linear": rows}

    def load_state(self, state: dict[str, Any]) -> None:
        for name in self.ARRAYS:
            setattr(self, name, np.array(state[name], np.float64))
        for name in self.PLAIN:
            setattr(self, name, state[name])
        if unknown := self.classical.keys() - {LINEAR, *OF_HISTORY}:
            raise ValueError(f"it holds the classical forecasts {', '.join(sorted(unknown))}, which there aren't")
        if self.share and (LINEAR in self.classical) == (state["linear"] is None):
            raise ValueError("it lacks its linear model, or has one too many")
        if np.shape(self.shifts) != (self.horizon, len(self.quantiles)):
            raise ValueError(f"its shifts are of {np.shape(self.shifts)}")
        if state["linear"] is not None:
            self.linear = np.array(state["linear"], np.float32)
            if self.linear.ndim != 2 or self.linear.shape[1] != self.horizon or len(self.linear) > self.context + 1:
                raise ValueError(f"its linear model is of {self.linear.shape}")


def mean_and_spread(blocks: Sequence[Floats], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column. Raises TaskError for one of ``names`` that never changes."""
    together = np.concatenate(list(blocks))
    observed = ~np.isnan(together)
    count = np.maximum(observed.sum(0), 1)
    mean = np.where(observed, together, 0.0).sum(0) / count
    scale = np.sqrt(np.where(observed, (together - mean) ** 2, 0.0).sum(0) / count)
    flat = scale <= 1e-9 * np.abs(mean)
    named = dict(zip(names, flat.tolist(), strict=False))
    if still := [name for name, is_flat in named.items() if is_flat]:
        raise TaskError(
            f"column {still[0]!r} is constant or empty in the training part: there is nothing to forecast. "
            f"{how_to_leave_out(still, list(named))}"
        )
    return mean, np.where(flat, 1.0, scale)


def how_to_leave_out(columns: Sequence[str], of: Sequence[str]) -> str:
    """The flags that name the others."""
    others = [f"--input {shlex.quote(name)}" for name in of if name not in columns]
    return f"Leave it out: {' '.join(others)}." if others else "Pass data in which it changes."


def surely_less(errors: NDArray[np.float32], others: NDArray[np.float32], blocks: NDArray[np.int64]) -> bool:
    """Whether errors ``[n]`` are less than others ``[n]`` by more than the standard error of that, where errors of one
    block ``[n]`` go together. Of a single block there is none, and nothing is sure.

    The mean is a ratio, of what the blocks save to how many there are in them (Cochran 1977, equation 6.13).
    """
    _, places, counts = np.unique(blocks, return_inverse=True, return_counts=True)
    saved = np.bincount(places, others.astype(np.float64) - errors)
    mean, several = float(saved.sum() / counts.sum()), len(counts)
    if several < 2:
        return False
    apart = float(np.square(saved - mean * counts).sum()) * several / (several - 1)
    return mean > math.sqrt(apart) / float(counts.sum())


def rising(values: Floats, counts: NDArray[np.int64]) -> Floats:
    """The sequence that never falls and is nearest to these values, by squares of which each counts so often (isotonic
    regression by pooling what falls, Barlow et al. 1972)."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, length
    for value, count in zip(values.tolist(), np.maximum(counts, TINY).tolist(), strict=True):
        mean, weight, length = value, count, 1
        while pools and pools[-1][0] >= mean:
            before, more, longer = pools.pop()
            mean, weight, length = (before * more + mean * weight) / (more + weight), more + weight, longer + length
        pools.append((mean, weight, length))
    means, _, lengths = zip(*pools, strict=True)
    return np.repeat(means, lengths)


def of_few(share: float, rows: float) -> float:
    """The share of so many rows that is to lie below a quantile, for the interval to its mirror image to hold what it
    should of others: the fewer rows there are, the further outside (Romano et al. 2019, equation 8)."""
    return 0.5 + 0.5 * math.copysign(min(1.0, abs(2 * share - 1) * (1 + 1 / rows)), share - 0.5)


def least_share(answers: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """The best share in the part, one after another in time, where it is least; from 0 to 1."""
    parts = zip(np.array_split(answers, TRUST_PARTS), np.array_split(right, TRUST_PARTS), strict=True)
    return min(max(min(best_share(*part) for part in parts), 0.0), 1.0)


def likely_share(answers: NDArray[np.float32], right: NDArray[np.float32], horizons: float) -> float:
    """The mean of the shares that are likely after these errors, in so many horizons: the fewer there are, the nearer
    to an equal share of all forecasts.

    Before, all ways to part a whole among the forecasts are as likely, so that one beside ``n`` others has more than a
    share with the chance ``(1 - share) ** n`` (Dirichlet's distribution). Errors are as Laplace's distribution has
    them, and those of a horizon, which go together, tell as much as one.
    """
    edges = np.clip(SHARES[:, None] + np.diff(SHARES[:2]) * [-0.5, 0.5], 0, 1)
    more = (1 - edges) ** MIXED_WITH
    errors = [float(np.abs(right - share * answers).mean()) for share in SHARES.tolist()]
    logs = np.log(more[:, 0] - more[:, 1]) - horizons * np.log(np.maximum(errors, TINY))
    return float(softmax(logs) @ SHARES)


def best_share(answers: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """What ``answers`` are to be multiplied by, to miss ``right`` by the least absolute error in all."""
    usable = np.abs(answers) > 1e-6
    return weighted_quantile(right[usable] / answers[usable], np.abs(answers[usable]))


def weighted_quantile(
    values: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]], share: float = 0.5
) -> float:
    """The least value up to which the values have this share of the weights; the median's makes the sum of
    ``weights * |values - w|`` least. 0 where there are none."""
    if not len(values):
        return 0.0
    order = np.argsort(values)
    below = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order][np.searchsorted(below, share * below[-1])])
