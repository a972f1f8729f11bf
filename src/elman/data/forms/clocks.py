# pyright: strict
"""Times of no day: a time of day or a length of time, read as seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from elman.data.forms.numbers import SpelledNumbers, filled
from elman.kinds.column import name_words

CLOCK = re.compile(
    r"(?:(?P<days>-?\d+) days?,? \+?|(?P<sign>-))?"
    r"(?P<first>\d{1,3}):(?P<second>[0-5]\d)(?::(?P<third>[0-5]\d))?(?:[.,](?P<fraction>\d{1,9}))?"
)
PACE_WORDS = frozenset("lap laps split pace".split())  # noqa: SIM905
"""Words in the names of columns of lengths of time that are minutes and seconds."""
LENGTH_WORDS = PACE_WORDS | frozenset(
    "elapsed duration moving took runtime dauer durée duree".split()  # noqa: SIM905
)
"""The same of lengths of time, however long."""
TIME_WORDS = LENGTH_WORDS | frozenset(
    """
    time times t clock hour hours minutes start end begin finish arrival departure zeit uhrzeit heure hora tempo at
    """.split()  # noqa: SIM905
)
"""Words in the names of columns in which 12:30 is a time, and not two numbers."""
OF_DAY = 24


@dataclass(frozen=True)
class ClockForm(SpelledNumbers):
    """Times of day, or lengths of time, with colons.

    minutes: of two numbers the first is minutes, the second seconds, as they are where the second has a fraction; else
             hours and minutes
    whole:   no fractions of a second
    words:   what says that there is none
    """

    minutes: bool = False
    whole: bool = True
    example: str = ""
    words: tuple[str, ...] = ()

    def value(self, text: str) -> float | int:
        """Seconds. Raises ValueError."""
        found = CLOCK.fullmatch(text)
        if found is None:
            raise ValueError(text)
        numbers = [int(found[part]) for part in ("first", "second", "third") if found[part]]
        if len(numbers) == 2 and (self.minutes or found["fraction"]):
            numbers = [0, *numbers]
        hours, minutes, seconds = [*numbers, 0][:3]
        total: float = 3600 * hours + 60 * minutes + seconds
        if found["fraction"]:
            total += float(f"0.{found['fraction']}")
        total = (-total if found["sign"] else total) + 86400 * int(found["days"] or 0)
        return int(total) if self.whole else float(total)

    def describe(self) -> str:
        """For people."""
        found = CLOCK.fullmatch(self.example)
        in_minutes = self.minutes or (found and found["fraction"])
        two = "minutes and seconds, " if in_minutes else "hours and minutes, "
        how = "" if found and found["third"] and not self.minutes else two
        return f"times ({how}{self.example}), read as seconds"


def are_lengths(name: str) -> bool:
    """Whether a column is called as lengths of time are, and no times of day."""
    return bool({*name_words(name)} & LENGTH_WORDS)


class ClockLook:
    """What is noticed of the texts of a column that may be times, some at a time."""

    def __init__(self, name: str) -> None:
        words = {*name_words(name)}
        self.named, self.paced = bool(words & TIME_WORDS), bool(words & PACE_WORDS)
        self.longest, self.whole, self.example = 0, True, ""
        self.fits, self.two = True, False
        self.words: dict[str, None] = {}

    def look(self, texts: Iterable[str]) -> None:
        for text in filled(texts, self.words) if self.fits else ():
            found = CLOCK.fullmatch(text)
            if found is None or not (found["third"] or self.named):
                self.fits = False
                return
            self.example = self.example or text
            if not (found["third"] or found["fraction"]):
                self.two, self.longest = True, max(self.longest, int(found["first"]))
            self.whole = self.whole and not found["fraction"]

    def form(self) -> ClockForm | None:
        if not self.fits or not self.example:
            return None
        return ClockForm(
            self.two and (self.paced or self.longest >= OF_DAY), self.whole, self.example, tuple(self.words)
        )
