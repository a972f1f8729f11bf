# pyright: strict
"""Times that tell what they are by how they follow each other: ``1-01, 1-02``, ``1980-81, 1981-82``, ``W07, W08``,
``30 Jan, 31 Jan``. One of them alone may say anything."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

from elman.data.forms.moments import MONTHS
from elman.data.forms.numbers import NO_NUMBER
from elman.data.forms.stamps import DAY_NAMES
from elman.kinds.column import name_words

MONTH = re.compile(r"(?P<year>\d{1,2})-(?:(?P<month>0[1-9]|1[0-2])|(?P<word>[^\W\d_]{3,12})\.?)")
SEASON = re.compile(r"(?P<first>[12]\d{3}) ?[-/\u2013] ?(?P<second>\d{2}|[12]\d{3})")
FISCAL = re.compile(r"(?:FY|fy) ?'?(?P<year>[12]\d{3}|\d\d)")
NUMBERED = re.compile(
    r"(?:W|KW|Wk|Week|Woche|Semaine|Day|Tag|Jour|Month|Monat|Mois|Year|Jahr|Hour)[ _.-]?(?P<number>\d{1,4})",
    re.IGNORECASE,
)
DAY = re.compile(
    r"(?P<day>\d{1,2})\.?[ /-]?(?P<word>[^\W\d_]{3,12})\.?"
    r"|(?P<word_>[^\W\d_]{3,12})\.?(?:[/-]| {1,2})?(?P<day_>\d{1,2})"
    r"|(?P<dotted>\d{1,2})\. ?(?P<month>\d{1,2})\."
)
SECOND = re.compile(r"(.+?),? (\d{1,2}):(\d\d)(?::(\d\d))?")
PER_DAY = 24 * 60 * 60
COUNTED_FROM, OLD = 2000, 40
"""Years of one or two figures stand for those after 2000; from 40 on they are of the 1900s."""
LEAP, USUAL = 2000, 2001
"""The years of days that have none: one with a 29th of February, and one without."""


def counted_month(text: str) -> int:
    """Months since the year 0, of a month of a year that is counted or has two figures."""
    found = match(MONTH, text)
    year, word = int(found["year"]), (found["word"] or "").lower()
    return 12 * full_year(year) + (month_named(word) if word else int(found["month"])) - 1


def first_year(text: str) -> int:
    """The year in which a season, or a fiscal year, begins, or that it is named after."""
    if found := FISCAL.fullmatch(text):
        return full_year(int(found["year"]))
    found = match(SEASON, text)
    first, second = int(found["first"]), found["second"]
    if str(first + 1)[-len(second) :] != second:
        raise ValueError(text)
    return first


def numbered(text: str) -> int:
    return int(match(NUMBERED, text)["number"])


def day_of(year: int, text: str) -> int:
    """The day of this year, as Python counts them."""
    found = match(DAY, text)
    month = int(found["month"] or month_named((found["word"] or found["word_"]).lower()))
    return datetime.date(year, month, int(found["day"] or found["day_"] or found["dotted"])).toordinal()


def second_of(year: int, text: str) -> int:
    """The second of this year, counted as days are."""
    day, *clock = match(SECOND, text).groups(default="0")
    hours, minutes, seconds = map(int, clock)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(text)
    return PER_DAY * day_of(year, day) + 60 * (60 * hours + minutes) + seconds


def match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    if (found := pattern.fullmatch(text)) is None:
        raise ValueError(text)
    return found


def month_named(word: str) -> int:
    if word not in MONTHS:
        raise ValueError(word)
    return MONTHS[word]


def full_year(year: int) -> int:
    return year + (0 if year > 99 else COUNTED_FROM - 100 if year >= OLD else COUNTED_FROM)


def iso_month(count: int) -> str:
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def iso_day(count: int) -> str:
    return str(datetime.date.fromordinal(count))


def iso_second(count: int) -> str:
    day, seconds = divmod(count, PER_DAY)
    return f"{iso_day(day)} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class Way(NamedTuple):
    """A way to count time.

    read:    a text as its place in the count. Raises ValueError.
    value:   what the cell then is
    steps:   from each different text to the next, at most; None where the texts alone show what they are
    fewest:  different texts that show it
    called:  for people, before an example
    named:   the column's name must say so, too
    """

    read: Callable[[str], int]
    value: Callable[[int], int | str]
    steps: int | None
    fewest: int
    called: str
    named: bool = False


WAYS = {
    "months": Way(counted_month, iso_month, 1, 6, "months of years that are counted"),
    "years": Way(first_year, int, None, 3, "years, each by the one in which it begins"),
    "numbers": Way(numbered, int, 1, 6, "times that are numbered"),
    "days": Way(partial(day_of, USUAL), iso_day, 7, 6, "days without a year", named=True),
    "leap days": Way(partial(day_of, LEAP), iso_day, 7, 6, "days without a year", named=True),
    "seconds": Way(partial(second_of, USUAL), iso_second, 7 * PER_DAY, 6, "times without a year", named=True),
    "leap seconds": Way(partial(second_of, LEAP), iso_second, 7 * PER_DAY, 6, "times without a year", named=True),
}


@dataclass(frozen=True)
class CountedForm:
    """Times that are counted, in one of ``WAYS``."""

    example: str = ""
    how: str = "months"
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> int | str | None:
        """Months, days and seconds as ISO 8601 writes them, in a year that stands for any; years and numbers as such.

        Raises ValueError.
        """
        text, way = text.strip(), WAYS[self.how]
        return None if not text or text in NO_NUMBER else way.value(way.read(text))

    def reader(self) -> Callable[[str], int | str | None]:
        return self.read

    def write(self, text: Any) -> Any:
        """A month of two figures as the column has it; anything else as it is read."""
        found = re.fullmatch(r"\d\d(\d\d)-(\d\d)", text) if isinstance(text, str) and self.how == "months" else None
        return text if found is None or not self.example[-1:].isdigit() else f"{int(found[1])}-{found[2]}"

    def describe(self) -> str:
        """For people."""
        return f"{WAYS[self.how].called} ({self.example}), read as {self.read(self.example)} and so on"


class CountedLook:
    """What is noticed of the texts of a column that may be counted, some at a time."""

    def __init__(self, name: str) -> None:
        named = bool({*name_words(name)} & DAY_NAMES)
        self.open = {how: 0 for how, way in WAYS.items() if named or not way.named}  # different texts so far
        self.last: dict[str, int] = {}
        self.seen = set[str]()
        self.example = ""

    @property
    def fits(self) -> bool:
        return bool(self.open)

    def look(self, texts: Iterable[str]) -> None:
        for text in map(str.strip, texts) if self.fits else ():
            if not text or text in NO_NUMBER or text in self.seen:
                continue
            self.example = self.example or text
            self.seen.add(text)
            for how in [*self.open]:
                if self._follows(how, text):
                    self.open[how] += 1
                else:
                    del self.open[how]
            if not self.open:
                return

    def _follows(self, how: str, text: str) -> bool:
        try:
            now = WAYS[how].read(text)
        except ValueError:
            return False
        before = self.last.setdefault(how, now)
        self.last[how] = now
        steps = WAYS[how].steps
        return steps is None or text == self.example or 1 <= now - before <= steps

    @property
    def are_seasons(self) -> bool:
        """Whether each is a year and the next, though some by themselves could be months: 2001-02."""
        return self.open.get("years", 0) >= WAYS["years"].fewest

    def form(self) -> CountedForm | None:
        how = next((how for how, count in self.open.items() if count >= WAYS[how].fewest), None)
        return CountedForm(self.example, how) if how else None
