# pyright: strict
"""Rows that stand for all where there are so many that a part of them says as much."""

from __future__ import annotations

import random
from collections.abc import Sequence

from elman.kinds.column import Cell


def drawn_rows(cells: Sequence[Cell], most: int | None) -> list[int]:
    """The places of all cells, or of ``most`` of many that chance draws, of each value its share; in order.

    The same cells give the same rows.
    """
    rows = list(range(len(cells)))
    if most is None or len(cells) <= most:
        return rows
    random.Random(0).shuffle(rows)
    values = list(map(str, cells))
    place_of = {value: place for place, value in enumerate(dict.fromkeys(values))}
    rows.sort(key=lambda row: place_of[values[row]])  # value by value, each in the order of chance
    return sorted(rows[i * len(rows) // most] for i in range(most))
