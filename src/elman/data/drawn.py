# pyright: strict
"""Rows that stand for all where there are so many that a part of them says as much."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from elman.kinds.column import Cell
from elman.stored import Rows, Stored, arange, different, empty, first_rows, keys_in, shuffle, sorted_by, taken


def drawn_rows(cells: Sequence[Cell], most: int | None) -> Rows:
    """The places of all cells, or of ``most`` of many that chance draws, of each value its share; in order.

    The same cells give the same rows.
    """
    rows = arange(len(cells))
    if most is None or len(cells) <= most:
        return rows
    shuffle(rows, random.Random(0))
    firsts = alike_before(cells)
    by_value = sorted_by(taken(firsts, rows), different(firsts)).order  # of each value, in the order of chance
    return np.sort(rows[by_value[np.arange(most) * len(rows) // most]])


def drawn_sequences(lengths: Rows, most: int) -> Rows:
    """The places of all sequences, or of as many that chance draws as have about ``most`` steps, at least one; in
    order. The same lengths give the same rows."""
    rows = arange(len(lengths))
    if lengths.sum() <= most:
        return rows
    shuffle(rows, random.Random(0))
    count = int(np.searchsorted(np.cumsum(lengths[rows]), most, side="right"))
    return np.sort(rows[: max(1, count)])


def alike_before(cells: Sequence[Cell]) -> Rows:
    """Of each row the first one with the same value."""
    if isinstance(cells, Stored):
        return first_rows(keys_in((list(map(str, block)) for block in cells.blocks()), len(cells), {str}))
    found, first_of = empty(len(cells), np.int64), dict[str, int]()
    found[:] = [first_of.setdefault(str(cell), row) for row, cell in enumerate(cells)]
    return found
