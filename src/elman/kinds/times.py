# pyright: strict
"""When the steps of a series are: times as people write them, and the grid of equal steps that they lie on."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.column import Cell
from elman.stored import distinct, from_each

Floats = NDArray[np.float64]
OFFSET = re.compile(r"Z$|[+-]\d\d:\d\d$")
REGULAR = 0.01
"""Times are regular if at most this share of them doesn't lie on a grid of equal steps."""
MOST_STEPS = 10_000_000
"""Of a series with its gaps."""
LAST, AHEAD = 2500, 543
"""No date is in this year or later; years of the Buddhist era are so many more than those of the calendar."""
BUDDHIST = re.compile(r"(?<!\d)2[56]\d\d(?!\d)")


@dataclass(frozen=True)
class Grid:
    """Equal steps in time: step ``i`` is ``at(i)``.

    step: as text ("1 month"), for people
    gaps: steps of the series that no row was given for
    """

    step: str
    at: Callable[[int], Any]
    gaps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def grid_of(times: Sequence[Cell], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], Grid | None]:
    """The place of each time on a grid of equal steps, and the grid; places in order where times aren't regular.

    Raises TaskError for a gap of so many steps that there is no room for them.
    """
    if len(times) < 2:
        return places, None
    like: Any = times[0]
    dates = instants(times) if isinstance(like, str) else None
    months = None if dates is None else months_of(dates)
    first: Any = like if dates is None else moment(like)
    if dates is None:
        counts = np.fromiter((float(time - like) for time in times), np.float64, len(times))
    else:
        counts = (dates - dates[0]).astype(np.int64) / 10**6 if months is None else months
    dated, monthly = dates is not None, months is not None
    step = float(commonest(np.round(np.diff(counts), 6) + 0.0))  # of two zeros, one
    if not step:
        return places, None
    exact = counts / step
    nearest = np.rint(exact)
    gaps = np.diff(nearest)
    off_grid = (np.abs(exact - nearest) > 0.1).mean()
    if off_grid > REGULAR or (gaps < 1).any():
        return places, None
    shown_step = describe_step(step, monthly, first)
    if nearest[-1] >= MOST_STEPS:
        row = int(np.argmax(gaps))
        raise TaskError(
            f"the time {times[row + 1]!r} comes {gaps[row]:,.0f} steps of {shown_step} after the one before it, "
            f"{times[row]!r}, which is too large a gap for a series. Correct the time, or leave the row out."
        )
    found = nearest.astype(np.int64)
    lacking = np.ones(int(found[-1]) + 1, np.bool_)
    lacking[found] = False

    def at(i: int) -> Any:
        if monthly:
            month = first.year * 12 + first.month - 1 + round(i * step)
            return shown(first.replace(year=month // 12, month=month % 12 + 1), like)
        if dated:
            return shown(first + datetime.timedelta(seconds=i * step), like)
        return first + i * (int(step) if step.is_integer() else step)

    return found, Grid(shown_step, at, np.flatnonzero(lacking))


def instants(times: Sequence[Cell]) -> NDArray[np.datetime64]:
    """Dates ``[n]``, exact to a microsecond. Raises TaskError for what is none."""
    return from_each(map(moment, times), len(times), "datetime64[us]")


def commonest(values: NDArray[Any]) -> Any:
    """The commonest of some values ``[n]`` of eight bytes each; of several, the one that comes first."""
    firsts, often = distinct(values.view(np.int64))
    return values[firsts[np.argmax(often)]]


def moment(time: Cell) -> datetime.datetime:
    """A date as ISO 8601 writes it, without its offset; ``1949-01`` is the first of the month."""
    text = str(time)
    try:
        parsed = iso_time(text)
        if parsed.year >= LAST:
            raise ValueError(text)
    except ValueError:
        said = f"{text!r} is no date or time; expected one such as 2020-12-31 or 2020-12-31 23:59"
        raise TaskError(said + of_another_era(text)) from None
    return parsed if parsed.tzinfo is None else parsed.replace(tzinfo=None)  # which takes longer than all before it


def of_another_era(text: str) -> str:
    """What to say of a date that may be in a year as Thailand counts them; "" of any other."""
    found = BUDDHIST.search(text)
    return f" ({found[0]} may be {int(found[0]) - AHEAD} as others count: write that)" if found else ""


def iso_time(text: str) -> datetime.datetime:
    """``moment``, with its offset, where it has one. Raises ValueError for anything else."""
    return datetime.datetime.fromisoformat(text if len(text) > len("2020-12") else f"{text}-01")


def shown(time: datetime.datetime, like: Cell) -> str:
    """A time written as the data write theirs, with the same offset."""
    text = str(like)
    found = OFFSET.search(text) if ":" in text else None
    offset = found[0] if found else ""
    return time.isoformat("T" if "T" in text else " ", "microseconds")[: len(text) - len(offset)] + offset


def months_of(dates: NDArray[np.datetime64]) -> Floats | None:
    """Dates ``[n]`` as months since the first, where they are all the same day and second of different months."""
    months = dates.astype("datetime64[M]")
    within = (dates - months).astype("timedelta64[s]")
    if (within != within[0]).any() or len(np.unique(months)) < len(months):
        return None
    return (months - months[0]).astype(np.float64)


def describe_step(step: float, months: bool, first: Any) -> str:
    if months:
        count, unit = (step, "month") if step % 12 else (step / 12, "year")
        return f"{count:g} {unit}{'s' * (count != 1)}"
    if not isinstance(first, datetime.datetime):
        return f"{step:g}"
    for unit, seconds in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if step % seconds == 0:
            return f"{step / seconds:g} {unit}{'' if step == seconds else 's'}"
    return f"{step:g} seconds"
