# pyright: strict
"""When the steps of a series are: times as people write them, and the grid of equal steps that they lie on."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.column import Cell
from elman.stored import distinct, from_each

Floats = NDArray[np.float64]
Days: TypeAlias = NDArray[np.datetime64]
Months: TypeAlias = NDArray[np.datetime64]
OFFSET = re.compile(r"Z$|[+-]\d\d:\d\d$")
REGULAR = 0.01
"""Times are regular if at most this share of them doesn't lie on a grid of equal steps."""
MOST_STEPS = 10_000_000
"""Of a series with its gaps."""
BUT_HOLIDAYS = 0.8
"""Of months, the share in which the last, or the first, of Monday to Friday is no holiday, at least."""
WEEK = "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
EPOCH_WEEKDAY = 3
"""The first of January 1970 was a Thursday."""
FEW_WEEKS = 3
"""In so many weeks a day of the week that never comes never will."""
LOOKED_AT = 200
"""Times, from the first, by which it is mostly seen that all days of the week come."""
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


def grid_of(
    times: Sequence[Cell], places: NDArray[np.int64], weekdays: Sequence[int] = ()
) -> tuple[NDArray[np.int64], Grid | None]:
    """The place of each time on a grid of equal steps, and the grid; places in order where times aren't regular.

    weekdays: the days of the week, Monday is 0, that days go through, where some never come
    Raises TaskError for a gap of so many steps that there is no room for them, and for a day of another weekday.
    """
    if len(times) < 2:
        return places, None
    calendar = calendar_of(times, weekdays)
    step = float(commonest(np.round(np.diff(calendar.counts), 6) + 0.0))  # of two zeros, one
    if not step:
        return places, None
    exact = calendar.counts / step
    nearest = np.rint(exact)
    gaps = np.diff(nearest)
    off_grid = (np.abs(exact - nearest) > 0.1).mean()
    if off_grid > REGULAR or (gaps < 1).any():
        return places, None
    shown_step = calendar.describe(step)
    if nearest[-1] >= MOST_STEPS:
        row = int(np.argmax(gaps))
        raise TaskError(
            f"the time {times[row + 1]!r} comes {gaps[row]:,.0f} steps of {shown_step} after the one before it, "
            f"{times[row]!r}, which is too large a gap for a series. Correct the time, or leave the row out."
        )
    found = nearest.astype(np.int64)
    lacking = np.ones(int(found[-1]) + 1, np.bool_)
    lacking[found] = False
    return found, Grid(shown_step, lambda i: calendar.at(i * step), np.flatnonzero(lacking))


@dataclass(frozen=True)
class Calendar:
    """How far times are from the first of them, ``[n]`` in a unit of their own; the time that is so far, written as
    they are; and, for people, how long a step of so many units is."""

    counts: Floats
    at: Callable[[float], Any]
    describe: Callable[[float], str]


def calendar_of(times: Sequence[Cell], weekdays: Sequence[int]) -> Calendar:
    """In months, or in days of the week that come, where dates follow these; in seconds otherwise; numbers as they
    are."""
    first: Any = times[0]
    if not isinstance(first, str):
        counts = np.fromiter((float(time - first) for time in times), np.float64, len(times))
        return Calendar(counts, lambda count: first + whole(count), "{:g}".format)
    dates = instants(times)
    days = dates.astype("datetime64[D]")
    found = (months_of(days) or days_among(weekdays, days)) if are_daily(dates) else None
    begin = moment(first)
    if found is None:
        seconds = (dates - dates[0]).astype(np.int64) / 10**6
        return Calendar(
            seconds, lambda count: shown(begin + datetime.timedelta(seconds=count), first), describe_seconds
        )
    counts, day_of, describe = found
    return Calendar(
        counts, lambda count: shown(datetime.datetime.combine(day_of(round(count)), begin.time()), first), describe
    )


def are_daily(dates: NDArray[np.datetime64]) -> bool:
    """Whether no day has two times, and all are at one time of day; or at two that are an hour apart, as midnight is at
    Greenwich where clocks are set to summer time."""
    days = dates.astype("datetime64[D]")
    of_day = np.unique(dates - days)
    summer = len(of_day) == 2 and of_day[1] - of_day[0] == np.timedelta64(1, "h")
    return (len(of_day) == 1 or bool(summer)) and len(np.unique(dates)) == len(np.unique(days))


def whole(count: float) -> float:
    return int(count) if count.is_integer() else count


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


OfDays: TypeAlias = tuple[Floats, Callable[[int], datetime.date], Callable[[float], str]]
"""As a calendar is, with the day that is so many units after the first."""


def months_of(days: Days) -> OfDays | None:
    """Days ``[n]`` as months since the first, where each is the same one of its month: of the same number, or the last
    where the month is too short for it; or the last or the first of Monday to Friday, holidays aside."""
    months = days.astype("datetime64[M]")
    if len(np.unique(months)) < len(months):
        return None
    of_month = next((which for which, share in SAME_DAYS if (which(months, days) == days).mean() >= share), None)
    if of_month is None:
        return None
    first = months[0]

    def day_of(count: int) -> datetime.date:
        return of_month(np.array([first + count]), days)[0].item()

    return (months - first).astype(np.float64), day_of, describe_months


def same_number(months: Months, days: Days) -> Days:
    """The day of each month that has the number that the days have, all of which may be the last of theirs."""
    begins, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]") - 1
    own = days.astype("datetime64[M]")
    last = (days == (own + 1).astype("datetime64[D]") - 1).all()
    number = 30 if last else int((days - own.astype("datetime64[D]")).astype(np.int64).max())
    return np.minimum(begins + number, ends)


def last_weekday(months: Months, days: Days) -> Days:
    return np.busday_offset((months + 1).astype("datetime64[D]") - 1, 0, roll="backward")


def first_weekday(months: Months, days: Days) -> Days:
    return np.busday_offset(months.astype("datetime64[D]"), 0, roll="forward")


SAME_DAYS = (same_number, 1.0), (last_weekday, BUT_HOLIDAYS), (first_weekday, BUT_HOLIDAYS)
"""Which day of its month each may be, and the share of days that are, at least."""


def days_among(weekdays: Sequence[int], days: Days) -> OfDays | None:
    """Days ``[n]`` as days since the first, of which those of other ``weekdays`` don't count, where some are given.
    Raises TaskError for one of those: it would be taken for the day after it."""
    if not weekdays:
        return None
    mask = [day in weekdays for day in range(len(WEEK))]
    if others := days[~np.is_busday(days, weekmask=mask)].tolist():
        raise TaskError(
            f"{others[0]} is a {WEEK[others[0].weekday()]}, and what was learned from has days from "
            f"{named_days(weekdays)} alone. Leave out such rows, or train on data that have them."
        )
    counts = np.busday_count(days[0], days, weekmask=mask).astype(np.float64)

    def day_of(count: int) -> datetime.date:
        return np.busday_offset(days[:1], count, weekmask=mask)[0].item()

    return counts, day_of, lambda step: f"{step:g} day{'s' * (step != 1)} from {named_days(weekdays)}"


def weekdays_of(times: Sequence[Cell]) -> list[int]:
    """The days of the week, Monday is 0, that dates go through, where some never come in weeks on end, as exchanges are
    closed at weekends; none where all come, or one alone, or times are no dates.

    Raises TaskError for what is no date among dates.
    """
    few = list(islice(times, LOOKED_AT))
    if not few or not all(isinstance(time, str) for time in few) or len(came_in(instants(few))) == len(WEEK):
        return []
    dates = instants(times)
    days = np.unique(dates.astype("datetime64[D]"))
    came, steps = came_in(days), np.diff(days).astype(np.int64)
    long = len(days) > 1 and days[-1] - days[0] >= np.timedelta64(FEW_WEEKS * len(WEEK), "D")
    return came if long and are_daily(dates) and commonest(steps) == 1 and 1 < len(came) < len(WEEK) else []


def came_in(dates: NDArray[np.datetime64]) -> list[int]:
    days = dates.astype("datetime64[D]").astype(np.int64)
    return np.unique((days + EPOCH_WEEKDAY) % len(WEEK)).tolist()


def named_days(weekdays: Sequence[int]) -> str:
    """``Mon to Fri``, or one by one where others lie between."""
    names = [WEEK[day] for day in weekdays]
    together = len(names) > 2 and weekdays[-1] - weekdays[0] == len(weekdays) - 1
    return f"{names[0]} to {names[-1]}" if together else ", ".join(names)


def describe_months(step: float) -> str:
    count, unit = (step, "month") if step % 12 else (step / 12, "year")
    return f"{count:g} {unit}{'s' * (count != 1)}"


def describe_seconds(step: float) -> str:
    for unit, seconds in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if step % seconds == 0:
            return f"{step / seconds:g} {unit}{'' if step == seconds else 's'}"
    return f"{step:g} seconds"
