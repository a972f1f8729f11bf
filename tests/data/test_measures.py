"""Amounts in several units of one sort, and marks out of so many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elman.data.forms.columns import Choices, ColumnLook
from elman.data.forms.found import Forms
from elman.data.forms.measures import MarksForm, MeasureForm
from elman.data.readers import read
from elman.errors import TaskError


def form_of(cells: list[str], name: str = "x") -> Any:
    look = ColumnLook(name)
    look.look(cells)
    return look.form(Choices(), Choices())


@pytest.mark.parametrize(
    ("cells", "numbers", "unit"),
    [
        (["2h 30m", "45m", "0", "3h", "-1h 5m"], [150, 45, 0, 180, -65], "m"),
        (["1 hr. 5 min.", "45 min."], [65, 45], "min"),
        (["2 hours, 5 minutes and 3 seconds", "1 Hour", "-"], [7503, 3600, None], "seconds"),
        (["1 year", "3 weeks", "5 days", "2 years"], [365.2425, 21, 5, 730.485], "days"),
        (["10 days", "1 day"], [10, 1], "days"),
        (["2y 3m", "8m"], [27, 8], "m"),
        (["PT4M13S", "PT45S", "P1DT2H"], [253, 45, 93600], "s"),
        (["5'10\"", "6'1", "5' 11\""], [70, 73, 71], "inches"),
        (["5'30\"", "6'01\""], [330, 361], "seconds"),
        (["350 KB", "1.2 MB"], [350, 1200], "KB"),
        (["1,5 GB", "300 MB"], [1500, 300], "MB"),
        (["1 KiB", "1 MiB"], [1, 1024], "KiB"),
        (["₹ 45 Lac", "₹ 1.2 Cr"], [45, 120], "₹ Lac"),
        (["$1.2 million", "$350 thousand"], [1200, 350], "$ thousand"),
        (["2 lbs 4 oz", "11 oz"], [36, 11], "oz"),
        (["250 mm", "1.2 m"], [250, 1200], "mm"),
        (["950 MHz", "2.4 GHz"], [950, 2400], "MHz"),
    ],
)
def test_amounts_are_read_in_the_smallest_unit(cells: list[str], numbers: list[float | None], unit: str):
    form = form_of(cells)
    assert isinstance(form, MeasureForm) and form.describe().endswith(f"read in {unit}")
    assert [form.read(cell) for cell in cells] == pytest.approx(numbers)


@pytest.mark.parametrize(
    "cells",
    [
        ["1h 75m", "2h"],  # more minutes than an hour has
        ["30m 2h", "1h"],  # the smaller first
        ["CHF 2'000", "CHF 10'000"],  # Swiss thousands, and no feet
        ["1'050", "2'030"],
        ["3m", "1d", "6m"],  # months or minutes
        ["10d", "9h", "5s", "2c"],  # playing cards
        ["5 km", "3 kg"],
        ["$1.2 million", "€350 thousand"],
        ["3 hours ago", "2 days ago"],
        ["12B", "14A"],
        ["0", "0"],
        ["5m", "5M"],
        ["2h 30m", "late"],
    ],
)
def test_what_only_looks_like_amounts(cells: list[str]):
    assert not isinstance(form_of(cells), MeasureForm)


@pytest.mark.parametrize(
    ("cells", "numbers", "most"),
    [
        (["8/20", "13/20", "20/20", ""], [8, 13, 20, None], "20"),
        (["8.5 / 10", "9 / 10", "3 / 10"], [8.5, 9, 3], "10"),
        (["4.0 out of 5 stars", "3.0 out of 5 stars", "1.0 out of 5 stars"], [4, 3, 1], "5"),
    ],
)
def test_marks(cells: list[str], numbers: list[float | None], most: str):
    form = form_of(cells)
    assert isinstance(form, MarksForm) and form.most == most and [form.read(cell) for cell in cells] == numbers
    with pytest.raises(ValueError, match="7/9"):
        form.read("7/9")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("bp", ["120/80", "130/80", "110/80"]),  # more than the most
        ("odds", ["3/5", "4/7", "1/9"]),
        ("half", ["1/2", "2/2", "1/2"]),
        ("date", ["3/15", "5/15", "6/15"]),
        ("meter", ["2/4", "3/4", "4/4"]),
        ("valid", ["01/30", "02/30", "03/30"]),
    ],
)
def test_what_are_no_marks(name: str, cells: list[str]):
    assert not isinstance(form_of(cells, name), MarksForm)


@pytest.mark.parametrize(
    ("name", "cells", "numbers"),
    [
        ("age", ["3 m", "15 d"], [91.310625, 15]),
        ("pace", ["5'05\"", "4'11\""], [305, 251]),
        ("height", ["5'05\"", "4'11\""], [65, 59]),
        ("start minutes", ["5 m", "1 h"], [5, 60]),
    ],
)
def test_the_name_of_a_column_says_which_units_are_meant(name: str, cells: list[str], numbers: list[float]):
    form = form_of(cells, name)
    assert [form.read(cell) for cell in cells] == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("cells", "decimal", "numbers"),
    [
        (["1.500 g", "2 kg"], ",", [1500, 2000]),
        (["1.500 g", "2 kg"], ".", [1.5, 2000]),
        (["1,500 MB", "2 GB"], ".", [1500, 2000]),
        (["1,500 MB", "2 GB"], ",", [1.5, 2000]),
        (["1,500 MB", "2.5 GB"], None, [1500, 2500]),
        (["1.234,5 m", "2 km"], None, [1234.5, 2000]),
    ],
)
def test_the_sign_before_decimals_is_said_or_shown(cells: list[str], decimal: str | None, numbers: list[float]):
    look = ColumnLook("x")
    look.look(cells)
    form: Any = look.form(Choices(decimal=decimal), Choices())
    assert [form.read(cell) for cell in cells] == pytest.approx(numbers)


def test_a_sign_that_leaves_it_open_is_asked():
    with pytest.raises(TaskError, match=r"'1,500 MB'.*--decimal"):
        form_of(["1,500 MB", "2 GB"])


def test_times_of_day_beside_dates_are_one_time(tmp_path: Path):
    path = tmp_path / "x.csv"
    days = [f"2023-01-{day:02d},{hour:02d}:30,{day + hour / 9:.2f}" for day in range(1, 31) for hour in (0, 6, 12, 18)]
    path.write_text("\n".join(["Data,Tempo,vendas", *days]) + "\n", encoding="utf-8")
    assert read(path).columns["Data"][:2] == ["2023-01-01 00:30", "2023-01-01 06:30"]


def test_a_model_keeps_them(tmp_path: Path):
    forms = Forms({"a": MeasureForm("time", "m", "2h 5m", words=("-",)), "b": MarksForm("20", "8/20", whole=True)})
    assert Forms.from_json(forms.to_json()) == forms
    path = tmp_path / "x.csv"
    path.write_text("took,mark\n2h 5m,8/20\n45m,11/20\n1h,20/20\n", encoding="utf-8")
    assert read(path).columns == {"took": [125, 45, 60], "mark": [8, 11, 20]}


def test_lengths_of_time_beside_dates_are_read(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("Date,Avg Pace\n2024-01-01,5:30\n2024-01-03,6:02\n2024-01-09,5:58\n", encoding="utf-8")
    assert read(path).columns["Avg Pace"] == [330, 362, 358]
