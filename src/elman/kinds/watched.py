# pyright: strict
"""Sequences that are watched for what is unusual in them: vectors that may say when their steps are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.kinds.times import moment
from elman.kinds.vector import VectorKind

if TYPE_CHECKING:
    from elman.settings import Settings

EQUAL = 0.9
"""Steps are equally far apart if this share of them is."""


class Steps(list[Any]):
    """The steps of a sequence, which know when they were.

    times: of each step, a date or time as it is written, or a number
    """

    def __init__(self, steps: Sequence[Any], times: Sequence[Any]):
        super().__init__(steps)
        self.times = list(times)


class WatchedKind(VectorKind):
    """``VectorKind`` with a mask beside each column, as a sensor may fail that never did in the training part.

    labels: what its columns are called;  seconds: how long a step is; None where times don't say it
    """

    name = "watched"
    by_role = True
    uses = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[str] = []

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls()

    def reading(self, columns: Mapping[str, str]) -> Self:
        self.labels = list(columns)
        return self

    def fit(self, cells: Sequence[Any]) -> None:
        super().fit(cells)
        self.masked = np.arange(self.width)
        if len(self.labels) != self.width:
            first = self.labels[0] if self.labels else "column"
            self.labels = [f"{first} {place + 1}" for place in range(self.width)] if self.width > 1 else [first]
        self.seconds = seconds_of_a_step([cell.times for cell in cells if isinstance(cell, Steps)])

    def values(self, encoded: NDArray[np.float32]) -> NDArray[np.float32]:
        """The standardised numbers of encoded steps ``[T, width]``; NaN where one is missing."""
        numbers, missing = np.split(encoded, [self.width], axis=1)
        return np.where(missing > 0, np.float32(np.nan), numbers)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "labels": self.labels, "seconds": self.seconds}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.labels = [str(label) for label in state["labels"]]
        self.seconds = None if state["seconds"] is None else float(state["seconds"])
        if len(self.labels) != self.width:
            raise ValueError(f"{len(self.labels)} names for {self.width} columns")


def seconds_of_a_step(times: Sequence[Sequence[Any]]) -> float | None:
    """How long a step mostly is; None where times are no dates, or steps aren't equally far apart."""
    if not times or not all(isinstance(time, str) for row in times for time in row):
        return None
    moments = ([moment(time) for time in row] for row in times)
    steps = [(b - a).total_seconds() for row in moments for a, b in pairwise(row)]
    middle = float(np.median(steps)) if steps else 0.0
    near = np.abs(np.array(steps) - middle) <= 0.1 * middle
    return middle if middle > 0 and near.mean() >= EQUAL else None
