"""What comes next is learned from the past, and from nothing else: on data whose truth is made."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elman import Model, fit
from elman.answers.next_step import NextLabelAnswer
from elman.data.table import Table
from elman.errors import ElmanError, TaskError

SMALL: dict[str, Any] = {"hidden_size": 16, "embedding_size": 16, "dropout": 0.0, "learning_rate": 1e-2, "patience": 0}
GOODS = "abc"


def shop(seed: int, *, chance: bool = False, missing: float = 0.0, sequences: int = 250) -> Table:
    """What is bought is what was bought two steps ago, one further; an amount doubles the one before, up to 8, and
    then begins at 1; a coin is thrown at each step. ``chance``: what is bought is drawn."""
    rng = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for number in range(sequences):
        bought = [rng.choice(GOODS) for _ in range(rng.choice([3, 5, 9]))]
        for t in range(2, len(bought) if not chance else 0):
            bought[t] = GOODS[(GOODS.index(bought[t - 2]) + 1) % 3]
        start = rng.randrange(4)
        for t, one in enumerate(bought):
            shown = None if rng.random() < missing else one
            rows.append(
                (
                    f"u{number:03d}",
                    3 * t + rng.random(),
                    shown,
                    2 ** ((start + t) % 4) + rng.random() / 9,
                    rng.choice("xy"),
                )
            )
    return Table(
        dict(zip(("user", "time", "product", "amount", "coin"), map(list, zip(*rows, strict=True)), strict=True))
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    folder = tmp_path_factory.mktemp("next") / "m"
    model = fit(shop(0), test=shop(1), next="product", epochs=12, to=folder, **SMALL)
    return model, Model.load(folder)


def test_what_comes_two_steps_later_is_learned_and_a_markov_chain_does_not(trained: tuple[Model, Model]):
    report = trained[0].report
    assert report is not None and trained[0].task.name == "next-label"
    # Of three steps one can't be foreseen in each sequence: the second.
    steps = [len(cell[0]) - 1 for cell in trained[0].columns.cells(trained[0].columns.table(shop(1)))[0]]
    best = 1 - (2 / 3) * len(steps) / sum(steps)
    assert report.metrics["tag_accuracy"]["value"] == pytest.approx(best, abs=0.06)
    by_name = {one.name: one.metrics["tag_accuracy"]["value"] for one in report.baselines}
    assert {*by_name} == {"majority", "same_again", "markov", "order_free"}
    assert max(by_name.values()) < 0.5


def test_the_answer_is_one_class_of_the_step_to_come(trained: tuple[Model, Model]):
    for model in trained:
        (found,) = model.predict([([0.0, 3.1, 6.2], ["c", "a", "b"], [1.0, 2.0, 4.0], ["x", "y", "x"])])
        assert found.value == "b" and found.probability == pytest.approx(max(found.probabilities.values()))
        assert sum(found.probabilities.values()) == pytest.approx(1) and {*found.probabilities} == {*GOODS}


def test_a_loaded_model_answers_alike_and_is_measured_alike(trained: tuple[Model, Model]):
    cells = [([float(t) for t in range(n)], ["a"] * n, [1.0] * n, ["x"] * n) for n in (1, 2, 63)]
    one, other = (model.predict(cells) for model in trained)
    for a, b in zip(one, other, strict=True):
        assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)
    again = trained[1].evaluate(shop(1))
    assert trained[0].report is not None
    assert again.metrics["tag_accuracy"]["value"] == trained[0].report.metrics["tag_accuracy"]["value"]
    assert [one.metrics for one in again.baselines] == [one.metrics for one in trained[0].report.baselines]


@pytest.mark.parametrize("target", ["product", "coin"])
def test_what_chance_decides_is_not_learned(target: str):
    """The column itself is read: had any step sight of the next one, all answers were right."""
    report = fit(shop(2, chance=True), test=shop(3, chance=True), next=target, epochs=3, **SMALL).report
    assert report is not None
    fair = 1 / 3 if target == "product" else 1 / 2
    assert report.metrics["tag_accuracy"]["value"] == pytest.approx(fair, abs=0.06)


def test_later_steps_change_no_answer(trained: tuple[Model, Model]):
    model, _ = trained
    assert isinstance(model.task, NextLabelAnswer)
    cells, _ = model.columns.cells(model.columns.table(shop(4)))
    assert cells is not None
    for cell in cells[:5]:
        without_last = tuple(column[:-1] if isinstance(column, list) else column for column in cell)
        *_, before = model.task.values(model.parts, [without_last])
        (whole,) = model.task.values(model.parts, [cell])
        assert whole[:-1] == before


def test_numbers_are_foreseen_too():
    report = fit(shop(5), test=shop(6), next="amount", epochs=10, **SMALL).report
    assert report is not None and report.metrics["r2"]["value"] > 0.7
    again = next(one for one in report.baselines if one.name == "same_again")
    table = shop(6)
    users, amounts = (table.columns[name] for name in ("user", "amount"))
    changes = [b - a for a, b, one, other in zip(amounts, amounts[1:], users, users[1:], strict=False) if one == other]
    expected = float(np.sqrt(np.mean(np.square(changes))))
    assert again.metrics["rmse"]["value"] == pytest.approx(expected)


def test_a_step_whose_value_is_missing_is_neither_a_class_nor_measured():
    table = shop(7, missing=0.2)
    model = fit(table, test=shop(8, missing=0.2), next="product", epochs=2, **SMALL)
    assert model.parts.output.classes == [*GOODS]
    report, test = model.report, shop(8, missing=0.2)
    assert report is not None
    users, bought = test.columns["user"], test.columns["product"]
    there = sum(one is not None for i, one in enumerate(bought) if i and users[i] == users[i - 1])
    assert sum(score.count for score in report.tags) == there


def test_sequences_stay_whole_in_one_part():
    model = fit(shop(9, sequences=60), next="product", epochs=1, **SMALL)
    assert sum(model.about["data"]["rows"].values()) == 60


@pytest.mark.parametrize("setting", [{"bidirectional": True}, {"crf": True}, {"causal": True}])
def test_settings_that_would_look_ahead_are_refused(setting: dict[str, Any]):
    with pytest.raises(TaskError, match="isn't used by next-label of records"):
        fit(shop(0, sequences=60), next="product", epochs=1, **setting)


def test_without_a_step_nothing_follows(trained: tuple[Model, Model]):
    with pytest.raises(TaskError, match="has no step yet, so that nothing follows it"):
        trained[1].predict([([], [], [], [])])


def test_sequences_of_one_step_say_nothing_of_the_next():
    table = shop(0, sequences=60)
    lone = {"user": [f"v{i}" for i in range(len(table))]}
    with pytest.raises(ElmanError):
        fit(Table({**table.columns, **lone}), next="product", epochs=1, **SMALL)


def test_the_column_itself_may_be_left_out(tmp_path: Path):
    model = fit(shop(0), input=["time", "amount"], next="product", epochs=1, to=tmp_path / "m", **SMALL)
    assert model.report is not None and model.parts.input.names_of_columns == ["time", "amount"]
    assert {one.name for one in model.report.baselines} == {"majority", "order_free"}


def steps_as_objects(count: int) -> list[dict[str, Any]]:
    """A time that is missing and others far apart; a column that isn't named."""
    rng = random.Random(count)
    return [
        {"time": None if t % 7 == 3 else t * rng.choice([1.0, 5.5]), "product": rng.choice(GOODS), "amount": 2.0 * t}
        | ({} if t % 5 == 2 else {"coin": rng.choice("xy")})
        for t in range(count)
    ]


def as_cell(steps: list[dict[str, Any]]) -> tuple[list[Any], ...]:
    return tuple([step.get(name) for step in steps] for name in ("time", "product", "amount", "coin"))


@pytest.mark.parametrize("count", [1, 2, 63])
def test_steps_that_come_one_by_one_are_answered_as_the_whole(trained: tuple[Model, Model], count: int):
    steps = steps_as_objects(count)
    for model in trained:
        session = model.stream()
        for t, step in enumerate(steps, start=1):
            if t == 2:
                session = model.restore(session.state())
            answer = session.push(step)
            (whole,) = model.predict([as_cell(steps[:t])])
            assert answer.probabilities == pytest.approx(whole.probabilities, abs=1e-5)


def test_pieces_of_several_steps_come_to_the_same(trained: tuple[Model, Model]):
    _, model = trained
    steps = steps_as_objects(10)
    session = model.stream()
    session.push(as_cell(steps[:4]))
    session.push(dict(zip(("time", "product", "amount", "coin"), as_cell(steps[4:9]), strict=True)))
    (whole,) = model.predict([as_cell(steps)])
    assert session.fork().push(
        tuple(steps[9].get(name) for name in ("time", "product", "amount", "coin"))
    ).probabilities == (pytest.approx(whole.probabilities, abs=1e-5))


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        ({"prodct": "a"}, "the model reads no column 'prodct'"),
        (["a", 1.0], "is no step of a sequence of records; push a value for each of time, product, amount, coin"),
        ({"time": [], "product": []}, "there is no step in what was pushed"),
        ({"time": [1.0, 2.0], "product": ["a"]}, "different numbers of steps"),
        ({"time": "soon", "product": "a"}, "expected a date or time"),
        ({"amount": "much"}, "step 1: "),
    ],
)
def test_a_piece_that_cannot_be_read_is_refused_and_changes_nothing(
    trained: tuple[Model, Model], piece: Any, said: str
):
    session = trained[1].stream()
    session.push(steps_as_objects(1)[0])
    stood = session.state()
    with pytest.raises(TaskError, match=said):
        session.push(piece)
    assert session.state() == stood
