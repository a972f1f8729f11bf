# pyright: strict
"""Times of no day: a time of day or a length of time, read as seconds; and months of years that are counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from elman.data.forms.moments import MONTHS
from elman.data.forms.numbers import NO_NUMBER
from elman.kinds.column import name_words

CLOCK = re.compile(
    r"(?:(?P<days>-?\d+) days?,? \+?|(?P<sign>-))?"
    r"(?P<first>\d{1,3}):(?P<second>[0-5]\d)(?::(?P<third>[0-5]\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
)
TIME_WORDS = frozenset(
    """
    time times t elapsed duration clock hour hours minutes start end begin finish arrival departure lap split pace zeit
    dauer uhrzeit heure duree hora tempo at
    """.split()  # noqa: SIM905
)
"""Words in the names of columns in which 12:30 is a time, and not two numbers."""
OF_DAY = 24
MONTH = re.compile(r"(?P<year>\d{1,2})-(?:(?P<month>0[1-9]|1[0-2])|(?P<word>[^\W\d_]{3,12})\.?)")
FEWEST_MONTHS = 6
COUNTED_FROM, OLD = 2000, 40
"""Years that are counted stand for those after 2000; from 40 on they are of the 1900s."""


@dataclass(frozen=True)
class ClockForm:
    """Times of day, or lengths of time, with colons.

    minutes: of two numbers the first is minutes, the second seconds; else hours and minutes
    whole:   no fractions of a second
    words:   what says that there is none
    """

    minutes: bool = False
    whole: bool = True
    example: str = ""
    words: tuple[str, ...] = ()
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> float | int | None:
        """Seconds. Raises ValueError."""
        text = text.strip()
        if not text or text in NO_NUMBER:
            return None
        found = CLOCK.fullmatch(text)
        if found is None:
            raise ValueError(text)
        numbers = [int(found[part]) for part in ("first", "second", "third") if found[part]]
        if len(numbers) == 2 and self.minutes:
            numbers = [0, *numbers]
        hours, minutes, seconds = [*numbers, 0][:3]
        total: float = 3600 * hours + 60 * minutes + seconds
        if found["fraction"]:
            total += float(f"0.{found['fraction']}")
        total = (-total if found["sign"] else total) + 86400 * int(found["days"] or 0)
        return int(total) if self.whole else float(total)

    def reader(self) -> Callable[[str], float | int | None]:
        return self.read

    def write(self, number: Any) -> Any:
        """Seconds stay what they are."""
        return number

    def describe(self) -> str:
        """For people."""
        how = "minutes and seconds, " if self.minutes else ""
        return f"times ({how}{self.example}), read as seconds"


class ClockLook:
    """What is noticed of the texts of a column that may be times, some at a time."""

    def __init__(self, name: str) -> None:
        self.named = bool({*name_words(name)} & TIME_WORDS)
        self.longest, self.whole, self.example = 0, True, ""
        self.fits, self.two = True, False
        self.words: dict[str, None] = {}

    def look(self, texts: Iterable[str]) -> None:
        for text in map(str.strip, texts) if self.fits else ():
            if not text or text in NO_NUMBER:
                self.words |= {text: None} if text else {}
                continue
            found = CLOCK.fullmatch(text)
            if found is None or not (found["third"] or self.named):
                self.fits = False
                return
            self.example = self.example or text
            self.two = self.two or not found["third"]
            self.longest = max(self.longest, int(found["first"]))
            self.whole = self.whole and not found["fraction"]

    def form(self) -> ClockForm | None:
        if not self.fits or not self.example:
            return None
        return ClockForm(self.two and self.longest >= OF_DAY, self.whole, self.example, tuple(self.words))


@dataclass(frozen=True)
class MonthForm:
    """A year that is counted, or has two figures, and a month of it: ``1-01``, ``49-Jan``."""

    example: str = ""
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> str | None:
        """The month as ISO 8601 writes it. Raises ValueError."""
        text = text.strip()
        if not text or text in NO_NUMBER:
            return None
        year, month = counted_month(text)
        return f"{year:04d}-{month:02d}"

    def reader(self) -> Callable[[str], str | None]:
        return self.read

    def write(self, text: Any) -> Any:
        """A month as the column has it."""
        found = re.fullmatch(r"\d\d(\d\d)-(\d\d)", text) if isinstance(text, str) else None
        return text if found is None or not self.example[-1:].isdigit() else f"{int(found[1])}-{found[2]}"

    def describe(self) -> str:
        """For people."""
        return f"months of years that are counted ({self.example}), read as {self.read(self.example)} and so on"


class MonthLook:
    """The same of months: each is the one after the month before it, or they say something else."""

    def __init__(self) -> None:
        self.fits, self.example, self.count = True, "", 0
        self.last: int | None = None

    def look(self, texts: Iterable[str]) -> None:
        for text in map(str.strip, texts) if self.fits else ():
            try:
                year, month = counted_month(text)
            except ValueError:
                self.fits = False
                return
            now = 12 * year + month
            if self.last is not None and now != self.last + 1:
                self.fits = False
                return
            self.last, self.example, self.count = now, self.example or text, self.count + 1

    def form(self) -> MonthForm | None:
        return MonthForm(self.example) if self.fits and self.count >= FEWEST_MONTHS else None


def counted_month(text: str) -> tuple[int, int]:
    """Raises ValueError for what is none."""
    found = MONTH.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, word = int(found["year"]), (found["word"] or "").lower()
    if word and word not in MONTHS:
        raise ValueError(text)
    return year + (COUNTED_FROM - 100 if year >= OLD else COUNTED_FROM), MONTHS[word] if word else int(found["month"])
