"""A number for each step of a sequence of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import elman as main
from conftest import alike, there
from elman.data.detect import detect
from elman.data.readers import from_python
from elman.errors import TaskError

QUICK: dict[str, Any] = {
    "epochs": 30,
    "hidden_size": 32,
    "dropout": 0.1,
    "learning_rate": 1e-2,
    "patience": 0,
    "batch_tokens": 200,
}


def running_means(rows=80, seed=0):
    """Each step's number is a mean of the first column so far, the latest weighing most: no step shows it by itself."""
    rng = np.random.default_rng(seed)
    columns: dict[str, list] = {"sensors": [], "level": []}
    for _ in range(rows):
        steps = rng.normal(size=(rng.integers(5, 40), 3))
        columns["sensors"].append(steps.tolist())
        mean = [0.0]
        for value in steps[:, 0]:
            mean.append(0.8 * mean[-1] + 0.2 * value)
        columns["level"].append((40 + 7 * np.array(mean[1:])).tolist())
    return columns


@pytest.fixture(scope="module")
def model():
    return main.fit(from_python(running_means()), **QUICK)


def test_a_running_mean_is_learned(model):
    """Beyond what the step itself tells, and the mean."""
    assert model.task.name == "step-regression" and model.task.architecture(model.parts.settings) == "many-to-many"
    mean, alone = there(model.report).baselines
    assert (mean.name, alone.name) == ("mean", "order_free")
    rmse = there(model.report).metrics["rmse"]
    assert alone.metrics["rmse"]["value"] < mean.metrics["rmse"]["value"]
    assert rmse["high"] < 0.7 * alone.metrics["rmse"]["low"]
    assert there(model.report).metrics["r2"]["value"] > 0.7


def test_metrics_against_a_loop_over_all_steps(model):
    columns = running_means(20, seed=1)
    report = model.evaluate(from_python(columns))
    answers = [prediction.value for prediction in model.predict(columns["sensors"])]
    assert list(map(len, answers)) == list(map(len, columns["level"]))
    wrong = np.concatenate([np.subtract(a, b) for a, b in zip(answers, columns["level"], strict=True)])
    right = np.concatenate(columns["level"])
    assert report.metrics["mae"]["value"] == pytest.approx(np.abs(wrong).mean())
    assert report.metrics["rmse"]["value"] == pytest.approx(np.sqrt((wrong**2).mean()))
    assert report.metrics["r2"]["value"] == pytest.approx(1 - (wrong**2).sum() / ((right - right.mean()) ** 2).sum())


def test_the_step_alone_against_least_squares(model):
    """The baseline that sees each step by itself is a ridge regression, here with nearly no penalty."""
    train, test = running_means(), running_means(20, seed=1)
    (_, alone) = model.baselines
    steps, levels = (np.concatenate(train[name]) for name in ("sensors", "level"))
    design = np.column_stack([steps, np.ones(len(steps))])
    weights = np.linalg.lstsq(design, levels, rcond=None)[0]
    found = alone.predict(test["sensors"])
    for row, answer in zip(test["sensors"], found, strict=True):
        np.testing.assert_allclose(answer, np.column_stack([row, np.ones(len(row))]) @ weights, atol=1.5)


def test_to_disk_and_back(model, tmp_path):
    columns = running_means(5, seed=2)
    model.save(tmp_path / "model")
    again = main.load(tmp_path / "model")
    assert alike(again.predict(columns["sensors"]), model.predict(columns["sensors"]))
    assert alike(again.evaluate(from_python(columns)), model.evaluate(from_python(columns)))
    assert again.predict([[]])[0].value == [] and len(again.predict([[[1.0, 2.0, 3.0]]])[0].value) == 1


def test_missing_numbers_are_neither_learned_from_nor_measured(model):
    columns = running_means(20, seed=1)
    whole = model.evaluate(from_python(columns))
    columns["level"][3] = [None] * len(columns["level"][3])
    columns["level"][4][0] = None
    report = model.evaluate(from_python(columns))
    assert report.metrics["mae"]["value"] != whole.metrics["mae"]["value"]
    assert np.isfinite(report.metrics["rmse"]["value"])
    few = main.fit(from_python(columns), epochs=1, hidden_size=8)
    assert np.isfinite(there(few.report).metrics["rmse"]["value"])


def test_steps_side_by_side_are_read_so_when_asked():
    """Columns of one recording are series, unless the task is named."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    dates = [str(np.datetime64("2020-01-01") + day) for day in range(300)]
    table = from_python({"date": dates, "x": x.tolist(), "y": (x.cumsum() / np.arange(1, 301)).tolist()})
    assert detect(table, output="y").task == "forecasting"
    model = main.fit(table, output="y", task="step-regression", epochs=1, hidden_size=8)
    assert model.task.name == "step-regression"
    assert len(model.predict(table)[0].value) == 300


def test_rows_to_measure_have_a_number_per_step(model):
    columns = running_means(4)
    columns["level"][1] = columns["level"][1][:-1]
    with pytest.raises(TaskError, match=r"row 2 has .* there must be one number per step"):
        model.evaluate(columns)


def test_bad_numbers():
    columns = running_means(12)
    columns["level"][2] = columns["level"][2][:-1]
    with pytest.raises(TaskError, match=r"row \d+ has \d+ steps and \d+ numbers: there must be one number per step"):
        main.fit(from_python(columns), task="step-regression", input="sensors", output="level", **QUICK)
    columns = running_means(12)
    columns["level"][2][4] = float("inf")
    with pytest.raises(TaskError, match="the output is infinite at step 5"):
        main.fit(from_python(columns), **QUICK)
