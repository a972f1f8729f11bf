"""Series: numbers at regular times, with gaps and seasons."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.data.splits import FORECAST_FROM
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import Column
from elman.kinds.unused import TimeKind

Floats = NDArray[np.float64]
REGULAR = 0.01
"""Times are regular if at most this share of them doesn't lie on a grid of equal steps."""
CYCLES = 4
"""A season is seen when it came back so many times."""
NEAR = 0.05
"""A season that is as near as this to a cycle of the calendar is taken for it."""
SECONDS = {"day": 86_400, "week": 604_800, "year": 31_557_600}
CLEAR = 0.7
"""Values a season apart differ by at most this share of what those about half a season apart do (mean squares)."""


@dataclass(frozen=True)
class Grid:
    """Equal steps in time: step ``i`` is ``at(i)``.

    step: as text ("1 month"), for people
    gaps: steps of the series that no row was given for
    """

    step: str
    at: Callable[[int], Any]
    gaps: list[int] = field(default_factory=list)


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

        Around a day, a week or a year, it is that: noise hides which of the lags near it is the best.
        """
        found = common_season(list(self.values.T))
        near = [length for length in map(self.steps_in, self.cycles()) if abs(found - length) <= NEAR * length]
        return round(near[0]) if near else found

    def steps_in(self, cycle: str) -> float:
        """How many steps a day, a week or a year has."""
        return SECONDS[cycle] / (moment(self.time(1)) - moment(self.time(0))).total_seconds()

    def calendar(self, cycles: Sequence[str], ahead: int = 0) -> Floats:
        """Where each step lies in these cycles, and ``ahead`` steps after the end: ``[T + ahead, 2 * cycles]``, sine
        and cosine of each."""
        if not cycles:
            return np.zeros((len(self) + ahead, 0))
        if not isinstance(self.time(0), str):
            raise TaskError("the series has no regular dates or times, which the training data had; expected them")
        times = [moment(self.time(i)) for i in range(len(self) + ahead)]
        day = np.array([(t.hour * 60 + t.minute) / 1440 for t in times])
        phases = {
            "day": day,
            "week": (np.array([t.weekday() for t in times]) + day) / 7,
            "year": (np.array([t.timetuple().tm_yday - 1 for t in times]) + day) / 365.25,
        }
        return np.stack([wave(2 * np.pi * phases[name]) for name in cycles for wave in (np.sin, np.cos)], axis=1)


def targets_of(inputs: Sequence[str], output: str | None) -> tuple[list[str], list[str]]:
    """The columns to forecast, and those whose past alone is given."""
    outputs = [output] if output else list(inputs)
    return outputs, [name for name in inputs if name not in outputs]


def series_of(table: Table, inputs: Sequence[str], output: str | None) -> list[Series]:
    """Each row of a table of lists as a series. Rows that a grid of equal time steps lacks are filled with NaN.

    Of a table with columns that are given ahead, rows at the end that hold nothing else come after the series.
    """
    names, extras = targets_of(inputs, output)
    time = time_column(table)
    starts = table.columns.get(FORECAST_FROM, [0] * len(table))
    found = []
    for row in range(len(table)):
        columns = {name: as_floats(table.column(name)[row], name) for name in (*names, *extras, *table.ahead)}
        length = len(next(iter(columns.values())))
        places, grid = np.arange(length), None
        if time is not None:
            places, grid = grid_of(table.columns[time][row], places)
        # A gap before the start moves it.
        start = int(places[starts[row]]) if starts[row] < length else int(places[-1]) + 1
        values, past, ahead = (
            on_grid([columns[name] for name in side], places) for side in (names, extras, table.ahead)
        )
        end = last_observed(np.hstack([values, past])) + 1 if table.ahead else len(values)
        found.append(Series(names, values[:end], past[:end], min(start, end), grid, ahead, table.ahead))
    return found


def last_observed(values: Floats) -> int:
    """The last row of ``[T, C]`` in which a number stands; -1 where none does."""
    return int(np.flatnonzero(~np.isnan(values).all(1)).max(initial=-1))


def as_floats(cell: Cell, name: str) -> Floats:
    try:
        values = np.asarray(cell if isinstance(cell, list) else [cell], dtype=np.float64)
    except (TypeError, ValueError):
        raise TaskError(f"column {name!r} holds something else than numbers: {str(cell)[:60]}") from None
    if values.ndim != 1 or np.isinf(values).any():
        raise TaskError(f"column {name!r} holds an infinite number or lists; expected one finite number per step")
    return values


def on_grid(columns: Sequence[Floats], places: NDArray[np.int64]) -> Floats:
    block = np.full((int(places[-1]) + 1 if len(places) else 0, len(columns)), np.nan)
    for i, column in enumerate(columns):
        block[places, i] = column
    return block


def time_column(table: Table) -> str | None:
    """The column of lists of times, if there is one."""
    for name, cells in table.columns.items():
        if isinstance(cells[0], list) and cells[0]:
            first = Column(name, cells[0])
            if TimeKind.recognises(first) or (first.numeric and first.is_called(TimeKind.NAMES)):
                return name
    return None


# -- time ---------------------------------------------------------------------------------------------------


def grid_of(times: Sequence[Cell], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], Grid | None]:
    """The place of each time on a grid of equal steps, and the grid; places in order where times aren't regular."""
    parsed = [moment(time) for time in times] if isinstance(times[0], str) else list(times)
    if len(parsed) < 2:
        return places, None
    months = months_of(parsed)
    if months is not None:
        counts, first = months, parsed[0]
    elif isinstance(parsed[0], datetime.datetime):
        counts, first = [(time - parsed[0]).total_seconds() for time in parsed], parsed[0]
    else:
        counts, first = [float(time - parsed[0]) for time in parsed], parsed[0]
    step = Counter(round(b - a, 6) for a, b in pairwise(counts)).most_common(1)[0][0]
    exact = np.asarray(counts, dtype=np.float64) / step
    found = np.rint(exact).astype(np.int64)
    off_grid = (np.abs(exact - found) > 0.1).mean()
    if off_grid > REGULAR or (np.diff(found) < 1).any():
        return places, None
    gaps = sorted(set(range(int(found[-1]) + 1)) - set(found.tolist()))

    def at(i: int) -> Any:
        if months is not None:
            month = first.year * 12 + first.month - 1 + round(i * step)
            return shown(first.replace(year=month // 12, month=month % 12 + 1), times[0])
        if isinstance(first, datetime.datetime):
            return shown(first + datetime.timedelta(seconds=i * step), times[0])
        return first + i * (int(step) if float(step).is_integer() else step)

    return found, Grid(describe_step(step, months is not None, first), at, gaps)


def moment(time: Cell) -> datetime.datetime:
    """A date as ISO 8601 writes it; ``1949-01`` is the first of the month."""
    text = str(time)
    try:
        parsed = datetime.datetime.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        raise TaskError(f"{text!r} is no date or time; expected one such as 2020-12-31 or 2020-12-31 23:59") from None
    return parsed.replace(tzinfo=None)


def shown(time: datetime.datetime, like: Cell) -> str:
    """A time written as the data write theirs."""
    length = len(str(like))
    return time.isoformat(sep="T" if "T" in str(like) else " ")[: length if length <= 19 else 19]


def months_of(times: Sequence[Any]) -> list[float] | None:
    """Times as months, where they are all the same day and hour of different months."""
    if not isinstance(times[0], datetime.datetime) or len({(t.day, t.hour, t.minute, t.second) for t in times}) > 1:
        return None
    first = times[0].year * 12 + times[0].month
    months = [float(t.year * 12 + t.month - first) for t in times]
    return months if len(set(months)) == len(months) else None


def describe_step(step: float, months: bool, first: Any) -> str:
    if months:
        return "1 month" if step == 1 else f"{step:g} months" if step % 12 else f"{step / 12:g} years"
    if not isinstance(first, datetime.datetime):
        return f"{step:g}"
    for unit, seconds in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if step % seconds == 0:
            return f"{step / seconds:g} {unit}{'' if step == seconds else 's'}"
    return f"{step:g} seconds"


# -- seasons ------------------------------------------------------------------------------------------------


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
    half = np.array([differences[lag // 4 : max(3 * lag // 4, lag // 4 + 1)].mean() for lag in lags])
    clear = local & (here < CLEAR * half)
    if not clear.any():
        return 0
    candidates, ratios = lags[clear], here[clear] / half[clear]
    first = candidates[ratios <= 1.1 * ratios.min()][0]
    near = np.abs(candidates - first) <= 0.2 * first  # around a long season there are several local leasts
    return int(candidates[near][ratios[near].argmin()])


def squared_differences(values: Floats, most: int) -> Floats:
    """Mean of ``(x[t] - x[t - lag]) ** 2`` over what is observed, for lags 0 to ``most``; by Fourier transform."""
    observed = ~np.isnan(values)
    x = np.where(observed, values - (np.nanmean(values) if observed.any() else 0.0), 0.0)
    size = 2 ** int(np.ceil(np.log2(max(2 * len(x), 2))))

    def correlate(a: Floats, b: Floats) -> Floats:
        product = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
        return np.fft.irfft(product, size)[: most + 1]

    mask = observed.astype(np.float64)
    total = correlate(x**2, mask) + correlate(mask, x**2) - 2 * correlate(x, x)
    return np.maximum(total, 0.0) / np.maximum(correlate(mask, mask), 1.0)


def common_season(columns: Sequence[Floats]) -> int:
    """The season that most columns have; 0 where most have none."""
    counts = Counter(season_of(column) for column in columns)
    return counts.most_common(1)[0][0] if counts else 0
