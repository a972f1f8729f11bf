# pyright: strict
"""What stands around a network in a program that has no Elman: numbers as the data have them, and an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import ExportError
from elman.graph import Graph, Input, Node, Operator
from elman.graph.elementwise import Concat, Linear

if TYPE_CHECKING:
    from elman.decoding.viterbi import Chain
    from elman.graph.raw import Observed

AS_ONNX = "ONNX (--as onnx)"
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
    at_least: the probability from which on a rare one of two labels is answered, whichever is likelier
    chain:    what the tags of a sequence are chosen together by
    """

    function: Literal["scores", "softmax", "sigmoid"]
    labels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    chain: Chain | None = None
    at_least: Mapping[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """All but the chain."""
        written = {"function": self.function, "labels": self.labels, "mean": self.mean, "scale": self.scale}
        return {**written, "at_least": dict(self.at_least)}

    def on(self, graph: Graph) -> Graph:
        """The graph with its number in the column's own unit."""
        if (self.mean, self.scale) == (0.0, 1.0):
            return graph
        return followed(graph, Linear(np.array([[self.scale]], np.float32), np.array([self.mean], np.float32)))


SCORES = ReadOut("scores")


def without(form: str, why: str, other: str) -> ExportError:
    """The error of a network that a form can't have: why, and what else may do."""
    return ExportError(
        f"{why}, for which there is no {form}. Write it as {other}, or answer with elman.load, which needs no PyTorch"
    )


def observed(mean: ArrayLike, scale: ArrayLike) -> Observed:
    """What standardises numbers; a scale of 0, of a constant column, leaves 0."""
    from elman.graph.raw import Observed  # for exports alone: loading a model needs none of it

    scales = np.asarray(scale, np.float32)
    return Observed(np.asarray(mean, np.float32), np.where(scales > 0, scales, np.float32(LARGEST)))


def from_raw(graph: Graph, input: str, given: Sequence[tuple[Input, Operator]], masked: Sequence[int]) -> Graph:
    """The graph of numbers and times as the data have them, where it took figures of them as ``input``.

    given:  each of what it is given instead, with the operator that makes figures of it
    masked: the columns, counted over all of that, whose flags stand behind the figures: 1 where something is missing
    """
    names = tuple(own.name for own, _ in given)
    nodes = [Node(operator, (own.name,), (f"{own.name}.{operator.name}",)) for own, operator in given]
    if masked:
        from elman.graph.raw import Missing

        nodes.append(Node(Missing(tuple(masked)), names, (f"{input}.missing",)))
    if len(nodes) > 1:
        nodes.append(Node(Concat(), tuple(node.outputs[0] for node in nodes), (f"{input}.figures",)))
    return preceded(graph, input, [own for own, _ in given], nodes)


def preceded(graph: Graph, input: str, given: Sequence[Input], nodes: Sequence[Node]) -> Graph:
    """The graph that takes other inputs, of which nodes make what it took as ``input``: the last one's output."""

    def taken(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(nodes[-1].outputs[0] if name == input else name for name in names)

    inputs = (one for own in graph.inputs for one in (given if own.name == input else [own]))
    later = (replace(node, inputs=taken(node.inputs)) for node in graph.nodes)
    return Graph(tuple(inputs), (*nodes, *later), graph.outputs)


def followed(graph: Graph, operator: Operator) -> Graph:
    """The graph whose ``scores`` are what ``operator`` makes of those before."""
    scores = graph.outputs["scores"]
    made = f"{scores}.{operator.name}"
    node = Node(operator, (scores,), (made,))
    return Graph(graph.inputs, (*graph.nodes, node), {**graph.outputs, "scores": made})
