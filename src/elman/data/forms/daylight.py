# pyright: strict
"""Local times over the change of daylight saving, where an hour comes twice in autumn and is missing in spring."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from elman.kinds.column import Cell
from elman.stored import types_of

HOUR = datetime.timedelta(hours=1)
NONE = datetime.timedelta()
MOST_CHANGES = 0.01
"""At most this share of steps are changes: they come twice a year."""


def without_saving(cells: Sequence[Cell]) -> list[Cell] | None:
    """Times in ISO 8601 as they are without daylight saving; None where they rise anyway, or it isn't that.

    The clock goes back where a time is an hour less than equal steps would have it, and forward where it is an hour
    more on a Sunday night. Without an hour that comes twice nothing tells of it: one that is missing may be just that.
    """
    if types_of(cells) != {str} or ":" not in cells[0]:
        return None
    try:
        datetime.datetime.fromisoformat(cells[0])
    except ValueError:
        return None
    back = [row for row, (a, b) in enumerate(pairwise(cells), start=1) if not a < b]
    if not back or len(back) > max(1, MOST_CHANGES * len(cells)) or len(cells) < 3:
        return None
    try:
        times = [datetime.datetime.fromisoformat(cell) for cell in cells]
    except ValueError:
        return None
    if any(time.tzinfo for time in times):
        return None
    steps = [b - a for a, b in pairwise(times)]
    step = Counter(steps).most_common(1)[0][0]
    if not NONE < step <= HOUR or any(steps[row - 1] != step - HOUR for row in back):
        return None
    ahead, shifted = HOUR, [times[0] - HOUR]  # summer, before the first hour that comes twice
    forward = [row for row, found in enumerate(steps, 1) if found == step + HOUR and is_sunday_night(times[row])]
    if forward and forward[0] < back[0]:
        ahead, shifted = NONE, [times[0]]
    for row, time in enumerate(times[1:], start=1):
        if row in back:
            ahead = NONE
        elif row in forward:
            ahead = HOUR
        shifted.append(time - ahead)
    if not all(a < b for a, b in pairwise(shifted)):
        return None
    length = len(cells[0])
    return [time.isoformat(" ", "microseconds")[:length] for time in shifted]


def is_sunday_night(time: datetime.datetime) -> bool:
    return time.weekday() == 6 and 1 <= time.hour <= 4
