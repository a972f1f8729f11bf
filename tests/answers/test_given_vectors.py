"""Runs that begin with given vectors, from the file to a saved model that needs it no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from conftest import alike
from elman import samples
from elman.errors import DataFileError, TaskError, TrainingError
from elman.exporting import to_c, to_onnx
from elman.nn.pretrained import PretrainedTable
from elman.training.loop import Event

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 6, "embedding_size": 8}
COMMON: dict[str, Any] = {
    "ngrams": False,
    "pieces": 0,
    "word_dropout": 0.2,
    "dropout": 0.2,
    "hidden_size": 8,
    "learning_rate": 0.02,
}
RED, BLUE = ("red", "ruby", "scarlet", "crimson"), ("blue", "navy", "azure", "cobalt")


def table(words: tuple[tuple[str, ...], tuple[str, ...]], rows: int = 160) -> dict[str, list[str]]:
    draw = np.random.default_rng(0)
    texts = [f"a {draw.choice(words[i % 2])} thing number {i % 7}" for i in range(rows)]
    return {"text": texts, "label": ["warm" if i % 2 == 0 else "cold" for i in range(rows)]}


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Of the colours, far apart; in five numbers."""
    draw = np.random.default_rng(0)
    lines = [f"{word} {3 + draw.normal() / 9} 0 1 0 {draw.normal()}\n" for word in RED]
    lines += [f"{word} {-3 + draw.normal() / 9} 0 1 0 {draw.normal()}\n" for word in BLUE]
    (tmp_path / "colours.vec").write_text("".join(["8 5\n", *lines]))
    return tmp_path / "colours.vec"


def learned(vectors: Path, **changes: Any) -> tuple[elman.Model, list[str]]:
    said: list[Event] = []
    options: dict[str, Any] = COMMON | {"epochs": 8, "batch_tokens": 60} | changes
    known = table((RED[:2], BLUE[:2]))
    model = elman.fit(known, vectors=str(vectors), watch=said.append, **options)
    return model, [event.message for event in said if event.kind == "vectors"]


@pytest.mark.parametrize("pretrained", ["tuned", "kept", "mixed"])
@pytest.mark.parametrize("size", [5, 3, 8])
def test_words_that_no_training_text_has_are_read_by_their_vectors(pretrained: str, size: int, vectors: Path):
    model, said = learned(vectors, pretrained=pretrained, embedding_size=size)
    assert said == [
        "4 of the 14 words of the training texts take a vector from colours.vec, 20% of their running words; so have 4 "
        "words that stand in none of them"
    ]
    unseen = table((RED[2:], BLUE[2:]), 40)
    right = [answer.value == label for answer, label in zip(model.predict(unseen), unseen["label"], strict=True)]
    assert np.mean(right) > 0.9
    assert not any(isinstance(module, PretrainedTable) for module in model.network.modules())


@pytest.mark.parametrize("pretrained", ["tuned", "kept", "mixed"])
def test_a_saved_model_needs_no_vectors(pretrained: str, vectors: Path, tmp_path: Path):
    model, _ = learned(vectors, pretrained=pretrained, epochs=2)
    model.save(tmp_path / "model")
    vectors.unlink()
    again = elman.load(tmp_path / "model")
    unseen = table((RED[1:], BLUE[1:]), 30)
    assert alike(again.predict(unseen), model.predict(unseen))
    assert to_onnx(again, tmp_path / "onnx", unseen).largest < 1e-5
    to_c(again, tmp_path / "c", unseen)
    assert "begin" not in again.about and again.network is not None  # a plain network of its settings
    assert alike(again.predict(unseen), model.predict(unseen))
    assert "take a vector from colours.vec" in (tmp_path / "model" / "README.md").read_text()


def test_kept_vectors_are_in_the_model_as_they_were(vectors: Path):
    model, _ = learned(vectors, pretrained="kept", embedding_size=5, epochs=2)
    kind = model.parts.input
    network: Any = model.network
    held = {word: network.encoder.embedding.weight[kind.vocabulary.ids[word]] for word in (*RED, *BLUE)}
    rows = dict(line.split(" ", 1) for line in vectors.read_text().splitlines()[1:])
    given = {word: np.array(rows[word].split(), float) for word in held}
    scale = np.sqrt(np.mean([np.sum(vector**2) for vector in given.values()]))
    for word, vector in given.items():
        assert held[word].detach().numpy() == pytest.approx(vector / scale, abs=1e-6)


@pytest.mark.parametrize("refit", [False, True])
def test_an_interrupted_run_goes_on_to_the_same_result(refit: bool, vectors: Path, tmp_path: Path):
    def stop(event: Event) -> None:
        if event.kind == "step" and event.step == 7:
            raise KeyboardInterrupt

    options: dict[str, Any] = {"pretrained": "mixed", "refit": refit, "epochs": 3, "batch_tokens": 100}
    saved: dict[str, Any] = COMMON | options | {"to": tmp_path / "model", "vectors": str(vectors)}
    whole, _ = learned(vectors, **options)
    data = table((RED[:2], BLUE[:2]))
    elman.fit(data, watch=stop, **saved)
    given = vectors.read_text()
    vectors.write_text(given.replace(RED[2], "gold"))
    with pytest.raises(TrainingError, match="other data or settings"):
        elman.fit(data, resume=True, **saved)
    vectors.write_text(given)
    again = elman.fit(data, resume=True, **saved)
    assert alike(again.predict(data), whole.predict(data))


@pytest.mark.parametrize(
    "name, changes",
    [
        ("tags", {}),
        ("tags", {"pretrained": "mixed"}),
        ("pairs", {"task": "translation", "level": "words", "pretrained": "kept"}),
        ("story", {"task": "next-word", "pretrained": "kept", "tied": False}),
        ("story", {"task": "next-word"}),
    ],
)
def test_other_tasks_of_words(name: str, changes: dict[str, Any], tmp_path: Path):
    words = ("the", "old", "man", "two", "hundred", "dog", "never-heard-of")
    (tmp_path / "v.txt").write_text("".join(f"{word} {i} 1 {-i}\n" for i, word in enumerate(words)))
    pairs = {"in": [f"the old man w{i}" for i in range(40)], "out": [f"alt v{i}" for i in range(40)]}
    data = pairs if name == "pairs" else samples.load(name)
    model = elman.fit(data, vectors=str(tmp_path / "v.txt"), **TINY, **changes)
    model.save(tmp_path / "model")
    (tmp_path / "v.txt").unlink()
    given = ["the old man"] if name != "tags" else [["the", "old", "man", "never-heard-of"]]
    assert alike(elman.load(tmp_path / "model").predict(given), model.predict(given))
    if name == "story":
        assert "never-heard-of" not in model.parts.input.vocabulary.ids


@pytest.mark.parametrize("changes", [{"pretrained": "kept"}, {"pretrained": "mixed"}])
def test_an_output_shares_no_vectors_that_it_cannot_change(changes: dict[str, Any], tmp_path: Path):
    (tmp_path / "v.txt").write_text("the 1 2\n")
    with pytest.raises(TaskError, match="pass --set pretrained=tuned; or tied=false"):
        elman.fit(samples.load("story"), task="next-word", vectors=str(tmp_path / "v.txt"), **TINY, **changes)


@pytest.mark.parametrize(
    "name, changes, message",
    [
        ("reviews", {"pretrained": "kept"}, "pretrained isn't used by classification of text without vectors: pass"),
        ("flowers", {"vectors": "v.txt"}, "vectors isn't used by classification of row, but by "),
        ("numbers", {"vectors": "v.txt", "level": "characters"}, "with level=characters: leave out one of them"),
        ("names", {"vectors": "v.txt"}, "these texts are read as characters: pass --set level=words"),
        ("reviews", {"vectors": "kept"}, "kept: no such file"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, changes: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.txt").write_text("the 1 2\n")
    with pytest.raises((TaskError, DataFileError), match=message):
        elman.fit(samples.load(name), epochs=1, **changes)


def test_a_bad_file_is_named_before_anything_is_learned(tmp_path: Path):
    (tmp_path / "v.txt").write_text("good 1 x\n")
    with pytest.raises(DataFileError, match=r"v\.txt:1: 'x' isn't a number"):
        elman.plan(samples.load("reviews"), changes={"vectors": str(tmp_path / "v.txt")})
