"""Sequences of records learn what no step, and no mean of the steps, says; on data whose truth is made."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from elman import Model, fit
from elman.data.table import Table
from elman.errors import ElmanError, TaskError
from elman.exporting import to_c, to_onnx
from elman.runtime import GraphNetwork

SMALL: dict[str, Any] = {"hidden_size": 16, "embedding_size": 16, "dropout": 0.0, "learning_rate": 1e-2, "patience": 0}
SEQUENCES = 400


def events(seed: int, *, flip: bool = False, each: bool = False) -> Table:
    """Steps of a kind and an amount. What counts is the sign of the amount at the last step of kind "a": by it, the
    sequence is "up" or "down" (``each``: every step is); ``flip``: the other way round in the south."""
    rng = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for number in range(SEQUENCES):
        count = rng.choice([2, 3, 5, 8])
        kinds = [rng.choice("abc") for _ in range(count)]
        kinds[rng.randrange(count)] = "a"
        amounts = [rng.uniform(0.3, 1) * rng.choice((-1, 1)) for _ in range(count)]
        where = rng.choice(["north", "south"])
        said, now = [], 0.0
        for kind, amount in zip(kinds, amounts, strict=True):
            now = amount if kind == "a" else now
            said.append("none" if not now else "up" if (now > 0) != (flip and where == "south") else "down")
        for t in range(count):
            amount = None if kinds[t] != "a" and rng.random() < 0.2 else amounts[t]
            answer = said[t] if each else said[-1]
            rows.append((f"u{number:03d}", t * 3 + rng.random(), kinds[t], amount, where, answer))
    names = ("user", "time", "kind", "amount", "region", "outcome")
    return Table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.mark.parametrize("flip", [False, True])
def test_a_sequence_of_records_learns_the_order_of_kinds_times_amounts(flip: bool):
    model = fit(events(0, flip=flip), test=events(1, flip=flip), epochs=25, **SMALL)
    report = model.report
    assert report is not None and model.parts.input.name == "records"
    assert report.metrics["accuracy"]["value"] > 0.9
    free = next(one for one in report.baselines if one.name == "order_free")
    assert free.metrics["accuracy"]["value"] < 0.8
    worse = {share.column: share.test["difference"] for share in report.columns}
    assert worse["kind"] > 0.1 and worse["amount"] > 0.2 and (worse["region"] > 0.2) == flip


def test_shuffled_answers_cannot_be_learned():
    table = events(0)
    answers = dict(zip(table.columns["user"], table.columns["outcome"], strict=True))
    values = [*answers.values()]
    random.Random(5).shuffle(values)
    dealt = dict(zip(answers, values, strict=True))
    table.columns["outcome"] = [dealt[user] for user in table.columns["user"]]
    report = fit(table, epochs=8, **SMALL).report
    assert report is not None and report.metrics["accuracy"]["value"] < 0.7


@pytest.fixture(scope="module")
def each_step() -> Model:
    return fit(
        events(2, each=True), test=events(3, each=True), output="outcome", epochs=12, bidirectional=False, **SMALL
    )


def test_each_step_has_an_answer(each_step: Model):
    report = each_step.report
    assert report is not None and each_step.task.name == "tagging" and each_step.parts.input.name == "records"
    assert report.metrics["tag_accuracy"]["value"] > 0.9


def test_what_comes_later_changes_nothing_where_nothing_reads_backwards(each_step: Model):
    whole = ([float(t) for t in range(63)], ["a", "b", "c"] * 21, [(-1) ** t * 0.5 for t in range(63)], "north")
    cells = [tuple(v[:n] if isinstance(v, list) else v for v in whole) for n in (63, 1, 2, 30)]
    first, *others = (each_step.predict([cell])[0].value for cell in cells)
    assert [len(first), *map(len, others)] == [63, 1, 2, 30]
    for other in others:
        assert first[: len(other)] == other


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    folder = tmp_path_factory.mktemp("model") / "m"
    model = fit(events(0, flip=True), to=folder, epochs=2, **SMALL)
    return model, Model.load(folder)


def test_a_loaded_model_predicts_as_the_trained_one_without_torch(saved: tuple[Model, Model]):
    model, again = saved
    assert isinstance(again.parts.network, GraphNetwork)
    cells = [
        ([0.0, 1.5], ["a", "new"], [0.5, None], "north"),
        ([3.0], ["b"], [1], None),
        ([float(t) for t in range(63)], ["c"] * 63, [0.1] * 63, "west"),
    ]
    for one, other in zip(model.predict(cells), again.predict(cells), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
    alone = [again.predict([cell])[0].probabilities for cell in cells]
    for one, other in zip(again.predict(cells), alone, strict=True):
        assert one.probabilities == pytest.approx(other, abs=1e-5)
    assert again.report is not None and model.report is not None and again.report.columns == model.report.columns


def test_rows_of_a_table_are_gathered_and_sorted_as_in_training(saved: tuple[Model, Model]):
    _, model = saved
    table = events(7).select(range(60))
    del table.columns["outcome"]
    order = np.random.default_rng(0).permutation(60).tolist()
    users = list(dict.fromkeys(table.columns["user"]))
    mixed = list(dict.fromkeys(table.columns["user"][row] for row in order))
    one = dict(zip(users, model.predict(table), strict=True))
    other = dict(zip(mixed, model.predict(table.select(order)), strict=True))
    for user in users:
        assert one[user].probabilities == pytest.approx(other[user].probabilities, abs=1e-5)


def test_one_step_of_one_sequence_is_enough_and_what_changes_is_named(saved: tuple[Model, Model]):
    _, model = saved
    rows = {"user": ["x", "x"], "time": [0.5, 1.0], "kind": ["a", "a"], "amount": [0.4, 0.4]}
    assert len(model.predict(Table({**rows, "region": ["north", "north"]}))) == 1
    assert len(model.predict(Table({name: cells[:1] for name, cells in {**rows, "region": ["north"]}.items()}))) == 1
    with pytest.raises(ElmanError, match="column 'region' changes from 'north' to 'south'"):
        model.predict(Table({**rows, "region": ["north", "south"]}))


def test_a_model_that_reads_backwards_is_not_streamed(saved: tuple[Model, Model]):
    _, model = saved
    with pytest.raises(TaskError, match="can't be streamed: the network reads sequences backwards too"):
        model.stream()


def test_it_leaves_as_onnx_and_as_c_with_the_same_answers(saved: tuple[Model, Model], tmp_path: Any):
    _, model = saved
    assert to_onnx(model, tmp_path / "onnx").largest < 1e-4
    difference = to_c(model, tmp_path / "c").exported.difference
    assert difference is not None and difference < 1e-4


def test_a_table_is_measured_again_as_it_was(saved: tuple[Model, Model]):
    model, again = saved
    table = events(4, flip=True)
    one, other = (found.evaluate(table).metrics["accuracy"]["value"] for found in (model, again))
    assert one == pytest.approx(other)
