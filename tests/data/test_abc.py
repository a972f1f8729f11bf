"""Tunes in ABC notation."""

from __future__ import annotations

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

BOOK = """% a book of tunes
Some words about it.

X:12
T:The First
M:3/4 % the metre stays in its line
K:G
%%MIDI program 1
d2B|A3c|
B2G:|

between two tunes
X: 13
T:The Second
K:D
f2d|
X:14
T:The Third
K:Am
e2c|"""
TUNES = [
    "X:1\nT:The First\nM:3/4 % the metre stays in its line\nK:G\nd2B|A3c|\nB2G:|",
    "X:1\nT:The Second\nK:D\nf2d|",
    "X:1\nT:The Third\nK:Am\ne2c|",
]


@pytest.mark.parametrize("name", ["book.abc", "book.txt", "book"])
def test_each_tune_is_a_row_with_its_fields(tmp_path, name):
    text = BOOK if name.endswith("abc") else BOOK[BOOK.index("X:12") :]
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read(tmp_path / name).columns == {"text": TUNES}


def test_a_folder_of_books_is_a_collection_and_not_a_class_for_each(tmp_path):
    for name in ("reels", "waltzes", "xmas"):
        (tmp_path / f"{name}.abc").write_text(BOOK.replace("The", name), encoding="utf-8")
    table = read(tmp_path)
    assert len(table) == 9 and table.names == ["text"]
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("language-model", ("text",), None)


def test_a_file_without_a_tune_is_refused(tmp_path):
    (tmp_path / "a.abc").write_text("a\nb\nc\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"holds no tune\. Expected ABC"):
        read(tmp_path / "a.abc")


def test_a_list_that_begins_so_is_no_music(tmp_path):
    (tmp_path / "x.txt").write_text("X: 1\nwe met them\nand left\n" * 9, encoding="utf-8")
    assert len(read(tmp_path / "x.txt")) == 27
