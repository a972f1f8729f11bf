"""Sequences of vectors, from a table to a saved model and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import elman as main
from conftest import alike, there
from elman import answers
from elman.data.table import Table
from elman.errors import TaskError
from elman.settings import Settings

TINY: dict[str, Any] = {"epochs": 1, "hidden_size": 8, "patience": 0}


def table(rows=60, **columns):
    rng = np.random.default_rng(0)
    vectors = [rng.normal(size=(1 + i % 5, 3)).tolist() for i in range(rows)]
    return Table({"x": vectors, **{name: make(vectors) for name, make in columns.items()}})


def label_of(vectors):
    return ["up" if steps[0][0] > 0 else "down" for steps in vectors]


def test_order_is_learned_where_only_order_tells():
    rng = np.random.default_rng(1)
    rising = [np.sort(rng.normal(size=(9, 1)), axis=0) for _ in range(200)]
    labels = ["rising" if i % 2 else "falling" for i in range(200)]
    steps = [(row if label == "rising" else row[::-1]).tolist() for row, label in zip(rising, labels, strict=True)]
    model = main.fit(Table({"x": steps, "y": labels}), epochs=8, hidden_size=16)
    assert (model.task.name, model.task.input) == ("classification", "vector")
    assert there(model.report).metrics["accuracy"]["value"] > 0.95
    assert there(model.report).baselines[1].metrics["accuracy"]["value"] < 0.8
    assert "reading in order pays" in there(model.report).verdicts[1]


@pytest.mark.parametrize(
    ("task", "make"),
    [
        ("classification", label_of),
        ("regression", lambda vectors: [steps[-1][1] for steps in vectors]),
        ("multilabel", lambda vectors: [["up"] if steps[0][0] > 0 else ["down", "odd"] for steps in vectors]),
        ("tagging", lambda vectors: [["p" if step[0] > 0 else "q" for step in steps] for steps in vectors]),
    ],
)
def test_every_output_goes_to_disk_and_back(task, make, tmp_path):
    data = table(y=make)
    model = main.fit(data, **TINY, to=tmp_path / "model")
    assert model.task.name == task and len(there(model.report).baselines) == 2
    again = main.load(tmp_path / "model")
    cells = [*data.columns["x"][:7], []] if task != "tagging" else data.columns["x"][:7]
    assert alike(again.predict(cells), model.predict(cells))
    report = again.evaluate(data)
    json.dumps(report.to_json())
    assert report.rows == len(data)


def test_long_recordings_are_measured_in_blocks():
    rng = np.random.default_rng(2)
    walks = [rng.normal(size=(length, 2)).cumsum(0) for length in (250, 300)]
    data = {"x": [walk[:, 0].tolist() for walk in walks], "y": [walk[:, 1].tolist() for walk in walks]}
    data["tag"] = [["a" if t // 10 % 2 else "b" for t in range(len(walk))] for walk in walks]
    steps = Table(data, layout="steps")
    model = main.fit(steps, valid=steps, test=steps, input=["x", "y"], output="tag", task="tagging", **TINY)
    assert there(model.report).rows == 3 + 3
    assert there(model.report).worst[0].input.startswith("row ")
    low, high = (there(model.report).metrics["tag_f1"][key] for key in ("low", "high"))
    assert low < high


def test_steps_and_tags_must_be_equally_many():
    task, vectors = answers.find("tagging", "vector"), table().columns["x"]
    tags = [["p", "q", "p", "q", "q"][: len(steps)] for steps in vectors]
    parts = task.parts(vectors, tags, Settings().with_changes(TINY))
    assert task.batches(parts, vectors, tags).tokens == sum(map(len, vectors))
    with pytest.raises(TaskError, match="row 3 has 3 steps and 2 tags"):
        task.batches(parts, vectors, [*tags[:2], tags[2][:2], *tags[3:]])


def signals(steps: int, rows: int = 40) -> dict[str, Any]:
    """Beeps, low or high, of about so many steps."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(steps - 9, steps + 10, rows)
    beeps = [np.sin(np.arange(length) * (0.3 + row % 2)) for row, length in enumerate(lengths)]
    return {"x": [beep.tolist() for beep in beeps], "y": [["low", "high"][row % 2] for row in range(rows)]}


@pytest.mark.parametrize(
    ("steps", "changes", "convolutions"),
    [(100, {}, 3), (30, {}, 0), (100, {"causal": True}, 0), (100, {"convolutions": 1}, 1)],
)
def test_long_sequences_are_convolved_first_unless_the_run_is_causal(steps, changes, convolutions):
    planned = main.plan(signals(steps), changes=changes)
    assert planned.settings.convolutions == convolutions
    assert planned.settings.augmentation == 1


@pytest.mark.parametrize("steps", [30, 100])
@pytest.mark.parametrize(("rows", "causal"), [(40, False), (40, True), (1_300, False)])
def test_folds_choose_who_answers_where_signals_are_few_unless_the_run_is_causal(steps, rows, causal):
    settings = main.plan(signals(steps, rows), changes={"causal": True} if causal else {}).settings
    raced = rows == 40 and not causal
    assert (settings.folds, settings.members) == ((5, 3) if raced else (0, 1))
    assert (settings.keep, settings.patience, settings.refit) == (("last", 0, True) if raced else ("best", 20, False))


def test_long_recordings_are_not_varied():
    assert main.plan(signals(1_020)).settings.augmentation == 0


def test_few_signals_are_learned_from_to_the_last_one_and_the_last_weights_kept(tmp_path):
    events: list[main.Event] = []
    given = signals(80)
    model = main.fit(given, to=tmp_path / "model", epochs=2, watch=events.append, embedding_size=6, hidden_size=4)
    assert "refit" in [event.kind for event in events] and model.parts.settings.members > 1
    evaluated = [event for event in events if event.kind == "evaluation"]
    assert evaluated[0].best and evaluated[1].best
    again = main.load(tmp_path / "model")
    cells = [*given["x"][:5], [], [1.0]]
    assert alike(again.predict(cells), model.predict(cells))
    with pytest.raises(TaskError, match="convolves"):
        again.stream()


def test_convolutions_need_the_whole_sequence():
    with pytest.raises(TaskError, match="convolutions=2 needs the whole sequence"):
        main.plan(signals(20), changes={"causal": True, "convolutions": 2})
