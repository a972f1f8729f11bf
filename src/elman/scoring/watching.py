"""What a watching network must beat: how far each step is from those just before it, or from the season before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.decoding.alarms import Watched, threshold
from elman.scoring.baselines import Pairs, State

Floats = NDArray[np.float64]
LEAST = 1e-6
"""A spread, at least, in standard deviations of the column."""


@dataclass(frozen=True)
class Stretch:
    """Some steps of a sequence ``[T, D]`` of standardised numbers, with all that came before them."""

    whole: NDArray[np.float32]
    first: int
    end: int


class Watching:
    """A distance of each step from what was before it, and its threshold from the validation part, as the model has it.

    window: steps that count;  rate: alarms per step that are to be
    """

    name: str
    description: str

    def __init__(self, window: int, rate: float):
        self.window, self.rate, self.threshold = window, rate, 1.0

    def distances(self, steps: Floats) -> Floats:
        """``[T]``; 0 where a step can't be compared."""
        raise NotImplementedError

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        rows = [self.distances(np.asarray(steps, np.float64))[~marks] for steps, marks in zip(*valid, strict=True)]
        self.threshold = threshold(rows, self.rate, self.window)
        return self

    def predict(self, inputs: Sequence[Stretch]) -> list[Watched]:
        found: dict[int, Floats] = {}
        answers: list[Watched] = []
        for stretch in inputs:
            if id(stretch.whole) not in found:
                found[id(stretch.whole)] = self.distances(stretch.whole.astype(np.float64)) / self.threshold
            answers.append(Watched.of(found[id(stretch.whole)][stretch.first : stretch.end], self.window))
        return answers

    def state(self) -> State:
        return {"window": self.window, "rate": self.rate, "threshold": self.threshold}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls(record["window"], record["rate"])
        baseline.threshold = record["threshold"]
        return baseline


class MovingZScore(Watching):
    """How many of their standard deviations a step is from the mean of those before it, in the worst column."""

    name = "moving_z_score"
    description = "a moving z-score"

    def distances(self, steps: Floats) -> Floats:
        there = ~np.isnan(steps)
        filled = np.where(there, steps, 0.0)
        count, total, squares = (_of_last(part, self.window) for part in (there.astype(float), filled, filled**2))
        mean = total / np.maximum(count, 1)
        spread = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, LEAST))
        known = there & (count >= min(self.window, 2)) & (np.arange(len(steps)) >= self.window)[:, None]
        return np.where(known, np.abs(filled - mean) / spread, 0.0).max(1, initial=0.0)


class SeasonalError(Watching):
    """How far a step is from that of the season before, in the worst column."""

    name = "seasonal_naive"
    description = "the error of repeating the last season"

    def distances(self, steps: Floats) -> Floats:
        apart = np.zeros_like(steps)
        apart[self.window :] = np.abs(steps[self.window :] - steps[: -self.window])
        return np.nan_to_num(apart, nan=0.0).max(1, initial=0.0)


def _of_last(values: Floats, window: int) -> Floats:
    """The sum of the ``window`` steps before each ``[T, D]``."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    places = np.arange(len(values))
    return sums[places] - sums[np.maximum(places - window, 0)]
