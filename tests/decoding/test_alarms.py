"""Alarms: spans of scores that stand out, and the threshold that normal data set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.decoding.alarms import Scale, per_step, rises, spans, threshold
from elman.errors import TaskError


@given(st.lists(st.booleans(), max_size=63), st.integers(0, 4))
def test_spans_against_joining_one_step_at_a_time(there, apart):
    found = spans(np.array(there, bool), apart)
    expected: list[list[int]] = []
    for place in (step for step, one in enumerate(there) if one):
        if expected and place - expected[-1][-1] <= apart + 1:
            expected[-1].append(place)
        else:
            expected.append([place])
    assert found == [(run[0], run[-1] + 1) for run in expected]


@pytest.mark.parametrize("tail", ["exponential", "squares", "means"])
def test_normal_data_exceed_a_threshold_about_as_often_as_was_asked_for(tail):
    """On fresh data, over many draws of few data to calibrate on: on the mean no more often than asked for, but for
    chance; and not never."""
    rng = np.random.default_rng(4)

    def drawn(count: int) -> np.ndarray:
        if tail == "exponential":
            return rng.exponential(size=count)
        if tail == "squares":
            return rng.chisquare(3, count)
        return np.convolve(rng.exponential(size=count + 9), np.ones(10) / 10, "valid")

    rate, fresh, times = 1 / 2_000, 20_000, 60
    alarms = [len(spans(drawn(fresh) > threshold([drawn(1_500)], rate, 10), 10)) for _ in range(times)]
    expected = rate * fresh
    assert 0.15 * expected < np.mean(alarms) < expected + 3 * np.std(alarms) / np.sqrt(times)


def test_a_threshold_is_above_what_is_more_common_and_grows_with_rareness():
    scores = [np.random.default_rng(row).exponential(size=500) for row in range(3)]
    found = [threshold(scores, rate, 0) for rate in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)]
    assert found == sorted(found) and len(set(found[1:])) == 4
    # what exponentials say themselves, to a tenth
    assert found[2] == pytest.approx(np.log(1e3), rel=0.2)


def test_scores_that_are_all_the_same_or_not_there():
    assert threshold([np.zeros(50)], 1e-4, 3) > 0
    assert threshold([np.ones(1)], 1e-4, 3) >= 1
    with pytest.raises(TaskError, match="no step of normal data"):
        threshold([np.zeros(0)], 1e-4, 3)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.75])
def test_what_is_usual_is_followed_upwards_and_back_but_not_below(share):
    """Against quantiles of what was drawn: of as many as at first, of three times as many, as many again, a third."""
    rng = np.random.default_rng(6)
    drawn = rng.exponential(size=40_000) * np.repeat([1, 3, 1, 1 / 3], 10_000)
    usual = float(np.quantile(drawn[:10_000], share))
    found, after = rises(drawn, usual, share, 0.0, 1e-3)
    settled = found.reshape(4, 10_000)[:, 5_000:].mean(1)
    lately = [np.log(np.quantile(part, share) / usual) for part in drawn.reshape(4, 10_000)]
    np.testing.assert_allclose(settled[:3], lately[:3], atol=0.05)
    assert settled[3] < 0.01 and found.min() == 0 and found[0] == 0
    first, risen = rises(drawn[:12_345], usual, share, 0.0, 1e-3)
    second, last = rises(drawn[12_345:], usual, share, risen, 1e-3)
    np.testing.assert_array_equal(np.concatenate([first, second]), found)
    assert last == after


def test_what_is_usual_rises_no_faster_than_by_its_steps_and_nothing_is_below_it():
    found, after = rises(np.append(np.full(63, 1e9), np.zeros(5)), 1.0, 0.5, 0.0, 0.01)
    np.testing.assert_allclose(found, np.append(np.arange(64), 62 - np.arange(4)) * 0.01)
    assert after == pytest.approx(0.58)
    empty, kept = rises(np.zeros(0), 1.0, 0.5, 0.25, 0.01)
    assert empty.shape == (0,) and kept == 0.25


def test_scores_of_any_unit_are_told_by_how_rare_they_are():
    """Up to the threshold by the share of normal data that exceed them, above by how many times the threshold."""
    drawn, rate = np.random.default_rng(5).exponential(size=20_000), 1e-4
    for unit in (lambda x: x, lambda x: 7 * x, np.square):
        scale = Scale.of([unit(drawn[:9_000]), unit(drawn[9_000:])], float(unit(-np.log(rate))), rate)
        found = scale(unit(np.array([0.0, np.log(2), np.log(10), np.log(100), -np.log(rate)])))
        np.testing.assert_allclose(found, [0, np.log(2), np.log(10), np.log(100), np.log(1e4)] / np.log(1e4), atol=0.02)
        more = unit(np.linspace(0, 20, 500))
        assert (np.diff(scale(more)) >= 0).all() and scale(more[-1:]) == pytest.approx(more[-1] / scale.found[-1])
        again = Scale.from_json(vars(scale))
        np.testing.assert_array_equal(again(more), scale(more))


def test_scales_of_scores_that_are_all_the_same_or_rarely_anything():
    for scores in (np.zeros(50), np.ones(3), np.array([]), np.append(np.zeros(99), 1.0)):
        scale = Scale.of([scores], 2.0, 0.5)
        assert scale(np.array([0.0, 2.0, 4.0])).tolist()[1:] == [1.0, 2.0] and (np.diff(scale.found) > 0).all()
    with pytest.raises(ValueError, match="don't rise"):
        Scale.from_json({"found": [2.0, 1.0], "counted": [0.0, 1.0]})


def test_rates_as_people_write_them():
    assert per_step("1/10000steps", None) == 1e-4 and per_step("2 / step", None) == 2.0
    assert per_step("1/day", 60.0) == pytest.approx(1 / 1_440)
    assert per_step("3/2weeks", 3_600.0) == pytest.approx(3 / 336)
    assert per_step("", None) == 1e-4
    for wrong in ("day", "0/day", "1/0days", "1/fortnight", "1/10000", "-1/day"):
        with pytest.raises(TaskError, match="such as 1/10000steps"):
            per_step(wrong, 60.0)
    with pytest.raises(TaskError, match=r"column of dates or times.*--false-alarms 1/10000steps"):
        per_step("1/day", None)
