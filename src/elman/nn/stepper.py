# pyright: strict
"""Steps on packed weights: whoever decodes owns a copy of them, for as long as one search or one generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from elman.errors import BackendUnavailableError, ElmanError, ShapeError
from elman.nn.stack import LayerState, Recurrent, State
from elman.ops import check, packed_step, why_not_compiled

Advance = Callable[[Tensor, State], tuple[Tensor, State]]
"""``(x [B, I], state) -> (h [B, H] of the last layer, state)``: one step, of any number of sequences at each call."""


def stepper(layer: Recurrent) -> Advance:
    """``layer.step`` for inference, as fast as it can be made for the steps to come.

    Where the compiled kernels run, that is on a copy of the weights, packed here and now: what happens to the layer
    afterwards, the copy doesn't see. So make one where steps begin, and drop it where they end. Elsewhere, and in
    training, where masks are drawn at each step, it is ``layer.step`` itself.
    """
    return layer.step if layer.training or why_not_packed(layer) else PackedSteps(layer)


class PackedSteps:
    """The steps of a layer's packed weights, without gradients. Raises ShapeError as ``layer.step`` does."""

    def __init__(self, layer: Recurrent):
        self._layer, self._dtype = layer, layer.layer_parameters(0)[0].dtype
        x = torch.empty(1, layer.input_size, dtype=self._dtype, device="cpu")
        with torch.no_grad():
            self._steps = packed_steps(layer, x, layer.by_layer(layer.initial_state(1)))

    @torch.no_grad()
    def __call__(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        layer = self._layer
        x = layer.check_input(x)
        batch = len(x)
        layer.check_state(state, batch)
        before = [tuple(map(self._rows, own)) for own in layer.by_layer(state)]
        after = [tuple(map(torch.empty_like, own)) for own in before]
        h = self._rows(x)
        for step, old, new in zip(self._steps, before, after, strict=True):
            (h_old, c_old), (h_new, c_new) = ((*(part.data_ptr() for part in own), 0)[:2] for own in (old, new))
            step(batch, h.data_ptr(), h_old, c_old, h_new, c_new)  # an address of 0: no c
            h = new[0][0]
        return h, layer.joined(after)

    def _rows(self, values: Tensor) -> Tensor:
        """The same as the kernels read it: its numbers one after another, with their own sign."""
        if values.dtype != self._dtype or not values.is_cpu:
            raise ShapeError(f"a step takes {self._dtype} on the CPU, got {values.dtype} on {values.device}")
        return values.resolve_neg().contiguous()


def packed_steps(
    layer: Recurrent, x: Tensor, states: Sequence[LayerState], *, halved: bool = False
) -> list[Callable[..., None]]:
    """For each layer ``ops.packed_step`` on a copy of its weights as they are now.

    x, states: such as each step will be given, ``[B, I]`` and ``[1, B, H]`` of each layer

    Raises ShapeError, with the layer, where weights don't take these, or what the layer below hands on: the kernels
    read addresses.
    """
    steps: list[Callable[..., None]] = []
    ones = torch.ones(len(x), dtype=torch.int64, device="cpu")
    with torch.no_grad():
        for k, state in enumerate(states):
            weights, (h, *c) = layer.layer_parameters(k), [part[0] for part in state]
            try:
                check(layer.cell, x, ones, *weights, h, *(c or [None]), nonlinearity=layer.nonlinearity)
            except ShapeError as error:
                raise ShapeError(f"layer {k + 1}: {error}") from None
            steps.append(packed_step(layer.cell, *weights, nonlinearity=layer.nonlinearity, halved=halved))
            x = h
    return steps


def why_not_packed(layer: Recurrent) -> ElmanError | None:
    """What to raise where a layer's steps can't run on packed weights; None if they can."""
    if layer.bidirectional or layer.is_stepwise or layer.proj_size:
        return ShapeError(f"{layer} can't be streamed by the compiled kernels; use its step method")
    if why := why_not_compiled(layer.cell, layer.layer_parameters(0)[0], layer.reset_after):
        return BackendUnavailableError(f"streaming needs the compiled kernels: {why}; use the layer's step method")
    return None
