"""The recurrent op: the boundary where shapes are checked once and the backend is chosen."""

from __future__ import annotations

import torch
from torch import Tensor

from elman import cells
from elman.errors import LengthsError, ShapeError
from elman.kernels import cpu, reference
from elman.ops import compiled
from elman.ops.gradients import new_record
from elman.ragged import check_lengths

# Found out once, and after torch: see kernels/cpu.py.
_not_built = None if cpu.built() else cpu.problem()
_compiled_cells = frozenset(cell for cell, _ in cpu.cells())


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
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

    cell:       a name in ``elman.cells.names()``; that cell's weights have ``G`` blocks of ``H`` rows
    x:          ``[N, I]``; step ``t`` of sequence ``b`` is row ``offsets[b] + t``
    lengths:    ``[B]`` int64 on the CPU, zeros allowed: such a sequence returns its initial state
    weight_ih:  ``[G*H, I]``; weight_hh: ``[G*H, H]``; bias_ih, bias_hh: ``[G*H]`` or None (the second and the fourth
                are None for a cell whose gates don't depend on ``h``)
    h0, c0:     ``[B, H]``, ``c0`` for a cell with a cell state; zeros where left out
    reverse:    each sequence is read from its last step to its first; outputs stay at their step's row
    nonlinearity, reset_after: the cell's options, where it offers them

    Returns ``output`` ``[N, H]``, ``h_n`` ``[B, H]`` and ``c_n`` ``[B, H]`` (None unless the cell has a cell state).
    Raises ShapeError or LengthsError, which name the argument at fault, and BackendUnavailableError if
    ``ELMAN_CPU`` asks for an instruction set that isn't there.
    """
    if torch.is_autocast_enabled(x.device.type):  # keep the weights' precision: errors add up over time
        x = x.to(weight_ih.dtype)
        h0 = None if h0 is None else h0.to(weight_ih.dtype)
        c0 = None if c0 is None else c0.to(weight_ih.dtype)
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, nonlinearity, reset_after)
    arguments = (x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0)
    if why_not_compiled(cell, x, reset_after) is None:
        return compiled.recurrent(cell, nonlinearity, reverse, *arguments)
    check_lengths(lengths, x.shape[0], "x")
    record = new_record(lengths, reverse) if torch.is_grad_enabled() else None
    with torch.autocast(x.device.type, enabled=False):
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
    if _not_built is None and cell not in _compiled_cells:
        return f"no kernel was compiled for {cell!r}"
    if not reset_after:
        return f"a {cells.find(cell).title} that resets before the product needs two products a step"
    if compiled.transformed():
        return "torch.func, vmap and forward-mode derivatives go through the operations of the reference kernels"
    return _not_built


def check(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> None:
    """Raise ShapeError or LengthsError unless the arguments' shapes, dtypes and devices fit together."""
    own = cells.find(cell, nonlinearity=nonlinearity, reset_after=reset_after)
    if lengths.dim() != 1 or lengths.dtype != torch.int64 or lengths.device.type != "cpu":
        raise LengthsError(
            f"lengths must be a 1-d int64 tensor on the CPU, got {lengths.dim()}-d {lengths.dtype} on {lengths.device}"
        )
    if own.recurrent_weight and weight_hh is None:
        raise ShapeError(f"weight_hh is missing, which a {own.title} needs")
    if not own.recurrent_weight and (weight_hh is not None or bias_hh is not None):
        raise ShapeError(f"the gates of a {own.title} don't depend on h: it takes no weight_hh and no bias_hh")
    square = weight_ih if weight_hh is None else weight_hh
    if x.dim() != 2 or square.dim() != 2:
        raise ShapeError(f"x and weight_hh must have 2 dimensions, got {x.dim()} and {square.dim()}")
    if (c0 is not None) != (h0 is not None and "c" in own.states):
        raise ShapeError(f"c0 goes with h0 where a cell has a cell state; the state of a {own.title} is {own.states}")
    dtype, device, batch = x.dtype, x.device, lengths.shape[0]
    hidden = square.shape[0] // len(own.rows) if weight_hh is None else square.shape[1]
    rows = len(own.rows) * hidden
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
