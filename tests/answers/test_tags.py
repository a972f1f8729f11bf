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


def test_tags_of_other_schemes_are_learned_scored_and_predicted_as_iob2(tmp_path):
    words = [["anna", "New York", "sings", "in", place] for place in ("oslo", "lima") for _ in range(20)]
    iob1 = {"tokens": words, "tags": [["I-PER", "B-PER", "O", "O", "I-LOC"]] * 40}
    model = elman.fit(iob1, valid=iob1, test=iob1, epochs=1, hidden_size=8)
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert loaded.parts.output.classes == ["B-LOC", "B-PER", "O"]
    assert "in IOB1" in (tmp_path / "model" / "README.md").read_text()
    bilou = {"tokens": words, "tags": [["U-PER", "U-PER", "O", "O", "U-LOC"]] * 40}
    scores = [loaded.evaluate(data).metrics["span_f1"]["value"] for data in (iob1, bilou)]
    assert model.report is not None
    assert scores[0] == scores[1] == model.report.metrics["span_f1"]["value"]
    (answer,) = loaded.predict([words[0]])
    assert len(answer.value) == 5 and set(answer.value) <= {"B-LOC", "B-PER", "O"}
    assert [len(one.value) for one in loaded.predict([["anna", "in", "oslo"], "anna sings"])] == [3, 2]


def test_typed_texts_are_cut_at_signs_where_tokens_have_them_apart():
    data = {"tokens": [["anna", "sings", ".", str(i)] for i in range(40)], "tags": [["B-PER", "O", "O", "O"]] * 40}
    model = elman.fit(data, valid=data, test=data, epochs=1, hidden_size=8)
    assert len(model.predict(["anna sings."])[0].value) == 3
    joined = {"tokens": [["anna.", "sings", str(i)] for i in range(40)], "tags": [["B-PER", "O", "O"]] * 40}
    model = elman.fit(joined, valid=joined, test=joined, epochs=1, hidden_size=8)
    assert len(model.predict(["anna. sings"])[0].value) == 2


def test_a_tag_that_training_did_not_have_is_named_alone():
    known = [["a", "b", "cd"[i % 2] * (i + 1)] for i in range(24)]
    tags = [["X" if token == "a" else "Y" for token in row] for row in known]
    model = elman.fit({"token": known, "tag": tags}, epochs=1, hidden_size=8, task="tagging", output="tag")
    with pytest.raises(TaskError, match=r"row 2 of those with an output has 'Z', which the training data didn't have"):
        model.evaluate({"token": known[:2], "tag": [["X", "Y", "Y"], ["X", "Z", "Y"]]})
