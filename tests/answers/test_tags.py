"""How much span taggers take off ``O``, found on the validation part, and handed on to the model trained anew."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

import elman
from elman import answers
from elman.answers.tags import PREFERENCES
from elman.errors import TaskError
from elman.kinds import TagsKind
from elman.nn.heads import CRFTagHead


@pytest.fixture
def parts():
    output = TagsKind()
    output.fit([["O", "B-x", "I-x"]])
    return SimpleNamespace(output=output, module=SimpleNamespace(head=CRFTagHead(4, output.classes)))


@pytest.mark.parametrize("best", [PREFERENCES[0], PREFERENCES[len(PREFERENCES) // 2], PREFERENCES[-1]])
def test_what_gives_the_best_score_is_taken_off_the_outside_tag(parts, best, monkeypatch):
    task, outside = answers.find("tagging", "text"), parts.output.classes.index("O")
    head = parts.module.head

    def score(network, output, batches):
        return -abs(float(network.head.preference[outside]) + best), 0.0

    monkeypatch.setattr(task, "_score", score)
    task.finish(parts, SimpleNamespace(), [])  # pyright: ignore[reportArgumentType]
    expected = torch.zeros(3)
    expected[outside] = -best
    torch.testing.assert_close(head.preference, expected)
    anew = SimpleNamespace(module=SimpleNamespace(head=CRFTagHead(4, parts.output.classes)))
    task.inherit(parts, anew)  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(anew.module.head.preference, expected)


def test_rows_to_measure_have_a_tag_per_token():
    words, tags = [["red", f"w{i % 7}"] for i in range(40)], [["A", "NM"[i % 2]] for i in range(40)]
    model = elman.fit((words, tags), task="tagging", epochs=1, hidden_size=4)
    assert model.evaluate((words, tags)).rows == 40
    with pytest.raises(TaskError, match="row 2 has 1 tokens and 2 tags: there must be one tag per token"):
        model.evaluate(([["red"], ["red"]], [["A"], ["A", "N"]]))
