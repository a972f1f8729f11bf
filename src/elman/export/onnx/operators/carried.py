"""What goes on from what was read before."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Padded
from elman.export.onnx.operators.pooling import largest
from elman.export.onnx.table import emits
from elman.graph.carried import ChangeSince, Count, PoolSince


@emits(Count)
def _(b: Builder, op: Count, x: Padded, before: Name) -> Name:
    return b.add("Add", before, b.unsqueeze(x.lengths, 0, 2))


@emits(ChangeSince)
def _(b: Builder, op: ChangeSince, x: Padded, last: Name, count: Name) -> tuple[Padded, Name]:
    begun = b.add("Greater", b.transpose(count, 1, 0, 2), b.constant(0))
    before_first = b.add("Where", begun, b.transpose(last, 1, 0, 2), b.slice(x.values, 1, 0, 1))
    before = b.add("Concat", before_first, b.slice(x.values, 1, 0, -1), axis=1)
    place = b.add("Sub", b.unsqueeze(x.lengths, 1), b.constant(1))
    is_last = b.unsqueeze(b.add("Equal", b.range(b.shape(x.values, 1, 2)), place), 2)
    latest = b.add("ReduceSum", b.add("Where", is_last, x.values, b.number(0)), b.constant([1]), keepdims=0)
    after = b.add("Where", b.any(x.lengths), latest, b.add("Squeeze", last, b.constant([0])))
    return x.with_values(b.add("Sub", x.values, before)), b.unsqueeze(after, 0)


@emits(PoolSince)
def _(b: Builder, op: PoolSince, x: Padded, carried: Name, count: Name) -> tuple[Name, Name]:
    double, single = b.type("float64"), b.type("float32")
    now, read = (b.add("Squeeze", part, b.constant([0])) for part in (carried, count))
    if op.by == "max":
        new = b.add("Cast", largest(b, x), to=double)
        both = b.add("Where", b.add("Greater", read, b.constant(0)), b.add("Max", now, new), new)
        after = b.add("Where", b.any(x.lengths), both, now)
        return b.add("Cast", after, to=single), b.unsqueeze(after, 0)
    new = b.add("ReduceSum", b.add("Cast", b.filled(x, b.number(0)), to=double), b.constant([1]), keepdims=0)
    after = b.add("Add", now, new)
    steps = b.add("Max", b.add("Add", read, b.unsqueeze(x.lengths, 1)), b.constant(1))
    return b.add("Cast", b.add("Div", after, b.add("Cast", steps, to=double)), to=single), b.unsqueeze(after, 0)
