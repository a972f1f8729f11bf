# pyright: strict
"""Local times over the change of daylight saving, where an hour comes twice in autumn and is missing in spring."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import numpy as np

from elman.kinds.column import Cell
from elman.kinds.times import commonest
from elman.stored import copied, differences, empty, from_each, rows_where, types_of, written

HOUR, NONE = np.timedelta64(1, "h"), np.timedelta64(0, "h")
MOST_CHANGES = 0.01
"""At most this share of steps are changes: they come twice a year."""
MOST_FALLS = 0.1
"""Where time falls at no more of the rows, these are blocks out of order: days one after another, the latest first."""


def without_saving(cells: Sequence[Cell]) -> Sequence[Cell] | None:
    """Times in ISO 8601 as they are without daylight saving; None where they rise anyway, or it isn't that.
    Rows may stand in blocks out of order, and stay where they are.

    The clock goes back where a time is an hour less than equal steps would have it, and forward where it is an hour
    more on a Sunday night. Without an hour that comes twice nothing tells of it: one that is missing may be just that.
    """
    if types_of(cells) != {str} or ":" not in cells[0] or len(cells) < 3:
        return None
    try:
        datetime.datetime.fromisoformat(cells[0])
        falls = count_falls(cells, int(max(1, MOST_FALLS * len(cells))))
        if not falls:
            return None
        times = from_each(local_times(cells), len(cells), "datetime64[us]")
    except ValueError:
        return None
    most = max(1, MOST_CHANGES * len(cells))
    in_order, are_blocks = times, falls > most
    if are_blocks:
        in_order = copied(times)
        in_order.sort()
    steps = differences(in_order)
    falling = rows_where(steps <= NONE)
    if not 0 < len(falling) <= most:
        return None
    step, back = commonest(steps), (falling + 1).tolist()
    if not NONE < step <= HOUR or (steps[falling] != step - HOUR).any():
        return None
    later = (rows_where(steps == step + HOUR) + 1).tolist()
    forward = [row for row in later if is_sunday_night(in_order[row].item())]
    saved = empty(len(times), np.bool_)
    saved[:] = not forward or back[0] < forward[0]  # summer, before the first hour that comes twice
    for row in sorted((*back, *forward)):
        saved[row:] = row in forward
    rows = np.argsort(times, kind="stable") if are_blocks else None
    np.subtract(in_order, HOUR, out=in_order, where=saved)
    if (differences(in_order) <= NONE).any():
        return None
    if rows is not None:
        times[rows] = in_order
    length = len(cells[0])
    return written((time.item().isoformat(" ", "microseconds")[:length] for time in times), cells)


def count_falls(cells: Sequence[Cell], most: int) -> int:
    """At how many rows the time isn't later than that of the row before; 0 where there are more than ``most``."""
    found = sum(1 for _ in islice((None for a, b in pairwise(cells) if not a < b), most + 1))
    return found if found <= most else 0


def local_times(cells: Sequence[Cell]) -> Iterator[datetime.datetime]:
    """Raises ValueError for what is none, or has an offset."""
    for cell in cells:
        time = datetime.datetime.fromisoformat(cell)
        if time.tzinfo:
            raise ValueError(cell)
        yield time


def is_sunday_night(local: datetime.datetime) -> bool:
    return local.weekday() == 6 and 1 <= local.hour <= 4
