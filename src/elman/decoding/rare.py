# pyright: strict
"""Of two classes one that hardly ever comes: which, and from which probability on it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
RARE = 0.05
"""Of two classes, one that fewer rows have than this share is rare: the other is likeliest nearly always, so that the
likeliest class says little."""
FEWEST = 10
"""Fewer rows of the rare class than this can't say from which probability on rows are to be called so; the
probabilities themselves must."""


class Called(str):
    """The class that a row was called, and how likely the rare one was."""

    __slots__ = ("chance",)
    chance: float

    @classmethod
    def of(cls, name: str, chance: float) -> Called:
        called = cls(name)
        called.chance = chance
        return called


def rare_among(counts: Mapping[str, int]) -> str | None:
    """The rare one of two classes, by how many rows each has; None where there are more, or both are common."""
    name = min(counts, key=lambda name: counts[name], default=None)
    return name if len(counts) == 2 and name and counts[name] < RARE * sum(counts.values()) else None


def least_chance(chances: Floats, are_rare: NDArray[np.bool_], times: float = 1.0) -> float:
    """Of ``chances`` ``[n]`` of rows held out the one from which on they are to be called rare for the best F1; where
    few are, for the best that they promise, if they mean what they say (Lipton et al. 2014).

    times: as much as another row a rare one counted where chances were learned: what they say is of such data
    """
    order = np.argsort(-chances, kind="stable")
    ordered = chances[order].astype(np.float64)
    promised = ordered / (ordered + times * (1 - ordered))
    found = are_rare[order].astype(np.float64) if are_rare.sum() >= FEWEST else promised
    f1 = 2 * np.cumsum(found) / (np.arange(1, len(found) + 1) + found.sum())
    below = np.append(ordered[1:], 0.0)
    f1[ordered == below] = -1.0  # rows that are equally likely are called the same
    last = int(np.argmax(f1))
    return float((ordered[last] + below[last]) / 2)
