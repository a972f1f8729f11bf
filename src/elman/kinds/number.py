"""Numbers: one per row, or a whole row of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind, text_of
from elman.kinds.vocabulary import Vocabulary
from elman.ragged import Ragged

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


def number_of(cell: Any) -> float:
    """A cell as a number; missing is NaN; anything else raises TaskError."""
    if cell is None or cell == "":
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise TaskError(f"{cell!r} is not a number; mend the cell, or leave out its row") from None


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
            row: TaskError(f"the output is {cell!r}, expected a finite number; mend it, or leave out the row")
            for row, cell in enumerate(cells)
            if cell is not None and not is_finite(cell)
        }

    def fit(self, cells: Sequence[Any]) -> None:
        values = torch.tensor([number_of(cell) for cell in cells], dtype=torch.float64)
        values = values[values.isfinite()]
        if len(values) < 2 or float(values.std()) == 0:
            raise TaskError("the output column is constant or empty: there is nothing to learn")
        self.mean, self.scale = float(values.mean()), float(values.std())

    def encode(self, cells: Sequence[Any]) -> list[Tensor]:
        values = [number_of(cell) for cell in cells]
        if not all(map(math.isfinite, values)):
            raise TaskError("an output number is missing or not finite; remove the row, or give it a number")
        return list((torch.tensor(values, dtype=torch.float64) - self.mean).div(self.scale).float())

    def collate(self, encoded: Sequence[Tensor]) -> Tensor | Ragged:
        return torch.stack(list(encoded))

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "scale": self.scale}

    def load_state(self, state: dict[str, Any]) -> None:
        self.mean, self.scale = state["mean"], state["scale"]


class NumbersKind(NumberKind):
    """A number for each element of the input sequence, standardised together; a cell is a list of numbers, of which
    some may be missing."""

    name = "numbers"
    by_role = True

    @staticmethod
    def parse(cell: Any) -> NDArray[np.float64]:
        """``[T]``; NaN where a number is missing. Raises TaskError for anything but numbers."""
        if not isinstance(cell, (list, tuple, np.ndarray)):
            raise TaskError(f"{cell!r} is no list of numbers, one per step; mend the cell, or leave out its row")
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
                found[row] = TaskError(f"the output is infinite at step {infinite[0] + 1}; mend it, or leave it empty")
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        super().fit(np.concatenate([self.parse(cell) for cell in cells]).tolist())

    def encode(self, cells: Sequence[Any]) -> list[Tensor]:
        return [torch.from_numpy((self.parse(cell) - self.mean) / self.scale).float() for cell in cells]

    def collate(self, encoded: Sequence[Tensor]) -> Ragged:
        return Ragged.from_list(encoded)


class RowKind(Kind):
    """A row of several columns: numbers are standardised, anything else is a category.

    A missing number becomes the mean; a category that training never saw becomes <unk>. A cell is a tuple.
    """

    name = "row"
    by_role = True

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        numbers = getattr(self, "numbers", {})
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            wrong = [value for i, value in enumerate(cell) if not may_stand(value, i in numbers)]
            if wrong:
                found[row] = TaskError(f"holds {wrong[0]!r}, expected a finite number; mend it, or leave it empty")
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        self.numbers: dict[int, tuple[float, float]] = {}
        self.categories: dict[int, Vocabulary] = {}
        for i, column in enumerate(zip(*cells, strict=True)):
            if all(isinstance(cell, (int, float)) or cell is None for cell in column):
                values = torch.tensor([number_of(cell) for cell in column], dtype=torch.float64)
                values = values[values.isfinite()]
                scale = float(values.std()) if len(values) > 1 else 0.0
                self.numbers[i] = (float(values.mean()) if len(values) else 0.0, scale or 1.0)
            else:
                self.categories[i] = Vocabulary.count([[text_of(cell)] for cell in column], 1_000)

    def encode(self, cells: Sequence[Any]) -> list[tuple[Tensor, Tensor]]:
        return [self._encode(cell) for cell in cells]

    def _encode(self, cell: Sequence[Any]) -> tuple[Tensor, Tensor]:
        numbers = [(number_of(cell[i]) - mean) / scale for i, (mean, scale) in self.numbers.items()]
        ids = [vocabulary.encode([text_of(cell[i])])[0] for i, vocabulary in self.categories.items()]
        return torch.tensor(numbers).nan_to_num(nan=0.0), torch.tensor(ids, dtype=torch.int64)

    def collate(self, encoded: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        return torch.stack([numbers for numbers, _ in encoded]), torch.stack([ids for _, ids in encoded])

    def state(self) -> dict[str, Any]:
        return {
            "numbers": {str(i): list(scale) for i, scale in self.numbers.items()},
            "categories": {str(i): vocabulary.tokens for i, vocabulary in self.categories.items()},
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.numbers = {int(i): (mean, scale) for i, (mean, scale) in state["numbers"].items()}
        self.categories = {int(i): Vocabulary(tokens) for i, tokens in state["categories"].items()}
