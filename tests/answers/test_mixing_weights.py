"""The weights of network and linear ngram_model, found on the validation part."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from elman import answers
from elman.kinds import LabelKind, TextKind
from elman.nn.heads import ClassHead
from elman.scoring.order_free import LeftOut
from elman.scoring.weighing import Said, mixing_weights, scale_of
from elman.training.batches import RowBatches

ROWS = 400


def weighed(
    monkeypatch: pytest.MonkeyPatch,
    deep: torch.Tensor,
    wide: torch.Tensor,
    targets: torch.Tensor,
    left_out: LeftOut | None = None,
) -> Any:
    """The weights of a network and an n-gram model with these scores of the validation part."""
    input, output = TextKind(), LabelKind()
    cells, labels = [f"text {i}" for i in range(len(targets))], ["abc"[t] for t in targets.tolist()]
    input.fit(cells)
    output.fit(labels)
    validation = RowBatches(input, output, input.encode(cells), output.encode(labels), batch_tokens=100)
    parts: Any = SimpleNamespace(
        ngram_model=SimpleNamespace(scores=lambda inputs: wide.numpy(), left_out=left_out),
        input=input,
        output=output,
        module=SimpleNamespace(head=ClassHead(4, 3).eval(), scale_scores=lambda factor: None),
        scale=1.0,
    )
    task = answers.find("classification", "text")
    monkeypatch.setattr(task, "scores", lambda parts, inputs: deep.numpy())
    raced = task.finish(parts, validation, cells)
    assert raced is not None and raced.chosen == min(raced.losses, key=raced.losses.__getitem__)
    assert (parts.mixing_weights is None) == (raced.chosen == "network")
    return parts.mixing_weights or (parts.scale, 0.0)


@pytest.fixture
def case(monkeypatch):
    """A network that is much too sure, and a ngram_model that is much too unsure; each knows something of its own."""
    torch.manual_seed(0)
    targets = torch.randint(3, (ROWS,))
    right = torch.nn.functional.one_hot(targets, 3)
    deep = 10 * (right + torch.randn(ROWS, 3))
    wide = 0.1 * (right + torch.randn(ROWS, 3))
    head = ClassHead(4, 3).eval()

    def loss(first: float, second: float) -> float:
        return float(head.loss(first * deep + second * wide, targets).mean())

    return weighed(monkeypatch, deep, wide, targets), loss, (deep, wide, targets, head)


@pytest.mark.parametrize(("better", "place"), [("deep", 0), ("wide", 1)])
def test_one_that_adds_nothing_has_no_share(monkeypatch, better, place):
    """Both are sure of the same errors, and one of further ones beside."""
    torch.manual_seed(1)
    targets = torch.randint(3, (4_000,))
    good = torch.nn.functional.one_hot(targets, 3) + torch.randn(4_000, 3)
    bad = good + 2 * torch.randn(4_000, 3)
    weights = weighed(monkeypatch, *((good, bad) if better == "deep" else (bad, good)), targets)
    assert weights[place] > 0 == weights[1 - place]


def test_the_fewer_rows_the_nearer_both_are_to_half():
    """The share of the better one of two, where the other makes its errors, too."""
    shares = []
    for rows in (20, 4_000):
        torch.manual_seed(1)
        targets = torch.randint(3, (rows,))
        good = torch.nn.functional.one_hot(targets, 3) + torch.randn(rows, 3)
        bad = good + 2 * torch.randn(rows, 3)
        loss = ClassHead(4, 3).eval().loss
        found = [Said(scores.numpy(), targets, loss) for scores in (good, bad)]
        first, second = mixing_weights(*found)
        alone = [scale_of(one) for one in found]
        shares.append(first / alone[0] / (first / alone[0] + second / alone[1]))
    assert 0.4 < shares[0] < 0.9 < shares[1]


def scale(scores: torch.Tensor, targets: torch.Tensor, head: ClassHead) -> float:
    return scale_of(Said(scores.numpy(), targets, head.loss))


def test_together_they_are_better_than_either_and_rightly_sure(case):
    (first, second), loss, (deep, wide, targets, head) = case
    alone = loss(scale(deep, targets, head), 0), loss(0, scale(wide, targets, head))
    assert loss(first, second) < min(alone) - 0.05
    assert loss(first, second) < min(loss(f * first, f * second) for f in (0.95, 1.05))
    assert 0.5 < first * 10 / (second * 0.1) < 2  # they know equally much


def test_scale_is_the_best_of_a_grid(case):
    _, _, (deep, _, targets, head) = case
    best = min((float(head.loss(s * deep, targets).mean()), s) for s in torch.linspace(0.01, 0.5, 500).tolist())
    assert scale(deep, targets, head) == pytest.approx(best[1], rel=0.02)
    assert scale(-deep, targets, head) == 0  # worse than saying nothing


def test_few_rows_that_are_all_right_leave_some_doubt(monkeypatch):
    """Without a bound, the temperatures would say that nothing can go wrong."""
    targets = torch.arange(40) % 3
    right = torch.nn.functional.one_hot(targets, 3).float()
    first, second = weighed(monkeypatch, 3 * right, 2 * right, targets)
    assert 3 < 3 * first + 2 * second < 10  # unbounded, 19


def test_what_folds_left_out_tells_how_sure_to_be(monkeypatch):
    """Of the validation part, which is small, all is right by chance; of many rows of folds, far from all."""
    torch.manual_seed(2)
    lucky, many = torch.arange(20) % 3, torch.randint(3, (2_000,))
    right, noisy = (torch.nn.functional.one_hot(targets, 3).float() for targets in (lucky, many))
    said = LeftOut((2 * noisy + 2 * torch.randn(2_000, 3)).numpy(), ["abc"[t] for t in many.tolist()])
    nothing = 0.01 * torch.randn(20, 3)  # which the network says
    alone, helped = (sum(weighed(monkeypatch, nothing, 2 * right, lucky, told)[1:]) for told in (None, said))
    best = scale_of(Said(said.scores, many, ClassHead(4, 3).eval().loss))
    assert alone > 1.5 * helped
    assert helped == pytest.approx(best, rel=0.25)
