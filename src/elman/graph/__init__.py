"""A trained network as data: a list of operators with their weights, in the order in which they run.

A torch module writes itself down by its ``write``; whatever runs a model without torch, or makes another program of
it, reads the graph and nothing else. What an operator means is said once, in its own class.
"""

from typing import TYPE_CHECKING

from elman.graph.graph import Graph, Input, Node, inputs_of
from elman.graph.operator import OPERATORS, Operator, Value
from elman.lazy import names_of

if TYPE_CHECKING:
    from elman.graph.writer import Name, Writer

__all__ = [
    "OPERATORS",
    "Graph",
    "Input",
    "Name",
    "Node",
    "Operator",
    "Value",
    "Writer",
    "inputs_of",
]

__getattr__ = names_of(__name__, dict.fromkeys(("Name", "Writer"), "elman.graph.writer"))
