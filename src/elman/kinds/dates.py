# pyright: strict
"""Dates among the values of a row, as numbers: how far along the training dates they are, and where in their cycles."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.graph import raw
from elman.kinds.standardised import saved_spread
from elman.kinds.times import moment
from elman.stored import Growing, blocks_of, mean_and_deviation

EPOCH = datetime.datetime(1970, 1, 1)
STEPS: dict[str, Callable[[datetime.datetime], Any]] = {
    "year": lambda time: time.month,
    "week": lambda time: time.weekday(),
    "day": lambda time: (time.hour, time.minute),
}
"""Of each cycle, what the training dates must differ in for it to say something."""


@dataclass(frozen=True)
class Dates:
    """A column of dates.

    mean, scale: days since 1970, and their standard deviation, of the training dates
    cycles:      those that are given, each as sine and cosine, so that December stands beside January
    """

    mean: float
    scale: float
    cycles: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[Any]) -> Self:
        """What the training part's dates come to; there must be one. Raises TaskError for what is no date."""
        found, steps = Growing(np.float64), {name: set[Any]() for name in STEPS}
        for block in blocks_of(cells):
            times = list(map(moment, block))
            found.add(list(map(days, times)))
            for name, step in STEPS.items():
                steps[name].update(map(step, times))
        mean, scale = mean_and_deviation(found.array())
        return cls(mean, scale or 1.0, tuple(name for name, own in steps.items() if len(own) > 1))

    @classmethod
    def saved(cls, mean: float, scale: float, cycles: Sequence[str]) -> Self:
        """What a saved model holds of one. Raises ValueError for a cycle that there isn't."""
        if unknown := set(cycles) - raw.PHASES.keys():
            raise ValueError(f"dates have no cycle {min(unknown)!r}")
        return cls(*saved_spread(mean, scale), tuple(cycles))

    @property
    def size(self) -> int:
        """Figures of a date."""
        return 1 + 2 * len(self.cycles)

    def figures(self, cells: Sequence[Any]) -> NDArray[np.float32]:
        """``[n, size]``, zeros for a missing date. Raises TaskError for what is no date."""
        times = [math.nan if is_missing(cell) else seconds(moment(cell)) for cell in cells]
        return raw.Dates((self.mean,), (self.scale,), (self.cycles,))(np.array(times, np.float64)[:, None])


def seconds(time: datetime.datetime) -> float:
    """Since 1970."""
    return (time - EPOCH).total_seconds()


def days(time: datetime.datetime) -> float:
    """Since 1970."""
    return seconds(time) / raw.DAY


def is_missing(cell: Any) -> bool:
    """Whether a cell of a row says nothing."""
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))
