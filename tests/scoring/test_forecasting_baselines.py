"""Simple forecasts, against loops, numpy's least squares, the published form of Theta, and published errors."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from conftest import shared_data
from elman.data.readers import read
from elman.errors import BundleError
from elman.graph.classical import (
    RATES,
    by_growth,
    holt_winters,
    seasonal_factors,
    slopes,
    smoothed_with_drift,
    smoothed_with_season,
)
from elman.graph.series import forward_filled
from elman.scoring import saved
from elman.scoring.backtest import Backtest, horizons_in
from elman.scoring.forecasting import (
    PENALTIES,
    Combination,
    Drift,
    HistoryMean,
    HistoryMedian,
    HoltWinters,
    LinearOnWindow,
    Naive,
    OptimisedTheta,
    SeasonalNaive,
    SimpleForecast,
    Theta,
    Trial,
    error_of,
    mean_said,
    said_in,
)

RNG = np.random.default_rng(0)


def backtest(
    series: list[Any], horizon: int = 3, context: int = 5, season: int = 1, first: int | None = None
) -> Backtest:
    """Every forecast of every column, with errors in units of one."""
    rows = [
        (which, column, origin)
        for which, one in enumerate(series)
        for column in range(one.shape[1])
        for origin in range(context if first is None else first, len(one) - horizon + 1)
    ]
    which, columns, origins = np.array(rows, np.int64).reshape(-1, 3).T
    spread = np.array([np.nanstd(one, axis=0) for one in series])
    zero, units = np.zeros(len(which)), np.ones((2, len(which)))
    return Backtest(
        series,
        [forward_filled(one.T).T for one in series],
        spread,
        which,
        columns,
        origins,
        horizon,
        context,
        season,
        zero,
        units,
    )


def test_series_that_go_wrong_together_tell_of_fewer_horizons():
    rng = np.random.default_rng(0)
    lengths = [9, 11, 14, 20, 20, 20]
    part = backtest([rng.normal(size=(length, 2)) for length in lengths], horizon=2, context=7)
    missed = rng.normal(size=(len(part), 2)) + rng.normal()
    missed[rng.random(missed.shape) < 0.1] = np.nan
    sums: dict[tuple[int, int], float] = {}  # by the step, from the end, and the series
    for which, origin, errors in zip(part.which.tolist(), part.origins.tolist(), missed, strict=True):
        for ahead in np.flatnonzero(~np.isnan(errors)).tolist():
            key = lengths[which] - origin - ahead, which
            sums[key] = sums.get(key, 0.0) + errors[ahead]
    sides: dict[int, float] = {}
    for (step, _), one in sums.items():
        sides[step] = sides.get(step, 0.0) + np.sign(one)
    effect = sum(one**2 for one in sides.values()) / len(sums)
    every = horizons_in(part.which, part.origins, 2)
    assert effect > 1 and part.horizons(missed) == pytest.approx(every / effect)
    many = backtest([np.zeros((30, 1))] * 50, horizon=4, context=10)
    alike = rng.normal(size=30)[many.origins][:, None] * np.ones(4)
    of_one = backtest([np.zeros((30, 1))], horizon=4, context=10)
    assert many.horizons(alike) == pytest.approx(of_one.horizons(alike[: len(of_one)]))
    assert of_one.horizons(alike[: len(of_one)]) == pytest.approx(horizons_in(of_one.which, of_one.origins, 4))
    assert many.horizons(np.full((len(many), 4), np.nan)) == pytest.approx(50 * of_one.horizons(alike[: len(of_one)]))
    assert many.horizons(rng.normal(size=(len(many), 4))) > 0.5 * horizons_in(many.which, many.origins, 4)


def filled(values: Any) -> list[float]:
    found: list[float] = []
    for value in values:
        found.append(found[-1] if np.isnan(value) else value)
    return found


LOOPS: list[tuple[SimpleForecast, Any]] = [
    (HistoryMean(), lambda past, h: np.mean(past)),
    (Naive(), lambda past, h: past[-1]),
    (SeasonalNaive(7), lambda past, h: past[-7 + h % 7] if len(past) >= 7 else past[-1]),
    (Drift(), lambda past, h: past[-1] + (h + 1) * (past[-1] - past[0]) / max(len(past) - 1, 1)),
]


@pytest.mark.parametrize(("baseline", "loop"), LOOPS, ids=[baseline.name for baseline, _ in LOOPS])
@pytest.mark.parametrize("horizon", [1, 11])
def test_against_loops(baseline, loop, horizon):
    series = [RNG.normal(size=(length, 2)).cumsum(0) for length in (63, 1 + horizon, 29)]
    series[0][[5, 6, 30], [0, 0, 1]] = np.nan
    one = backtest(series, horizon, context=1)
    found = baseline.forecasts(one)
    for row, forecast in enumerate(found):
        past = filled(series[one.which[row]][: one.origins[row], one.columns[row]])
        np.testing.assert_allclose(forecast, [loop(past, h) for h in range(horizon)], rtol=1e-9)


def test_medians_are_found_anew_as_the_history_grows():
    values = RNG.normal(size=(63, 2))
    one = backtest([values], horizon=2)
    blocks = list(by_growth(np.unique(one.origins)))
    assert np.concatenate(blocks).tolist() == list(range(5, 62)) and len(blocks) > 5
    for block in blocks:
        assert block[-1] <= 1.1 * block[0]
        expected = np.median(values[: block[0]], axis=0)
        for origin in block:
            rows = one.origins == origin
            np.testing.assert_allclose(HistoryMedian().forecasts(one)[rows], np.repeat(expected[:, None], 2, axis=1))


def theta_lines(values: Any, rate: float, horizon: int) -> list[float]:
    """Assimakopoulos & Nikolopoulos (2000): the mean of the straight line, and of exponential smoothing of the line of
    twice the curvature."""
    times = np.arange(len(values))
    slope, constant = np.polyfit(times, values, 1)
    bent = 2 * values - (constant + slope * times)
    level = bent[0]
    for value in bent:
        level = level + rate * (value - level)
    return [(constant + slope * (len(values) + h) + level) / 2 for h in range(horizon)]


@pytest.mark.parametrize("length", [2, 3, 17, 63])
def test_theta_as_smoothing_with_drift_is_the_mean_of_its_lines(length):
    values = RNG.normal(size=(length, 3)).cumsum(0) + 0.3 * np.arange(length)[:, None]
    found = smoothed_with_drift(values, np.array([length]), 7)[0]
    for column in range(3):
        one, errors = values[:, column], []
        for rate in RATES:
            level, squared = one[0], 0.0
            for value in one:
                squared, level = squared + (value - level) ** 2, level + rate * (value - level)
            errors.append(squared)
        rate = RATES[int(np.argmin(errors))]
        np.testing.assert_allclose(found[:, column], theta_lines(one, rate, 7), rtol=1e-8)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 63])
def test_the_best_share_of_the_slope_is_better_than_any_other(length):
    """Fiorucci et al. (2016): of every rate and share, the least squared error one step ahead, by loops."""
    steep, flat = RNG.normal(size=length).cumsum() + 2 * np.arange(length), RNG.normal(size=length)
    values = np.stack([steep, -steep, flat, np.full(length, 3.0)], axis=1)
    found = smoothed_with_drift(values, np.array([length]), 5, share=None)[0]
    shares: set[float] = set()
    for column in range(4):
        one = values[:, column]
        slope = np.polyfit(np.arange(length), one, 1)[0] if length > 1 else 0.0
        tried = [one_step_errors(one, rate, share, slope) for rate in RATES for share in np.linspace(0, 1, 501)]
        _, level, lag, share = min(tried)
        shares.add(share)
        expected = level + share * slope * (np.arange(5) + lag)
        scale = 1e-8 + 0.003 * abs(slope) * (5 + lag)  # of the shares in between
        np.testing.assert_allclose(found[:, column], expected, atol=scale)
    assert length < 63 or len(shares) > 1


def one_step_errors(values: Any, rate: float, share: float, slope: float) -> tuple[float, float, float, float]:
    squared, level = 0.0, values[0]
    for count, value in enumerate(values):
        behind = (1 - (1 - rate) ** count) / rate
        squared += (value - (level + share * slope * behind)) ** 2
        level += rate * (value - level)
    return squared, level, (1 - (1 - rate) ** len(values)) / rate, share


def test_nothing_is_seen_of_what_comes():
    values = 50 + RNG.normal(size=(90, 1)).cumsum(0)
    changed = np.concatenate([values[:60], values[60:] - 100])  # below zero, where logarithms end
    for season, method in itertools.product((1, 6), (Theta(), HoltWinters())):
        before, after = (
            method.forecasts(backtest([one], horizon=4, context=40, season=season)) for one in (values, changed)
        )
        np.testing.assert_array_equal(before[:21], after[:21])  # origins 40 to 60
        assert np.abs(before[21:] - after[21:]).min() > 1e-3


def test_slopes_are_those_of_least_squares():
    values = RNG.normal(size=(40, 2))
    found = slopes(values, np.array([1, 2, 9, 40]))
    for row, origin in zip(found[1:], (2, 9, 40), strict=True):
        np.testing.assert_allclose(row, np.polyfit(np.arange(origin), values[:origin], 1)[0], rtol=1e-9)
    assert not found[0].any()


@pytest.mark.parametrize("season", [4, 7])
def test_a_seasonal_pattern_is_found_and_put_back(season):
    length = 13 * season + 2
    shape = 1 + 0.5 * np.sin(2 * np.pi * np.arange(season) / season)
    line = 100 + 0.5 * np.arange(length)
    many = np.resize(shape, length)
    values = np.stack([line * many, line + 80 * (many - 1) - 120, RNG.normal(size=length)], axis=1)
    times, plus = seasonal_factors(values, season)
    np.testing.assert_allclose(times[:, 0], shape / shape.mean(), rtol=0.02)
    np.testing.assert_allclose(plus[:, 1], 80 * (shape - shape.mean()), atol=1e-6)
    assert (times[:, 1:] == 1).all() and not plus[:, 0].any()
    assert not plus[:, 2].any()  # noise has none
    one = backtest([values[:, :2]], horizon=season, context=6 * season, season=season)
    assert error_of(one, Theta().forecasts(one)) < 0.1 * error_of(one, Naive().forecasts(one))


def test_the_linear_model_is_ridge_regression():
    """Beside numpy's least squares on rows that the penalty adds."""
    series = [RNG.normal(size=(80, 2)).cumsum(0), RNG.normal(size=(51, 2)).cumsum(0) * 100]
    learned, held = backtest(series, horizon=3, context=5), backtest(series, horizon=3, context=5, first=40)
    baseline = LinearOnWindow(5).fit([Trial(learned, held)])
    x, y, scales = [], [], []
    for part in (learned, held):
        for row in range(len(part)):
            which, column, origin = part.which[row], part.columns[row], part.origins[row]
            window = series[which][origin - 5 : origin, column]
            scale = max(window.std(), series[which][:, column].std())
            x.append([*((window - window[-1]) / scale), 1])
            y.append((series[which][origin : origin + 3, column] - window[-1]) / scale)
            scales.append(scale)
    x, y, count = np.array(x), np.array(y), len(learned)
    unit = np.mean(np.square(x[:, :-1]).sum(0))
    errors = []
    for penalty in PENALTIES:
        own = penalty * np.mean(np.square(x[:count, :-1]).sum(0))
        weight = least_squares(x[:count], y[:count], own)
        missed = np.abs(x[count:] @ weight - y[count:]) * np.array(scales)[count:, None]
        errors.append(missed.mean())
    best = int(np.argmin(errors))
    assert baseline.validation == pytest.approx(errors[best], rel=1e-9)
    np.testing.assert_allclose(baseline.weight, least_squares(x, y, PENALTIES[best] * unit), rtol=1e-6, atol=1e-9)


def least_squares(x: Any, y: Any, penalty: float) -> Any:
    size = x.shape[1] - 1
    more = np.hstack([np.sqrt(penalty) * np.eye(size), np.zeros((size, 1))])
    return np.linalg.lstsq(np.vstack([x, more]), np.vstack([y, np.zeros((size, y.shape[1]))]), rcond=None)[0]


def test_the_linear_model_learns_in_the_end_from_what_is_named():
    values = RNG.normal(size=(63, 1)).cumsum(0)
    learned, held, later = (backtest([values[:end]], first=first) for end, first in ((40, None), (63, 40), (63, 38)))
    learned = replace(learned, spread=later.spread)
    found = LinearOnWindow(5).fit([Trial(learned, held)], later)
    every = backtest([values])  # also those that begin in one part and end in the other
    assert found.windows == len(learned) + len(later) == len(every) > len(learned) + len(held)
    x = np.array(
        [
            [*(values[at - 5 : at, 0] - values[at - 1, 0]), scale]
            for at, scale in zip(every.origins, every.scale(), strict=True)
        ]
    )
    y = every.actual - values[every.origins - 1]
    scale = every.scale()[:, None]
    tried = [least_squares(x / scale, y / scale, p * np.mean(np.square(x / scale)[:, :-1].sum(0))) for p in PENALTIES]
    assert min(np.abs(found.weight - weight).max() for weight in tried) < 1e-9


def test_the_linear_model_says_what_it_was_fitted_on():
    part = backtest([RNG.normal(size=(63, 1))])
    assert LinearOnWindow(5).fit([Trial(part, part)]).description == "a linear model on the last 5 steps"
    some = replace(part, every=1000)
    said = LinearOnWindow(5).fit([Trial(some, part)]).description
    assert said == "a linear model on the last 5 steps (fitted on 112 of 1,056 windows)"


def test_windows_without_change_or_with_gaps():
    values = np.concatenate([np.full(20, 3.0), np.linspace(3, 9, 30)])[:, None]
    values[[4, 33]] = np.nan
    part = backtest([values])
    for baseline in (LinearOnWindow(5), Theta(), OptimisedTheta(), HoltWinters(), HistoryMedian(), Drift()):
        found = baseline.fit([Trial(part, part)])
        assert np.isfinite(found.forecasts(part)).all() and np.isfinite(found.validation)
    (found,) = (LinearOnWindow(1).fit([Trial(one, one)]) for one in [backtest([values], context=1)])
    assert np.isfinite(found.weight).all()


def test_stretches_hold_each_forecast_of_a_time_once():
    series = [RNG.normal(size=(20, 2)), RNG.normal(size=(13, 2))]
    series[0][8, 0] = np.nan
    part = backtest(series)
    part = replace(part, stretch=4)
    told = part.which[:, None] * 1000 + part.origins[:, None] + np.arange(3)  # when each forecast value is
    stretches = part.in_stretches(told.astype(float))
    assert len(stretches) == len(part.stretches) == len(part.rows())
    for (which, first), rows in zip(part.stretches, stretches, strict=True):
        assert ((rows - which * 1000 >= first) & (rows - which * 1000 < first + 4)).all()
    assert sum(map(len, stretches)) == part.observed.sum() < part.observed.size


TOURISTS = np.ravel(
    [
        [30.05, 19.15, 25.32, 27.59, 32.08, 23.49, 28.48, 35.12, 36.84, 25.01, 30.72, 28.69],
        [36.64, 23.82, 29.31, 31.77, 35.18, 19.78, 29.60, 34.54, 41.27, 26.66, 28.28, 35.19],
        [42.21, 24.65, 32.67, 37.26, 45.24, 29.35, 36.34, 41.78, 49.28, 31.28, 37.85, 38.84],
        [51.24, 31.84, 41.32, 42.80, 55.71, 33.41, 42.32, 45.16, 59.58, 34.84, 44.84, 46.97],
    ]
)
"""International visitors to Australia, quarterly from 1999 (Hyndman & Athanasopoulos 2014, section 7.5)."""


@pytest.mark.parametrize(
    ("logs", "error", "expected"),
    [
        (False, 341.78949446, [59.30543523, 36.70324883, 45.95246891, 48.24358806, 60.5163686, 37.88996353]),
        (True, 0.2203598143, [4.05021701, 3.58269092, 3.80639001, 3.89730197, 4.08066342, 3.61252841]),
    ],
)
def test_holt_winters_is_that_of_statsmodels(logs, error, expected):
    """``ETSModel(error="add", trend="add", damped_trend=True, seasonal="add")`` of statsmodels 0.15 with the same
    beginning, smoothed with each of the choices: the least squared error, and the forecasts of those."""
    values = (np.log(TOURISTS) if logs else TOURISTS)[:, None]
    found, least = smoothed_with_season(values, np.array([48]), 6, 4)
    np.testing.assert_allclose(least, [[error]], rtol=1e-9)
    np.testing.assert_allclose(found[0, :, 0], expected, rtol=1e-8)


def test_holt_winters_takes_logarithms_where_they_are_likelier():
    """Beside Gauss's density of the errors one step ahead, in logarithms times how much those change by a number."""
    steps, noise = np.arange(96), RNG.normal(size=96)
    waves = np.sin(2 * np.pi * steps / 12)
    grows, stays, falls = np.exp(0.02 * steps + 0.4 * waves + 0.05 * noise), 50 + 9 * waves + noise, 20 * waves + noise
    values = np.stack([grows, stays, falls], axis=1)
    added, errors = smoothed_with_season(values, np.array([96]), 12, 12)
    multiplied, in_logs = smoothed_with_season(np.log(values[:, :2]), np.array([96]), 12, 12)
    likelihoods = -48 * np.log(errors[0, :2]), -48 * np.log(in_logs[0]) - np.log(values[:, :2]).sum(0)
    assert (np.argmax(likelihoods, axis=0) == [1, 0]).all()
    found = holt_winters(values, np.array([96]), 12, 12)[0]
    np.testing.assert_allclose(found[:, 0], np.exp(multiplied[0, :, 0]), rtol=1e-9)
    np.testing.assert_allclose(found[:, 1:], added[0, :, 1:], rtol=1e-9)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 63])
def test_holt_winters_smooths_any_history_and_columns_in_parts(length, monkeypatch: pytest.MonkeyPatch):
    values, origins = RNG.normal(size=(length, 5)).cumsum(0), np.array([length])
    together = holt_winters(values, origins, 4, 7)
    assert np.isfinite(together).all() and (length > 1 or (together == values[0]).all())
    monkeypatch.setattr("elman.graph.classical.AT_ONCE", 14)
    np.testing.assert_array_equal(holt_winters(values, origins, 4, 7), together)
    monkeypatch.setattr("elman.graph.classical.LATEST", 16)
    latest = holt_winters(values, origins, 4, 7)
    np.testing.assert_array_equal(latest, holt_winters(values[-16:], np.array([min(length, 16)]), 4, 7))


class Beside(Naive):
    """What is right, and so much more."""

    def __init__(self, by: float, name: str):
        self.by, self.name = by, name  # pyright: ignore[reportAttributeAccessIssue]

    def forecasts(self, backtest: Backtest) -> Any:
        return backtest.actual + self.by


def combined(trials: list[Trial], **by: float) -> Combination:
    return Combination.of_best([Beside(more, name).fit(trials) for name, more in by.items()], trials)


def test_forecasts_are_mixed_by_how_likely_their_errors_are():
    """Of Laplace's distribution, where a horizon counts as one error, by loops."""
    values = RNG.normal(size=(40, 1)).cumsum(0)
    values[33] = np.nan
    trials = [Trial(backtest([values[:20]]), backtest([values[:end]], first=at)) for at, end in ((30, 40), (25, 32))]
    horizons = 10 / 3 + 7 / 3
    found = combined(trials, naive=0.9, optimised_theta=1.0, holt_winters=-1.2, linear=9.0)
    likely = [np.exp(-horizons * np.log(error)) for error in (1.0, 1.2)]
    shares = np.array(likely) / sum(likely)
    assert found.weights == pytest.approx({"optimised_theta": shares[0], "holt_winters": shares[1]})
    off = abs(shares[0] * 1.0 - shares[1] * 1.2)
    assert found.validation == pytest.approx(off) and found.horizons == pytest.approx(horizons)
    unit = np.concatenate([trial.held.unit for trial in trials])[:, None]
    expected = np.where(np.isnan(found.missed), np.nan, -off / unit)
    np.testing.assert_allclose(found.missed, expected)
    assert np.isnan(found.missed).sum() == 3


@pytest.mark.parametrize("season", [1, 4])
def test_errors_are_counted_in_what_windows_would_spread_by_now(season):
    """By loops: the spread of the window, or of all by now, whichever is more; times how large changes were before it,
    beside all."""
    whole = [RNG.normal(size=(length, 2)).cumsum(0) for length in (40, 63)]
    whole[0][[2, 9, 17], 1] = np.nan
    held = replace(backtest([one[:30] for one in whole], season=season), later=whole)
    for row, (which, column, origin) in enumerate(zip(held.which, held.columns, held.origins, strict=True)):
        values = whole[which][:, column]
        window = np.std(held.filled[which][origin - 5 : origin, column])
        changes = [np.nanmean(np.abs(one[season:] - one[:-season])) for one in (values[:origin], values)]
        unit = max(window, np.nanstd(values)) * changes[0] / changes[1]
        assert held.unit[row] == pytest.approx(unit, rel=1e-6)
    here = backtest(whole, season=season)
    np.testing.assert_array_equal(here.unit, replace(here, later=whole).unit)


def test_what_errors_are_counted_in_stays_where_only_the_level_rises():
    """And grows as changes do. A history without changes, or shorter than a season, says nothing of them."""
    steps, noise = np.arange(400), RNG.normal(size=400)
    line, grows = 3 * steps + noise, (1 + steps / 40) * noise
    unit = backtest([line[:, None]]).unit
    assert unit.max() / unit[50:].min() < 1.2 and np.std(line[:55]) < np.std(line) / 7
    unit = backtest([grows[:, None]]).unit
    assert unit[-1] / unit[100] == pytest.approx(11 / 3.5, rel=0.3)
    still = np.concatenate([np.ones(30), 1 + noise[:30]])[:, None]
    for season in (1, 50):
        part = backtest([still], season=season)
        np.testing.assert_allclose(part.unit[:10], np.std(still), rtol=1e-6)
    assert (backtest([np.ones((20, 1))]).unit > 0).all()


def test_of_the_mean_there_is_as_much_as_costs_nothing_in_the_trials():
    values = RNG.normal(size=(60, 1)).cumsum(0)
    trials = [Trial(backtest([values[:20]]), backtest([values], first=55))]
    apart, alike = {"optimised_theta": 1.0, "holt_winters": -0.8}, {"optimised_theta": 1.0, "holt_winters": 0.8}
    assert combined(trials, naive=0.7, **apart).weights.keys() == apart.keys()
    assert combined(trials, naive=0.7, **alike).weights == {"naive": 1.0}
    assert combined(trials, naive=0.9, **alike).weights == {"holt_winters": 1.0}
    assert combined(trials, naive=0.0, **apart).weights == {"naive": 1.0}
    part = combined(trials, naive=-0.7, **alike)
    assert part.validation <= 0.7 and part.weights.keys() == {"naive", *alike}
    share, others = 1 - part.weights["naive"], [Beside(more, name).fit(trials) for name, more in alike.items()]
    mean = Combination.weighted(others, trials).tried(trials, said_in(trials, others)).validation
    assert part.validation == pytest.approx(abs(share * mean - (1 - share) * 0.7))
    assert share == pytest.approx(round(share, 1)) and abs((share + 0.1) * mean - (0.9 - share) * 0.7) > 0.7


def test_what_is_in_both_has_the_shares_of_both():
    naive, theta = Beside(1.0, "naive"), Beside(2.0, "theta")
    found = Combination([naive], [1.0]).moved_to(Combination([theta, naive], [0.5, 0.5]), 0.4)
    assert found.weights == pytest.approx({"naive": 0.8, "theta": 0.2})
    assert Combination([naive], [1.0]).moved_to(Combination([theta], [1.0]), 1.0).weights == {"theta": 1.0}


def test_means_are_said_with_shares():
    assert mean_said({"repeating the last value": 1.0}) == "repeating the last value"
    said = mean_said({"this": 0.5, "that": 0.3, "the Theta method": 0.2})
    assert said == "the weighted mean of this (50%), that (30%) and the Theta method (20%)"


def test_what_is_learned_from_shares_no_step_with_what_is_judged():
    series = [RNG.normal(size=(length, 2)) for length in (30, 41)]
    every = replace(backtest(series, horizon=4), units=RNG.normal(size=(2, 2 * (22 + 33))))
    held = backtest([series[0][:20], series[1][:30]], horizon=4, first=12)
    held = replace(held, **{name: getattr(held, name)[held.origins < 15] for name in ("which", "columns", "origins")})
    apart = every.apart_from(held)
    keys = list(zip(apart.which, apart.columns, apart.origins, apart.units[0], strict=True))
    expected = [
        key
        for key in zip(every.which, every.columns, every.origins, every.units[0], strict=True)
        if not {*range(key[2], key[2] + 4)} & {*range(12, 18)}
    ]
    assert keys == expected and 0 < len(keys) < len(every)
    only = replace(held, **{name: getattr(held, name)[held.which == 0] for name in ("which", "columns", "origins")})
    assert (every.apart_from(only).which == 1).sum() == (every.which == 1).sum()


def test_trials_further_back_count_half_of_those_after_them():
    values = RNG.normal(size=(40, 1))
    values[33] = np.nan
    trials = [
        Trial(backtest([values[:20]]), backtest([values[:end]], first=first))
        for first, end in ((30, 40), (25, 32), (20, 27))
    ]
    total, count = 0.0, 0.0
    for counts, first, end in ((1, 30, 40), (0.5, 25, 32), (0.25, 20, 27)):
        for origin in range(first, end - 2):
            for step in set(range(origin, origin + 3)) - {33}:
                total += counts * abs(values[step, 0] - filled(values[:origin, 0])[-1])
                count += counts
    assert Naive().fit(trials).validation == pytest.approx(total / count)


def test_saved_and_read_again():
    part = backtest([RNG.normal(size=(63, 2))], season=7)
    baselines = [
        HistoryMean(),
        HistoryMedian(),
        Naive(),
        SeasonalNaive(7),
        Drift(),
        Theta(),
        OptimisedTheta(),
        HoltWinters(),
        LinearOnWindow(5),
    ]
    fitted = [baseline.fit([Trial(part, part)]) for baseline in baselines]
    records, arrays = saved.to_json(fitted)
    restored = saved.from_json(json.loads(json.dumps(records)), arrays)
    for before, after in zip(fitted, restored, strict=True):
        assert after.name == before.name and after.description == before.description
        for was, now in zip(before.predict(part.rows()), after.predict(part.rows()), strict=True):
            np.testing.assert_array_equal(now, was)
    with pytest.raises(BundleError, match="damaged"):
        saved.from_json(records, arrays | {"8.weight": arrays["8.weight"][1:]})


def test_published_errors_of_m1_yearly():
    """The mean over series of the mean absolute error of the last six years, in naive errors of what is before them:
    the set's README has drift 3.489, mean 10.0, last value 4.894 and a plain Theta 4.19."""
    table = read(shared_data("m1_yearly"))
    (name,) = (
        name for name, cells in table.columns.items() if isinstance(cells[0], list) and isinstance(cells[0][0], float)
    )
    series = [np.array(cell, float)[:, None] for cell in table.columns[name]]
    origins = np.array([len(one) - 6 for one in series])
    naive = np.array([np.abs(np.diff(one[:-6, 0])).mean() for one in series])
    which, columns = np.arange(len(series)), np.zeros(len(series), np.int64)
    zero, units = np.zeros(len(series)), np.stack([naive, naive])
    part = Backtest(series, series, np.ones((len(series), 1)), which, columns, origins, 6, 8, 1, zero, units)
    found = {one.name: error_of(part, one.forecasts(part)) for one in (Drift(), HistoryMean(), Naive(), Theta())}
    assert found["drift"] == pytest.approx(3.489, abs=1e-3)
    assert found["mean"] == pytest.approx(10.0, abs=0.05)
    assert found["naive"] == pytest.approx(4.894, abs=1e-3)
    assert found["theta"] == pytest.approx(4.19, abs=0.05)
