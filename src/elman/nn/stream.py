# pyright: strict
"""Sequences that arrive one step at a time: a layer's weights packed once, its state kept between calls."""

from __future__ import annotations

import torch
from torch import Tensor

from elman.errors import ShapeError
from elman.nn.stack import Recurrent, State
from elman.nn.stepper import packed_steps, why_not_packed


class Stream:
    """Advance ``batch`` sequences through ``layer`` step by step, as fast as Python allows.

    >>> stream = elman.nn.Stream(elman.nn.GRU(3, 5))
    >>> for x in torch.randn(10, 1, 3):     # steps as they arrive, each [batch, I]
    ...     h = stream(x)                   # [batch, H], of the last layer
    >>> h.shape
    torch.Size([1, 5])

    The answers are those of ``layer.step``, without gradients. **The weights are copied**, packed for the kernels, when
    the stream is made: what happens to the layer afterwards, the stream doesn't see before ``refresh()``. ``h`` and
    ``state`` are the stream's own memory, which the next call writes over: clone what must stay.

    A step of one sequence waits for little but its weights' way from the cache: with ``weights=torch.bfloat16`` a
    float32 layer's two matrices are kept in half the memory, rounded to eight bits; states, biases and sums stay
    float32.

    Raises ShapeError for a layer that can't be run forward in time by the compiled kernels alone (bidirectional, or
    with ``proj_size``, ``layer_norm``, ``zoneout`` or ``recurrent_dropout``), and BackendUnavailableError where those
    kernels don't run; ``layer.step`` serves then. ValueError for other ``weights``.
    """

    def __init__(
        self, layer: Recurrent, batch: int = 1, state: State | None = None, *, weights: torch.dtype | None = None
    ):
        if why := why_not_packed(layer):
            raise why
        first = layer.layer_parameters(0)[0]
        if weights not in (None, first.dtype) and (weights, first.dtype) != (torch.bfloat16, torch.float32):
            raise ValueError(
                f"weights must be the layer's {first.dtype}"
                f"{', or torch.bfloat16' if first.dtype == torch.float32 else ''}, got {weights}"
            )
        self.layer, self.batch, self._halved = layer, batch, weights == torch.bfloat16
        self._shape, self._dtype = torch.Size((batch, layer.input_size)), first.dtype
        with torch.no_grad():
            states, rows = layer.by_layer(self._checked(state)), torch.contiguous_format
            self._own = [tuple(part.clone(memory_format=rows) for part in parts) for parts in states]
        self._output = self._own[-1][0][0]
        self.refresh()

    def refresh(self) -> None:
        """Copy the layer's weights anew, as they are now; the state stays.

        Raises ShapeError where the layer's shapes, dtype or device are no longer those that the stream was made for.
        """
        x = torch.empty(self._shape, dtype=self._dtype, device="cpu")
        steps = packed_steps(self.layer, x, self._own, halved=self._halved)
        addresses = [(*(part.data_ptr() for part in parts), 0)[:2] for parts in self._own]  # of h and c; 0: no c
        self._layers = [(step, h, c) for step, (h, c) in zip(steps, addresses, strict=True)]

    def __call__(self, x: Tensor) -> Tensor:
        """One step: ``x`` ``[batch, I]`` on the CPU -> the last layer's ``h`` ``[batch, H]``."""
        if x.shape != self._shape or x.dtype is not self._dtype or not x.is_cpu:
            got = f"{list(x.shape)} {x.dtype} on {x.device}"
            raise ShapeError(f"a step takes {list(self._shape)} {self._dtype} on the CPU, got {got}")
        if not x.is_contiguous() or x.is_neg():
            x = x.resolve_neg().contiguous()
        source, batch = x.data_ptr(), self.batch
        for step, h, c in self._layers:
            step(batch, source, h, c, h, c)  # a state may be written where it was read
            source = h
        return self._output

    @property
    def state(self) -> State:
        """``(h,)`` or ``(h, c)`` after the last step, as ``layer.step`` takes it."""
        return self.layer.joined(self._own)

    def reset(self, state: State | None = None) -> None:
        """Go on from ``state``; from the layer's initial state when None."""
        for own, new in zip(self._own, self.layer.by_layer(self._checked(state)), strict=True):
            for part, value in zip(own, new, strict=True):
                part.copy_(value.detach())

    def _checked(self, state: State | None) -> State:
        if state is None:
            return self.layer.initial_state(self.batch)
        self.layer.check_state(state, self.batch)
        return state
