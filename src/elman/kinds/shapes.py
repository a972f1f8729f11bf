# pyright: strict
"""Shapes of the latest steps that training knows, and how far others are from them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POINTS = 12
"""That a shape has in each column, at most."""
HALF = 0.5
"""A point this share of the length ago counts half as much as the newest: what is over counts ever less."""
MOST_KNOWN, MOST_NUMBERS = 2_000, 100_000
"""Shapes that are kept, at most, drawn by chance, and numbers of them all."""
DIGITS = 4
"""Of the numbers of shapes, in standard deviations, after the point."""
BLOCK = 1_024
"""Steps that are compared at once."""


class Shapes:
    """The last ``length`` steps at each step, as the means of up to ``POINTS`` stretches of them (Keogh et al. 2001,
    "Dimensionality reduction for fast similarity search": piecewise aggregate approximation), each column less its
    mean, so that no level counts; and those of normal data, ``known`` ``[n, points * width]``. The latest points weigh
    most, so that a fault that is over is forgotten before it has left the window.

    A shape is as unusual as it is far from the nearest that is known. That is the distance of a matrix profile against
    normal data (Yeh et al. 2016), but from shapes of their own size, and of steps that came before alone.
    """

    def __init__(self, length: int, width: int):
        self.length, self.width = length, width
        self.points = min(POINTS, length)
        self.ends = np.linspace(0, length, self.points + 1).astype(np.int64)
        weights = 0.5 ** ((length - (self.ends[1:] + self.ends[:-1]) / 2) / (HALF * length))
        self.weights = (weights / weights.sum() * self.points)[:, None]
        self.known, self.seen = np.zeros((1, self.points * width)), 0

    def of(self, steps: NDArray[np.float32]) -> Floats:
        """``[length + T, width]`` -> ``[T, points * width]``: at each of the last T steps, it and those before it.

        Points are times the roots of their weights, so that distances are weighed.
        """
        sums = np.cumsum(np.concatenate([np.zeros((1, self.width)), steps[1:].astype(np.float64)]), axis=0)
        count = len(steps) - self.length
        at = [sums[end : end + count] for end in self.ends.tolist()]
        means = [(b - a) / n for (a, b), n in zip(pairwise(at), np.diff(self.ends).tolist(), strict=True)]
        shapes = np.stack(means, axis=1) if count else np.zeros((0, self.points, self.width))
        shapes -= (self.weights * shapes).mean(1, keepdims=True)
        return (np.sqrt(self.weights) * shapes).reshape(count, -1)

    def learn(self, rows: Sequence[NDArray[np.float32]], usable: Sequence[NDArray[np.bool_]]) -> None:
        """Keep some of normal data, and of those before as many as is their share.

        rows: ``[length + T, width]`` each;  usable: ``[T]``, which of its last T steps a shape may end at
        """
        places = np.concatenate([np.flatnonzero(own) for own in usable])
        which = np.repeat(np.arange(len(rows)), [int(own.sum()) for own in usable])
        if not len(places):
            return
        before, self.seen = self.seen, self.seen + len(places)
        most = max(1, min(MOST_KNOWN, MOST_NUMBERS // self.known.shape[1], self.seen))
        kept = round(most * before / self.seen)
        found = [self.known[:kept]]
        for drawn in np.random.default_rng(0).permutation(len(places))[: most - kept].tolist():
            steps = rows[int(which[drawn])][places[drawn] : places[drawn] + self.length + 1]
            found.append(np.round(self.of(steps), DIGITS))
        self.known = np.concatenate(found)

    def off(self, steps: NDArray[np.float32]) -> Floats:
        """``[length + T, width]`` -> ``[T, width]``: how far the shape at each of the last T steps is from the nearest
        that is known, as mean squares of each column, which sum to that of the shape."""
        count = len(steps) - self.length
        found = np.zeros((count, self.width))
        for start in range(0, count, BLOCK):
            shapes = self.of(steps[start : min(start + BLOCK, count) + self.length])
            apart = np.square(shapes - self.known[self._nearest(shapes)])
            found[start : start + BLOCK] = apart.reshape(len(shapes), self.points, self.width).sum(1) / apart.shape[1]
        return found

    def _nearest(self, shapes: Floats) -> NDArray[np.int64]:
        squares = np.square(self.known).sum(1)
        return (squares - 2 * shapes @ self.known.T).argmin(1)

    def state(self) -> list[Any]:
        return self.known.tolist()

    def load(self, state: Any) -> None:
        """Raises ValueError for shapes of another size."""
        self.known = np.array(state, np.float64)
        if self.known.ndim != 2 or self.known.shape[1] != self.points * self.width or not len(self.known):
            raise ValueError(f"shapes of {self.known.shape} are not of {self.points} points in {self.width} columns")
