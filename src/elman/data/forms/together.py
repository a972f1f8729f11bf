# pyright: strict
"""Times that stand in several columns: year, month, day and hour; or a date, and a time of day beside it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from elman.data.forms.moments import CLOCK, DAILY, MINUTES, MONTHLY, MONTHS, SECONDS, YEARS, Moment, clock_of, iso
from elman.data.naming import free_name
from elman.kinds.column import NAMELESS, Cell, name_words
from elman.stored import written

Columns = Mapping[str, Sequence[Cell]]

PARTS = {
    "year": "year yr yyyy yy jahr annee année an ano año anno år jaar",
    "month": "month mon mo mm monat mois mes mês mese månad maand",
    "day": "day dy dd tag jour dia día giorno dag",
    "hour": "hour hr hh h stunde heure hora ora timme uur",
    "minute": "minute min mi",
    "second": "second sec ss",
}
"""What columns of one part of a time are called, in lower case."""
OF_YEARS = {
    "quarter": "quarter qtr q quartal trimestre kvartal",
    "week": "week wk kw week_of_year weekofyear iso_week woche semaine semana",
    "day of year": "doy yday julian day_of_year dayofyear julian_day jday",
}
"""The same of parts of a year that are no months."""
PART_OF_YEAR = {name: part for part, names in OF_YEARS.items() for name in names.split()}
CLOCK_NAMES = frozenset("time hhmm hour hours hr tod uhrzeit zeit heure hora ora tid".split())  # noqa: SIM905
"""Words in the names of columns whose whole numbers may be hours and minutes: 1330."""
OF_DAYS = frozenset("date day datum tag jour dia".split())  # noqa: SIM905
"""Words in the names of columns of dates."""
QUARTER = re.compile(r"[QqTt]?([1-4])")
PART_OF = {name: part for part, names in PARTS.items() for name in names.split()}
RANGES = (range(1, 13), range(1, 32), range(25), range(60), range(60))
"""Of the parts of a time, from the month on."""
LONG_AGO = datetime.datetime(2000, 1, 1)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Together:
    """Columns that are one time.

    name:    of the time, which stands where the first of them did
    sources: the columns: of the parts of a time from the year on, or of a date and a time of day
    """

    name: str
    sources: tuple[str, ...]

    def describe(self) -> str:
        """For people."""
        listed = f"{', '.join(map(repr, self.sources[:-1]))} and {self.sources[-1]!r}"
        return f"columns {listed} are put together as one time, {self.name!r}"

    def add_to(self, columns: Mapping[str, Sequence[Cell]]) -> dict[str, Any] | None:
        """The columns with the time instead of its parts; None where they aren't there, or are no time."""
        if any(source not in columns for source in self.sources):
            return None
        parts = [columns[source] for source in self.sources]
        first, second = map(own_name, self.sources[:2])
        if second in PART_OF_YEAR:
            times = of_years(parts[0], parts[1], PART_OF_YEAR[second])
        else:
            of_year = PART_OF.get(first) == "year" or (NAMELESS.fullmatch(first) and not are_days(parts[0]))
            times = from_parts(parts) if of_year else from_day_and_clock(*parts)
        if times is None:
            return None
        named = [(self.name, times) if name == self.sources[0] else (name, columns[name]) for name in columns]
        return {name: cells for name, cells in named if name == self.name or name not in self.sources}


def find_together(columns: Columns, counts: Sequence[int]) -> Together | None:
    """Columns that are one time, which orders the rows.

    counts: rows of each file
    """
    for found in candidates(columns):
        joined = found.add_to(columns)
        if joined is not None and is_ordered(joined, found.name, counts):
            return found
    return None


def candidates(columns: Columns) -> Iterator[Together]:
    for whole in dict.fromkeys(name.rpartition(".")[0] for name in columns):
        yield from within([name for name in columns if name.rpartition(".")[0] == whole], columns)
    yield from nameless(columns)
    days = [name for name, cells in columns.items() if are_days(cells)]
    clocks = [name for name, cells in columns.items() if days and name not in days and are_clocks(name, cells)]
    alone = len(days) == len(clocks) == 1
    for day in days:
        beside = [clock for clock in clocks if alone or of_what(clock) == of_what(day)]
        if len(beside) == 1 and not strictly(columns[day], [len(columns[day])]):
            yield Together(day, (day, beside[0]))


def of_what(name: str) -> list[str]:
    """What a date, or a time of day, is of, by its name: the start."""
    return [word for word in name_words(name) if word not in OF_DAYS | CLOCK_NAMES]


def within(names: Sequence[str], columns: Columns) -> Iterator[Together]:
    """Parts of a time among the columns of one object, or those of none."""
    by_part: dict[str, list[str]] = {}
    for name in names:
        if part := part_of(name, columns):
            by_part.setdefault(part, []).append(name)
    sources: list[str] = []
    for part in PARTS:
        if len(by_part.get(part, [])) != 1:
            break
        sources += by_part[part]
    if len(sources) >= 2:
        wanted = "time" if len(sources) > 3 else "date"
        yield Together(wanted if wanted in sources else free_name(wanted, columns), tuple(sources))
    others = [name for name in names if own_name(name) in PART_OF_YEAR]
    if len(sources) == 1 and len(others) == 1:
        yield Together(free_name("date", columns), (*sources, *others))


def nameless(columns: Columns) -> Iterator[Together]:
    """The first columns of a table without names, where they are a year and a month, and what of a day it takes until
    times rise from row to row: what stands behind may be anything."""
    names = [*columns]
    if not names or not NAMELESS.fullmatch(names[0]) or not are_within(columns[names[0]], YEARS):
        return
    for count, (name, values) in enumerate(zip(names[1:], RANGES, strict=False), start=1):
        if not NAMELESS.fullmatch(name) or not are_within(columns[name], values):
            return
        sources = tuple(names[: count + 1])
        times = from_parts([columns[source] for source in sources])
        if times is not None and strictly(times, [len(times)]):
            yield Together("time" if count > 2 else "date", sources)
            return


def are_within(cells: Sequence[Cell], values: range) -> bool:
    """Whether all are whole numbers, or the figures of one, as in ``05``, and of these values."""
    figures = all(type(cell) is int or (isinstance(cell, str) and cell.isdecimal()) for cell in cells)
    return bool(cells) and figures and all(whole(cell) in values for cell in cells)


def part_of(name: str, columns: Columns) -> str | None:
    """Of a time that a column is by its name: where ``MM`` is beside it, ``mm`` is of minutes."""
    return "minute" if name == "mm" and "MM" in columns else PART_OF.get(own_name(name))


def own_name(name: str) -> str:
    """Without that of the object which it is a part of in JSON: ``year`` of ``time.year``; in lower case."""
    return name.rpartition(".")[2].strip().lower()


def are_days(cells: Sequence[Cell]) -> bool:
    """Dates without a time of day, of which a few may be missing."""
    return (
        bool(cells)
        and isinstance(cells[0], str)
        and all(cell is None or (isinstance(cell, str) and DAY.fullmatch(cell)) for cell in cells)
    )


def are_clocks(name: str, cells: Sequence[Cell]) -> bool:
    """Times of day; or whole hours, or hours and minutes as one number, under a name that says so."""
    if cells and all(type(cell) is int for cell in cells):
        hours = PART_OF.get(own_name(name)) == "hour" and all(0 <= cell <= 24 for cell in cells)
        return hours or (bool({*name_words(name)} & CLOCK_NAMES) and are_hours_and_minutes(cells))
    if not cells or not isinstance(cells[0], str):
        return False
    return all(clock is None or isinstance(clock, str) for clock in cells) and None not in map(
        clock_in, {cell for cell in cells if cell is not None}
    )


def are_hours_and_minutes(cells: Sequence[Cell]) -> bool:
    """``0``, ``30``, ``100`` up to ``2330`` or ``2400``; what has no four figures may be minutes that passed."""
    whole = all(type(cell) is int and 0 <= cell <= 2400 and cell % 100 < 60 for cell in cells)
    return whole and max(cells) >= 1000


def clock_in(cell: Cell) -> Moment | None:
    """A time of day, on a day long ago; None for anything else."""
    if isinstance(cell, int):
        return Moment(LONG_AGO + datetime.timedelta(hours=cell), None, MINUTES)
    found = re.fullmatch(CLOCK, cell.strip())
    if found is None or not any(found[part] for part in ("minute", "minute_", "compact", "half")):
        return None
    try:
        clock, unit = clock_of({part: text for part, text in found.groupdict().items() if text})
    except ValueError:
        return None
    return Moment(LONG_AGO + clock, None, unit)


def from_day_and_clock(days: Sequence[Cell], clocks: Sequence[Cell]) -> Sequence[Cell] | None:
    if clocks and all(type(clock) is int for clock in clocks) and are_hours_and_minutes(clocks):
        clocks = [f"{clock // 100:02d}:{clock % 100:02d}" for clock in clocks]
    found = {clock: clock_in(clock) for clock in set(clocks) if clock is not None}
    if None in found.values() or not all(day is None or DAY.fullmatch(str(day)) for day in set(days)):
        return None
    unit = max((moment.unit for moment in found.values() if moment), default=MINUTES)

    def time(row: Sequence[Cell]) -> Cell:
        day, moment = row[0], found.get(row[1])
        if day is None or moment is None:
            return None
        return iso(Moment(datetime.datetime.fromisoformat(day) + (moment.time - LONG_AGO), None, unit), unit)

    return of_rows([days, clocks], time)


def of_years(years: Sequence[Cell], parts: Sequence[Cell], what: str) -> Sequence[Cell] | None:
    """Times of a year and what else it is parted into; None where some are missing, or are no time."""
    unit = MONTHLY if what == "quarter" else DAILY
    return of_rows([years, parts], lambda row: iso(Moment(time_of_year(whole(row[0]), row[1], what), None, unit), unit))


def of_rows(columns: Sequence[Sequence[Cell]], time: Callable[[Sequence[Any]], Cell]) -> Sequence[Cell] | None:
    """The time of each row, in files where the columns are; None where a row has none."""
    try:
        return written(map(time, zip(*columns, strict=True)), columns[0])
    except (TypeError, ValueError, KeyError, OverflowError):
        return None


def time_of_year(year: int, part: Any, what: str) -> datetime.datetime:
    """When a part of a year begins. Raises ValueError or TypeError where there is none such."""
    if year not in YEARS:
        raise ValueError(year)
    if what == "quarter":
        found = QUARTER.fullmatch(str(part))
        if found is None:
            raise ValueError(part)
        return datetime.datetime(year, 3 * int(found[1]) - 2, 1)
    if what == "week":
        day = datetime.date.fromisocalendar(year, whole(part), 1)
        return datetime.datetime(day.year, day.month, day.day)
    time = datetime.datetime(year, 1, 1) + datetime.timedelta(days=whole(part) - 1)
    if time.year != year:
        raise ValueError(part)
    return time


def from_parts(parts: Sequence[Sequence[Cell]]) -> Sequence[Cell] | None:
    """Times of their parts, from the year on; None where some are missing, or are no time."""
    unit = (MONTHLY, DAILY, MINUTES, MINUTES, SECONDS)[len(parts) - 2]
    return of_rows(parts, lambda row: iso(Moment(time_of(row), None, unit), unit))


def time_of(parts: Sequence[Any]) -> datetime.datetime:
    """Raises ValueError, TypeError or KeyError where there is no such time."""
    year, month, day, hour, *rest = [*parts, *(1, 1, 0)[len(parts) - 1 :]] if len(parts) < 4 else parts
    if isinstance(month, str) and not month.isdecimal():
        month = MONTHS[month.strip(".").lower()]
    month = whole(month)
    if whole(year) not in YEARS or not 0 <= whole(hour) <= 24:
        raise ValueError(parts)
    minute, second = [*map(whole, rest), 0, 0][:2]
    time = datetime.datetime(whole(year), month, whole(day), 0, minute, second)
    return time + datetime.timedelta(hours=whole(hour))


def whole(value: Any) -> int:
    """Of a number, or of the figures of one, as in ``05``. Raises ValueError or TypeError for anything else."""
    if isinstance(value, str) and not value.isdecimal():
        raise ValueError(value)
    if not float(value).is_integer():
        raise ValueError(value)
    return int(value)


# -- the order of rows ------------------------------------------------------------------------


def is_ordered(columns: Columns, time: str, counts: Sequence[int]) -> bool:
    """Whether a time rises from row to row, or falls: in each file, or among the rows with one value of a column."""
    times = columns[time]
    if strictly(times, counts):
        return True
    return any(strictly_within(times, cells) for name, cells in columns.items() if name != time)


def strictly(times: Sequence[Cell], counts: Sequence[int]) -> bool:
    """Whether they rise, or fall, in each run of rows of these lengths."""
    if None in times:
        return False
    start, runs = 0, list[Sequence[Cell]]()
    for count in counts:
        runs.append(times[start : start + count])
        start += count
    return all(all(a < b for a, b in pairwise(run)) for run in runs) or all(
        all(a > b for a, b in pairwise(run)) for run in runs
    )


def strictly_within(times: Sequence[Cell], keys: Sequence[Cell]) -> bool:
    """The same of the rows of each key, of which most come several times."""
    rises = falls = True
    latest: dict[Cell, Cell] = {}
    for key, now in zip(keys, times, strict=True):
        if now is None or isinstance(key, list):
            return False
        if key in latest:
            rises, falls = rises and latest[key] < now, falls and latest[key] > now
            if not (rises or falls):
                return False
        latest[key] = now
    return 2 * len(latest) <= len(times)
