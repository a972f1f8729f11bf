"""One time step of a cell: on the weights as they are, or on a packed copy of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from elman.kernels import cpu, reference
from elman.ops.recurrent import check

TORCH: dict[tuple[str, str], Callable[..., Any]] = {
    ("rnn", "tanh"): torch.rnn_tanh_cell,
    ("rnn", "relu"): torch.rnn_relu_cell,
    ("lstm", "tanh"): torch.lstm_cell,
    ("gru", "tanh"): torch.gru_cell,
}
"""torch's own function of a cell and nonlinearity."""


def step(
    cell: str,
    x: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h: Tensor,
    c: Tensor | None = None,
    *,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Advance ``B`` sequences by one step: ``x`` ``[B, I]``, ``h`` and ``c`` ``[B, H]`` -> the new ``h, c``.

    Weights as in ``elman.ops.recurrent``; they are read as they are at this call, by torch's own function of the
    cell where there is one, else by the reference.
    Raises ShapeError, which names the argument at fault.
    """
    lengths = torch.ones(x.shape[0], dtype=torch.int64, device="cpu")  # a batch of sequences of length one
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
    weights = weight_ih, weight_hh, bias_ih, bias_hh
    if reset_after and (cell, nonlinearity) in TORCH:
        after = TORCH[cell, nonlinearity](x, h if c is None else (h, c), *weights)
        return after if cell == "lstm" else (after, None)
    gates = linear(x, weight_ih, bias_ih)
    state = reference.State(h, c)
    return reference.step(cell, gates, state, weight_hh, bias_hh, nonlinearity=nonlinearity, reset_after=reset_after)


def packed_step(
    cell: str,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    *,
    nonlinearity: str = "tanh",
    halved: bool = False,
) -> Callable[..., None]:
    """The compiled step on a copy of these weights: ``(B, x, h, c, h_next, c_next)``, a count and addresses.

    ``c`` and ``c_next`` are 0 unless an LSTM; a state may be written where it was read. If ``halved``, the two matrices
    are kept as bfloat16.
    """
    kind = str(weight_ih.dtype).removeprefix("torch.") + ("_bfloat16" if halved else "")
    stepper = getattr(cpu.extension(), f"Stepper_{kind}")
    number = cpu.CELLS[cell, nonlinearity if cell == "rnn" else "tanh"]
    weights = [None if t is None else t.contiguous() for t in (weight_ih, weight_hh, bias_ih, bias_hh)]
    addresses = [0 if t is None else t.data_ptr() for t in weights]
    return stepper(number, weight_ih.shape[1], weight_hh.shape[1], *addresses).step
