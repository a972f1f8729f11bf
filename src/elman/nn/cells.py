"""RNNCell, LSTMCell, GRUCell: one time step, as in ``torch.nn``.

Weights may have changed since the last step, so a cell reads them at every call, and torch's functions do that as fast
as any; so the cells are torch's, and the simple one may have a sigmoid. What Elman gains it gains by keeping the
weights in cache over many steps: in ``RNN``, ``LSTM`` and ``GRU`` over whole sequences, and in ``Stream`` for sequences
that arrive step by step.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import GRUCell, LSTMCell

from elman.errors import ShapeError, TracingError
from elman.ops import step

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class RNNCell(nn.RNNCell):
    """``torch.nn.RNNCell``, whose ``nonlinearity`` may be "sigmoid" too."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """``[B, I]`` or ``[I]``, and the state ``[B, H]`` or ``[H]``, zeros when None -> the next state."""
        if self.nonlinearity != "sigmoid":
            return super().forward(input, hx)
        for part in (input, hx):
            if part is not None and part.dim() not in (1, 2):
                raise ShapeError(f"RNNCell: Expected input and state to be 1D or 2D, got {part.dim()}D instead")
        x = input if input.dim() == 2 else input.unsqueeze(0)
        if hx is None:
            h = x.new_zeros(x.shape[0], self.hidden_size)
        else:
            h = hx if input.dim() == 2 else hx.unsqueeze(0)
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        after, _ = step("rnn", x, *weights, h, nonlinearity="sigmoid")
        return after if input.dim() == 2 else after.squeeze(0)

    def __prepare_scriptable__(self) -> nn.Module:
        """What ``torch.jit.script`` compiles in place of this cell: torch's, with the same parameters."""
        if self.nonlinearity == "sigmoid":
            raise TracingError("RNNCell can't be scripted: PyTorch has no operator for a sigmoid")
        settings = {"bias": self.bias, "nonlinearity": self.nonlinearity, "device": "meta"}
        made = nn.RNNCell(self.input_size, self.hidden_size, **settings)
        for name, parameter in self.named_parameters():
            setattr(made, name, parameter)
        return made.train(self.training)
