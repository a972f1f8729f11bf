# pyright: strict
"""When the steps of a series are: times as people write them, and the grid of equal steps that they lie on."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.column import Cell

OFFSET = re.compile(r"Z$|[+-]\d\d:\d\d$")
REGULAR = 0.01
"""Times are regular if at most this share of them doesn't lie on a grid of equal steps."""


@dataclass(frozen=True)
class Grid:
    """Equal steps in time: step ``i`` is ``at(i)``.

    step: as text ("1 month"), for people
    gaps: steps of the series that no row was given for
    """

    step: str
    at: Callable[[int], Any]
    gaps: list[int] = field(default_factory=list)


def grid_of(times: Sequence[Cell], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], Grid | None]:
    """The place of each time on a grid of equal steps, and the grid; places in order where times aren't regular."""
    parsed = [moment(time) for time in times] if isinstance(times[0], str) else list(times)
    if len(parsed) < 2:
        return places, None
    months = months_of(parsed)
    if months is not None:
        counts, first = months, parsed[0]
    elif isinstance(parsed[0], datetime.datetime):
        counts, first = [(time - parsed[0]).total_seconds() for time in parsed], parsed[0]
    else:
        counts, first = [float(time - parsed[0]) for time in parsed], parsed[0]
    step = Counter(round(b - a, 6) for a, b in pairwise(counts)).most_common(1)[0][0]
    exact = np.asarray(counts, dtype=np.float64) / step
    found = np.rint(exact).astype(np.int64)
    off_grid = (np.abs(exact - found) > 0.1).mean()
    if off_grid > REGULAR or (np.diff(found) < 1).any():
        return places, None
    lacking = np.ones(int(found[-1]) + 1, np.bool_)
    lacking[found] = False
    gaps = np.flatnonzero(lacking).tolist()

    def at(i: int) -> Any:
        if months is not None:
            month = first.year * 12 + first.month - 1 + round(i * step)
            return shown(first.replace(year=month // 12, month=month % 12 + 1), times[0])
        if isinstance(first, datetime.datetime):
            return shown(first + datetime.timedelta(seconds=i * step), times[0])
        return first + i * (int(step) if float(step).is_integer() else step)

    return found, Grid(describe_step(step, months is not None, first), at, gaps)


def moment(time: Cell) -> datetime.datetime:
    """A date as ISO 8601 writes it; ``1949-01`` is the first of the month."""
    text = str(time)
    try:
        parsed = iso_time(text)
    except ValueError:
        raise TaskError(f"{text!r} is no date or time; expected one such as 2020-12-31 or 2020-12-31 23:59") from None
    return parsed.replace(tzinfo=None)


def iso_time(text: str) -> datetime.datetime:
    """``moment``, with its offset, where it has one. Raises ValueError for anything else."""
    return datetime.datetime.fromisoformat(text if len(text) > len("2020-12") else f"{text}-01")


def shown(time: datetime.datetime, like: Cell) -> str:
    """A time written as the data write theirs, with the same offset."""
    text = str(like)
    found = OFFSET.search(text) if ":" in text else None
    offset = found[0] if found else ""
    return time.isoformat("T" if "T" in text else " ", "microseconds")[: len(text) - len(offset)] + offset


def months_of(times: Sequence[Any]) -> list[float] | None:
    """Times as months, where they are all the same day and hour of different months."""
    if not isinstance(times[0], datetime.datetime) or len({(t.day, t.hour, t.minute, t.second) for t in times}) > 1:
        return None
    first = times[0].year * 12 + times[0].month
    months = [float(t.year * 12 + t.month - first) for t in times]
    return months if len(set(months)) == len(months) else None


def describe_step(step: float, months: bool, first: Any) -> str:
    if months:
        count, unit = (step, "month") if step % 12 else (step / 12, "year")
        return f"{count:g} {unit}{'s' * (count != 1)}"
    if not isinstance(first, datetime.datetime):
        return f"{step:g}"
    for unit, seconds in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if step % seconds == 0:
            return f"{step / seconds:g} {unit}{'' if step == seconds else 's'}"
    return f"{step:g} seconds"
