# pyright: strict
"""A number: one per row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.classes import ROWS_PER_LABEL
from elman.kinds.column import NAMELESS
from elman.kinds.standardised import StandardisedKind, is_finite, number_of

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class NumberKind(StandardisedKind):
    """One number per row."""

    name = "number"
    precedence = 35
    is_value = in_rows = True
    beside_as = "row"
    usual_outputs = frozenset({"score", "price", "sale_price", "selling_price"})

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return None if column.holds_lists or not column.numeric else column.profile(cls)

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.distinct:,} different numbers, so they are amounts"

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        whole = all(float(value).is_integer() for value, _ in profile.top)
        return whole and 2 * profile.distinct <= profile.rows

    @classmethod
    def among(cls, profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
        """Beside dates and other numbers, what rises from 0 or 1 on by the same step counts the rows. Whole numbers
        without a name, from 0 or 1 on without a gap, that come again and again beside a series are its classes, however
        many there are."""
        from elman.kinds.id import IdKind
        from elman.kinds.label import LabelKind

        if NAMELESS.fullmatch(column.name) and len(table) == 2:
            (beside,) = (one for _, one in table.values() if one is not column)
            again = profile.distinct * ROWS_PER_LABEL <= profile.rows and not profile.missing
            if beside.holds_lists and beside.numeric and again and numbers_classes(column):
                return profile.as_kind(LabelKind)
        dated = (found.kind.tells_time and not found.numeric for found, _ in table.values())
        if not rises_evenly(column) or not any(dated):
            return profile
        others = [one for found, one in table.values() if found.kind is cls and one is not column]
        return profile.as_kind(IdKind) if any(not rises_evenly(one) for one in others) else profile

    @staticmethod
    def parse(cell: Any) -> float:
        """The number; NaN where it is missing. Raises TaskError for anything else."""
        return number_of(cell)

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return {
            row: TaskError(f"the output is {cell!r}, expected a finite number; correct it, or leave out the row")
            for row, cell in enumerate(cells)
            if cell is not None and not is_finite(cell)
        }

    def fit(self, cells: Sequence[Any]) -> None:
        self.standardise(cells)

    def encode(self, cells: Sequence[Any]) -> list[np.float32]:
        values = np.array([number_of(cell) for cell in cells], np.float64)
        if not np.isfinite(values).all():
            raise TaskError("an output number is missing or not finite; remove the row, or give it a number")
        return list(self.standardised(values))

    def collate(self, encoded: Sequence[np.float32]) -> NDArray[np.float32]:
        """``[B]``"""
        return np.array(encoded, np.float32)

    def can_encode(self, cell: Any) -> bool:
        return math.isfinite(number_of(cell))

    def wrong_cell(self, value: float) -> float:
        """A standard deviation more."""
        return value + self.scale


FEWEST_STEPS, ABOUT = 30, 1e-3
"""Steps of a column at least that rises evenly, and by how much of a step they may differ."""


def numbers_classes(column: Column) -> bool:
    """Whether whole numbers go from 0 or 1 on without a gap, as those of classes do and amounts hardly ever."""
    lowest = min(column.values)
    return column.whole and lowest in (0, 1) and max(column.values) - lowest < len(column.values)


def rises_evenly(column: Column) -> bool:
    """Whether each number is one step more than that of the row before, and the first 0, or 1."""
    numbers = column.filled
    if len(numbers) <= FEWEST_STEPS or column.missing or len(column.values) < len(numbers):
        return False
    step = numbers[1] - numbers[0]
    return numbers[0] in (0, 1) and step > 0 and all(abs(b - a - step) <= ABOUT * step for a, b in pairwise(numbers))
