"""`elman predict` on series: a table of times and numbers, and a picture."""

from __future__ import annotations

import csv
import json
import math

import pytest
from commands import elman

SMALL = ("--epochs", "1", "--hidden", "8", "--set", "embedding_size=8", "--set", "horizon=4", "--set", "members=1")


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    rows = [f"{2000 + m // 12}-{m % 12 + 1:02d},{m / 30 + math.sin(m * math.pi / 6):.4f}" for m in range(96)]
    (folder / "series.csv").write_text("\n".join(["month,sales", *rows]) + "\n", encoding="utf-8")
    outcome = elman("train", folder / "series.csv", "--to", folder / "model", *SMALL)
    assert outcome.code == 0, outcome.err
    assert "repeats itself after 12 steps" in outcome.out and "seasonal naive" in outcome.out
    assert "elman predict" in outcome.out and "--to forecast.csv" in outcome.out
    return folder


def test_detect_explains_itself(series):
    outcome = elman("detect", series / "series.csv", "--json")
    found = json.loads(outcome.out)
    assert (found["task"], found["inputs"], found["output"]) == ("forecasting", ["sales"], None)
    assert found["recipes"][:2] == ["network", "naive"] and "theta" in found["recipes"]


def test_a_recipe_by_name(series, tmp_path):
    """It answers without a network, on the command line and in what is saved; others are named where there is none."""
    outcome = elman("train", series / "series.csv", "--recipe", "drift", "--to", tmp_path / "model", *SMALL)
    assert outcome.code == 0, outcome.err
    assert "recipe        drift" in outcome.out and "network  " not in outcome.out
    assert "as asked for, without a network" in " ".join(outcome.out.split())
    assert "The recipe drift, without a network." in (tmp_path / "model" / "README.md").read_text()
    found = elman("predict", tmp_path / "model", "--file", series / "series.csv", "--json")
    steps = [json.loads(line)["forecast"] for line in found.out.splitlines()]
    first, last = 0.0, float((series / "series.csv").read_text().split()[-1].split(",")[1])
    assert steps == pytest.approx([last + h * (last - first) / 95 for h in range(1, 5)], abs=1e-4)
    wrong = elman("train", series / "series.csv", "--recipe", "arima", "--to", tmp_path / "other")
    assert wrong.code == 2 and "choose one of network, naive, seasonal_naive, drift" in " ".join(wrong.err.split())


def test_a_table_and_a_picture(series):
    pytest.importorskip("matplotlib")
    outcome = elman("predict", series / "model", "--file", series / "series.csv", "--to", series / "next.csv")
    assert outcome.code == 0, outcome.err
    with open(series / "next.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"] for row in rows] == ["2008-01", "2008-02", "2008-03", "2008-04"]
    assert all(float(row["q0.1"]) <= float(row["q0.9"]) and row["column"] == "sales" for row in rows)
    assert (series / "next.png").read_bytes().startswith(b"\x89PNG")


def test_lines_of_json(series):
    outcome = elman("predict", series / "model", "--file", series / "series.csv", "--json")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert [line["time"] for line in lines][-1] == "2008-04" and set(lines[0]) == {
        "series",
        "time",
        "column",
        "forecast",
        "q0.1",
        "q0.9",
    }


def test_times_are_written_as_the_file_has_them(tmp_path):
    days = [f"{1 + m % 28}.{1 + m // 28}.2023;{m * m % 17},{m % 10}" for m in range(84)]
    (tmp_path / "tage.csv").write_text("\n".join(["Datum;Wert", *days]) + "\n", encoding="utf-8")
    rows = [line.replace(";", ",").split(",")[0] for line in days]
    assert rows[-1] == "28.3.2023"
    outcome = elman("train", tmp_path / "tage.csv", "--to", tmp_path / "model", "--recipe", "naive", *SMALL)
    assert outcome.code == 0, outcome.err
    outcome = elman("predict", tmp_path / "model", "--file", tmp_path / "tage.csv")
    times = [line.split(",")[1] for line in outcome.out.splitlines()[1:]]
    assert times[0] == "29.3.2023" and times[-1] == "1.4.2023"


def test_several_series_stand_under_their_names(tmp_path):
    rows = [f"{shop},{2000 + m // 12}-{m % 12 + 1:02d},{m * m % 17 + m / 9:.2f}" for shop in "BA" for m in range(60)]
    (tmp_path / "shops.csv").write_text("\n".join(["shop,month,sales", *rows]) + "\n", encoding="utf-8")
    small = ("--recipe", "drift", "--set", "horizon=2", "--to", tmp_path / "model")
    assert elman("train", tmp_path / "shops.csv", *small).code == 0
    found = elman("predict", tmp_path / "model", "--file", tmp_path / "shops.csv", "--json")
    assert sorted(json.loads(line)["series"] for line in found.out.splitlines()) == ["A", "A", "B", "B"]
    last = {"B": (0.0, 59 * 59 % 17 + 59 / 9), "A": (0.0, 59 * 59 % 17 + 59 / 9)}
    for line in map(json.loads, found.out.splitlines()):
        begin, end = last[line["series"]]
        step = 1 + ["2005-01", "2005-02"].index(line["time"])
        assert line["forecast"] == pytest.approx(end + step * (end - begin) / 59, abs=0.02)


def test_a_column_given_ahead(series):
    past = [f"{2000 + m // 12}-{m % 12 + 1:02d},{m % 5 + m % 12 / 10:.2f},{(m + 1) % 5 % 2}" for m in range(96)]
    header, path = "month,sales,planned", series / "planned.csv"
    path.write_text("\n".join([header, *past]) + "\n", encoding="utf-8")
    outcome = elman("detect", path, "--ahead", "planned")
    assert outcome.code == 0 and "given ahead: planned" in outcome.out, outcome.err
    outcome = elman("train", path, "--ahead", "planned", "--to", series / "ahead", *SMALL)
    assert outcome.code == 0, outcome.err
    outcome = elman("predict", series / "ahead", "--file", path)
    assert outcome.code == 2 and "'planned' must be given ahead" in outcome.err and "2008-01 to 2008-04" in outcome.err
    comes = [f"2008-{m:02d},,{m % 2}" for m in range(1, 5)]
    path.write_text("\n".join([header, *past, *comes]) + "\n", encoding="utf-8")
    outcome = elman("predict", series / "ahead", "--file", path, "--json")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(line["time"], line["column"]) for line in lines] == [(f"2008-{m:02d}", "sales") for m in range(1, 5)]


def test_a_forecast_needs_a_file(series):
    outcome = elman("predict", series / "model", "1,2,3")
    assert outcome.code == 2 and "--file FILE" in outcome.err


def test_series_that_are_too_short_are_left_out_if_asked(tmp_path):
    rows = [f"{'AB'[i % 2]},{2000 + i // 24}-{i // 2 % 12 + 1:02d},{i % 7}" for i in range(192)]
    table = tmp_path / "shops.csv"
    table.write_text("\n".join(["shop,month,sales", *rows]) + "\n", encoding="utf-8")
    trained = elman("train", table, "--to", tmp_path / "model", "--recipe", "drift", *SMALL)
    assert trained.code == 0, trained.err
    table.write_text("\n".join(["shop,month,sales", *rows, "C,2008-01,1", "C,2008-02,2"]) + "\n", encoding="utf-8")
    refused = elman("predict", tmp_path / "model", "--file", table)
    said = " ".join(refused.err.split())
    assert (
        refused.code == 2 and "series 3 of 3 has 2 steps" in said and "leave it out (elman predict --skip-bad)" in said
    )
    answered = elman("predict", tmp_path / "model", "--file", table, "--skip-bad")
    assert answered.code == 0 and {line.split(",")[0] for line in answered.out.splitlines()[1:]} == {"A", "B"}
    assert "shops.csv, shop C: series 3 of 3 has 2 steps" in " ".join(answered.err.split())
