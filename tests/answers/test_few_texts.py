"""Few texts: folds of those that are learned from tell how good the n-gram model beside a network is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import elman
from conftest import there
from elman.dataset import DataSet

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 6, "embedding_size": 8, "pieces": 0}
STILL: dict[str, Any] = {**TINY, "learning_rate": 1e-6}
"""A network that hardly learns."""
WORDS = {"warm": ["sun", "sand", "palm", "heat", "south"], "cold": ["snow", "ice", "frost", "north", "south"]}


def told(rows: int, seed: int = 0, *, noise: float = 0.0) -> dict[str, list[str]]:
    """Sentences of one of two sorts of words; of a share ``noise`` the label is drawn by chance."""
    rng = np.random.default_rng(seed)
    labels = ["warm" if row % 2 else "cold" for row in range(rows)]
    texts = [" ".join(["there", "was", *rng.choice(WORDS[label], 3), f"n{row}"]) for row, label in enumerate(labels)]
    chance = rng.random(rows) < noise
    drawn = rng.choice(["warm", "cold", "cold", "cold"], rows)
    named = [str(drawn[row]) if chance[row] else label for row, label in enumerate(labels)]
    return {"text": texts, "label": named, "who": [f"w{row // 4}" for row in range(rows)]}


def planned(table: dict[str, list[str]], **more: Any) -> elman.Plan:
    return elman.plan(table, input="text", output="label", changes=TINY, **more)


def test_folds_keep_groups_whole():
    data = planned(told(100), group="who").data
    who = data.splits.train.columns["who"]
    folds = data.folds_of_train(5, seed=0)
    assert sorted(row for fold in folds for row in fold.tolist()) == list(range(len(who)))
    groups = [{who[row] for row in fold} for fold in folds]
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_folds_keep_equal_texts_together():
    table = told(60)
    table = {name: cells * 3 for name, cells in table.items()}
    data = planned(table).data
    texts = data.splits.train.columns["text"]
    groups = [{texts[row] for row in fold} for fold in data.folds_of_train(5, seed=0)]
    assert sum(map(len, groups)) == len(set(texts))
    assert not planned(told(60), group="who").data.folds_of_train(40, seed=0)  # there aren't so many


def test_folds_stand_beside_the_validation_part(monkeypatch: pytest.MonkeyPatch):
    model = elman.fit(told(200), input="text", output="label", **TINY)
    (beside,) = (one for one in model.baselines if one.name == "order_free")
    assert len(beside.left_out.outputs) == model.about["data"]["rows"]["train"]
    race = there(there(model.report).race)
    assert set(race.losses) <= {"network", "n-grams", "together"} and race.chosen in race.losses
    assert str(race) in there(model.report).said and "of the validation part" in str(race)
    monkeypatch.setattr("elman.answers.value.FEW_TO_WEIGH", 100)
    many = elman.fit(told(200), input="text", output="label", **TINY)
    assert next(one for one in many.baselines if one.name == "order_free").left_out is None
    rare = told(350)
    rare["label"] = ["warm" if row in range(1, 20, 2) else "cold" for row in range(350)]
    few = elman.fit(rare, input="text", output="label", **TINY)
    assert there(next(one for one in few.baselines if one.name == "order_free").left_out)


def test_who_answers_alone_is_said_and_kept(tmp_path: Any):
    """A network that has hardly learned loses more than the n-grams, which say all."""
    model = elman.fit(told(400), input="text", output="label", to=tmp_path / "m", **STILL)
    report = there(model.report)
    assert there(report.race).chosen == "n-grams"
    assert any(verdict.startswith("no network: its answers are those of counting words") for verdict in report.verdicts)
    assert "no share in the answers" in (tmp_path / "m" / "README.md").read_text()
    loaded = elman.load(tmp_path / "m")
    rows = told(20, 1)["text"]
    assert loaded.predict(rows) == model.predict(rows)
    kept = there(loaded.parts.sure)  # of folds and validation part
    assert len(kept) == sum(model.about["data"]["rows"][name] for name in ("train", "valid"))


def test_ngrams_that_tell_nothing_are_the_trivial_answer():
    table = told(300, noise=1.0)
    model = elman.fit(table, input="text", output="label", **STILL)
    (beside,) = (one for one in model.baselines if one.name == "order_free")
    assert not beside.model.weight.any() and beside.description == "counting words, which tells nothing here"
    share = np.mean([label == "cold" for label in table["label"]])
    for answer in model.predict(told(5, 1)["text"]):
        assert answer.value == "cold" and answer.probability == pytest.approx(share, abs=0.08)


def test_a_network_that_has_not_learned_is_not_saved(tmp_path: Any):
    series: dict[str, Any] = {"time": list(range(200)), "value": [float(k % 7) for k in range(200)]}
    model = elman.fit(series, task="forecasting", recipe="seasonal_naive", season=7, horizon=7, to=tmp_path / "m")
    assert not {"network", "graph"} & model.to_bundle().arrays.keys()
    loaded = elman.load(tmp_path / "m")
    assert loaded.saved is not None and "network" not in loaded.saved.arrays
    (first,), (again,) = model.predict(series), loaded.predict(series)
    assert first.value == again.value
    assert sum(parameter.numel() for parameter in loaded.network.parameters())  # which would be made
    loaded.save(tmp_path / "again")
    assert "network" not in elman.load(tmp_path / "again").to_bundle().arrays


@pytest.mark.parametrize("group", [None, "who"])
def test_folds_are_of_the_rows_that_have_a_label(group):
    rows = range(40)
    data = {
        "text": [f"word{i} and {i % 7}" for i in rows],
        "label": [None if i % 9 == 4 else "ab"[i % 2] for i in rows],
        "who": [f"person {i % 13}" for i in rows],
    }
    found = DataSet.read(data, input=["text"], output="label", group=group)
    assert len(found.train[1]) < len(found.splits.train)
    assert sorted(np.concatenate(found.folds_of_train(5, seed=0)).tolist()) == [*range(len(found.train[1]))]


def test_few_texts_one_of_them_without_a_label():
    data = {"text": [f"word{i} is {i % 3}" for i in range(26)], "label": [*"ab" * 11, None, *"bab"]}
    assert elman.fit(data, **TINY).predict(["word1 is 1"])[0].value in ("a", "b")
