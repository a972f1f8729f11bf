"""Windows of series: what the network sees of the past, and what is asked of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from elman import kinds
from elman.errors import TaskError
from elman.kinds import SeriesKind
from elman.kinds import series as kinds_series
from elman.kinds.series import Series, forward_filled, rising, weighted_quantile
from elman.kinds.times import Grid, grid_of
from elman.kinds.windows import EncodedSeries, Forecasts, Window

RNG = np.random.default_rng(0)
NOTHING = np.zeros((63, 0))


def series(values, start=0, extras=None):
    values = np.asarray(values, float).reshape(len(values), -1)
    extras = np.zeros((len(values), 0)) if extras is None else extras
    return Series([f"c{i}" for i in range(values.shape[1])], values, extras, start)


def forecast(*what):
    """Windows of (encoded series, column, origin)."""
    return [Window(*one) for one in what]


def fitted(*many, context=8, horizon=5, season=1):
    kind = SeriesKind(context, horizon, season)
    kind.fit(many)
    return kind


def test_columns_are_standardised_and_missing_values_stay_missing():
    values = RNG.normal(50, 9, (63, 2))
    values[5, 1] = np.nan
    kind = fitted(series(values))
    (encoded,) = kind.encode([series(values)])
    np.testing.assert_allclose(np.nanmean(encoded.values, axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.nanstd(encoded.values, axis=0), 1, rtol=1e-5)
    assert np.isnan(encoded.values[5, 1]) and kind.step_size == 2
    again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
    windows = forecast((encoded, 0, 20), (encoded, 1, 20))
    assert np.array_equal(again.collate(windows).steps.values, kind.collate(windows).steps.values)


def test_level_and_scale_of_a_window_dont_matter():
    walk = RNG.normal(size=63).cumsum()
    kind = fitted(series(walk))
    near, far = kind.encode([series(walk), series(7 * walk + 1000)])
    windows = [kind.collate(forecast((encoded, 0, 40))) for encoded in (near, far)]
    np.testing.assert_allclose(windows[0].steps.values, windows[1].steps.values, atol=1e-3, rtol=1e-3)
    assert windows[0].steps.values[-1].item() == 0.0  # the last value is what the others are measured from
    lacking = [kind.targets(forecast((encoded, 0, 40)))[0, :, 0] for encoded in (near, far)]
    np.testing.assert_allclose(lacking[0], lacking[1], atol=1e-3, rtol=1e-3)


def test_a_window_is_divided_by_what_was_known_before():
    walk = RNG.normal(size=120).cumsum()
    walk[40:60] *= 30  # a wild stretch
    walk[[3, 53]] = np.nan
    kind = fitted(series(walk))
    standard = (walk - kind.mean) / kind.scale
    for start in (0, 40):
        (encoded,) = kind.encode([series(walk, start=start)])
        quiet, wild = kind.collate(forecast((encoded, 0, 20), (encoded, 0, 58))).scale.tolist()
        assert quiet == pytest.approx(max(np.nanstd(standard[: start or None]), np.std(standard[12:20])), rel=1e-4)
        filled = np.where(np.isnan(standard), np.roll(standard, 1), standard)
        assert wild == pytest.approx(max(np.nanstd(standard[: start or None]), np.std(filled[50:58])), rel=1e-4)


def base_of(kind, values, origin):
    """The base forecast at an origin, in the numbers' own unit."""
    (encoded,) = kind.encode([series(values)])
    return kind.collate(forecast((encoded, 0, origin))).base[0].astype(np.float64) * kind.scale + kind.mean


def test_the_base_lies_between_the_last_season_and_the_mean_of_seasons():
    t = np.arange(120)
    seasonal = fitted(series(np.sin(t * np.pi / 6) + RNG.normal(0, 0.01, 120)), context=24, horizon=17, season=12)
    for seasonal.reversion in (0.0, 1.0, -1.0):
        expected = np.array([*range(48, 60), *range(48, 53)]) - 6 * seasonal.reversion
        np.testing.assert_allclose(base_of(seasonal, t, 60), expected, atol=1e-4)
    walk = fitted(series(RNG.normal(size=200).cumsum()), context=24)
    for walk.reversion in (0.0, 0.5):  # no season: the last value, and the mean of the window's
        expected = 59 - walk.reversion * (59 - np.arange(36, 60).mean())
        np.testing.assert_allclose(base_of(walk, np.arange(60), 60), [expected] * 5, atol=1e-4)


def test_the_reversion_is_that_of_least_absolute_error():
    optimize = pytest.importorskip("scipy.optimize")
    values = RNG.normal(size=150) + np.sin(np.arange(150) * np.pi / 6)
    values[70] = np.nan
    kind = fitted(series(values), context=24, horizon=5, season=12)

    def error(reversion):
        total = 0.0
        for origin in range(24, 146):
            filled = np.where(np.isnan(values), values[69], values)
            last, before = filled[origin - 12 : origin - 7], filled[origin - 24 : origin - 19]
            total += np.nansum(np.abs(values[origin : origin + 5] - last - reversion * (before - last) / 2))
        return total

    best = optimize.minimize_scalar(error, bounds=(-3, 3), method="bounded", options={"xatol": 1e-6})
    assert error(kind.reversion) == pytest.approx(best.fun, rel=1e-6) and 0.5 < kind.reversion < 1.5
    assert abs(fitted(series(RNG.normal(size=3_000).cumsum())).reversion) < 0.1  # a random walk
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 5.0])) == 2.0
    assert weighted_quantile(np.zeros(0, np.float32), np.zeros(0, np.float32)) == 0.0


def test_a_network_is_trusted_as_far_as_it_helps_throughout():
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    lacking = RNG.normal(size=(180, 5)).astype(np.float32)
    turned = np.concatenate([lacking[:120], -lacking[120:]])  # of no help in the last third
    noise = RNG.normal(size=(180, 5)).astype(np.float32)
    for answer, low, high in (
        (lacking, 1.0, 1.0),
        (0.5 * lacking, 1.0, 1.0),
        (2 * lacking, 0.5, 0.5),
        (turned, 0.0, 0.0),
        (noise, 0.0, 0.15),
    ):
        scores = np.stack([answer, noise - 5, noise + 5], axis=2)
        kind.calibrate(scores, lacking)
        assert low - 1e-6 <= kind.trust <= high + 1e-6
        quantiles = kind.calibrated(scores)
        assert np.array_equal(quantiles[..., 0], kind.trust * answer)
        shares = (lacking[..., None] < quantiles[..., 1:]).mean((0, 1))
        np.testing.assert_allclose(shares, [0.1, 0.9], atol=0.01)


def test_what_is_answered_lies_between_a_classical_forecast_and_the_network():
    """As near to the network as leaves least, and no worse than the classical forecast by itself."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    apart, network, noise = (RNG.normal(size=(180, 5)).astype(np.float32) for _ in range(3))
    blocks = np.arange(900).reshape(180, 5) // 30
    kind.classical, rest = {"theta": 1.0}, 0.1 * noise
    for lacking, trust in (
        (apart + rest, 0.0),
        (network + rest, 1.0),
        (0.6 * apart + 0.4 * network + rest, 0.4),
        (2 * apart - network, 0.0),
    ):
        scores = np.stack([network, network - 5, network + 5], axis=2)
        kind.calibrate(scores, lacking, apart, blocks=blocks)
        assert kind.trust == pytest.approx(trust, abs=0.05) and kind.share == 1 - kind.trust
        assert np.abs(lacking - kind.share * apart - kind.trust * network).sum() <= np.abs(lacking - apart).sum()
        shares = ((lacking - kind.share * apart)[..., None] < kind.calibrated(scores)[..., 1:]).mean((0, 1))
        np.testing.assert_allclose(shares, [0.1, 0.9], atol=0.01)
        kind.calibrate(scores, lacking, apart, blocks=blocks, learned=False)
        assert kind.trust == 0.0


def test_a_network_that_is_better_by_chance_has_no_share():
    """It is so in one block of time, whose errors tell nothing of others."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    kind.classical = {"drift": 1.0}
    lacking = RNG.normal(size=(180, 5)).astype(np.float32)
    scores = np.stack([0.5 * lacking] * 3, axis=2)
    for blocks, trusted in ((np.arange(900).reshape(180, 5) // 30, True), (np.zeros((180, 5), int), False)):
        kind.calibrate(scores, lacking, 0 * lacking, blocks=blocks)
        assert (kind.trust > 0) == trusted


def test_of_few_horizons_a_network_has_about_an_equal_share():
    """Of a quarter beside three kinds of forecasts, by chance ``3 * (1 - share) ** 2``; then times how likely errors
    are of each share, by integration."""
    integrate = pytest.importorskip("scipy.integrate")
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    kind.classical = {"drift": 1.0}
    lacking = RNG.normal(size=(180, 5)).astype(np.float32)
    scores, blocks = np.stack([0.9 * lacking] * 3, axis=2), np.arange(900).reshape(180, 5) // 30
    for stretches in (1e-9, 0.5, 2.2, 4.9):
        kind.calibrate(scores, lacking, 0 * lacking, blocks=blocks, stretches=stretches)

        def likely(share, power=0, stretches=stretches):
            return share**power * 3 * (1 - share) ** 2 * (1 - 0.9 * share) ** -stretches

        expected = integrate.quad(likely, 0, 1, args=(1,))[0] / integrate.quad(likely, 0, 1)[0]
        assert kind.trust == pytest.approx(expected, abs=0.01)
        kind.calibrate(-scores, lacking, 0 * lacking, blocks=blocks, stretches=stretches)
        assert kind.trust == 0
        kind.calibrate(scores, lacking, 0 * lacking, blocks=blocks, stretches=stretches, learned=False)
        assert kind.trust == 0


def test_surely_less_is_by_the_standard_error_of_a_ratio():
    """Where all blocks are of one size, it is that of the mean of their means."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        saved = rng.normal(0.05, 1, 40 * 6) + rng.normal(0, 0.3, 40).repeat(6)
        means = saved.reshape(40, 6).mean(1)
        expected = means.mean() > means.std(ddof=1) / np.sqrt(40)
        others: Any = 5 + np.abs(saved)
        errors: Any = others - saved
        assert kinds_series.surely_less(errors, others, np.arange(240) // 6) == expected


def test_of_few_stretches_intervals_hold_more():
    """As split conformal prediction has it: of 19 rows 0.8 * 20 / 19, so that 0.8 of others lie within. Errors of a
    horizon count as two and a half."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    missed = RNG.normal(size=(180, 5))
    for stretches, share in ((np.inf, 0.8), (18, 0.8 * 46 / 45), (19 / 2.5, 0.8 * 20 / 19), (1.5, 1), (0.2, 1)):
        kind.shift(missed[..., None].repeat(2, -1), stretches)
        low, high = np.array(kind.shifts).T
        assert ((low <= missed) & (missed <= high)).mean() == pytest.approx(share, abs=0.004)
    assert kinds_series.of_few(0.5, 9) == 0.5


def test_few_horizons_say_as_much_of_one_side_as_of_the_other():
    """Of errors that are all above, the interval still has both sides; of very many it lies where they are. What has no
    other end has errors of its own alone."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    missed = RNG.uniform(1, 2, (180, 5, 1)).repeat(2, -1)
    for stretches, low, high in ((1, -2, 2), (5, -1.853, 1.853), (np.inf, 1.1, 1.9)):
        kind.shift(missed, stretches)
        np.testing.assert_allclose(kind.shifts, [[low, high]] * 5, atol=0.05)
    kind.quantiles = [0.9]
    kind.shift(missed[..., :1], 5)
    np.testing.assert_allclose(kind.shifts, [[1.92]] * 5, atol=0.05)


def test_intervals_are_in_spreads_by_now():
    """Where a window spreads twice as far by now, an error is half as much of that; quantiles of a network are what it
    says."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    kind.classical = {"drift": 1.0}
    lacking = RNG.normal(size=(180, 5)).astype(np.float32)
    scores = np.stack([0.6 * lacking, 0.6 * lacking - 3, 0.6 * lacking + 3], axis=2)
    apart, blocks, by_now = 0.2 * lacking, np.arange(900).reshape(180, 5) // 30, RNG.uniform(0.4, 0.6, (180, 1))
    for network, learned in ((0 * scores, False), (scores, True)):
        kind.calibrate(network, lacking, apart, blocks=blocks, by_now=by_now, learned=learned)
        assert (kind.trust > 0) == learned
        quantiles = kind.trust * (network[..., 1:] - network[..., :1]) + np.array(kind.shifts)
        missed = by_now * (lacking - kind.share * apart - kind.trust * network[..., 0])
        np.testing.assert_allclose((missed[..., None] < quantiles).mean((0, 1)), [0.1, 0.9], atol=0.01)


def test_intervals_widen_as_errors_do():
    """Of a random walk the error of a step is as the root of how far ahead it is; no step's interval is narrower than
    that of one before it, and each holds what it should."""
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    walks = RNG.normal(size=(4_000, 5)).cumsum(1).astype(np.float32)
    walks[::7, 3] = np.nan
    kind.shift(walks[..., None].repeat(2, -1), np.inf)
    shifts = np.array(kind.shifts)
    np.testing.assert_allclose(shifts / np.sqrt(np.arange(1, 6))[:, None], np.tile([-1.28, 1.28], (5, 1)), atol=0.08)
    low, high = shifts[:, 0], shifts[:, 1]
    inside = np.where(np.isnan(walks), np.nan, (low <= walks) & (walks <= high))
    np.testing.assert_allclose(np.nanmean(inside, axis=0), [0.8] * 5, atol=0.02)


def test_rising_is_isotonic_regression():
    """Beside scikit-learn's."""
    isotonic = pytest.importorskip("sklearn.isotonic")
    for length in (1, 2, 17, 63):
        values, counts = RNG.normal(size=length) + 0.05 * np.arange(length), RNG.integers(1, 9, length)
        expected = isotonic.IsotonicRegression().fit(np.arange(length), values, counts).predict(np.arange(length))
        np.testing.assert_allclose(rising(values, counts), expected, rtol=1e-9, atol=1e-12)


def test_the_calendar_goes_on_after_the_end():
    grid = Grid("1 day", lambda i: str(np.datetime64("2020-01-01") + i))
    many = [Series(["c0"], RNG.normal(size=(length, 1)), np.zeros((length, 0)), 0, grid) for length in (63, 40)]
    kind = fitted(*many)
    assert kind.cycles == ["week"]
    encoded = kind.encode(many)
    at = forecast((encoded[0], 0, 63), (encoded[1], 0, 40), (encoded[1], 0, 10))
    windows = kind.collate(at)
    for row, origin in enumerate((63, 40, 10)):
        expected = [many[0].calendar(["week"], 20)[origin + step] for step in range(5)]
        np.testing.assert_allclose(windows.ahead[row], expected, atol=1e-6)
        before = windows.steps.values.reshape(3, 8, 3)[row, :, 1:]
        np.testing.assert_allclose(before, many[0].calendar(["week"], 20)[origin - 8 : origin], atol=1e-6)


def test_targets_and_base_add_up_to_what_came():
    values = RNG.normal(size=(63, 2)).cumsum(0)
    values[45, 1] = np.nan
    kind = fitted(series(values))
    (encoded,) = kind.encode([series(values)])
    windows = forecast(*((encoded, column, origin) for origin in (8, 43, 58) for column in (0, 1)))
    batch, targets = kind.collate(windows), kind.targets(windows)
    back = batch.base + targets[..., 0] * targets[..., 1]
    came = [encoded.values[window.origin : window.origin + 5, window.column] for window in windows]
    np.testing.assert_allclose(back, came, rtol=1e-5, atol=1e-6)
    assert np.isnan(targets[3, :, 0]).tolist() == [False, False, True, False, False]


def test_missing_values_are_filled_from_before_and_marked():
    nan = float("nan")
    values = np.array([[nan, 1.0, nan, nan, 2.0], [3.0, nan, 4.0, 5.0, nan], [nan] * 5])
    assert forward_filled(values).tolist() == [[1, 1, 1, 1, 2], [3, 3, 4, 5, 5], [0] * 5]
    holes = RNG.normal(size=63).cumsum()
    holes[[20, 21]] = np.nan
    kind = fitted(series(holes))
    (encoded,) = kind.encode([series(holes)])
    steps = kind.collate(forecast((encoded, 0, 24))).steps.values
    assert steps.shape == (8, 2) and steps[:, 1].tolist() == [0, 0, 0, 0, 1, 1, 0, 0]


def test_extras_stand_beside_the_values():
    values, extras = RNG.normal(size=63).cumsum(), RNG.normal(4, 3, (63, 2))
    kind = fitted(series(values, extras=extras))
    (encoded,) = kind.encode([series(values, extras=extras)])
    steps = kind.collate(forecast((encoded, 0, 30))).steps.values
    expected = (extras[22:30] - extras.mean(0)) / extras.std(0)
    np.testing.assert_allclose(steps[:, 1:], expected, rtol=1e-4, atol=1e-5)


def test_the_naive_error_is_that_of_mase():
    values = RNG.normal(size=(200, 1)).cumsum(0)
    kind = fitted(series(values))
    assert kind.naive_error[0] * kind.scale[0] == pytest.approx(np.abs(np.diff(values[:, 0])).mean())


def test_what_cant_be_forecast():
    with pytest.raises(TaskError, match="column 'c0' is constant"):
        fitted(series(np.full(63, 0.1)))
    kind = fitted(series(RNG.normal(size=63).cumsum()))
    with pytest.raises(TaskError, match="has the columns c0, c1; expected c0"):
        kind.encode([series(RNG.normal(size=(63, 2)))])


@pytest.mark.parametrize("seed", range(20))
def test_every_window_of_which_something_is_observed(seed):
    rng = np.random.default_rng(seed)
    context, horizon, columns = rng.integers(1, 8, 3)
    found, expected = [], []
    for steps in rng.choice([0, 1, 2, 7, 63], 3):
        values = rng.normal(size=(steps, columns)).astype(np.float32)
        values[rng.random(values.shape) < rng.choice([0, 0.5, 0.95])] = np.nan
        empty = np.zeros((steps, 0), np.float32)
        found.append(EncodedSeries(values, empty, empty, np.ones((1, columns), np.float32), int(rng.integers(0, 9))))
    for which, one in enumerate(found):
        for column in range(columns):
            for origin in range(max(one.start, context), len(one.values) - horizon + 1):
                if not np.isnan(one.values[origin : origin + horizon, column]).all():
                    expected.append((which, column, origin))
    windows = Forecasts.every(found, context, horizon)
    assert list(zip(windows.which, windows.columns, windows.origins, strict=True)) == expected


@pytest.mark.parametrize("last", [10**9, 2**63, 10**20, 1e300])
def test_a_time_far_beyond_the_others(last):
    """Steps are counted before they are whole numbers of 64 bits."""
    with pytest.raises(TaskError, match=r"comes [\d,]+ steps of .* too large a gap"):
        grid_of([*range(1, 30), last], np.arange(30))
    places, grid = grid_of([*range(1, 30), 31], np.arange(30))
    assert places.tolist() == [*range(29), 30] and grid is not None and grid.gaps.tolist() == [29]
