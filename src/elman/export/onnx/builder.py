# pyright: strict
"""How ONNX's nodes are written, one after another, and how values of a graph lie in ONNX.

Rows are tensors as they are. A sequence has no tensor of its own kind there: it is padded, with its lengths beside it.
What stands past a length means nothing, and no operator may let it into what it computes of real steps.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.extras import needed

OPSET, IR = 17, 8
"""Versions of the operators and of the file: ONNX Runtime 1.12 (2022) and all since read them."""

Name: TypeAlias = str
"""Of a tensor."""
Dimension: TypeAlias = int | str
"""A size, or the name of a tensor ``[1]`` that holds it."""


@dataclass(frozen=True)
class Padded:
    """Sequences: ``values`` ``[B, T, ...]`` with as many further dimensions as a step has, and ``lengths`` ``[B]``."""

    values: Name
    lengths: Name
    step_dimensions: int = 1

    def with_values(self, values: Name, step_dimensions: int | None = None) -> Padded:
        """Other values at the same steps."""
        return replace(
            self,
            values=values,
            step_dimensions=self.step_dimensions if step_dimensions is None else step_dimensions,
        )


Value: TypeAlias = Name | Padded


class Builder:
    """Collects nodes and weights; numbers that are used twice are written once."""

    def __init__(self) -> None:
        self.onnx: ModuleType = needed("onnx")
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._weights: dict[tuple[Any, ...], Name] = {}
        self._masks: dict[Name, Name] = {}

    # -- nodes and weights --------------------------------------------------------------------

    def add(self, operator: str, *inputs: Name, **attributes: Any) -> Name:
        """The tensor that a node of ONNX's ``operator`` gives; an input "" is left out."""
        return self.add_several(1, operator, *inputs, **attributes)[0]

    def add_several(self, outputs: int, operator: str, *inputs: Name, **attributes: Any) -> list[Name]:
        """The tensors of a node that gives several."""
        name = f"{operator}_{len(self.nodes)}"
        names = [name + (f".{k}" if k else "") for k in range(outputs)]
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), names, name=name, **attributes))
        return names

    def weight(self, array: NDArray[Any], name: str) -> Name:
        """A trained array, as float32."""
        return self._kept(np.ascontiguousarray(array, np.float32), name)

    def constant(self, values: Any, dtype: str = "int64") -> Name:
        """Numbers that the network is written with."""
        return self._kept(np.asarray(values, dtype), "constant")

    def _kept(self, array: NDArray[Any], name: str) -> Name:
        key = array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest()
        if key not in self._weights:
            self._weights[key] = f"{name}_{len(self._weights)}"
            self.weights.append(self.onnx.numpy_helper.from_array(array, self._weights[key]))
        return self._weights[key]

    def number(self, value: float) -> Name:
        """One float32."""
        return self.constant(value, "float32")

    # -- shapes -------------------------------------------------------------------------------

    def shape(self, x: Name, first: int = 0, past: int | None = None) -> Name:
        """The sizes of some of its dimensions, as a tensor."""
        return self.add("Shape", x, start=first, **({} if past is None else {"end": past}))

    def sizes(self, *parts: Dimension) -> Name:
        """Sizes one after another, as a tensor."""
        tensors = [self.constant([part]) if isinstance(part, int) else part for part in parts]
        return tensors[0] if len(tensors) == 1 else self.add("Concat", *tensors, axis=0)

    def reshape(self, x: Name, *parts: Dimension) -> Name:
        """``x`` in these sizes: 0 for the one that it has there, -1 for what is left."""
        return self.add("Reshape", x, self.sizes(*parts))

    def transpose(self, x: Name, *order: int) -> Name:
        return self.add("Transpose", x, perm=order)

    def unsqueeze(self, x: Name, *axes: int) -> Name:
        """``x`` with dimensions of size 1 more, that stand at ``axes`` then."""
        return self.add("Unsqueeze", x, self.constant(axes))

    def slice(self, x: Name, axis: int, first: Dimension, past: Dimension) -> Name:
        """From ``first`` to before ``past`` along one dimension."""
        return self.add("Slice", x, self.sizes(first), self.sizes(past), self.constant([axis]))

    def range(self, count: Name) -> Name:
        """0, 1, 2, ... before a count ``[1]``."""
        return self.add("Range", self.constant(0), self.add("Squeeze", count), self.constant(1))

    # -- sequences ----------------------------------------------------------------------------

    def real(self, x: Padded, extra: int = 0) -> Name:
        """Which steps are real, ``[B, T]``; with ``extra`` dimensions of size 1 behind."""
        if x.lengths not in self._masks:
            steps = self.range(self.shape(x.values, 1, 2))
            self._masks[x.lengths] = self.add("Less", steps, self.unsqueeze(x.lengths, 1))
        mask = self._masks[x.lengths]
        return self.unsqueeze(mask, *range(2, 2 + extra)) if extra else mask

    def filled(self, x: Padded, value: Name) -> Name:
        """Its values ``[B, T, ...]``, and ``value`` past each length."""
        return self.add("Where", self.real(x, x.step_dimensions), x.values, value)

    def at_least_one(self, lengths: Name) -> Name:
        """Lengths as float32 ``[B, 1]`` to divide by."""
        return self.unsqueeze(self.add("Cast", self.add("Max", lengths, self.constant(1)), to=self.type("float32")), 1)

    def any(self, lengths: Name) -> Name:
        """Which sequences have a step, ``[B, 1]``."""
        return self.add("Greater", self.unsqueeze(lengths, 1), self.constant(0))

    def same_length(self, x: Name, length: Dimension) -> Name:
        """The lengths ``[B]`` of sequences that all have so many steps; ``x``: ``[B, ...]``."""
        return self.add("Expand", self.sizes(length), self.shape(x, 0, 1))

    def type(self, dtype: str) -> int:
        """ONNX's number for a type."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


def softmax_where(b: Builder, scores: Name, real: Name) -> Name:
    """Softmax over the last dimension where ``real``; zero elsewhere, and where nothing is."""
    lowest = b.number(float(np.finfo(np.float32).min))
    weights = b.add("Softmax", b.add("Where", real, scores, lowest), axis=-1)
    return b.add("Where", real, weights, b.number(0))


def linear(b: Builder, x: Name, weight: NDArray[Any], bias: NDArray[Any] | None, name: str = "linear") -> Name:
    """``x W^T + b``; the weight stands in the file as it was trained, ``[O, I]``."""
    y = b.add("MatMul", x, b.transpose(b.weight(weight, f"{name}.weight"), 1, 0))
    return y if bias is None else b.add("Add", y, b.weight(bias, f"{name}.bias"))


def values_of(x: Value) -> Name:
    """The tensor of rows, or of padded steps."""
    return x.values if isinstance(x, Padded) else x


def like(x: Value, values: Name) -> Any:
    """Other values for the rows or steps of ``x``."""
    return x.with_values(values) if isinstance(x, Padded) else values
