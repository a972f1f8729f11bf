# pyright: strict
"""Local times over the change of daylight saving, where an hour comes twice in autumn and is missing in spring."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import cast

import numpy as np

from elman.kinds.column import Cell
from elman.kinds.times import commonest
from elman.stored import types_of, written

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
        times = np.fromiter(local_times(cells), "datetime64[us]", len(cells))
    except ValueError:
        return None
    most = max(1, MOST_CHANGES * len(cells))
    order = np.argsort(times, kind="stable") if falls > most else np.arange(len(cells))
    times = times[order]
    steps = np.diff(times)
    step = commonest(steps)
    back = (np.flatnonzero(steps <= NONE) + 1).tolist()
    if not 0 < len(back) <= most or not NONE < step <= HOUR or (steps[np.array(back) - 1] != step - HOUR).any():
        return None
    forward = [row for row in (np.flatnonzero(steps == step + HOUR) + 1).tolist() if is_sunday_night(times[row])]
    saved = np.full(len(times), not forward or back[0] < forward[0])  # summer, before the first hour that comes twice
    for row in sorted((*back, *forward)):
        saved[row:] = row in forward
    times -= np.where(saved, HOUR, NONE)
    if (np.diff(times) <= NONE).any():
        return None
    times[order] = times.copy()
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


def is_sunday_night(time: np.datetime64) -> bool:
    local = cast("datetime.datetime", time.item())
    return local.weekday() == 6 and 1 <= local.hour <= 4
