# pyright: strict
"""Places on the globe in degrees, minutes and seconds, or with the letter of their side of it, read as degrees."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from elman.data.forms.numbers import SpelledNumbers, filled

FIGURES = r"\d{1,3}(?:[.,]\d{1,9})?"
ANGLE = re.compile(
    rf"(?P<before>[NSEW] ?)?(?P<sign>[+\-−]?)(?P<degrees>{FIGURES}) ?(?P<mark>[°º]?) ?"
    rf"(?:(?P<minutes>{FIGURES}) ?['′’] ?)?(?:(?P<seconds>{FIGURES}) ?(?:[\"″”]|''|′′) ?)?(?P<after>[NSEW])?"
)
SIDES = ({"N", "S"}, {"E", "W"})
LARGEST, SIXTY = 360, 60


@dataclass(frozen=True)
class AngleForm(SpelledNumbers):
    """Degrees, with minutes and seconds or without; south and west are negative.

    words: what says that there is none
    """

    example: str = ""
    words: tuple[str, ...] = ()

    def value(self, text: str) -> float:
        """Degrees. Raises ValueError."""
        found = ANGLE.fullmatch(text)
        if found is None or not (found["mark"] or side_of(found)) or (found["before"] and found["after"]):
            raise ValueError(text)
        degrees, minutes, seconds = (
            float((found[part] or "0").replace(",", ".")) for part in ("degrees", "minutes", "seconds")
        )
        if degrees > LARGEST or minutes >= SIXTY or seconds >= SIXTY:
            raise ValueError(text)
        value = degrees + minutes / SIXTY + seconds / SIXTY**2
        return -value if (found["sign"] in ("-", "−")) != (side_of(found) in ("S", "W")) else value

    def describe(self) -> str:
        """For people."""
        return f"places ({self.example}), read as degrees, negative in the south and the west"


def side_of(found: re.Match[str]) -> str:
    """The letter of the side of the globe; "" where there is none."""
    return (found["before"] or found["after"] or "").strip()


class AngleLook:
    """What is noticed of the texts of a column that may be places, some at a time. Numbers all of which have the same
    letter behind them may be watts: they aren't, where some have that of the other side. Whole degrees without a sign
    may be names, as those of zones: N1, S2."""

    def __init__(self) -> None:
        self.fits, self.marked, self.precise, self.example = True, False, True, ""
        self.sides, self.words = set[str](), dict[str, None]()

    def look(self, texts: Iterable[str]) -> None:
        for text in filled(texts, self.words) if self.fits else ():
            try:
                AngleForm().read(text)
            except ValueError:
                self.fits = False
                return
            found = ANGLE.fullmatch(text)
            assert found is not None  # since it was read
            self.example = self.example or text
            self.marked = self.marked or bool(found["minutes"])
            self.precise = self.precise and bool(found["minutes"] or re.search(r"[.,°º]", text))
            self.sides |= {side_of(found)} - {""}

    def form(self) -> AngleForm | None:
        fits = (
            self.fits
            and (self.marked or (self.precise and self.sides in SIDES))
            and any(self.sides <= side for side in SIDES)
        )
        return AngleForm(self.example, tuple(self.words)) if fits else None
