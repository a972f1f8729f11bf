# pyright: strict
"""Cells that are sequences of vectors, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.column import is_sequence
from elman.stored import Lists


def wrong_with(array: NDArray[np.float64], width: int) -> str:
    """Why these steps can't be used among others of ``width`` numbers; "" where they can."""
    if len(array) and array.shape[1] != width:
        return f"has {array.shape[1]} numbers per step, expected {width}; correct it, or leave it out"
    if np.isinf(array).any():
        step, column = np.argwhere(np.isinf(array))[0]
        place = f"step {step + 1}, number {column + 1} of the step"
        return f"holds an infinite number ({place}); correct it, or leave it empty"
    return ""


def as_array(cell: Any) -> NDArray[np.float64]:
    """The steps of a cell ``[T, D]``; a missing number is NaN. Raises TaskError for anything but numbers."""
    try:
        array = np.asarray([] if cell is None else cell, dtype=np.float64)
    except (TypeError, ValueError):
        raise TaskError(
            f"a sequence holds something other than steps of equally many numbers: {first_other(cell)}; correct it, "
            "or leave it out"
        ) from None
    if array.ndim > 2:
        raise TaskError(f"a sequence has {array.ndim} dimensions; expected steps of numbers, so 1 or 2")
    return array.reshape(len(array), -1) if array.size else np.zeros((0, 1))


def first_other(cell: Any) -> str:
    """The first step of a cell that isn't numbers, for people; of a cell whose steps all are, its beginning."""
    for number, step in enumerate(cell if is_sequence(cell) else [], start=1):
        try:
            np.asarray(step, dtype=np.float64)
        except (TypeError, ValueError):
            return f"{str(step)[:60]!r} at step {number}"
    return f"{str(cell)[:60]} ..."


def as_arrays(cells: Sequence[Any], faults: dict[int, ElmanError] | None = None) -> Iterator[NDArray[np.float64]]:
    """``as_array`` of each cell. Where ``faults`` are asked for, they are added there by row; such a cell is empty."""
    if isinstance(cells, Lists) and cells.of_numbers:
        for array in chain.from_iterable(cells.array_blocks()):
            yield array.reshape(len(array), -1) if array.size else np.zeros((0, 1))
        return
    for row, cell in enumerate(cells):
        try:
            yield as_array(cell)
        except TaskError as error:
            if faults is None:
                raise
            faults[row] = error
            yield np.zeros((0, 1))
