"""Series along the rows of a table whose columns are called by times: forecasts are for the times that come next."""

import random
from pathlib import Path

import pandas as pd
import pytest

import elman
from elman.answers.forecast import Forecast
from elman.data.detect import detect, prepared
from elman.data.readers import read
from elman.data.series import series_of


def written(path: Path, names: list[str], lacking: int = 0) -> Path:
    """Eight series, the second of which begins ``lacking`` steps later, the third ends as many earlier."""
    rng, rows = random.Random(1), [",".join(["place", *names])]
    for i in range(8):
        cells = [f"{60 + i + step + rng.random():.2f}" for step in range(len(names))]
        if lacking:
            cells[:lacking] = [""] * lacking if i == 1 else cells[:lacking]
            cells[-lacking:] = [""] * lacking if i == 2 else cells[-lacking:]
        rows.append(",".join([f"place {i}", *cells]))
    path.write_text("\n".join(rows) + "\n")
    return path


def months(form: str) -> list[str]:
    return [f"{day:{form}}" for day in pd.date_range("2011-03-01", periods=40, freq="MS")]


@pytest.mark.parametrize(
    ("names", "times", "step"),
    [
        ([*map(str, range(1980, 2020))], [2020, 2021], "1"),
        ([*map(str, range(1820, 2020, 5))], [2020, 2025], "5"),
        (months("%Y-%m"), ["2014-07", "2014-08"], "1 month"),
        (months("%Y-%m-%d"), ["2014-07", "2014-08"], "1 month"),
        (months("%b %Y"), ["2014-07", "2014-08"], "1 month"),
        (
            [f"{day.month}/{day.day}/{day:%y}" for day in pd.date_range("2020-01-22", periods=40)],
            ["2020-03-02", "2020-03-03"],
            "1 day",
        ),
    ],
)
def test_forecasts_go_on_with_the_columns(tmp_path: Path, names, times, step):
    table = read(written(tmp_path / "wide.csv", names, 4))
    found = detect(table, task="forecasting")
    series = series_of(prepared(table, found), found.inputs, None)
    assert all(one.grid is not None and one.grid.step == step for one in series)
    assert series[0].time(len(names)) == times[0] and series[1].time(0) == series[0].time(4)
    assert series[2].time(len(series[2])) == series[0].time(len(names) - 4)
    model = elman.fit(table, task="forecasting", recipe="naive", horizon=2, context=4)
    first, *_ = model.predict(table)
    assert isinstance(first, Forecast) and list(first.times or ()) == times


def test_columns_that_are_counted_have_no_times(tmp_path: Path):
    table = read(written(tmp_path / "wide.csv", [f"d_{i}" for i in range(1, 41)]))
    found = detect(table, task="forecasting")
    (first, *_) = series_of(prepared(table, found), found.inputs, None)
    assert first.grid is None and first.time(40) == 41


def test_years_at_uneven_distances(tmp_path: Path):
    """Those that lack are steps without a value, as in a column of years."""
    names = [*map(str, [*range(1900, 1990, 10), *range(1990, 2021)])]
    table = read(written(tmp_path / "wide.csv", names))
    found = detect(table, task="forecasting")
    (first, *_) = series_of(prepared(table, found), found.inputs, None)
    assert first.grid is not None and first.time(len(first)) == 2021
    assert first.grid.gaps.tolist() == [i for i in range(91) if i % 10]


def test_columns_of_business_days(tmp_path: Path):
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2021-03-01", periods=40, freq="B")]
    table = read(written(tmp_path / "wide.csv", days))
    found = detect(table, task="forecasting")
    (first, *_) = series_of(prepared(table, found), found.inputs, None)
    assert first.grid is not None and first.grid.step == "1 day from Mon to Fri" and not len(first.grid.gaps)
    assert first.time(40) == "2021-04-26"
