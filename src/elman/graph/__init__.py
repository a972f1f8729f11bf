"""A trained network as data: a list of operators with their weights, in the order in which they run.

A torch module writes itself down by its ``write``; whatever runs a model without torch, or makes another program of
it, reads the graph and nothing else. What an operator means is said once, in its own class.
"""

from elman.graph import attention, carried, copying, elementwise, pictures, pooling, recurrence, series, tokens
from elman.graph.graph import Graph, Input, Node, inputs_of
from elman.graph.operator import OPERATORS, Operator, Value
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
    "attention",
    "carried",
    "copying",
    "elementwise",
    "inputs_of",
    "pictures",
    "pooling",
    "recurrence",
    "series",
    "tokens",
]
