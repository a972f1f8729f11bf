"""The recurrent op: the boundary where shapes are checked once and the backend is chosen."""

from __future__ import annotations

import torch
from torch import Tensor

from elman.errors import LengthsError, ShapeError
from elman.kernels import reference


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor,
    c0: Tensor | None = None,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run one recurrent layer in one direction over a ragged batch of ``B`` sequences, ``N`` steps in all.

    cell:       "rnn", "lstm" or "gru", with ``G`` = 1, 4 or 3 gates in torch's order (``i f g o``; ``r z n``)
    x:          ``[N, I]``; step ``t`` of sequence ``b`` is row ``offsets[b] + t``
    lengths:    ``[B]`` int64 on the CPU, zeros allowed: such a sequence returns its initial state
    weight_ih:  ``[G*H, I]``; weight_hh: ``[G*H, H]``; bias_ih, bias_hh: ``[G*H]`` or None
    h0, c0:     ``[B, H]``; ``c0`` for an LSTM only
    reverse:    each sequence is read from its last step to its first; outputs stay at their step's row
    nonlinearity: of the simple cell: "tanh", "relu" or "sigmoid"
    reset_after: the GRU's reset gate acts on the product with the state (torch), or on the state (False)

    Returns ``output`` ``[N, H]``, ``h_n`` ``[B, H]`` and ``c_n`` ``[B, H]`` (None unless an LSTM).
    Raises ShapeError or LengthsError, which name the argument at fault.
    """
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, nonlinearity)
    return reference.recurrent(
        cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0,
        reverse=reverse, nonlinearity=nonlinearity, reset_after=reset_after,
    )  # fmt: skip


def check(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor,
    c0: Tensor | None,
    nonlinearity: str,
) -> None:
    """Raise ShapeError or LengthsError unless the arguments fit together."""
    if cell not in reference.GATES:
        raise ShapeError(f"unknown cell {cell!r}; expected one of {', '.join(reference.GATES)}")
    if nonlinearity not in reference.NONLINEARITIES:
        expected = ", ".join(reference.NONLINEARITIES)
        raise ShapeError(f"unknown nonlinearity {nonlinearity!r}; expected one of {expected}")
    if lengths.dim() != 1 or lengths.dtype != torch.int64 or lengths.device.type != "cpu":
        raise LengthsError(
            "lengths must be a 1-d int64 tensor on the CPU, got "
            f"{lengths.dim()}-d {lengths.dtype} on {lengths.device}"
        )
    if x.dim() != 2 or weight_hh.dim() != 2:
        raise ShapeError(f"x and weight_hh must have 2 dimensions, got {x.dim()} and {weight_hh.dim()}")
    if (c0 is None) == (cell == "lstm"):
        raise ShapeError("c0 is needed by an LSTM and by no other cell")
    batch, hidden = len(lengths), weight_hh.shape[1]
    rows = reference.GATES[cell] * hidden
    shapes = {
        "weight_ih": (weight_ih, (rows, x.shape[1])),
        "weight_hh": (weight_hh, (rows, hidden)),
        "bias_ih": (bias_ih, (rows,)),
        "bias_hh": (bias_hh, (rows,)),
        "h0": (h0, (batch, hidden)),
        "c0": (c0, (batch, hidden)),
    }
    for name, (tensor, shape) in shapes.items():
        if tensor is None:
            continue
        if tensor.shape != shape:
            raise ShapeError(f"{name} must have shape {list(shape)} for a {cell}, got {list(tensor.shape)}")
        if tensor.dtype != x.dtype or tensor.device != x.device:
            raise ShapeError(
                f"{name} must be {x.dtype} on {x.device} like x, got {tensor.dtype} on {tensor.device}"
            )
    if len(lengths) and int(lengths.min()) < 0:
        raise LengthsError(f"lengths must not be negative, got {int(lengths.min())}")
    if int(lengths.sum()) != len(x):
        raise LengthsError(f"lengths sum to {int(lengths.sum())}, but x holds {len(x)} steps")
