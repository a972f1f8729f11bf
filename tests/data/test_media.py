"""Folders of pictures and recordings, and tables that name them."""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path

import pytest

from clips import clip
from conftest import shared_data
from elman.data.audit import audit
from elman.data.detect import detect
from elman.data.readers import from_python, read, stream
from elman.data.splits import split
from elman.errors import DataFileError, TaskError
from pictures import COLOURS, captioned, class_folders
from tunes import melody, midi


def touched(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("folder", "architecture", "task", "input", "output", "rows"),
    [
        ("fashion_mnist_png", "one-to-one", "classification", "image", "label", 4000),
        ("emoji_captions", "one-to-many", "captioning", "image", "caption", 2549),
        ("emoji_captions/captions.csv", "one-to-many", "captioning", "image", "caption", 2549),
        ("fsdd", "many-to-one", "classification", "audio", "label", 2000),
        ("jsb_chorales", "many-to-many", "language-model", "notes", None, 382),
        ("jsb_chorales/midi", "many-to-many", "language-model", "notes", None, 382),
        ("jsb_chorales/jsb-chorales-quarter.json", "many-to-many", "language-model", "notes", None, 382),
        ("jsb_chorales/Jsb16thSeparated.json.gz", "many-to-many", "language-model", "notes", None, 382),
    ],
)
def test_real_data_without_flags(folder, architecture, task, input, output, rows):
    root = shared_data(folder.split("/")[0]).parent
    table = read(root / folder)
    found = detect(table)
    assert (found.architecture, found.task, found.inputs, found.output) == (architecture, task, (input,), output)
    assert len(table) == rows
    assert found.evidence


def test_real_parts_are_kept():
    table = read(shared_data("fashion_mnist_png"))
    parts = split(table, inputs=("image",), output="label", seed=0)
    assert parts.test is not None and len(parts.test) == 1000 and len(parts.train) + len(parts.valid) == 3000


def test_a_folder_for_each_class(tmp_path):
    folder = class_folders(tmp_path / "data", each=3)
    touched(folder, "red/.hidden.png", ".DS_Store", "blue/Thumbs.db", "blue/notes.pdf", "README.md")
    table = read(folder)
    assert table.names == ["image", "label"] and table.layout == "folder"
    assert table.columns["label"] == ["blue"] * 3 + ["red"] * 3
    assert table.columns["image"] == [str(folder / c / f"{i}.png") for c in sorted(COLOURS) for i in range(3)]
    assert table.notes == ["left out, as no image files: 1 (notes.pdf)"]


def test_parts_and_classes(tmp_path):
    for part in ("train", "test"):
        class_folders(tmp_path / part, each=2)
    table = read(tmp_path)
    assert table.names == ["image", "label", "split"]
    assert table.columns["split"] == ["test"] * 4 + ["train"] * 4
    touched(tmp_path, "valid/one.png", "valid/two.png")
    with pytest.raises(DataFileError, match="valid: gives the columns image, but test gives image, label"):
        read(tmp_path)


def test_labels_in_names(tmp_path):
    touched(tmp_path, *(f"{label}_anna_{i}.wav" for label in ("yes", "no") for i in range(3)))
    table = read(tmp_path)
    assert table.names == ["audio", "label", "part_2", "part_3"]
    assert table.columns["label"] == ["no"] * 3 + ["yes"] * 3
    assert "labels are the first parts of the file names: no in no_anna_0.wav" in table.notes
    assert read(tmp_path.parent / tmp_path.name).columns == table.columns
    within = touched(tmp_path / "one", *(f"sounds/{i % 2}.{i}.flac" for i in range(8)))
    assert read(within).columns["label"] == ["0"] * 4 + ["1"] * 4


@pytest.mark.parametrize("names", [["a.png", "b.png"], ["a_1.png", "a_2_x.png", "a_3.png"], ["a_1.png", "b_2.png"]])
def test_names_that_tell_nothing(tmp_path, names):
    table = read(touched(tmp_path, *names))
    assert table.names == ["image"]
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(table)


def test_one_class_only(tmp_path):
    with pytest.raises(DataFileError, match=r"holds one subfolder \(cats\), so one class"):
        read(touched(tmp_path, "cats/a.png", "cats/b.png"))


def test_a_table_names_files_beside_it_or_in_folders_beside_it(tmp_path):
    touched(tmp_path, "b.png", "images/a.png", "more/deep/c.png")
    (tmp_path / "t.csv").write_text("image,n\na.png,1.5\nb.png,2.5\nmore/deep/c.png,3.5\n,4.5\nlost.png,5.5\n")
    table = read(tmp_path / "t.csv")
    expected = [str(tmp_path / name) for name in ("images/a.png", "b.png", "more/deep/c.png")]
    assert table.columns["image"] == [*expected, None, "lost.png"]
    assert read(tmp_path).columns == table.columns
    chunks = list(stream(tmp_path / "t.csv", chunk_rows=2))
    assert [cell for chunk in chunks for cell in chunk.columns["image"]] == table.columns["image"]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps({"image": name}) for name in ("a.png", "b.png")))
    assert read(tmp_path / "t.jsonl").columns["image"] == expected[:2]
    with pytest.raises(DataFileError, match=r"several tables \(t\.csv, t\.jsonl\)"):
        read(tmp_path)


def test_texts_about_files_stay_as_they_are(tmp_path):
    touched(tmp_path, "a.png")
    (tmp_path / "t.csv").write_text("text,label\na.png,x\nwhat a picture,y\n")
    assert read(tmp_path / "t.csv").columns["text"] == ["a.png", "what a picture"]


def test_files_that_are_not_there_are_named(tmp_path):
    table = read(captioned(tmp_path, each=2))
    (tmp_path / "images" / "red-left-0.png").unlink()
    (found,) = [f for f in audit(table, None, None, detect(table)) if "aren't there" in f.message]
    assert found.level == "warning" and "1 of 8 files" in found.message and "red-left-0.png" in found.message


def test_paths_in_python(tmp_path):
    table = from_python({"image": [tmp_path / f"{i}.png" for i in range(8)], "kind": ["a", "b"] * 4})
    assert table.columns["image"][0] == str(tmp_path / "0.png")
    found = detect(table)
    assert (found.architecture, found.task) == ("one-to-one", "classification")


@pytest.mark.parametrize(
    ("column", "cells", "task", "architecture"),
    [
        ("image", [1.5, 2.5, 3.5, 4.5] * 5, "regression", "one-to-one"),
        ("audio", [1.5, 2.5, 3.5, 4.5] * 5, "regression", "many-to-one"),
        ("notes", ["sad", "glad"] * 10, "classification", "many-to-one"),
        ("image", [["a"], ["a", "b"], [], ["b"]] * 5, "multilabel", "one-to-one"),
        ("image", [f"some text {i}" for i in range(20)], "captioning", "one-to-many"),
    ],
)
def test_what_is_told_of_files(column, cells, task, architecture):
    suffix = {"image": "png", "audio": "wav", "notes": "mid"}[column]
    found = detect(from_python({"y": cells, "x": [f"{i}.{suffix}" for i in range(20)]}))
    assert (found.task, found.architecture, found.inputs, found.output) == (task, architecture, ("x",), "y")


def test_files_of_the_same_content_in_two_parts(tmp_path):
    for part in ("train", "test"):
        class_folders(tmp_path / part, each=4)
    for name in ("0", "1"):  # what class_folders makes is the same for the same number
        (tmp_path / "test" / "red" / f"{name}.png").write_bytes(b"not in training" + name.encode())
    table = read(tmp_path)
    found = detect(table)
    parts = split(table, inputs=("image",), output="label", seed=0)
    whole = {f"{label}/{n}" for label in COLOURS for n in range(4)} - {"red/0", "red/1"}
    (leak, *_) = [f.message for f in audit(table.select(range(8, 16)), None, table.select(range(8)), found)]
    assert f"{len(whole)} of 8 test rows (75.0%) also stand in the training part, files with the same content" in leak
    assert parts.test is not None


def test_copies_of_a_picture_stay_on_one_side(tmp_path):
    class_folders(tmp_path, each=8)
    for label in COLOURS:
        for n in range(8):
            (tmp_path / label / f"copy{n}.png").write_bytes((tmp_path / label / f"{n}.png").read_bytes())
    parts = split(read(tmp_path), inputs=("image",), output="label", seed=0, fractions=(0.5, 0.25, 0.25))
    assert parts.test is not None
    sides = [
        {Path(path).read_bytes() for path in part.columns["image"]} for part in (parts.train, parts.valid, parts.test)
    ]
    assert all(len(side) for side in sides)
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_labels_in_names_differ(tmp_path):
    folder = touched(tmp_path, *(f"chorale_{i}.mid" for i in range(6)))
    assert read(folder).names == ["notes"]
    assert read(touched(tmp_path, *(f"waltz_{i}.mid" for i in range(6)))).names == ["notes", "label", "part_2"]


@pytest.mark.parametrize("listed", [False, True])
def test_clips_of_the_same_frames_stay_on_one_side(tmp_path, listed):
    rows = []
    for number in range(30):  # the frames follow from the seed: numbers come twice
        folder = clip(tmp_path / f"c{number}", "left", seed=number % 15).parent / f"c{number}"
        frames = [str(path) for path in sorted(folder.iterdir())]
        rows.append((frames if listed else f"{folder}/", f"a caption of number {number % 15}"))
    table = from_python({"clip": [clip for clip, _ in rows], "caption": [caption for _, caption in rows]})
    parts = split(table, inputs=("clip",), output="caption", seed=0, fractions=(0.5, 0.25, 0.25))
    assert parts.test is not None and parts.valid is not None
    sides = [set(part.columns["caption"]) for part in (parts.train, parts.valid, parts.test)]
    assert all(not one & other for one, other in combinations(sides, 2))
    twice = [f.message for f in audit(table.select(range(15)), None, table.select(range(15, 30)), detect(table))]
    assert any("15 of 15 test rows" in message and "files with the same content" in message for message in twice)


def test_tunes_of_the_same_content_in_two_parts(tmp_path):
    for number in range(20):
        pitches = [60 + (number % 10 + step) % 12 for step in range(9)]
        (tmp_path / f"{number:02d}.mid").write_bytes(midi(melody(pitches)))
    table = read(tmp_path)
    (leak, *_) = [f.message for f in audit(table.select(range(10)), None, table.select(range(10, 20)), detect(table))]
    assert "10 of 10 test rows (100.0%)" in leak and "with the same content" in leak


def test_a_folder_that_may_not_be_looked_into_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{i % 7},{i % 2}\n" for i in range(40)), encoding="utf-8")
    look = os.scandir

    def refused(folder: Path):
        if Path(folder).name == "mine":
            raise PermissionError(folder)
        return look(folder)

    monkeypatch.setattr(os, "scandir", refused)
    assert len(read(tmp_path / "a.csv")) == 40


def test_classes_that_are_called_as_folders_of_pictures_are_no_clips(tmp_path: Path):
    class_folders(tmp_path / "digits")
    names = sorted(path.name for path in (tmp_path / "digits").iterdir())
    rows = [f"a text of number {i},{names[i % len(names)]}" for i in range(60)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    table = read(tmp_path / "reviews.csv")
    assert table.columns["label"][:2] == names[:2] and detect(table).task == "classification"
