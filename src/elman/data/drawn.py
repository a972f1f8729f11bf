# pyright: strict
"""Rows that stand for all where there are so many that a part of them says as much."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from elman.kinds.column import Cell
from elman.stored import Rows, arange, blocks_of, empty, shuffle


def drawn_rows(cells: Sequence[Cell], most: int | None) -> Rows:
    """The places of all cells, or of ``most`` of many that chance draws, of each value its share; in order.

    The same cells give the same rows.
    """
    rows = arange(len(cells))
    if most is None or len(cells) <= most:
        return rows
    shuffle(rows, random.Random(0))
    place_of: dict[str, int] = {}
    places, start = empty(len(cells), np.int32), 0
    for block in blocks_of(cells):
        places[start : start + len(block)] = [place_of.setdefault(str(cell), len(place_of)) for cell in block]
        start += len(block)
    rows = rows[np.argsort(places[rows], kind="stable")]  # value by value, each in the order of chance
    return np.sort(rows[np.arange(most) * len(rows) // most])
