# pyright: strict
"""Numbers that are dates: seconds since 1970, and the figures of year, month and day in one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from elman.data.forms.moments import DAILY, MINUTES, MONTHLY, SECONDS, YEARS, Moment, iso, ordinal, year_of
from elman.data.forms.numbers import NO_NUMBER
from elman.kinds.column import NAMELESS, name_words
from elman.kinds.times import moment

PER_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
FIRST, LAST = 631_152_000, 4_102_444_800
"""Seconds since 1970 that are plausible: from 1990 to 2099."""
EPOCH = datetime.datetime(1970, 1, 1)
FIGURES = {
    "days": "YYYYMMDD",
    "months": "YYYYMM",
    "weeks": "YYYYWW",
    "hours": "YYYYMMDDhh",
    "minutes": "YYYYMMDDhhmm",
    "clock": "YYYYMMDDhhmmss",
    "ordinal": "YYYYJJJ",
    "days first": "DDMMYYYY",
    "months first": "MMDDYYYY",
    "short": "yyMMDD",
}
"""Which figures stand for what, of each way in which dates are written as numbers."""
FIGURES_ARE = {
    "days": "year, month and day",
    "months": "year and month",
    "weeks": "year and week",
    "hours": "year to hour",
    "minutes": "year to minute",
    "clock": "year to second",
    "ordinal": "year and day of it",
    "days first": "day, month and year",
    "months first": "month, day and year",
    "short": "year of two figures, month and day",
}
UNITS = dict.fromkeys(FIGURES, DAILY) | {"months": MONTHLY, "hours": MINUTES, "minutes": MINUTES, "clock": SECONDS}
"""To what they are exact, as in `Moment`."""
BEGIN_WITH_0 = frozenset({"days first", "months first", "short"})
"""Of those, the ones whose first figure may be 0, which numbers lack."""
CODES = {"Y": "%Y", "y": "%y", "M": "%m", "D": "%d", "h": "%H", "m": "%M", "s": "%S", "J": "%j", "W": "%V"}
"""How Python calls these parts."""
PLACES = {
    how: {part: slice(layout.index(part), layout.rindex(part) + 1) for part in dict.fromkeys(layout)}
    for how, layout in FIGURES.items()
}
LEAST = {"M": 1, "D": 1, "h": 0, "m": 0, "s": 0}
"""What a part is that isn't written."""
USUAL_YEARS = range(1800, 2200)
"""Years of dates whose figures may well stand for something else."""
SURE = ("milliseconds", "microseconds", "nanoseconds")
"""Those whose figures are so many that a column without a name, too, is taken for one."""
TIME_NAMES = frozenset(
    "time timestamp timestamps ts datetime date epoch unix utc posix when created updated modified at".split()  # noqa: SIM905
)
DAY_NAMES = frozenset(
    """
    date dates day dt datum fecha data tag time datetime timestamp timestamps yyyymmdd ymd period month yyyymm ym dato
    tarih pvm päivä dátum jour giorno dia día дата день 日期 日付 年月日 月日 日時 날짜 일자
    """.split()  # noqa: SIM905
)
WEEK_NAMES = frozenset({"week", "weeks", "yearweek", "yyyyww", "yw", "wk", "kw", "isoweek", "woche", "semaine"})
"""Words in the names of such columns."""


@dataclass(frozen=True)
class StampForm:
    """How dates are written as numbers.

    how:  a unit of ``PER_SECOND``, since 1970; or a way of ``FIGURES``: "days" for 20211231
    unit: to what the column is exact, as in `Moment`
    """

    how: str
    unit: int
    example: str = ""
    reads: ClassVar[type | tuple[type, ...]] = (str, int, float)

    def read(self, cell: Any) -> str | None:
        """The date of a number, or of a text that spells it, as ISO 8601 writes it. Raises ValueError."""
        if isinstance(cell, str):
            if not cell.strip() or cell.strip() in NO_NUMBER:
                return None
            cell = float(cell) if "." in cell else int(cell)
        return iso(Moment(self._time(cell), None, self.unit), self.unit)

    def _time(self, number: float) -> datetime.datetime:
        if self.how in PER_SECOND:
            try:
                return EPOCH + datetime.timedelta(microseconds=round(number * 10**6 / PER_SECOND[self.how]))
            except OverflowError:
                raise ValueError(number) from None
        layout = FIGURES[self.how]
        figures = str(number).zfill(len(layout)) if self.how in BEGIN_WITH_0 else str(number)
        if len(figures) != len(layout) or not figures.isdigit():
            raise ValueError(number)
        parts = {part: int(figures[place]) for part, place in PLACES[self.how].items()}
        year = parts["Y"] if "Y" in parts else year_of(figures[PLACES[self.how]["y"]])
        if year not in (YEARS if self.how == "days" else USUAL_YEARS):
            raise ValueError(number)
        if "W" in parts:
            return datetime.datetime.fromisocalendar(year, parts["W"], 1)
        if "J" in parts:
            return ordinal(year, parts["J"])
        month, day, hour, minute, second = (parts.get(part, least) for part, least in LEAST.items())
        return datetime.datetime(year, month, day, hour, minute, second)

    def fits(self, number: float) -> bool:
        try:
            return bool(self._time(number))
        except ValueError:
            return False

    def write(self, text: Any) -> int | float:
        """A date in ISO 8601 as the column's number."""
        time = moment(text)
        if self.how in FIGURES:
            codes = CODES | {"Y": "%G"} if self.how == "weeks" else CODES
            return int(time.strftime("".join(codes[part] for part in PLACES[self.how])))
        passed = (time - EPOCH) / datetime.timedelta(seconds=1) * PER_SECOND[self.how]
        return int(passed) if passed.is_integer() else passed

    def reader(self) -> Callable[[Any], str | None]:
        return self.read

    def describe(self) -> str:
        """For people."""
        how = FIGURES_ARE.get(self.how) or f"{self.how} since 1970 (UTC)"
        return f"dates, as {how} ({self.example})"


class StampLook:
    """What is noticed of the numbers of a column that may be dates, in the order of rows, some at a time."""

    def __init__(self, name: str) -> None:
        words = {*name_words(name)}
        weekly = bool(words & WEEK_NAMES)
        self.named = weekly or bool(words & DAY_NAMES)
        self.nameless = not words & TIME_NAMES
        since = PER_SECOND if not self.nameless else SURE if NAMELESS.fullmatch(name) else ()
        figures = [how for how in FIGURES if how != ("months" if weekly else "weeks")] if self.named else ["days"]
        self.open = [*figures, *since]
        self.count = self.decimals = 0
        self.last: float | None = None
        self.rises = self.falls = True
        self.example = ""

    def may_be(self, values: Sequence[float], *, look: bool) -> bool:
        """Whether they may be dates; ``look``: these come next, and are remembered."""
        different = set(values)
        self.open = [how for how in self.open if self._may_be(how, min(values), max(values), different)]
        if look and self.open:
            self.example = self.example or f"{values[0]:.15g}"
            self.count += len(values)
            before = values if self.last is None else [self.last, *values]
            self.rises = self.rises and all(a < b for a, b in pairwise(before))
            self.falls = self.falls and all(a > b for a, b in pairwise(before))
            self.last = values[-1]
        return bool(self.open)

    def _may_be(self, how: str, low: float, high: float, different: set[float]) -> bool:
        if times := PER_SECOND.get(how):
            if not (FIRST * times <= low and high <= LAST * times):
                return False
            micros = [round(value * 10**6 / times) for value in different]
            exact = next(n for n in (0, 3, 6) if all(m % 10 ** (6 - n) == 0 for m in micros))
            self.decimals = max(self.decimals, exact)
            return True
        most = len(FIGURES[how])
        least = most - (how in BEGIN_WITH_0)
        if not (10 ** (least - 1) <= low and high < 10**most and all(isinstance(v, int) for v in different)):
            return False
        return all(map(StampForm(how, DAILY).fits, different))

    def form(self) -> StampForm | None:
        """None where they are no dates: eight figures or milliseconds without the name of a time are ones if they
        rise or fall."""
        if not self.open or not self.count:
            return None
        how, *others = self.open
        if how == "days first" and "months first" in others:
            return None
        in_order = self.count > 2 and (self.rises or self.falls)
        if how in PER_SECOND:
            found = StampForm(how, SECONDS + self.decimals, self.example)
            return found if in_order or not self.nameless else None
        return StampForm(how, UNITS[how], self.example) if self.named or in_order else None
