"""Few signals: network and linear model side by side on folds, and what is saved of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import TaskError

TINY: dict[str, Any] = {"epochs": 1}


def waves(rows: int = 40, output: str = "label") -> dict[str, list[Any]]:
    """Sequences of 64 to 70 steps with one of two periods, or their period itself."""
    generator = np.random.default_rng(0)
    periods = [6 + 6 * (row % 2) + row % 3 / 2 for row in range(rows)]
    x = [
        (np.sin(2 * np.pi * np.arange(64 + row % 7) / period) + 0.3 * generator.normal(size=64 + row % 7)).tolist()
        for row, period in enumerate(periods)
    ]
    answers: dict[str, list[Any]] = {
        "label": [("short", "long")[row % 2] for row in range(rows)],
        "number": [period + 0.01 for period in periods],
        "labels": [["a", "b"][: 1 + row % 2] for row in range(rows)],
    }
    return {"signal": x, "answer": answers[output], "who": [f"p{row // 4}" for row in range(rows)]}


def fit(data: dict[str, list[Any]], **changes: Any) -> elman.Model:
    return elman.fit(data, input="signal", output="answer", **TINY, **changes)


@pytest.fixture(scope="module")
def raced() -> elman.Model:
    return fit(waves())


def test_the_report_says_who_ran_and_who_answers(raced: elman.Model) -> None:
    report = raced.report
    assert report is not None and report.race is not None
    assert set(report.race.scores) == set(report.race.losses) == {"network", "minirocket", "together"}
    assert report.race.chosen == min(report.race.losses, key=report.race.losses.__getitem__)
    assert report.race.rows == 36  # training and validation part, each row held out once
    assert report.race.scores["minirocket"] == 1.0
    assert f"{report.race.chosen} answers" in str(report.race) and str(report.race) in report.said
    assert report.to_json()["race"]["chosen"] == report.race.chosen
    assert [baseline.name for baseline in report.baselines] == ["majority", "order_free", "minirocket"]


def test_what_is_saved_answers_alike(raced: elman.Model, tmp_path: Path) -> None:
    raced.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    rows = waves()["signal"][:5]
    for found, expected in zip(loaded.predict(rows), raced.predict(rows), strict=True):
        assert found.value == expected.value
        assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
    assert loaded.report is not None and loaded.report.race == raced.report.race  # type: ignore[union-attr]


def test_a_seed_gives_the_same(raced: elman.Model) -> None:
    again = fit(waves())
    assert again.report.race == raced.report.race  # type: ignore[union-attr]
    assert again.predict(waves()["signal"][:3]) == raced.predict(waves()["signal"][:3])


def test_the_linear_model_alone(tmp_path: Path) -> None:
    events: list[Any] = []
    model = fit(waves(), recipe="minirocket", watch=events.append)
    assert not [event for event in events if event.kind == "step"]
    assert model.report is not None and model.report.race is not None
    assert set(model.report.race.scores) == {"minirocket"}
    assert any(verdict.startswith("no network") for verdict in model.report.verdicts)
    model.save(tmp_path / "model")
    assert "The recipe minirocket, without a network" in (tmp_path / "model" / "README.md").read_text()
    loaded = elman.load(tmp_path / "model")
    assert loaded.predict(waves()["signal"])[0].value == "short"
    assert any("MiniRocket" in note and "holds no network" in note for note in loaded.inspect(waves()).notes)


@pytest.mark.parametrize("steps", [5, 20])
def test_short_sequences_too(steps: int) -> None:
    """Those without room for a pattern of nine steps as well."""
    report = fit(waves() | {"signal": [row[:steps] for row in waves()["signal"]]}).report
    assert report is not None and report.race is not None
    assert report.race.scores["minirocket"] > 0.7


@pytest.mark.parametrize("output", ["number", "labels"])
def test_numbers_and_several_labels(output: str) -> None:
    model = fit(waves(output=output))
    assert model.report is not None and model.report.race is not None
    worth = {"rmse": lambda found: found < 2, "f1": lambda found: found > 0.95}[model.report.race.by]
    assert worth(model.report.race.scores["minirocket"])


def test_numbers_are_those_of_the_linear_model() -> None:
    """What a report says to be the linear model itself answers as that does."""
    report = fit(waves(output="number"), recipe="minirocket").report
    assert report is not None and report.baselines[-1].name == "minirocket"
    assert report.metrics["rmse"]["value"] == pytest.approx(report.baselines[-1].metrics["rmse"]["value"])


@pytest.mark.parametrize("at", ["tried on", "training anew"])
def test_what_is_interrupted_later_can_be_resumed(raced: elman.Model, tmp_path: Path, at: str) -> None:
    planned = elman.plan(waves(), input="signal", output="answer", to=tmp_path / "model", changes=TINY)
    seen: list[str] = []

    def interrupt(event: Any) -> None:
        if event.kind == "refit" and at in event.message:
            seen.append(event.message)
        elif event.kind == "step" and len(seen) == 1:
            seen.append("interrupted")
            raise KeyboardInterrupt

    elman.Trainer(planned, interrupt).run()
    assert "interrupted" in seen and (tmp_path / "model.unfinished").exists()
    resumed = elman.Trainer(planned).run(resume=True)
    assert resumed.predict(waves()["signal"]) == raced.predict(waves()["signal"])
    assert not (tmp_path / "model.unfinished").exists()


def test_groups_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from elman.answers import race

    seen: list[Any] = []
    monkeypatch.setattr(race, "race", lambda task, parts, folds, rows, without: seen.append((folds, rows)))
    data = waves()
    fit(data, group="who")  # without a race it is the first network that is kept
    folds, (inputs, _) = seen[0]
    who = {str(cell): name for cell, name in zip(data["signal"], data["who"], strict=True)}
    groups = [{who[str(list(inputs[row]))] for row in fold} for fold in folds]
    assert len(folds) == 5 and sum(map(len, groups)) == len(set.union(*groups))


def test_what_the_user_asks_for_leaves_candidates_out() -> None:
    def plan(**changes: Any) -> Any:
        return elman.plan(waves(), input="signal", output="answer", changes=changes).settings

    assert plan().recipe == "" and plan(seed=3, epochs=2).recipe == ""
    assert plan(hidden_size=8).recipe == plan(folds=0).recipe == plan(causal=True).recipe == "network"
    with pytest.raises(TaskError, match="none of the recipes network, minirocket takes all of folds, hidden_size"):
        plan(hidden_size=8, folds=4)
    with pytest.raises(TaskError, match=r"hidden_size isn't used .* with recipe=minirocket"):
        plan(hidden_size=8, recipe="minirocket")
    with pytest.raises(TaskError, match=r"there is no recipe 'rocket' .* network, minirocket"):
        plan(recipe="rocket")
    with pytest.raises(TaskError, match="folds=1"):
        plan(folds=1)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman.trainer.MOST_RACED", 30)
    with pytest.raises(
        TaskError, match=r"\d+ rows to train and to validate on are too many for MiniRocket and folds.*--recipe network"
    ):
        elman.plan(waves(), input="signal", output="answer")


def test_nothing_to_go_on_from(raced: elman.Model) -> None:
    with pytest.raises(TaskError, match="minirocket trains no network"):
        fit(waves(), recipe="minirocket", start=raced)
