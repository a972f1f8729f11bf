"""The table of tasks is whole: each pair of kinds makes a task that takes them."""

import pytest

from elman.errors import TaskError
from elman.tasks import PRESETS, TASK_OF, TASKS, find


def test_every_pair_makes_a_task():
    assert set(TASK_OF.values()) <= set(TASKS)


@pytest.mark.parametrize("pair", TASK_OF, ids=" to ".join)
def test_a_task_takes_what_detection_reads_as_it(pair):
    input, output = pair
    task = TASKS[TASK_OF[pair]]
    assert output in task.outputs
    assert input in task.inputs or input == "vector"  # which are several columns, and looked at together


def test_presets_are_read_as_a_task():
    assert set(PRESETS.values()) <= set(TASKS)
    assert find("next-word") is TASKS["language-model"]


def test_a_name_that_is_not_there():
    with pytest.raises(TaskError, match=r"no task 'translate'\. Did you mean translation"):
        find("translate")
