"""Series, from a table to a forecast."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import elman as main
from conftest import alike, there
from elman.answers.base import ToFit
from elman.answers.forecast import Forecast, ForecastAnswer, sizes
from elman.data.readers import from_python
from elman.errors import ExportError, TaskError
from elman.exporting import to_onnx
from elman.graph.classical import OF_HISTORY
from elman.graph.series import forward_filled
from elman.kinds.series import Forecasts, Series
from elman.models.ensemble import Ensemble
from elman.scoring.forecasting import MIXED, STRONG, LinearOnWindow, mean_said
from elman.sequences import Sequences
from elman.settings import Settings
from elman.trainer import plan

RNG = np.random.default_rng(0)
TINY: dict[str, Any] = {
    "members": 1,
    "epochs": 2,
    "hidden_size": 8,
    "embedding_size": 8,
    "patience": 0,
    "batch_tokens": 400,
}
MONTHS = [f"{1980 + m // 12}-{m % 12 + 1:02d}" for m in range(144)]


def quantiles_of(forecast: main.Prediction) -> dict[float, dict[str, list[float]]]:
    assert isinstance(forecast, Forecast)
    return forecast.quantiles


def as_text(quantiles: str) -> Any:
    """As a command line has them."""
    return quantiles


def members_of(model: main.Model) -> int:
    assert isinstance(model.network, Ensemble)
    return len(model.network.members)


def seasonal(length=144, noise=0.05):
    t = np.arange(length)
    return (t / 40 + np.sin(t * np.pi / 6) + noise * RNG.normal(size=length)).tolist()


def test_a_trend_beside_a_season_is_learned():
    quick: dict[str, Any] = {"members": 1, "epochs": 15, "hidden_size": 16, "dropout": 0.1, "learning_rate": 5e-3}
    model = main.fit(from_python({"month": MONTHS, "x": seasonal()}), horizon=6, context=24, **quick)
    assert model.task.name == "forecasting" and model.parts.input.season == 12
    names = ["naive", "seasonal_naive", "drift", "mean", "median", "theta", "optimised_theta", "holt_winters", "linear"]
    assert [baseline.name for baseline in there(model.report).baselines] == names
    mase = there(model.report).metrics["mase"]["value"]
    naive = there(model.report).baselines[:2]
    assert mase < 0.8 * min(baseline.metrics["mase"]["value"] for baseline in naive)


def test_the_worst_rows_are_shown_in_the_units_of_the_column():
    rows = from_python({"month": MONTHS, "x": [1000 + 10 * x for x in seasonal()]})
    model = main.fit(rows, horizon=6, recipe="seasonal_naive")
    for row in model.evaluate(rows).to_json()["worst"]:
        assert all(980 < float(row[side]) < 1060 for side in ("expected", "predicted"))


def test_metrics_of_the_naive_forecasts_against_a_loop():
    """An untrained network answers with the base forecast, so that a loop gives its errors and the baselines'."""
    values = np.array(seasonal(180, noise=0.3))
    table = from_python({"x": values.tolist()})
    plain: dict[str, Any] = {"epochs": 1, "learning_rate": 0.0, "refit": False, "recipe": "network"}
    model = main.fit(table, task="forecasting", horizon=7, context=24, **plain)
    train, errors, moved = values[:117], [], []
    for origin in range(144, 180 - 7 + 1):
        comes, last, before = (values[origin - lag : origin - lag + 7] for lag in (0, 12, 24))
        errors.append(np.abs(comes - last))
        moved.append(np.abs(comes - last - model.parts.input.reversion * ((last + before) / 2 - last)))
    scale = np.abs(train[12:] - train[:-12]).mean()
    assert there(model.report).metrics["mase"]["value"] == pytest.approx(np.mean(moved) / scale, rel=1e-4)
    naive, season = there(model.report).baselines[:2]
    assert season.metrics["mase"]["value"] == pytest.approx(np.mean(errors) / scale, rel=1e-4)
    last = np.mean([np.abs(values[o : o + 7] - values[o - 1]) for o in range(144, 174)])
    assert naive.metrics["std_mae"]["value"] == pytest.approx(last / train.std(), rel=1e-4)


def test_of_very_many_forecasts_evenly_spaced_ones_are_measured(monkeypatch: pytest.MonkeyPatch):
    values = np.array(seasonal(180, noise=0.3))
    monkeypatch.setattr("elman.answers.forecast.MOST_FORECAST", 7 * 10)
    table = from_python({"x": values.tolist()})
    report = there(main.fit(table, task="forecasting", horizon=7, context=24, recipe="seasonal_naive").report)
    origins = 144 + np.linspace(0, 29, 10).astype(int)
    last = np.mean([np.abs(values[o : o + 7] - values[o - 1]) for o in origins])
    assert report.baselines[0].metrics["std_mae"]["value"] == pytest.approx(last / values[:117].std(), rel=1e-4)
    assert report.deciding.endswith("Of 30 forecasts that can be made 10 were measured, evenly spaced.")


def test_deviations_are_those_of_the_training_part_also_after_training_anew(tmp_path):
    values = np.array(seasonal(180)) * np.linspace(1, 3, 180)  # whose validation part varies more
    table = from_python({"x": values.tolist()})
    model = main.fit(table, task="forecasting", horizon=7, context=24, refit=True, to=tmp_path / "model", **TINY)
    assert model.parts.input.scale[0] > 1.1 * values[:117].std()
    last = np.mean([np.abs(values[o : o + 7] - values[o - 1]) for o in range(144, 174)])
    assert there(model.report).baselines[0].metrics["std_mae"]["value"] == pytest.approx(
        last / values[:117].std(), rel=1e-4
    )
    again = main.load(tmp_path / "model")
    assert again.parts.input.unit.tolist() == model.parts.input.unit.tolist()


def test_a_random_walk_isnt_claimed_to_be_forecast():
    walk = RNG.normal(size=(2, 400)).cumsum(1)
    model = main.fit(from_python({"a": walk[0].tolist(), "b": walk[1].tolist()}), **TINY)
    report = there(model.report)
    assert [baseline.name for baseline in report.baselines] == [
        "naive",
        "drift",
        "mean",
        "median",
        "theta",
        "optimised_theta",
        "holt_winters",
        "linear",
    ]
    assert not all(verdict.startswith("better") for verdict in report.verdicts)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_daily_counts_without_pattern_arent_called_better_than_their_mean(seed, tmp_path):
    """Where the mean does as well, being better than the last value says nothing."""
    rng = np.random.default_rng(seed)
    days = [str(np.datetime64("2021-01-01") + day) for day in range(500)]
    table = from_python({"day": days, "visits": rng.poisson(40, 500).astype(float).tolist()})
    model = main.fit(table, horizon=7, to=tmp_path / "model", **TINY)
    report = there(model.report)
    by_name = {baseline.name: baseline for baseline in report.baselines}
    assert by_name["naive"].verdict.startswith("better")
    validated = {name: value for name, value in report.validated.items() if name != "model"}
    assert report.best == min(validated, key=validated.__getitem__) and report.best != "naive"
    assert not all(verdict.startswith("better") for verdict in report.verdicts)
    assert not any(verdict == by_name["naive"].verdict for verdict in report.verdicts)
    assert any("the best of 8 baselines on the validation part" in verdict for verdict in report.verdicts)
    again = main.load(tmp_path / "model")
    assert there(again.report).verdicts == report.verdicts
    assert again.evaluate(table).best == report.best


def test_of_several_series_errors_are_counted_in_their_own_naive_errors():
    """A thousand times as large, a series weighs as much as another."""
    values = [np.cumsum(RNG.normal(size=80)) * size for size in (1, 1000)]
    shops = ["a"] * 80 + ["b"] * 80
    table = from_python({"shop": shops, "step": [*range(80), *range(80)], "x": np.concatenate(values).tolist()})
    model = main.fit(table, output="x", task="forecasting", horizon=3, context=6, refit=False, **TINY)
    validated = there(model.report).validated
    assert validated["model"] < validated["mean"] / 2
    errors = []
    for one in values:
        start = next(series for series in model_series(model, table) if len(series) == 80).start
        naive = np.abs(np.diff(one[:start])).mean()
        errors += [np.abs(one[o : o + 3] - one[o - 1]) / naive for o in range(start, 78)]
    assert there(model.report).baselines[0].metrics["mase"]["value"] == pytest.approx(np.mean(errors), rel=1e-3)


def model_series(model: main.Model, table: Any) -> list[Any]:
    """The series of the test part."""
    return plan(table, output="x", task="forecasting", changes=TINY | {"horizon": 3}).data.held_out[0]


@pytest.mark.parametrize("many", [False, True])
def test_to_disk_and_back_wide_and_long(many, tmp_path):
    columns: dict[str, Any] = {"month": MONTHS, "x": seasonal(), "y": seasonal()}
    if many:
        columns = {"shop": ["s1"] * 144 + ["s2"] * 144, "month": MONTHS * 2, "x": seasonal() + seasonal()}
    table = from_python(columns)
    model = main.fit(table, **TINY, horizon=6, to=tmp_path / "model")
    again = main.load(tmp_path / "model")
    forecasts = model.predict(table)
    assert again.predict(table) == forecasts and len(forecasts) == 1 + many
    forecast = forecasts[0]
    assert forecast.times == tuple(f"1992-{m:02d}" for m in range(1, 7))
    for name in ("x",) if many else ("x", "y"):
        low, high = (np.array(by_column[name]) for by_column in quantiles_of(forecast).values())
        value = np.array(forecast.value[name])
        assert (low <= high).all() and value.shape == (6,)
    json.dumps(forecast.to_json())
    json.dumps(again.evaluate(table).to_json())


def test_other_columns_can_be_looked_at():
    signal = RNG.normal(size=300)
    shifted = np.roll(signal, 1) + 0.01 * RNG.normal(size=300)  # x is what the signal was a step before
    dates = [str(np.datetime64("2020-01-01") + day) for day in range(300)]
    table = from_python({"date": dates, "x": shifted.tolist(), "signal": signal.tolist()})
    quick: dict[str, Any] = {"members": 1, "epochs": 20, "hidden_size": 32, "dropout": 0.1, "learning_rate": 5e-3}
    model = main.fit(table, output="x", horizon=1, context=4, **quick)
    assert model.parts.input.columns == ["x"] and model.detection.output == "x"
    assert (
        there(model.report).metrics["std_mse"]["value"]
        < 0.5
        < there(model.report).baselines[0].metrics["std_mse"]["value"]
    )


def test_intervals_hold_what_they_say():
    """As much of what comes lies below each quantile as should, also where the network has hardly learned anything."""
    noise = RNG.normal(size=1800)
    table = from_python({"x": noise[:1500].tolist()})
    quick: dict[str, Any] = {"members": 1, "epochs": 1, "hidden_size": 8, "refit": False, "quantiles": "0.1,0.5,0.9"}
    model = main.fit(table, task="forecasting", horizon=3, context=12, **quick)
    assert np.all(model.parts.input.shifts)
    below = []
    for end in range(1500, 1797, 3):
        (forecast,) = model.predict(from_python({"x": noise[:end].tolist()}))
        comes = noise[end : end + 3]
        below.append([comes <= np.array(values["x"]) for values in quantiles_of(forecast).values()])
    np.testing.assert_allclose(np.mean(below, axis=(0, 2)), [0.1, 0.5, 0.9], atol=0.08)


@pytest.mark.parametrize("decoding", ["direct", "parallel", "recurrent"])
def test_every_decoding_learns_what_the_calendar_says(decoding):
    """Noise, but for its Sundays: what comes can be told from the day of the week alone."""
    days = np.datetime64("2020-01-01") + np.arange(500)
    values = RNG.normal(0, 0.3, 500) + 3.0 * (days.astype("datetime64[D]").view("int64") % 7 == 3)
    table = from_python({"date": [str(day) for day in days], "x": values.tolist()})
    quick: dict[str, Any] = {
        "members": 1,
        "epochs": 8,
        "hidden_size": 32,
        "embedding_size": 32,
        "dropout": 0.1,
        "learning_rate": 1e-2,
    }
    model = main.fit(table, horizon=10, context=12, segment=4, season=1, decoding=decoding, **quick)
    assert (
        there(model.report).metrics["std_mae"]["value"]
        < 0.5 * there(model.report).baselines[0].metrics["std_mae"]["value"]
    )


def test_quantiles_as_asked_for():
    table = from_python({"month": MONTHS, "x": seasonal()})
    model = main.fit(table, **TINY, horizon=6, quantiles=as_text("0.75, .05,0.25"))
    (forecast,) = model.predict(table)
    assert list(quantiles_of(forecast)) == [0.05, 0.25, 0.75]
    assert (np.diff([by_column["x"] for by_column in quantiles_of(forecast).values()], axis=0) >= 0).all()
    assert not quantiles_of(main.fit(table, **TINY, horizon=6, quantiles=as_text("")).predict(table)[0])
    for wrong in ("0.1,1.5", "10%"):
        with pytest.raises(TaskError, match="quantiles are shares between 0 and 1"):
            main.fit(table, **TINY, horizon=6, quantiles=as_text(wrong))


def test_missing_values_and_gaps_are_forecast_over():
    values = seasonal()
    values[30] = values[100] = None
    keep = [m for m in range(144) if m not in (50, 51)]
    table = from_python({"month": [MONTHS[m] for m in keep], "x": [values[m] for m in keep]})
    model = main.fit(table, **TINY, horizon=6)
    assert model.parts.input.masked
    assert np.isfinite(model.predict(table)[0].value["x"]).all()


def test_too_short_and_too_long():
    table = from_python({"month": MONTHS, "x": seasonal()})
    with pytest.raises(TaskError, match="too short for a forecast of 60 steps"):
        main.fit(table, **TINY, horizon=60)
    with pytest.raises(TaskError, match="too short for a forecast of 6 steps from the 140 before"):
        main.fit(table, **TINY, horizon=6, context=140, segment=1)
    model = main.fit(table, **TINY, horizon=6, context=24)
    with pytest.raises(TaskError, match="has 10 steps; the model reads 24"):
        model.predict(from_python({"month": MONTHS[:10], "x": seasonal()[:10]}))


def promotions(length=420, seed=3):
    """A noisy series that promotions, which nothing in it announces, lift by ten standard deviations of its noise."""
    rng = np.random.default_rng(seed)
    promotion = (rng.random(length) < 0.2).astype(float)
    sales = 0.3 * rng.normal(size=length) + 3 * promotion
    dates = [str(np.datetime64("2020-01-01") + day) for day in range(length)]
    return {"date": dates, "sales": sales.tolist(), "promotion": promotion.tolist()}


SHOPS: dict[str, Any] = {"epochs": 15, "hidden_size": 32, "embedding_size": 32, "dropout": 0.1, "learning_rate": 1e-2}
SHOPS |= {"members": 1, "horizon": 5, "context": 10, "season": 1}


@pytest.fixture(scope="module")
def untold():
    """Promotions whose past alone is given."""
    return main.fit(from_python(promotions()), output="sales", input="promotion", **SHOPS)


@pytest.mark.parametrize("decoding", ["direct", "parallel", "recurrent"])
def test_what_is_given_ahead_is_used(decoding, untold):
    told = main.fit(from_python(promotions()), ahead=["promotion"], decoding=decoding, **SHOPS)
    assert there(told.report).metrics["std_mae"]["high"] < 0.8 * there(untold.report).metrics["std_mae"]["low"]


def test_what_is_given_ahead_stands_in_rows_after_the_end(tmp_path):
    model = main.fit(from_python(promotions()), ahead=["promotion"], **SHOPS)
    model.save(tmp_path / "model")
    model = main.load(tmp_path / "model")
    columns = promotions()
    dates = [str(np.datetime64("2020-01-01") + day) for day in range(425)]
    comes = [0.0, 1.0, 0.0, 0.0, 1.0]
    after = {"date": dates, "sales": columns["sales"] + 5 * [None], "promotion": columns["promotion"] + comes}
    (forecast,) = model.predict(from_python(after))
    assert forecast.times == tuple(dates[-5:])
    assert [value > 1.5 for value in forecast.value["sales"]] == [bool(one) for one in comes]
    with pytest.raises(
        TaskError,
        match=r"'promotion' must be given ahead, for the 5 steps .* missing for 5 of them, first for 2021-02-24",
    ):
        model.predict(from_python(columns))
    after["promotion"][-2] = None
    with pytest.raises(
        TaskError, match=f"missing for 1 of them, first for {dates[-2]}. Add rows with it after the end"
    ):
        model.predict(from_python(after))


def test_columns_that_cant_be_given_ahead():
    table = from_python(promotions() | {"event": ["none", "fair"] * 210})
    for columns, what in (
        ({"ahead": ["sales"], "output": "sales"}, "can't be both given ahead and --input or --output"),
        ({"ahead": ["event"]}, "must hold numbers that change; write yes and no as 1 and 0"),
        ({"ahead": ["promotion"], "task": "regression"}, "the task is regression"),
        ({"ahead": ["promotions"]}, "has no column 'promotions'; did you mean 'promotion'"),
    ):
        with pytest.raises(TaskError, match=what):
            main.fit(table, **columns, **TINY)


def test_the_network_is_weighed_on_stretches_of_time():
    """The parts of the validation part that must agree follow each other in time, in all columns together."""
    table = from_python({"month": MONTHS, "x": seasonal(), "y": seasonal()})
    planned = plan(table, changes=TINY | {"horizon": 6, "context": 12})
    task, held = planned.task, planned.data.valid
    parts = task.parts(*planned.data.train, planned.settings)
    validation = task.batches(parts, *held)
    kind, given = parts.input, []
    kind.calibrate = lambda scores, lacking, *more, **named: given.append(lacking)
    task.finish(parts, validation, held[0])
    (series,) = held[0]
    expected = []
    for origin in range(series.start, len(series) - 6 + 1):
        for column in range(2):
            window = Forecasts.of(kind.encode([series]), *(np.array([i]) for i in (0, column, origin)))
            expected.append(kind.lacking(kind.collate(window), kind.observed(window), window.spread)[0, :, 0])
    np.testing.assert_allclose(given[0], expected, rtol=1e-5)


CLASSICAL = ["naive", "seasonal_naive", "drift", "mean", "median", "theta", "optimised_theta", "holt_winters", "linear"]


@pytest.mark.parametrize("refit", [False, True])
def test_no_worse_in_validation_than_a_linear_model(refit, tmp_path):
    """A series that a linear model forecasts well from far back, where the network has hardly learned anything."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=600)
    for t in range(9, 600):
        values[t] += 0.9 * values[t - 9]
    table = from_python({"x": values.tolist()})
    sizes: dict[str, Any] = {"horizon": 3, "context": 12, "season": 1, "refit": refit}
    model = main.fit(table, task="forecasting", to=tmp_path / "model", **sizes, **TINY)
    kind, validated = model.parts.input, there(model.report).validated
    assert kind.classical == {"linear": 1.0} and kind.share > 0.5 and validated["model"] <= validated["linear"] + 1e-6
    alone = main.fit(table, task="forecasting", recipe="network", **sizes, **TINY)
    assert alone.parts.input.linear is None and not alone.parts.input.classical
    assert there(alone.report).validated["model"] > 1.1 * validated["model"]
    assert there(alone.report).validated["linear"] == pytest.approx(validated["linear"])
    linear = model.parts.classical.linear
    of_train, of_both = linear.of_trials[0], linear.weight
    np.testing.assert_allclose(kind.linear, of_both if refit else of_train, rtol=1e-5)
    again = main.load(tmp_path / "model")
    assert alike(again.predict(table), model.predict(table))
    assert there(again.report).validated == validated


@pytest.mark.parametrize("made", ["walk", "counts", "trend"])
def test_where_a_classical_forecast_does_best_it_is_what_answers(made, tmp_path):
    rng, steps = np.random.default_rng(3), np.arange(300)
    values = {
        "walk": rng.normal(size=300).cumsum(),
        "counts": rng.poisson(20, 300).astype(float),
        "trend": 50 + 0.5 * steps + rng.normal(size=300),
    }[made]
    table = from_python({"x": values.tolist()})
    model = main.fit(table, task="forecasting", horizon=5, to=tmp_path / "model", **TINY)
    report, kind = there(model.report), model.parts.input
    best = min((name for name in report.validated if name != "model"), key=report.validated.__getitem__)
    assert sum(kind.classical.values()) == pytest.approx(1)
    assert kind.classical.keys() <= set(MIXED) or kind.classical.keys() == {best}
    horizons = model.parts.classical.horizons  # of which the best is never far likelier than what answers
    assert report.validated["model"] <= report.validated[best] * STRONG ** (1 / horizons) + 1e-6
    again = main.load(tmp_path / "model")
    assert alike(again.predict(table), model.predict(table))
    if not kind.trust:
        members = [baseline for baseline in report.baselines if baseline.name in kind.classical]
        if len(members) == 1:
            assert members[0].metrics["mase"]["value"] == pytest.approx(report.metrics["mase"]["value"], rel=1e-4)
            assert f"those of {members[0].description}, the best of 8 baselines" in report.verdicts[0]
        assert any("the network wasn't surely better in validation" in said for said in report.said)
        said = mean_said({member.description: kind.classical[member.name] for member in members})
        assert f"answers by {said}" in again.inspect(table).notes[0]
        with pytest.raises(ExportError, match=r"nothing to write as ONNX.*--recipe network"):
            to_onnx(again, tmp_path / "onnx")
    else:
        assert any("% the network's and" in said for said in report.said)


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_classical_forecast_that_is_asked_for_answers_without_training(name, tmp_path):
    values = np.array(seasonal(150, noise=0.3))
    values[[20, 60]] = np.nan
    cells = [None if np.isnan(value) else value for value in values]
    sizes: dict[str, Any] = {"horizon": 5, "context": 24, "season": 12}
    events: list[str] = []
    model = main.fit(
        from_python({"x": cells}),
        task="forecasting",
        recipe=name,
        to=tmp_path / "model",
        watch=lambda event: events.append(event.kind),
        **sizes,
    )
    assert not {"step", "evaluation", "refit"} & set(events) and not model.about["history"]
    report = there(model.report)
    (itself,) = (baseline for baseline in report.baselines if baseline.name == name)
    assert itself.metrics["mase"]["value"] == pytest.approx(report.metrics["mase"]["value"], rel=1e-4)
    assert any("as asked for, without a network" in said for said in report.said)
    again = main.load(tmp_path / "model")
    (found,) = again.predict({"x": cells})
    kind = again.parts.input
    filled = forward_filled(values[None]).T
    if name == "linear":
        window = filled[-len(kind.linear) + 1 :, 0]
        scale = max(filled[-24:, 0].std(), np.nanstd(values))
        expected = window[-1] + scale * (np.append((window - window[-1]) / scale, 1) @ kind.linear)
    else:
        expected = OF_HISTORY[name](filled, np.array([150]), 5, 12)[0, :, 0]
    np.testing.assert_allclose(found.value["x"], expected, rtol=1e-4, atol=1e-5)
    graph = kind.before(again.graphs.graphs["scores"])
    past = Sequences(values[:, None].astype(np.float32), np.array([150]))
    given = {"past": past, "ahead": np.zeros((1, 29, 0), np.float32), "column": np.array([0])}
    np.testing.assert_allclose(graph(given)["scores"][0, :, 0], expected, rtol=1e-4, atol=1e-4)


def test_the_mean_of_several_forecasts_is_shipped_as_it_answers(tmp_path):
    """Of a series that goes back to its mean: what is saved, and the graph that exports write, give what the members
    give on the mean, and intervals that widen."""
    values = np.random.default_rng(8).normal(size=150)
    for step in range(1, 150):
        values[step] += 0.7 * values[step - 1]
    values += 20
    sizes: dict[str, Any] = {"horizon": 5, "context": 24, "season": 1, "recipe": "combination"}
    main.fit({"x": values.tolist()}, task="forecasting", to=tmp_path / "model", **sizes)
    again = main.load(tmp_path / "model")
    kind = again.parts.input
    assert kind.classical.keys() == set(MIXED) and len(set(kind.classical.values())) == 3 and not kind.trust
    scale = max(values[-24:].std(), values.std())
    read = np.append((values[-len(kind.linear) + 1 :] - values[-1]) / scale, 1)
    said = {name: OF_HISTORY[name](values[:, None], np.array([150]), 5, 1)[0, :, 0] for name in OF_HISTORY}
    said["linear"] = values[-1] + scale * (read @ kind.linear)
    expected = np.sum([share * said[name] for name, share in kind.classical.items()], axis=0)
    (found,) = again.predict({"x": values.tolist()})
    np.testing.assert_allclose(found.value["x"], expected, rtol=1e-4)
    low, high = (np.array(by_column["x"]) for by_column in quantiles_of(found).values())
    assert (np.diff(high - low) >= -1e-5).all() and (low < expected).all() and (expected < high).all()
    graph = kind.before(again.graphs.graphs["scores"])
    past = Sequences(values[:, None].astype(np.float32), np.array([150]))
    scores = graph({"past": past, "ahead": np.zeros((1, 29, 0), np.float32), "column": np.array([0])})["scores"][0]
    np.testing.assert_allclose(scores, np.stack([expected, low, high], axis=1), rtol=1e-4)
    said = "Each forecast is of the next 5 steps; --set horizon=N asks for others. Forecasts are those of the "
    assert there(again.report).said[0].startswith(said + "weighted mean of the Theta method ")


def test_recipes_that_arent_there_are_refused_by_name():
    table = from_python({"x": np.random.default_rng(0).normal(size=200).tolist()})
    with pytest.raises(TaskError, match=r"no recipe 'arima' for forecasting of series; choose one of network, naive"):
        main.fit(table, task="forecasting", recipe="arima")
    with pytest.raises(TaskError, match="no season was found"):
        main.fit(table, task="forecasting", recipe="seasonal_naive")
    with pytest.raises(TaskError, match="recipe"):
        main.fit(main.samples.load("flowers"), recipe="theta")


def test_few_horizons_of_validation_are_made_up_for_by_the_end_of_the_training_part():
    """Classical forecasts are chosen in more trials than the validation part; nothing is learned from what is judged,
    nor judged that comes later than the validation part."""
    table = from_python({"month": MONTHS, "x": seasonal()})
    planned = plan(table, changes=TINY | {"horizon": 12, "context": 24})
    task, (train, _), (valid, _) = planned.task, planned.data.train, planned.data.valid
    assert isinstance(task, ForecastAnswer)
    parts = task.parts(train, train, planned.settings)
    trials = list(task._trials(parts, train, valid))
    (start,), several, whole = {series.start for series in valid}, len(trials), valid[0].values
    assert several > 2 and (trials[0].held.origins.min(), len(trials[0].learned.series[0])) == (start, start)
    backs = [start - trial.held.origins.min() for trial in trials[1:]]
    assert backs[:-1] == [12 * number for number in range(1, several - 1)] and 0 < backs[-1] - backs[-2] <= 12
    after = 0
    for trial in trials[1:]:
        first, held = trial.held.origins.min(), trial.held.series[0]
        assert len(held) == first + 23 <= len(whole) and trial.held.origins.max() == first + 11
        np.testing.assert_array_equal(held, whole[: len(held)])
        steps = trial.learned.origins[:, None] + np.arange(12)
        assert ((steps < first) | (steps >= first + 23)).all() and steps.max() < len(whole)
        expected = [at for at in range(24, len(whole) - 11) if at + 12 <= first or at >= first + 23]
        assert trial.learned.origins.tolist() == expected
        after += (steps > first).any()
    assert after
    alone = task.parts(train, train, planned.settings.with_changes({"recipe": "network"}))
    assert len(list(task._trials(alone, train, valid))) == 1
    held = task.fit_baselines(parts, ToFit((train, train), (valid, valid)))
    assert all(len(baseline.errors) == several for baseline in held)
    linear = held[-1]
    assert isinstance(linear, LinearOnWindow) and linear.windows == len(whole) - 24 - 11  # of both parts and between
    naive, count = 0.0, 0.0
    for back, trial in enumerate(trials):
        values = trial.held.series[0][:, 0]
        for origin in range(trial.held.origins.min(), len(values) - 11):
            naive += np.abs(values[origin : origin + 12] - values[origin - 1]).sum() / 2**back
            count += 12 / 2**back
    assert held[0].validation == pytest.approx(naive / count / parts.input.naive_error[0] / parts.input.scale[0])


def test_a_gap_in_the_training_part_judges_nobody():
    """It is longer than a horizon and the origins of one: nothing that is forecast there was observed."""
    values = RNG.normal(size=150).cumsum().tolist()
    values[70:118] = [None] * 48
    model = main.fit({"x": values}, task="forecasting", recipe="combination", horizon=10)
    assert np.isfinite(there(model.report).metrics["mase"]["value"])


@pytest.mark.parametrize(("recipe", "horizon"), [("naive", 24), ("optimised_theta", 8)])
def test_few_horizons_of_validation_still_say_how_far_forecasts_may_be_off(recipe, horizon):
    """Random walks, of which validation has little more than a horizon: what was missed in all trials sets the
    intervals of the last value again; the greatest errors of validation alone would cover nearly all. Lines with noise,
    whose history spreads ever more and whose errors don't."""
    claimed, found = 0.8, []
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=100)
        values = noise.cumsum() if recipe == "naive" else noise + np.arange(100)
        model = main.fit({"x": values.tolist()}, task="forecasting", recipe=recipe, horizon=horizon)
        (coverage,) = there(model.report).coverage
        assert coverage.claimed == pytest.approx(claimed) and model.parts.input.trust == 0
        found.append(coverage.found)
    assert np.mean(found) == pytest.approx(claimed, abs=0.08)


def test_several_networks_are_one_model(tmp_path):
    table = from_python({"month": MONTHS, "x": seasonal()})
    two: dict[str, Any] = TINY | {"members": 2}
    model = main.fit(table, **two, horizon=6, to=tmp_path / "model")
    again = main.load(tmp_path / "model")
    assert members_of(again) == 2 and alike(again.predict(table), model.predict(table))
    found = again.inspect(table)
    assert found.notes[0] == "The model answers with the mean of 2 networks, of which the first is looked into."
    assert found["flow"].words and "the mean of 2 networks" in (tmp_path / "model" / "README.md").read_text()
    several = main.fit(table, epochs=1, hidden_size=4, embedding_size=4, horizon=6)  # as short series are by default
    assert several.parts.settings.members == members_of(several) == 5


def test_a_series_comes_as_a_table():
    columns: dict[str, Any] = {"x": seasonal()}
    once: dict[str, Any] = TINY | {"epochs": 1}
    model = main.fit(columns, task="forecasting", horizon=6, context=24, **once)
    assert len(model.predict(columns)[0].value["x"]) == 6
    with pytest.raises(TaskError, match=r"a table with a row per step, such as \{'x': \[1.5, 2.0\]\}; got \[0"):
        model.predict([[0.0, *columns["x"]]])


def test_a_season_of_more_steps_than_windows_hold_is_left_to_the_calendar(monkeypatch: pytest.MonkeyPatch):
    series = Series(["x"], np.array(seasonal(300))[:, None], np.zeros((300, 0)))
    assert sizes([series], Settings())["season"] == 12
    monkeypatch.setattr("elman.answers.forecast.LONGEST_SEASON", 11)
    found = sizes([series], Settings())
    assert (found["season"], found["horizon"]) == (1, 24)
    assert sizes([series], Settings(season=12))["season"] == 12
