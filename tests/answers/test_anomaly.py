"""Anomalies: learned from what is normal, found in what isn't."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import elman
from conftest import alike, there
from elman.answers.anomaly import Anomalies, blocks
from elman.errors import TaskError
from elman.kinds import AlarmsKind, WatchedKind
from elman.kinds.watched import Steps, seconds_of_a_step

QUICK: dict[str, Any] = {"task": "anomaly", "epochs": 15, "hidden_size": 16}
SEASON = 16


def machine(steps: int, seed: int) -> np.ndarray:
    """Two columns that go up and down together, and a noise that lasts."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(steps) / SEASON
    noise = np.zeros((steps, 2))
    for step in range(1, steps):
        noise[step] = 0.6 * noise[step - 1] + rng.normal(0, 0.05, 2)
    return np.stack([np.sin(phase), np.cos(phase) ** 2], 1) + noise


def as_table(values: np.ndarray, marks: Any = None, dates: bool = False) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {"load": values[:, 0].tolist(), "heat": values[:, 1].tolist()}
    if dates:
        minutes = np.datetime64("2024-01-01T00:00") + np.arange(len(values)).astype("timedelta64[m]")
        table = {"time": [str(time).replace("T", " ") for time in minutes], **table}
    return table if marks is None else {**table, "fault": np.asarray(marks, int).tolist()}


def faulty(steps: int = 1_500) -> tuple[np.ndarray, np.ndarray]:
    """A spike of one column, and a season that is too slow."""
    values, marks = machine(1_500, 7), np.zeros(1_500, bool)
    values[400, 1] += 1.5
    slow = np.arange(900, 948)
    values[slow, 0] = np.sin(2 * np.pi * (900 + (slow - 900) * 2 / 3) / SEASON) + 0.02
    marks[400] = marks[slow] = True
    return values[:steps], marks[:steps]


def found_in(model: elman.Model, data: Any) -> Anomalies:
    """What is found in the one sequence of the data."""
    (found,) = model.predict(data)
    assert isinstance(found, Anomalies)
    return found


@pytest.fixture(scope="module")
def model() -> elman.Model:
    return elman.fit(as_table(machine(4_000, 0)), **QUICK)


def test_planted_faults_are_found_and_named(model):
    values, marks = faulty()
    found = found_in(model, as_table(values))
    spike, slow = found.alarms
    assert spike.first in (401, 402) and next(iter(spike.columns)) == "heat"
    assert 901 <= slow.first <= 915 and slow.last >= 940 and next(iter(slow.columns)) == "load"
    assert found.score == max(found.value) == pytest.approx(max(spike.peak, slow.peak)) and found.score > 1
    report = model.evaluate(as_table(values, marks))
    z, seasonal = report.baselines
    assert report.metrics["events_found"]["value"] == 1 and report.metrics["false_alarms"]["value"] == 0
    assert report.metrics["roc_auc"]["value"] > 0.95
    assert report.metrics["average_precision"]["value"] > z.metrics["average_precision"]["value"]
    assert (z.name, seasonal.name) == ("moving_z_score", "seasonal_naive")


def test_what_goes_on_strangely_is_found_though_it_is_easy_to_forecast(model):
    """Six seasons in which a column goes up and down by less: forecasts follow, but no season looks like this."""
    values = machine(1_500, 7)
    values[700:796, 1] = 0.25 + 0.5 * values[700:796, 1]
    found = found_in(model, as_table(values))
    within = np.array(found.value)[720:796]
    assert [alarm for alarm in found.alarms if alarm.first < 796 and alarm.last > 700] == found.alarms
    assert (within > 1).mean() > 0.8 and next(iter(found.alarms[0].columns)) == "heat"


def drifting(steps: int) -> np.ndarray:
    """A machine whose second column goes up and down by ever more, and a noise that grows."""
    return machine(steps, 8) * np.linspace(1, 1.8, steps)[:, None] ** [0, 1]


@pytest.mark.parametrize("hindsight", [False, True])
def test_what_drifts_slowly_is_normal_after_a_while_and_a_fault_in_it_is_still_found(hindsight):
    model = elman.fit(as_table(machine(4_000, 0)), hindsight=hindsight, **QUICK)
    values = drifting(12_000)
    values[11_000:11_048, 0] = np.sin(2 * np.pi * (np.arange(48) * 2 / 3) / SEASON)
    marks = np.isin(np.arange(12_000), np.arange(11_000, 11_048))
    above = np.array(found_in(model, as_table(values)).value) > 1
    assert above[marks].any() and above[~marks].mean() < 0.01


def test_the_season_is_found_and_what_was_normal_only_counts_false_alarms(model):
    assert model.parts.output.window == model.parts.settings.season == SEASON
    report = there(model.report)
    assert list(report.metrics) == ["false_alarms"] and not report.baselines


def test_false_alarms_on_fresh_normal_data_are_as_rare_as_was_asked_for():
    """Over several models and much that none of them saw: within what chance allows, of these alarms, and of as many
    steps as the thresholds were set by."""
    rate, alarms, steps, calibrated = 1 / 500, 0, 0, 0
    for seed in range(3):
        model = elman.fit(as_table(machine(3_000, 20 + seed)), false_alarms="1/500steps", **QUICK)
        found = found_in(model, as_table(machine(15_000, 40 + seed)))
        alarms, steps, calibrated = alarms + len(found.alarms), steps + 15_000, calibrated + 600
    expected = rate * steps
    spread = np.sqrt(expected + expected**2 / (rate * calibrated))
    assert 0.2 * expected < alarms < expected + 2 * spread


def test_what_comes_later_changes_nothing(model):
    values, _ = faulty(600)
    other = values.copy()
    other[500:] = 9.0
    first, second = (np.array(model.predict(as_table(each))[0].value) for each in (values, other))
    np.testing.assert_allclose(first[:500], second[:500], rtol=1e-5)
    assert abs(first[500:] - second[500:]).max() > 1


@pytest.mark.parametrize("length", [0, 1, 2, 63])
def test_of_any_length(model, length):
    values = machine(length + 1, 3)[:length].tolist()
    found = found_in(model, [values])
    assert len(found.value) == length and found.alarms == [] and found.score <= 1
    assert model.predict([values, values[:1]])[0] == found


@pytest.mark.parametrize("length", [0, 1, 2, 63])
@pytest.mark.parametrize("piece", [1, 7, 63])
def test_of_how_many_steps_nothing_is_said_is_said(model, length, piece):
    values = machine(64, 3)[:length].tolist()
    found = found_in(model, [values])
    assert found.unjudged == min(length, 2 * SEASON) and not any(found.value[: found.unjudged])
    assert found.to_json()["unjudged"] == found.unjudged
    session = model.stream()
    pushed = [session.push(values[start : start + piece]) for start in range(0, length, piece)]
    assert sum(answer.unjudged for answer in pushed) == found.unjudged


@pytest.mark.parametrize("piece", [1, 7, 600])
def test_a_session_says_the_same_as_the_whole(model, piece):
    values, _ = faulty(600)
    (whole,) = model.predict(as_table(values))
    session, scores = model.stream(), []
    for start in range(0, len(values), piece):
        answer = session.push(values[start : start + piece].tolist())
        scores += answer.value
        if start == 7 * 9:  # and its state, and a fork, go on from there
            session = model.restore(session.fork().state())
    np.testing.assert_allclose(scores, whole.value, rtol=1e-4, atol=1e-5)
    assert max(scores[395:410]) > 1


def test_to_disk_and_back_without_torch(model, tmp_path):
    values, marks = faulty()
    model.save(tmp_path / "model")
    again = elman.load(tmp_path / "model")
    table = as_table(values, marks)
    assert alike(again.predict(table), model.predict(table)) and found_in(again, table).alarms
    assert alike(again.evaluate(table), model.evaluate(table))
    code = f"""
import sys
sys.modules["torch"] = None
import elman
model = elman.load({str(tmp_path / "model")!r})
print(len(model.stream().push({values[:30].tolist()!r}).value))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "30\n"


def test_marked_steps_are_not_learned_from():
    """Marked faults in the training part change nothing of what is normal; unmarked ones do."""
    values, marks = machine(3_000, 1), np.zeros(3_000, bool)
    values[[2_000, 2_100, 2_200, 2_350, 2_500], 1] += 3.0
    marks[[2_000, 2_100, 2_200, 2_350, 2_500]] = True
    told = elman.fit(as_table(values, marks), **QUICK)
    untold = elman.fit(as_table(values), **QUICK)
    assert told.detection.output == "fault" and untold.detection.output is None
    sudden, unmarked = (model.parts.output.scales[0].found[-1] for model in (told, untold))
    assert unmarked > 1.2 * sudden


def test_a_number_that_is_missing_is_no_fault(model):
    values = machine(600, 5)
    values[300, 1] = np.nan
    found = found_in(model, [values.tolist()])
    assert found.value[300] < 1 and max(found.value[301:310]) < 1.5


def test_false_alarms_per_time_need_times():
    values, _ = faulty(1_200)
    with pytest.raises(TaskError, match="false alarms per day need a column of dates"):
        elman.fit(as_table(values), false_alarms="1/day", **QUICK)
    with pytest.raises(TaskError, match="such as 1/10000steps"):
        elman.plan(as_table(values), task="anomaly", changes={"false_alarms": "often"})
    model = elman.fit(as_table(machine(2_000, 2), dates=True), false_alarms="5/day", **QUICK)
    assert model.parts.input.seconds == 60
    found = found_in(model, as_table(values, dates=True))
    assert found.times and found.times[400] == "2024-01-01 06:40" and found.alarms[0].begins in found.times[400:402]


def test_many_short_sequences():
    rng = np.random.default_rng(0)
    rows = [machine(int(rng.integers(40, 60)), seed)[:, :1].tolist() for seed in range(60)]
    model = elman.fit({"x": rows}, **QUICK)
    odd = np.array(rows[0])
    odd[30] += 3
    found = found_in(model, [odd.tolist()])
    with pytest.raises(TaskError, match="row 1 has 9 steps and 3 marks"):
        model.evaluate({"x": [[1.0] * 9], "anomaly": [[0, 1, 0]]})
    assert [alarm.first for alarm in found.alarms] in ([31], [32]) and list(found.alarms[0].columns) == ["x"]


def test_what_has_no_numbers_is_refused():
    with pytest.raises(TaskError, match="can't tell what to learn"):
        elman.fit({"text": ["a b", "c d"] * 20, "y": ["p", "q"] * 20}, **QUICK)


# -- the kinds ------------------------------------------------------------------------------------


def test_forecasts_and_means_of_the_last_against_loops():
    rng = np.random.default_rng(0)
    kind = AlarmsKind(4)
    kind.shaped(2, 100)
    values = rng.normal(size=(40, 2)).astype(np.float32)
    to_come = kind.following(values, np.arange(40) == 9)
    np.testing.assert_array_equal(to_come[:8], values[1:9])
    assert np.isnan(to_come[[8, 39]]).all() and not np.isnan(to_come[9:39]).any()
    kind.regress([values], [to_come])
    forecasts, latest = kind.forecasts(values, np.zeros_like(values), kind.nothing)
    np.testing.assert_array_equal(latest, values[-4:])
    for t in (0, 3, 39):
        before = np.concatenate([np.zeros((kind.lags, 2)), values[: t + 1]])[-kind.lags :]
        expected = np.append(before.T.ravel(), 1.0) @ kind.weights
        np.testing.assert_allclose(forecasts[t], expected, rtol=1e-4, atol=1e-5)
    errors, last = kind.errors(values, forecasts, np.full((1, 2), 0.5, np.float32))
    np.testing.assert_allclose(errors[1:], values[1:] - forecasts[:-1], rtol=1e-6)
    np.testing.assert_array_equal(last, forecasts[-1:])
    levels, before = rng.random(10), rng.random(4)
    found, kept = kind.lately(levels, before)
    together = np.concatenate([before, levels])
    np.testing.assert_allclose(found, [together[t + 1 : t + 5].mean() for t in range(10)])
    np.testing.assert_array_equal(kept, together[-4:])


def test_what_scores_are_made_of_is_taken_over_how_far_what_is_usual_has_risen():
    """By a loop, in pieces, but for what is an alarm; scores that are mostly nothing, many times as much, are as they
    were."""
    rng, kind = np.random.default_rng(3), AlarmsKind(4)
    kind.shaped(2, 0)
    levels, lately, off = np.log1p(rng.chisquare(1, 300)), rng.exponential(size=300), rng.exponential(size=(300, 2))
    kind.set_usual([levels, levels[:0]], [lately, lately[:0]], [off, off[:0]])
    distances = np.sqrt(off.sum(1))
    expected = [np.quantile(np.expm1(levels), 0.75), np.median(lately), np.median(distances)]
    np.testing.assert_allclose(kind.usual, expected)
    levels, lately, off = levels + 1, 3 * lately, off * 4
    most = [np.quantile(np.expm1(levels), 0.9), np.quantile(lately, 0.9), np.quantile(np.sqrt(off.sum(1)), 0.9)]
    kind.most = [float(limit) for limit in most]
    risen, found = np.array([0.0, 0.3, 0.0]), []
    for first, end in ((0, 1), (1, 200), (200, 200), (200, 300)):
        *piece, risen = kind.beside_usual(levels[first:end], lately[first:end], off[first:end], risen)
        found.append(piece)
    q, mean, apart = (np.concatenate(parts) for parts in zip(*found, strict=True))
    each = (
        (np.expm1(levels), np.expm1(q), 0.0, 0.75),
        (lately, mean, 0.3, 0.5),
        (np.sqrt(off.sum(1)), np.sqrt(apart.sum(1)), 0.0, 0.5),
    )
    for place, (before, after, rise, share) in enumerate(each):
        alarms = 0
        for step in range(300):
            assert after[step] == pytest.approx(before[step] / np.exp(rise))
            up = before[step] > kind.usual[place] * np.exp(rise)
            if after[step] > most[place]:
                alarms += 1
            else:
                rise = max(0.0, rise + 2 / 400 * (share if up else share - 1))
        assert risen[place] == pytest.approx(rise) and rise > 0.2 and alarms > 3
    *_, held = kind.beside_usual(levels, lately, off, np.zeros(3))
    kind.most = [np.inf] * 3
    assert (kind.beside_usual(levels, lately, off, np.zeros(3))[-1] > held).all()
    rarely = np.where(np.arange(300) % 10 == 0, 5.0, 1e-9)
    kind.set_usual([rarely], [rarely], [np.zeros((300, 2))])
    assert kind.usual[1] == pytest.approx(0.5) and 0 < kind.usual[2] < 1e-30
    again = AlarmsKind()
    again.load_state(kind.state())
    assert again.usual == kind.usual and again.most == kind.most


def test_what_rises_at_once_stays_an_alarm():
    """A pump that is another from one step on; by files of SKAB. What is gradual is told by the test of what drifts."""
    rng, kind = np.random.default_rng(3), AlarmsKind(4)
    kind.shaped(2, 0)
    levels, lately, off = np.log1p(rng.chisquare(1, 3000)), rng.exponential(size=3000), rng.exponential(size=(3000, 2))
    kind.set_usual([levels], [lately], [off])
    kind.set_most([levels], [lately], [off], 1e-3)
    changed = np.log1p(30 * np.expm1(levels) + 400), 20 * lately + 200, 400 * off + 4000
    *_, risen = kind.beside_usual(*changed, np.zeros(3))
    assert (risen == 0).all()
    kind.most = [np.inf] * 3
    assert (kind.beside_usual(*changed, np.zeros(3))[-1] > 2).all()


def test_errors_are_standardised_by_their_covariance():
    rng = np.random.default_rng(1)
    kind = AlarmsKind(2)
    kind.shaped(3, 100)
    mixed = rng.normal(size=(5_000, 3)) @ rng.normal(size=(3, 3))
    kind.standardise(mixed)
    shares = kind.shares(mixed)
    expected = np.einsum("ni,ij,nj->n", mixed, np.linalg.inv(np.cov(mixed.T, bias=True)), mixed) / 3
    np.testing.assert_allclose(shares.sum(1), expected, rtol=0.1)
    assert shares.sum(1).mean() == pytest.approx(1, rel=0.02)


def test_marks_as_people_write_them():
    marks = AlarmsKind.parse([0, 1, 0.0, True, None, "", "normal", "spike", "0", "1", float("nan"), np.bool_(True)])
    assert marks.tolist() == [False, True, False, True, False, False, False, True, False, True, False, True]
    assert list(AlarmsKind().faults([[0, 1], "spike", None])) == [1, 2]


def test_how_long_a_step_is():
    assert seconds_of_a_step([["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 02:00"]]) == 3_600
    assert seconds_of_a_step([["2024-01-01", "2024-01-02", "2024-03-09"]]) is None
    assert seconds_of_a_step([[1, 2, 3]]) is None and seconds_of_a_step([]) is None
    kind = WatchedKind()
    kind.fit([Steps([[1.0, 2.0], [2.0, 4.0]], ["2024-01-01", "2024-01-02"])])
    assert kind.seconds == 86_400 and kind.labels == ["column 1", "column 2"]


def test_reports_are_cut_where_nothing_goes_on():
    marks = np.zeros(1_000, bool)
    marks[90:260] = True
    found = blocks(marks, [(340, 480), (255, 270)])
    assert found[0][0] == 0 and found[-1][1] == 1_000 and all(a[1] == b[0] for a, b in pairwise(found))
    assert not any(first < cut < end for _, cut in found[:-1] for first, end in [(90, 270), (340, 480)])
    assert blocks(np.zeros(0, bool), []) == []
