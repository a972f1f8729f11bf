# pyright: strict
"""How numbers are written: with a decimal comma or point, thousands apart, a unit, a sign before or after them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase
from typing import Any, ClassVar, NamedTuple

import numpy as np

from elman.data.forms.moments import DIGITS

NO_NUMBER = frozenset(
    """
    NA N/A n/a na NaN nan NAN -nan -NaN NULL Null null None none nil ? - -- --- – — . .. <NA> #N/A #NA #DIV/0! #VALUE!
    #REF! #NUM! #NAME? #NULL! : :c :u :z #NV #N/D #WERT! #BEZUG! #ZAHL! #VALEUR! #VALOR! #SAKNAS! n.a. N.A. k.A. k.a.
    n.v. n/d N/D nd ND NaT missing Missing unavailable unknown Unknown UNKNOWN \\N (null) [NULL] <null> (blank)
    (NA) (n/a)
    .A .B .C .D .E .F .G .H .I .J .K .L .M .N .O .P .Q .R .S .T .U .V .W .X .Y .Z ._
    """.split()  # noqa: SIM905
) | {
    *("Bad", "Bad Input", "No Data", "I/O Timeout", "Calc Failed", "Pt Created", ". .", "'-", "'--"),
    *("Not Available", "Not available", "not available", "Not Applicable", "Not applicable", "not applicable"),
    *("No data", "no data", "Not Reported", "Not reported", "not reported"),
    *(f"({letter})" for letter in ascii_uppercase),
}
"""What says that there is no number, in a column of numbers; anywhere else these are words like others."""
SPACES = "\u0020\u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019"
MINUS = "\\-\u2212\u2013"
CURRENCIES = (
    r"(?:US|AU|CA|NZ|HK|NT|MX|A|C|R|S)?\$|[€£¥￥₹₽₩₺₪₫฿₴₦₱₡₵¢]|Rs\.?|zł|Kč|kr\.?|Fr\.|"
    r"Rp\.?|S/\.?|(?:AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|MXN|MYR|"
    "NOK|NZD|PEN|PHP|PLN|RON|RSD|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR)"
)
UNITS = frozenset(
    """
    % ‰ ° °C °F K C F kg g mg µg μg t km m cm mm nm µm μm ft in mi l L dl ml mL m² m³ km² ha s sec ms µs μs ns min h hr
    hrs Hz kHz MHz GHz W kW MW GW Wh kWh MWh GWh V mV kV A mA Pa hPa kPa bar mbar psi mmHg N J kJ kcal cal lb lbs oz mph
    kn km/h m/s dB dBm ppm ppb bpm rpm px pt pp bp x B kB KB MB GB TB KiB MiB GiB M k Mio Mrd mol ℃ ℉ ㎡ ㎏ ㎞
    """.split()  # noqa: SIM905
)
"""Units that may follow a number without a blank."""
COUNTERS = re.compile("(?![年月日時时点點分秒号號년월일시분초])[\u3400-\u9fff\uac00-\ud7a3]{1,3}")
"""The same in Chinese, Japanese and Korean, which count people, things and money by words of their own; years, hours
and numbers of houses aside."""
FLAGS = frozenset("< > ≤ ≥ ~ ≈ * ** # † ‡ ^ b c d e f i n p r s u z be bp bu ep eu pu".split())  # noqa: SIM905
"""What some numbers of a column have before or behind them, to say how they came about: below a limit, about so many,
estimated, provisional, a break in the series; letters stand behind a blank."""
POWERS = {"": 0, "K": 3, "k": 3, "M": 6, "B": 9}
"""Of ten, that letters behind numbers stand for, where these are written short: 950, 1.2K, 3.4M."""
SHORT = "K, M, B"
"""The unit of such a column."""
TIMES_OF_DAY = frozenset({"am", "pm", "a.m.", "p.m.", "uhr"})
"""Words after a number that make a time of it."""
SPACED = (" ", "'", "_")
FEW = 20
"""Of fewer numbers such as 1.234, whole numbers beside them don't say that the point stands between thousands."""
FIGURES = 18
"""A whole number of more figures is taken as other numbers are."""
MOSTLY = 0.9
"""Of the numbers of a column, those that are written alike, where others are taken for mistakes."""
LONGEST = 60
"""A number isn't longer than this, with what stands around it."""

CELL = re.compile(
    rf"""
    (?P<limit>[<>≤≥~≈])? \s* (?P<open>\()? \s* (?P<sign>[+{MINUS}])? [{SPACES}]*
    (?P<before>{CURRENCIES})? [{SPACES}]* (?P<inner>[+{MINUS}])? (?P<inside>\()?
    (?P<body>[0-9](?:[0-9.,_{SPACES}{APOSTROPHES}]*[0-9])?\.?|[.,][0-9]+)
    (?P<power>[eE][+-]?[0-9]{{1,3}}|[dD][+-][0-9]{{2,3}})?
    (?P<last>[{MINUS}])?
    (?P<blank>[{SPACES}]*) (?P<after>[^\s\d.,()'{APOSTROPHES}{MINUS}+_][^\d()]{{0,19}}(?<!\s))? \s* (?P<close>\))?
    """,
    re.VERBOSE,
)
DASH = f"[{MINUS}\u2014]"
NOTHING_OWED = re.compile(rf"({CURRENCIES})[{SPACES}]*{DASH}+|{DASH}+[{SPACES}]*({CURRENCIES})")
"""How accounts write 0: ``$ -``."""
POINTED_MONEY = re.compile("(?:US|AU|NZ|HK|NT|S)?\\$|[£¥₩₹]")
"""Money of countries where a point stands before decimals, and that has two of them or none, so that a comma before
three figures stands between thousands; the same goes for what is counted in East Asia."""
NO_CENTS = re.compile(rf"(?<=[0-9])[.,]{DASH}{{1,2}}(?![0-9])")
"""What stands in place of decimals that are 0: ``12.--``."""
NARROW = str.maketrans(
    {sign: str(int(sign)) for sign in DIGITS} | dict(zip("．，＋－％￥＄（）　٫٬", ".,+-%¥$() .,", strict=True))
)
"""Figures and signs of other widths and scripts, as CELL knows them."""
LEADING_ZERO = re.compile("0[ '_]?0")
"""Such as 007: no amount begins so."""
ONE_SORT = str.maketrans(dict.fromkeys("123456789", "0") | dict.fromkeys(SPACES, " ") | dict.fromkeys(APOSTROPHES, "'"))


LINE_END = "\n"


class Reading(NamedTuple):
    """One way to read the figures of a number.

    decimal:  the sign before its decimals
    group:    the sign between its thousands; "" where none stands there
    decimals: whether it has any
    loose:    four figures or more stand together before the decimals
    """

    decimal: str
    group: str
    decimals: bool
    loose: bool


class Shape(NamedTuple):
    """What can be seen of a number when all of its figures are 0.

    figures: how many
    signed:  it begins with a plus
    """

    unit: str
    ways: tuple[Reading, ...]
    power: bool
    figures: int
    signed: bool

    @property
    def is_whole(self) -> bool:
        """However it is read."""
        return not (self.power or any(way.decimals for way in self.ways))

    @property
    def lone(self) -> bool:
        """Such as 1.234 or 12,345: the sign may stand before decimals, or between thousands."""
        return len(self.ways) == 2 and self.ways[0].group != self.ways[1].group


@lru_cache(maxsize=50_000)
def shape_of(text: str) -> Shape | None:
    """Of a text whose figures are all 0, its blanks and apostrophes of one sort; None where it is no number."""
    found = CELL.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or not signs_fit(found) or (unit := unit_of(found)) is None:
        return None
    body = found["body"]
    ways = tuple(way for decimal in ".," if (way := reading(body, decimal)))
    return Shape(unit, ways, bool(found["power"]), body.count("0"), text[0] == "+") if ways else None


def reading(body: str, decimal: str) -> Reading | None:
    """The figures with this decimal sign; None where they can't be read so."""
    whole, _, decimals = body.rpartition(decimal) if decimal in body else (body, "", "")
    groups = {sign for sign in whole if sign != "0"}
    if len(groups) > 1 or decimal in groups or any(sign != "0" for sign in decimals):
        return None
    group = next(iter(groups), "")
    if group and not in_thousands(whole, group):
        return None
    return Reading(decimal, group, decimal in body, not group and len(whole) > 3)


def in_thousands(whole: str, group: str) -> bool:
    """``1,234,567``; with commas also as in India, ``12,34,567``."""
    first, *rest = map(len, whole.split(group))
    indian = group == "," and first <= 2 and rest[:-1] == [2] * (len(rest) - 1)
    return 1 <= first <= 3 and rest[-1] == 3 and (rest == [3] * len(rest) or indian)


def filled(texts: Iterable[str], words: dict[str, None]) -> Iterator[str]:
    """Texts without blanks around them; those that say that there is none go into ``words``."""
    for text in map(str.strip, texts):
        if text and text not in NO_NUMBER:
            yield text
        elif text:
            words[text] = None


class SpelledNumbers:
    """A form whose cells are read as numbers one by one, and whose numbers stay what they are."""

    reads: ClassVar[type | tuple[type, ...]] = str

    def value(self, text: str) -> float | int:
        """The number that a cell without blanks around it spells. Raises ValueError."""
        raise NotImplementedError

    def read(self, text: str) -> float | int | None:
        """The number that a cell spells; None where it says that there is none. Raises ValueError."""
        text = text.strip()
        return None if not text or text in NO_NUMBER else self.value(text)

    def reader(self) -> Callable[[str], float | int | None]:
        return self.read

    def write(self, number: Any) -> Any:
        """As it is read."""
        return number


def spelled(text: str) -> str:
    """A text in the signs of ``CELL``, if it is a number."""
    text = text.strip() if text.isascii() else text.translate(NARROW).strip()
    if "-" in text or not text.isascii():
        text = NO_CENTS.sub("", text)
        if owed := NOTHING_OWED.fullmatch(text):
            return f"{owed[1] or owed[2]}0"
    return text


def signs_fit(found: re.Match[str]) -> bool:
    """One sign at most, or brackets around it."""
    signs = sum(bool(found[name]) for name in ("sign", "inner", "last"))
    opened = bool(found["open"]) + bool(found["inside"])
    return opened == bool(found["close"]) and signs + opened <= 1


def is_negative(found: re.Match[str]) -> bool:
    return bool(found["open"] or found["inside"]) or any(
        (found[name] or "+") != "+" for name in ("sign", "inner", "last")
    )


def unit_of(found: re.Match[str]) -> str | None:
    """What stands before or after the figures; None where that is no unit."""
    before, after = found["before"] or "", found["after"] or ""
    if limit := found["limit"]:
        return None if before or after else limit
    if before and after:
        return before + after if after in POWERS else None
    if (
        not after
        or after in UNITS
        or COUNTERS.fullmatch(after)
        or (after in FLAGS and not after.isalpha())
        or re.fullmatch(CURRENCIES, after)
    ):
        return before or after
    if after.lower() in TIMES_OF_DAY or not found["blank"] or len(after.split()) > 2:
        return None
    return after


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of a column are written.

    decimal: "." or ","
    group:   what stands between thousands: ",", ".", " ", "'", "_", or "" for nothing
    unit:    what stands before or after each: "$", "kg", "%", or "" for nothing; with ``SHORT`` of thousands
    whole:   all are whole, and stay so
    words:   what says that there is no number, beside an empty cell
    flags:   what stands behind some of them, of ``FLAGS``
    """

    decimal: str = "."
    group: str = ""
    unit: str = ""
    whole: bool = False
    words: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> int | float | None:
        """The number that a cell spells; None where it says that there is none. Raises ValueError for anything else."""
        text = spelled(text)
        if not text or text in NO_NUMBER:
            return None
        shape = shape_of(text.translate(ONE_SORT))
        found = CELL.fullmatch(text) if shape else None
        way = next((way for way in shape.ways if way.decimal == self.decimal), None) if shape else None
        if not (shape and found and way) or way.group not in ("", self.group) or has_leading_zero(found["body"]):
            raise ValueError(text)
        figures = re.sub(r"[^0-9.,]", "", found["body"])
        short, (before, power) = self.unit.endswith(SHORT), in_short(shape.unit)
        known = before + SHORT == self.unit if short else shape.unit in (self.unit, *self.flags)
        if not known and not (shape.unit == "" and not figures.strip("0.,")):
            raise ValueError(text)
        figures = figures.replace(self.group, "") if self.group in (".", ",") else figures
        power_of_ten = f"e{POWERS[power]}" if short else (found["power"] or "").lower().replace("d", "e")
        number = "-" * is_negative(found) + figures.replace(",", ".") + power_of_ten
        value = int(number) if self.whole else float(number)
        if not math.isfinite(value):
            raise ValueError(text)
        return value

    def read_all(self, cells: Sequence[Any]) -> list[Any]:
        """The cells of a column, texts read; many at once where all are numbers as programs write them."""
        read, kind = self.reader(), int if self.whole else float
        plain = (self.decimal, self.group, self.unit) == (".", "", "")
        found: list[Any] = []
        for start in range(0, len(cells), TOGETHER):
            some = cells[start : start + TOGETHER]
            if plain and set(map(type, some)) == {str} and are_plain(LINE_END.join(some), self.whole):
                found.extend(map(kind, some))
            else:
                found.extend(read(cell) if isinstance(cell, str) else cell for cell in some)
        return found

    def reader(self) -> Callable[[str], int | float | None]:
        """``read``, the faster for numbers as programs write them."""
        kind = int if self.whole else float
        if self.unit or self.group:
            return self.read
        if self.decimal == ",":
            return lambda text: float(text.replace(",", ".", 1)) if COMMA.fullmatch(text) else self.read(text)
        fits = (WHOLE if self.whole else POINTED).fullmatch
        return lambda text: kind(text) if fits(text) else self.read(text)

    def write(self, number: Any) -> Any:
        """A number that counts steps is written plainly."""
        return number

    def describe(self) -> str:
        """What is unusual about it, for people; "" for nothing."""
        between = {",": "commas", ".": "points", " ": "blanks", "'": "apostrophes", "_": "underscores"}
        said = ["a decimal comma"] * (self.decimal == "," and not self.whole)
        said += [f"{between[self.group]} between thousands"] if self.group else []
        unit = self.unit.removesuffix(SHORT)
        said += ["K, M and B for thousands, millions and billions"] * self.unit.endswith(SHORT)
        how = f"{f' in {unit}' if unit else ''}{' with ' + ' and '.join(said) if said else ''}"
        missing = f", {', '.join(map(repr, self.words))} for missing ones" if self.words else ""
        flags = f", flags beside them ({', '.join(self.flags)}) left out" if self.flags else ""
        return f"numbers{how}{missing}{flags}" if how or missing or flags else ""


WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})")
PLAIN = re.compile(r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
COMMA = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,30})(?:,[0-9]+)?")
POINTED = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]*)?")
ALL = {kind: re.compile(rf"(?:{one.pattern}\n)*+") for kind, one in ((int, WHOLE), (float, POINTED))}
"""Lines that each hold such a number."""
TOGETHER = 1_000
"""Cells that are read at once."""
USUAL_LENGTH, WHOLE_LENGTH = 31, 18
"""Characters of a number and of a whole one, up to which nobody needs to count the figures."""


def are_plain(lines: str, whole: bool) -> bool:
    """Whether each line is a number as programs write them."""
    return (lines.isascii() and are_plainly(lines, whole)) or bool(
        ALL[int if whole else float].fullmatch(lines + LINE_END)
    )


def are_plainly(lines: str, whole: bool) -> bool:
    """``are_plain``, where figures, points and minus signs at the usual places settle it for all lines at once."""
    text = f"{LINE_END}{lines}{LINE_END}".encode()
    if text.translate(None, b"0123456789-\n" if whole else b"0123456789-.\n"):
        return False
    signs = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(signs == ord(LINE_END))
    starts, lengths = ends[:-1] + 1, np.diff(ends) - 1
    negative = signs[starts] == ord("-")
    starts, lengths = starts + negative, lengths - negative
    points = np.flatnonzero(signs == ord("."))
    if lengths.min() < 1 or lengths.max() > (WHOLE_LENGTH if whole else USUAL_LENGTH):
        return False
    if negative.sum() != text.count(b"-") or (signs[starts] == ord(".")).any():
        return False
    zeros = (signs[starts] == ord("0")) & (lengths > 1)
    if (zeros & (signs[starts + 1] != ord("."))).any():  # no amount begins with 0 before another figure
        return False
    return not len(points) or bool((np.diff(np.searchsorted(ends, points)) > 0).all())  # one in a line


def is_finite_number(text: str) -> bool:
    """Of a text as programs write numbers."""
    return bool(PLAIN.fullmatch(text)) and math.isfinite(float(text))


def has_leading_zero(body: str) -> bool:
    """Such as 007, which is no amount."""
    return len(body) > 1 and body[0] == "0" and body[1] not in ".,"


class NumberLook:
    """What is noticed of the texts of a column that may be numbers, some at a time.

    numbers: how many of them are
    others:  those that aren't
    differ:  not all of them are the same
    codes:   some have leading zeros, so that they are no amounts
    small:   some are whole, above 0 and below 1000
    lone:    of each sign, how many can be read both ways, and the first of them
    """

    def __init__(self) -> None:
        self.numbers = 0
        self.small = False
        self.others: list[str] = []
        self.words: dict[str, None] = {}
        self.codes = False
        self.shapes: Counter[Shape] = Counter()
        self.zeros = False  # some begin with 0 before the decimal sign, as no grouped number does
        self.flagged = 0  # have one of FLAGS behind them
        self.lone = {".": 0, ",": 0}
        self.examples = {".": "", ",": ""}
        self.apart = False  # a blank stands before what is behind some
        self.addresses = True  # all are four numbers below 256 with points between them
        self.first, self.differ = "", False  # one of them, and whether any is another

    def look(self, texts: Iterable[str]) -> None:
        """Each of them once; those that are alike but for their figures are judged together."""
        alike: dict[str, list[str]] = {}
        plain = list(map(spelled, texts))
        for key, text in zip(with_zeros(plain), plain, strict=True):
            alike.setdefault(key, []).append(text)
        for key, own in alike.items():
            if (shape := shape_of(key)) is not None:
                self._look_at(shape, key, own)
            elif key:
                self.words.update((text, None) for text in own if text in NO_NUMBER)
                self.others += [text for text in own if text not in NO_NUMBER]

    def _look_at(self, shape: Shape, key: str, texts: list[str]) -> None:
        """Numbers that are all written as ``key``, with other figures in place of its zeros."""
        self.first = self.first or texts[0]
        self.differ = self.differ or any(text != self.first for text in texts)
        first = len(key) - len(key.lstrip("+-($ "))
        if leading := [text for text in texts if text[first] == "0"]:
            if LEADING_ZERO.match(key, first):
                self.codes = True
                self.others += leading
            elif key[first:] == "0" and not shape.unit:  # which needs no unit
                self.numbers += len(leading)
            else:
                self.zeros = self.zeros or shape.lone
                leading = []
            texts = [text for text in texts if text[first] != "0"] if leading else texts
        if not texts:
            return
        self.numbers += len(texts)
        self.flagged += len(texts) * (shape.unit in FLAGS)
        if shape.is_whole and not shape.ways[0].group:
            self.small = self.small or shape.figures <= 3
        elif shape.lone:
            sign = "," if "," in key else "."
            self.lone[sign] += len(texts)
            self.examples[sign] = self.examples[sign] or texts[0]
        self.addresses = self.addresses and key.count(".") == 3 and all(map(is_address, texts))
        self.apart = self.apart or (shape.unit[-1:] in POWERS and " " in key.rstrip(shape.unit)[-1:])
        self.shapes[shape] += len(texts)

    @property
    def units(self) -> set[str]:
        """What stands behind numbers; "" for nothing."""
        return {shape.unit for shape in self.shapes}

    @property
    def flags(self) -> set[str]:
        """What stands behind numbers, though it is no unit: behind fewer than half of them, or one thing or another.
        What every cell has, as numbers of seats do, is a part of it."""
        units = self.units
        few = 2 * self.flagged < self.numbers
        several = len(units - {""}) > 1 and units <= (FLAGS - UNITS) | {""}
        return units & FLAGS if "" in units and (few or several) else set()

    def styles(self, decimal: str) -> set[Reading] | None:
        """How all are read with this decimal sign; None where some can't be, or thousands aren't apart alike."""
        found = {next((way for way in shape.ways if way.decimal == decimal), None) for shape in self.shapes}
        styles = {style for style in found if style is not None}
        grouped = {style.group for style in styles if style.group}
        thousands_begin_with_0 = self.zeros and bool(grouped & {".", ","})
        return None if None in found or len(grouped) > 1 or thousands_begin_with_0 else styles

    @property
    def shown_decimal(self) -> str | None:
        """The decimal sign that the column shows by itself; None where its numbers have no need of one."""
        fitting = [sign for sign in ".," if self.styles(sign) is not None]
        return fitting[0] if len(fitting) == 1 and not self.are_no_amounts else None

    @property
    def are_no_amounts(self) -> bool:
        """Codes, network addresses or telephone numbers; or nothing at all."""
        return self.codes or not self.numbers or bool(self.shapes and (self.addresses or self._are_telephones()))

    def _are_telephones(self) -> bool:
        """All are long and have a plus, or are long, of one length, and in groups."""
        lengths = {shape.figures for shape in self.shapes}
        signed = all(shape.signed for shape in self.shapes)
        grouped = all(shape.is_whole and not shape.unit and shape.ways[0].group in SPACED for shape in self.shapes)
        return (signed and min(lengths) >= 8) or (grouped and len(lengths) == 1 and min(lengths) >= 9)


def with_zeros(texts: Sequence[str]) -> list[str]:
    """Texts with 0 for each figure, their blanks and apostrophes of one sort; many at once, if none is of two lines."""
    found = LINE_END.join(texts).translate(ONE_SORT).split(LINE_END) if texts else []
    return found if len(found) == len(texts) else [text.translate(ONE_SORT) for text in texts]


def is_address(text: str) -> bool:
    return all(part.isdigit() and int(part) < 256 for part in text.split("."))


def form_of(
    look: NumberLook, said: str | None = None, likely: str | None = None, beside: Collection[str] = ()
) -> NumberForm | str | None:
    """How the numbers of a column are written; an example of them where that is left open; None where they are none.
    Of amounts with decimals, few of which are written in another way than nearly all (``21.5C`` or ``12,50`` among
    ``21.5``), how these are: the others are strays.

    said:   the decimal sign, as the caller says
    likely: the decimal sign of other columns
    beside: flags that other columns have
    """
    form = form_of_all(look, said, likely, beside)
    return form if form is not None or look.are_no_amounts else form_of_all(of_most(look), said, likely, beside)


def of_most(look: NumberLook) -> NumberLook:
    """What was noticed of those numbers that nearly all are like, if these have decimals; else of all."""
    units: Counter[str] = Counter()
    for shape, count in look.shapes.items():
        units[shape.unit] += count
    (unit, _), *_ = units.most_common(1) or [("", 0)]
    same = Counter({shape: count for shape, count in look.shapes.items() if shape.unit == unit})
    read = {
        sign: Counter({shape: count for shape, count in same.items() if any(way.decimal == sign for way in shape.ways)})
        for sign in ".,"
    }
    most = copy(look)
    most.shapes = max(read.values(), key=Counter[Shape].total)
    decimals = sum(count for shape, count in most.shapes.items() if not (shape.is_whole or shape.lone))
    total = look.shapes.total()
    return most if total >= FEW / 4 and total - decimals <= max(1, (1 - MOSTLY) * total) else look


def form_of_all(
    look: NumberLook, said: str | None, likely: str | None, beside: Collection[str]
) -> NumberForm | str | None:
    """``form_of``, of numbers that are all written alike."""
    units = look.units
    flags = tuple(sorted(look.flags or (units.intersection(FLAGS, beside))))
    units -= {*flags}
    if (before := before_short(look)) is not None:
        flags, units = (), {before + SHORT}
    if not look.numbers or look.are_no_amounts or len(units) > 1:
        return None
    fitting = {sign: styles for sign in ".," if (styles := look.styles(sign)) is not None}
    if not fitting:
        return None
    sign = next(iter(fitting)) if len(fitting) == 1 else decimal_of(look, fitting, said, likely)
    if sign is None:
        return look.examples[","] or look.examples["."]
    group = next((style.group for style in fitting[sign] if style.group), "")
    whole = not any(style.decimals for style in fitting[sign])
    unit = next(iter(units), "")
    whole = whole and not unit.endswith(SHORT)
    whole = whole and all(shape.figures <= FIGURES and not shape.power for shape in look.shapes)
    return NumberForm(sign, group, unit, whole, tuple(look.words), flags)


def in_short(unit: str) -> tuple[str, str]:
    """What stands before a number, and the letter behind it, of a number that may be written short."""
    written = unit and unit[-1] in POWERS and not re.fullmatch(CURRENCIES, unit)
    return (unit[:-1], unit[-1]) if written else (unit, "")


def before_short(look: NumberLook) -> str | None:
    """The currency, or nothing, before numbers right behind which letters stand for thousands, millions and billions;
    None where that isn't so. Without a currency some have decimals, unlike house numbers (12, 12B), and letters are
    two, or K: one alone behind a few may be a remark."""
    units = {in_short(unit) for unit in look.units}
    befores, letters = {before for before, _ in units}, {letter.upper() for _, letter in units} - {""}
    if look.apart or len(units) < 2 or len(befores) > 1 or not letters:
        return None
    (before,) = befores
    if before:
        return before if re.fullmatch(CURRENCIES, before) else None
    decimals = any(not (shape.is_whole or shape.lone or shape.power) for shape in look.shapes)
    return "" if decimals and (len(letters) > 1 or letters == {"K"}) else None


def decimal_of(look: NumberLook, fitting: dict[str, set[Reading]], said: str | None, likely: str | None) -> str | None:
    """The decimal sign, where both are possible; None where nothing tells which."""
    lone = [sign for sign, count in look.lone.items() if count]
    if not lone or said:
        return said or "."
    if len(lone) == 2:  # some 1.234 and some 1,234
        return likely
    if lone == [","] and all(POINTED_MONEY.fullmatch(unit) or COUNTERS.fullmatch(unit) for unit in look.units):
        return "."
    sign, other = lone[0], "," if lone[0] == "." else "."
    if any(style.loose for style in fitting[other]):  # 12345 beside 1,234: thousands aren't kept apart
        return sign
    if look.small and (sign == "," or look.lone[sign] >= FEW):  # 940 beside 1,234: decimals would show there too
        return other
    return likely or ("." if sign == "." else None)
