# pyright: strict
"""The simple recurrent network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from elman.cells.arrays import Array, relu, sigmoid, tanh
from elman.cells.base import Cell, Rows

FUNCTIONS: dict[str, Callable[[Array], Array]] = {"tanh": tanh, "relu": relu, "sigmoid": sigmoid}


@dataclass(frozen=True)
class RNN(Cell):
    """The simple cell, whose state is one layer of units that see themselves.

        h' = f(W_ih x + b_ih + W_hh h + b_hh)

    Elman (1990), "Finding structure in time", whose ``f`` is the sigmoid.

    >>> import numpy as np
    >>> cell = RNN(nonlinearity="relu")
    >>> (new,) = cell.activate(np.array([[1.0, -3.0]]), np.array([[0.5, 1.0]]))
    >>> cell.output([new], cell.remember([new], np.zeros((1, 2)))).tolist()
    [[1.5, 0.0]]
    """

    name = "rnn"
    title = "RNN"
    paper = "Elman (1990), Finding structure in time"
    rows = (Rows("h", "all", gate=False),)
    nonlinearities = ("tanh", "relu", "sigmoid")
    bounded_by = ("tanh", "sigmoid")
    onnx = (0,)

    def activate(self, input: Array, product: Array) -> tuple[Array, ...]:
        return (FUNCTIONS[self.nonlinearity](input + product),)

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        return values[0]

    @property
    def torch(self) -> str | None:
        return f"rnn_{self.nonlinearity}" if self.nonlinearity in ("tanh", "relu") else None

    def onnx_attributes(self, directions: int) -> dict[str, Any]:
        return {"activations": [self.nonlinearity.title()] * directions}

    def squashed(self, h: Array) -> Array | None:
        return {"tanh": (h + 1) / 2, "sigmoid": h}.get(self.nonlinearity)
