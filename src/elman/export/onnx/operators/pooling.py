"""From a sequence to one vector."""

from __future__ import annotations

import numpy as np

from elman.export.onnx.builder import Builder, Name, Padded, linear, softmax_where
from elman.export.onnx.table import emits
from elman.graph.pooling import AttentionPool, Pool


@emits(Pool)
def _(b: Builder, op: Pool, x: Padded) -> Name:
    if op.by == "max":
        return largest(b, x)
    total = summed(b, x)
    return b.add("Div", total, b.at_least_one(x.lengths)) if op.by == "mean" else total


@emits(AttentionPool)
def _(b: Builder, op: AttentionPool, x: Padded) -> Name:
    hidden = b.add("Tanh", linear(b, x.values, op.weight, op.bias, "pool"))
    scores = linear(b, hidden, op.score, None, "pool.score")
    weights = softmax_where(b, b.add("Squeeze", scores, b.constant([2])), b.real(x))
    return summed(b, x.with_values(b.add("Mul", x.values, b.unsqueeze(weights, 2))))


def largest(b: Builder, x: Padded) -> Name:
    """The maximum over the steps of each sequence, ``[B, F]``; zeros for one of no steps."""
    found = b.add("ReduceMax", b.filled(x, b.number(-np.inf)), axes=[1], keepdims=0)
    return b.add("Where", b.any(x.lengths), found, b.number(0))


def summed(b: Builder, x: Padded) -> Name:
    """The sum over the steps of each sequence, ``[B, F]``."""
    return b.add("ReduceSum", b.filled(x, b.number(0)), b.constant([1]), keepdims=0)
