"""Rows as people have them: missing cells, lists, tags that don't fit, labels that only one part has."""

from __future__ import annotations

from typing import Any

import pytest

import elman as main
from conftest import there
from elman import answers
from elman.data.table import Table
from elman.errors import TaskError
from elman.scoring.metrics import spans
from elman.settings import Settings

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 8, "embedding_size": 8, "pieces": 50}


def table(**columns):
    return Table(dict(columns))


def test_missing_and_list_cells_are_texts_too():
    texts = [None, ["good", "film"], "bad film", ["A bad film.", "Very bad."], "good"] * 30
    labels = ["pos", "pos", "neg", "neg", "pos"] * 30
    data = table(text=[f"{n} {cell}" if isinstance(cell, str) else cell for n, cell in enumerate(texts)], label=labels)
    model = main.fit(data, valid=data, test=data, input="text", output="label", task="classification", **TINY)
    answers = model.predict([None, ["good", "film"], "x", ["Two words.", "More words."]])
    assert [0 <= there(answer.probability) <= 1 for answer in answers] == [True] * 4


def test_each_token_needs_a_tag():
    task = answers.find("tagging", "text")
    tokens, tags = [["a", "b"], ["c"]] * 10, [["X", "Y"], ["X"]] * 10
    parts = task.parts(tokens, tags, Settings().with_changes(TINY))
    assert task.batches(parts, tokens, tags).tokens == 30
    with pytest.raises(TaskError, match="row 19 has 2 tokens and 1 tags"):
        task.batches(parts, tokens, [*tags[:18], ["X"], ["X", "Y"]])


def test_text_with_points_is_tagged_by_blanks():
    task = answers.find("tagging", "text")
    texts, tags = ["Mr. Smith left the U.S. today"] * 5, ["A B C D E F"] * 5
    parts = task.parts(texts, tags, Settings().with_changes(TINY))
    _losses, counts = parts.module.loss(next(task.batches(parts, texts, tags).epoch(0)))
    assert counts.unique().tolist() == [6]
    assert len(task.predict(parts, ["Dr. No, it's 3.5"])[0].value) == 4


def test_a_tag_of_the_validation_part_alone_does_no_harm():
    train = table(token=[["a", "b"]] * 30, tag=[["B-x", "O"]] * 30)
    valid = table(token=[["a", "b"], ["c", "d"]] * 5, tag=[["B-x", "O"], ["B-new", "O"]] * 5)
    model = main.fit(train, valid=valid, test=valid, input="token", output="tag", task="tagging", **TINY)
    assert model.parts.settings.refit and model.parts.output.classes == ["B-x", "O"]


def test_a_label_of_the_test_part_alone_can_not_be_generated_from():
    train = table(style=["p", "q"] * 30, name=[f"{syllable}{n}" for n in range(30) for syllable in ("papa", "quqa")])
    test = table(style=["p", "other"], name=["papi", "oh"])
    model = main.fit(
        train, valid=train, test=test, input="style", output="name", task="generation", epochs=1, hidden_size=8
    )
    assert there(model.report).rows == 1


def test_zero_and_false_are_settings_too():
    data = table(text=["good film", "bad film"] * 20, label=["p", "n"] * 20)
    off = {"dropout": 0.0, "ngrams": False, "bidirectional": False, "average": 0, "patience": 0}
    model = main.fit(data, valid=data, test=data, output="label", task="classification", **TINY, **off)
    assert {key: getattr(model.parts.settings, key) for key in off} == off


def test_spans_of_bioes_tags():
    assert spans(["S-PER", "O", "B-LOC", "E-LOC"]) == {("PER", 0, 1), ("LOC", 2, 4)}
    assert spans(["B-LOC", "I-LOC", "E-LOC", "I-LOC"]) == {("LOC", 0, 3), ("LOC", 3, 4)}
    assert spans(["S-PER", "S-PER", "E-PER"]) == {("PER", 0, 1), ("PER", 1, 2), ("PER", 2, 3)}
