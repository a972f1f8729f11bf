# pyright: strict
"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elman.cells.arrays import Array, sigmoid, split, tanh
from elman.cells.base import Cell, Rows


@dataclass(frozen=True)
class LSTM(Cell):
    """A cell state ``c`` beside ``h``, that gates write, keep and read.

        i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh)       each with its own rows
        g       = tanh(the same, with its own)
        c'      = f c + i g
        h'      = o tanh(c')

    Hochreiter & Schmidhuber (1997), "Long short-term memory"; the forget gate is from Gers, Schmidhuber & Cummins
    (2000), "Learning to forget", and starts open, by a bias of 1 (Jozefowicz, Zaremba & Sutskever 2015).

    >>> import numpy as np
    >>> cell, zeros = LSTM(), np.zeros((1, 4))         # one unit: all gates half open, and nothing to write
    >>> values = cell.activate(zeros, zeros)
    >>> cell.remember(values, np.array([[3.0]])).tolist()
    [[1.5]]
    """

    name = "lstm"
    title = "LSTM"
    paper = "Hochreiter & Schmidhuber (1997), Long short-term memory; Gers et al. (2000), Learning to forget"
    rows = (
        Rows("i", "input"),
        Rows("f", "forget", keeps="open", bias=1.0),
        Rows("g", "cell", gate=False),
        Rows("o", "output"),
    )
    states = ("h", "c")
    bounded_by = ("tanh",)
    projects = True
    onnx = (0, 3, 1, 2)  # i o f g

    def activate(self, input: Array, product: Array) -> tuple[Array, ...]:
        i, f, g, o = split(input + product, 4)
        return sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        i, f, g, _ = values
        return f * memory + i * g

    def output(self, values: Sequence[Array], memory: Array) -> Array:
        return values[3] * tanh(memory)

    @property
    def torch(self) -> str | None:
        return "lstm"
