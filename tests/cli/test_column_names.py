"""Columns whose names hold commas, quotes and blanks, from a file to the answers of a model that was read again."""

from __future__ import annotations

import csv
import json

import pytest
from commands import elman

import elman as main
from elman.cli.train import as_argument, can_be_typed
from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import TaskError
from elman.kinds import RowKind, TextKind, VectorKind

LENGTH, WIDTH, KIND = "Length, cm", ' Width, "outer" ', "kind; by a, b or c"
TINY = ("--epochs", "2", "--hidden", "8")


def written(path, rows):
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


@pytest.fixture
def values(tmp_path):
    """Two numbers and a label, under names that can't be told from lists of names."""
    rows = [[1 + i % 7 + 0.1 * (i % 2), 2 + i % 5 + 0.3 * (i % 3), "ab"[i % 2]] for i in range(120)]
    return written(tmp_path / "v.csv", [[LENGTH, WIDTH, KIND], *rows])


@pytest.fixture
def texts(tmp_path):
    rows = [[f"{'good' if i % 2 else 'bad'} film number {i}", "pn"[i % 2]] for i in range(120)]
    return written(tmp_path / "t.csv", [["text, as written", "label"], *rows])


def test_a_row_of_values_end_to_end(values, tmp_path):
    found = json.loads(elman("detect", values, "--json").out)
    assert (found["task"], found["inputs"], found["output"]) == ("classification", read(values).names[:2], KIND)
    made = elman("train", values, "--to", tmp_path / "m", *TINY)
    assert made.code == 0, made.err
    answers = tmp_path / "answers.csv"
    assert elman("predict", tmp_path / "m", "--file", values, "--to", answers).code == 0
    with answers.open(newline="") as file:
        first, *others = csv.reader(file)
    assert first == [*read(values).names[:2], "prediction", "probability"] and len(others) == 120
    assert elman("evaluate", tmp_path / "m", values).code == 0
    model = main.load(tmp_path / "m")
    assert model.detection == detect(read(values)) and model.detection.inputs == tuple(read(values).names[:2])
    assert [answer.value for answer in model.predict([(1.0, 2.0), (7.1, 6.0)])]
    assert model.predict(values)[0].value == others[0][2]


def test_a_text_end_to_end(texts, tmp_path):
    made = elman("train", texts, "--input", "text, as written", "--to", tmp_path / "m", *TINY)
    assert made.code == 0, made.err
    model = main.load(tmp_path / "m")
    assert model.detection.inputs == ("text, as written",)
    assert len(model.predict(texts)) == 120 == model.evaluate(texts).rows
    assert "text, as written" in (tmp_path / "m" / "README.md").read_text()


def test_sequences_in_columns_with_commas():
    steps = [[(i * t % 11) / 3 for t in range(5)] for i in range(40)]
    columns = {"a, left": steps, "a, right": steps[::-1], "what": ["x", "y"] * 20}
    model = main.fit(columns, input=["a, left", "a, right"], output="what", epochs=1, hidden_size=8)
    assert model.detection.inputs == ("a, left", "a, right")
    assert model.evaluate(columns).rows == 40 == len(model.predict(columns))


def test_input_may_be_repeated_or_hold_commas(values, tmp_path):
    plain = written(tmp_path / "p.csv", [["a", "b", "c"], *([i / 3, i % 7 / 3, "uv"[i % 2]] for i in range(60))])
    for flags in (["--input", "a,b"], ["--input", "a, b"], ["--input", "a", "--input", "b"]):
        found = json.loads(elman("detect", plain, *flags, "--output", "c", "--json").out)
        assert found["inputs"] == ["a", "b"]
    found = json.loads(elman("detect", values, "--input", LENGTH, "--output", KIND, "--json").out)
    assert found["inputs"] == [LENGTH]
    unknown = elman("detect", plain, "--input", "a,d")
    assert unknown.code == 2 and "'a,d'" in unknown.err and "'d'" in unknown.err and "--input" in unknown.err


def test_in_python_a_name_is_one_column():
    columns = {"a": [i / 3 for i in range(40)], "b": [i / 7 for i in range(40)], "c": ["u", "v"] * 20}
    assert main.fit(columns, input=["a", "b"], output="c", epochs=1).detection.inputs == ("a", "b")
    with pytest.raises(TaskError, match="no column 'a,b'"):
        main.fit(columns, input="a,b", output="c")


@pytest.mark.parametrize("row", [("a", "1.5"), ("one, two", "3"), ('say "so"', "x"), ("", "4")])
def test_the_row_that_is_suggested_to_try_reads_back(row):
    assert RowKind.typed(as_argument(row), ["a", "b"]) == row


def test_lists_of_lists_are_suggested_only_where_their_kind_takes_them_apart():
    strokes = [[0.5, -1], [2, 3.25]]
    assert as_argument(strokes) == "0.5,-1 2,3.25"
    assert VectorKind.typed(as_argument(strokes), ["x"]) == [["0.5", "-1"], ["2", "3.25"]]
    assert can_be_typed(strokes, VectorKind(), ["x"])
    assert not can_be_typed(strokes, TextKind(), ["x"])  # which takes what was typed as it is
    assert can_be_typed(["a", "b c"], TextKind(), ["x"]) and can_be_typed(("a", 1), RowKind(), ["x", "y"])
