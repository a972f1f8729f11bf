# pyright: strict
"""Which rows of a table are alike: a key for each row, equal where all of its values are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman import stored
from elman.kinds.base import Kind
from elman.kinds.column import Cell
from elman.stored import Growing, Rows, Stored

BLOCK = 4_096
"""Rows that are looked at together."""
EXACT = 2**53
"""Below it a float64 has every whole number."""

Keys: TypeAlias = Sequence[Hashable] | Rows
"""Of each row what is equal where rows are alike; numbers where they are too many for memory."""


def keys_of(columns: Sequence[tuple[type[Kind], Sequence[Cell]]], *, as_numbers: bool = False) -> Keys:
    """By these columns, each with the kind that says which of its cells count as the same; numbers, also of few rows,
    where others that they are compared with are too large for memory."""
    if as_numbers or any(isinstance(cells, Stored) for _, cells in columns):
        return combined([numbers_of(kind, cells) for kind, cells in columns])
    return alike([kind.identities(cells) for kind, cells in columns])


def numbers_of(kind: type[Kind], cells: Sequence[Cell]) -> Rows:
    """A column's ``identities`` as numbers."""
    if isinstance(cells, Stored):
        return kind.keys(cells)
    return stored.keys_in([kind.identities(cells)], len(cells), stored.types_of(cells))


def combined(columns: Sequence[Rows]) -> Rows:
    """One number for each row of several columns of numbers."""
    if len(columns) == 1:
        return columns[0]
    keys, width = stored.empty(len(columns[0]), np.int64), 8 * len(columns)
    for start in range(0, len(keys), BLOCK):
        block = np.stack([column[start : start + BLOCK] for column in columns], axis=1).tobytes()
        keys[start : start + BLOCK] = [hash(block[i : i + width]) for i in range(0, len(block), width)]
    return keys


def shared_rows(keys: Keys, others: Keys) -> Rows:
    """The rows of ``keys`` that are among others, in order."""
    if not (isinstance(keys, np.ndarray) and isinstance(others, np.ndarray) and len(others)):
        seen = set(others)
        return np.array([row for row, key in enumerate(keys) if key in seen], np.int64)
    known, found = stored.copied(others), Growing(np.int64)
    known.sort()
    for start in range(0, len(keys), BLOCK):
        some = keys[start : start + BLOCK]
        places = np.minimum(np.searchsorted(known, some), len(known) - 1)
        found.add(start + np.flatnonzero(known[places] == some))
    return found.array()


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
