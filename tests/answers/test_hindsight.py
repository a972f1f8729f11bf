"""Anomalies in hindsight: a step is judged by all windows that contain it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import elman
from answers.test_anomaly import QUICK, SEASON, as_table, faulty, found_in, machine
from conftest import alike
from elman.decoding.alarms import in_hindsight
from elman.errors import TaskError


@pytest.fixture(scope="module")
def normal() -> dict[str, list[Any]]:
    return as_table(machine(4_000, 0))


@pytest.fixture(scope="module")
def causal(normal) -> elman.Model:
    return elman.fit(normal, **QUICK)


@pytest.fixture(scope="module")
def model(normal) -> elman.Model:
    return elman.fit(normal, hindsight=True, **QUICK)


def by_windows(scores: np.ndarray, window: int) -> np.ndarray:
    """The definition: of each step, over the windows that contain it, those that there are."""
    found = np.zeros_like(scores)
    for step in range(len(scores)):
        own = scores[step : step + window]
        found[step] = 0 if (own == 0).any() else len(own) / np.sum(1 / own)
    return found


@pytest.mark.parametrize("length", [0, 1, 2, 63, 200])
@pytest.mark.parametrize("window", [1, 2, 17, 100])
def test_the_harmonic_mean_over_the_windows_that_contain_a_step(length, window):
    scores = np.random.default_rng(length).exponential(size=length)
    np.testing.assert_allclose(in_hindsight(scores, window), by_windows(scores, window), rtol=1e-12)
    scores[length // 3 : length // 2] = 0
    np.testing.assert_allclose(in_hindsight(scores, window), by_windows(scores, window), rtol=1e-12)


def test_small_scores_do_not_drown_in_those_before_them():
    scores = 10 ** np.random.default_rng(1).uniform(-12, 12, 300)
    np.testing.assert_allclose(in_hindsight(scores, 20), by_windows(scores, 20), rtol=1e-12)


def test_each_column_by_itself():
    scores = np.random.default_rng(0).exponential(size=(63, 3))
    expected = np.stack([by_windows(column, 8) for column in scores.T], axis=1)
    np.testing.assert_allclose(in_hindsight(scores, 8), expected, rtol=1e-12)
    assert in_hindsight(scores[:0], 8).shape == (0, 3)


def test_what_is_learned_is_the_same_and_scores_are_made_of_the_same(model, causal):
    """Sudden ones are as ever; the others are those of the causal model, by the definition."""
    mine, other = model.parts.output, causal.parts.output
    np.testing.assert_array_equal(mine.weights, other.weights)
    assert mine.scales[0] == other.scales[0] and mine.scales[1:] != other.scales[1:]
    values = np.asarray(machine(300, 9))
    values[150:180, 0] *= 2
    (encoded,) = causal.parts.input.encode([values.tolist()])
    steps = causal.parts.input.values(encoded)
    (scores,) = causal.parts.network.scores(causal.parts.input.collate([encoded]))
    forecasts, _ = other.forecasts(steps, scores, other.nothing)
    levels = other.levels(other.errors(steps, forecasts, other.nothing[:1])[0], 0)
    lately, off = other.lately(levels, np.zeros(SEASON))[0], other.strangeness(steps, other.nothing, 0)
    levels, lately, off, _ = mine.beside_usual(levels, lately, off, np.zeros(3))
    lately = by_windows(lately, SEASON)
    off = np.stack([by_windows(column, SEASON) for column in off.T], axis=1)
    expected = mine.scores(levels, lately, off).max(0)
    np.testing.assert_allclose(found_in(model, as_table(values)).value, expected, rtol=1e-4, atol=1e-5)


def test_scores_end_with_the_fault(model, causal):
    """Of a slow season, whose 48 steps are marked: alarms go on for less long after it; steps inside still count."""
    values, marks = faulty()
    seen, told = (np.array(found_in(each, as_table(values)).value) > 1 for each in (model, causal))
    after = slice(948, 948 + 2 * SEASON)
    assert seen[after].sum() < told[after].sum() and seen[900:948].mean() >= told[900:948].mean() > 0.5
    ours, theirs = (each.evaluate(as_table(values, marks)).metrics for each in (model, causal))
    assert ours["average_precision"]["value"] > theirs["average_precision"]["value"]
    assert "delay" in theirs and "delay" not in ours
    assert ours["events_found"]["value"] == 1 and ours["false_alarms"]["value"] == 0


def test_what_comes_later_counts_as_far_as_a_window(model):
    values, _ = faulty(600)
    other = values.copy()
    other[500:] = 9.0
    first, second = (np.array(found_in(model, as_table(each)).value) for each in (values, other))
    unseen = 500 - (SEASON - 1)
    np.testing.assert_allclose(first[:unseen], second[:unseen], rtol=1e-5)
    assert not np.allclose(first[unseen:500], second[unseen:500])


def test_it_is_not_streamed(model, causal):
    with pytest.raises(TaskError, match=r"can't be streamed.*comes after it.*hindsight=true.*use predict"):
        model.stream()
    assert causal.stream().push([0.1, 0.2]).value == [0.0]


@pytest.mark.parametrize("length", [0, 1, 2, 63])
def test_of_any_length_and_several_together(model, length):
    values = machine(length + 1, 3)[:length].tolist()
    found = found_in(model, [values])
    assert len(found.value) == length and found.alarms == [] and found.score <= 1
    assert found.unjudged == min(length, 2 * SEASON) and not any(found.value[: found.unjudged])
    longer = machine(700, 4).tolist()
    assert model.predict([longer, values, values[:1]])[1] == found


def test_a_number_that_is_missing_is_no_fault(model):
    values = machine(600, 5)
    values[300, 1] = np.nan
    found = found_in(model, [values.tolist()])
    assert np.isfinite(found.value).all() and found.value[300] < 1 and max(found.value[301:310]) < 1.5


def test_to_disk_and_back(model, tmp_path):
    values, marks = faulty()
    model.save(tmp_path / "model")
    again = elman.load(tmp_path / "model")
    table = as_table(values, marks)
    assert alike(again.predict(table), model.predict(table)) and found_in(again, table).alarms
    report = again.evaluate(table)
    assert alike(report, model.evaluate(table)) and "see what comes after it (hindsight)" in report.deciding
    with pytest.raises(TaskError, match="hindsight"):
        again.stream()
