"""The weights of network and linear ngram_model, found on the validation part."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from elman import answers
from elman.answers.learning import scale_of
from elman.kinds import LabelKind, TextKind
from elman.nn.heads import ClassHead
from elman.training.batches import RowBatches

ROWS = 400


@pytest.fixture
def case(monkeypatch):
    """A network that is much too sure, and a ngram_model that is much too unsure; each knows something of its own."""
    torch.manual_seed(0)
    targets = torch.randint(3, (ROWS,))
    right = torch.nn.functional.one_hot(targets, 3)
    deep = 10 * (right + torch.randn(ROWS, 3))
    wide = 0.1 * (right + torch.randn(ROWS, 3))
    input, output = TextKind(), LabelKind()
    cells, labels = [f"text {i}" for i in range(ROWS)], ["abc"[t] for t in targets.tolist()]
    input.fit(cells)
    output.fit(labels)
    validation = RowBatches(input, output, input.encode(cells), output.encode(labels), batch_tokens=100)
    head = ClassHead(4, 3).eval()
    parts: Any = SimpleNamespace(
        ngram_model=SimpleNamespace(scores=lambda inputs: wide.numpy()),
        input=input,
        output=output,
        module=SimpleNamespace(head=head),
    )
    task = answers.find("classification", "text")
    monkeypatch.setattr(task, "scores", lambda parts, inputs: deep.numpy())
    task.finish(parts, validation, cells)

    def loss(first: float, second: float) -> float:
        return float(head.loss(first * deep + second * wide, targets).mean())

    return parts.mixing_weights, loss, (deep, wide, targets, head)


def test_together_they_are_better_than_either_and_rightly_sure(case):
    (first, second), loss, (deep, wide, targets, head) = case
    alone = loss(scale_of(deep, targets, head.loss), 0), loss(0, scale_of(wide, targets, head.loss))
    assert loss(first, second) < min(alone) - 0.05
    assert loss(first, second) < min(loss(f * first, f * second) for f in (0.95, 1.05))
    assert 0.5 < first * 10 / (second * 0.1) < 2  # they know equally much


def test_scale_is_the_best_of_a_grid(case):
    _, _, (deep, _, targets, head) = case
    best = min((float(head.loss(s * deep, targets).mean()), s) for s in torch.linspace(0.01, 0.5, 500).tolist())
    assert scale_of(deep, targets, head.loss) == pytest.approx(best[1], rel=0.02)
    assert scale_of(-deep, targets, head.loss) == 0  # worse than saying nothing
