# pyright: strict
"""How dates and times are written: day, month or year first, months in words, clocks of 12 hours, offsets, quarters."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from elman.data.forms.numbers import NO_NUMBER
from elman.kinds.times import iso_time

Order = Literal["day-first", "month-first", "year-first"]
ORDERS: tuple[Order, ...] = ("day-first", "month-first", "year-first")
YEARS = range(1500, 2500)
"""Years that a date may be in."""
CENTURY = 69
"""Years of two figures from this on are of the 1900s, as POSIX has it."""

MONTH_WORDS = """
    jan january januar janvier enero gennaio janeiro januari ene gen janv
    feb february februar février fevrier febrero febbraio fevereiro februari fev fév févr fevr
    mar march märz maerz mars marzo março marco maart mär mrz mrt maa
    apr april avril abril aprile avr abr
    may mai mayo maggio maio mei mag maj
    jun june juni juin junio giugno junho giu
    jul july juli juillet julio luglio julho juil lug
    aug august août aout agosto augustus augusti ago aoû
    sep september sept septembre septiembre settembre setembro set
    oct october oktober octobre octubre ottobre outubro okt ott out
    nov november novembre noviembre novembro
    dec december dezember décembre decembre diciembre dicembre dezembro dez déc dic
"""
"""A line for each month: its names in English, German, French, Spanish, Italian, Portuguese, Dutch and Swedish."""
MONTHS = {word: number for number, line in enumerate(MONTH_WORDS.strip().splitlines(), 1) for word in line.split()}
WEEKDAYS = frozenset(
    """
    mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
    mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag
    lun lundi lunes lunedì mardi mar martes martedì mer mercredi mié miércoles mercoledì jeu jeudi jue jueves gio
    giovedì ven vendredi vie viernes venerdì sam samedi sáb sábado sab sabato dim dimanche dom domingo domenica
    segunda terça quarta quinta sexta maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    måndag tisdag onsdag torsdag fredag lördag söndag
    """.split()  # noqa: SIM905
)
ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "IST": 5.5,
    "JST": 9,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
"""Hours before Greenwich."""

YEAR, SHORT, MONTH, DAY = r"(?P<year>\d{4})", r"(?P<year>\d{4}|'?\d\d)", r"(?P<month>\d\d?)", r"(?P<day>\d\d?)"
WORD = r"(?P<word>[^\W\d_]{3,12})\.?"
TH = r"(?:st|nd|rd|th|er|\.|º|ª)?"
DATES = (
    rf"{YEAR}(?P<sep>[-/.])(?:{MONTH}|{WORD})(?P=sep){DAY}",
    r"(?P<a>\d\d?)(?P<sep>[-/]|\. ?| )(?P<b>\d\d?)(?P=sep)(?P<c>\d{4})\.?",
    r"(?P<a>\d\d?)(?P<sep>[-/])(?P<b>\d\d?)(?P=sep)(?P<c>\d\d)",
    r"(?P<a>\d\d)\.(?P<b>\d\d)\.(?P<c>\d\d)",
    rf"{DAY}{TH}[-/ ,]*(?:de |of |d')?{WORD}[-/ ,]*(?:de |del )?{SHORT}",
    rf"{WORD}[- /]*{DAY}{TH},?[-/ ]+{YEAR}",
    rf"{YEAR} ?[年년] ?{MONTH} ?[月월](?: ?{DAY} ?[日일])?",
    rf"{YEAR}[-/]{MONTH}",
    rf"{YEAR}-?M{MONTH}",
    rf"{MONTH}[-/.]{YEAR}",
    rf"{WORD}[- /,]*{YEAR}",
    rf"{WORD}(?:-| ?['\u2019])(?P<year>\d\d)",
    rf"{YEAR}[- ]?{WORD}(?:[- ]{DAY})?",
    rf"{YEAR}[- :/]?[QqTt](?P<quarter>\d)",
    rf"[QqTt](?P<quarter>\d)[-/ :']*{SHORT}",
    rf"(?P<quarter>\d)[Qq][-/ ']*{SHORT}",
    rf"{YEAR}-?[Ww](?P<week>\d\d)(?:-?(?P<weekday>\d))?",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
)
CLOCK = (
    r"(?P<hour>\d\d?)(?:"
    r"[:h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?)?"
    r"|\.(?P<minute_>\d\d)(?:\.(?P<second_>\d\d))?"
    r"|(?P<compact>\d\d(?:\d\d)?)"
    r")?(?: ?h| ?Uhr)?(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?"
)
ZONE = r"(?: ?(?P<zone>(?:UTC|GMT)?[+\-\u2212]\d\d(?::?\d\d)?|Z|z|[A-Z]{3,4}))?(?: ?(?:\[[\w/+-]+\]|\([\w ]+\)))?"
JOINED = r"(?:[Tt]| ?, ?| +|:|;|_| - | at | \u00e0 | um )"
CTIME = rf"{WORD} +{DAY} {CLOCK}(?: (?P<zone>[A-Z]{{3,4}}))? {YEAR}"
PATTERNS = [
    *(re.compile(rf"{date}(?:{JOINED}{CLOCK}{ZONE})?") for date in DATES),
    re.compile(CTIME),
    *(re.compile(rf"{CLOCK}(?: |, ){date}") for date in DATES[:7]),
]
LONGEST = 60
"""A date isn't longer than this, with its time."""
TIME_OF_DAY = re.compile(CLOCK)
FIRST_WORD = re.compile(r"([^\W\d_]{2,12})(?:-feira)?\.?,? +(.*)")
ISO = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?")
ALIKE = str.maketrans(dict.fromkeys("123456789", "0"))


def is_iso(text: str) -> bool:
    """Of a text in the form of ISO 8601: whether there is such a time."""
    try:
        iso_time(text)
    except ValueError:
        return False
    return True


ENOUGH = 1000
"""After so many dates, what is like one of them isn't looked at again."""


class Moment(NamedTuple):
    """A date as a cell spells it.

    time:   as it stands there, whatever its offset
    offset: from Greenwich; None where nothing says it
    unit:   to what it is exact: 0 for months, 1 days, 2 minutes, 3 seconds, 3 + n for n decimals of them
    """

    time: datetime.datetime
    offset: datetime.timedelta | None
    unit: int


MONTHLY, DAILY, MINUTES, SECONDS = range(4)


Layout: TypeAlias = dict[str, slice]
"""Where the parts of a date stand in a text."""


@lru_cache(maxsize=50_000)
def layout_of(text: str) -> Layout | None:
    """Of a text whose figures are all 0; None where it isn't written as dates are."""
    if len(text) > LONGEST or "0" not in text:
        return None
    return matched(text, 0) or matched(without_weekday(text), len(text) - len(without_weekday(text)))


def matched(text: str, start: int) -> Layout | None:
    for pattern in PATTERNS:
        found = pattern.fullmatch(text)
        if found and ("word" not in pattern.groupindex or found["word"] is None or found["word"].lower() in MONTHS):
            spans = {part: found.span(part) for part in pattern.groupindex}
            return {part: slice(start + i, start + j) for part, (i, j) in spans.items() if i >= 0}
    return None


def without_weekday(text: str) -> str:
    """``Fri, 31 Dec 2021`` without its first word; the text as it is, where it begins with none."""
    found = FIRST_WORD.fullmatch(text)
    return found[2] if found and found[1].lower() in WEEKDAYS else ""


def moment_in(text: str, layout: Layout, order: Order = "day-first") -> Moment | None:
    """The date that a text spells; None where there is no such day or time."""
    parts = {part: text[place] for part, place in layout.items()}
    try:
        date, unit = date_of(parts, order)
        if "hour" in parts:
            clock, unit = clock_of(parts)
            date += clock
        offset = offset_of(parts["zone"]) if "zone" in parts else None
    except (ValueError, OverflowError, KeyError):
        return None
    return Moment(date, offset, unit) if date.year in YEARS else None


def date_of(parts: Mapping[str, str], order: Order) -> tuple[datetime.datetime, int]:
    """The day, and to what it is exact. Raises ValueError where there is none such."""
    if "a" in parts:
        a, b, c = int(parts["a"]), int(parts["b"]), parts["c"]
        if order == "year-first":
            if len(c) > 2:
                raise ValueError(c)
            return datetime.datetime(year_of(parts["a"]), b, int(c)), DAILY
        day, month = (a, b) if order == "day-first" else (b, a)
        return datetime.datetime(year_of(c), month, day), DAILY
    year = year_of(parts["year"])
    if "quarter" in parts:
        return datetime.datetime(year, 3 * int(parts["quarter"]) - 2, 1), MONTHLY
    if "week" in parts:
        found = datetime.date.fromisocalendar(year, int(parts["week"]), int(parts.get("weekday", 1)))
        return datetime.datetime(found.year, found.month, found.day), DAILY
    month = MONTHS[parts["word"].lower()] if "word" in parts else int(parts["month"])
    return datetime.datetime(year, month, int(parts.get("day", 1))), DAILY if "day" in parts else MONTHLY


def year_of(text: str) -> int:
    text = text.lstrip("'")
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= CENTURY else 2000)


def clock_of(parts: Mapping[str, str]) -> tuple[datetime.timedelta, int]:
    """The time of day, and to what it is exact. Raises ValueError where there is none such."""
    minute, second = parts.get("minute") or parts.get("minute_"), parts.get("second") or parts.get("second_")
    compact, half, fraction = parts.get("compact"), parts.get("half"), parts.get("fraction", "")
    if compact:
        minute, second = compact[:2], compact[2:]
    if len(parts["hour"]) < 2 and (compact or not (minute or half)):
        raise ValueError("an hour alone has two figures")
    hour, minutes, seconds = int(parts["hour"]), int(minute or 0), int(second or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("a clock of 12 hours")
        hour = hour % 12 + 12 * (half in "pP")
    if minutes > 59 or seconds > 59 or hour > 24 or (hour == 24 and (minutes or seconds)):
        raise ValueError("no such time")
    unit = SECONDS + min(len(fraction), 6) if second else MINUTES
    return datetime.timedelta(0, seconds, int(f"{fraction:0<6}"[:6]) if fraction else 0, 0, minutes, hour), unit


def offset_of(zone: str | None) -> datetime.timedelta | None:
    """Raises KeyError for letters that name none."""
    if not zone:
        return None
    zone = zone.upper()
    if zone in ZONES:
        return datetime.timedelta(hours=ZONES[zone])
    figures = re.fullmatch(r"(?:UTC|GMT)?([+\-\u2212])(\d\d):?(\d\d)?", zone)
    if figures is None:
        raise KeyError(zone)
    ahead = datetime.timedelta(hours=int(figures[2]), minutes=int(figures[3] or 0))
    return ahead if figures[1] == "+" else -ahead


def iso(moment: Moment, unit: int, offset: str = "") -> str:
    """A moment as ISO 8601 writes it, so that texts are in the order of time.

    unit, offset: those of all in the column
    """
    time = moment.time
    if offset and moment.offset is not None and (ahead := moment.offset - (offset_of(offset) or ZERO)):
        time -= ahead
    if unit == MONTHLY:
        return f"{time.year:04d}-{time.month:02d}"
    if unit == DAILY:
        return f"{time.year:04d}-{time.month:02d}-{time.day:02d}"
    if unit <= SECONDS:
        return time.isoformat(" ", "minutes" if unit == MINUTES else "seconds") + offset
    return time.isoformat(" ", "microseconds")[: 20 + unit - SECONDS] + offset


ZERO = datetime.timedelta()


@dataclass(frozen=True)
class DateForm:
    """How the dates of a column are written.

    order:   of day, month and year, where all three are numbers and the year isn't of four and first
    unit:    to what the column is exact, as in `Moment`
    offset:  that they are given at; "" where they have none
    instant: theirs differ, so that they are given as they are at Greenwich
    example: one of them, for people
    words:   what says that there is no date, beside an empty cell
    as_it_is: all are written in one form of ISO 8601, this with 0 for each figure; "" where they aren't
    """

    order: Order | Literal[""] = ""
    unit: int = DAILY
    offset: str = ""
    instant: bool = False
    example: str = ""
    words: tuple[str, ...] = ()
    as_it_is: str = ""
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> str | None:
        """The date as ISO 8601 writes it; None for a word that says there is none. Raises ValueError."""
        return self.reader()(text)

    def reader(self) -> Callable[[str], str | None]:
        """``read``, which leaves as they are texts that are in the column's one form of ISO 8601."""
        order, unit, offset, as_it_is = self.order or "day-first", self.unit, self.offset, self.as_it_is

        def read(text: str) -> str | None:
            shape = text.translate(ALIKE)
            if shape == as_it_is and is_iso(text):
                return text
            moment = moment_in(text, layout, order) if (layout := layout_of(shape)) else None
            if moment is not None:
                return iso(moment, max(unit, moment.unit), offset)
            if (stripped := text.strip()) != text:
                return read(stripped)
            if not text or text in NO_NUMBER:
                return None
            raise ValueError(text)

        return read

    def describe(self) -> str:
        """For people; "" where they are written as ISO 8601 has it, or nearly."""
        order = {"day-first": ", day first", "month-first": ", month first", "year-first": ", year first", "": ""}
        instants = "; their offsets differ, so they are taken as they are at Greenwich (UTC)" if self.instant else ""
        missing = f"; {', '.join(map(repr, self.words))} for missing ones" if self.words else ""
        plain = not self.order and ISO.fullmatch(self.example)
        return (
            ""
            if plain and not instants + missing
            else (f"dates{order[self.order]} ({self.example}){instants}{missing}")
        )


class DateLook:
    """What is noticed of the texts of a column that may be dates, some at a time.

    dates:    how many of them are
    others:   those that aren't
    possible: of each order of day, month and year, how many can have it, where that is a question
    open:     those that can have several, in the order in which they come; nothing once the order is plain
    """

    def __init__(self) -> None:
        self.dates = self.ordered = 0
        self.shapes = set[str]()
        self.easy = set[str]()  # shapes of which another text says nothing new, if it is a date at all
        self.others: list[str] = []
        self.words: dict[str, None] = {}
        self.possible: dict[Order, int] = dict.fromkeys(ORDERS, 0)
        self.open: dict[str, None] = {}
        self.offsets: set[datetime.timedelta | None] = set()
        self.unit = MONTHLY
        self.example = ""
        self.dotted = True

    def look(self, texts: Iterable[str]) -> None:
        """Each of them once."""
        for text in texts:
            text = text.strip()
            shape = text.translate(ALIKE)
            if shape in self.easy:
                self.dates += 1
            elif text in NO_NUMBER:
                self.words[text] = None
            elif text and not self._is_date(text, shape):
                self.others.append(text)

    def _is_date(self, text: str, shape: str) -> bool:
        layout = layout_of(shape)
        if layout is None:
            return False
        if "a" in layout:
            read: dict[Order, Moment] = {
                order: moment for order in ORDERS if (moment := moment_in(text, layout, order))
            }
            self._notice_order(text, layout, read)
            moment = next(iter(read.values()), None)
        else:
            moment = moment_in(text, layout)
        if moment is None:
            return False
        self.dates += 1
        self.shapes.add(shape)
        self.example = self.example or text
        self.unit = max(self.unit, moment.unit)
        if moment.unit > DAILY:
            self.offsets.add(moment.offset)
        if self.dates > ENOUGH and "zone" not in layout and ("a" not in layout or len(self.orders) == 1):
            self.easy.add(shape)
        return True

    def _notice_order(self, text: str, layout: Layout, read: Mapping[Order, Moment]) -> None:
        self.ordered += bool(read)
        for order in read:
            self.possible[order] += 1
        self.dotted = self.dotted and ("sep" not in layout or "." in text[layout["sep"]])
        if len(self.orders) > 1:
            self.open[text] = None
        else:
            self.open.clear()
            self.example = text if len(read) == 1 and not self.plain else self.example
            self.plain = True

    plain = False
    """Whether the example shows the order."""

    @property
    def orders(self) -> list[Order]:
        """Those that all can have."""
        return [order for order, count in self.possible.items() if count == self.ordered]

    @property
    def shown_order(self) -> Order | None:
        """The order that the column shows by itself."""
        return self.orders[0] if self.ordered and len(self.orders) == 1 else None

    @property
    def likely_orders(self) -> list[Order]:
        """Of those, the ones in which the year isn't what changes most, where it is of two figures."""
        first, last = (len({re.findall(r"\d+", text)[place] for text in self.open}) for place in (0, 2))
        orders = self.orders
        if "year-first" not in orders or first == last:
            return orders
        return [order for order in orders if (order == "year-first") == (first < last)] or orders


def form_of(look: DateLook, said: str | None = None, likely: str | None = None) -> DateForm | str | None:
    """How the dates of a column are written; an example of them where that is left open; None where they are none.

    said:   the order of day and month, as the caller says
    likely: that of other columns
    """
    offsets = look.offsets - {None}
    if not look.dates or (offsets and None in look.offsets):
        return None
    order = order_of(look, said, likely) if look.ordered else ""
    if order is None:
        return look.example
    instant = len(offsets) > 1
    (offset, *_) = [*offsets, None]
    suffix = "" if offset is None else "Z" if instant or not offset else offset_shown(offset)
    shape = next(iter(look.shapes))
    as_it_is = shape if len(look.shapes) == 1 and ISO.fullmatch(shape) and not instant else ""
    return DateForm(order, look.unit, suffix, instant, look.example, tuple(look.words), as_it_is)


def order_of(look: DateLook, said: str | None, likely: str | None) -> Order | None:
    """The order of day and month; None where nothing tells which."""
    orders = look.likely_orders
    if not orders:  # most say one thing: the others are wrong
        return max(look.possible, key=lambda order: look.possible[order])
    if len(orders) == 1:
        return orders[0]
    if look.dotted and "day-first" in orders and said is None:  # nobody writes month and day with points
        return "day-first"
    return one_of(orders, said) or regular_order(list(look.open), orders) or one_of(orders, likely)


def one_of(orders: Sequence[Order], name: str | None) -> Order | None:
    return orders[orders.index(name)] if name in orders else None  # type: ignore[arg-type]  # it is one of them


def regular_order(texts: Sequence[str], orders: Sequence[Order]) -> Order | None:
    """The one order in which dates are equal steps apart, or else in which they rise or fall as they stand."""
    for fits in (are_regular, are_in_order):
        fitting: list[Order] = [order for order in orders if fits([time_in(text, order) for text in texts])]
        if len(fitting) == 1:
            return fitting[0]
    return None


def time_in(text: str, order: Order) -> datetime.datetime:
    """Of a text that is a date in this order."""
    layout = layout_of(text.translate(ALIKE))
    moment = moment_in(text, layout, order) if layout else None
    assert moment is not None
    return moment.time


def are_regular(times: Sequence[datetime.datetime]) -> bool:
    """Whether they are equal steps apart, of days or of months."""
    ordered = sorted(set(times))
    if len(ordered) < 3:
        return False
    days = {b - a for a, b in pairwise(ordered)}
    months = {12 * (b.year - a.year) + b.month - a.month for a, b in pairwise(ordered)}
    return len(days) == 1 or (len({time.day for time in ordered}) == 1 and len(months) == 1)


def are_in_order(times: Sequence[datetime.datetime]) -> bool:
    return len(times) > 2 and (all(a < b for a, b in pairwise(times)) or all(a > b for a, b in pairwise(times)))


def offset_shown(offset: datetime.timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
