"""The validation part is read once for each evaluation, and what is reported of it is right."""

from __future__ import annotations

import pytest
import torch

from elman import answers
from elman.answers.learning import mean_loss
from elman.settings import Settings

TEXTS = [" ".join("abcdefg"[n % 3 : 1 + n % 7]) or "a" for n in range(53)]
SMALL = {"hidden_size": 8, "embedding_size": 8, "dropout": 0.0, "level": "words", "batch_tokens": 40}


@pytest.mark.parametrize(
    ("name", "outputs", "changes"),
    [
        ("classification", [str(n % 3) for n in range(53)], {}),
        ("tagging", [["X" if w < "c" else "Y" for w in t.split()] for t in TEXTS], {}),
        ("tagging", [["B-x" if w < "c" else "O" for w in t.split()] for t in TEXTS], {"crf": True}),
    ],
)
def test_one_pass(name, outputs, changes):
    torch.manual_seed(0)
    task = answers.find(name, "text")
    inputs = [text.split() for text in TEXTS] if name == "tagging" else TEXTS
    parts = task.parts(inputs, outputs, Settings(**SMALL, **changes))
    batches = task.batches(parts, inputs, outputs)
    network = parts.module.eval()
    count = len(list(batches.in_order()))
    assert count > 2
    passes = []
    network.encoder.register_forward_hook(lambda *given: passes.append(1))
    with torch.no_grad():
        seen = task.evaluation(parts, batches)(network)
    assert len(passes) == count
    with torch.no_grad():
        assert seen.metrics["loss"] == pytest.approx(mean_loss(network, batches.in_order()), rel=1e-5)
    (main,) = set(seen.metrics) - {"loss"}
    measured = task.measured(parts, inputs, outputs)
    if main == "accuracy":
        right = [a == b for a, b in zip(measured.predictions, measured.references, strict=True)]
        assert seen.metrics[main] == pytest.approx(sum(right) / len(right))
    else:
        from elman.scoring.metrics import metric

        assert seen.metrics[main] == pytest.approx(metric(main)(measured.predictions, measured.references))
