"""Operators that go on from what was read of each sequence before, so that it can come in pieces.

What they carry is a state like that of the recurrence, zero before the first step: ``[1, B, ...]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator
from elman.graph.pooling import reduced
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Count(Operator):
    """How many steps of each sequence were read, with those of ``x``: int64 ``[1, B, 1]``."""

    name: ClassVar[str] = "count"

    def __call__(self, x: Sequences, before: Array) -> Array:
        return before + x.lengths[:, None]


@dataclass(frozen=True, eq=False)
class ChangeSince(Operator):
    """``Change``, whose first step may have one before it; and the last step that was read, to go on from.

    last: ``[1, B, F]``;  count: steps that were read before, ``[1, B, 1]``
    """

    name: ClassVar[str] = "change_since"

    def __call__(self, x: Sequences, last: Array, count: Array) -> tuple[Sequences, Array]:
        some, after = x.lengths > 0, last.copy()
        before = np.empty_like(x.values)
        before[1:] = x.values[:-1]
        first = x.offsets[some]
        before[first] = np.where(count[0, some] > 0, last[0, some], x.values[first])
        after[0, some] = x.values[first + x.lengths[some] - 1]
        return x.with_values(x.values - before), after


@dataclass(frozen=True, eq=False)
class PoolSince(Operator):
    """``Pool`` over all steps that were read, ``[B, F]``; and their sum or maximum, to go on from.

    carried: float64 ``[1, B, F]``;  count: steps that were read before, ``[1, B, 1]``
    """

    name: ClassVar[str] = "pool_since"
    by: str

    def __call__(self, x: Sequences, carried: Array, count: Array) -> tuple[Array, Array]:
        now, read, some = carried[0], count[0], x.lengths > 0
        if self.by == "max":
            both = np.maximum(now, reduced(np.maximum, x))
            after = np.where(some[:, None], np.where(read > 0, both, reduced(np.maximum, x)), now)
            return after.astype(x.values.dtype), after[None]
        after = now + reduced(np.add, x.with_values(x.values.astype(now.dtype)))
        steps = np.maximum(read + x.lengths[:, None], 1)
        return (after / steps).astype(x.values.dtype), after[None]
