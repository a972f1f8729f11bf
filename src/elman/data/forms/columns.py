# pyright: strict
"""How the columns of a table are written: each column as a whole decides, and where it can't, the others beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from types import NoneType
from typing import TypeAlias

from elman.data.forms import dates, numbers
from elman.data.forms.angles import AngleForm, AngleLook
from elman.data.forms.clocks import ClockForm, ClockLook, are_lengths
from elman.data.forms.counted import CountedForm, CountedLook
from elman.data.forms.dates import DateForm, DateLook
from elman.data.forms.found import Forms
from elman.data.forms.measures import MarksForm, MarksLook, MeasureForm, MeasureLook
from elman.data.forms.moments import DAILY
from elman.data.forms.numbers import NO_NUMBER, NumberForm, NumberLook
from elman.data.forms.stamps import DAY_NAMES, StampForm, StampLook
from elman.errors import TaskError
from elman.kinds.column import Cell, name_words, names_codes, names_things
from elman.stored import Stored, Writer, blocks_of

Form: TypeAlias = NumberForm | DateForm | StampForm | ClockForm | CountedForm | AngleForm | MeasureForm | MarksForm
OtherLook: TypeAlias = ClockLook | CountedLook | AngleLook | MeasureLook | MarksLook
MOSTLY = 0.9
"""A column in which so many cells are numbers, or dates, was meant to hold them."""
GLANCE = 10
"""Cells by which it is mostly seen that numbers are no dates."""
SAMPLE = 300
"""Texts by which it is seen whether a column may hold numbers or dates at all: half of them must."""
LISTED = re.compile(r"\d{1,4}([,;|] ?\d{1,4}){2,}")
"""Names of several classes, which are numbers."""
MANY = 1000
"""Different texts that are kept in mind though they are neither."""
NUMBERS, DATES = "numbers", "dates"
CALLED: dict[type, str] = {
    ClockForm: "times",
    CountedForm: "times",
    AngleForm: "places",
    MeasureForm: "amounts",
    MarksForm: "marks",
}


@dataclass(frozen=True)
class Choices:
    """What settles columns that can be read in two ways.

    decimal: the sign before decimals
    dates:   the order of day, month and year
    flags:   what stands behind numbers, though it is no unit
    """

    decimal: str | None = None
    dates: str | None = None
    flags: frozenset[str] = frozenset()

    def or_else(self, other: Choices) -> Choices:
        return Choices(self.decimal or other.decimal, self.dates or other.dates, self.flags | other.flags)

    @classmethod
    def like(cls, form: Form | None) -> Choices:
        """As this column is written."""
        decimal = form.decimal if isinstance(form, NumberForm) else None
        return cls(decimal, (form.order or None) if isinstance(form, DateForm) else None)


class ColumnLook:
    """What is noticed of a column, some cells at a time.

    kept:   how it was written where a model was trained on it, for as long as all cells are so
    filled: cells that aren't missing
    others: what else it may be, for as long as all cells are so
    unread: cells that are texts but no numbers, and those that are no dates
    """

    def __init__(self, name: str, kept: Form | None = None) -> None:
        self.name, self.kept, self.before = name, kept, Choices.like(kept)
        self.looks: dict[str, NumberLook | DateLook] = {NUMBERS: NumberLook(), DATES: self._date_look()}
        self.others: list[OtherLook] = [
            ClockLook(name),
            CountedLook(name),
            AngleLook(),
            MeasureLook(name),
            MarksLook(name),
        ]
        self.stamps: StampLook | None = StampLook(name)
        self.filled = self.plain = 0
        self.unread = {NUMBERS: 0, DATES: 0}
        self.sampled = False

    def _date_look(self) -> DateLook:
        return DateLook(named=bool({*name_words(self.name)} & DAY_NAMES))

    def look(self, cells: Sequence[Cell]) -> None:
        kinds = set(map(type, cells))
        if list in kinds or dict in kinds:
            self.looks.clear()
            self.others.clear()
            self.kept = self.stamps = None
            return
        self.filled += len(cells) - (cells.count(None) if NoneType in kinds else 0)
        self.plain += sum(type(cell) in (int, float) for cell in cells) if kinds & {int, float} else 0
        texts = dict.fromkeys(cells if kinds == {str} else (cell for cell in cells if isinstance(cell, str)))
        for other in self.others if kinds <= {str, NoneType} else ():
            other.look(texts)
        self.others = [other for other in self.others if other.fits and kinds <= {str, NoneType}]
        if texts and self.looks:
            self._look_at(texts, cells)
        if self.stamps is not None:
            self._look_at_stamps(cells, kinds)
        if self.kept is not None and unreadable(self.kept, texts):
            self.kept = None

    def _look_at(self, texts: Mapping[str, None], cells: Sequence[Cell]) -> None:
        if not self.sampled:
            self._sample(texts)
        for what, look in list(self.looks.items()):
            before = len(look.others)
            look.look(texts)
            if others := set(look.others[before:]):
                self.unread[what] += sum(isinstance(cell, str) and cell.strip() in others for cell in cells)
            if len(look.others) > MANY and not self._mostly(what):
                del self.looks[what]

    def _sample(self, texts: Iterable[str]) -> None:
        """Leave out what half of the first texts aren't; where all are numbers, none are dates. Several units may be
        months: ``1991 Jul``."""
        some = list(islice((text for text in map(str.strip, texts) if text and text not in NO_NUMBER), SAMPLE))
        if not some:
            return
        self.sampled = True
        for what, look in {NUMBERS: NumberLook(), DATES: self._date_look()}.items():
            look.look(some)
            if 2 * len(look.others) > len(some):
                self.looks.pop(what, None)
            elif isinstance(look, NumberLook) and not look.others and len(look.units) < 2:
                self.looks.pop(DATES, None)
                break

    def _look_at_stamps(self, cells: Sequence[Cell], kinds: set[type]) -> None:
        """Anything but numbers can't be a date that is one; of most columns the first cells say so."""
        for some in (cells[:GLANCE], cells[:SAMPLE], cells):
            try:
                texts = str in kinds and NUMBERS not in self.looks and not (self.stamps and self.stamps.named)
                if texts or not kinds <= {int, float, str, type(None)}:
                    raise TypeError
                values = [number(cell) for cell in some if cell is not None and cell not in NO_NUMBER]
                if self.stamps is None or (values and not self.stamps.may_be(values, look=some is cells)):
                    raise TypeError
            except (TypeError, ValueError):
                self.stamps = None
                return

    def _mostly(self, what: str) -> bool:
        return are_few(self.unread[what], self.filled)

    @property
    def numbers(self) -> NumberLook | None:
        """Where most cells are numbers. They are names where some cells list several, where all are the same one beside
        words, as 0 beside a and b, and beside any others where the column is called so."""
        look = self.looks.get(NUMBERS)
        if not isinstance(look, NumberLook) or not self._mostly(NUMBERS):
            return None
        codes = names_things(self.name) or names_codes(self.name)
        codes = codes and all(any(map(str.isdigit, text)) for text in look.others)
        named = look.others and (codes or not look.differ or all(map(LISTED.fullmatch, look.others)))
        return None if named else look

    @property
    def dates(self) -> DateLook | None:
        """Where most cells are dates."""
        look = self.looks.get(DATES)
        return look if isinstance(look, DateLook) and self._mostly(DATES) else None

    @property
    def shown(self) -> Choices:
        """What the column says by itself."""
        flags = frozenset(self.numbers.flags if self.numbers else ())
        return Choices(self.numbers and self.numbers.shown_decimal, self.dates and self.dates.shown_order, flags)

    def form(self, said: Choices, likely: Choices) -> Form | None:
        """How its cells are written; None where they are what they are. Raises TaskError where that is left open.

        said:   by the caller
        likely: by other columns
        """
        if self.kept is not None:
            return self.kept
        said = said.or_else(self.before)
        if self.stamps is not None and (stamp := self.stamps.form()):
            return stamp
        for other in self.others:
            if isinstance(other, CountedLook) and other.are_seasons:
                return other.form()
        if (measure := self._measure(said, likely)) is not None:
            return measure
        form = self.numbers and numbers.form_of(self.numbers, said.decimal, likely.decimal, likely.flags)
        if isinstance(form, str):
            raise self._open_decimals(form)
        if not form and self.numbers and self.plain and self.numbers.words and not self.unread[NUMBERS]:
            return NumberForm(words=tuple(self.numbers.words))  # numbers, and texts that say there is none
        found = None if form else self.dates and dates.form_of(self.dates, said.dates, likely.dates)
        if isinstance(found, str):
            raise TaskError(
                f"column {self.name!r} holds dates such as {found!r}, in which the day or the month may come first. "
                "Say which by --dates day-first or --dates month-first."
            )
        others = (other for other in self.others if not isinstance(other, MeasureLook))
        return form or found or next((form for other in others if (form := other.form())), None)

    def _measure(self, said: Choices, likely: Choices) -> Form | None:
        """As amounts in several units, where these are no numbers in one way. Raises TaskError where that is left
        open."""
        look = next((other for other in self.others if isinstance(other, MeasureLook)), None)
        if look is None or not look.example:
            return None
        plain = self.numbers if self.numbers and not self.numbers.others else None
        if plain and numbers.form_of_all(plain, said.decimal, likely.decimal, likely.flags) is not None:
            return None
        form = look.form(said.decimal or likely.decimal)
        if isinstance(form, str):
            raise self._open_decimals(form)
        return form

    def _open_decimals(self, example: str) -> TaskError:
        return TaskError(
            f"column {self.name!r} holds numbers such as {example!r}, whose sign may stand before decimals or between "
            "thousands. Say which sign stands before decimals by --decimal point or --decimal comma."
        )


def are_few(others: int, filled: int) -> bool:
    """Whether so many cells are few among those that are filled."""
    return others <= (1 - MOSTLY) * filled + 1e-9  # a tenth is few, however it is rounded


def unreadable(form: Form, texts: Iterable[str]) -> list[str]:
    """Those of the texts that aren't written so."""
    read, found = form.reader(), list[str]()
    for text in texts:
        try:
            read(text)
        except ValueError:
            found.append(text)
    return found


def number(cell: Cell) -> float:
    """Raises ValueError for a text that isn't a number as programs write it; zeros may stand before a whole one."""
    if not isinstance(cell, str):
        return cell
    if cell.isascii() and cell.isdigit():
        return int(cell)
    if not numbers.POINTED.fullmatch(cell):
        raise ValueError(cell)
    return float(cell)


def find_forms(looks: Sequence[ColumnLook], said: Choices) -> Forms:
    """How columns are written that were looked at.

    Raises TaskError for a column that can be read in two ways, where nothing tells which.
    """
    shown = [look.shown for look in looks]
    flags = frozenset(chain.from_iterable(choice.flags for choice in shown))
    likely = Choices(only(choice.decimal for choice in shown), only(choice.dates for choice in shown), flags)
    found = {look.name: look.form(said, likely) for look in looks}
    if any(isinstance(form, DateForm) and form.unit == DAILY for form in found.values()):  # times of those days
        found = {name: form for name, form in found.items() if not isinstance(form, ClockForm) or are_lengths(name)}
    return Forms({name: form for name, form in found.items() if form is not None})


def only(values: Iterable[str | None]) -> str | None:
    """The one that all say who say something."""
    said = {value for value in values if value}
    return said.pop() if len(said) == 1 else None


@dataclass(frozen=True)
class Stray:
    """A cell that isn't like its column: its row, and what is wrong with it."""

    row: int
    why: str


def read_cells(name: str, cells: Sequence[Cell], form: Form) -> tuple[list[Cell], list[Stray]]:
    """The cells of a column as numbers, or as dates in ISO 8601, and those that aren't written so, left as they are."""
    read = form.reader()
    try:
        if isinstance(form, NumberForm):
            return form.read_all(cells), []
        values: dict[Cell, Cell] = {cell: read(cell) for cell in set(cells) if isinstance(cell, form.reads)}
        return [values.get(cell, cell) for cell in cells], []
    except ValueError:
        return read_what_fits(name, cells, form)


def read_blocks(name: str, cells: Sequence[Cell], form: Form) -> tuple[Sequence[Cell], list[Stray]]:
    """``read_cells`` of a column that may be too large for memory, and is then written as it is read."""
    if not isinstance(cells, Stored):
        return read_cells(name, cells, form)
    found, strays = Writer(), list[Stray]()
    for start, block in cells.numbered_blocks():
        values, own = read_cells(name, block, form)
        found.add(values)
        strays += [replace(stray, row=start + stray.row) for stray in own]
    return found.written(), strays


def read_what_fits(name: str, cells: Sequence[Cell], form: Form) -> tuple[list[Cell], list[Stray]]:
    read, found, strays = form.reader(), list[Cell](), list[Stray]()
    for row, cell in enumerate(cells):
        try:
            found.append(read(cell) if isinstance(cell, form.reads) else cell)
        except ValueError:
            found.append(cell)
            what = (
                "numbers" if isinstance(form, NumberForm) else f"{CALLED.get(type(form), DATES)} such as {form.example}"
            )
            strays.append(Stray(row, f"holds {cell!r:.80} where column {name!r} has {what}."))
    return found, strays


def first_stray(name: str, cells: Sequence[Cell]) -> Stray | None:
    """The first cell that isn't like the others of a column where nearly all are numbers, or dates."""
    look = ColumnLook(name)
    for block in blocks_of(cells):
        look.look(block)
    form = look.form(Choices(".", "day-first"), Choices()) if look.looks else None
    strays = read_blocks(name, cells, form)[1] if form else []
    return strays[0] if strays and are_few(len(strays), look.filled) else None
