# pyright: strict
"""The log loss of a softmax over very many classes, without ever having all of its scores.

A block of rows at a time: its scores, what they lose, and, where gradients are wanted, these at once, in the same
memory. So memory doesn't grow with rows times classes, and scores pass through memory fewer times (as the fused linear
cross entropy of Hsu et al. 2024, "Liger Kernel: efficient Triton kernels for LLM training").
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CLASSES = 2_000
"""From so many on it is faster than autograd's way."""
ROWS = 256
"""Of a block: so many that the gradient of the weights is worth the way to memory."""

Gradients = tuple[Tensor, Tensor, Tensor]


def log_loss(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    *,
    smoothing: float = 0.0,
    counts: Tensor | None = None,
) -> Tensor:
    """Nats per row ``[M]``: ``cross_entropy(features W^T + b, targets)``, with label smoothing (Szegedy et al. 2016).

    features ``[M, I]``, weight ``[classes, I]``, bias ``[classes]``, targets ``[M]``; counts
    ``[M]`` multiply rows' losses.
    """
    features = features.to(weight.dtype)
    scale = features.new_ones(len(features)) if counts is None else counts
    with torch.autocast(features.device.type, enabled=False):  # the weights' precision is kept: many small terms add up
        if torch.is_grad_enabled() and any(part.requires_grad for part in (features, weight, bias)):
            apply: Any = _LogLoss.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            return apply(features, weight, bias, targets, scale, smoothing)
        return scale * by_blocks(features, weight, bias, targets, smoothing, None)[0]


class _LogLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, scale: Tensor, smoothing: float
    ) -> Tensor:
        nats, gradients = by_blocks(features, weight, bias, targets, smoothing, scale)
        assert gradients is not None
        ctx.save_for_backward(features, weight, bias, targets, scale, *gradients)
        ctx.smoothing = smoothing
        return nats * scale

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        features, weight, bias, targets, scale, *gradients = ctx.saved_tensors
        if torch.is_grad_enabled():  # a graph of the gradients is asked for
            nats = F.cross_entropy(
                F.linear(features, weight, bias), targets, reduction="none", label_smoothing=ctx.smoothing
            )
            inputs = [part for part in (features, weight, bias) if part.requires_grad]
            found = iter(torch.autograd.grad(scale * nats, inputs, grad, create_graph=True))
            gradients = [next(found) if part.requires_grad else None for part in (features, weight, bias)]
        elif len(grad) and bool((grad == grad[0]).all()):  # as that of a sum or a mean
            gradients = [grad[0] * one for one in gradients]
        else:
            gradients = by_blocks(features, weight, bias, targets, ctx.smoothing, grad * scale)[1] or ()
        return *gradients, None, None, None


def by_blocks(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, scale: Tensor | None
) -> tuple[Tensor, Gradients | None]:
    """Nats per row, and the gradients of their sum, each times its ``scale`` ``[M]``; None of these without it."""
    nats = features.new_empty(len(features))
    gradients = (
        None if scale is None else (torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias))
    )
    room = features.new_empty(min(ROWS, len(features)), len(weight))
    for first in range(0, len(features), ROWS):
        rows = slice(first, first + ROWS)
        x, own = features[rows], targets[rows, None]
        scores = torch.addmm(bias, x, weight.T, out=room[: len(x)])
        scores -= scores.amax(1, keepdim=True)
        expected = (1 - smoothing) * scores.gather(1, own)[:, 0]
        expected += smoothing * scores.mean(1) if smoothing else 0
        total = scores.exp_().sum(1, keepdim=True)
        nats[rows] = total.log()[:, 0] - expected
        if gradients is not None and scale is not None:
            scores /= total  # the gradient of the nats: probabilities, less what they should be
            scores -= smoothing / len(weight) if smoothing else 0
            scores.scatter_add_(1, own, scores.new_full((len(x), 1), smoothing - 1))
            scores *= scale[rows, None]
            of_features, of_weight, of_bias = gradients
            torch.mm(scores, weight, out=of_features[rows])
            of_weight.addmm_(scores.T, x)
            of_bias += scores.sum(0)
    return nats, gradients
