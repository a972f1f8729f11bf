"""The graph itself: what goes in, which operators run, what comes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from elman.errors import BundleError, ShapeError
from elman.graph.operator import Array, Operator, Value, operator_named, values_of
from elman.sequences import Sequences

FORMS, NUMBERS = ("sequences", "rows", "state"), "biuf"


@dataclass(frozen=True)
class Input:
    """What a graph is given under a name.

    dtype:    of its numbers
    form:     "sequences", one for each row of the batch, ``[N, *shape]``; "rows", one value for each, ``[B, *shape]``;
              or a "state" of so many layers, ``[layers, B, H]``
    shape:    of one step or one value, or (layers, H); None for a size that differs from batch to batch
    optional: whether it may be left out, as a state may that is zero
    """

    name: str
    dtype: str
    form: str
    shape: tuple[int | None, ...] = ()
    optional: bool = False

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Input:
        """What ``dataclasses.asdict`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        found = cls(**{**record, "shape": tuple(record["shape"])})
        sizes = all(size is None or (type(size) is int and size >= 0) for size in found.shape)
        if not sizes or found.form not in FORMS or np.dtype(found.dtype).kind not in NUMBERS:
            raise ValueError(f"there is no such input: {record}")
        return found

    def check(self, value: Any) -> None:
        """Raise ShapeError for a value of another form."""
        wanted = f"{self.name} must be {self}, got"
        if (self.form == "sequences") != isinstance(value, Sequences):
            raise ShapeError(f"{wanted} {type(value).__name__}")
        values = values_of(value)
        sizes = (*values.shape[:1], *values.shape[2:]) if self.form == "state" else values.shape[1:]
        fits = len(sizes) == len(self.shape) and all(
            want is None or have == want for have, want in zip(sizes, self.shape, strict=True)
        )
        if not fits or values.dtype != np.dtype(self.dtype):
            raise ShapeError(f"{wanted} {values.dtype} {list(values.shape)}")

    def __str__(self) -> str:
        sizes = ["any" if size is None else str(size) for size in self.shape]
        sizes.insert(*{"sequences": (0, "N"), "rows": (0, "B"), "state": (1, "B")}[self.form])
        return f"{self.form} of {self.dtype} [{', '.join(sizes)}]"


@dataclass(frozen=True)
class Node:
    """An operator between named values; an input named "" is left out."""

    operator: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """Operators in the order in which they run.

    inputs:  what it is given
    nodes:   each reads what inputs and nodes before it have named
    outputs: what it gives, and which value that is
    """

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]

    def __call__(self, given: Mapping[str, Value | None]) -> dict[str, Any]:
        """Its outputs by name.

        Raises ShapeError for inputs that are missing or of another form, BundleError where operators don't fit.
        """
        values: dict[str, Any] = {"": None}
        for input in self.inputs:
            value = given.get(input.name)
            if value is not None:
                input.check(value)
            elif not input.optional:
                raise ShapeError(f"the network needs the input {input.name}: {input}")
            values[input.name] = value
        for node in self.nodes:
            try:
                found = node.operator(*(values[name] for name in node.inputs))
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
                name = node.operator.name
                raise BundleError(f"operator {name!r} can't run ({problem}): the model's parts don't fit") from problem
            values |= zip(node.outputs, found if isinstance(found, tuple) else (found,), strict=False)
        return {name: values[value] for name, value in self.outputs.items()}

    def to_json(self, keep: Callable[[Array], str]) -> dict[str, Any]:
        """The graph as JSON; ``keep`` takes a weight and says by which name it is found again."""
        return {
            "inputs": [dataclasses.asdict(input) for input in self.inputs],
            "nodes": [
                {"inputs": list(node.inputs), "outputs": list(node.outputs), **node.operator.to_json(keep)}
                for node in self.nodes
            ],
            "outputs": dict(self.outputs),
        }

    @classmethod
    def from_json(cls, record: Any, find: Callable[[str], Array]) -> Graph:
        """What ``to_json`` wrote. Raises BundleError for an operator that isn't there, or what nothing names."""
        try:
            inputs = tuple(map(Input.from_json, record["inputs"]))
            nodes = tuple(_nodes(record["nodes"], find))
            graph = cls(inputs, nodes, {str(name): str(value) for name, value in record["outputs"].items()})
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise BundleError(f"its graph is damaged ({problem!r}); restore it from a copy") from problem
        graph.check()
        return graph

    @classmethod
    def joined(cls, graphs: Sequence[Graph], by: Operator, output: str) -> Graph:
        """Graphs of the same inputs one after another, whose ``output`` is what ``by`` makes of theirs."""
        inputs = {input.name: input for graph in graphs for input in graph.inputs}
        nodes: list[Node] = []
        for k, graph in enumerate(graphs):

            def own(name: str, k: int = k) -> str:
                return name if not name or name in inputs else f"{k}.{name}"

            nodes += [
                Node(node.operator, tuple(map(own, node.inputs)), tuple(map(own, node.outputs))) for node in graph.nodes
            ]
        nodes.append(Node(by, tuple(f"{k}.{graph.outputs[output]}" for k, graph in enumerate(graphs)), (output,)))
        return cls(tuple(inputs.values()), tuple(nodes), {output: output})

    def check(self) -> None:
        """Raise BundleError where a node reads what nothing before it has named."""
        named = {"", *(input.name for input in self.inputs)}
        for node in self.nodes:
            if missing := [name for name in node.inputs if name not in named]:
                raise BundleError(f"operator {node.operator.name!r} reads {missing[0]!r}, which nothing gives")
            named |= set(node.outputs)
        if missing := [value for value in self.outputs.values() if value not in named]:
            raise BundleError(f"its graph gives {missing[0]!r}, which nothing computes")


def _nodes(records: list[dict[str, Any]], find: Callable[[str], Array]) -> Iterator[Node]:
    for record in records:
        members = {name: value for name, value in record.items() if name not in ("inputs", "outputs")}
        operator = operator_named(record["operator"])
        yield Node(operator.from_json(members, find), tuple(record["inputs"]), tuple(record["outputs"]))


def inputs_of(batch: Any, name: str = "") -> dict[str, Value]:
    """The arrays of a batch, as its kind collates it, by the names that encoders give them: members of dataclasses by
    theirs (``spelling.index``), parts of tuples by their number; a batch that is one array is ``input``."""
    if isinstance(batch, (np.ndarray, Sequences)):
        return {name or "input": batch}
    if isinstance(batch, tuple):
        parts = {str(place): part for place, part in enumerate(batch)}
    elif dataclasses.is_dataclass(batch):
        parts = {member.name: getattr(batch, member.name) for member in dataclasses.fields(batch)}
    else:
        return {}
    found: dict[str, Value] = {}
    for part, value in parts.items():
        found |= inputs_of(value, f"{name}.{part}" if name else part)
    return found
