# pyright: strict
"""What a graph takes: how its inputs belong together, and made ones, to compare two forms of a network on.

Made inputs are random numbers within what each input can be, so that they hold nothing of anybody's data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from elman.graph import Graph, Input, Node, Operator, Value
from elman.graph.classical import TowardsClassical
from elman.graph.recurrence import Recurrent
from elman.graph.series import Forecast, Horizon, Recent, Segments
from elman.graph.tokens import AsSteps, Bag, Embed, Pick, Take, WeightedBag
from elman.sequences import Sequences

Inputs = dict[str, Value | None]
Given = Mapping[str, Value | None]
"""Inputs that are read alone."""
LENGTHS = (5, 0, 63, 1, 2), (1,), (17, 3), (4, 8, 1, 1, 6, 2, 12), (0, 0), ()
"""How long each sequence of the made batches is."""


def of_steps(graph: Graph) -> dict[str, str]:
    """Inputs that are of the steps of a sequence, by name, and the name of that sequence."""
    found = {node.inputs[1]: node.inputs[2] for node in graph.nodes if isinstance(node.operator, Take)}
    found |= {node.inputs[1]: node.inputs[0] for node in graph.nodes if isinstance(node.operator, WeightedBag)}
    for node in graph.nodes:
        if isinstance(node.operator, AsSteps):
            made_of = leading_to(graph, node.inputs[0])
            steps = node.inputs[1]
            found |= {input.name: steps for input in graph.inputs if input.name in made_of - {steps}}
    return found


def apart(graph: Graph) -> set[str]:
    """Values that are a batch of their own, such as distinct words: steps take from it by index."""
    names = (node.inputs[0] for node in graph.nodes if isinstance(node.operator, Take))
    return {one for name in names for one in leading_to(graph, name)}


def by_recurrence(graph: Graph) -> dict[str, list[Node]]:
    """What steps take of sequences of their own, as of the letters of words, where a recurrence makes it: by its name
    the operators that do."""
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if isinstance(node.operator, Take):
            names = leading_to(graph, node.inputs[0])
            own = [one for one in graph.nodes if names.intersection(one.outputs)]
            if any(isinstance(one.operator, Recurrent) for one in own):
                found[node.inputs[0]] = own
    return found


def sequences_at_steps(graph: Graph) -> bool:
    """Whether what stands at each step is a sequence itself, such as a text, that a recurrence reads."""
    inner = [leading_to(graph, node.inputs[0]) for node in graph.nodes if isinstance(node.operator, AsSteps)]
    recurrences = [node for node in graph.nodes if isinstance(node.operator, Recurrent)]
    return any(names.intersection(node.outputs) for names in inner for node in recurrences)


def leading_to(graph: Graph, name: str) -> set[str]:
    """A value, and all that it is made of."""
    made_of = {output: node.inputs for node in graph.nodes for output in node.outputs}
    names, found = [name], set[str]()
    while names:
        found.add(one := names.pop())
        names += made_of.get(one, ())
    return found


def made_batches(graph: Graph, seed: int = 0) -> Iterator[Inputs]:
    """Batches of several sizes and lengths; the state is random as well."""
    rng = np.random.default_rng(seed)
    for lengths in LENGTHS:
        yield made(graph, np.array(lengths, np.int64), rng)


def made(graph: Graph, lengths: NDArray[np.int64], rng: np.random.Generator) -> Inputs:
    """A batch whose sequences are so long, or, where segments of them are read, of so many segments."""
    words = rng.integers(1, 7, len(lengths) + 3)  # the length of each distinct one
    steps, below, indices = int(lengths.sum()), of_steps(graph), indices_of(graph)
    drawn: Inputs = {}
    for place, input in enumerate(graph.inputs):
        if input.form == "sequences":
            own = words if input.name in apart(graph) else many(graph, input.name, np.roll(lengths, place))
            own = rng.integers(0, 3, steps) if input.name in below else own
            drawn[input.name] = Sequences(numbers(graph, input, int(own.sum()), rng), own)
        elif input.name in indices:
            drawn[input.name] = rng.integers(len(words), size=steps)
        elif input.name in below:
            drawn[input.name] = numbers(graph, input, steps, rng)
        elif input.form == "state":
            layers, size = input.shape
            values = rng.normal(size=(layers or 0, len(lengths), size or 0))
            drawn[input.name] = (abs(values) if input.dtype == "int64" else values).astype(input.dtype)
        else:
            drawn[input.name] = numbers(graph, input, len(lengths), rng)
    return drawn


def numbers(graph: Graph, input: Input, count: int, rng: np.random.Generator) -> NDArray[np.generic]:
    """So many random values of an input; a size that differs from batch to batch is 2 in this one."""
    shape = count, *(2 if size is None else size for size in input.shape)
    if np.dtype(input.dtype).kind == "f":
        return rng.normal(size=shape).astype(input.dtype)
    if input.dtype == "uint8":
        return rng.integers(256, size=shape, dtype=np.uint8)
    return rng.integers(choices(graph, input.name), size=shape)


def choices(graph: Graph, name: str) -> NDArray[np.int64]:
    """How many ids there are for an input to choose from, or for each of its columns; one where none is looked up."""
    columns: dict[int, int] = {}
    for operator, outputs in readers(graph, name):
        match operator:
            case Embed() | Bag() | WeightedBag():
                return np.array(len(operator.weight))
            case Horizon():
                return np.array(1 if operator.columns is None else len(operator.columns))
            case Recent() | TowardsClassical() | Forecast():
                return np.array(len(operator.mean))
            case Pick():
                columns[operator.column] = int(choices(graph, outputs[0]))
            case _:
                pass
    return np.array([columns[k] for k in range(len(columns))] or 1)


def many(graph: Graph, name: str, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lengths that the sequences of an input can have: segments are whole, and a series is as long as its window."""
    for operator, _ in readers(graph, name):
        if isinstance(operator, Segments):
            lengths = lengths * operator.length
        elif isinstance(operator, Recent):
            lengths = lengths + operator.context
    return lengths


def indices_of(graph: Graph) -> set[str]:
    """Inputs that say which row each step takes."""
    return {node.inputs[1] for node in graph.nodes if isinstance(node.operator, Take)}


def readers(graph: Graph, name: str) -> list[tuple[Operator, tuple[str, ...]]]:
    """The operators that read a value, and what they make of it."""
    return [(node.operator, node.outputs) for node in graph.nodes if name in node.inputs]
