"""Readers say which files they take; those of other packages are asked like Elman's own."""

from __future__ import annotations

import pytest

from elman.data.readers import read, reader
from elman.data.readers.source import Source
from elman.errors import DataFileError, PluginError
from elman.plugins import Registry

FASTA = """
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source

def records(files):
    for file in files:
        name, letters = None, []
        for line in [*file.lines(), ">"]:
            if line.startswith(">"):
                if name is not None:
                    yield name, "".join(letters)
                name, letters = line[1:].strip(), []
            else:
                letters.append(line.strip())

READER = Reader(
    "fasta",
    "FASTA",
    lambda files: Source(["name", "protein"], lambda: records(files), "table"),
    suffixes=frozenset({".fasta"}),
    recognises=lambda lines: lines[0].startswith(">"),
)
"""
RECORDS = ">one\nMKV\nLA\n>two\nMAA\n"


@pytest.fixture
def fasta(installed, monkeypatch):
    installed("elman.readers", "elman-fasta", {"fasta": "READER"}, FASTA)
    ours = reader.READERS
    monkeypatch.setattr(reader, "READERS", Registry(ours.group, ours.what, ours.ours, ours.base))


@pytest.mark.parametrize("name", ["a.fasta", "a.FASTA", "a", "a.txt"])
def test_a_reader_of_another_package_by_name_or_by_content(tmp_path, fasta, name):
    (tmp_path / name).write_text(RECORDS)
    table = read(tmp_path / name)
    assert table.columns == {"name": ["one", "two"], "protein": ["MKVLA", "MAA"]}


@pytest.mark.parametrize("name", ["a.strokes.jsonl", "A.Strokes.JSONL.gz"])
def test_of_endings_that_fit_the_longest_proposes(name):
    strokes = reader.Reader(
        "strokes",
        "strokes",
        lambda files: Source([], lambda: iter(()), "table"),
        suffixes=frozenset({".strokes.jsonl"}),
    )
    readers = [*reader.READERS.values(), strokes]
    assert reader.proposed_by(name, readers) == [strokes]
    assert [one.name for one in reader.proposed_by("a.jsonl", readers)] == ["jsonl"]
    assert reader.proposed_by("a.strokes", readers) == reader.proposed_by("a", readers) == []


def test_a_folder_of_its_files_is_one_data_set(tmp_path, fasta):
    folder = tmp_path / "proteins"
    folder.mkdir()
    (folder / "a_train.fasta").write_text(RECORDS)
    (folder / "a_test.fasta").write_text(RECORDS)
    assert read(folder).columns["split"] == ["test"] * 2 + ["train"] * 2


def test_formats_are_named_where_they_differ(tmp_path, fasta):
    (tmp_path / "a.fasta").write_text(RECORDS)
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match=r"a\.fasta: FASTA; b\.csv: a table \(CSV or TSV\)"):
        read([tmp_path / "a.fasta", tmp_path / "b.csv"])


def test_without_the_package_such_a_file_is_text(tmp_path):
    (tmp_path / "a.fasta").write_text(RECORDS)
    assert read(tmp_path / "a.fasta").names == ["text"]


def test_a_reader_under_one_of_our_names(tmp_path, installed, monkeypatch):
    installed("elman.readers", "elman-tables", {"table": "READER"}, FASTA)
    ours = reader.READERS
    monkeypatch.setattr(reader, "READERS", Registry(ours.group, ours.what, ours.ours, ours.base))
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(PluginError, match="'elman-tables' brings a reader called 'table'"):
        read(tmp_path / "a.csv")
