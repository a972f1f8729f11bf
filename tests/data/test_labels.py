"""Labels in a table of their own, joined to the files that they are about."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from elman.data.detect import detect
from elman.data.readers import labels, read
from elman.errors import DataFileError
from pictures import save


def recordings(folder, count=12, name="x_{}.csv"):
    folder.mkdir(exist_ok=True)
    rng = random.Random(0)
    for i in range(1, count + 1):
        rows = "".join(f"{rng.gauss(i % 2, 1):.3f},{rng.gauss(0, 1):.3f}\n" for _ in range(5 + i % 3))
        (folder / name.format(i)).write_text("left,right\n" + rows)


def table(path, rows, header="id,class"):
    path.write_text(header + "\n" + "".join(f"{key},{label}\n" for key, label in rows))
    return path


@pytest.mark.parametrize(
    "key", ["{}", "x_{}", "x_{}.csv", "recordings/x_{}.csv", "{}.0"], ids=["number", "stem", "name", "path", "float"]
)
def test_recordings_in_a_subfolder(tmp_path, key):
    recordings(tmp_path / "recordings")
    table(tmp_path / "target.csv", [(key.format(i), "ab"[i % 2]) for i in range(12, 0, -1)])
    found = read(tmp_path)
    assert found.names == ["left", "right", "class"] and found.layout == "sequences"
    assert found.files[0][0].endswith("x_12.csv")
    first = [found.columns["class"][i] for i in starts(found)]
    by_file = dict(zip((path[-6:] for path, _ in found.files), first, strict=True))
    assert by_file["_2.csv"] == "a" and by_file["_3.csv"] == "b"
    assert any("labels are from target.csv, whose column 'id' gives the" in note for note in found.notes)
    detection = detect(found)
    assert (detection.task, detection.output) == ("classification", "class")


def starts(found):
    at = 0
    for _, count in found.files:
        yield at
        at += count


def test_recordings_beside_their_table(tmp_path):
    recordings(tmp_path)
    table(tmp_path / "labels.csv", [(i, "ab"[i % 2]) for i in range(1, 13)], "#sequence_ID, class_label")
    found = read(tmp_path)
    assert len(found.files) == 12 and len(set(found.columns[found.names[-1]])) == 2


@pytest.mark.parametrize("key", ["{}", "p{}", "p{}.png"])
def test_pictures(tmp_path, key):
    for i in range(6):
        save(np.full((4, 4, 3), 40 * i, np.uint8), tmp_path / f"p{i}.png")
    table(tmp_path / "about.csv", [(key.format(i), "ab"[i % 2]) for i in range(6)])
    found = read(tmp_path)
    assert found.columns["class"] == list("ababab")
    column = "id" if key.endswith(".png") else "image"
    assert found.columns[column] == [str(tmp_path / f"p{i}.png") for i in range(6)]


def test_arrays_and_texts(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "t").mkdir()
    for i in range(5):
        np.save(tmp_path / "a" / f"r{i}.npy", np.ones((3, 2)) * i)
        (tmp_path / "t" / f"t{i}.txt").write_text(f"a text {i}\nof two lines")
    labels = table(tmp_path / "l.csv", [(i, "ab"[i % 2]) for i in range(5)])
    found = read(tmp_path / "a", labels=str(labels))
    assert found.columns["sequence"][4][0] == [4, 4] and found.columns["class"] == list("ababa")
    found = read(tmp_path / "t", labels=str(labels))
    assert found.columns["text"][1] == "a text 1\nof two lines" and found.columns["class"] == list("ababa")


def test_rows_and_files_that_stand_alone_are_named(tmp_path):
    recordings(tmp_path / "r", 8)
    labels = table(tmp_path / "l.csv", [(i, "ab"[i % 2]) for i in (1, 2, 3, 4, 5, 6, 99)])
    notes = read(tmp_path / "r", labels=str(labels)).notes
    assert "files without a row in l.csv, which were left out: 2 (x_7.csv, x_8.csv)" in notes
    assert "rows of l.csv without a file, which were left out: 1 (99)" in notes


def test_a_table_that_names_no_file(tmp_path):
    recordings(tmp_path / "r", 4)
    labels = table(tmp_path / "l.csv", [("anna", 1), ("ben", 2), ("cleo", 1), ("dan", 1)])
    with pytest.raises(
        DataFileError, match=r"l\.csv: doesn't name the files .* x_1\.csv, .* id: anna, ben.*class: 1, 2"
    ):
        read(tmp_path / "r", labels=str(labels))
    with pytest.raises(DataFileError, match="no such file"):
        read(tmp_path / "r", labels=str(tmp_path / "m.csv"))


def test_tables_that_happen_to_lie_together_are_no_labels(tmp_path):
    for year in (2019, 2020, 2021):
        (tmp_path / f"sales_{year}.csv").write_text("day,sold\n1,2.5\n2,3.5\n")
    (tmp_path / "shops.csv").write_text("shop,size\nnorth,1\nsouth,2\n")
    with pytest.raises(DataFileError, match="has other columns"):
        read(tmp_path)


def test_what_else_lies_in_the_folder_is_no_recording(tmp_path, monkeypatch):
    recordings(tmp_path / "r")
    labels = table(tmp_path / "r" / "labels.csv", [(i, "ab"[i % 2]) for i in range(1, 13)])
    (tmp_path / "r" / "notes.txt").write_text("of 2019")
    monkeypatch.chdir(tmp_path)
    assert len(read("r", labels=str(labels)).files) == 12  # here by another path


def test_each_file_of_a_folder_is_looked_at_a_few_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However many there are: looking through all of them for each took hours of twenty thousand."""
    for number in range(40):
        (tmp_path / f"{number % 2}_{number}.wav").write_bytes(b"")
    looks: list[int] = []
    monkeypatch.setattr(labels, "table_suffixes", lambda: looks.append(1) or frozenset({".csv"}))
    assert not list(labels.candidates(tmp_path))
    assert len(looks) < 4


def test_a_table_alone_has_no_labels_apart(tmp_path):
    (tmp_path / "t.csv").write_text("text,label\na,x\nb,y\n")
    with pytest.raises(DataFileError, match="is the table of labels itself"):
        read(tmp_path / "t.csv", labels=str(tmp_path / "t.csv"))
