"""Labels: probabilities that mean what they say, and sets that hold the right label as often as is asked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import elman
from conftest import there
from elman.answers import GivesSets
from elman.errors import TaskError
from elman.scoring.calibration import calibration

QUICK: dict[str, Any] = {"hidden_size": 32, "patience": 0, "keep": "last"}


def noisy(rows: int, seed: int) -> dict[str, Any]:
    """Points of three classes that lie within each other, as rows of numbers."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, rows)
    points = rng.normal(size=(rows, 6)) + np.eye(6)[label]
    columns = {f"x{i}": points[:, i].round(4).tolist() for i in range(6)}
    return columns | {"kind": [f"k{one}" for one in label]}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A network that has learned its training rows by heart, so that it is far too sure of itself, in a folder."""
    folder = tmp_path_factory.mktemp("sets") / "model"
    model = elman.fit(noisy(1_500, 0), output="kind", to=folder, epochs=60, learning_rate=1e-2, dropout=0.0, **QUICK)
    return model, folder


def right_of(model: elman.Model, table: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    answers = model.predict(table, **more)
    return answers, np.array([a.value == kind for a, kind in zip(answers, table["kind"], strict=True)])


def test_a_network_that_is_too_sure_is_cooled_down(fitted):
    model, _ = fitted
    assert model.parts.scale < 0.7
    table = noisy(3_000, 1)
    answers, hits = right_of(model, table)
    cooled = calibration(np.array([a.probability for a in answers]), hits)
    logits = np.log([[a.probabilities[f"k{k}"] for k in range(3)] for a in answers]) / model.parts.scale
    hot = np.exp(logits - logits.max(1, keepdims=True))
    as_it_was = calibration((hot / hot.sum(1, keepdims=True)).max(1), hits)
    assert cooled.error < 0.05 < 0.1 < as_it_was.error


def test_reported_and_read_again(fitted):
    model, folder = fitted
    report, again = there(model.report), elman.load(folder)
    assert report.calibration is not None and report.calibration.answers == report.rows
    (coverage,) = report.coverage
    assert coverage.claimed == 0.95 and coverage.size is not None and 1 <= coverage.size <= 3
    assert there(again.report).calibration == report.calibration and there(again.report).coverage == report.coverage
    found = json.loads(json.dumps(again.evaluate(noisy(100, 2)).to_json()))
    assert found["calibration"]["answers"] == 100 and found["coverage"][0]["claimed"] == 0.95


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_sets_hold_the_right_label_as_often_as_is_asked(fitted, confidence):
    model = elman.load(fitted[1])  # which needs no PyTorch
    table = noisy(3_000, 3)
    answers, _ = right_of(model, table, confidence=confidence)
    held = [kind in a.labels for a, kind in zip(answers, table["kind"], strict=True)]
    assert np.mean(held) == pytest.approx(confidence, abs=0.05)  # of 150 rows: two standard deviations
    assert all(a.value == a.labels[0] for a in answers) and {len(a.labels) for a in answers} > {1}
    assert json.loads(json.dumps(answers[0].to_json()))["labels"] == answers[0].labels


def test_the_quantile_is_of_rows_that_the_network_didnt_learn_from(fitted):
    """The fault that would be: from the training part, which it has learned by heart, sets would be far too small."""
    model, _ = fitted
    train = noisy(1_500, 0)
    parts, table = model.parts, noisy(3_000, 4)
    assert isinstance(model.task, GivesSets) and parts.sure is not None and len(parts.sure) == 150
    answers = model.predict(train)
    rows = [a.probabilities[kind] for a, kind in zip(answers, train["kind"], strict=True)]
    kept, parts.sure = parts.sure, np.sort(np.array(rows, np.float32))
    try:
        sets = model.task.sets(parts, model.predict(table), 0.95)
    finally:
        parts.sure = kept
    assert np.mean([kind in a.labels for a, kind in zip(sets, table["kind"], strict=True)]) < 0.9


def test_who_gives_no_sets(fitted):
    model, _ = fitted
    for confidence in (0, 1, 95):
        with pytest.raises(TaskError, match="between 0 and 1"):
            model.predict(noisy(3, 0), confidence=confidence)
    numbers = {name: cells for name, cells in noisy(60, 0).items() if name != "kind"}
    other = elman.fit(numbers, output="x0", epochs=1, hidden_size=4)
    with pytest.raises(TaskError, match="a regression model gives no sets of labels"):
        other.predict(numbers, confidence=0.9)


def test_of_few_rows_a_temperature_stays_near_one():
    model = elman.fit(noisy(60, 5), output="kind", epochs=40, learning_rate=1e-2, dropout=0.0, **QUICK)
    assert 0.3 < model.parts.scale < 2
    assert not there(model.report).coverage  # too few rows for 95 %
    with pytest.raises(TaskError, match=r"too few for a confidence of 0\.95; pass at most 0\.8"):
        model.predict(noisy(3, 0), confidence=0.95)
