"""The log loss over very many classes: as ``torch.nn.functional.cross_entropy`` has it, in blocks of rows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from elman.nn import large_softmax
from elman.nn.heads import ClassHead, SeveralHead
from elman.nn.large_softmax import log_loss

INPUTS, CLASSES = 5, 37


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(large_softmax, "ROWS", 4)


def drawn(rows: int) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """Features, weight, bias, and targets; in double precision, so that nothing is hidden by rounding."""

    def part(*shape: int) -> Tensor:
        return (3 * torch.randn(*shape, dtype=torch.float64)).requires_grad_()

    return (part(rows, INPUTS), part(CLASSES, INPUTS), part(CLASSES)), torch.randint(CLASSES, (rows,))


@pytest.mark.parametrize("rows", [0, 1, 4, 11])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("upstream", ["mean", "random"])
def test_nats_and_gradients_are_torchs(rows: int, smoothing: float, counted: bool, upstream: str):
    parts, targets = drawn(rows)
    counts = torch.rand(rows, dtype=torch.float64) if counted else None
    upward = torch.randn(rows, dtype=torch.float64) if upstream == "random" else torch.full((rows,), 1 / max(1, rows))
    scores = F.linear(*parts)
    expected = F.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
    expected = expected if counts is None else counts * expected
    found = log_loss(*parts, targets, smoothing=smoothing, counts=counts)
    torch.testing.assert_close(found, expected)
    given = [torch.autograd.grad(one, parts, upward.to(one.dtype)) for one in (expected, found)]
    torch.testing.assert_close(given[1], given[0])


def test_scores_may_be_large():
    parts, targets = drawn(6)
    with torch.no_grad():
        parts[1].mul_(1e3)
    found = log_loss(*parts, targets)
    assert found.isfinite().all()
    torch.testing.assert_close(found, F.cross_entropy(F.linear(*parts), targets, reduction="none"))


def test_without_gradients_none_are_made(monkeypatch: pytest.MonkeyPatch):
    parts, targets = drawn(6)
    made: list[Any] = []
    blocks = large_softmax.by_blocks

    def watched(*given: Any) -> Any:
        made.append(given[-1])
        return blocks(*given)

    monkeypatch.setattr(large_softmax, "by_blocks", watched)
    with torch.no_grad():
        log_loss(*parts, targets)
    log_loss(*parts, targets)
    assert made[0] is None and made[1] is not None


def test_second_derivatives_are_torchs():
    parts, targets = drawn(6)
    found: list[tuple[Tensor, ...]] = []
    nats = F.cross_entropy(F.linear(*parts), targets, reduction="none")
    for loss in (nats, log_loss(*parts, targets)):
        (first,) = torch.autograd.grad(loss.sum(), parts[:1], create_graph=True)
        found.append(torch.autograd.grad(first.square().sum(), parts))
    torch.testing.assert_close(found[1], found[0])


def test_autocast_leaves_the_precision_of_the_weights():
    parts, targets = ([part.float() for part in drawn(6)[0]], drawn(6)[1])
    expected = log_loss(parts[0], parts[1], parts[2], targets)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = log_loss(parts[0], parts[1], parts[2], targets)
    assert torch.equal(found, expected)


@pytest.mark.parametrize("negatives", [0, 7])
@pytest.mark.parametrize("training", [True, False])
def test_a_head_has_the_same_loss_either_way(monkeypatch: pytest.MonkeyPatch, negatives: int, training: bool):
    weights = None if negatives else torch.rand(CLASSES)
    head = ClassHead(INPUTS, CLASSES, label_smoothing=0.1, negatives=negatives, weights=weights).train(training)
    features, targets = torch.randn(9, INPUTS), torch.randint(CLASSES, (9,))
    found: list[tuple[Tensor, Tensor]] = []
    for most in (CLASSES + 1, 1):
        monkeypatch.setattr(large_softmax, "CLASSES", most)
        torch.manual_seed(1)
        head.zero_grad()
        loss = head.loss_of(features, targets)
        loss.mean().backward()
        assert head.linear.weight.grad is not None
        found.append((loss.detach(), head.linear.weight.grad.clone()))
    torch.testing.assert_close(found[1], found[0])


def test_several_classes_are_no_softmax(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(large_softmax, "CLASSES", 1)
    head, features = SeveralHead(INPUTS, CLASSES), torch.randn(3, INPUTS)
    targets = torch.randint(2, (3, CLASSES)).float()
    torch.testing.assert_close(head.loss_of(features, targets), head.loss(head(features), targets))
