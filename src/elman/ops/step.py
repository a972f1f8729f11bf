"""One time step of a cell: on the weights as they are, or on a packed copy of them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import linear

from elman import cells
from elman.kernels import cpu, reference
from elman.ops.compiled import transformed
from elman.ops.recurrent import check


def step(
    cell: str,
    x: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
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
    cell where there is one, else, and under ``torch.func`` and forward mode, by the reference.
    Raises ShapeError, which names the argument at fault.
    """
    lengths = torch.ones(x.shape[0], dtype=torch.int64, device="cpu")  # a batch of sequences of length one
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity, reset_after)
    own = cells.find(cell, nonlinearity=nonlinearity, reset_after=reset_after)
    if own.torch is None or transformed():
        return reference.step(own, linear(x, weight_ih, bias_ih), reference.State(h, c), weight_hh, bias_hh)
    function = getattr(torch, f"{own.torch}_cell")
    after = function(x, h if c is None else (h, c), weight_ih, weight_hh, bias_ih, bias_hh)
    return (after, None) if c is None else after


def packed_step(
    cell: str,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    *,
    nonlinearity: str = "tanh",
    halved: bool = False,
) -> Callable[..., None]:
    """The compiled step on a copy of these weights: ``(B, x, h, c, h_next, c_next)``, a count and addresses.

    ``c`` and ``c_next`` are 0 where the cell has no cell state; a state may be written where it was read. If
    ``halved``, the two matrices are kept as bfloat16. Raises ShapeError where the weights don't fit together.
    """
    no_steps, no_lengths = weight_ih.new_empty(0, weight_ih.shape[-1]), torch.empty(0, dtype=torch.int64, device="cpu")
    check(cell, no_steps, no_lengths, weight_ih, weight_hh, bias_ih, bias_hh, None, None, nonlinearity)
    kind = str(weight_ih.dtype).removeprefix("torch.") + ("_bfloat16" if halved else "")
    stepper = getattr(cpu.extension(), f"Stepper_{kind}")
    names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
    weights = [None if t is None else t.resolve_neg().contiguous() for t in (weight_ih, weight_hh, bias_ih, bias_hh)]
    addresses = [0 if t is None else t.data_ptr() for t in weights]
    assert weight_hh is not None  # cells that were compiled have one
    return stepper(
        cell=cpu.cells()[cell, nonlinearity].number,
        inputs=weight_ih.shape[1],
        hidden=weight_hh.shape[1],
        **dict(zip(names, addresses, strict=True)),
    ).step
