"""Folders of texts whose files are no classes: chapters, sentences with tags, several data sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

SENTENCES = ["the/DT dog/NN sees/VB a/DT cat/NN ./.", "a/DT bird/NN sings/VB ./.", "the/DT cat/NN sleeps/VB ./."] * 5


def folder_of(folder: Path, files: dict[str, list[str]]) -> Path:
    for name, lines in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_files_of_tagged_words_are_read_one_after_another(tmp_path: Path):
    table = read(folder_of(tmp_path, {"ca01": SENTENCES, "cb01": SENTENCES, "news": SENTENCES}))
    assert (table.names, len(table), detect(table).task) == (["token", "tag"], 45, "tagging")


@pytest.mark.parametrize(("count", "layout"), [(12, "text"), (5, "folder")])
def test_many_numbered_texts_are_one_after_another(tmp_path: Path, count: int, layout: str):
    lines = {f"chapter{i}.txt": [f"This is line {j} of chapter {i}." for j in range(9)] for i in range(1, count + 1)}
    table = read(folder_of(tmp_path, lines))
    assert table.layout == layout
    if layout == "text":  # by number, and not by name: 2 before 10
        assert table.column("text")[9] == "This is line 0 of chapter 2."
        assert any("numbers alone tell their names apart" in note for note in table.notes)


def test_several_data_sets_with_other_files_among_them_are_no_classes(tmp_path: Path):
    parts = {f"{name}/{part}.txt": ["a text", "b text"] for name in ("hate", "irony") for part in ("train", "test")}
    folder_of(tmp_path, {**parts, "hate/mapping.txt": ["0 no", "1 yes"]})
    with pytest.raises(DataFileError, match=r"holds several data sets \(hate, irony\)"):
        read(tmp_path)


def test_the_number_of_a_pronunciation_is_no_phone(tmp_path: Path):
    words = ["NO", "NOT", "ON", "TON", "TOE", "NOTE", "TONE", "ONE", "EON", "TEN", "NET", "TOT"]
    lines = [f"{a}{b} {1 + (a == b)} {' '.join(a + b)}" for a in words for b in words[:4]]
    (tmp_path / "cmudict").write_text("\n".join(lines), encoding="utf-8")
    table = read(tmp_path / "cmudict")
    assert (table.names, table.column("phones")[0]) == (["word", "phones"], "N O N O")


@pytest.mark.parametrize("sign", [",", "\t"])
def test_copies_of_rows_are_refused_with_what_leaves_them_out(tmp_path: Path, sign: str):
    rows = [f"2021-01-{i + 1:02d}{sign}{100 + i * i % 7}" for i in range(28)]
    path = folder_of(tmp_path, {"a.csv": [f"day{sign}n", *rows[:9], rows[8], *rows[9:]]}) / "a.csv"
    with pytest.raises(DataFileError, match=r"a\.csv:11: .* comes again .*copy of the row above") as raised:
        detect(read(path))
    command = str(raised.value).split("row above; ")[1].split(" keeps each")[0]
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    assert len(read(tmp_path / "a.once.csv")) == 28


def test_two_values_at_one_time_are_no_copies(tmp_path: Path):
    rows = [f"2021-01-{i + 1:02d},{100 + i * i % 7}" for i in range(28)]
    path = folder_of(tmp_path, {"a.csv": ["day,n", *rows[:9], "2021-01-09,7", *rows[9:]]}) / "a.csv"
    with pytest.raises(DataFileError, match=r"comes again") as raised:
        detect(read(path))
    assert "copy" not in str(raised.value)
