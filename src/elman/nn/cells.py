"""One time step: ``advance`` for any cell, and RNNCell, LSTMCell, GRUCell as in ``torch.nn``.

For a single step torch's own functions are as fast as any; what Elman's kernels gain, they gain by keeping
the weights in cache over many steps. A whole sequence is better given to ``RNN``, ``LSTM`` or ``GRU``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from elman.kernels import reference

FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("rnn", "tanh"): torch.rnn_tanh_cell,
    ("rnn", "relu"): torch.rnn_relu_cell,
    ("lstm", "tanh"): torch.lstm_cell,
    ("gru", "tanh"): torch.gru_cell,
}


def advance(
    cell: str,
    x: Tensor,
    state: tuple[Tensor, ...],
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    *,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> tuple[Tensor, ...]:
    """One step of one layer: ``[B, I]`` and ``(h,)`` or ``(h, c)``, each ``[B, H]`` -> the next state."""
    function = FUNCTIONS.get((cell, nonlinearity)) if reset_after else None
    if function is None:
        weight_ih, weight_hh, bias_ih, bias_hh = weights
        projected, before = linear(x, weight_ih, bias_ih), reference.State(*state)
        after = reference.step(
            cell, projected, before, weight_hh, bias_hh, nonlinearity=nonlinearity, reset_after=reset_after
        )
        return tuple(part for part in after if part is not None)
    after = function(x, state if cell == "lstm" else state[0], *weights)
    return after if cell == "lstm" else (after,)


class RNNCell(nn.RNNCell):
    """``torch.nn.RNNCell``, whose ``nonlinearity`` may be "sigmoid" too."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if self.nonlinearity != "sigmoid":
            return super().forward(input, hx)
        h = input.new_zeros(*input.shape[:-1], self.hidden_size) if hx is None else hx
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        rows, before = input.view(-1, self.input_size), h.view(-1, self.hidden_size)
        (after,) = advance("rnn", rows, (before,), weights, nonlinearity="sigmoid")
        return after.view_as(h)


class LSTMCell(nn.LSTMCell):
    """``torch.nn.LSTMCell``."""


class GRUCell(nn.GRUCell):
    """``torch.nn.GRUCell``."""
