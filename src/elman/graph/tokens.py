"""Operators that look vectors up: of tokens, of what a word is spelled with, of the values of a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator, Value, on_values
from elman.graph.pooling import reduced
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Embed(Operator):
    """The row of ``weight`` ``[values, size]`` that each id names (Bengio et al. 2003)."""

    name: ClassVar[str] = "embed"
    weight: Array

    def __call__(self, ids: Value) -> Value:
        return on_values(lambda values: self.weight[values], ids)


@dataclass(frozen=True, eq=False)
class Bag(Operator):
    """The mean of the rows that the ids of each sequence name: ``Sequences [N] -> [B, size]``; zeros for none.

    A word's character n-grams, hashed into the rows of ``weight`` (Bojanowski et al. 2017).
    """

    name: ClassVar[str] = "bag"
    weight: Array

    def __call__(self, ids: Sequences) -> Array:
        sums = np.zeros((len(ids), self.weight.shape[1]), self.weight.dtype)
        for length in np.unique(ids.lengths):  # NumPy sums arrays in a third of the time that it takes for stretches
            same = np.flatnonzero(ids.lengths == length)
            steps = ids.offsets[same, None] + np.arange(length)
            sums[same] = self.weight[ids.values[steps]].sum(axis=1)
        return sums / np.maximum(ids.lengths, 1).astype(sums.dtype)[:, None]


@dataclass(frozen=True, eq=False)
class WeightedBag(Operator):
    """The sum of the rows that the ids of each sequence name, each times a number: ``Sequences [N]``, ``[N, 1] -> [B,
    size]``; a text's n-grams by their TF-IDF."""

    name: ClassVar[str] = "weighted_bag"
    weight: Array

    def __call__(self, ids: Sequences, times: Array) -> Array:
        return reduced(np.add, ids.with_values(times * self.weight[ids.values]))


@dataclass(frozen=True, eq=False)
class Take(Operator):
    """The rows of ``[W, size]`` that each step of ``like`` shows, by its ``index`` ``[N]``: a sequence like it."""

    name: ClassVar[str] = "take"

    def __call__(self, rows: Array, index: Array, like: Sequences) -> Sequences:
        return like.with_values(rows[index])


@dataclass(frozen=True, eq=False)
class Expand(Operator):
    """What is of a row of the batch beside each step of its sequence: ``[B, S]``, like ``Sequences`` of ``N`` steps."""

    name: ClassVar[str] = "expand"

    def __call__(self, rows: Array, like: Sequences) -> Sequences:
        return like.with_values(rows[like.sequence_ids])


@dataclass(frozen=True, eq=False)
class AsSteps(Operator):
    """Something of each step of ``Sequences`` of ``N`` steps, ``[N, S]``, as a sequence like them."""

    name: ClassVar[str] = "as_steps"

    def __call__(self, rows: Array, like: Sequences) -> Sequences:
        return like.with_values(rows)


@dataclass(frozen=True, eq=False)
class Window(Operator):
    """The first ``size`` steps side by side: ``Sequences [N, F] -> [B, size * F]``, filled with zeros."""

    name: ClassVar[str] = "window"
    size: int

    def __call__(self, x: Sequences) -> Array:
        padded = np.zeros((len(x), self.size, x.values.shape[1]), x.values.dtype)
        inside = x.positions < self.size
        padded[x.sequence_ids[inside], x.positions[inside]] = x.values[inside]
        return padded.reshape(len(x), self.size * x.values.shape[1])


@dataclass(frozen=True, eq=False)
class Pick(Operator):
    """One of the columns: ``[B, C] -> [B]``."""

    name: ClassVar[str] = "pick"
    column: int

    def __call__(self, x: Array) -> Array:
        return x[:, self.column]
