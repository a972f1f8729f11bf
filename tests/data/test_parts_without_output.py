"""Folders as competitions lay them out, where what is to be predicted has no output; and lists of files and labels."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

ROWS = [(i, f"a text {i * 7919 % 97} {i}", "ab"[i % 2]) for i in range(60)]
TRAIN = "id,text,target\n" + "".join(f"{i},{text},{label}\n" for i, text, label in ROWS)
TEST = "id,text\n" + "".join(f"{i},{text}\n" for i, text, _ in ROWS[:9])


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_to_be_predicted_is_left_out(tmp_path: Path, packed: bool):
    files = {"train.csv": TRAIN, "test.csv": TEST, "sample_submission.csv": "id,target\n1,a\n"}
    if packed:
        folder = tmp_path / "all.zip"
        with zipfile.ZipFile(folder, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        (folder := tmp_path / "all").mkdir()
        for name, content in files.items():
            (folder / name).write_text(content)
    table = read(folder)
    assert len(table) == len(ROWS) and "split" not in table.names
    assert any(note.startswith("test.csv lacks columns") for note in table.notes)
    assert detect(table).output == "target"


def test_what_is_to_be_predicted_lies_in_a_subfolder(tmp_path: Path):
    for part, content in (("train", TRAIN), ("test", TEST)):
        (tmp_path / part).mkdir()
        (tmp_path / part / "part-0.csv").write_text(content)
    table = read(tmp_path)
    assert len(table) == len(ROWS) and "split" not in table.names
    assert any(note.startswith(str(Path("test", "part-0.csv"))) for note in table.notes)


def test_parts_of_other_columns_are_refused_still(tmp_path: Path):
    (tmp_path / "train.csv").write_text(TRAIN)
    (tmp_path / "test.csv").write_text(TEST.replace("text\n", "words\n", 1))
    with pytest.raises(DataFileError, match="has other columns"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["labels.txt", "list.lst"])
def test_a_list_of_files_and_their_labels(tmp_path: Path, name: str):
    for i, text, _ in ROWS:
        (tmp_path / f"{i:04d}.txt").write_text(text)
    (tmp_path / name).write_text("".join(f"{i:04d}.txt {label}\n" for i, _, label in ROWS))
    table = read(tmp_path)
    assert table.columns["text"][3] == ROWS[3][1] and table.columns["label"][:2] == ["a", "b"]
    assert detect(table).task == "classification"


def test_files_of_several_beginnings_in_one_list(tmp_path: Path):
    """The Brown corpus: those that are called alike were taken, which all had one label."""
    for i, text, label in ROWS:
        (tmp_path / f"c{label}{i:02d}").write_text(text)
    (tmp_path / "cats.txt").write_text("".join(f"c{label}{i:02d} {label}\n" for i, _, label in ROWS))
    table = read(tmp_path)
    assert len(table) == len(ROWS) and set(table.columns["label"]) == {label for _, _, label in ROWS}
    assert detect(table).task == "classification"
