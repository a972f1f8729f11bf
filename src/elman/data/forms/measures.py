# pyright: strict
"""Amounts in several units of one sort, read in the smallest of them: ``2h 30m``, ``5'10"``, ``350 KB`` beside
``1.2 MB``, ``₹ 45 Lac`` beside ``₹ 1.2 Cr``; and marks out of so many: ``17/20``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from elman.data.forms.clocks import PACE_WORDS
from elman.data.forms.numbers import CURRENCIES, SpelledNumbers, filled, has_leading_zero
from elman.data.forms.stamps import DAY_NAMES
from elman.kinds.column import name_words

DAY, YEAR = 86400.0, 365.2425 * 86400
"""In seconds; a year, and its twelfth, on the mean."""
PREFIXES = dict(zip("nµμumckKMGT", (1e-9, 1e-6, 1e-6, 1e-6, 1e-3, 1e-2, 1e3, 1e3, 1e6, 1e9, 1e12), strict=True))


def sort_of(*lines: tuple[float, str]) -> dict[str, float]:
    """Units by the ways to write them."""
    return {word: scale for scale, words in lines for word in words.split()}


def prefixed(units: str, prefixes: str) -> dict[str, float]:
    """Units with prefixes of the International System of Units (BIPM, The SI Brochure, 9th edition, table 7)."""
    return {prefix + unit: PREFIXES.get(prefix, 1.0) for unit in units.split() for prefix in ["", *prefixes]}


SHORT_TIMES = sort_of(
    (1e-3, "ms msec millisecond milliseconds"),
    (1.0, "s sec secs second seconds"),
    (60.0, "m min mins minute minutes"),
    (3600.0, "h hr hrs hour hours"),
    (DAY, "d day days"),
    (7 * DAY, "wk wks week weeks"),
)
LONG_TIMES = sort_of(
    (DAY, "d day days"),
    (7 * DAY, "w wk wks week weeks"),
    (YEAR / 12, "m mo mos mth mths month months"),
    (YEAR, "y yr yrs year years"),
)
SORTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "time": SHORT_TIMES,
        "age": LONG_TIMES,
        "bytes": prefixed("B", "kKMGT")
        | sort_of((1.0, "b byte bytes"), (1e3, "kb"), (1e6, "mb"), (1e9, "gb"), (1e12, "tb"))
        | sort_of((2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB")),
        "length": prefixed("m", "nµμumck")
        | sort_of((0.0254, '" in inch inches ″ ”'), (0.3048, "' ft foot feet ′ ’"))
        | sort_of((0.9144, "yd yds yard yards"), (1609.344, "mi mile miles")),
        "pace": sort_of((1.0, '" ″ ”'), (60.0, "' ′ ’")),
        "weight": prefixed("g", "µμmk")
        | sort_of((28.349523125, "oz ounce ounces"), (453.59237, "lb lbs pound pounds"), (1e6, "t")),
        "volume": prefixed("l L", "µμmc"),
        "frequency": prefixed("Hz", "kMG"),
        "power": prefixed("W", "mkMG"),
        "energy": prefixed("Wh", "mkMG"),
        "voltage": prefixed("V", "µmk"),
        "current": prefixed("A", "nµm"),
        "count": sort_of((1e3, "thousand"), (1e5, "lac lacs lakh lakhs"), (1e6, "million millions mn mio"))
        | sort_of((1e7, "cr crore crores"), (1e9, "billion billions bn mrd")),
    }
)
"""What units are in one of their sort, by the ways to write them; of those that several sorts have, the first counts
that all cells of a column fit."""
CALLED = {("length", '"'): "inches", ("length", "'"): "feet", ("pace", '"'): "seconds", ("pace", "'"): "minutes"}
"""Of units that are written as signs alone, their names."""
MONEY = "count"
"""The sort of units before which a currency may stand."""
AGES = frozenset("age ages tenor term maturity tenure".split())  # noqa: SIM905
"""Words in the names of columns in which 3m are three months beside days."""
UNMARKED = {"'": '"', "′": "″", "’": "”"}
"""What a number of one or two figures is in that stands without a unit after another: 5'10."""
NUMBER = r"\d+(?:[.,]\d+)*"
PART = re.compile(rf"(?P<number>{NUMBER}) ?(?P<unit>[^\W\d_]+\.?|['\"′″’”])?(?:,? and | ?, ?| ?)")
BEFORE = re.compile(rf"({CURRENCIES}) ?")
DURATION = re.compile(rf"P(?:(?P<days>\d+)D)?(?:T(?P<time>(?:\d+H)?(?:\d+M)?(?:{NUMBER}S)?))?")
"""Of ISO 8601, without years and months."""
MINUS, DIGITS = "-\u2212", 9
"""Signs before a negative amount; decimals that are kept."""
LONGEST = 40
"""Signs of a cell."""
GROUPED = {".": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ",": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")}
"""Numbers with thousands apart, by the sign before decimals."""


def number_of(text: str, decimal: str) -> float:
    """Raises ValueError where it can't be read with this sign before decimals."""
    group = "," if decimal == "." else "."
    if group in text and not GROUPED[decimal].fullmatch(text):
        raise ValueError(text)
    return float(text.replace(group, "").replace(",", "."))


def parts_of(text: str, decimal: str = ".") -> list[tuple[float, str]]:
    """The numbers of an amount, each with its unit; 0 needs none. Raises ValueError for what is no such thing."""
    if text == "0":
        return []
    if found := DURATION.fullmatch(text):
        text = (f"{found['days']}d" if found["days"] else "") + (found["time"] or "").lower()
    parts: list[tuple[float, str]] = []
    place = 0
    while place < len(text):
        found = PART.match(text, place)
        unit = found["unit"] if found else None
        if found and not unit and parts and len(found["number"]) < 3:
            unit = UNMARKED.get(parts[-1][1])
        if not (found and unit):
            raise ValueError(text)
        parts.append((number_of(found["number"], decimal), unit.removesuffix(".")))
        place = found.end()
    if not parts:
        raise ValueError(text)
    return parts


def scale_of(unit: str, sort: str) -> float:
    """Raises ValueError for a unit of another sort; words may be written in capitals, letters that stand for several
    units not."""
    found = SORTS[sort].get(unit) or (SORTS[sort].get(unit.lower()) if len(unit) > 1 else None)
    if found is None:
        raise ValueError(unit)
    return found


def measured(text: str, sort: str, decimal: str = ".") -> tuple[float, dict[str, float]]:
    """An amount in the unit of its sort, and what its units are. Raises ValueError where a part isn't smaller than a
    whole one of the unit before it."""
    total, last, units = 0.0, float("inf"), dict[str, float]()
    for number, unit in parts_of(text, decimal):
        units[unit] = scale = scale_of(unit, sort)
        if scale >= last or number * scale >= last:
            raise ValueError(text)
        total, last = total + number * scale, scale
    return total, units


def without_currency(text: str) -> tuple[str, str]:
    found = BEFORE.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


@dataclass(frozen=True)
class MeasureForm(SpelledNumbers):
    """Amounts in several units of one sort.

    sort:     of units, of ``SORTS``
    unit:     the smallest of the column, in which amounts are read
    currency: before all of them
    decimal:  the sign before decimals
    words:    what says that there is none
    """

    sort: str = "time"
    unit: str = "s"
    example: str = ""
    currency: str = ""
    decimal: str = "."
    words: tuple[str, ...] = ()

    def value(self, text: str) -> float:
        """In the unit of the column. Raises ValueError."""
        currency, bare = without_currency(text.lstrip(MINUS))
        if currency != self.currency:
            raise ValueError(text)
        total, _ = measured(bare, self.sort, self.decimal)
        return round((-total if text[0] in MINUS else total) / scale_of(self.unit, self.sort), DIGITS)

    def describe(self) -> str:
        """For people."""
        unit = CALLED.get((self.sort, self.unit), self.unit)
        return f"amounts in several units ({self.example}), read in {f'{self.currency} {unit}'.lstrip()}"


class MeasureLook:
    """What is noticed of the texts of a column that may be amounts in several units, some at a time.

    units: of each sort and sign before decimals that all so far fit, what the units are that they have
    open:  one whose comma may stand before decimals or between thousands
    """

    def __init__(self, name: str) -> None:
        self.name_words = {*name_words(name)}
        self.units: dict[tuple[str, str], dict[str, float]] = {
            (sort, decimal): {} for sort in SORTS for decimal in ".,"
        }
        self.currency: str = ""
        self.example: str = ""
        self.open: str = ""
        self.words: dict[str, None] = {}
        self.durations = False

    @property
    def fits(self) -> bool:
        return bool(self.units)

    def look(self, texts: Iterable[str]) -> None:
        for text in filled(texts, self.words) if self.fits else ():
            currency, bare = without_currency(text.lstrip(MINUS))
            alike = len(text) <= LONGEST and (not self.example or currency == self.currency)
            self.units = {way: own for way, own in self.units.items() if alike and self._measures(bare, *way, own)}
            if not self.fits:
                return
            self.example, self.currency = max(self.example, text, key=len), currency
            self.durations = self.durations or DURATION.fullmatch(bare) is not None
            if re.search(r"(?<![,.\d])\d+,\d{3}(?![,.\d])", bare):
                self.open = self.open or text
            if currency:
                self.units = {way: own for way, own in self.units.items() if way[0] == MONEY}

    @staticmethod
    def _measures(text: str, sort: str, decimal: str, units: dict[str, float]) -> bool:
        try:
            units |= measured(text, sort, decimal)[1]
        except ValueError:
            return False
        return True

    def form(self, decimal: str | None = None) -> MeasureForm | str | None:
        """How they are written; an example where ``decimal``, the sign before decimals, has to be said. Amounts in one
        unit alone, always written alike, are numbers; but for durations of ISO 8601."""
        sort = self._sort()
        if not sort or not self.example:
            return None
        signs = [sign for of, sign in self.units if of == sort]
        if self.open and len(signs) > 1 and decimal not in signs:
            return self.open
        sign = decimal if decimal in signs else signs[0]
        units = self.units[sort, sign]
        if len(units) < 2 and not self.durations:
            return None
        smallest = min(units, key=lambda unit: units[unit])
        return MeasureForm(sort, smallest, self.example, self.currency, sign, tuple(self.words))

    def _sort(self) -> str:
        """That of the units; of those that fit, what the column is called by; "" where that is left open."""
        units = {sort: own for (sort, _), own in self.units.items()}
        if {"time", "age"} <= units.keys() and units["time"] != units["age"]:
            return "age" if self.name_words & AGES else ""
        if {"length", "pace"} <= units.keys() and self.name_words & PACE_WORDS:
            return "pace"
        return next(iter(units), "")


# -- marks ------------------------------------------------------------------------------------

MARKS = re.compile(r"(?P<number>\d+(?:[.,]\d{1,2})?) ?(?:/|out of|of) ?(?P<most>[1-9]\d*)(?: [^\W\d_]+)?")
FEWEST, FIFTHS = 3, 5
"""Different marks that show what they are. Marks are out of 5, 10, 20 and so on, where the column isn't called so."""
OF_MARKS = frozenset(
    "score scores mark marks grade grades rating ratings points result note nota punkte bewertung stars".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class MarksForm(SpelledNumbers):
    """Marks out of so many, the same in all cells."""

    most: str = "10"
    example: str = ""
    whole: bool = False
    words: tuple[str, ...] = ()

    def value(self, text: str) -> float | int:
        """The mark. Raises ValueError."""
        found = MARKS.fullmatch(text)
        if found is None or found["most"] != self.most:
            raise ValueError(text)
        mark = float(found["number"].replace(",", "."))
        return int(mark) if self.whole else mark

    def describe(self) -> str:
        """For people."""
        return f"marks out of {self.most} ({self.example}), read as numbers"


class MarksLook:
    """What is noticed of the texts of a column that may be marks, some at a time. Bars of music are none (3/4), and no
    month of a year is (01/26)."""

    def __init__(self, name: str) -> None:
        words = {*name_words(name)}
        self.fits, self.named = not words & DAY_NAMES, bool(words & OF_MARKS)
        self.most = self.example = ""
        self.numbers = set[str]()
        self.words: dict[str, None] = {}

    def look(self, texts: Iterable[str]) -> None:
        for text in filled(texts, self.words) if self.fits else ():
            found = MARKS.fullmatch(text) if len(text) <= LONGEST else None
            if not found or has_leading_zero(found["number"]) or found["most"] != (self.most or found["most"]):
                self.fits = False
                return
            self.most, self.example = found["most"], self.example or text
            self.numbers.add(found["number"])

    def form(self) -> MarksForm | None:
        most = int(self.most or 0)
        usual = most and (self.named or most % FIFTHS == 0)
        if not (self.fits and usual) or len(self.numbers) < FEWEST:
            return None
        if any(float(number.replace(",", ".")) > most for number in self.numbers):
            return None
        return MarksForm(self.most, self.example, all(map(str.isdigit, self.numbers)), tuple(self.words))
