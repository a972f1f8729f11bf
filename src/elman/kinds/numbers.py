# pyright: strict
"""Numbers: one for each element of the input sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.standardised import StandardisedKind, number_of
from elman.sequences import Sequences
from elman.stored import Arrays, Lists, Stored


class NumbersKind(StandardisedKind):
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
        return np.array([number_of(element) for element in cast("Sequence[Any]", cell)], np.float64)

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            try:
                infinite = np.flatnonzero(np.isinf(self.parse([] if cell is None else cell)))
            except TaskError as error:
                found[row] = error
                continue
            if len(infinite):
                found[row] = TaskError(
                    f"the output is infinite at step {infinite[0] + 1}; correct it, or leave it empty"
                )
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        large = isinstance(cells, Lists)
        self.standardise(cells.elements() if large else np.concatenate([*map(self.parse, cells)]).tolist())

    encodes_all = True

    def encode(self, cells: Sequence[Any]) -> Sequence[NDArray[np.float32]]:
        encoded = (self.standardised(self.parse(cell)) for cell in cells)
        return Arrays.made(encoded, np.zeros(0, np.float32)) if isinstance(cells, Stored) else list(encoded)

    def steps(self, encoded: NDArray[np.float32]) -> int:
        return len(encoded)

    def collate(self, encoded: Sequence[NDArray[np.float32]]) -> Sequences:
        """The standardised numbers; where one is missing, NaN: there is nothing to learn"""
        return Sequences.of(encoded, np.zeros(0, np.float32))

    def wrong_cell(self, value: Sequence[float]) -> list[float]:
        """A standard deviation more at each step."""
        return [number + self.scale for number in value]
