# pyright: strict
"""A graph whose numbers are as int8 keeps them: what a program with such weights is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.export.c.fixed import FixedRecurrent
from elman.export.c.program import Memory, is_rounded, memory_of
from elman.graph import Graph, Operator
from elman.graph.elementwise import Linear
from elman.graph.pooling import AttentionPool
from elman.graph.recurrence import Recurrent
from elman.graph.tokens import Bag, Embed
from elman.int8 import quantised, restored

Array = NDArray[Any]


def rounded(graph: Graph, steps: Sequence[float] = ()) -> Graph:
    """The graph with each matrix rounded to whole numbers times a scale for each row; what was shared stays so.

    steps: of each recurrence, in their order, that of its input in int8; () leaves what flows between them as it is
    """
    made: dict[Memory, Array] = {}
    left = iter(steps)

    def one(array: Array) -> Array:
        if not is_rounded(array):
            return array
        return made.setdefault(memory_of(array), restored(quantised(np.asarray(array, np.float32))))

    def of(operator: Operator) -> Operator:
        if isinstance(operator, (Linear, Embed, Bag, AttentionPool)):
            return replace(operator, weight=one(operator.weight))
        if isinstance(operator, Recurrent) and steps:
            parts = operator.cell, operator.nonlinearity, operator.reset_after, operator.layers
            return FixedRecurrent(*parts, next(left))
        if isinstance(operator, Recurrent):
            layers = tuple(
                tuple((one(ih), None if hh is None else one(hh), *biases) for ih, hh, *biases in layer)
                for layer in operator.layers
            )
            return replace(operator, layers=layers)
        return operator

    return replace(graph, nodes=tuple(replace(node, operator=of(node.operator)) for node in graph.nodes))
