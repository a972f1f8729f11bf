"""What stands in Python's containers: missing values in all their forms, NumPy's scalars, dates."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from elman.data.missing import present
from elman.data.readers import as_table, from_python, read
from elman.data.readers.python import cell
from elman.errors import DataFileError, TaskError

MISSING = [
    None,
    math.nan,
    np.nan,
    np.float32("nan"),
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    np.timedelta64("NaT"),
    decimal.Decimal("NaN"),
    decimal.Decimal("sNaN"),
    np.ma.masked,
]


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_what_is_missing_is_never_text(missing):
    assert cell(missing) is None
    assert from_python({"text": ["a", missing]}).columns == {"text": ["a", None]}
    assert from_python([{"text": "a"}, {"text": missing}]).columns == {"text": ["a", None]}
    assert from_python((["a", missing], [missing, 1])).columns == {"input": ["a", None], "output": [None, 1]}
    assert from_python(["a", missing, "b"]).columns == {"text": ["a", None, "b"]}
    assert cell([1.5, missing, [missing]]) == [1.5, None, [None]]


@pytest.mark.parametrize("kind", [None, "string", "str", "category", object])
def test_texts_of_pandas(kind):
    texts = pd.Series(["a", None, "nan"], dtype=kind)
    table = from_python(pd.DataFrame({"text": texts, "n": pd.Series([1, None, 3], dtype="Int64")}))
    assert table.columns == {"text": ["a", None, "nan"], "n": [1, None, 3]}
    assert from_python(texts).columns == {"text": ["a", None, "nan"]}


def test_tables_of_arrow():
    table = pa.table({"text": ["a", None], "x": [math.nan, 1.5], "tags": [["p", None], None]})
    assert from_python(table).columns == {"text": ["a", None], "x": [None, 1.5], "tags": [["p", None], None]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.str_("x"), "x"),
        (np.bool_(True), True),
        (np.int8(-3), -3),
        (np.float16(1.5), 1.5),
        (np.datetime64("2020-01-31T12:00", "ns"), "2020-01-31 12:00:00"),
        (np.datetime64("2020-01-31"), "2020-01-31"),
        (np.timedelta64(90, "m"), 5400.0),
        (datetime.timedelta(hours=1), 3600.0),
        (datetime.date(2020, 1, 31), "2020-01-31"),
        (pd.Timestamp("2020-01-31 12:00"), "2020-01-31T12:00:00"),
        (decimal.Decimal("1.25"), 1.25),
        (np.array([[1, np.nan]]), [[1, None]]),
        (np.array(["2020-01-31", "NaT"], "datetime64[D]"), ["2020-01-31", None]),
        ((1, "a"), [1, "a"]),
    ],
    ids=repr,
)
def test_values(value, expected):
    found = cell(value)
    assert found == expected and type(found) is type(expected)


def test_what_is_no_cell():
    with pytest.raises(TaskError, match="a cell holds Fraction"):
        cell(Fraction(1, 2))
    with pytest.raises(TaskError, match="can't read list as data"):
        from_python([None, math.nan])  # type: ignore[list-item]


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_inputs_to_predict_from(missing):
    assert present(missing) is None and present(("a", missing)) == ("a", None)
    array = np.array([1.0, np.nan])
    assert present(array) is array and present("nan") == "nan" and present(0.0) == 0.0


SPANS = [{"text": f"Ann {i} saw Rome", "entities": [{"start": 0, "end": 3, "label": "PER"}]} for i in range(9)]
SAID = [[{"from": "human", "value": f"hi {i}"}, {"from": "gpt", "value": f"yes {i}"}] for i in range(9)]
WORDS = pd.DataFrame({"Sentence #": [1, 1, 2, 2, 2], "Word": list("abcde"), "Tag": ["O", "B-X", "O", "O", "B-X"]})
NESTED = [{"meta": {"lang": "en", "at": {"n": i}}, "steps": [{"x": i, "y": None}, {"x": 2}]} for i in range(3)]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (SPANS, {"text": ["Ann", "0", "saw", "Rome"], "tags": ["B-PER", "O", "O", "O"]}),
        (pd.DataFrame({"conversations": SAID}), {"input": "hi 0", "output": "yes 0"}),
        ({"conversations": SAID, "n": range(9)}, {"input": "hi 0", "output": "yes 0", "n": 0}),
        (WORDS, {"Word": ["a", "b"], "Tag": ["O", "B-X"]}),
        (NESTED, {"meta.lang": "en", "meta.at.n": 0, "steps.x": [0, 2], "steps.y": [None, None]}),
        ([{"a": {}}, {"a": {"b": 1}}, {}], {"a": "{}", "a.b": None}),
    ],
    ids=["spans", "conversations", "conversations by columns", "words", "nested", "sometimes"],
)
def test_dicts_in_cells_are_what_objects_are_in_json(data, wanted, tmp_path):
    found = as_table(data)
    assert {name: found.columns[name][0] for name in found.names} == wanted
    if isinstance(data, list):
        (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
        assert read(tmp_path / "a.jsonl").columns == found.columns


def test_spans_that_do_not_fit_are_named_by_their_row():
    with pytest.raises(DataFileError, match="row 10: the span PER from 0 to 90 isn't within the text"):
        as_table([*SPANS, {"text": "Ann", "entities": [{"start": 0, "end": 90, "label": "PER"}]}])


DAYS = pd.date_range("2021-02-01", periods=4)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (DAYS, {"time": [day.isoformat() for day in DAYS]}),
        (DAYS.rename("day"), {"day": [day.isoformat() for day in DAYS]}),
        (pd.period_range("2021-02", periods=4, freq="M"), {"time": [f"2021-0{m}-01T00:00:00" for m in range(2, 6)]}),
        (
            pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["shop", None]),
            {"shop": [*"aabb"], "level_1": [1, 2] * 2},
        ),
        (pd.Index(["p", "q", "r", "s"], name="who"), {"who": [*"pqrs"]}),
        (pd.Index([7, 3, 5, 1]), {}),  # where rows stood
        (pd.Index([7, 3, 5, 1], name="x"), {}),
        (None, {}),
    ],
)
def test_an_index_of_pandas_that_says_something_is_read(index: pd.Index | None, expected: dict[str, list[object]]):
    frame = pd.DataFrame({"x": [7, 3, 5, 1]}, index=index)
    assert from_python(frame).columns == {**expected, "x": [7, 3, 5, 1]}
    if "x" not in (index.names if index is not None else ()):
        assert from_python(frame["x"]).columns == {**expected, "x": [7, 3, 5, 1]}


def test_columns_of_pandas_of_one_name_and_of_several_levels():
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"])
    assert from_python(frame).columns == {"x": [1, 3], "x_2": [2, 4]}
    frame.columns = pd.MultiIndex.from_product([["AAPL"], ["Open", ""]])
    assert from_python(frame).columns == {"AAPL.Open": [1, 3], "AAPL": [2, 4]}


def test_pairs_one_by_one_and_classes_in_columns():
    assert from_python([("a", 1), ("b", 2)]).columns == {"input": ["a", "b"], "output": [1, 2]}
    x = np.zeros((4, 3, 2))
    assert from_python((x, np.array([[1], [0], [2], [1]]))).columns["output"] == [1, 0, 2, 1]
    assert from_python((x, np.eye(3)[[0, 1, 2, 0]])).columns["output"][0] == [1.0, 0.0, 0.0]  # tags of the steps
    with pytest.raises(TaskError, match=r"one-hot: each row of 4 numbers.*outputs\.argmax\(1\)"):
        from_python((x, np.eye(4)))
    assert from_python((x, np.eye(4) + 1)).columns["output"][0] == [2.0, 1.0, 1.0, 1.0]


def test_sets_are_lists_in_order():
    assert from_python([{"labels": {"b", "a"}}]).columns == {"labels": [["a", "b"]]}
