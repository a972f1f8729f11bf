# pyright: strict
"""The sum over all paths of a linear chain of ``K`` tags, and its gradient. What is likeliest stands in
``decoding/viterbi.py``.

Scores: ``start`` ``[K]``, ``transitions`` ``[K, K]`` from tag to tag, ``end`` ``[K]``, and emissions ``[N, K]``.
The recursion runs over the time steps of the whole padded batch at once. With so few numbers per step the number
of calls is what costs, not the padding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from elman.ragged import Ragged


def log_partition(emissions: Ragged, start: Tensor, transitions: Tensor, end: Tensor) -> Tensor:
    """``[B]``: the log of the sum over all paths of ``exp(score)``; 0 for a sequence with no steps."""
    if not len(emissions.values):
        return emissions.values.new_zeros(len(emissions))
    sums = cast("Callable[..., Tensor]", LogPartition.apply)  # pyright: ignore[reportUnknownMemberType]
    log_z = sums(emissions.padded(), start, transitions, end, emissions.mask())
    return log_z.to(emissions.values.dtype)


class LogPartition(torch.autograd.Function):
    """The forward algorithm, and as its derivative the forward-backward algorithm (Rabiner 1989, section V.A).

    In probabilities, not logarithms, so that a step is one small matrix product: ``a[b, t, j]`` sums all
    beginnings of paths that have tag ``j`` at step ``t``, divided by ``scale[b, t]`` so that it sums to 1 over
    ``j``; ``b[b, t, j]`` sums all ends that follow, so that ``a * b`` are the tags' probabilities. In float64,
    where scores may differ by 700 before a path's weight is lost.
    """

    @staticmethod
    def forward(ctx: Any, steps: Tensor, start: Tensor, transitions: Tensor, end: Tensor, exists: Tensor) -> Tensor:
        """``steps`` ``[B, T, K]``, and whether each ``exists`` ``[B, T]`` -> ``[B]``."""
        steps, start, transitions, end = (scores.double() for scores in (steps, start, transitions, end))
        peaks = steps.amax(2)
        emit = (steps - peaks.unsqueeze(2)).exp()
        enter, go, leave = ((scores - scores.max()).exp() for scores in (start, transitions, end))
        a_t = enter.expand(len(steps), -1)
        each_a: list[Tensor] = []
        each_scale: list[Tensor] = []
        for t, emit_t in enumerate(emit.unbind(1)):
            a_t = (a_t @ go if t else a_t) * emit_t
            scale_t = a_t.sum(1, keepdim=True)
            a_t = a_t / scale_t
            each_a.append(a_t)
            each_scale.append(scale_t)
        a, scale = torch.stack(each_a, 1), torch.cat(each_scale, 1)
        left = _at_last_step(a, exists) @ leave
        follows = exists.sum(1) - 1  # -1 for a sequence without steps, whose result is 0
        log_z = left.log() + ((scale.log() + peaks) * exists).sum(1)
        log_z += start.max() + end.max() + follows * transitions.max()
        ctx.save_for_backward(a, emit / scale.unsqueeze(2), go, leave / left.unsqueeze(1), exists)
        return log_z.where(follows >= 0, 0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        a, emit, go, leave, exists = ctx.saved_tensors
        go_back, b_t, b = go.T.contiguous(), leave, [leave]
        for t in range(a.shape[1] - 1, 0, -1):
            b_t = torch.where(exists[:, t, None], (emit[:, t] * b_t) @ go_back, leave)
            b.append(b_t)
        weight = (grads[0].unsqueeze(1) * exists).unsqueeze(2)
        used, arrive = (factor * torch.stack(b[::-1], 1) * weight for factor in (a, emit))
        pairs = a[:, :-1].flatten(0, 1).T @ arrive[:, 1:].flatten(0, 1)
        return used, used[:, 0].sum(0), go * pairs, _at_last_step(used, exists).sum(0), None


def _at_last_step(values: Tensor, exists: Tensor) -> Tensor:
    """``[B, T, K]`` -> ``[B, K]``: each sequence's last step; the first where it has none."""
    last = (exists.sum(1) - 1).clamp(min=0)
    return values[torch.arange(len(values), device=values.device), last]
