"""What backpropagation through time computes on its way: dL/dh_t at every step, at no second pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor

from elman.kernels.reference import State


@dataclass
class GradientRecord:
    """What the backward pass of one call of ``recurrent`` saw; None until it ran.

    lengths:  ``[B]``, as the call got them
    reverse:  whether the call ran from last step to first
    grad_h:   ``[N, H]``; row ``offsets[b] + t`` is the whole ``dL/dh_t``, of the output and of later steps
    grad_c:   ``[N, H]``, ``dL/dc_t`` likewise, for an LSTM
    """

    lengths: Tensor
    reverse: bool
    grad_h: Tensor | None = None
    grad_c: Tensor | None = None

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
