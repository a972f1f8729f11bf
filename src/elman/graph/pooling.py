"""From a sequence to one vector: ``Sequences [N, F] -> [B, F]``; a sequence of no steps gives zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.attention import softmax_within
from elman.graph.operator import Array, Operator
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Pool(Operator):
    """The ``mean``, ``max`` or ``sum`` over each sequence's steps."""

    name: ClassVar[str] = "pool"
    by: str

    def __call__(self, x: Sequences) -> Array:
        pooled = reduced(np.maximum if self.by == "max" else np.add, x)
        return pooled / np.maximum(x.lengths, 1).astype(pooled.dtype)[:, None] if self.by == "mean" else pooled


@dataclass(frozen=True, eq=False)
class AttentionPool(Operator):
    """Steps weighted by ``softmax(u . tanh(W h + b))``; Yang et al. (2016), equations 5 to 7.

    weight ``[A, F]``, bias ``[A]``, score ``[1, A]``
    """

    name: ClassVar[str] = "attention_pool"
    weight: Array
    bias: Array
    score: Array

    def __call__(self, x: Sequences) -> Array:
        scores = np.tanh(x.values @ self.weight.T + self.bias) @ self.score[0]
        weights = softmax_within(x.with_values(scores))
        return reduced(np.add, x.with_values(x.values * weights[:, None]))


def reduced(by: np.ufunc, x: Sequences) -> Array:
    """``by`` over the steps of each sequence; zeros for one of no steps."""
    pooled = np.zeros((len(x), *x.values.shape[1:]), x.values.dtype)
    some = x.lengths > 0
    if len(x.values):
        pooled[some] = by.reduceat(x.values, x.offsets[some])
    return pooled
