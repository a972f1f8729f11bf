"""Tables in many files, as programs write them into folders."""

import json
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

duckdb = pytest.importorskip("duckdb")
TEXTS = "select i as place, 2019 + i % 3 as year, ['good', 'so, so'][1 + i % 2] as label, 'text no ' || i as text"


@pytest.fixture
def written():
    with duckdb.connect() as connection:
        connection.execute(f"create table t as {TEXTS} from range(90) r(i)")
        yield connection


def rows_of(table):
    return sorted(zip(*(map(str, table.columns[name]) for name in ("place", "year", "label", "text")), strict=True))


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_folders_that_say_what_columns_hold(tmp_path: Path, written, form):
    """As DuckDB, Spark and pandas write partitions; signs that a folder's name can't have are escaped."""
    whole, parts = tmp_path / f"whole.{form}", tmp_path / "parts"
    written.execute(f"copy t to '{whole}' (format {form})")
    written.execute(f"copy t to '{parts}' (format {form}, partition_by (year, label))")
    (parts / "_SUCCESS").write_text("")
    table = read(parts)
    assert rows_of(table) == rows_of(read(whole))
    assert any("its folders name year, label" in note for note in table.notes)
    found = detect(table)
    assert (found.task, found.output) == ("classification", "label") and "year" in found.inputs


def test_rows_without_a_value_and_folders_that_differ(tmp_path: Path):
    for name, text in (("year=2020", "a"), ("year=__HIVE_DEFAULT_PARTITION__", "b")):
        (tmp_path / "t" / name).mkdir(parents=True)
        (tmp_path / "t" / name / "part.csv").write_text(f"x,label\n1,{text}\n2,{text}\n")
    table = read(tmp_path / "t")
    assert table.columns["year"] == [2020, 2020, None, None] and table.columns["label"] == ["a", "a", "b", "b"]
    (tmp_path / "t" / "month=3").mkdir()
    (tmp_path / "t" / "month=3" / "part.csv").write_text("x,label\n1,a\n")
    with pytest.raises(
        DataFileError, match=r"name month, but those of part.csv name year|name year, but .* name month"
    ):
        read(tmp_path / "t")


@pytest.mark.parametrize("names", [("E=mc2", "F=ma"), ("sign=+", "sign=-")])
def test_folders_of_texts_are_classes_whatever_they_are_called(tmp_path: Path, names):
    for name in names:
        (tmp_path / "t" / name).mkdir(parents=True)
        for i in range(3):
            (tmp_path / "t" / name / f"{i}.txt").write_text(f"text {i}\nof two lines\n")
    table = read(tmp_path / "t")
    assert table.columns["text"][0] == "text 0\nof two lines" and table.columns["label"] == [
        *names[:1] * 3,
        *names[1:] * 3,
    ]


def test_parts_of_such_folders(tmp_path: Path, written):
    for part, rows in (("train", "place < 70"), ("test", "place >= 70")):
        copied = f"copy (select * from t where {rows}) to '{tmp_path / part}'"
        written.execute(f"{copied} (format parquet, partition_by (year, label))")
    table = read(tmp_path)
    written.execute(f"copy t to '{tmp_path / 'whole.csv'}'")
    assert rows_of(table) == rows_of(read(tmp_path / "whole.csv"))
    assert table.columns["split"] == ["train" if place < 70 else "test" for place in table.columns["place"]]


def test_a_value_that_is_called_as_parts_are(tmp_path: Path):
    for name in ("mode=train", "mode=bus"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.csv").write_text("x,y\n1,2\n3,4\n")
    table = read(tmp_path)
    assert table.names == ["x", "y", "mode"] and table.columns["mode"] == ["bus", "bus", "train", "train"]


def test_a_file_beside_the_folders_is_none_of_theirs(tmp_path: Path):
    for name in ("k=a/part.csv", "k=b/part.csv", "all.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x,y\n1,2\n3,4\n")
    with pytest.raises(DataFileError, match="name no column"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("first", "second", "beside"),
    [
        ("part-00000-e423.snappy.parquet", "part-00001-e423.snappy.parquet", ["_SUCCESS", "._SUCCESS.crc"]),
        ("part.0.parquet", "part.1.parquet", ["_metadata", "_common_metadata"]),
        ("part-00000-tid-1.csv", "part-00001-tid-1.csv", ["_SUCCESS", "_committed_123", "_started_123"]),
        ("part-00000-1.csv", "part-00002-1.csv", ["_SUCCESS", "part-00001-1.csv"]),
        ("sales.csv", "more.csv", ["~$sales.xlsx", "Thumbs.db", "desktop.ini", ".DS_Store", "._sales.csv"]),
    ],
)
def test_what_programs_leave_beside_data(tmp_path: Path, written, first, second, beside):
    folder = tmp_path / "folder"
    folder.mkdir()
    written.execute(f"copy (select * from t where place < 40) to '{folder / first}'")
    written.execute(f"copy (select * from t where place >= 40) to '{folder / second}'")
    for name in beside:
        (folder / name).write_bytes(b"" if name.startswith("part") else b"\x00\x01")
    whole = tmp_path / "whole.csv"
    written.execute(f"copy t to '{whole}'")
    assert rows_of(read(folder)) == rows_of(read(whole))


@pytest.mark.parametrize("below", ["", "data", "default"])
def test_parts_as_data_sets_of_hugging_face_have_them(tmp_path: Path, written, below):
    for part, rows in (("train", "place < 70"), ("test", "place >= 70")):
        where = tmp_path / "set" / below
        path = where / part / "0000.parquet" if below == "default" else where / f"{part}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        written.execute(f"copy (select text, label from t where {rows}) to '{path}'")
    (tmp_path / "set" / "README.md").write_text("---\nlicense: mit\n---\n")
    table = read(tmp_path / "set")
    places = [int(text.split()[-1]) for text in table.columns["text"]]
    assert sorted(places) == list(range(90))
    assert table.columns["split"] == ["train" if place < 70 else "test" for place in places]


def test_texts_in_one_subfolder_are_still_no_table(tmp_path: Path):
    (tmp_path / "texts" / "spam").mkdir(parents=True)
    (tmp_path / "texts" / "spam" / "one.txt").write_text("buy now\n")
    with pytest.raises(DataFileError, match="one subfolder"):
        read(tmp_path / "texts")


def test_tables_whose_logs_say_which_files_count(tmp_path: Path, written):
    """A deleted row may still stand in a file."""
    for name, inner in (("delta", "_delta_log"), ("hudi", ".hoodie"), ("ice", "metadata")):
        (tmp_path / name / inner).mkdir(parents=True)
        (tmp_path / name / "data").mkdir()
        where = tmp_path / name / "data" if name == "ice" else tmp_path / name
        written.execute(f"copy t to '{where / 'part-0.parquet'}'")
    (tmp_path / "delta" / "_delta_log" / "0.json").write_text(json.dumps({"remove": {"path": "part-0.parquet"}}))
    (tmp_path / "ice" / "metadata" / "00001-ab.metadata.json").write_text("{}")
    for name, program in (("delta", "Delta Lake"), ("hudi", "Hudi"), ("ice", "Iceberg")):
        with pytest.raises(DataFileError, match=f"is a table of {program}.*Write what does as one file"):
            read(tmp_path / name)


def test_what_says_that_a_document_is_open(tmp_path: Path):
    path = tmp_path / "~$budget.xlsx"
    path.write_bytes(b"\x05Peter" + b" " * 48 + b"\x05\x00P\x00e\x00t\x00e\x00r\x00")
    with pytest.raises(DataFileError, match=r"only says that budget\.xlsx is open"):
        read(path)


def test_bytes_that_are_no_text(tmp_path: Path):
    """Places as geographic programs store them; texts as older programs do, without saying so, are read."""
    path = tmp_path / "places.parquet"
    with duckdb.connect() as connection:
        made = "select 'place ' || i as name, i as rooms, unhex('0101000000' || lpad(hex(i), 32, 'E')) as geometry, "
        connection.execute(f"copy ({made} encode('text ' || i) as about from range(50) r(i)) to '{path}'")
        table = read(path)
        assert table.names == ["name", "rooms", "about"] and table.columns["about"][7] == "text 7"
        assert any("bytes that are no text were left out: geometry" in note for note in table.notes)
        connection.execute(f"copy (select geometry from '{path}') to '{tmp_path / 'alone.parquet'}'")
    with pytest.raises(DataFileError, match="nothing but bytes that are no text"):
        read(tmp_path / "alone.parquet")
