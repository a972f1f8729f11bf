"""Ids, and vectors of them."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Padded, Value, values_of
from elman.export.onnx.operators.pooling import summed
from elman.export.onnx.table import emits
from elman.graph.tokens import AsSteps, Bag, Embed, Expand, Pick, Take, WeightedBag, Window


@emits(Embed)
def _(b: Builder, op: Embed, ids: Value) -> Value:
    vectors = b.add("Gather", b.weight(op.weight, "embedding"), values_of(ids))
    return ids.with_values(vectors, 1) if isinstance(ids, Padded) else vectors


@emits(Bag)
def _(b: Builder, op: Bag, ids: Padded) -> Name:
    vectors = ids.with_values(b.add("Gather", b.weight(op.weight, "pieces"), ids.values), 1)
    return b.add("Div", summed(b, vectors), b.at_least_one(ids.lengths))


@emits(WeightedBag)
def _(b: Builder, op: WeightedBag, ids: Padded, times: Name) -> Name:
    vectors = b.add("Gather", b.weight(op.weight, "ngrams"), ids.values)
    return summed(b, ids.with_values(b.add("Mul", vectors, b.reshape(times, b.shape(ids.values, 0, 2), 1)), 1))


@emits(Take)
def _(b: Builder, op: Take, rows: Name, index: Value, as_in: Padded) -> Padded:
    # Of steps that aren't there the index isn't either; they show row 0.
    of_steps = b.reshape(values_of(index), b.shape(as_in.values, 0, 2))
    shown = b.filled(as_in.with_values(of_steps, 0), b.constant(0))
    return as_in.with_values(b.add("Gather", rows, shown), 1)


@emits(Expand)
def _(b: Builder, op: Expand, rows: Name, as_in: Padded) -> Padded:
    sizes = b.sizes(b.shape(as_in.values, 0, 2), b.shape(rows, 1))
    return as_in.with_values(b.add("Expand", b.unsqueeze(rows, 1), sizes), 1)


@emits(AsSteps)
def _(b: Builder, op: AsSteps, rows: Name, as_in: Padded) -> Padded:
    return as_in.with_values(b.reshape(rows, b.shape(as_in.values, 0, 2), b.shape(rows, 1)), 1)


@emits(Window)
def _(b: Builder, op: Window, x: Padded) -> Name:
    longer = b.add("Pad", b.filled(x, b.number(0)), b.constant([0, 0, 0, 0, op.size, 0]))
    return b.reshape(b.slice(longer, 1, 0, op.size), 0, -1)


@emits(Pick)
def _(b: Builder, op: Pick, x: Name) -> Name:
    return b.add("Gather", x, b.constant(op.column), axis=1)
