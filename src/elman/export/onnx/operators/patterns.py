"""How often patterns are found in a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.export.onnx.builder import Builder, Name, Padded
from elman.export.onnx.table import emits
from elman.graph.patterns import STEPS, Patterns, margin, past_ends


@emits(Patterns)
def _(b: Builder, op: Patterns, x: Padded) -> Name:
    steps = b.add("Cast", b.filled(x, b.number(0)), to=b.type("float64"))
    ends, shares, first = past_ends(op.biases.shape[1]), list[Name](), 0
    for place, (width, count) in enumerate(zip(op.widths, op.counts, strict=True)):
        part = slice(first, first + count)
        above = b.add(
            "Greater",
            b.unsqueeze(found(b, steps, width, op.weights[place]), 3),
            doubles(b, op.biases[:, part], "biases"),
        )
        shares.append(share(b, x, above, margin(width), b.constant(ends[:, part], "bool")))
        first += count
    return b.reshape(b.add("Concat", *shares, axis=2), 0, op.biases.size)


def found(b: Builder, steps: Name, width: int, patterns: NDArray[Any]) -> Name:
    """How clearly patterns ``[84, 9 * D]`` are found around each step of ``[B, T, D]``: ``[B, T, 84]``. As ONNX Runtime
    has no convolution in float64, the steps that a pattern meets are put side by side."""
    around = b.add("Pad", steps, b.constant([0, margin(width), 0, 0, margin(width), 0]))
    first = b.unsqueeze(b.range(b.shape(steps, 1, 2)), 1)
    places = b.add("Add", first, b.constant(width * np.arange(STEPS)))
    met = b.reshape(b.add("Gather", around, places, axis=1), 0, 0, patterns.shape[1])
    return b.add("MatMul", met, doubles(b, patterns.T, "patterns"))


def share(b: Builder, x: Padded, above: Name, beyond: int, ends: Name) -> Name:
    """Of steps ``[B, T, 84, K]`` those that are above a bias, as a share ``[B, 84, K]``: of all steps where ``ends``
    says so, else of those that have so many before and after them; of all of a sequence that has none such."""
    room = b.add("Cast", b.add("Greater", x.lengths, b.constant(2 * beyond)), to=b.type("int64"))
    first = b.add("Mul", room, b.constant(beyond))  # [B]
    past, step = b.add("Sub", x.lengths, first), b.range(b.shape(x.values, 1, 2))
    begun = b.add("GreaterOrEqual", step, b.unsqueeze(first, 1))
    within = b.unsqueeze(b.add("And", begun, b.add("Less", step, b.unsqueeze(past, 1))), 2, 3)
    counted = b.add("And", above, b.add("Or", within, b.add("And", ends, b.real(x, 2))))
    total = b.add("ReduceSum", b.add("Cast", counted, to=b.type("float32")), b.constant([1]), keepdims=0)
    whole, inside = (b.unsqueeze(count, 1, 2) for count in (x.lengths, b.add("Sub", past, first)))
    steps = b.add("Max", b.add("Where", ends, whole, inside), b.constant(1))
    return b.add("Div", total, b.add("Cast", steps, to=b.type("float32")))


def doubles(b: Builder, weights: NDArray[Any], name: str) -> Name:
    return b.add("Cast", b.weight(weights, name), to=b.type("float64"))
