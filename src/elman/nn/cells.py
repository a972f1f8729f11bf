# pyright: strict
"""RNNCell, LSTMCell, GRUCell: one time step, as in ``torch.nn``.

Weights may have changed since the last step, so a cell reads them at every call, and torch's functions do that as fast
as any; so the cells are torch's, but for a simple cell's sigmoid, and ``torch.func`` and forward mode, which know
nothing of some of torch's functions. What Elman gains it gains by keeping the weights in cache over many steps: in
``RNN``, ``LSTM`` and ``GRU`` over whole sequences, and in ``Stream`` for sequences that arrive step by step.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.cells import find
from elman.errors import ShapeError, TracingError
from elman.ops import step
from elman.ops.compiled import transformed


class RNNCell(nn.RNNCell):
    """``torch.nn.RNNCell``, whose ``nonlinearity`` may be "sigmoid" too.

    >>> cell = elman.nn.RNNCell(3, 5, nonlinearity="sigmoid")
    >>> h = cell(torch.randn(2, 3))
    >>> cell(torch.randn(2, 3), h).shape
    torch.Size([2, 5])
    """

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if self.nonlinearity != "sigmoid" and not transformed():
            return super().forward(input, hx)
        return _step(self, "rnn", input, None if hx is None else (hx,), self.nonlinearity)[0]

    def __prepare_scriptable__(self) -> nn.Module:
        """What ``torch.jit.script`` compiles in place of this cell."""
        if self.nonlinearity == "sigmoid":
            raise TracingError("RNNCell can't be scripted: PyTorch has no operator for a sigmoid")
        return _twin(self, nn.RNNCell, nonlinearity=self.nonlinearity)


class LSTMCell(nn.LSTMCell):
    """``torch.nn.LSTMCell``.

    >>> cell = elman.nn.LSTMCell(3, 5)
    >>> h, c = cell(torch.randn(2, 3))
    >>> h, c = cell(torch.randn(2, 3), (h, c))
    >>> h.shape, c.shape
    (torch.Size([2, 5]), torch.Size([2, 5]))
    """

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """``[B, I]`` or ``[I]``, and the states ``[B, H]`` or ``[H]``, zeros when None -> the next ``(h, c)``."""
        if not transformed():
            return super().forward(input, hx)
        h, c = _step(self, "lstm", input, hx)
        return h, c

    def __prepare_scriptable__(self) -> nn.Module:
        """What ``torch.jit.script`` compiles in place of this cell."""
        return _twin(self, nn.LSTMCell)


class GRUCell(nn.GRUCell):
    """``torch.nn.GRUCell``.

    >>> cell = elman.nn.GRUCell(3, 5)
    >>> h = cell(torch.randn(2, 3))
    >>> cell(torch.randn(2, 3), h).shape
    torch.Size([2, 5])
    """

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if not transformed():
            return super().forward(input, hx)
        return _step(self, "gru", input, None if hx is None else (hx,))[0]

    def __prepare_scriptable__(self) -> nn.Module:
        """What ``torch.jit.script`` compiles in place of this cell."""
        return _twin(self, nn.GRUCell)


def _step(
    module: Any, cell: str, input: Tensor, state: tuple[Tensor, ...] | None, nonlinearity: str = "tanh"
) -> tuple[Tensor, ...]:
    """One step by the op, with or without a batch dimension, from zeros when there is no state."""
    for part in (input, *(state or ())):
        if part.dim() not in (1, 2):
            name = type(module).__name__
            raise ShapeError(f"{name}: Expected input and state to be 1D or 2D, got {part.dim()}D instead")
    x = input if input.dim() == 2 else input.unsqueeze(0)
    if state is None:
        state = (x.new_zeros(x.shape[0], module.hidden_size),) * len(find(cell).states)
    elif input.dim() == 1:
        state = tuple(part.unsqueeze(0) for part in state)
    weights = (module.weight_ih, module.weight_hh, module.bias_ih, module.bias_hh)
    after = (part for part in step(cell, x, *weights, *state, nonlinearity=nonlinearity) if part is not None)
    return tuple(after) if input.dim() == 2 else tuple(part.squeeze(0) for part in after)


def _twin(module: Any, kind: type[nn.Module], **settings: Any) -> nn.Module:
    """torch's own cell with the parameters of ``module``."""
    made: Any = kind(module.input_size, module.hidden_size, bias=module.bias, device=torch.device("meta"), **settings)
    for name, parameter in module.named_parameters():
        setattr(made, name, parameter)
    return made.train(module.training)
