"""Copying from a source."""

from __future__ import annotations

import numpy as np

from elman.export.onnx.builder import Builder, Name, Padded
from elman.export.onnx.table import emits
from elman.graph.copying import Copy, LookedAt, RunBias, Runs


@emits(Runs)
def _(b: Builder, op: Runs, before: Name, token: Padded, source: Name) -> Name:
    earlier = b.unsqueeze(b.slice(source, 1, 0, -1), 1)  # [B, 1, S - 1]
    same = b.add("Equal", earlier, b.unsqueeze(token.values, 2))
    of_each = b.reshape(before, b.shape(token.values, 0, 2), b.shape(before, 1))
    longer = b.add("Min", b.add("Add", b.slice(of_each, 2, 0, -1), b.constant(1)), b.constant(op.longest))
    runs = b.add("Where", same, longer, b.constant(0))
    begun = b.add("Pad", runs, b.constant([0, 0, 1, 0, 0, 0]))  # nothing stands before the first step
    return b.reshape(begun, b.shape(before))


@emits(RunBias)
def _(b: Builder, op: RunBias, runs: Name, as_in: Padded) -> Padded:
    gains = np.concatenate([np.zeros(1, np.float32), np.asarray(op.gain, np.float32)])
    bias = b.add("Gather", b.weight(gains, "run_bias"), runs)
    return as_in.with_values(b.reshape(bias, b.shape(as_in.values, 0, 2), -1), 1)


@emits(LookedAt)
def _(b: Builder, op: LookedAt, weights: Padded, source: Name | None = None) -> Name:
    looks = weights.values
    if source is not None:
        unknown = b.unsqueeze(b.add("Equal", source, b.constant(op.unknown)), 1)
        copied = b.add("And", unknown, b.add("Greater", looks, b.number(0)))
        looks = b.add("Add", looks, b.add("Cast", copied, to=b.type("float32")))
    return b.reshape(b.add("ArgMax", looks, axis=-1, keepdims=0), -1)


@emits(Copy)
def _(b: Builder, op: Copy, scores: Padded, gate: Padded, weights: Padded, source: Name) -> Padded:
    looks = weights.values
    total = b.add("ReduceSum", looks, b.constant([-1]), keepdims=1)
    p_gen = b.add("Where", b.add("Greater", total, b.number(0)), gate.values, b.number(np.inf))
    generated = b.add("Add", log_sigmoid(b, p_gen), b.add("LogSoftmax", scores.values, axis=-1))
    tokens = b.unsqueeze(b.add("Max", source, b.constant(0)), 1)
    nothing = b.add("Mul", scores.values, b.number(0))
    by_token = b.add(
        "ScatterElements",
        nothing,
        b.add("Expand", tokens, b.shape(looks)),
        looks,
        axis=2,
        reduction="add",
    )
    copied = b.add("Log", b.add("Max", by_token, b.number(float(np.finfo(np.float32).tiny))))
    return scores.with_values(log_add_exp(b, generated, b.add("Add", log_sigmoid(b, b.add("Neg", p_gen)), copied)))


def log_sigmoid(b: Builder, x: Name) -> Name:
    return b.add("Neg", b.add("Softplus", b.add("Neg", x)))


def log_add_exp(b: Builder, x: Name, y: Name) -> Name:
    """``log(exp(x) + exp(y))``, of which one may be minus infinity."""
    apart = b.add("Abs", b.add("Sub", x, y))
    return b.add("Add", b.add("Max", x, y), b.add("Softplus", b.add("Neg", apart)))
