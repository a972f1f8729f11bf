"""What backpropagation through time computes on its way: dL/dh_t at every step, at no second pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor

from elman import cells
from elman.cells import Cell
from elman.kernels.reference import State, zero_state


@dataclass(frozen=True)
class Call:
    """What a call of ``recurrent`` was given, by its names, and its ``output`` ``[N, H]``.

    Enough to run it, or a part of it, once more. Weights are the parameters themselves; the rest has no graph.
    """

    cell: str
    nonlinearity: str
    reset_after: bool
    x: Tensor
    weight_ih: Tensor
    weight_hh: Tensor | None
    bias_ih: Tensor | None
    bias_hh: Tensor | None
    h0: Tensor
    c0: Tensor | None
    output: Tensor

    @property
    def spec(self) -> Cell:
        """The cell that ran."""
        return cells.find(self.cell, nonlinearity=self.nonlinearity, reset_after=self.reset_after)


@dataclass
class GradientRecord:
    """What the backward pass of one call of ``recurrent`` saw; None until it ran.

    lengths:  ``[B]``, as the call got them
    reverse:  whether the call ran from last step to first
    call:     the call itself; None for cells that were opened up (dropout, zoneout or norms inside)
    grad_h:   ``[N, H]``; row ``offsets[b] + t`` is the whole ``dL/dh_t``, of the output and of later steps
    grad_c:   ``[N, H]``, ``dL/dc_t`` likewise, of a cell that has ``c``
    """

    lengths: Tensor
    reverse: bool
    call: Call | None = None
    grad_h: Tensor | None = None
    grad_c: Tensor | None = None

    def remember(
        self, cell: str, nonlinearity: str, reset_after: bool, tensors: Sequence[Tensor | None], output: Tensor
    ) -> None:
        """Keep what was run; ``tensors`` are ``x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0``."""
        x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0 = tensors
        assert x is not None and lengths is not None and weight_ih is not None
        if h0 is None:
            states = zero_state(cells.find(cell), weight_ih.detach(), len(lengths))
        else:
            states = h0.detach(), None if c0 is None else c0.detach()
        weights = weight_ih, weight_hh, bias_ih, bias_hh
        self.call = Call(cell, nonlinearity, reset_after, x.detach(), *weights, *states, output.detach())

    def fill(self, grad_h: Tensor, grad_c: Tensor | None) -> None:
        self.grad_h, self.grad_c = grad_h, grad_c

    def watch(self, rows: Tensor, state: State) -> None:
        """Have autograd report the gradient of one step's state, on the reference path."""

        def keep(name: str, grad: Tensor) -> None:
            if getattr(self, name) is None:
                setattr(self, name, grad.new_zeros(int(self.lengths.sum()), grad.shape[1]))
            getattr(self, name)[rows] = grad.detach()

        state.h.register_hook(lambda grad: keep("grad_h", grad))
        if state.c is not None:
            state.c.register_hook(lambda grad: keep("grad_c", grad))


_records: ContextVar[list[GradientRecord] | None] = ContextVar("elman_gradient_records", default=None)


@contextmanager
def record_gradients() -> Iterator[list[GradientRecord]]:
    """Keep ``dL/dh_t`` of every ``recurrent`` call made in this context.

    Yields a list with one record a call, in the order of the calls. A call's backward pass, inside the
    context or after it, fills its record.
    """
    records: list[GradientRecord] = []
    token = _records.set(records)
    try:
        yield records
    finally:
        _records.reset(token)


def new_record(lengths: Tensor, reverse: bool) -> GradientRecord | None:
    """A record for a call that starts now, if gradients are being recorded."""
    records = _records.get()
    if records is None or torch.compiler.is_compiling():
        return None
    records.append(GradientRecord(lengths, reverse))
    return records[-1]
