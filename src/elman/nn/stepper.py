"""Steps on packed weights: whoever decodes owns a copy of them, for as long as one search or one generation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from elman.errors import BackendUnavailableError, ElmanError, ShapeError
from elman.nn.stack import Recurrent, State
from elman.ops import packed_step, why_not_compiled

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
        self._layer, self._steps = layer, packed_steps(layer)
        self._dtype = layer.layer_parameters(0)[0].dtype

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


def packed_steps(layer: Recurrent, *, halved: bool = False) -> list[Callable[..., None]]:
    """For each layer ``ops.packed_step`` on a copy of its weights as they are now.

    Raises ShapeError where a layer's weights don't take what the layer below hands on: the kernels read addresses.
    """
    steps, inputs, dtype = [], layer.input_size, layer.layer_parameters(0)[0].dtype
    with torch.no_grad():
        for k in range(layer.num_layers):
            weights = layer.layer_parameters(k)
            if weights[0].shape[1:] != (inputs,) or weights[0].dtype != dtype:
                found = f"{list(weights[0].shape)} {weights[0].dtype}"
                raise ShapeError(f"weight_ih of layer {k + 1} must have {inputs} columns of {dtype}, got {found}")
            steps.append(packed_step(layer.cell, *weights, nonlinearity=layer.nonlinearity, halved=halved))
            inputs = layer.hidden_sizes[k]
    return steps


def why_not_packed(layer: Recurrent) -> ElmanError | None:
    """What to raise where a layer's steps can't run on packed weights; None if they can."""
    if layer.bidirectional or layer.is_stepwise or layer.proj_size:
        return ShapeError(f"{layer} can't be streamed by the compiled kernels; use its step method")
    if why := why_not_compiled(layer.cell, layer.layer_parameters(0)[0], layer.reset_after):
        return BackendUnavailableError(f"streaming needs the compiled kernels: {why}; use the layer's step method")
    return None
