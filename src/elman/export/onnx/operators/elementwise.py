"""Each row or step by itself."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Value, like, linear, values_of
from elman.export.onnx.table import emits
from elman.graph.elementwise import (
    Activation,
    Add,
    AddConstant,
    Compare,
    Concat,
    LayerNorm,
    Linear,
    LogSoftmax,
    Mean,
    Standardise,
)


@emits(Linear)
def _(b: Builder, op: Linear, x: Value) -> Value:
    return like(x, linear(b, values_of(x), op.weight, op.bias))


@emits(Activation)
def _(b: Builder, op: Activation, x: Value) -> Value:
    return like(x, b.add(op.function.title(), values_of(x)))


@emits(Add)
def _(b: Builder, op: Add, *parts: Value) -> Value:
    return like(parts[0], b.add("Sum", *map(values_of, parts)))


@emits(AddConstant)
def _(b: Builder, op: AddConstant, x: Value) -> Value:
    return like(x, b.add("Add", values_of(x), b.weight(op.constant, op.name)))


@emits(Mean)
def _(b: Builder, op: Mean, *parts: Value) -> Value:
    return like(parts[0], b.add("Mean", *map(values_of, parts)))


@emits(Concat)
def _(b: Builder, op: Concat, *parts: Value) -> Value:
    return like(parts[0], b.add("Concat", *map(values_of, parts), axis=-1))


@emits(Compare)
def _(b: Builder, op: Compare, u: Name, v: Name) -> Name:
    apart = b.add("Abs", b.add("Sub", u, v))
    common = b.add("Mul", b.add("Mul", u, v), b.number(op.scale))
    return b.add("Concat", apart, common, axis=-1)


@emits(Standardise)
def _(b: Builder, op: Standardise, x: Value) -> Value:
    numbers = b.add("Cast", values_of(x), to=b.type("float32"))
    apart = b.add("Sub", numbers, b.weight(op.mean, "mean"))
    return like(x, b.add("Div", apart, b.weight(op.scale, "scale")))


@emits(LayerNorm)
def _(b: Builder, op: LayerNorm, x: Value) -> Value:
    weights = b.weight(op.weight, "norm.weight"), b.weight(op.bias, "norm.bias")
    return like(x, b.add("LayerNormalization", values_of(x), *weights, axis=-1, epsilon=float(op.epsilon)))


@emits(LogSoftmax)
def _(b: Builder, op: LogSoftmax, x: Value) -> Value:
    return like(x, b.add("LogSoftmax", values_of(x), axis=-1))
