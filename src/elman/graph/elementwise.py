"""Operators on each row or step by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.cells.arrays import sigmoid
from elman.decoding.probabilities import log_softmax
from elman.graph.operator import Array, Operator, Value, on_values, values_of, with_values_of


@dataclass(frozen=True, eq=False)
class Linear(Operator):
    """``y = x W^T + b``; ``weight`` ``[O, I]``, ``bias`` ``[O]``."""

    name: ClassVar[str] = "linear"
    weight: Array
    bias: Array | None = None

    def __call__(self, x: Value) -> Value:
        def product(values: Array) -> Array:
            y = values @ self.weight.T
            return y if self.bias is None else y + self.bias

        return on_values(product, x)


ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "sigmoid": sigmoid}


@dataclass(frozen=True, eq=False)
class Activation(Operator):
    """``tanh``, ``relu`` or ``sigmoid`` of each number."""

    name: ClassVar[str] = "activation"
    function: str

    def __call__(self, x: Value) -> Value:
        return on_values(ACTIVATIONS[self.function], x)


@dataclass(frozen=True, eq=False)
class Add(Operator):
    """The sum of values of one shape."""

    name: ClassVar[str] = "add"

    def __call__(self, *parts: Value) -> Value:
        return with_values_of(parts[0], sum(map(values_of, parts[1:]), values_of(parts[0])))


@dataclass(frozen=True, eq=False)
class AddConstant(Operator):
    """``x + constant``, which is of the last dimensions of ``x``."""

    name: ClassVar[str] = "add_constant"
    constant: Array

    def __call__(self, x: Value) -> Value:
        return on_values(lambda values: values + self.constant, x)


@dataclass(frozen=True, eq=False)
class Mean(Operator):
    """The mean of values of one shape: what several networks say together."""

    name: ClassVar[str] = "mean"

    def __call__(self, *parts: Value) -> Value:
        return with_values_of(parts[0], np.mean([values_of(part) for part in parts], axis=0))


@dataclass(frozen=True, eq=False)
class Concat(Operator):
    """Features side by side."""

    name: ClassVar[str] = "concat"

    def __call__(self, *parts: Value) -> Value:
        return with_values_of(parts[0], np.concatenate([values_of(part) for part in parts], axis=-1))


@dataclass(frozen=True, eq=False)
class Compare(Operator):
    """How two vectors differ and what they have in common: ``|u - v|`` and ``scale * u * v`` side by side (Conneau et
    al. 2017, "Supervised learning of universal sentence representations", section 3.1, where the scale is 1)."""

    name: ClassVar[str] = "compare"
    scale: float = 1.0

    def __call__(self, u: Array, v: Array) -> Array:
        return np.concatenate([np.abs(u - v), np.float32(self.scale) * (u * v)], axis=-1)


@dataclass(frozen=True, eq=False)
class Standardise(Operator):
    """``(x - mean) / scale``, both of the last dimensions of ``x``, whatever numbers those are."""

    name: ClassVar[str] = "standardise"
    mean: Array
    scale: Array

    def __call__(self, x: Value) -> Value:
        return on_values(lambda values: (values.astype(np.float32) - self.mean) / self.scale, x)


@dataclass(frozen=True, eq=False)
class LayerNorm(Operator):
    """Each row less its mean, over its standard deviation, times ``weight`` plus ``bias`` (Ba et al. 2016)."""

    name: ClassVar[str] = "layer_norm"
    weight: Array
    bias: Array
    epsilon: float = 1e-5

    def __call__(self, x: Value) -> Value:
        def norm(values: Array) -> Array:
            apart = values - values.mean(-1, keepdims=True)
            deviation = np.sqrt(np.square(apart).mean(-1, keepdims=True) + np.float32(self.epsilon))
            return apart / deviation * self.weight + self.bias

        return on_values(norm, x)


@dataclass(frozen=True, eq=False)
class LogSoftmax(Operator):
    """``x - log(sum(exp(x)))`` over the last dimension."""

    name: ClassVar[str] = "log_softmax"

    def __call__(self, x: Value) -> Value:
        return on_values(log_softmax, x)
