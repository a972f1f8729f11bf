# pyright: strict
"""What stands around a network in a program that has no Elman: numbers as the data have them, and an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from elman.graph import Graph, Node, Operator
from elman.graph.elementwise import Linear, Standardise

if TYPE_CHECKING:
    from elman.decoding.viterbi import Chain

LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Meaning:
    """What an input of a graph is, for who gives it in a program.

    name: in short;  says: in a line
    values: of each column of ids, its name and what they stand for
    """

    name: str
    says: str
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class ReadOut:
    """What becomes of a network's scores.

    function: "softmax", one probability distribution; "sigmoid", a probability each; "scores", as they are
    labels:   what the places of an answer stand for; () for numbers
    mean, scale: the unit of a number that the network gives standardised
    chain:    what the tags of a sequence are chosen together by
    """

    function: Literal["scores", "softmax", "sigmoid"]
    labels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    chain: Chain | None = None

    def to_json(self) -> dict[str, Any]:
        """All but the chain."""
        return {"function": self.function, "labels": self.labels, "mean": self.mean, "scale": self.scale}

    def on(self, graph: Graph) -> Graph:
        """The graph with its number in the column's own unit."""
        if (self.mean, self.scale) == (0.0, 1.0):
            return graph
        return followed(graph, Linear(np.array([[self.scale]], np.float32), np.array([self.mean], np.float32)))


SCORES = ReadOut("scores")


def standardising(graph: Graph, input: str, mean: ArrayLike, scale: ArrayLike) -> Graph:
    """The graph of raw numbers, where it took standardised ones; a scale of 0, of a constant column, leaves 0."""
    scales = np.asarray(scale, np.float32)
    operator = Standardise(np.asarray(mean, np.float32), np.where(scales > 0, scales, np.float32(LARGEST)))
    return preceded(graph, input, operator)


def preceded(graph: Graph, input: str, operator: Operator) -> Graph:
    """The graph of what ``operator`` makes of an input."""
    made = f"{input}.{operator.name}"

    def taken(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(made if name == input else name for name in names)

    nodes = (replace(node, inputs=taken(node.inputs)) for node in graph.nodes)
    return replace(graph, nodes=(Node(operator, (input,), (made,)), *nodes))


def followed(graph: Graph, operator: Operator) -> Graph:
    """The graph whose ``scores`` are what ``operator`` makes of those before."""
    scores = graph.outputs["scores"]
    made = f"{scores}.{operator.name}"
    node = Node(operator, (scores,), (made,))
    return Graph(graph.inputs, (*graph.nodes, node), {**graph.outputs, "scores": made})
