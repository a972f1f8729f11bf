"""Seasons are found through noise and trend, and only where there are some."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from conftest import shared_data
from elman.kinds.seasons import common_season, season_of, squared_differences

RNG = np.random.default_rng(0)


def test_squared_differences_against_a_loop():
    values = RNG.normal(size=63)
    values[[3, 17]] = np.nan
    found = squared_differences(values, 20)
    for lag in range(1, 21):
        assert found[lag] == pytest.approx(np.nanmean((values[lag:] - values[:-lag]) ** 2))


@pytest.mark.parametrize("period", [7, 12, 24, 365])
def test_seasons_are_found_through_noise_and_trend(period):
    t = np.arange(8 * period)
    values = np.sin(2 * np.pi * t / period) + 0.3 * RNG.normal(size=len(t)) + t / len(t)
    assert abs(season_of(values) - period) <= 0.03 * period


def test_a_random_walk_has_no_season():
    walks = [RNG.normal(size=1000).cumsum() for _ in range(20)]
    assert common_season(walks) == 0
    assert sum(season_of(walk) > 0 for walk in walks) <= 1
    assert season_of(np.full(63, 2.0)) == 0 and season_of(np.zeros(0)) == 0


def test_the_season_of_airline_passengers_is_a_year():
    with open(shared_data("timeseries") / "airline-passengers.csv", newline="") as file:
        assert season_of(np.array([float(row[1]) for row in list(csv.reader(file))[1:]])) == 12
