"""The recurrent op: the boundary where shapes are checked once and the backend is chosen."""

from __future__ import annotations

import torch
from torch import Tensor

from elman.errors import LengthsError, ShapeError
from elman.kernels import cpu, reference
from elman.ops import compiled
from elman.ops.gradients import new_record
from elman.ragged import check_lengths

_not_built = None if cpu.built() else cpu.problem()  # found out once, and after torch: see kernels/cpu.py


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run one recurrent layer in one direction over a ragged batch of ``B`` sequences, ``N`` steps in all.

    cell:       "rnn", "lstm", "gru" or "mgu", with ``G`` = 1, 4 (``i f g o``), 3 (``r z n``) or 2 (``f n``) gates
    x:          ``[N, I]``; step ``t`` of sequence ``b`` is row ``offsets[b] + t``
    lengths:    ``[B]`` int64 on the CPU, zeros allowed: such a sequence returns its initial state
    weight_ih:  ``[G*H, I]``; weight_hh: ``[G*H, H]``; bias_ih, bias_hh: ``[G*H]`` or None
    h0, c0:     ``[B, H]``, ``c0`` for an LSTM only; zeros where left out
    reverse:    each sequence is read from its last step to its first; outputs stay at their step's row
    nonlinearity: of the simple cell: "tanh", "relu" or "sigmoid"
    reset_after: a GRU's reset gate acts on the product with the state (torch), or on the state (False); so an MGU's

    Returns ``output`` ``[N, H]``, ``h_n`` ``[B, H]`` and ``c_n`` ``[B, H]`` (None unless an LSTM).
    Raises ShapeError or LengthsError, which name the argument at fault, and BackendUnavailableError if
    ``ELMAN_CPU`` asks for an instruction set that isn't there.
    """
    if torch.is_autocast_enabled(x.device.type):  # keep the weights' precision: errors add up over time
        x = x.to(weight_hh.dtype)
        h0 = None if h0 is None else h0.to(weight_hh.dtype)
        c0 = None if c0 is None else c0.to(weight_hh.dtype)
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, nonlinearity)
    arguments = (x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0)
    if why_not_compiled(cell, x, reset_after) is None:
        return compiled.recurrent(cell, nonlinearity, reverse, *arguments)
    check_lengths(lengths, x.shape[0], "x")
    record = new_record(lengths, reverse) if torch.is_grad_enabled() else None
    output, h_n, c_n = reference.recurrent(
        cell,
        *arguments,
        reverse=reverse,
        nonlinearity=nonlinearity,
        reset_after=reset_after,
        on_state=None if record is None else record.watch,
    )
    if record is not None:
        record.remember(cell, nonlinearity, reset_after, arguments, output)
    return output, h_n, c_n


def why_not_compiled(cell: str, x: Tensor, reset_after: bool = True) -> str | None:
    """Why the compiled kernels don't serve this call, and the reference does; None if they do."""
    if x.device.type != "cpu":
        return f"the compiled kernels run on the CPU, not on {x.device}"
    if x.dtype not in (torch.float32, torch.float64):
        return f"the compiled kernels take float32 and float64, not {x.dtype}"
    if cell not in cpu.BUFFER_WIDTH:
        return f"no kernel was compiled for {cell!r}"
    if cell in ("gru", "mgu") and not reset_after:
        return f"a {cell.upper()} that resets before the product needs two products a step"
    if not torch.compiler.is_compiling() and torch._C._are_functorch_transforms_active():
        return "torch.func transforms go through the operations of the reference kernels"
    return _not_built


def check(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    nonlinearity: str,
) -> None:
    """Raise ShapeError or LengthsError unless the arguments' shapes, dtypes and devices fit together."""
    if cell not in reference.GATES:
        raise ShapeError(f"unknown cell {cell!r}; expected one of {', '.join(reference.GATES)}")
    if nonlinearity not in reference.NONLINEARITIES:
        expected = ", ".join(reference.NONLINEARITIES)
        raise ShapeError(f"unknown nonlinearity {nonlinearity!r}; expected one of {expected}")
    if lengths.dim() != 1 or lengths.dtype != torch.int64 or lengths.device.type != "cpu":
        raise LengthsError(
            f"lengths must be a 1-d int64 tensor on the CPU, got {lengths.dim()}-d {lengths.dtype} on {lengths.device}"
        )
    if x.dim() != 2 or weight_hh.dim() != 2:
        raise ShapeError(f"x and weight_hh must have 2 dimensions, got {x.dim()} and {weight_hh.dim()}")
    if (c0 is not None) != (h0 is not None and cell == "lstm"):
        raise ShapeError("c0 goes with the h0 of an LSTM, and with that of no other cell")
    dtype, device = x.dtype, x.device
    batch, hidden = lengths.shape[0], weight_hh.shape[1]
    rows = reference.GATES[cell] * hidden
    for name, tensor, shape in (
        ("weight_ih", weight_ih, (rows, x.shape[1])),
        ("weight_hh", weight_hh, (rows, hidden)),
        ("bias_ih", bias_ih, (rows,)),
        ("bias_hh", bias_hh, (rows,)),
        ("h0", h0, (batch, hidden)),
        ("c0", c0, (batch, hidden)),
    ):
        if tensor is None:
            continue
        if tensor.shape != shape:
            raise ShapeError(f"{name} must have shape {list(shape)} for a {cell}, got {list(tensor.shape)}")
        if tensor.dtype != dtype or tensor.device != device:
            got = f"{tensor.dtype} on {tensor.device}"
            raise ShapeError(f"{name} must be {dtype} on {device} like x, got {got}")
