"""The minLSTM: a gated cell without recurrent weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elman.cells import Array, Cell, Rows, log_sigmoid, sigmoid, split


@dataclass(frozen=True)
class MinLSTM(Cell):
    """An LSTM of which only the forget and the input gate are left, and these see the input alone.

        f, i = sigmoid(W_ih x + b_ih)           each with its own rows
        n    = W_in x + b_in
        h'   = f / (f + i) h + i / (f + i) n

    Feng, Tung, Ahmed, Bengio & Hajimirsadegh (2024), "Were RNNs all we needed?", section 3.2. The two shares are taken
    from the logarithms of the gates, so that they are numbers even where both gates are shut.

    >>> import numpy as np
    >>> cell, zeros = MinLSTM(), np.zeros((1, 3))          # one unit: half of the state stays
    >>> cell.remember(cell.activate(zeros, None), np.array([[3.0]])).tolist()
    [[1.5]]
    """

    name = "minlstm"
    title = "minLSTM"
    paper = "Feng et al. (2024), Were RNNs all we needed?, section 3.2"
    rows = (Rows("f", "forget", keeps="open", bias=1.0), Rows("i", "input"), Rows("n", "new", gate=False))
    recurrent_weight = False

    def activate(self, input: Array, product: Array | None) -> tuple[Array, ...]:
        f, i, n = split(input, 3)
        keep = sigmoid(log_sigmoid(f) - log_sigmoid(i))
        return keep, 1 - keep, n

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        keep, take, n = values
        return keep * memory + take * n
