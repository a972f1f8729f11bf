"""Seasons are found through noise and trend, and only where there are some."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from conftest import shared_data
from elman.kinds.seasons import changes_return, common_season, season_of, squared_differences

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


def trending(steps: int, season: int, rng: np.random.Generator) -> np.ndarray:
    """A random walk that hides a season, whose changes show it."""
    pattern = np.resize(rng.normal(size=season), steps)
    return 3 * (pattern + 0.6 * rng.normal(size=steps).cumsum() + 0.4 * np.arange(steps))


@pytest.mark.parametrize("season", [4, 7, 12, 24])
def test_changes_show_a_season_that_numbers_hide(season):
    several = [trending(20 * season, season, np.random.default_rng(seed)) for seed in range(20)]
    assert sum(season_of(values) == season for values in several) <= 4
    assert sum(changes_return(values, season) for values in several) >= 18
    values = several[0].copy()
    values[RNG.choice(len(values), 3, replace=False)] = np.nan
    assert changes_return(values, season)


@pytest.mark.parametrize(("steps", "season"), [(1470, 365), (2016, 168)])
@pytest.mark.parametrize("gaps", ["late", "every other"])
def test_what_was_hardly_observed_shows_no_season(steps: int, season: int, gaps: str):
    """Walks that begin a season before their end, or of which every other season is observed."""
    kept = np.arange(steps) >= steps - season + 1 if gaps == "late" else np.arange(steps) // season % 2 == 0
    for seed in range(20):
        values = np.where(kept, np.random.default_rng(seed).normal(size=steps).cumsum(), np.nan)
        assert not changes_return(values, season)
        assert season_of(values) not in range(season - 2, season + 3)


def test_differences_are_those_of_pairs_that_are_observed():
    values = np.where(np.arange(60) < 30, np.nan, RNG.normal(size=60))
    found = squared_differences(values, 40)
    assert np.isnan(found).tolist() == [2 * (30 - lag) < 3 * lag for lag in range(41)]


@pytest.mark.parametrize("season", [2, 4, 7, 12])
def test_changes_without_a_season_return_by_chance_alone(season):
    noise = np.random.default_rng(0).normal(size=(100, 120))
    momentum = noise.copy()  # changes that are alike, the nearer the more
    for step in range(1, 120):
        momentum[:, step] += 0.8 * momentum[:, step - 1]
    for made in (noise, noise.cumsum(1), momentum.cumsum(1)):
        assert sum(changes_return(values, season) for values in made) <= 2
    lines = np.outer(RNG.normal(size=50), np.arange(63))  # whose changes differ by their rounding
    for still in (np.zeros(0), np.zeros(1), np.full(63, 2.0), np.full(63, np.nan), *lines):
        assert not changes_return(still, season)
