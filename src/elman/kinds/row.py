# pyright: strict
"""A row: several values beside each other, numbers and categories."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind, text_of
from elman.kinds.standardised import is_finite, mean_and_deviation, number_of
from elman.kinds.vocabulary import Vocabulary

if TYPE_CHECKING:
    from elman.graph import Graph

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
        numbers: dict[int, Any] = getattr(self, "numbers", {})
        columns = len(numbers) + len(getattr(self, "categories", {}))  # 0 where it isn't fitted yet
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            wrong = [value for i, value in enumerate(cell or ()) if not may_stand(value, i in numbers)]
            if cell is None:
                found[row] = TaskError("a row of values is missing; give it its values, or leave it out")
            elif columns and len(cell) != columns:
                found[row] = TaskError(f"holds {len(cell)} values, expected {columns}: one for each column")
            elif wrong:
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
        """The values of a row, separated by commas, as in a CSV file."""
        values = next(csv.reader([text]), list[str]())
        if len(values) != len(columns):
            raise TaskError(
                f"{text!r} has {len(values)} values; expected {len(columns)}, separated by commas: {', '.join(columns)}"
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

    def before(self, graph: Graph) -> Graph:
        from elman.export.around import standardising

        mean, scale = zip(*self.numbers.values(), strict=True) if self.numbers else ((), ())
        return standardising(graph, "0", mean, scale)

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


def may_stand(value: Any, number: bool) -> bool:
    """Whether a row may hold it; ``number``: where training had numbers."""
    if isinstance(value, float):
        return not math.isinf(value)
    return not number or value is None or value == "" or is_finite(value)
