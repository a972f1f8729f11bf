"""Vectors in time, and forecasts of them."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Padded, linear
from elman.export.onnx.table import emits
from elman.graph.series import AddPattern, Change, Horizon, Segments


@emits(Change)
def _(b: Builder, op: Change, x: Padded) -> Padded:
    return x.with_values(change(b, x.values))


def change(b: Builder, x: Name) -> Name:
    """``[B, T, ...]`` less the step before; the first step less itself."""
    before = b.add("Concat", b.slice(x, 1, 0, 1), b.slice(x, 1, 0, -1), axis=1)
    return b.add("Sub", x, before)


@emits(Segments)
def _(b: Builder, op: Segments, x: Padded) -> Padded:
    lengths = b.add("Div", x.lengths, b.constant(op.length))
    steps = filled_up(b, x.values, op.length)
    width = b.add("Mul", b.shape(x.values, 2), b.constant([op.length]))
    return Padded(b.reshape(steps, 0, -1, width), lengths)


def filled_up(b: Builder, x: Name, to_multiple_of: int) -> Name:
    """``[B, T, F]`` with zeros behind, so that the steps can be parted."""
    steps = b.shape(x, 1, 2)
    lacking = b.add("Mod", b.add("Neg", steps), b.constant([to_multiple_of]))
    return b.add("Pad", x, b.sizes(0, 0, 0, 0, lacking, 0))


@emits(Horizon)
def _(b: Builder, op: Horizon, ahead: Name, column: Name) -> Padded:
    count, size = op.places.shape
    vectors = b.unsqueeze(b.weight(op.places, "places"), 0)
    if op.columns is not None:
        own = b.add("Gather", b.weight(op.columns, "columns"), column)
        vectors = b.add("Add", vectors, b.unsqueeze(own, 1))
    if op.weight is not None:
        segments = b.reshape(filled_up(b, ahead, op.segment), 0, count, -1)
        vectors = b.add("Add", vectors, linear(b, segments, op.weight, None, "ahead"))
    of_all = b.add("Expand", vectors, b.sizes(b.shape(column, 0, 1), count, size))
    return Padded(of_all, b.same_length(of_all, count))


@emits(AddPattern)
def _(b: Builder, op: AddPattern, segments: Padded, gates: Padded | None, pattern: Name) -> Name:
    batch, horizon = b.shape(pattern, 0, 1), b.shape(pattern, 1, 2)
    width = b.add("Div", b.shape(segments.values, 2), b.constant([op.segment]))
    scores = b.slice(b.reshape(segments.values, batch, -1, width), 1, 0, horizon)
    if gates is None:
        shares = b.number(-1)
    else:
        each = b.add("Expand", b.reshape(gates.values, -1, 1), b.constant([1, op.segment]))
        shares = b.slice(b.reshape(each, batch, -1), 1, 0, horizon)
    return b.add("Add", scores, b.unsqueeze(b.add("Mul", shares, pattern), 2))
