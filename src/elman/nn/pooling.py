# pyright: strict
"""From a sequence to one vector: ``Ragged [N, H] -> [B, H]``; a sequence with no steps gives zeros."""

from __future__ import annotations

from torch import Tensor

from elman.ragged import Ragged


def last_pool(x: Ragged) -> Tensor:
    """Each sequence's last step."""
    pooled = x.values.new_zeros(len(x), *x.values.shape[1:])
    some = x.lengths > 0
    last = (x.offsets + x.lengths - 1)[some].to(x.device)
    return pooled.index_copy(0, some.nonzero()[:, 0].to(x.device), x.values[last])


def sum_pool(x: Ragged) -> Tensor:
    """The sum over each sequence's steps."""
    return x.values.new_zeros(len(x), *x.values.shape[1:]).index_add(0, x.sequence_ids, x.values)


def mean_pool(x: Ragged) -> Tensor:
    """The mean over each sequence's steps."""
    lengths = x.lengths.clamp(min=1).to(x.device)
    return sum_pool(x) / lengths.view(-1, *[1] * (x.values.dim() - 1))


def max_pool(x: Ragged) -> Tensor:
    """Each feature's largest value over the sequence's steps."""
    pooled = x.values.new_zeros(len(x), *x.values.shape[1:])
    ids = x.sequence_ids.view(-1, *[1] * (x.values.dim() - 1)).expand_as(x.values)
    return pooled.scatter_reduce(0, ids, x.values, "amax", include_self=False)
