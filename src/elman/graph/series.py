"""Operators of vectors in time: changes, segments, what a horizon begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Change(Operator):
    """How each step differs from the one before it; a first step doesn't (delta features, Furui 1986)."""

    name: ClassVar[str] = "change"

    def __call__(self, x: Sequences) -> Sequences:
        change = np.zeros_like(x.values)
        change[1:] = x.values[1:] - x.values[:-1]
        change[x.positions == 0] = 0
        return x.with_values(change)


@dataclass(frozen=True, eq=False)
class Segments(Operator):
    """So many steps side by side as one: ``Sequences [N, F] -> [N / length, length * F]``; it divides all lengths."""

    name: ClassVar[str] = "segments"
    length: int

    def __call__(self, x: Sequences) -> Sequences:
        width = self.length * int(np.prod(x.values.shape[1:]))
        return Sequences(x.values.reshape(-1, width), x.lengths // self.length)


@dataclass(frozen=True, eq=False)
class Horizon(Operator):
    """The segments of a horizon as a decoder begins with them (Lin et al. 2023): ``Sequences`` of them of each window.

    Each has a vector of ``places`` ``[M, size]``, and so has each column of the series (``columns`` ``[C, size]``);
    to their sum ``weight`` ``[size, segment * K]`` of what is given ahead is added.

    ahead: ``[B, H, K]``;  column: ``[B]``
    """

    name: ClassVar[str] = "horizon"
    segment: int
    places: Array
    columns: Array | None = None
    weight: Array | None = None

    def __call__(self, ahead: Array, column: Array) -> Sequences:
        batch, horizon, features = ahead.shape
        count, size = self.places.shape
        vectors = np.broadcast_to(self.places, (batch, count, size))
        if self.columns is not None:
            vectors = vectors + self.columns[column, None]
        if self.weight is not None:
            filled = np.zeros((batch, count * self.segment, features), ahead.dtype)
            filled[:, :horizon] = ahead
            vectors = vectors + filled.reshape(batch, count, self.segment * features) @ self.weight.T
        return Sequences(vectors.reshape(-1, size), np.full(batch, count))


@dataclass(frozen=True, eq=False)
class AddPattern(Operator):
    """A forecast's scores: those of its segments one after another, and a share of the base's ``pattern`` on top.

    segments: ``Sequences [B * M, segment * K]``;  gates: ``Sequences [B * M, 1]``, the shares; None for -1, all of the
    pattern taken back;  pattern: ``[B, H]``. Gives ``[B, H, K]``.
    """

    name: ClassVar[str] = "add_pattern"
    segment: int

    def __call__(self, segments: Sequences, gates: Sequences | None, pattern: Array) -> Array:
        batch, horizon = pattern.shape
        steps = self.segment * -(-horizon // self.segment)
        scores = segments.values.reshape(batch, steps, segments.values.shape[1] // self.segment)
        shares = np.full(len(segments.values), np.float32(-1)) if gates is None else gates.values[:, 0]
        shares = np.repeat(shares, self.segment).reshape(batch, steps)
        return scores[:, :horizon] + (shares[:, :horizon] * pattern)[..., None]
