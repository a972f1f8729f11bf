"""The expected calibration error against its formula, and what chance does to probabilities that mean what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from elman.scoring.calibration import Calibration, Coverage, calibration

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("rows", [1, 2, 15, 63, 997])
def test_against_the_formula(rows):
    """Guo et al. (2017), equation 3, over bins of equal mass: the sum of |B| / n * |acc(B) - conf(B)|."""
    sure, hits = RNG.random(rows), RNG.random(rows) < 0.6
    order = np.argsort(sure)
    bins = [part for part in np.array_split(order, 15) if len(part)]
    expected = sum(len(part) / rows * abs(hits[part].mean() - sure[part].mean()) for part in bins)
    found = calibration(sure, hits)
    if rows % 15 == 0 or rows < 15:  # else equal masses differ by one row, here or there
        assert found.error == pytest.approx(expected)
    assert found.error == pytest.approx(expected, abs=0.05)
    assert found.answers == rows == sum(one.count for one in found.bins) and len(found.bins) == min(rows, 15)
    assert max(one.count for one in found.bins) - min(one.count for one in found.bins) <= 1
    assert found.surer == pytest.approx(sure.mean() - hits.mean())
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_what_means_what_it_says_stays_below_chance_in_95_of_100():
    below = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        sure = rng.beta(5, 1, 300)
        found = calibration(sure, rng.random(300) < sure)
        below.append(found.error <= found.chance)
    assert 0.9 <= np.mean(below) <= 0.99


@pytest.mark.parametrize("power", [0.4, 3.0])
def test_what_is_too_sure_or_not_sure_enough_is_seen(power):
    sure = RNG.uniform(0.5, 1, 3_000)
    found = calibration(sure, RNG.random(3_000) < sure**power)
    assert found.error > 2 * found.chance and not found.is_sound
    assert ("too sure" if power > 1 else "not sure enough") in str(found)


def test_few_answers_say_little_and_the_same_answers_the_same():
    few = calibration(np.full(20, 0.9), np.arange(20) < 17)
    assert few.error > 0.1 and few.is_sound and "they mean what they say" in str(few)
    assert few == calibration(np.full(20, 0.9), np.arange(20) < 17)


def test_answers_of_the_same_probability_may_come_in_any_order():
    """Of data that are sorted by what is right, wrong ones would else fill whole bins."""
    found = calibration(np.full(3_000, 0.9), np.arange(3_000) < 2_700)
    assert found.error < found.chance


def test_coverage_for_people():
    assert (
        str(Coverage("Intervals", 0.8, 0.7789))
        == "Intervals should hold what is right 80 % of the time, and do so 77.9 %."
    )
    assert str(Coverage("Sets", 0.95, 0.953, 1.118)).endswith("do so 95.3 %, with 1.12 labels on average.")
