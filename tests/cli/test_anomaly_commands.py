"""`elman train --task anomaly`, and what `predict` makes of it: spans, scores per step, and a picture."""

from __future__ import annotations

import csv
import json
import math

import pytest
from commands import elman


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    rows = []
    for step in range(1_500):
        load = math.sin(step * math.pi / 6) + 0.1 * math.sin(step * step) + 4 * (step == 1_430)
        day, minute = divmod(step, 1_440)
        rows.append(
            f"2024-03-{day + 1:02d} {minute // 60:02d}:{minute % 60:02d},{load:.3f},{step % 7},{int(step == 1_430)}"
        )
    (folder / "machine.csv").write_text("\n".join(["time,load,wheel,fault", *rows]) + "\n", encoding="utf-8")
    flags = ("--task", "anomaly", "--false-alarms", "1/day", "--epochs", "1", "--hidden", "8")
    outcome = elman("train", folder / "machine.csv", "--to", folder / "model", *flags)
    assert outcome.code == 0, outcome.err
    assert "steps marked in column 'fault' are unusual" in outcome.out
    assert "roc_auc" in outcome.out and "a moving z-score" in outcome.out, outcome.out
    return folder


def test_spans_for_people(machine):
    outcome = elman("predict", machine / "model", "--file", machine / "machine.csv")
    lines = outcome.out.splitlines()
    assert any("2024-03-01 23:50" in line and "thresholds" in line and "load" in line for line in lines), outcome.out


def test_a_score_for_each_step_and_a_picture(machine):
    pytest.importorskip("matplotlib")
    outcome = elman("predict", machine / "model", "--file", machine / "machine.csv", "--to", machine / "scores.csv")
    assert outcome.code == 0, outcome.err
    with open(machine / "scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1_500 and rows[1_430]["time"] == "2024-03-01 23:50"
    assert rows[1_430]["alarm"] == "1" and float(rows[1_430]["score"]) > 1
    assert (machine / "scores.png").read_bytes().startswith(b"\x89PNG")


def part(machine, name, first, end):
    """A file of some of the rows."""
    header, *rows = (machine / "machine.csv").read_text(encoding="utf-8").splitlines()
    (machine / name).write_text("\n".join([header, *rows[first:end]]) + "\n", encoding="utf-8")
    return machine / name


def test_of_the_first_steps_nothing_is_said_and_that_is_said(machine):
    short, long = part(machine, "short.csv", 0, 5), part(machine, "long.csv", 0, 300)
    assert "not judged\tall of its 5 steps" in elman("predict", machine / "model", "--file", short).out
    outcome = elman("predict", machine / "model", "--file", long)
    (line,) = outcome.out.splitlines()
    assert "no alarm in steps " in line and " to 300; of those before nothing can be said yet" in line
    first = int(line.split("in steps ")[1].split()[0])
    outcome = elman("predict", machine / "model", "--file", long, "--to", machine / "long-scores.csv")
    assert outcome.code == 0, outcome.err
    with open(machine / "long-scores.csv", newline="", encoding="utf-8") as file:
        scores = [row["score"] for row in csv.DictReader(file)]
    assert scores[: first - 1] == [""] * (first - 1) and all(scores[first - 1 :])
    outcome = elman("evaluate", machine / "model", long)
    assert f"Of the first {first - 1} steps of a sequence nothing can be said yet" in " ".join(outcome.out.split())


def test_lines_of_json(machine):
    outcome = elman("predict", machine / "model", "--file", machine / "machine.csv", "--json")
    (line,) = map(json.loads, outcome.out.splitlines())
    assert line["score"] == max(line["prediction"]) and len(line["prediction"]) == 1_500
    assert line["alarms"][-1]["begins"].startswith("2024-03-01 23:5") and "load" in line["alarms"][-1]["columns"]


def test_evaluate_where_nothing_is_marked(machine):
    lines = (machine / "machine.csv").read_text(encoding="utf-8").splitlines()
    (machine / "normal.csv").write_text(
        "\n".join(line.rsplit(",", 1)[0] for line in lines[:1_001]) + "\n", encoding="utf-8"
    )
    outcome = elman("evaluate", machine / "model", machine / "normal.csv", "--json")
    assert outcome.code == 0, outcome.err
    assert list(json.loads(outcome.out)["metrics"]) == ["false_alarms"]


def test_a_rate_that_is_none(machine):
    flags = ("--task", "anomaly", "--false-alarms", "seldom")
    outcome = elman("train", machine / "machine.csv", "--to", machine / "other", *flags)
    assert outcome.code == 2 and "such as 1/10000steps, 1/day" in outcome.err
