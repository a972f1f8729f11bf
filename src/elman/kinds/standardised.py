# pyright: strict
"""Numbers, standardised by the training part: what number, numbers and row share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman import stored
from elman.errors import TaskError
from elman.kinds.base import Kind


def number_of(cell: Any) -> float:
    """A cell as a number; missing is NaN; anything else raises TaskError."""
    if cell is None or cell == "":
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise TaskError(f"{cell!r} is not a number; correct the cell, or leave out its row") from None


def is_finite(cell: Any) -> bool:
    try:
        return math.isfinite(number_of(cell))
    except TaskError:
        return False


def mean_and_deviation(cells: Sequence[Any]) -> tuple[float, float]:
    """Of the finite numbers among cells, their mean and standard deviation, without bias; 0 where there are too few."""
    values = stored.empty(len(cells), np.float64)
    start = 0
    for block in stored.blocks_of(cells):
        numbers = np.array([number_of(cell) for cell in block], np.float64)
        numbers = numbers[np.isfinite(numbers)]
        values[start : start + len(numbers)] = numbers
        start += len(numbers)
    return stored.mean_and_deviation(values[:start]) if start else (0.0, 0.0)


def saved_spread(mean: Any, scale: Any) -> tuple[float, float]:
    """Mean and scale as a saved model holds them. Raises ValueError or TypeError for what numbers can't have had."""
    mean, scale = float(mean), float(scale)
    if not scale > 0:
        raise ValueError(f"a spread of {scale} can't be")
    return mean, scale


def saved_columns(*columns: Any) -> list[NDArray[np.float64]]:
    """Figures of so many columns each, as a saved model holds them. Raises ValueError or TypeError where they aren't
    numbers, or not equally many."""
    arrays = [np.array(own, np.float64) for own in columns]
    if len({own.shape for own in arrays}) > 1 or arrays[0].ndim != 1:
        raise ValueError("its columns have differing figures")
    return arrays


class StandardisedKind(Kind):
    """Numbers as ``(number - mean) / scale``, with the mean and the standard deviation of the training part."""

    def standardise(self, numbers: Sequence[Any]) -> None:
        """Learn mean and scale from these cells. Raises TaskError where all of them are the same."""
        mean, scale = mean_and_deviation(numbers)
        if not scale:
            raise TaskError("the output column is constant or empty: there is nothing to learn")
        self.mean, self.scale = mean, scale

    def standardised(self, numbers: NDArray[np.float64]) -> NDArray[np.float32]:
        return ((numbers - self.mean) / self.scale).astype(np.float32)

    def names(self, targets: NDArray[Any]) -> list[str]:
        """Standardised numbers in the column's own unit."""
        return [f"{number:.3g}" for number in (targets * self.scale + self.mean).tolist()]

    def go_on_from(self, old: Kind) -> None:
        if isinstance(old, StandardisedKind):
            self.mean, self.scale = old.mean, old.scale

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "scale": self.scale}

    def load_state(self, state: dict[str, Any]) -> None:
        self.mean, self.scale = saved_spread(state["mean"], state["scale"])
