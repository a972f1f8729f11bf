# pyright: strict
"""The minimal gated unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elman.cells.arrays import Array, sigmoid, tanh
from elman.cells.base import Again, ResettingCell, Rows


@dataclass(frozen=True)
class MGU(ResettingCell):
    """A GRU with one gate: what a new state is made from is also what it takes the place of.

        f  = sigmoid(W_if x + b_if + W_hf h + b_hf)
        n  = tanh(W_in x + b_in + f (W_hn h + b_hn))            reset after the product
        n  = tanh(W_in x + b_in + W_hn (f h) + b_hn)            or before it, with ``reset_after=False`` (the paper)
        h' = f n + (1 - f) h

    Zhou et al. (2016), "Minimal gated unit for recurrent neural networks". Its ``f`` shut is what keeps the
    past.

    >>> import numpy as np
    >>> cell, zeros = MGU(), np.zeros((1, 2))          # one unit: half of the state stays, and half becomes tanh(0)
    >>> cell.remember(cell.activate(zeros, zeros), np.array([[3.0]])).tolist()
    [[1.5]]
    """

    name = "mgu"
    title = "MGU"
    paper = "Zhou et al. (2016), Minimal gated unit for recurrent neural networks"
    rows = (Rows("f", "forget", keeps="shut"), Rows("n", "new", gate=False))
    bounded_by = ("tanh",)

    def activate(self, input: Array, product: Array, again: Again | None = None) -> tuple[Array, ...]:
        gated = input.shape[-1] // 2
        f = sigmoid(input[..., :gated] + product[..., :gated])
        reset = again(f) if again else f * product[..., gated:]
        return f, tanh(input[..., gated:] + reset)

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        f, n = values
        return n + (1 - f) * (memory - n)
