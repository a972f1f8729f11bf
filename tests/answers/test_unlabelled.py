"""Reading is learned from texts without labels first, and labels after that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import elman
from cli.commands import elman as command
from conftest import alike
from elman.data.unlabelled import unlabelled_cells
from elman.errors import DataFileError, TaskError
from elman.kinds import TextKind
from elman.training.loop import Event

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 6, "embedding_size": 8, "unlabelled_epochs": 2}
TEXTS = [f"the {'good' if i % 2 else 'bad'} film number {i % 9} was seen by {i % 5} people" for i in range(60)]
LABELS = ["pos" if i % 2 else "neg" for i in range(60)]
REVIEWS = {"text": TEXTS, "label": LABELS}
MORE = [f"a film that everybody liked {word} much" for word in ("so", "very", "too", "rather")] * 9
SPANS = {
    "words": [text.split() for text in TEXTS],
    "tags": [["O", "B-x", "I-x", *["O"] * (len(text.split()) - 3)] for text in TEXTS],
}


def test_words_of_unlabelled_texts_are_learned(tmp_path: Path):
    said: list[Event] = []
    model = elman.fit(REVIEWS, unlabelled={"text": MORE}, watch=said.append, to=tmp_path / "m", min_count=1, **TINY)
    assert "everybody" in model.parts.input.vocabulary.ids
    reading = [event.message for event in said if event.kind == "reading"]
    assert reading == ["learning to read from 84 texts, 36 of them without a label ..."]
    losses = [event.metrics["nats_per_token"] for event in said if "nats_per_token" in event.metrics]
    assert len(losses) == 2 and losses[1] < losses[0]
    assert model.parts.settings.minutes == 0
    assert alike(elman.load(tmp_path / "m").predict(TEXTS[:3]), model.predict(TEXTS[:3]))
    again = elman.fit(REVIEWS, unlabelled={"text": MORE}, min_count=1, **TINY)
    assert alike(again.predict(TEXTS[:3]), model.predict(TEXTS[:3]))


@pytest.mark.parametrize("refit", [False, True])
def test_taggers_and_files(refit: bool, tmp_path: Path):
    (tmp_path / "more.txt").write_text("\n".join(MORE) + "\n\n")
    said: list[Event] = []
    model = elman.fit(SPANS, unlabelled=tmp_path / "more.txt", refit=refit, watch=said.append, **TINY)
    assert model.task.name == "tagging"
    assert sum(event.kind == "reading" for event in said) == 1 + refit


@pytest.mark.parametrize("pretrained", ["kept", "mixed", "tuned"])
def test_given_vectors_and_another_model(pretrained: str, tmp_path: Path):
    (tmp_path / "v.txt").write_text("good 1 2\nbad -1 2\neverybody 0 1\n")
    vectors: dict[str, Any] = {"vectors": str(tmp_path / "v.txt"), "pretrained": pretrained}
    first = elman.fit(REVIEWS, unlabelled={"text": MORE}, to=tmp_path / "first", **TINY, **vectors)
    assert alike(elman.load(tmp_path / "first").predict(TEXTS[:3]), first.predict(TEXTS[:3]))
    texts = [f"{text} however" for text in MORE]
    again = elman.fit(REVIEWS, unlabelled={"text": texts}, start=first, min_count=1, epochs=1, unlabelled_epochs=1)
    assert "however" in again.parts.input.vocabulary.ids


def test_minutes_are_shared():
    ends: list[tuple[str, float]] = []
    endless: dict[str, Any] = TINY | {"unlabelled_epochs": 100_000, "epochs": 100_000, "patience": 0, "minutes": 0.1}

    def watch(event: Event) -> None:
        if event.kind == "stopped":
            ends.append((event.message, event.seconds))

    model = elman.fit(REVIEWS, unlabelled={"text": MORE}, watch=watch, **endless)
    assert [message for message, _ in ends] == ["the budget is used up"] * 2
    assert all(1 < seconds < 4 for _, seconds in ends)
    assert model.parts.settings.minutes == 0.1


@pytest.mark.parametrize(
    "data, unlabelled, changes, message",
    [
        (REVIEWS, {"text": [1.5, 2.5]}, {}, "like those of the column 'text'; the column 'text' holds 1.5"),
        (REVIEWS, {"a": ["x"], "b": ["y"]}, {}, "stand in a column 'text', .* its columns are 'a', 'b'"),
        (REVIEWS, {"text": ["", None]}, {}, "the column 'text' is empty"),
        (REVIEWS, {"text": MORE}, {"window": 3}, "help to classify texts or to tag their words; this is"),
        (REVIEWS, {"text": MORE}, {"num_layers": 2}, "pass --layers 1, or --set bidirectional=false"),
        (REVIEWS, None, {"unlabelled_epochs": 3}, "unlabelled_epochs isn't used by classification of text"),
        ({"x": np.arange(60.0), "y": LABELS}, {"x": MORE}, {}, "this is classification of row: leave them out"),
        ({"text": TEXTS}, {"text": MORE}, {"task": "next-word"}, "this is next-word of text: leave them out"),
    ],
)
def test_what_does_not_fit_is_refused(data: Any, unlabelled: Any, changes: dict[str, Any], message: str):
    with pytest.raises(TaskError, match=message):
        elman.fit(data, unlabelled=unlabelled, epochs=1, **changes)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(DataFileError, match="no such file"):
        elman.fit(REVIEWS, unlabelled=tmp_path / "more.txt")


def test_the_command(tmp_path: Path):
    (tmp_path / "few.csv").write_text(
        "text,label\n" + "".join(f"{t},{y}\n" for t, y in zip(TEXTS, LABELS, strict=True))
    )
    (tmp_path / "more.txt").write_text("\n".join(MORE))
    (tmp_path / "most.txt").write_text("\n".join(TEXTS))
    flags = ("--unlabelled", tmp_path / "more.txt", "--unlabelled", tmp_path / "most.txt", "--to", tmp_path / "m")
    outcome = command("train", tmp_path / "few.csv", *flags, "--epochs", 1, "--set", "unlabelled_epochs=1")
    assert outcome.code == 0, outcome.err
    assert "learning to read from 144 texts, 96 of them without a label" in outcome.out


def test_objects_that_are_read_as_texts(tmp_path: Path):
    """The labelled ones were kept whole, as their column was named."""
    cells = [f'{{"a": "{text}", "b": {i}}}' for i, text in enumerate(MORE)]
    pd.DataFrame({"payload": cells, "n": range(len(cells))}).to_csv(tmp_path / "more.csv", index=False)
    assert unlabelled_cells(tmp_path / "more.csv", "payload", TextKind()) == cells
