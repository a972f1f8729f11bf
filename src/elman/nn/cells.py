"""One time step: ``advance`` for any cell, and RNNCell, LSTMCell, GRUCell as in ``torch.nn``.

Without gradients, on a CPU, Elman's kernels run the step (``elman.ops.step``). With gradients torch's own
functions do: for a single step they are as fast as any, since what Elman gains in training it gains by keeping
the weights in cache over many steps. A whole sequence is better given to ``RNN``, ``LSTM`` or ``GRU``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from elman import ops
from elman.errors import ShapeError

TORCH: dict[tuple[str, str], Callable[..., Any]] = {
    ("rnn", "tanh"): torch.rnn_tanh_cell,
    ("rnn", "relu"): torch.rnn_relu_cell,
    ("lstm", "tanh"): torch.lstm_cell,
    ("gru", "tanh"): torch.gru_cell,
}
Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]


def advance(
    cell: str,
    x: Tensor,
    state: tuple[Tensor, ...],
    weights: Weights,
    *,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> tuple[Tensor, ...]:
    """One step of one layer: ``[B, I]`` and ``(h,)`` or ``(h, c)``, each ``[B, H]`` -> the next state."""
    torch_has_it = reset_after and (cell, nonlinearity) in TORCH
    if torch_has_it and (torch.is_grad_enabled() or x.device.type != "cpu"):
        after = TORCH[cell, nonlinearity](x, state if cell == "lstm" else state[0], *weights)
        return after if cell == "lstm" else (after,)
    after = ops.step(cell, x, *weights, *state, nonlinearity=nonlinearity, reset_after=reset_after)
    return tuple(part for part in after if part is not None)


class RNNCell(nn.RNNCell):
    """``torch.nn.RNNCell``, whose ``nonlinearity`` may be "sigmoid" too."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if _is_torchs(input) and self.nonlinearity != "sigmoid":
            return super().forward(input, hx)
        return _step(self, "rnn", input, None if hx is None else (hx,), self.nonlinearity)[0]


class LSTMCell(nn.LSTMCell):
    """``torch.nn.LSTMCell``."""

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """``[B, I]`` or ``[I]``, and the states ``[B, H]`` or ``[H]``, zeros when None -> the next ``(h, c)``."""
        if _is_torchs(input):
            return super().forward(input, hx)
        h, c = _step(self, "lstm", input, hx)
        return h, c


class GRUCell(nn.GRUCell):
    """``torch.nn.GRUCell``."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if _is_torchs(input):
            return super().forward(input, hx)
        return _step(self, "gru", input, None if hx is None else (hx,))[0]


def _is_torchs(x: Tensor) -> bool:
    """Whether torch's own cell serves this call: wherever ``elman.ops.step`` isn't the faster."""
    return torch.is_grad_enabled() or x.device.type != "cpu" or torch.is_autocast_enabled("cpu")


def _step(
    module: Any, cell: str, input: Tensor, state: tuple[Tensor, ...] | None, nonlinearity: str = "tanh"
) -> tuple[Tensor, ...]:
    """``advance``, with or without a batch dimension, from zeros when there is no state."""
    for part in (input, *(state or ())):
        if part.dim() not in (1, 2):
            name = type(module).__name__
            raise ShapeError(f"{name}: Expected input and state to be 1D or 2D, got {part.dim()}D instead")
    x = input if input.dim() == 2 else input.unsqueeze(0)
    if state is None:
        state = (x.new_zeros(len(x), module.hidden_size),) * (2 if cell == "lstm" else 1)
    elif input.dim() == 1:
        state = tuple(part.unsqueeze(0) for part in state)
    weights = (module.weight_ih, module.weight_hh, module.bias_ih, module.bias_hh)
    after = advance(cell, x, state, weights, nonlinearity=nonlinearity)
    return after if input.dim() == 2 else tuple(part.squeeze(0) for part in after)
