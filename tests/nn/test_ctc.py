"""CTC against torch's own loss, and against the sum over all paths, one by one."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby, product

import pytest
import torch
from torch.nn import functional as F

from elman.nn.ctc import CTCHead, alignment, likeliest_path, log_add, prefix_beam_search, steps_needed
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


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_beam_search_finds_the_likeliest_sequence_of_all(seed, steps):
    torch.manual_seed(seed)
    log_probs = (2 * torch.randn(steps, 4, dtype=torch.float64)).log_softmax(-1)
    exact = by_all_paths(log_probs)
    hypothesis = prefix_beam_search(log_probs, BLANK, beam_size=500)
    best = max(exact, key=lambda ids: exact[ids])
    assert tuple(hypothesis.ids) == best
    assert math.exp(hypothesis.score) == pytest.approx(exact[best], rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_alignment_is_that_of_the_likeliest_path(seed):
    torch.manual_seed(seed)
    log_probs = (2 * torch.randn(6, 3, dtype=torch.float64)).log_softmax(-1)
    for ids in ([], [0], [2, 2], [0, 2, 0], [2, 0, 0]):
        paths = [path for path in product(range(3), repeat=6) if collapsed(path) == tuple(ids)]
        best = max(paths, key=lambda path: sum(float(log_probs[t, token]) for t, token in enumerate(path)))
        first = [t for t, token in enumerate(best) if token != BLANK and (t == 0 or best[t - 1] != token)]
        assert alignment(log_probs, ids, BLANK) == first


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
    assert bool((values.grad.abs().sum(1) > 0).all())
    alone = values.detach()[63:65].requires_grad_()
    one = F.ctc_loss(head.linear(alone).log_softmax(-1), torch.tensor([4]), (2,), (1,), blank=BLANK, reduction="sum")
    one.backward()
    torch.testing.assert_close(alone.grad, values.grad[63:65])


def test_the_likeliest_path_is_collapsed():
    path = [BLANK, 2, 2, BLANK, 2, 3, 3, BLANK]
    hypothesis = likeliest_path(F.one_hot(torch.tensor(path), 4).double().mul(9).log_softmax(-1), BLANK)
    assert hypothesis.ids == [2, 2, 3]
    assert likeliest_path(torch.zeros(0, 4), BLANK) == prefix_beam_search(torch.zeros(0, 4), BLANK, 3) == ([], 0.0)
    assert alignment(torch.zeros(0, 4), [], BLANK) == []


def test_summing_paths_can_beat_the_likeliest_one():
    """Two steps: silence alone is the likeliest path (0.6 * 0.6), but "a" is said by three others (0.64 in all)."""
    log_probs = torch.tensor([[0.4, 0.6], [0.4, 0.6]]).log()
    assert likeliest_path(log_probs, BLANK).ids == []
    assert prefix_beam_search(log_probs, BLANK, 2).ids == [0]
    head = CTCHead(2, 2, blank=BLANK)
    scores = Ragged(log_probs, torch.tensor([2]))
    assert [head.predict(scores, beam_size=size)[0][0].ids for size in (1, 2)] == [[], [0]]


def test_steps_needed():
    assert [steps_needed(torch.tensor(ids)) for ids in ([], [2], [2, 3], [2, 2, 2, 3, 3])] == [0, 1, 2, 8]


def test_log_add():
    assert log_add(math.log(2), math.log(3)) == pytest.approx(math.log(5))
    assert log_add(-math.inf, -math.inf) == -math.inf and log_add(-math.inf, 1.5) == 1.5
