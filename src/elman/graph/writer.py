"""How a network is written down: a module adds its operators, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.errors import ExportError
from elman.graph.carried import Count
from elman.graph.elementwise import Linear
from elman.graph.graph import Graph, Input, Node
from elman.graph.operator import Operator

Name: TypeAlias = str
"""Of a value in the graph that is being written."""


class Writer:
    """Collects the operators of one graph.

    Modules of torch are read through what they have: tensors and attributes. Weights aren't copied: a weight that two
    operators share is one.
    """

    def __init__(self) -> None:
        self._inputs: dict[str, Input] = {}
        self._nodes: list[Node] = []
        self._carried: dict[str, Name] = {}
        self._part: list[str] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What is written inside is given a part of the batch, as ``inputs_of`` names it: its input ``ids`` is
        ``name.ids``, and its only ``input`` is called ``name`` itself."""
        self._part.append(name)
        try:
            yield
        finally:
            self._part.pop()

    def input(
        self,
        name: str,
        dtype: str = "float32",
        *shape: int | None,
        form: str = "sequences",
    ) -> Name:
        """A value that the graph is given, as ``Input`` has it; the same name again is the same value."""
        if self._part:
            name = ".".join([*self._part, *([name] if name != "input" else [])])
        self._inputs.setdefault(name, Input(name, dtype, form, shape))
        return name

    def state(self, name: str, layers: int, size: int) -> Name:
        """A part of a state that the graph may be given; else it is zero."""
        self._inputs[name] = Input(name, "float32", "state", (layers, size), optional=True)
        return name

    def carry(self, name: str, size: int, dtype: str = "float32", layers: int = 1) -> Name:
        """What was made of the steps before, ``[layers, B, size]``; ``carried`` says what follows. The same name again
        is the same value."""
        self._inputs.setdefault(name, Input(name, dtype, "state", (layers, size)))
        return name

    def carried(self, **after: Name) -> None:
        """What is carried on under these names."""
        self._carried |= after

    def count(self, x: Name) -> Name:
        """How many steps of each sequence were read before those of ``x``; it is carried on."""
        before = self.carry("count", 1, "int64")
        if "count" not in self._carried:
            self.carried(count=self.add(Count(), x, before))
        return before

    def add(self, operator: Operator, *inputs: Name) -> Name:
        """The value that an operator makes of others."""
        (name,) = self.add_several(1, operator, *inputs)
        return name

    def add_several(self, outputs: int, operator: Operator, *inputs: Name) -> tuple[Name, ...]:
        """The values of an operator that makes several."""
        names = tuple(f"{operator.name}{len(self._nodes)}" + (f".{k}" if k else "") for k in range(outputs))
        self._nodes.append(Node(operator, inputs, names))
        return names

    def linear(self, x: Name, module: Any) -> Name:
        """``torch.nn.Linear``."""
        return self.add(Linear(weight(module.weight), None if module.bias is None else weight(module.bias)), x)

    def graph(self, **outputs: Name) -> Graph:
        """What was written, with these outputs, and with what is carried on."""
        return Graph(tuple(self._inputs.values()), tuple(self._nodes), {**outputs, **self._carried})


def unwritten(module: Any) -> ExportError:
    """What to raise for a module that doesn't say what it is in a graph."""
    return ExportError(
        f"{type(module).__name__} has no write, which says what it is in a graph: a model with it needs PyTorch "
        "wherever it is loaded, and can't be exported"
    )


def weight(tensor: Any) -> NDArray[Any]:
    """A tensor as an array over the same memory where it is on the CPU; of half precision, as float32."""
    tensor = tensor.detach().cpu()
    return np.asarray((tensor.float() if tensor.is_floating_point() and tensor.itemsize < 4 else tensor).numpy())
