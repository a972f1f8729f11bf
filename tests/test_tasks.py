"""The table of tasks is whole: each pair of kinds makes a task that takes them."""

import pytest

from elman.errors import TaskError
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
