"""Each task uses the settings that it says it uses, and no others: what a run reads is recorded while it trains."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from clips import clip
from conftest import alike
from elman import answers
from elman.errors import TaskError
from elman.settings import Settings, declared
from elman.testing.reading import settings_read
from pictures import save as save_picture
from pictures import square
from sounds import save as save_sound
from sounds import tone
from tunes import melody, midi

ROWS = 24
TINY = {
    "hidden_size": 4,
    "num_layers": 1,
    "embedding_size": 4,
    "character_size": 3,
    "pieces": 50,
    "filters": 2,
    "picture_size": 8,
    "mels": 8,
    "members": 1,
    "horizon": 2,
    "context": 4,
    "streams": 2,
    "bptt": 8,
    "beam_size": 2,
    "max_length": 4,
    "vocabulary_size": 100,
}
"""Where a task uses them, so that it is done in a moment."""
OTHERWISE: list[dict[str, Any]] = [
    {"characters": True, "crf": True, "ngrams": True, "refit": True, "piece_size": 2},
    {"copy": True, "extracts": 0.5, "negatives": 0},
    {"notes": "melody", "convolutions": 1, "kernel": 3},
    {"window": 2, "picture_rows": True, "tied": False},
    {"feed": "repeat", "decoding": "recurrent", "base": "last", "members": 2},
]
"""What makes a task use more, or less, than by default."""
WHERE_SETTINGS_ARE_USED = ("answers", "models", "kinds", "nn")


WORDS = ("red", "green", "blue", "and", "or", "not")


def sentence(folder: Path, i: int) -> str:
    return " ".join(WORDS[i * k % 6] for k in range(2, 6 + i % 3)) + f" w{i % 5}"


def rows(task: str, input: str, folder: Path) -> tuple[list[Any], list[Any] | None]:
    """Inputs and outputs that the task can learn."""
    inputs = [MAKERS[input](folder, i) for i in range(ROWS)]
    values = {
        "classification": ["ab"[i % 2] for i in range(ROWS)],
        "multilabel": ["a;b" if i % 2 else "a" for i in range(ROWS)],
        "regression": [0.5 * i for i in range(ROWS)],
        "captioning": [f"a {'red' if i % 2 else 'blue'} one" for i in range(ROWS)],
        "transcription": [f"a {'red' if i % 2 else 'blue'} one" for i in range(ROWS)],
        "generation": [sentence(folder, i) for i in range(ROWS)],
    }
    if task in values:
        return inputs, values[task]
    if task == "tagging":
        if input == "text":
            inputs = [text.split() for text in inputs]
        steps = [4 if input == "frames" else len(cell) for cell in inputs]
        return inputs, [["B-x"] + ["O"] * (count - 1) for count in steps]
    if task == "step-regression":
        return inputs, [[float(step[0]) for step in cell] for cell in inputs]
    if task in ("translation", "summarise"):
        return inputs, [" ".join(text.split()[:2]) for text in inputs]
    assert task in ("language-model", "next-word"), task
    return inputs, None


def picture(folder: Path, i: int) -> str:
    return str(save_picture(square(("red", "blue")[i % 2], "left", i), folder / f"{i}.png"))


def recording(folder: Path, i: int) -> str:
    return str(save_sound(tone((300, 1_200)[i % 2], 0.4, seed=i), folder / f"{i}.wav"))


def tune(folder: Path, i: int) -> str:
    path = folder / f"{i}.mid"
    path.write_bytes(midi(melody([60 + (i + k) % 5 for k in range(4 + i % 3)], 0.5)))
    return str(path)


MAKERS: dict[str, Callable[[Path, int], Any]] = {
    "text": sentence,
    "label": lambda folder, i: "xyz"[i % 3],
    "vector": lambda folder, i: np.random.default_rng(i).normal(size=(5 + i % 3, 2)).tolist(),
    "image": picture,
    "frames": lambda folder, i: f"{clip(folder / f'clip{i}', ('left', 'right')[i % 2], i)}/",
    "audio": recording,
    "notes": tune,
}


def table(title: str, folder: Path) -> dict[str, list[Any]]:
    task, _, input = title.rpartition(" of ")
    if input == "watched":
        return {"x": [np.random.default_rng(i).normal(size=(20, 2)).tolist() for i in range(ROWS)]}
    if task == "forecasting":
        return {"x": [float(i % 7 + 0.1 * i) for i in range(120)]}
    if input == "row":
        _, outputs = rows(task, "label", folder)
        return {"x": [float(i) for i in range(ROWS)], "z": [i % 3 for i in range(ROWS)], "y": outputs or []}
    if input == "records":
        return steps(task)
    if input == "record":
        texts, outputs = rows(task, "text", folder)
        return {"x": texts, "z": [1.5 * (i % 3) for i in range(ROWS)], "y": outputs or []}
    inputs, outputs = rows(task, input, folder)
    return {"x": inputs} if outputs is None else {"x": inputs, "y": outputs}


def steps(task: str) -> dict[str, list[Any]]:
    """A table with a row per step: some of each sequence."""
    each = task in ("tagging", "step-regression", "next-label", "next-number")
    outputs: dict[str, Callable[[int], Any]] = {
        "classification": lambda i: "xyz"[i % 3],
        "regression": lambda i: i % 7 + 0.5,
        "tagging": lambda i: "pq"[i % 2],
        "step-regression": lambda i: i % 5 + 0.25,
        "next-label": lambda i: "pq"[i % 2],
        "next-number": lambda i: i % 5 + 0.25,
    }
    count = 4 * ROWS
    return {
        "customer": [f"c{i // 4}" for i in range(count)],
        "time": [f"2024-01-{1 + i % 4:02d}" for i in range(count)],
        "x": ["uvw"[i * 7 % 3] for i in range(count)],
        "z": [0.37 * (i % 11) for i in range(count)],
        "y": [outputs[task](i if each else i // 4) for i in range(count)],
    }


def fit(title: str, data: dict[str, list[Any]], **changes: Any) -> elman.Model:
    output = "y" if "y" in data else None
    return elman.fit(data, task=title.rpartition(" of ")[0], output=output, epochs=1, **changes)


def variants(title: str) -> Iterator[dict[str, Any]]:
    """Tiny changes of the recipe, the first with nothing else."""
    for changes in ({}, *OTHERWISE):
        some: dict[str, Any] = {}
        for name, value in [*changes.items(), *TINY.items(), *changes.items()]:  # what one makes of use comes later
            if name in answers.uses()[title](Settings().with_changes(some)):
                some[name] = value
        if not changes or changes.keys() & some.keys():
            yield some


@pytest.mark.parametrize("title", answers.uses())
def test_what_is_used_is_read_and_what_is_read_is_used(title: str, tmp_path: Path) -> None:
    data = table(title, tmp_path)
    for changes in variants(title):
        with settings_read() as read:
            model = fit(title, data, **changes)
            if "y" in data:
                model.predict({name: cells[:1] for name, cells in data.items()})
        assert model.task.title == title
        used = model.task.uses(model.parts.settings)
        assert used - read.keys() == set(), f"{changes}: not read"
        counted = {name for name, files in read.items() if any(map(counts, files))}
        assert counted - used - model.task.decides == set(), f"{changes}: read, and not among those used"


def counts(file: Path) -> bool:
    """Whether what is read there makes a difference to the model or its answers; reports and training look at more."""
    package = Path(elman.__file__).parent
    return package in file.parents and file.relative_to(package).parts[0] in WHERE_SETTINGS_ARE_USED


@pytest.mark.parametrize(
    "title, changes, message",
    [
        ("classification of text", {"quantiles": "0.3"}, "of text, but by forecasting of series: leave it out"),
        ("classification of text", {"copy": True}, "copy isn't used .* but by translation of text, summarise of text"),
        (
            "classification of text",
            {"attention": "dot"},
            "translation of text, summarise of text, captioning of frames",
        ),
        (
            "classification of text",
            {"crf": True},
            "tagging of frames, tagging of vector, tagging of text: leave",
        ),
        ("classification of text", {"tied": False}, "but by language-model of text, next-word of text, "),
        ("classification of text", {"character_size": 9}, "without characters=true: pass that too, or leave"),
        ("classification of text", {"piece_size": 9, "pieces": 0}, "without pieces above 0: pass that too"),
        (
            "classification of text",
            {"pooling": "max", "window": 3},
            "with window=3: leave out one of them",
        ),
        ("classification of text", {"cell": "gru", "window": 3}, "cell isn't used .* with window=3: leave out one of"),
        ("classification of text", {"beam_size": 2}, "beam_size isn't used"),
        ("language-model of text", {"pooling": "max"}, "pooling isn't used by language-model of text, but by "),
        ("language-model of text", {"bidirectional": True}, "bidirectional isn't used by language-model"),
        ("language-model of text", {"batch_tokens": 10}, "batch_tokens isn't used by language-model"),
        ("language-model of text", {"pieces": 10}, "pieces isn't used by language-model"),
        ("language-model of notes", {"tied": True, "notes": "chords"}, "without notes=melody"),
        ("tagging of text", {"bptt": 10}, "bptt isn't used by tagging of text, but by tagging of records"),
        ("tagging of text", {"level": "words"}, "level isn't used by tagging"),
        (
            "tagging of text",
            {"crf": True, "label_smoothing": 0.1},
            "by tagging of text with crf=true: leave out one",
        ),
        ("classification of row", {"cell": "gru"}, "cell isn't used by classification of row"),
        ("classification of image", {"level": "words"}, "level isn't used by classification of image"),
        (
            "classification of image",
            {"filters": 3, "picture_rows": True},
            "with picture_rows=true: leave out one",
        ),
        ("translation of text", {"extracts": 0.5}, "but by summarise of text: leave"),
        ("translation of text", {"feed": "repeat"}, "but by generation of label, captioning of image: leave"),
        ("generation of label", {"teacher_forcing": 0.5}, "teacher_forcing isn't used by generation"),
        ("captioning of frames", {"copy": True}, "copy isn't used by captioning of frames"),
        ("transcription of audio", {"negatives": 5}, "negatives isn't used by transcription"),
    ],
)
def test_what_is_not_used_is_refused_before_training(
    title: str, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(TaskError, match=message):
        fit(title, table(title, tmp_path), **changes)


def test_a_saved_model_and_its_card_list_what_applied(tmp_path: Path) -> None:
    title = "classification of text"
    model = fit(title, table(title, tmp_path), hidden_size=4, pieces=0)
    model.save(tmp_path / "model")
    used = model.task.uses(model.parts.settings)
    assert json.loads((tmp_path / "model" / "elman.json").read_text())["settings"].keys() == used
    card = (tmp_path / "model" / "README.md").read_text()
    listed = card.partition("## Settings\n\n")[2].partition("\n")[0].split(", ")
    assert [each.strip("`").partition("=")[0] for each in listed] == [name for name in declared() if name in used]
    assert "`hidden_size=4`" in listed and not {"quantiles", "piece_size", "crf"} & used
    again = elman.load(tmp_path / "model")
    assert again.task.uses(again.parts.settings) == used
    assert alike(again.predict(["red and w1"]), model.predict(["red and w1"]))
