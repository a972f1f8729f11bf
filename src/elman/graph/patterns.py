"""How often fixed patterns are found in a sequence: MiniRocket (Dempster, Schmidt & Webb 2021, "MiniRocket: A very fast
(almost) deterministic transform for time series classification")."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator
from elman.sequences import Sequences

STEPS = 9
"""That a pattern is of."""
HIGH = np.array(list(combinations(range(STEPS), 3)))
PATTERNS = np.full((len(HIGH), STEPS), -1.0)
"""``[84, 9]``: all patterns of six steps of -1 and three of 2; each sums to zero, so that no level is seen."""
np.put_along_axis(PATTERNS, HIGH, 2.0, axis=1)


def past_ends(biases: int) -> Array:
    """``[84, biases]``: whether a pattern is looked for past a sequence's ends, too, at each of so many biases."""
    return np.indices((len(PATTERNS), biases)).sum(0) % 2 == 0


def margin(width: int) -> int:
    """How far a pattern goes to either side of a step."""
    return STEPS // 2 * width


@dataclass(frozen=True, eq=False)
class Patterns(Operator):
    """Of each pattern, at each of several widths, the share of steps at which it is found more clearly than a bias:
    ``Sequences [N, D] -> [B, 84 * biases]``; zeros for a sequence of no steps.

    How clearly a pattern is found at a step is the sum of its nine numbers times those that stand around the step, a
    width apart, in some of the columns; before a sequence and after it there are zeros. Every other share is of the
    steps that have room for the pattern alone, where there are any. Sums are in float64, so that no step is above a
    bias in one program and below it in another.

    widths:  the steps from one number of a pattern to the next;  counts: how many biases each width has
    biases:  ``[84, biases]``, width after width
    columns: ``[widths, 84, D]``, 1 where a pattern is looked for
    """

    name: ClassVar[str] = "patterns"
    widths: tuple[int, ...]
    counts: tuple[int, ...]
    biases: Array
    columns: Array

    def __call__(self, x: Sequences) -> Array:
        shares = np.zeros((len(x), self.biases.size), np.float32)
        for row, steps in zip(shares, x, strict=True):
            if len(steps):
                row[:] = self._shares(steps.astype(np.float64)).ravel()
        return shares

    @cached_property
    def weights(self) -> Array:
        """``[widths, 84, 9 * D]``: of each pattern, number after number, in each column."""
        weights = PATTERNS[..., None] * self.columns[:, :, None]
        return weights.reshape(*self.columns.shape[:2], -1)

    def found(self, x: Array, place: int) -> Array:
        """``[84, T]``: how clearly each pattern is found around each step of ``[T, D]``, at one width."""
        width = self.widths[place]
        around = np.pad(x, ((margin(width),) * 2, (0, 0)))
        met = np.concatenate([around[k * width : k * width + len(x)].T for k in range(STEPS)])
        return self.weights[place] @ met

    def _shares(self, x: Array) -> Array:
        """``[84, biases]``"""
        shares, first = np.empty(self.biases.shape), 0
        for place, (width, count) in enumerate(zip(self.widths, self.counts, strict=True)):
            part, beyond = slice(first, first + count), margin(width)
            above = self.found(x, place)[:, None] > self.biases[:, part, None]
            whole = above.mean(-1)
            within = above[..., beyond : len(x) - beyond].mean(-1) if len(x) > 2 * beyond else whole
            shares[:, part] = np.where(past_ends(self.biases.shape[1])[:, part], whole, within)
            first += count
        return shares
