"""The table of tasks is whole: each pair of kinds makes a task that takes them."""

import pytest

from elman import answers, recipes
from elman.answers import Forecasts, Generates, Suggests
from elman.errors import TaskError
from elman.kinds import KINDS
from elman.tasks import TASK_OF, TASKS, find, read_as


def test_every_pair_makes_a_task():
    assert set(TASK_OF.values()) <= set(TASKS)


@pytest.mark.parametrize("pair", TASK_OF, ids=" to ".join)
def test_a_task_takes_what_detection_reads_as_it(pair):
    input, output = pair
    task = TASKS[TASK_OF[pair]]
    assert output in task.outputs or output == "numbers"  # which are columns of vectors, seen beside their steps
    assert input in task.inputs or (input == "row" and task.of_rows)


def test_a_name_says_what_is_learned_and_not_from_what():
    kinds = {"text", "tokens", "vector", "image", "frames", "audio", "notes", "row", "tabular", "series"}
    assert not kinds & {word for name in TASKS for word in name.split("-")}


def test_tasks_that_are_read_from_data_like_another():
    assert read_as("next-word") is TASKS["language-model"]
    assert read_as("summarise") is TASKS["translation"]
    assert read_as("tagging") is TASKS["tagging"]


def test_what_is_one_value_has_no_steps():
    assert TASKS["classification"].architecture_for(one_value=False) == "many-to-one"
    assert TASKS["classification"].architecture_for(one_value=True) == "one-to-one"
    assert TASKS["captioning"].architecture_for(one_value=True) == "one-to-many"
    assert TASKS["captioning"].architecture_for(one_value=False) == "encoder-decoder"


def test_a_name_that_is_not_there():
    with pytest.raises(TaskError, match=r"no task 'translate'\. Did you mean translation"):
        find("translate")


@pytest.mark.parametrize(
    ("task", "input", "unit"),
    [
        ("forecasting", "series", "(pinball error, in spreads of the window)"),  # and nothing squared
        ("regression", "text", "(squared error, 1 is the variance)"),
        ("step-regression", "vector", "(squared error, 1 is the variance)"),
        ("anomaly", "watched", "(squared error, 1 is the variance)"),
        ("tagging", "frames", "nats"),
        ("language-model", "notes", "nats"),
    ],
)
def test_what_the_loss_counts_is_said(task, input, unit):
    assert answers.find(task, input).loss_unit == unit


def test_abilities_are_those_of_the_answer():
    can = {
        (task, input): [ability.__name__ for ability in (Forecasts, Generates, Suggests) if isinstance(found, ability)]
        for task, input in [
            ("classification", "text"),
            ("captioning", "image"),
            ("generation", "label"),
            ("next-word", "text"),
            ("language-model", "notes"),
            ("forecasting", "series"),
        ]
        for found in [answers.find(task, input)]
    }
    assert can == {
        ("classification", "text"): [],
        ("captioning", "image"): [],
        ("generation", "label"): ["Generates"],
        ("next-word", "text"): ["Generates", "Suggests"],
        ("language-model", "notes"): ["Generates", "Suggests"],
        ("forecasting", "series"): ["Forecasts"],
    }


def test_a_kind_from_another_package_brings_its_own_recipe(monkeypatch):
    own = recipes.Recipe("audio", ("classification",), {"hidden_size": 7})
    monkeypatch.setattr(KINDS["audio"], "recipes", (own,), raising=False)
    statistics = recipes.TrainingStatistics(rows=9, steps=3.0, level="")
    assert recipes.find("audio", "classification", statistics) == {"hidden_size": 7}
    assert recipes.find("audio", "regression", statistics)["hidden_size"] == 128


def test_each_task_has_a_recipe_for_each_kind_that_it_is_learned_from():
    inputs = {"text", "row", "vector", "image", "frames", "audio", "notes"}
    there = {(recipe.input, task) for recipe in recipes.RECIPES for task in recipe.tasks}
    assert {(input, "classification") for input in inputs} <= there
    assert {task for _, task in there} == set(TASKS)
