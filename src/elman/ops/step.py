"""One time step of a cell: what streaming inference calls thousands of times a second."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import linear

from elman.kernels import cpu, reference
from elman.ops.recurrent import check, why_not_compiled


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

    Weights as in ``elman.ops.recurrent``. Where no gradient is wanted, the compiled kernels run on weights that
    were packed at the first call and are packed again when one of them is changed in place or replaced. (Changes
    that PyTorch doesn't count, through ``tensor.data`` or NumPy, are not seen.)
    Raises ShapeError, which names the argument at fault.
    """
    if not torch.is_grad_enabled() and why_not_compiled(cell, x, reset_after) is None:
        advance = _packed(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
        batch, hidden = h.shape
        if x.shape != (batch, weight_ih.shape[1]) or hidden != weight_hh.shape[1] or h.dtype != x.dtype:
            _check_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
        x, h = x.contiguous(), h.contiguous()
        h_next = torch.empty_like(h)
        if c is None:
            advance(batch, x.data_ptr(), h.data_ptr(), 0, h_next.data_ptr(), 0)
            return h_next, None
        if c.shape != h.shape or c.dtype != x.dtype:
            _check_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
        c = c.contiguous()
        c_next = torch.empty_like(c)
        advance(batch, x.data_ptr(), h.data_ptr(), c.data_ptr(), h_next.data_ptr(), c_next.data_ptr())
        return h_next, c_next
    _check_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
    gates = linear(x, weight_ih, bias_ih)
    state = reference.State(h, c)
    return reference.step(cell, gates, state, weight_hh, bias_hh, nonlinearity=nonlinearity, reset_after=reset_after)


def _check_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity) -> None:
    """A step is a batch of sequences of length one."""
    lengths = torch.ones(len(x), dtype=torch.int64)
    check(cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)


# Packed weights by the identity of the tensors they were packed from. An entry goes when one of those tensors does,
# so an identity is never met again in another tensor.
_cache: dict[tuple, tuple[list, list, Callable[..., None]]] = {}


def _packed(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity) -> Callable[..., None]:
    """The step function on these weights, packed now or, if nothing has changed since, before."""
    key = (cell, nonlinearity, id(weight_ih), id(weight_hh), id(bias_ih), id(bias_hh))
    weights = [t for t in (weight_ih, weight_hh, bias_ih, bias_hh) if t is not None]
    stamp = [(t.data_ptr(), 0 if t.is_inference() else t._version) for t in weights]
    found = _cache.get(key)
    if found is None or found[0] != stamp:
        _check_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity)
        alive = [weakref.ref(t, lambda _: _cache.pop(key, None)) for t in weights]
        packed = packed_step(cell, weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity=nonlinearity)
        found = _cache[key] = (stamp, alive, packed)
    return found[2]


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
