# pyright: strict
"""How the inputs and outputs of a graph lie in ONNX: names, dimensions, and arrays to feed and to read.

Sequences NAME are padded, ``[batch, length, ...]``, with their ``lengths`` ``[batch]``; where a graph has several, each
but the first has ``NAME.lengths``. What is of each step is ``[batch, length, ...]`` as well, and where that is a
sequence itself its lengths are ``[batch, length]``. A step graph takes one token of each hypothesis, ``[hypotheses]``,
and in ``row`` which row of the batch that hypothesis is of; states, and what else it hands on, are of hypotheses as
well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.export.inputs import apart, of_steps
from elman.graph import Graph, Input, Value
from elman.graph.carried import ChangeSince, Count, PoolSince
from elman.graph.operator import values_of
from elman.graph.recurrence import ExpandState, FirstState, Layers, Recurrent, Stack
from elman.sequences import Sequences

Array = NDArray[Any]


@dataclass(frozen=True)
class Layout:
    """Of one graph; ``step`` where it advances hypotheses by one token."""

    graph: Graph
    step: bool = False

    # -- what the graph says of its values ----------------------------------------------------

    @cached_property
    def of_steps(self) -> dict[str, str]:
        """Rows that are of the steps of a sequence, by name, and the name of that sequence."""
        return of_steps(self.graph)

    @cached_property
    def apart(self) -> set[str]:
        """Values that are a batch of their own."""
        return apart(self.graph)

    @cached_property
    def states(self) -> set[str]:
        """Values ``[layers, B, H]``: the batch is their second dimension."""
        found = {input.name for input in self.graph.inputs if input.form == "state"}
        for node in self.graph.nodes:
            if isinstance(node.operator, (FirstState, Layers, Stack, ExpandState, Count)):
                found |= set(node.outputs)
            if isinstance(node.operator, (Recurrent, ChangeSince, PoolSince)):
                found |= set(node.outputs[1:])
        return found

    def of_hypotheses(self, input: Input) -> bool:
        """Whether an input of a step graph has one entry per hypothesis, not per row of the batch."""
        return input.form != "rows" or input.name in self.graph.outputs

    # -- names and dimensions -----------------------------------------------------------------

    @cached_property
    def lengths(self) -> dict[str, str]:
        """The name of the input with the lengths, by that of the sequences."""
        names = [input.name for input in self.graph.inputs if input.form == "sequences"]
        main = next((name for name in names if name not in self.apart and name not in self.of_steps), "")
        return {name: "lengths" if name == main else f"{name}.lengths" for name in names}

    def dimensions(self, input: Input) -> list[int | str]:
        """An input's in ONNX: sizes, and names of those that differ from batch to batch."""
        batch = f"{input.name}.batch" if input.name in self.apart else "batch"
        sizes = [f"{input.name}.{axis}" if size is None else size for axis, size in enumerate(input.shape, 1)]
        if self.step and self.of_hypotheses(input):
            batch = "hypotheses"
        if input.form == "state":
            return [sizes[0], batch, *sizes[1:]]
        if input.name in self.of_steps:
            own = [f"{input.name}.length"] if input.form == "sequences" else []
            return [batch, self._length(self.of_steps[input.name]), *own, *sizes]
        if input.form == "sequences" and not self.step:
            return [batch, self._length(input.name), *sizes]
        return [batch, *sizes]

    def _length(self, name: str) -> str:
        return "length" if self.lengths[name] == "lengths" else f"{name}.length"

    def input(self, name: str) -> str:
        """An input's name in ONNX."""
        return "memory_lengths" if name == "lengths" else name

    def output(self, name: str) -> str:
        """An output's name in ONNX: there a state can't have the same one before a step and after it."""
        return f"{name}_next" if any(input.name == name for input in self.graph.inputs) else self.input(name)

    # -- arrays -------------------------------------------------------------------------------

    def feed(self, inputs: Mapping[str, Value | None]) -> dict[str, Array]:
        """The graph's inputs as ONNX has them. Past each length there is no number, so that none can be used."""
        inputs = self.from_zeros(inputs)
        fed: dict[str, Array] = {}
        for input in self.graph.inputs:
            name, value = self.input(input.name), inputs[input.name]
            assert value is not None
            if isinstance(value, Sequences) and self.step:
                fed |= {name: value.values, "row": value.sequence_ids}
            elif input.name in self.of_steps:
                steps = inputs[self.of_steps[input.name]]
                assert isinstance(steps, Sequences)
                if isinstance(value, Sequences):  # of each step one
                    fed[self.lengths[input.name]] = padded(steps.with_values(value.lengths))
                    value = padded(value)
                fed[name] = padded(steps.with_values(value))
            elif isinstance(value, Sequences):
                fed |= {name: padded(value), self.lengths[input.name]: value.lengths}
            else:
                fed[name] = value
        return fed

    def from_zeros(self, inputs: Mapping[str, Value | None]) -> dict[str, Value | None]:
        """The inputs, and zeros for the states that are none of them."""
        found = dict(inputs)
        for input in self.graph.inputs:
            if input.form == "state" and found.get(input.name) is None:
                layers, size = input.shape
                found[input.name] = np.zeros((layers or 0, self.entries(inputs), size or 0), input.dtype)
        return found

    def entries(self, inputs: Mapping[str, Value | None]) -> int:
        """How many rows there are in a batch, or hypotheses."""
        own = [input for input in self.graph.inputs if input.name not in self.apart and input.name not in self.of_steps]
        (main, *_) = sorted(own, key=lambda input: ("sequences", "rows", "state").index(input.form))
        value = inputs[main.name]
        assert value is not None
        return len(value.values) if self.step and isinstance(value, Sequences) else len(value)

    def read(self, found: Array, expected: Value) -> Array:
        """Of an output in ONNX, the numbers that a graph's output has, without padding."""
        if isinstance(expected, Sequences) and not self.step:
            found = found[expected.sequence_ids, expected.positions]
        empty = values_of(expected).shape[1:2] == (0,)
        return found[:, :0] if empty else found  # where nothing has a step, ONNX is given one


def padded(x: Sequences) -> Array:
    """``[B, T, ...]`` with NaN past each end; what can't hold it has zeros there, as ids must be some."""
    return x.padded(np.nan if x.values.dtype.kind == "f" else 0)
