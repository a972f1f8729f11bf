"""How well anomalies are found, against scikit-learn by step, and by hand by ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from elman.decoding.alarms import Watched
from elman.errors import ShapeError
from elman.scoring import ranges
from elman.scoring.metrics import metric
from elman.scoring.statistics import paired_test, score

sklearn = pytest.importorskip("sklearn.metrics")


def drawn(levels: int, seed: int = 0, lengths: tuple[int, ...] = (50, 63, 1, 40, 0)) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(seed)
    scores = [rng.integers(0, levels, length) / 3.0 for length in lengths]
    return [Watched.of(row, 1) for row in scores], [rng.random(length) < 0.3 for length in lengths]


def marked(*spans: tuple[int, int], steps: int) -> np.ndarray:
    marks = np.zeros(steps, bool)
    for first, end in spans:
        marks[first:end] = True
    return marks


@pytest.mark.parametrize("levels", [1, 2, 9, 100_000])
def test_by_step_against_scikit_learn(levels):
    found, marks = drawn(levels)
    scores, right = np.concatenate([one.scores for one in found]), np.concatenate(marks)
    assert metric("average_precision")(found, marks) == pytest.approx(sklearn.average_precision_score(right, scores))
    assert metric("roc_auc")(found, marks) == pytest.approx(sklearn.roc_auc_score(right, scores))


def test_of_more_different_scores_than_are_told_apart():
    found, marks = drawn(10**9, lengths=(9_000,))
    assert np.unique(found[0].scores[marks[0]]).size > ranges.LEVELS
    for name, oracle in (("average_precision", sklearn.average_precision_score), ("roc_auc", sklearn.roc_auc_score)):
        assert metric(name)(found, marks) == pytest.approx(oracle(marks[0], found[0].scores), abs=2e-3)


def test_ranges_by_hand():
    """Flat bias, no reward for existence, a cardinality factor of one (Tatbul et al. 2018, equations 3 to 9)."""
    marks = marked((2, 6), (10, 20), (30, 31), steps=40)
    found = Watched(np.zeros(40), [(4, 8), (12, 13), (15, 19), (35, 38)])
    precision = (2 / 4 + 1 + 1 + 0) / 4
    recall = (2 / 4 + 5 / 10 + 0) / 3
    assert metric("range_f1")([found], [marks]) == pytest.approx(2 * precision * recall / (precision + recall))
    assert metric("events_found")([found], [marks]) == pytest.approx(2 / 3)
    assert metric("delay")([found], [marks]) == pytest.approx((2 + 2 + 1) / 3)  # all of the one that isn't found
    assert metric("false_alarms")([found], [marks]) == pytest.approx(1 / (40 / 10_000))


def test_of_single_steps_ranges_are_what_they_are_by_step():
    rng = np.random.default_rng(2)
    there, alarm = (rng.random(200) < 0.3 for _ in range(2))
    spread = np.zeros((2, 400), bool)
    spread[0, ::2], spread[1, ::2] = there, alarm
    found = Watched.of(spread[1] * 2.0, 0)
    assert metric("range_f1")([found], [spread[0]]) == pytest.approx(sklearn.f1_score(there, alarm))


def test_an_alarm_that_has_begun_before_the_event_has_no_delay():
    assert metric("delay")([Watched(np.zeros(9), [(0, 9)])], [marked((4, 6), steps=9)]) == 0


def test_intervals_and_paired_tests_of_all():
    found, marks = drawn(50, lengths=(63,) * 12)
    better = [Watched.of(row * 2.0 + one.scores / 100, 1) for row, one in zip(marks, found, strict=True)]
    names = ["average_precision", "roc_auc", "range_f1", "events_found", "delay", "false_alarms"]
    for name, estimate in score(names, better, marks).items():
        assert estimate["low"] <= estimate["value"] <= estimate["high"], name
    test = paired_test(metric("average_precision"), better, found, marks)
    assert test["difference"] > 0.3 and test["p"] < 0.05


def test_what_is_undefined_and_what_does_not_fit():
    nothing = [Watched(np.zeros(5), [])], [np.zeros(5, bool)]
    for name in ("average_precision", "roc_auc", "range_f1", "events_found", "delay"):
        assert np.isnan(metric(name)(*nothing))
    assert metric("false_alarms")(*nothing) == 0
    with pytest.raises(ShapeError, match="row 0: 5 scores for 4 steps"):
        metric("roc_auc")(nothing[0], [np.zeros(4, bool)])
