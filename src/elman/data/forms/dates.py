# pyright: strict
"""How the dates of a column are written: day, month or year first, in which offset, to what they are exact."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

from elman.data.forms.moments import (
    ALIKE,
    DAILY,
    FIRST_YEAR,
    ISO,
    MONTHLY,
    ORDERS,
    Layout,
    Moment,
    Order,
    first_year_of,
    is_iso,
    iso,
    layout_of,
    moment_in,
    short_year,
)
from elman.data.forms.numbers import NO_NUMBER
from elman.data.forms.writing import like, without_zeros
from elman.kinds.times import moment

ENOUGH = 1000
"""After so many dates, what is like one of them isn't looked at again."""


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
    first_year: that a year of two figures may be
    bare:    parts that stand without a zero before them where they have one figure
    """

    order: Order | Literal[""] = ""
    unit: int = DAILY
    offset: str = ""
    instant: bool = False
    example: str = ""
    words: tuple[str, ...] = ()
    as_it_is: str = ""
    bare: tuple[str, ...] = ()
    first_year: int = FIRST_YEAR
    reads: ClassVar[type | tuple[type, ...]] = str

    def read(self, text: str) -> str | None:
        """The date as ISO 8601 writes it; None for a word that says there is none. Raises ValueError."""
        return self.reader()(text)

    def reader(self) -> Callable[[str], str | None]:
        """``read``, which leaves as they are texts that are in the column's one form of ISO 8601."""
        order, unit, offset, as_it_is = self.order or "day-first", self.unit, self.offset, self.as_it_is
        first_year = self.first_year

        def read(text: str) -> str | None:
            shape = text.translate(ALIKE)
            if shape == as_it_is and is_iso(text):
                return text
            moment = moment_in(text, layout, order, first_year) if (layout := layout_of(shape)) else None
            if moment is not None:
                return iso(moment, max(unit, moment.unit), offset)
            if (stripped := text.strip()) != text:
                return read(stripped)
            if not text or text in NO_NUMBER:
                return None
            raise ValueError(text)

        return read

    def write(self, text: Any) -> Any:
        """A date in ISO 8601 as the column has them; as it is, where its example doesn't say how."""
        if self.instant or re.fullmatch(ISO, self.example) or not isinstance(text, str):
            return text
        written = like(self.example, moment(text), self.order or "day-first", frozenset(self.bare))
        try:
            return written if written is not None and self.read(written) == text else text
        except ValueError:
            return text

    def describe(self) -> str:
        """For people; "" where they are written as ISO 8601 has it, or nearly."""
        order = {"day-first": ", day first", "month-first": ", month first", "year-first": ", year first", "": ""}
        instants = "; their offsets differ, so they are taken as they are at Greenwich (UTC)" if self.instant else ""
        missing = f"; {', '.join(map(repr, self.words))} for missing ones" if self.words else ""
        years = f"; years of two figures from {self.first_year} on" if self.first_year != FIRST_YEAR else ""
        fiscal = "; fiscal years are taken as those of the calendar" if "FY" in self.example else ""
        plain = not self.order and re.fullmatch(ISO, self.example)
        said = f"dates{order[self.order]} ({self.example}){years}{fiscal}{instants}{missing}"
        return "" if plain and not instants + missing else said


class DateLook:
    """What is noticed of the texts of a column that may be dates, some at a time.

    dates:    how many of them are
    others:   those that aren't
    possible: of each order of day, month and year, how many can have it, where that is a question
    named:    the column is called so that what elsewhere is a number or a version is a date
    short_years: those of two figures, by the order that they are read in
    open:     those that can have several, in the order in which they come; nothing once the order is plain
    """

    def __init__(self, *, named: bool = False) -> None:
        self.named = named
        self.short_years: dict[Order, set[int]] = {order: set() for order in ORDERS}
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
        if layout is None or ("named" in layout and not self.named):
            return False
        if "a" in layout:
            read: dict[Order, Moment] = {
                order: moment for order in ORDERS if (moment := moment_in(text, layout, order))
            }
            if read:
                self._notice_order(text, layout, read)
            moment = next(iter(read.values()), None)
        else:
            moment = moment_in(text, layout)
        if moment is None:
            return False
        self.dates += 1
        self.shapes.add(shape)
        short = False
        for order, years in self.short_years.items():
            if (year := short_year(text, layout, order)) is not None:
                years.add(year)
                short = True
        self.example = self.example or text
        self.unit = max(self.unit, moment.unit)
        if moment.unit > DAILY:
            self.offsets.add(moment.offset)
        if self.dates > ENOUGH and "zone" not in layout and not short and ("a" not in layout or len(self.orders) == 1):
            self.easy.add(shape)
        return True

    def _notice_order(self, text: str, layout: Layout, read: Mapping[Order, Moment]) -> None:
        self.ordered += 1
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
    as_it_is = shape if len(look.shapes) == 1 and re.fullmatch(ISO, shape) and not instant else ""
    first_year = first_year_of(look.short_years[order or "day-first"])
    bare = without_zeros(look.shapes)
    return DateForm(order, look.unit, suffix, instant, look.example, tuple(look.words), as_it_is, bare, first_year)


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
