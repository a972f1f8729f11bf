"""Kinds of fault that hundreds of tables of public collections showed, each made anew."""

from __future__ import annotations

import numpy as np
import pytest

from elman.data.detect import detect
from elman.data.readers import from_python, read
from elman.errors import TaskError


@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n"])
def test_lines_that_end_with_returns_and_the_last_one_with_anything(tmp_path, end):
    rows = ["time,county", *(f"{165.5 + row},{'abc'[row % 3]}" for row in range(60))]
    (tmp_path / "bounce.csv").write_bytes(("\r".join(rows) + end).encode())
    found = read(tmp_path / "bounce.csv")
    assert found.columns["time"] == [165.5 + row for row in range(60)] and set(found.columns["county"]) == {*"abc"}


def test_returns_within_cells_are_no_ends_of_lines(tmp_path):
    (tmp_path / "x.csv").write_bytes(b'text,label\n"one\rtwo",a\n"three\rfour",b\n' * 1)
    assert read(tmp_path / "x.csv").columns["label"] == ["a", "b"]


def test_a_single_line_is_said_to_be_one_and_not_quoted_whole(tmp_path):
    (tmp_path / "article.txt").write_text("words " * 400, encoding="utf-8")
    with pytest.raises(TaskError, match="holds one row, or one line") as caught:
        detect(read(tmp_path / "article.txt"))
    assert len(str(caught.value)) < 400


def countries(years: int = 20) -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    names = [f"{first}land{second}" for first in "ABCDEFGHIJ" for second in "abc"]
    return {
        "country": [name for name in names for _ in range(years)],
        "iso3": [name[0] + "LN" + name[-1].upper() for name in names for _ in range(years)],
        "iso2": [name[0] + name[-1].upper() for name in names for _ in range(years)],
        "year": [2000 + year for _ in names for year in range(years)],
        "gdp": [value for _ in names for value in rng.normal(size=years).cumsum().tolist()],
    }


def test_codes_of_sequences_are_their_names_and_no_texts_to_translate():
    found = detect(from_python(countries()))
    assert (found.task, found.inputs, found.sequences) == ("forecasting", ("gdp",), "country")
    assert {found.columns[name] for name in ("iso2", "iso3") if name in found.columns} <= {"sequence-name"}


def test_whoever_acts_is_no_step_though_they_are_numbered():
    rng = np.random.default_rng(1)
    columns = {
        "subject": [*range(1, 21)] * 3,
        "attention": (["divided"] * 10 + ["focused"] * 10) * 3,
        "solutions": [1] * 20 + [2] * 20 + [3] * 20,
        "score": rng.integers(0, 9, 60).tolist(),
    }
    assert detect(from_python(columns)).order is None


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (np.random.default_rng(2).permutation(400), "id"),
        (np.sort(np.random.default_rng(3).choice(500, 400, replace=False)), "id"),
        (np.random.default_rng(4).choice(100_000, 400, replace=False), "number"),
        (np.arange(400) * 10, "number"),
    ],
)
def test_numbers_without_a_name_of_rows_that_were_drawn_or_shuffled_are_names(numbers, kind):
    label = ["ab"[row * row % 7 % 2] for row in range(400)]
    values = np.random.default_rng(5).normal(size=400).tolist()
    table = from_python({"column_1": numbers.tolist(), "size": values, "label": label})
    assert table.profiles["column_1"].kind.name == kind


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("InvoiceNo", ["{}", "C{}"], "id"),
        ("bill_nr", ["{}", "B{}"], "id"),
        ("no", ["hus{}", "båt{}"], "text"),
        ("nr", ["{} 1 4", "{} 2"], "text"),
        ("ticket", ["PC {} of them", "a {} more"], "text"),
    ],
)
def test_codes_are_single_words_under_a_name_that_is_no_language(name, cells, kind):
    values = [cells[row % len(cells)].format(536_000 + row) for row in range(60)]
    assert from_python({name: values, "x": [float(row) for row in range(60)]}).profiles[name].kind.name == kind
