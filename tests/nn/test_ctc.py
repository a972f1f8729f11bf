"""CTC against torch's own loss, and against the sum over all paths, one by one."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby, product

import pytest
import torch
from torch.nn import functional as F

from conftest import there
from elman.nn.ctc import CTCHead
from elman.ragged import Ragged

BLANK = 1


def collapsed(path) -> tuple[int, ...]:
    return tuple(token for token, _ in groupby(path) if token != BLANK)


def by_all_paths(log_probs: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The probability of every sequence."""
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        found[collapsed(path)] += math.exp(sum(float(log_probs[t, token]) for t, token in enumerate(path)))
    return found


def test_the_loss_is_the_sum_over_all_paths():
    torch.manual_seed(0)
    head = CTCHead(3, 4, blank=BLANK).double()
    features = Ragged(torch.randn(9, 3, dtype=torch.float64), torch.tensor([5, 1, 3]))
    targets = [[2, 2, 0], [3], []]
    losses = head.loss_of(features, Ragged.from_list([torch.tensor(ids, dtype=torch.int64) for ids in targets]))
    for scores, ids, loss in zip(head(features), targets, losses, strict=True):
        exact = by_all_paths(scores.log_softmax(-1))[tuple(ids)]
        assert float(loss) == pytest.approx(-math.log(exact), rel=1e-6)


def test_gradients_reach_every_step_and_none_of_the_padding():
    torch.manual_seed(1)
    head = CTCHead(3, 5, blank=BLANK)
    values = torch.randn(63 + 2 + 7, 3, requires_grad=True)
    targets = Ragged(torch.tensor([2, 3, 2, 4, 0, 0]), torch.tensor([3, 1, 2]))
    head.loss_of(Ragged(values, torch.tensor([63, 2, 7])), targets).sum().backward()
    assert bool((there(values.grad).abs().sum(1) > 0).all())
    alone = values.detach()[63:65].requires_grad_()
    sizes = torch.tensor([2]), torch.tensor([1])
    one = F.ctc_loss(head.linear(alone).log_softmax(-1), torch.tensor([4]), *sizes, blank=BLANK, reduction="sum")
    one.backward()
    torch.testing.assert_close(alone.grad, there(values.grad)[63:65])
