from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from elman import samples
from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.readers import read
from elman.data.splits import split
from elman.errors import DataFileError, TaskError
from elman.frames import frames_of
from elman.samples import clips, shapes
from elman.samples.numbers import spell
from elman.tasks import TASKS

FILES = [name for name in samples.names() if samples.sample(name).suffix]


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_the_same_again_read_back_and_detected(name, tmp_path):
    sample, table = samples.SAMPLES[name], samples.load(name)
    assert table.columns == samples.load(name).columns
    path = tmp_path / f"{name}{sample.suffix}"
    samples.write(name, path)
    back = read(path)
    assert back.columns == table.columns
    task = sample.task if name in ("names", "machine") else None  # read forwards, or not to be told from tags
    assert detect(back, task=task).task == sample.task
    assert list(tmp_path.iterdir()) == [path]


def test_the_clips_are_a_folder_of_their_own(tmp_path, monkeypatch):
    chosen = clips.all_clips()[:40]
    monkeypatch.setattr(clips, "all_clips", lambda: chosen)
    samples.write("clips", tmp_path / "data")
    assert [item.name for item in tmp_path.iterdir()] == ["data"]
    table = read(tmp_path / "data")
    assert table.columns["caption"] == [one.caption for one in chosen]
    assert detect(table).task == "captioning"
    for path, one in zip(table.columns["clip"], chosen, strict=True):
        drawn = [np.asarray(Image.open(frame)) for frame in frames_of(path)]
        for pixels, (x, y) in zip(drawn, one.places(), strict=True):
            painted = (pixels == clips.COLOURS[one.colour]).all(2)
            down, right = np.nonzero(painted)
            assert painted[y, x] and (down.min(), down.max()) == (y - one.radius, y + one.radius)  # nothing is cut off
            assert abs(right - x).max() == one.radius
    with pytest.raises(DataFileError, match="is there already"):
        samples.write("clips", tmp_path / "data")
    with pytest.raises(TaskError, match="is written into a folder"):
        samples.write("clips", tmp_path / "clips.csv")


def test_no_combination_of_the_clips_stands_in_two_parts():
    table = samples.load("clips")
    parts: dict[str, set[str]] = {}
    for caption, part in zip(table.columns["caption"], table.columns["split"], strict=True):
        parts.setdefault(caption, set()).add(part)
    assert all(len(found) == 1 for found in parts.values())
    words = {
        part: {word for c, found in parts.items() if part in found for word in c.split()}
        for part in ("train", "valid", "test")
    }
    assert words["train"] == words["test"] >= words["valid"]


def test_shapes_are_what_they_are_called_and_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "PICTURES", 40)
    samples.write("shapes", tmp_path / "data")
    table = read(tmp_path / "data")
    assert set(table.columns["shape"]) == {"square", "circle", "triangle", "cross"}
    assert detect(table).architecture == "one-to-one"
    for path, shape in zip(table.columns["picture"], table.columns["shape"], strict=True):
        pixels = np.asarray(Image.open(path)).astype(int)
        ground = np.median(pixels[[0, -1]].reshape(-1, 3), axis=0)
        painted: Any = (abs(pixels - ground) > 50).any(2)
        down, right = np.nonzero(painted)
        top, bottom, left, end = down.min(), down.max(), right.min(), right.max()
        assert bottom - top == end - left >= 8
        corners = painted[top, left], painted[top, end], painted[bottom, left], painted[bottom, end]
        quarter = painted[top + (bottom - top) // 4, left + (end - left) // 4]  # on the diagonal
        if shape in ("square", "triangle"):
            assert corners == ((shape == "square",) * 2 + (True, True))
        else:
            assert not any(corners) and quarter == (shape == "circle")


def test_clips_that_cant_be_finished_leave_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "no space left")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(DataFileError, match=r"can't be written: no space left"):
        samples.write("clips", tmp_path / "data")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_clean(name):
    table = samples.load(name)
    found = detect(table, task=samples.SAMPLES[name].task)
    table, history = prepared(table, found), found.task == "forecasting"
    parts = split(table, inputs=found.inputs, output=found.output, seed=0, history=history)
    findings = audit(parts.train, parts.valid, parts.test, found)
    known = ("tags", "shop", "visits")
    assert not [finding for finding in findings if finding.level == "warning" and name not in known]


def test_all_architectures_have_one():
    assert {TASKS[sample.task].architecture for sample in samples.SAMPLES.values()} == {
        task.architecture for task in TASKS.values()
    }


def test_reviews_are_seldom_told_by_counting_words():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    table = samples.load("reviews")
    counts = CountVectorizer().fit_transform(table.columns["text"])
    labels = table.columns["label"]
    assert LogisticRegression().fit(counts[:2000], labels[:2000]).score(counts[2000:], labels[2000:]) < 0.75


def test_numbers_are_spelled_right():
    assert [spell(n) for n in (0, 13, 20, 85, 207, 1000, 7004, 9915)] == [
        "zero",
        "thirteen",
        "twenty",
        "eighty five",
        "two hundred and seven",
        "one thousand",
        "seven thousand and four",
        "nine thousand nine hundred and fifteen",
    ]


def test_wrong_names_and_places(tmp_path):
    with pytest.raises(TaskError, match="Did you mean reviews"):
        samples.load("review")
    with pytest.raises(TaskError, match=r"tags\.conll"):
        samples.write("tags", tmp_path / "tags.csv")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataFileError, match="can't be written"):
        samples.write("tags", tmp_path / "file" / "tags.conll")
