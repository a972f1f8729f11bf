# pyright: strict
"""Which rows of a table are alike in several columns: a key for each row, equal where all of its values are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 4_096
"""Rows that are looked at together."""
EXACT = 2**53
"""Below it a float64 has every whole number."""


def alike(columns: Sequence[Sequence[Hashable]]) -> Sequence[Hashable]:
    """A key for each row, of what is equal for cells that count as the same: a tuple; or a hash where all are numbers,
    as tuples of many of them take much memory."""
    if len(columns) == 1:
        return columns[0]
    return hashed(columns) or list(zip(*columns, strict=True))


def hashed(columns: Sequence[Sequence[Hashable]]) -> list[int] | None:
    """A hash of the numbers of each row; None where some are none, or too large to be compared with others."""
    keys: list[int] = []
    large = [False] * len(columns)
    for start in range(0, len(columns[0]), BLOCK):
        arrays = [as_numbers(column[start : start + BLOCK]) for column in columns]
        if any(array is None for array in arrays):
            return None
        is_large = [array is not None and array.dtype == np.int64 for array in arrays]
        large = large if start else is_large
        if is_large != large:  # the same number would be written in two ways
            return None
        block = np.stack([array.view(np.int64) for array in arrays if array is not None], axis=1).tobytes()
        width = 8 * len(columns)
        keys += [hash(block[i : i + width]) for i in range(0, len(block), width)]
    return keys


def as_numbers(cells: Sequence[Any]) -> NDArray[Any] | None:
    """Cells as float64, missing ones as NaN, if that is exact; else as int64; None where they can't be either."""
    array = np.array(cells)
    if array.dtype == object and {type(cell) for cell in cells} <= {int, float, bool, type(None)}:
        missing = list(cells).count(None)
        array = np.array(cells, np.float64)
        if np.isnan(array).sum() != missing:
            return None
    if array.ndim != 1 or array.dtype.kind not in "fib":
        return None
    small = array.dtype == np.bool_ or not (abs(array.astype(np.float64)) >= EXACT).any()
    if small:
        return array.astype(np.float64) + 0.0  # of two zeros, one
    return array if array.dtype == np.int64 else None
