"""The recurrent operator, and what goes with its state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from elman import cells
from elman.errors import ShapeError
from elman.graph.operator import Array, Operator, Value, values_of
from elman.kernels import arrays
from elman.kernels.arrays import Weights
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Recurrent(Operator):
    """Layers of a cell over sequences: ``Sequences [N, I] -> [N, D * H]`` of the last layer, and the final state.

    cell, nonlinearity, reset_after: which, as ``elman.cells.find`` takes them
    layers: of each layer, for each direction ``(weight_ih, weight_hh, bias_ih, bias_hh)`` as ``torch.nn`` has them;
            None for what isn't there
    The state is ``h`` and, of a cell that has one, ``c``: ``[layers * D, B, H]`` each; None for zeros.
    """

    name: ClassVar[str] = "recurrent"
    cell: str
    nonlinearity: str
    reset_after: bool
    layers: tuple[tuple[Weights, ...], ...]

    def __post_init__(self) -> None:
        """Kernels read addresses: raise ShapeError where the weights don't fit each other."""
        rows, needed = len(self.spec.rows), [True, self.spec.recurrent_weight, False, False]
        inputs = self.inputs
        for layer in self.layers:
            hidden = layer[0][0].shape[0] // rows
            shapes = (rows * hidden, inputs), (rows * hidden, hidden), (rows * hidden,), (rows * hidden,)
            for array, shape, must in (part for weights in layer for part in zip(weights, shapes, needed, strict=True)):
                if array is None and not must:
                    continue
                if array is None or array.shape != shape or array.dtype != self.layers[0][0][0].dtype:
                    found = None if array is None else list(array.shape)
                    raise ShapeError(f"a weight of a {self.cell} layer must be {list(shape)}, got {found}")
            inputs = len(layer) * hidden

    @property
    def inputs(self) -> int:
        """Features of a step."""
        return self.layers[0][0][0].shape[1]

    @property
    def directions(self) -> int:
        return len(self.layers[0])

    def _check(self, x: Sequences, state: list[Array]) -> None:
        weight = self.layers[0][0][0]
        if x.values.shape[1:] != (self.inputs,) or x.values.dtype != weight.dtype:
            found = f"{x.values.dtype} {list(x.values.shape)}"
            raise ShapeError(f"a {self.cell} layer takes {weight.dtype} [N, {self.inputs}], got {found}")
        sizes = {weights[0].shape[0] // len(self.spec.rows) for layer in self.layers for weights in layer}
        shape = (len(self.layers) * self.directions, len(x), *sizes)
        for part in state:
            if len(state) != len(self.spec.states) or part.shape != shape or part.dtype != weight.dtype:
                raise ShapeError(f"the state of a {self.cell} must be {list(shape)}, got {list(part.shape)}")

    @cached_property
    def spec(self) -> cells.Cell:
        """The cell that each step is."""
        return cells.find(self.cell, nonlinearity=self.nonlinearity, reset_after=self.reset_after)

    @cached_property
    def _steps(self) -> list[arrays.Step]:
        return [arrays.step_of(self.spec, weights) for (weights,) in self.layers]

    def __call__(self, x: Sequences, *state: Array | None) -> tuple[Sequences | Array, ...]:
        given = [part for part in state if part is not None]
        self._check(x, given)
        if given and self.directions == 1 and len(x) and bool((x.lengths == 1).all()):
            return self._step(x, given)
        values, after = x.values, []
        for k, layer in enumerate(self.layers):
            outputs = []
            for d, weights in enumerate(layer):
                own = [part[k * self.directions + d] for part in given] or None
                output, *ends = arrays.recurrent(self.spec, values, x.lengths, weights, own, reverse=d == 1)
                outputs.append(output)
                after.append(ends)
            values = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)
        return x.with_values(values), *map(np.stack, zip(*after, strict=True))

    def _step(self, x: Sequences, state: list[Array]) -> tuple[Sequences | Array, ...]:
        """One step of each sequence, on packed weights."""
        after = [np.empty(part.shape, part.dtype) for part in state]  # in rows, whatever lies behind a view
        h = x.values
        for k, step in enumerate(self._steps):
            h = step(h, [part[k] for part in state], [part[k] for part in after])
        return x.with_values(h), *after


@dataclass(frozen=True, eq=False)
class LastOutput(Operator):
    """The last layer's final ``h``, its directions side by side: ``[L * D, B, H] -> [B, D * H]``."""

    name: ClassVar[str] = "last_output"
    directions: int

    def __call__(self, h: Array) -> Array:
        return np.concatenate(list(h[-self.directions :]), axis=-1)


@dataclass(frozen=True, eq=False)
class FirstState(Operator):
    """A state of ``layers`` from a vector: ``[B, states * layers * H] ->`` so many ``states``, ``[layers, B, H]``."""

    name: ClassVar[str] = "first_state"
    states: int
    layers: int

    def __call__(self, x: Array) -> tuple[Array, ...]:
        size = x.shape[1] // (self.states * self.layers)
        parts = x.reshape(len(x), self.states, self.layers, size).transpose(1, 2, 0, 3)
        return tuple(np.ascontiguousarray(part) for part in parts)


@dataclass(frozen=True, eq=False)
class Layers(Operator):
    """The state of some layers: from ``first`` to before ``past``, ``[L, B, H]``."""

    name: ClassVar[str] = "layers"
    first: int
    past: int

    def __call__(self, state: Array) -> Array:
        return state[self.first : self.past]


@dataclass(frozen=True, eq=False)
class Stack(Operator):
    """The states of layers one above the other: ``[L, B, H]`` each."""

    name: ClassVar[str] = "stack"

    def __call__(self, *states: Array) -> Array:
        return np.concatenate(states)


@dataclass(frozen=True, eq=False)
class EachAlone(Operator):
    """Each step as a sequence of its own."""

    name: ClassVar[str] = "each_alone"

    def __call__(self, x: Sequences) -> Sequences:
        return Sequences(x.values, np.ones(len(x.values), np.int64))


@dataclass(frozen=True, eq=False)
class Steps(Operator):
    """All steps of all sequences, as rows."""

    name: ClassVar[str] = "steps"

    def __call__(self, x: Sequences) -> Array:
        return x.values


@dataclass(frozen=True, eq=False)
class Like(Operator):
    """Rows, or steps, as the steps of sequences as long as those of ``like``."""

    name: ClassVar[str] = "like"

    def __call__(self, x: Value, like: Sequences) -> Sequences:
        return like.with_values(values_of(x))


@dataclass(frozen=True, eq=False)
class ExpandState(Operator):
    """The state of each row of the batch for each step of its sequence: ``[L, B, H] -> [L, N, H]``."""

    name: ClassVar[str] = "expand_state"

    def __call__(self, state: Array, like: Sequences) -> Array:
        return state[:, like.sequence_ids]
