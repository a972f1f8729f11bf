"""A model that goes on from another one: what it has of it, what is new, and what doesn't fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import elman
from cli.commands import elman as command
from conftest import alike
from elman.errors import TaskError

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 6, "embedding_size": 8}
TEXTS = [f"the {'good' if i % 2 else 'bad'} film number {i % 9} was seen by {i % 5} people" for i in range(60)]
LABELS = ["pos" if i % 2 else "neg" for i in range(60)]
REVIEWS = {"text": TEXTS, "label": LABELS}
MORE = {"text": [f"{text} yesterday" for text in TEXTS], "label": [*LABELS[:40], *["mixed"] * 20]}
SPANS = {
    "words": [text.split() for text in TEXTS],
    "tags": [["O", "B-x", "I-x", *["O"] * (len(text.split()) - 3)] for text in TEXTS],
}
STILL: dict[str, Any] = {"learning_rate": 1e-12, "weight_decay": 0.0, "average": 0.0}
"""Nothing is learned: what stands there at the end stood there at the beginning."""


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "lm"
    elman.fit({"text": TEXTS}, task="next-word", to=folder, **TINY)
    return folder


def weights(model: elman.Model) -> dict[str, torch.Tensor]:
    from elman.models.taken_over import weights_in

    return weights_in(model.network)


def tokens(model: elman.Model) -> list[str]:
    return model.parts.input.vocabulary.tokens


def test_a_language_model_becomes_a_classifier(language_model: Path):
    model = elman.fit(MORE, start=language_model, epochs=1, **STILL)
    old = elman.load(language_model)
    assert model.task.name == "classification" and not model.parts.settings.bidirectional
    assert model.parts.settings.hidden_size == 6 and not model.parts.settings.lowercase
    size = len(tokens(old))
    assert tokens(model)[:size] == tokens(old) and "yesterday" in tokens(model)[size:]
    before, now = weights(old), weights(model)
    for name in ("encoder.embedding.weight", "stack.rnn.weight_hh_l0", "stack.rnn.weight_ih_l0"):
        assert np.allclose(now[name][: len(before[name])].detach(), before[name].detach(), atol=1e-6)


def test_a_language_model_becomes_a_tagger(language_model: Path, tmp_path: Path):
    model = elman.fit(SPANS, start=language_model, to=tmp_path / "tagger", epochs=1)
    assert model.task.name == "tagging"
    assert alike(elman.load(tmp_path / "tagger").predict(SPANS["words"][:3]), model.predict(SPANS["words"][:3]))


@pytest.mark.parametrize("changes", [{}, {"characters": True, "bidirectional": False}, {"refit": True}])
def test_a_classifier_goes_on_with_new_words_and_labels(changes: dict[str, Any], tmp_path: Path):
    first = elman.fit(REVIEWS, to=tmp_path / "first", pieces=50, ngrams=False, **TINY, **changes)
    again = elman.fit(MORE, start=tmp_path / "first", ngrams=False, epochs=1, **STILL)
    assert again.parts.output.classes == ["mixed", "neg", "pos"]
    assert again.parts.settings.pieces == 50 and again.parts.settings.bidirectional is changes.get(
        "bidirectional", True
    )
    before, now = weights(first), weights(again)
    scale = (now["head.linear.weight"][1] / before["head.linear.weight"][0]).detach()
    assert np.allclose(scale, scale[0], rtol=1e-3)  # but for the temperature, which is fitted at the end
    assert np.allclose(now["stack.rnn.weight_hh_l0"].detach(), before["stack.rnn.weight_hh_l0"].detach(), atol=1e-6)


def test_a_model_in_python_goes_on_and_stays_as_it_was():
    first = elman.fit(REVIEWS, **TINY)
    before = first.predict(REVIEWS)
    again = elman.fit(REVIEWS, start=first, epochs=1)
    assert again.parts.settings.hidden_size == 6
    assert alike(first.predict(REVIEWS), before)


def test_other_labels_begin_anew():
    first = elman.fit(REVIEWS, **TINY)
    other = elman.fit({"text": TEXTS, "label": ["x" if i % 3 else "y" for i in range(60)]}, start=first, epochs=1)
    assert other.parts.output.classes == ["x", "y"]


def test_rows_records_and_sequences_go_on():
    draw = np.random.default_rng(0)
    rows = {"a": draw.normal(size=60).tolist(), "b": ["uv"[i % 2] for i in range(60)], "y": LABELS}
    first = elman.fit(rows, output="y", epochs=1, hidden_size=6)
    again = elman.fit(rows | {"b": ["uw"[i % 2] for i in range(60)]}, output="y", start=first, epochs=1)
    assert again.parts.input.state() == first.parts.input.state()
    records = {"text": TEXTS, "price": draw.normal(size=60).tolist(), "y": LABELS}
    first = elman.fit(records, output="y", **TINY)
    again = elman.fit(records | {"text": MORE["text"]}, output="y", start=first, epochs=1)
    assert "yesterday" in again.parts.input.parts[0].kind.vocabulary.tokens
    steps = {"x": draw.normal(size=(60, 5, 2)).tolist(), "y": LABELS}
    first = elman.fit(steps, epochs=1, hidden_size=6)
    again = elman.fit(steps, start=first, epochs=1)
    assert again.parts.input.state() == first.parts.input.state()
    with pytest.raises(TaskError, match="these sequences have 3 columns"):
        elman.fit({"x": draw.normal(size=(60, 5, 3)).tolist(), "y": LABELS}, start=first, epochs=1)


@pytest.mark.parametrize(
    "data, changes, message",
    [
        (REVIEWS, {"hidden_size": 9}, "hidden_size=9 isn't what .*lm has, which is hidden_size=6; leave it out"),
        (REVIEWS, {"cell": "gru"}, "cell=gru isn't what .* which is cell=lstm"),
        (REVIEWS, {"bidirectional": "true"}, "bidirectional=true isn't what .* bidirectional=false"),
        (REVIEWS, {"pieces": 99}, "pieces=99 isn't what .* which is pieces=0"),
        (REVIEWS, {"vectors": "lm"}, "has vectors for its words already; leave out --vectors, or --from"),
        (
            {"x": [1.5 * i for i in range(60)], "y": LABELS},
            {},
            "is a model of next-word of text, and these data are",
        ),
        ({"text": TEXTS}, {"level": "characters"}, "level=characters isn't what .* has, which is level=words"),
    ],
)
def test_what_does_not_fit_is_refused(data: Any, changes: dict[str, Any], message: str, language_model: Path):
    with pytest.raises(TaskError, match=message):
        elman.fit(data, start=language_model, epochs=1, **changes)


def test_words_do_not_go_on_from_characters():
    first = elman.fit(REVIEWS, level="characters", **TINY)
    with pytest.raises(TaskError, match=r"these texts are read as tokens, and those that the model .* as characters"):
        elman.fit(SPANS, start=first, epochs=1)


def test_other_columns_are_refused():
    rows = {"a": [0.5 * i for i in range(60)], "b": [float(i % 7) for i in range(60)], "y": LABELS}
    first = elman.fit(rows, output="y", epochs=1, hidden_size=6)
    with pytest.raises(TaskError, match="the columns a, c aren't those that the model to go on from has learned from"):
        elman.fit({"a": rows["a"], "c": rows["b"], "y": LABELS}, output="y", start=first, epochs=1)


def test_the_command(language_model: Path, tmp_path: Path):
    (tmp_path / "more.jsonl").write_text(
        "".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in zip(*MORE.values(), strict=True))
    )
    outcome = command("train", tmp_path / "more.jsonl", "--from", language_model, "--epochs", 1, "--to", tmp_path / "m")
    assert outcome.code == 0, outcome.err
    assert f"goes on from  {language_model}, a model of next-word of text, with 1 new words" in " ".join(
        outcome.out.split("\n")
    )
    nothing = command("train", tmp_path / "more.jsonl", "--from", tmp_path / "none", "--to", tmp_path / "n")
    assert nothing.code == 2 and "none" in nothing.err and not (tmp_path / "n").exists()
