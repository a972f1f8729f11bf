# pyright: strict
"""Cells opened up: options that change what happens inside a step, so that the fused kernels can't run them.

The time loop is the reference's, one small set of operations per step for all sequences still running; several times
slower than the kernels, and differentiable like any other code. With ``p`` the recurrent product and ``m``
the mask of recurrent dropout:

    x' = W_ih x + b_ih          p = W_hh (m * h) + b_hh
    x' = LN(W_ih x) + b_ih      p = LN(W_hh (m * h)) + b_hh         with layer normalisation
    h' = cell(x', p, h)                                             see ``elman.cells`` for the cells
    h' = h where zoned out, else h'                                 with zoneout; the same for c

Layer normalisation: Ba, Kiros & Hinton (2016), over all gates at once, with gains; biases as without it.
Where a cell has a ``c``, it too is normalised, with gain and bias, where ``h`` is made of it. Recurrent dropout: Gal &
Ghahramani (2016), one mask per sequence. Zoneout: Krueger et al. (2017); in evaluation its expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, linear

from elman import cells
from elman.kernels.reference import State, combine, time_loop, zero_state
from elman.nn.dropout import sequence_mask
from elman.ops.gradients import new_record


@dataclass(frozen=True)
class LayerNorms:
    """Gains of the input and the recurrent product ``[G*H]``; gain and bias of ``c`` ``[H]``, where there is one."""

    ih_weight: Tensor
    hh_weight: Tensor
    c_weight: Tensor | None = None
    c_bias: Tensor | None = None


@dataclass(frozen=True)
class Inside:
    """What is changed inside the cell: probabilities, zoneout for ``(h, c)``, and layer normalisation."""

    recurrent_dropout: float
    zoneout: tuple[float, float]
    norms: LayerNorms | None
    training: bool


def unroll(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    inside: Inside,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor, Tensor | None]:
    """One layer in one direction; arguments and results are those of ``elman.ops.recurrent``."""
    own, norms = cells.find(cell, nonlinearity=nonlinearity), inside.norms
    gain_ih, gain_hh = (norms.ih_weight, norms.hh_weight) if norms else (None, None)
    p = inside.recurrent_dropout if inside.training else 0.0

    def see(c: Tensor) -> Tensor:
        return layer_norm(c, c.shape[1:], norms.c_weight, norms.c_bias) if norms else c

    def advance(gates: Tensor, before: State) -> State:
        return _zoned_out(before, combine(own, gates, product_of(before.h), before, see=see), inside)

    def product_of(h: Tensor) -> Tensor | None:
        if weight_hh is None:
            return None
        hidden = h if mask is None else h * mask[: len(h)]
        return _normalised(linear(hidden, weight_hh), gain_hh, bias_hh)

    projected = _normalised(linear(x, weight_ih), gain_ih, bias_ih)
    start = zero_state(own, weight_ih, len(lengths)) if h0 is None else State(h0, c0)
    mask = sequence_mask(len(lengths), start.h.shape[1], p, start.h) if p else None
    record = new_record(lengths, reverse) if torch.is_grad_enabled() else None
    watch = None if record is None else record.watch
    return time_loop(advance, projected, lengths, start, reverse=reverse, on_state=watch)


def _normalised(product: Tensor, gain: Tensor | None, bias: Tensor | None) -> Tensor:
    if gain is not None:
        product = layer_norm(product, gain.shape, gain)
    return product if bias is None else product + bias


def _zoned_out(before: State, after: State, inside: Inside) -> State:
    """Each unit keeps its old value with zoneout's probability; in evaluation, the mean of that."""

    def mix(old: Tensor, new: Tensor, p: float) -> Tensor:
        stay = torch.bernoulli(torch.full_like(old, p)) if inside.training and p else p
        return new + stay * (old - new)

    h = mix(before.h, after.h, inside.zoneout[0])
    if before.c is None or after.c is None:
        return State(h)
    return State(h, mix(before.c, after.c, inside.zoneout[1]))
