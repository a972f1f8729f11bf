"""Numbers: one per row, or a whole row of a table."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind, text_of
from elman.kinds.vocabulary import Vocabulary
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


def number_of(cell: Any) -> float:
    """A cell as a number; missing is NaN; anything else raises TaskError."""
    if cell is None or cell == "":
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise TaskError(f"{cell!r} is not a number; correct the cell, or leave out its row") from None


def is_finite(cell: Any) -> bool:
    try:
        return math.isfinite(number_of(cell))
    except TaskError:
        return False


def may_stand(value: Any, number: bool) -> bool:
    """Whether a row may hold it; ``number``: where training had numbers."""
    if isinstance(value, float):
        return not math.isinf(value)
    return not number or value is None or value == "" or is_finite(value)


def mean_and_deviation(cells: Sequence[Any]) -> tuple[float, float]:
    """Of the finite numbers among cells, their mean and standard deviation, without bias; 0 where there are too few."""
    values = np.array([number_of(cell) for cell in cells], np.float64)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else 0.0, float(values.std(ddof=1)) if len(values) > 1 else 0.0


class NumberKind(Kind):
    """One number per row, standardised by the training part's mean and standard deviation."""

    name = "number"
    precedence = 35
    is_value = in_rows = True
    usual_outputs = frozenset({"score"})

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return None if column.holds_lists or not column.numeric else column.profile(cls)

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.distinct:,} different numbers, so they are amounts"

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return 2 * profile.distinct <= profile.rows

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return {
            row: TaskError(f"the output is {cell!r}, expected a finite number; correct it, or leave out the row")
            for row, cell in enumerate(cells)
            if cell is not None and not is_finite(cell)
        }

    def fit(self, cells: Sequence[Any]) -> None:
        mean, scale = mean_and_deviation(cells)
        if not scale:
            raise TaskError("the output column is constant or empty: there is nothing to learn")
        self.mean, self.scale = mean, scale

    def encode(self, cells: Sequence[Any]) -> list[Any]:
        values = np.array([number_of(cell) for cell in cells], np.float64)
        if not np.isfinite(values).all():
            raise TaskError("an output number is missing or not finite; remove the row, or give it a number")
        return list(((values - self.mean) / self.scale).astype(np.float32))

    def collate(self, encoded: Sequence[Any]) -> Any:
        """``[B]`` float32"""
        return np.array(encoded, np.float32)

    @staticmethod
    def parse(cell: Any) -> Any:
        """The number; NaN where it is missing. Raises TaskError for anything else."""
        return number_of(cell)

    def can_encode(self, cell: Any) -> bool:
        return math.isfinite(number_of(cell))

    def names(self, targets: NDArray[Any]) -> list[str]:
        """Standardised numbers in the column's own unit."""
        return [f"{number:.3g}" for number in (targets * self.scale + self.mean).tolist()]

    def wrong_cell(self, value: Any) -> Any:
        """A standard deviation more."""
        return value + self.scale

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "scale": self.scale}

    def load_state(self, state: dict[str, Any]) -> None:
        self.mean, self.scale = state["mean"], state["scale"]


class NumbersKind(NumberKind):
    """A number for each element of the input sequence, standardised together; a cell is a list of numbers, of which
    some may be missing."""

    name = "numbers"
    by_role = True
    aligned = True

    @staticmethod
    def parse(cell: Any) -> NDArray[np.float64]:
        """``[T]``; NaN where a number is missing. Raises TaskError for anything but numbers."""
        if not isinstance(cell, (list, tuple, np.ndarray)):
            raise TaskError(f"{cell!r} is no list of numbers, one per step; correct the cell, or leave out its row")
        return np.array([number_of(element) for element in cell], np.float64)

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            try:
                infinite = np.flatnonzero(np.isinf(self.parse(cell))) if cell is not None else []
            except TaskError as error:
                found[row] = error
                continue
            if len(infinite):
                found[row] = TaskError(
                    f"the output is infinite at step {infinite[0] + 1}; correct it, or leave it empty"
                )
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        super().fit(np.concatenate([self.parse(cell) for cell in cells]).tolist())

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.float32]]:
        return [((self.parse(cell) - self.mean) / self.scale).astype(np.float32) for cell in cells]

    def steps(self, encoded: NDArray[np.float32]) -> int:
        return len(encoded)

    def collate(self, encoded: Sequence[NDArray[np.float32]]) -> Sequences:
        return Sequences.of(encoded, np.zeros(0, np.float32))

    def can_encode(self, cell: Any) -> bool:
        return True  # where a number is missing, there is nothing to learn

    def wrong_cell(self, value: Any) -> Any:
        return [number + self.scale for number in value]


EncodedRow = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Numbers ``[M]`` and the ids of categories ``[C]``."""


class RowKind(Kind):
    """A row of several columns: numbers are standardised, anything else is a category.

    A missing number becomes the mean; a category that training never saw becomes <unk>. A cell is a tuple.
    """

    name = "row"
    of_numbers = True
    by_role = is_value = comes_again = True

    @classmethod
    def together(cls, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """Rows of values, whichever columns they stand in."""
        return list(zip(*columns, strict=True))

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        numbers = getattr(self, "numbers", {})
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            wrong = [value for i, value in enumerate(cell) if not may_stand(value, i in numbers)]
            if wrong:
                found[row] = TaskError(f"holds {wrong[0]!r}, expected a finite number; correct it, or leave it empty")
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        self.numbers: dict[int, tuple[float, float]] = {}
        self.categories: dict[int, Vocabulary] = {}
        for i, column in enumerate(zip(*cells, strict=True)):
            if all(isinstance(cell, (int, float)) or cell is None for cell in column):
                mean, scale = mean_and_deviation(column)
                self.numbers[i] = (mean, scale or 1.0)
            else:
                self.categories[i] = Vocabulary.count([[text_of(cell)] for cell in column], 1_000)

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The values of a row, apart by commas, as in a CSV file."""
        values = next(csv.reader([text]), [])
        if len(values) != len(columns):
            raise TaskError(
                f"{text!r} has {len(values)} values; expected {len(columns)}, apart by commas: {', '.join(columns)}"
            )
        return tuple(value.strip() for value in values)

    def source_columns(self) -> list[int]:
        return [*self.numbers, *self.categories]

    def encode(self, cells: Sequence[Any]) -> list[EncodedRow]:
        return [self._encode(cell) for cell in cells]

    def _encode(self, cell: Sequence[Any] | None) -> EncodedRow:
        if cell is None:
            raise TaskError("a row of values is missing; give it its values, or leave it out")
        numbers = [(number_of(cell[i]) - mean) / scale for i, (mean, scale) in self.numbers.items()]
        ids = [vocabulary.encode([text_of(cell[i])])[0] for i, vocabulary in self.categories.items()]
        return np.nan_to_num(np.array(numbers, np.float32)), np.array(ids, np.int64)

    def collate(self, encoded: Sequence[EncodedRow]) -> EncodedRow:
        """Numbers ``[B, M]`` float32, categories ``[B, C]`` int64"""
        numbers, ids = [numbers for numbers, _ in encoded], [ids for _, ids in encoded]
        return (
            np.array(numbers, np.float32).reshape(len(encoded), len(self.numbers)),
            np.array(ids, np.int64).reshape(len(encoded), len(self.categories)),
        )

    def state(self) -> dict[str, Any]:
        return {
            "numbers": {str(i): list(scale) for i, scale in self.numbers.items()},
            "categories": {str(i): vocabulary.tokens for i, vocabulary in self.categories.items()},
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.numbers = {int(i): (mean, scale) for i, (mean, scale) in state["numbers"].items()}
        self.categories = {int(i): Vocabulary(tokens) for i, tokens in state["categories"].items()}
