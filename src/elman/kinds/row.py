# pyright: strict
"""A row: several values beside each other, numbers, dates and categories."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.graph import Input, Operator, Value, raw
from elman.kinds.base import Kind, other_columns, text_of, within
from elman.kinds.column import is_mapping, names_things
from elman.kinds.dates import Dates, is_missing
from elman.kinds.standardised import is_finite, mean_and_deviation, number_of, saved_spread
from elman.kinds.time import TimeKind
from elman.kinds.vocabulary import Vocabulary
from elman.stored import beside, chosen, columns_of, counted, from_each, mapped, rows_where, types_of

if TYPE_CHECKING:
    from elman.export.around import Meaning
    from elman.graph import Graph

CATEGORIES = 1_000
"""Of a column, at most; the rarest are unknown."""
NUMBERS, DATES = "numbers", "dates"
"""What a graph of rows as the data have them is given, by the name of the input."""
EncodedRow = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Figures of numbers and dates ``[M]``, and the ids of categories ``[C]``."""


class RowKind(Kind):
    """A row of several columns: numbers are standardised, dates become numbers, anything else is a category.

    A missing number or date becomes the mean, and a column of them that is missing somewhere in the training part
    brings a flag: 1 where it is missing. Numbers of a column called as those of things are (``film_id``) are
    categories. A missing category is one of its own; one that training never saw becomes <unk>. A cell is a tuple.

    called: the names of the columns, for messages
    """

    name = "row"
    of_numbers = True
    by_role = is_value = comes_again = True

    def __init__(self, called: Sequence[str] = ()):
        self.called = list(called)
        self.numbers: dict[int, tuple[float, float]] = {}
        self.dates: dict[int, Dates] = {}
        self.categories: dict[int, Vocabulary] = {}
        self.masked: list[int] = []

    def reading(self, columns: Mapping[str, str]) -> Self:
        self.called = list(columns)
        return self

    @classmethod
    def together(cls, columns: Sequence[Sequence[Any]]) -> Any:
        """Rows of values, whichever columns they stand in."""
        return beside(columns)

    @classmethod
    def count(cls, cell: Any) -> int:
        return 1

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        columns = len(self.numbers) + len(self.dates) + len(self.categories)  # 0 where it isn't fitted yet
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            if not columns and cell is not None and math.inf not in cell and -math.inf not in cell:
                continue  # anything else may stand in a row to learn from
            wrong = next(filter(None, (self._wrong_with(i, value) for i, value in enumerate(cell or ()))), "")
            if cell is None:
                found[row] = TaskError("a row of values is missing; give it its values, or leave it out")
            elif columns and len(cell) != columns:
                found[row] = TaskError(f"holds {len(cell)} values, expected {columns}: one for each column")
            elif wrong:
                found[row] = TaskError(wrong)
        return found

    def _wrong_with(self, column: int, value: Any) -> str:
        """Why a column can't hold a value; "" where it can."""
        called = f"column {self.called[column]!r} " if column < len(self.called) else ""
        if column in self.dates:
            fits, wanted = is_missing(value) or TimeKind.is_date(str(value)), "a date"
        else:
            fits, wanted = may_stand(value, column in self.numbers), "a finite number"
        return "" if fits else f"{called}holds {value!r}, expected {wanted}; correct it, or leave it empty"

    def fit(self, cells: Sequence[Any]) -> None:
        self.numbers, self.dates, self.categories, self.masked = {}, {}, {}, []
        for i, column in enumerate(columns_of(cells)):
            there = from_each((not is_missing(cell) for cell in column), len(column), np.bool_)
            filled = chosen(column, rows_where(there))
            if i < len(self.called) and names_things(self.called[i]):
                self.categories[i] = categories_in(column)
            elif all(issubclass(one, int | float) for one in types_of(filled) - {NoneType}):
                mean, scale = mean_and_deviation(filled)
                self.numbers[i] = (mean, scale or 1.0)
            else:
                try:
                    self.dates[i] = Dates.of(filled)
                except TaskError:  # not all are dates
                    self.categories[i] = categories_in(column)
            if i not in self.categories and len(filled) < len(column):
                self.masked.append(i)

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The values of a row, separated by commas, as in a CSV file; or a JSON object of some of them by the columns'
        names."""
        if text.lstrip().startswith("{"):
            return from_object(text, columns)
        values = next(csv.reader([text]), list[str]())
        if len(values) != len(columns):
            raise TaskError(
                f"{text!r} has {len(values)} values; expected {len(columns)}, separated by commas: {', '.join(columns)}"
            )
        return tuple(value.strip() for value in values)

    @property
    def figures(self) -> int:
        """Numbers that an encoded row has: of numbers and dates, and flags of what is missing."""
        return len(self.numbers) + sum(dates.size for dates in self.dates.values()) + len(self.masked)

    def source_columns(self) -> list[int]:
        of_dates = [i for i, dates in self.dates.items() for _ in range(dates.size)]
        return [*self.numbers, *of_dates, *self.masked, *self.categories]

    def encode(self, cells: Sequence[Any]) -> list[EncodedRow]:
        if any(cell is None for cell in cells):
            raise TaskError("a row of values is missing; give it its values, or leave it out")
        if not len(cells):
            return []
        return list(zip(*self.encode_columns(list(zip(*cells, strict=True)), len(cells)), strict=True))

    def may_be_at_fault(self, columns: Sequence[Sequence[Any]]) -> bool:
        """Whether ``faults`` may find any in these columns, but for what is no date: that, ``encode_columns`` finds."""
        for i, column in enumerate(columns):
            types = set(map(type, column))
            if i in self.numbers and not types <= {int, float, NoneType}:
                return True
            if float in types and (math.inf in column or -math.inf in column):
                return True
        return False

    def encode_columns(self, columns: Sequence[Sequence[Any]], rows: int) -> EncodedRow:
        """Those rows' values, column by column, as ``collate`` gives them."""
        numbers = [
            (np.fromiter(map(number_of, columns[i]), np.float64, rows) - mean) / scale
            for i, (mean, scale) in self.numbers.items()
        ]
        figures = [np.nan_to_num(own.astype(np.float32))[:, None] for own in numbers]
        figures += [dates.figures(columns[i]) for i, dates in self.dates.items()]
        figures += [np.fromiter(map(is_missing, columns[i]), np.float32, rows)[:, None] for i in self.masked]
        ids = [vocabulary.encode(list(map(text_of, columns[i]))) for i, vocabulary in self.categories.items()]
        return (
            np.concatenate([np.zeros((rows, 0), np.float32), *figures], axis=1),
            np.array(ids, np.int64).reshape(len(ids), rows).T.copy(),
        )

    def before(self, graph: Graph, part: str = "") -> Graph:
        from elman.export.around import from_raw, observed

        given: list[tuple[Input, Operator]] = []
        if self.numbers:
            operator = observed(*zip(*self.numbers.values(), strict=True))
            given.append((Input(within(part, NUMBERS), "float32", "rows", (len(self.numbers),)), operator))
        if self.dates:
            operator = raw.Dates(*zip(*((d.mean, d.scale, d.cycles) for d in self.dates.values()), strict=True))
            given.append((Input(within(part, DATES), "float64", "rows", (len(self.dates),)), operator))
        order = [*self.numbers, *self.dates]
        return from_raw(graph, within(part, "0"), given, [order.index(i) for i in self.masked]) if given else graph

    def before_arrays(self, examples: Sequence[EncodedRow], part: str = "") -> dict[str, Value]:
        """Dates as far as their figures, in float32, say when they are."""
        figures, ids = self.collate(examples)
        flags = dict(zip(self.masked, figures.T[self.figures - len(self.masked) :], strict=True))
        sizes = [1] * len(self.numbers) + [dates.size for dates in self.dates.values()]
        places = np.cumsum([0, *sizes])[:-1]
        columns = [
            np.where(flags.get(i, 0) == 1, np.nan, figures[:, place])
            for i, place in zip([*self.numbers, *self.dates], places, strict=True)
        ]
        given = np.array(columns).reshape(len(columns), len(figures)).T
        numbers, dates = given[:, : len(self.numbers)].astype(np.float32), given[:, len(self.numbers) :]
        return {within(part, NUMBERS): numbers, within(part, DATES): dates.astype(np.float64), within(part, "1"): ids}

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        from elman.export.around import Meaning

        def named(columns: Iterable[int]) -> list[str]:
            return [self.called[i] if i < len(self.called) else f"column {i + 1}" for i in columns]

        numbers, dates, categories = map(named, (self.numbers, self.dates, self.categories))
        values = [(name, tuple(own.tokens)) for name, own in zip(categories, self.categories.values(), strict=True)]
        return {
            within(part, NUMBERS): Meaning("numbers", f"{', '.join(numbers)}; NaN where one is missing"),
            within(part, DATES): Meaning(
                "dates",
                f"{', '.join(dates)}: seconds from 1970-01-01 00:00 to what the data write, in whatever zone; "
                "NaN where one is missing",
            ),
            within(part, "1"): Meaning("categories", "ids of " + ", ".join(categories), tuple(values)),
        }

    def collate(self, encoded: Sequence[EncodedRow]) -> EncodedRow:
        """Figures ``[B, M]`` float32, categories ``[B, C]`` int64"""
        numbers, ids = [numbers for numbers, _ in encoded], [ids for _, ids in encoded]
        return (
            np.array(numbers, np.float32).reshape(len(encoded), self.figures),
            np.array(ids, np.int64).reshape(len(encoded), len(self.categories)),
        )

    def go_on_from(self, old: Kind) -> None:
        figures = self.numbers.keys(), self.dates.keys()
        if (
            not isinstance(old, RowKind)
            or old.called != self.called
            or (old.numbers.keys(), old.dates.keys()) != figures
        ):
            raise other_columns(self.called)
        self.load_state(old.state())  # of categories too: how many there are decides how each is read

    def state(self) -> dict[str, Any]:
        return {
            "called": self.called,
            "numbers": {str(i): list(scale) for i, scale in self.numbers.items()},
            "dates": {str(i): [dates.mean, dates.scale, list(dates.cycles)] for i, dates in self.dates.items()},
            "categories": {str(i): vocabulary.tokens for i, vocabulary in self.categories.items()},
            "masked": self.masked,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.called, self.masked = list(state["called"]), [int(i) for i in state["masked"]]
        self.numbers = {int(i): saved_spread(mean, scale) for i, (mean, scale) in state["numbers"].items()}
        self.dates = {int(i): Dates.saved(*dates) for i, dates in state["dates"].items()}
        self.categories = {int(i): Vocabulary(tokens) for i, tokens in state["categories"].items()}


def categories_in(column: Sequence[Any]) -> Vocabulary:
    """The commonest values of a column, as text."""
    return Vocabulary.of(counted(mapped(column, lambda block: list(map(text_of, block)), {str})), CATEGORIES)


def may_stand(value: Any, number: bool) -> bool:
    """Whether a row may hold it; ``number``: where training had numbers."""
    if isinstance(value, float):
        return not math.isinf(value)
    return not number or value is None or value == "" or is_finite(value)


def from_object(text: str, columns: Sequence[str]) -> tuple[Any, ...]:
    """A record from a JSON object; a column that it doesn't name is missing. Raises TaskError."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise TaskError(f"{text!r} begins like a JSON object and isn't one: {error}") from None
    if not is_mapping(given):
        raise TaskError(f"{text!r} is no JSON object of columns")
    return in_order(given, columns)


def in_order(given: Mapping[str, Any], columns: Sequence[str]) -> tuple[Any, ...]:
    """The values of those columns, by their names; one that isn't named is missing. Raises TaskError."""
    if unknown := [name for name in given if name not in columns]:
        raise TaskError(f"the model reads no column {unknown[0]!r}; its columns are {', '.join(columns)}")
    return tuple(given.get(name) for name in columns)
