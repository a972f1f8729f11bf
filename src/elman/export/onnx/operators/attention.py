"""Attention over a source."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Padded, linear, softmax_where
from elman.export.onnx.table import emits
from elman.graph.attention import Attend, Pad


@emits(Pad)
def _(b: Builder, op: Pad, x: Padded) -> tuple[Name, Name]:
    value = b.constant(int(op.value)) if x.step_dimensions == 0 else b.number(op.value)
    return b.filled(x, value), x.lengths


@emits(Attend)
def _(
    b: Builder, op: Attend, queries: Padded, keys: Name, values: Name, lengths: Name, bias: Padded | None = None
) -> tuple[Padded, Padded]:
    if op.score is None:
        scaled = b.add("Mul", queries.values, b.number(op.scale))
        scores = b.add("MatMul", scaled, b.transpose(keys, 0, 2, 1))
    else:
        pairs = b.add("Add", b.unsqueeze(queries.values, 2), b.unsqueeze(keys, 1))
        scores = b.add("Squeeze", linear(b, b.add("Tanh", pairs), op.score, None, "score"), b.constant([3]))
    if bias is not None:
        scores = b.add("Add", scores, bias.values)
    steps = b.range(b.shape(keys, 1, 2))
    real = b.add("Less", steps, b.unsqueeze(lengths, 1, 2))
    weights = softmax_where(b, scores, real)
    return queries.with_values(b.add("MatMul", weights, values)), queries.with_values(weights)
