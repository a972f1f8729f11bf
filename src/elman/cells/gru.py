# pyright: strict
"""The gated recurrent unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from elman.cells.arrays import Array, sigmoid, split, tanh
from elman.cells.base import Again, ResettingCell, Rows


@dataclass(frozen=True)
class GRU(ResettingCell):
    """One gate says how much of the state stays, another how much of it a new state is made from.

        r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh)           each with its own rows
        n    = tanh(W_in x + b_in + r (W_hn h + b_hn))          reset after the product (torch, cuDNN)
        n    = tanh(W_in x + b_in + W_hn (r h) + b_hn)          or before it, with ``reset_after=False`` (the paper)
        h'   = (1 - z) n + z h

    Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder", equations 5 to 8.

    >>> import numpy as np
    >>> cell, zeros = GRU(), np.zeros((1, 3))          # one unit: half of the state stays, and half becomes tanh(0)
    >>> cell.remember(cell.activate(zeros, zeros), np.array([[3.0]])).tolist()
    [[1.5]]
    """

    name = "gru"
    title = "GRU"
    paper = "Cho et al. (2014), Learning phrase representations using RNN encoder-decoder, equations 5 to 8"
    rows = (Rows("r", "reset"), Rows("z", "update", keeps="open"), Rows("n", "new", gate=False))
    bounded_by = ("tanh",)
    onnx = (1, 0, 2)  # z r n

    def activate(self, input: Array, product: Array, again: Again | None = None) -> tuple[Array, ...]:
        gated = input.shape[-1] // 3 * 2
        r, z = split(sigmoid(input[..., :gated] + product[..., :gated]), 2)
        reset = again(r) if again else r * product[..., gated:]
        return r, z, tanh(input[..., gated:] + reset)

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        _, z, n = values
        return n + z * (memory - n)

    def onnx_attributes(self, directions: int) -> dict[str, Any]:
        return {"linear_before_reset": int(self.reset_after)}

    @property
    def torch(self) -> str | None:
        return "gru" if self.reset_after else None
