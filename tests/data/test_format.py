"""What is said of how files are written counts; else what was learned from comes first, where files allow it."""

from __future__ import annotations

import pytest

import elman
from elman.data.format import Format
from elman.data.readers import read, stream
from elman.errors import DataFileError, TaskError


def written(tmp_path, name, content, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


REVIEWS = [
    (f"ok, the {noun} number {i} was {'dull' if i % 3 else 'fine'}, all in all", "bad" if i % 3 else "good")
    for i, noun in enumerate(["room", "meal", "guide", "boat", "café"] * 12)
]


def test_a_delimiter_that_is_said(tmp_path):
    path = written(tmp_path, "a.csv", "a/b;c\n1/2;3\n4/5;6\n")
    assert read(path).columns == {"a/b": ["1/2", "4/5"], "c": [3, 6]}
    for said in ("/", "/"):
        assert read(path, delimiter=said).columns == {"a": [1, 4], "b;c": ["2;3", "5;6"]}
    for said in ("semicolon", ";"):
        assert read(path, delimiter=said).format == Format("utf-8", ";", True)


def test_a_header_that_is_said(tmp_path):
    path = written(tmp_path, "a.csv", "2019,2020\n1,2\n3,4\n")
    assert read(path, header=True).columns == {"2019": [1, 3], "2020": [2, 4]}
    assert read(path, header=False).columns == {"column_1": [2019, 1, 3], "column_2": [2020, 2, 4]}
    chunks = list(stream(path, 1, header=True))
    assert [chunk.columns["2019"] for chunk in chunks] == [[1], [3]]


def test_an_encoding_that_is_said(tmp_path):
    path = written(tmp_path, "a.csv", "текст,метка\nпривет,да\nпока,нет\n", "koi8-r")
    assert read(path, encoding="koi8-r").columns == {"текст": ["привет", "пока"], "метка": ["да", "нет"]}


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"encoding": "utf-99"}, "no encoding 'utf-99'.*--encoding"),
        ({"encoding": "hex"}, "no encoding 'hex'.*cp1251"),
        ({"delimiter": "ab"}, "can't end at 'ab'.*a sign"),
        ({"delimiter": "x"}, "can't end at 'x'"),
        ({"delimiter": '"'}, "can't end at '\"'"),
    ],
)
def test_what_there_is_not(tmp_path, choices, message):
    with pytest.raises(TaskError, match=message):
        read(written(tmp_path, "a.csv", "a,b\n1,2\n"), **choices)


def test_only_tables_have_delimiters(tmp_path):
    path = written(tmp_path, "a.jsonl", '{"a": 1}\n')
    with pytest.raises(DataFileError, match=r"a\.jsonl: is JSON lines, by its name: --delimiter and --header"):
        read(path, header=True)
    path = written(tmp_path, "a.txt", "one two\nthree four\n")
    assert read(path, delimiter="space", header=False).columns == {"column_1": ["one", "three"],
                                                                   "column_2": ["two", "four"]}  # fmt: skip


def test_one_row_is_read_as_what_was_learned_from(tmp_path):
    """Its commas are more than its one semicolon, and nothing in it tells a header from a row."""
    rows = "".join(f"{text};{label}\n" for text, label in REVIEWS)
    planned = elman.plan(written(tmp_path, "train.csv", f"review;mood\n{rows}"))
    columns = planned.data.columns
    assert columns.format == Format("utf-8", ";", True)
    one = written(tmp_path, "one.csv", "review;mood\nwell, the seat, was fine;good\n")
    assert columns.read(one).columns == {"review": ["well, the seat, was fine"], "mood": ["good"]}
    assert [table.columns["mood"] for table in columns.stream(one)] == [["good"]]
    only = written(tmp_path, "only.csv", "review\nwell the seat was fine\n")
    assert columns.read(only).columns == {"review": ["well the seat was fine"]}
    assert len(columns.read(only, header=False)) == 2


def test_other_parts_are_written_like_the_first(tmp_path):
    rows = "".join(f"{text};{label}\n" for text, label in REVIEWS)
    train = written(tmp_path, "train.csv", f"review;mood\n{rows}")
    valid = written(tmp_path, "valid.csv", "review;mood\nok, the boat was fine;good\n")
    test = written(tmp_path, "test.csv", "review;mood\nok, the room was dull;bad\n")
    data = elman.plan(train, valid=valid, test=test).data
    assert data.valid == (["ok, the boat was fine"], ["good"])
    assert data.held_out == (["ok, the room was dull"], ["bad"])


def test_a_model_keeps_it(tmp_path):
    rows = "".join(f"{text};{label}\n" for text, label in REVIEWS)
    path = written(tmp_path, "train.csv", f"review;mood\n{rows}", "cp1252")
    model = elman.fit(path, epochs=1, hidden_size=4, encoding="cp1252", to=tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert loaded.columns.format == model.columns.format == Format("cp1252", ";", True)
    one = written(tmp_path, "one.csv", "review\nwell, the seat, was fine\n")
    assert len(loaded.predict(one)) == 1
