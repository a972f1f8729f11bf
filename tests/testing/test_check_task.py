"""Each task keeps what its line promises, on each kind of input that it takes; and a task that doesn't is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clips import captioned_clips, labelled_clips
from elman import samples, tasks
from elman.answers.label import LabelAnswer
from elman.answers.prediction import Prediction
from elman.data.readers import read
from elman.data.table import Table
from elman.testing import check_task
from pictures import captioned, class_folders
from sounds import class_names

WRITING: dict[str, Any] = {"hidden_size": 8, "embedding_size": 8, "max_length": 8}
RECURRENT: dict[str, Any] = {"hidden_size": 8, "num_layers": 1}
TEXTS = [f"word{i % 7} and word{i % 5} are {'good' if i % 2 else 'bad'}" for i in range(60)]
VECTORS = [[[float(i % 5), float(t)] for t in range(2 + i % 4)] for i in range(60)]
CLASSES = ["xy"[i % 2] for i in range(60)]
TAGS = [["pq"[i % 2]] * len(steps) for i, steps in enumerate(VECTORS)]
ROW: dict[str, Any] = {"a": [i / 3 for i in range(60)], "b": ["uvw"[i % 3] for i in range(60)]}
RECORD: dict[str, Any] = {
    "text": TEXTS,
    "price": [None if i % 7 == 0 else i / 3 for i in range(60)],
    "shop": ["uvw"[i % 3] for i in range(60)],
    "topics": [["p"] * (i % 2) + ["q"] * (i % 5 > 1) for i in range(60)],
    "day": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(60)],
}
STEPS: dict[str, Any] = {
    "customer": [f"c{i // 4}" for i in range(240)],
    "day": [f"2024-{1 + i % 4:02d}-{1 + i // 4 % 28:02d}" for i in range(240)],
    "product": ["uvw"[i * 7 % 3] for i in range(240)],
    "amount": [None if i % 11 == 0 else 0.37 * i for i in range(240)],
    "region": ["rs"[i // 4 % 2] for i in range(240)],
}
PAIR: dict[str, Any] = {"premise": TEXTS, "hypothesis": [*TEXTS[20:], *TEXTS[:20]]}
PICTURES: dict[str, Any] = {"filters": 4, "embedding_size": 8, "augmentation": 0}


def few(name: str, rows: int = 60) -> Table:
    return samples.load(name).select(range(rows))


CASES: dict[str, Any] = {
    "classification of texts": ("classification", {"text": TEXTS, "y": CLASSES}, RECURRENT),
    "classification of windows": (
        "classification",
        {"text": TEXTS, "y": CLASSES},
        {"window": 3},
    ),
    "classification of rows": ("classification", few("flowers"), {"hidden_size": 8}),
    "classification of vectors": ("classification", {"x": VECTORS, "y": CLASSES}, RECURRENT),
    "multilabel of texts": (
        "multilabel",
        {"text": TEXTS, "y": [["a"] * (i % 2) + ["b"] * (i % 3 > 0) for i in range(60)]},
        RECURRENT,
    ),
    "classification of records": ("classification", {**RECORD, "y": CLASSES}, RECURRENT),
    "multilabel of records": (
        "multilabel",
        {**RECORD, "labels": [["a"] * (i % 2) + ["b"] * (i % 3 > 0) for i in range(60)]},
        RECURRENT,
    ),
    "classification of steps": (
        "classification",
        {**STEPS, "churned": ["xy"[i // 4 % 3 % 2] for i in range(240)]},
        RECURRENT,
    ),
    "regression of steps": ("regression", {**STEPS, "score": [i // 4 / 7 for i in range(240)]}, RECURRENT),
    "tagging of steps": ("tagging", {**STEPS, "tag": ["pq"[i % 5 % 2] for i in range(240)]}, RECURRENT),
    "next labels of steps": ("next-label", {**STEPS, "churned": ["xy"[i // 4 % 3 % 2] for i in range(240)]}, RECURRENT),
    "next numbers of steps": ("next-number", STEPS, RECURRENT),
    "regression of pairs": ("regression", {**PAIR, "score": [i / 7 for i in range(60)]}, RECURRENT),
    "regression of texts": ("regression", {"text": TEXTS, "y": [i / 7 for i in range(60)]}, RECURRENT),
    "regression of rows": (
        "regression",
        {
            "a": [i / 3 for i in range(60)],
            "b": ["uvw"[i % 3] for i in range(60)],
            "y": [i / 7 + i % 3 for i in range(60)],
        },
        {"hidden_size": 8},
    ),
    "tagging of words": ("tagging", few("tags"), {"hidden_size": 8}),
    "tagging of vectors": (
        "tagging",
        {"x": VECTORS, "y": TAGS},
        RECURRENT,
    ),
    "step-regression": (
        "step-regression",
        {"x": VECTORS, "y": [[step[0] / 3 + t for t, step in enumerate(v)] for v in VECTORS]},
        RECURRENT,
    ),
    "anomaly": (
        "anomaly",
        {
            "x": [[[float((i + t) % 5), t * i % 7 / 7] for t in range(30)] for i in range(60)],
            "fault": [[int(t == 20 and i % 3 == 0) for t in range(30)] for i in range(60)],
        },
        {**RECURRENT, "season": 5},
    ),
    "language-model of texts": ("language-model", few("story"), {"hidden_size": 8}),
    "next-word": ("next-word", few("story"), {"hidden_size": 8, "embedding_size": 8}),
    "language-model of melodies": ("language-model", few("melodies"), {"hidden_size": 8}),
    "language-model of chords": ("language-model", few("melodies"), {"hidden_size": 8, "notes": "chords"}),
    "translation": ("translation", few("numbers"), WRITING),
    "summarise": ("summarise", few("reports"), {**WRITING, "vocabulary_size": 300}),
    "generation": ("generation", few("names"), {"hidden_size": 8, "max_length": 8}),
    "forecasting": ("forecasting", few("visitors", 300), {"hidden_size": 8, "horizon": 7, "context": 14, "members": 1}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_task_keeps_what_its_line_promises(case):
    name, data, settings = CASES[case]
    check_task(name, data, **settings)


def recordings(folder: Path) -> dict[str, list[str]]:
    paths = sorted(map(str, class_names(folder).glob("*.wav")))
    return {"audio": paths, "y": [Path(path).name.split("_")[0] for path in paths]}


FILES: dict[str, Any] = {
    "classification of pictures": ("classification", lambda folder: class_folders(folder), PICTURES),
    "classification of rows of pictures": (
        "classification",
        lambda folder: class_folders(folder),
        {**RECURRENT, "picture_rows": True},
    ),
    "captioning of pictures": (
        "captioning",
        lambda folder: captioned(folder),
        {**RECURRENT, **PICTURES, "max_length": 8},
    ),
    "tagging of clips": ("tagging", lambda folder: labelled_clips(folder), {**RECURRENT, **PICTURES}),
    "captioning of clips": (
        "captioning",
        lambda folder: captioned_clips(folder),
        {**RECURRENT, **PICTURES, "max_length": 8},
    ),
    "classification of recordings": ("classification", recordings, RECURRENT),
}


@pytest.mark.parametrize("case", FILES)
def test_a_task_on_files_keeps_what_its_line_promises(case, tmp_path):
    name, write, settings = FILES[case]
    data = write(tmp_path)
    check_task(name, data if isinstance(data, dict) else read(data), **settings)


def test_every_task_is_tried():
    tried = {name for name, _, _ in (*CASES.values(), *FILES.values())}
    assert set(tasks.TASKS) - tried == {"transcription"}  # which its own tests train


def test_what_depends_on_company_is_found_out(monkeypatch):
    whole = LabelAnswer.predict

    def by_company(self, parts, cells):
        return [Prediction(one.value, len(cells) / 100, one.probabilities) for one in whole(self, parts, cells)]

    monkeypatch.setattr(LabelAnswer, "predict", by_company)
    with pytest.raises(AssertionError, match="alike when it is alone"):
        check_task("classification", {"text": TEXTS, "y": CLASSES}, **RECURRENT)
