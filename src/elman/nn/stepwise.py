"""Cells opened up: options that change what happens inside a step, so that the fused kernels can't run them.

The time loop is Python, one small set of operations per step for all sequences still running; several times
slower than the kernels, and differentiable like any other code. With ``p`` the recurrent product and ``m``
the mask of recurrent dropout:

    x' = W_ih x + b_ih          p = W_hh (m * h) + b_hh
    x' = LN(W_ih x) + b_ih      p = LN(W_hh (m * h)) + b_hh         with layer normalisation
    h' = cell(x', p, h)                                             see ``kernels/reference.py`` for the cells
    h' = h where zoned out, else h'                                 with zoneout; the same for c

Layer normalisation: Ba, Kiros & Hinton (2016), over all gates at once, with gains; biases as without it.
In an LSTM ``c`` too is normalised, with gain and bias, where ``h`` is made of it. Recurrent dropout: Gal &
Ghahramani (2016), one mask per sequence. Zoneout: Krueger et al. (2017); in evaluation its expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, linear

from elman.kernels.reference import NONLINEARITIES
from elman.nn.dropout import sequence_mask


@dataclass(frozen=True)
class LayerNorms:
    """Gains of the input and the recurrent product ``[G*H]``; gain and bias of an LSTM's ``c`` ``[H]``."""

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
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor,
    c0: Tensor | None,
    inside: Inside,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor, Tensor | None]:
    """One layer in one direction; arguments and results are those of ``elman.ops.recurrent``."""
    order = lengths.argsort(descending=True, stable=True)
    ranked, first = lengths[order], (lengths.cumsum(0) - lengths)[order]
    state = tuple(part[order.to(x.device)] for part in (h0, c0) if part is not None)
    gain_ih, gain_hh = (inside.norms.ih_weight, inside.norms.hh_weight) if inside.norms else (None, None)
    projected = _normalised(linear(x, weight_ih), gain_ih, bias_ih)
    p = inside.recurrent_dropout if inside.training else 0.0
    mask = sequence_mask(len(lengths), h0.shape[1], p, h0) if p else None

    outputs, rows, ended = [], [], []
    for t in range(int(ranked[0]) if len(ranked) else 0):
        running = int((ranked > t).sum())
        ended.append(tuple(part[running:] for part in state))
        before = tuple(part[:running] for part in state)
        row = (first[:running] + (ranked[:running] - 1 - t if reverse else t)).to(x.device)
        heard = before[0] if mask is None else before[0] * mask[:running]
        product = _normalised(linear(heard, weight_hh), gain_hh, bias_hh)
        after = _step(cell, projected[row], product, before, nonlinearity, inside.norms)
        state = _zoned_out(before, after, inside)
        outputs.append(state[0])
        rows.append(row)

    back = order.argsort().to(x.device)
    finals = [torch.cat(parts)[back] for parts in zip(*[state, *reversed(ended)], strict=True)]
    output = torch.cat(outputs)[torch.cat(rows).argsort()] if rows else h0.new_empty(0, h0.shape[1])
    return output, finals[0], finals[1] if c0 is not None else None


def _normalised(product: Tensor, gain: Tensor | None, bias: Tensor | None) -> Tensor:
    if gain is not None:
        product = layer_norm(product, gain.shape, gain)
    return product if bias is None else product + bias


def _step(
    cell: str,
    x: Tensor,
    product: Tensor,
    state: tuple[Tensor, ...],
    nonlinearity: str,
    norms: LayerNorms | None,
) -> tuple[Tensor, ...]:
    """``x`` and ``product`` ``[B, G*H]``, state parts ``[B, H]`` -> the next state."""
    if cell == "rnn":
        return (NONLINEARITIES[nonlinearity](x + product),)
    if cell == "lstm":
        i, f, g, o = (x + product).chunk(4, 1)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        seen = c if norms is None else layer_norm(c, c.shape[1:], norms.c_weight, norms.c_bias)
        return torch.sigmoid(o) * torch.tanh(seen), c
    (x_r, x_z, x_n), (p_r, p_z, p_n) = x.chunk(3, 1), product.chunk(3, 1)
    r, z = torch.sigmoid(x_r + p_r), torch.sigmoid(x_z + p_z)
    n = torch.tanh(x_n + r * p_n)
    return (n + z * (state[0] - n),)


def _zoned_out(before: tuple[Tensor, ...], after: tuple[Tensor, ...], inside: Inside) -> tuple[Tensor, ...]:
    """Each unit keeps its old value with zoneout's probability; in evaluation, the mean of that."""
    state = []
    for old, new, p in zip(before, after, inside.zoneout, strict=False):
        stay = torch.bernoulli(torch.full_like(old, p)) if inside.training and p else p
        state.append(new + stay * (old - new))
    return tuple(state)
