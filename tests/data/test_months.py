"""A row for each year and a column for each month are one series."""

from __future__ import annotations

import calendar
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.readers import as_table, read
from elman.dataset import DataSet
from sheets import xlsx

MONTHS = list(calendar.month_abbr)[1:]
NUMBERS = np.random.default_rng(0).normal(50, 9, (30, 12)).round(2)
FRAME = pd.DataFrame(NUMBERS, columns=MONTHS)
FRAME.insert(0, "Year", range(1990, 2020))
WANTED = {
    "month": [f"{year}-{month:02d}" for year in FRAME["Year"] for month in range(1, 13)],
    "value": NUMBERS.ravel().tolist(),
}


def test_months_follow_each_other(tmp_path: Path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    FRAME.rename(columns=str.upper).assign(ANNUAL=NUMBERS.sum(1)).to_csv(tmp_path / "b.csv", index=False)
    xlsx(tmp_path / "a.xlsx", {"S": [list(FRAME), *FRAME.astype(object).to_numpy().tolist()]})
    FRAME.set_axis(
        ["Jahr", *["Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sept", "Okt", "Nov", "Dez"]], axis=1
    ).to_csv(tmp_path / "c.csv", index=False, sep=";", decimal=",")
    (tmp_path / "r.txt").write_text(FRAME.set_index("Year").rename_axis(None).to_string())  # as R prints a series
    for table in [*(read(tmp_path / name) for name in ("a.csv", "b.csv", "c.csv", "a.xlsx", "r.txt")), as_table(FRAME)]:
        assert table.columns == WANTED
        assert detect(table).task == "forecasting"
    assert read(tmp_path / "b.csv").notes[-1].endswith("read as one series of months; left out: ANNUAL")


def test_seasons_and_the_year_are_sums_of_months(tmp_path: Path):
    """As NASA publishes temperatures: a winter begins in the year before, and the last year isn't over."""
    series = pd.Series(NUMBERS.ravel())
    winter, year = series.rolling(3).mean()[1::12], series.rolling(12).mean()[11::12]
    frame = FRAME.assign(**{"J-D": year.round(1).tolist(), "DJF": winter.round(1).tolist(), "Notes": ""}).astype(object)
    frame.iloc[0, -2], frame.iloc[-1, 8:-1] = "***", "***"
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert read(tmp_path / "a.csv").columns["value"] == WANTED["value"][:-5]


def test_seasons_of_two_and_of_four_months_are_sums(tmp_path: Path):
    """As India's weather service publishes rain."""
    sums = {"Jan-Feb": NUMBERS[:, :2].sum(1), "Mar-May": NUMBERS[:, 2:5].sum(1), "Jun-Sep": NUMBERS[:, 5:9].sum(1)}
    FRAME.assign(**sums).round(1).to_csv(tmp_path / "a.csv", index=False)
    assert read(tmp_path / "a.csv").names == ["month", "value"]


@pytest.mark.parametrize("output", ["Yield", "Dec"])
@pytest.mark.parametrize("alone", [False, True])
def test_an_amount_of_each_year_is_learned_from_its_months(tmp_path: Path, output: str, alone: bool):
    """Also where a sum stands behind them, once somebody asks for one of the columns, or for rows by themselves."""
    rng = np.random.default_rng(1)
    yields = NUMBERS[:, 3:7] @ [1.0, 2.0, -1.0, 0.5] + rng.normal(0, 1, 30)
    FRAME.assign(Yield=yields).to_csv(tmp_path / "a.csv", index=False)
    FRAME.assign(Yield=NUMBERS.sum(1)).to_csv(tmp_path / "b.csv", index=False)
    assert read(tmp_path / "a.csv").names == [*FRAME, "Yield"]
    assert read(tmp_path / "b.csv").names == ["month", "value"]
    for name in ("a.csv", "b.csv"):
        data = DataSet.read(tmp_path / name, output=output, alone=alone)
        assert data.detection.output == output and (data.detection.task == "regression" or not alone)
        assert data.columns.read(tmp_path / name).names == [*FRAME, "Yield"]  # as predicting reads it


@pytest.mark.parametrize("blank", ["", "NA", "***"])
def test_months_to_come_are_no_steps(tmp_path: Path, blank: str):
    """Of two places, of which one ends in September; a gap within stays one."""
    rows = [f"{place},{y},1,2,,4,5,6,7,8,9,{last}" for place in "ab" for y, last in ((2000, "1,2,3"), (2001, "X,X,X"))]
    text = "\n".join(["Place,Year," + ",".join(MONTHS), *rows]).replace("b,2001,1,2,,4,5,6,7,8,9,X,X,X", "")
    (tmp_path / "a.csv").write_text(text.replace("X", blank))
    found = read(tmp_path / "a.csv").columns
    assert list(zip(found["Place"], found["month"], strict=True))[20:22] == [("a", "2001-09"), ("b", "2000-01")]
    assert len(found["value"]) == 33 and found["value"][2] is None


def test_a_class_of_each_year_is_learned_from_its_months(tmp_path: Path):
    FRAME.assign(flood=["yes", "no"] * 15).to_csv(tmp_path / "a.csv", index=False)
    assert read(tmp_path / "a.csv").names == ["Year", *MONTHS, "flood"]
    FRAME.assign(Year="a").to_csv(tmp_path / "b.csv", index=False)
    FRAME.drop(columns="May").to_csv(tmp_path / "c.csv", index=False)
    assert [len(read(tmp_path / name)) for name in ("b.csv", "c.csv")] == [30, 30]
