"""The pointer-generator against its equations written as loops, and against finite differences."""

from __future__ import annotations

import math

import pytest
import torch

from conftest import assert_close
from elman.nn.copying import Copied, CopyHead, Pointer

CLASSES, FEATURES = 9, 4


def made_up(lengths, seed=0):
    """A head, features and attention over sources of these lengths, padded to the longest."""
    torch.manual_seed(seed)
    head = CopyHead(FEATURES, CLASSES).double()
    torch.nn.init.normal_(head.linear.bias)
    count, longest = len(lengths), max(lengths)
    weights = torch.rand(count, longest, dtype=torch.float64)
    weights = weights * (torch.arange(longest) < torch.tensor(lengths)[:, None])
    weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)
    tokens = torch.randint(CLASSES, (count, longest))
    features = torch.randn(count, FEATURES, dtype=torch.float64)
    return head, features, Copied(weights, tokens, torch.randn(count, dtype=torch.float64))


@pytest.mark.parametrize("lengths", [[1], [2, 63, 0, 7, 1], [5] * 3])
def test_the_mixture_is_equation_9(lengths):
    head, features, copied = made_up(lengths)
    scores = head(features, copied).exp()
    for n, length in enumerate(lengths):
        generated = (head.linear.weight @ features[n] + head.linear.bias).tolist()
        total = sum(math.exp(score) for score in generated)
        p_gen = 1 / (1 + math.exp(-float(copied.gate[n]))) if length else 1.0
        expected = [p_gen * math.exp(score) / total for score in generated]
        for j in range(length):
            expected[int(copied.tokens[n, j])] += (1 - p_gen) * float(copied.weights[n, j])
        assert_close(scores[n], torch.tensor(expected, dtype=torch.float64))
    assert_close(scores.sum(1), torch.ones(len(lengths), dtype=torch.float64))


def test_gradients_of_the_mixture():
    head, features, copied = made_up([3, 0, 6, 1], seed=1)
    targets = torch.tensor([int(copied.tokens[0, 1]), 2, 5, int(copied.tokens[3, 0])])

    def loss(features, weights, gate, weight):
        head.linear.weight.data = weight.data
        scores = torch.func.functional_call(
            head, {"linear.weight": weight}, (features, Copied(weights, copied.tokens, gate))
        )
        return torch.nn.functional.nll_loss(scores, targets, reduction="none")

    inside = copied.weights > 0
    inputs = (features, copied.weights, copied.gate, head.linear.weight.detach().clone())
    for part in inputs:
        part.requires_grad_()

    def only_inside(features, weights, gate, weight):  # beyond the end, a weight is zero whatever happens
        return loss(features, weights * inside, gate, weight)

    assert torch.autograd.gradcheck(only_inside, inputs)


def test_the_loss_is_cross_entropy_of_the_mixture():
    head, features, copied = made_up([3, 0, 6, 1], seed=4)
    scores, targets = head(features, copied), torch.tensor([1, 8, 0, 3])
    head.label_smoothing = 0.2
    for training, smoothing in ((True, 0.2), (False, 0.0)):
        head.train(training)
        expected = torch.nn.functional.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
        assert_close(head.loss(scores, targets), expected)


def test_a_token_that_cannot_be_copied_is_as_likely_as_generated():
    head, features, copied = made_up([4], seed=2)
    copied.tokens[:] = 3
    far = Copied(copied.weights, copied.tokens, torch.tensor([-600.0], dtype=torch.float64))  # p_gen underflows
    losses = head.loss(head(features, far).expand(CLASSES, -1), torch.arange(CLASSES))
    assert torch.isfinite(losses).all() and losses[3] < 1e-9 and losses.min() == losses[3]


@pytest.mark.parametrize(("written", "source"), [(1, 1), (2, 1), (1, 2), (63, 63), (5, 0), (0, 4)])
def test_runs_are_what_was_written_last(written, source):
    """Every stretch compared token by token, in training's form and step by step."""
    generator = torch.Generator().manual_seed(written + source)
    previous = torch.randint(3, (2, written), generator=generator)
    tokens = torch.randint(3, (2, source), generator=generator)
    pointer = Pointer(1)
    runs = pointer.all_runs(previous, tokens)
    assert runs.shape == (2, written, source)
    now = pointer.no_run(tokens)
    for t in range(written):
        now = pointer.runs(now, previous[:, t], tokens)
        for b in range(2):
            for j in range(source):
                longest = 0
                while longest < min(t + 1, j, Pointer.LONGEST) and torch.equal(
                    previous[b, t - longest : t + 1], tokens[b, j - longest - 1 : j]
                ):
                    longest += 1
                assert runs[b, t, j] == longest == now[b, j]
    assert pointer.bias(runs).shape == runs.shape


def test_padding_makes_no_runs():
    previous, tokens = torch.tensor([[4, -2, -2]]), torch.tensor([[4, -1, -1]])
    assert Pointer(1).all_runs(previous, tokens).tolist() == [[[0, 1, 0], [0, 0, 0], [0, 0, 0]]]
