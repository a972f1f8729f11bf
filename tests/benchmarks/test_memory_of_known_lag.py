"""The benchmark of measured memory: its task, and one network that learned it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import memory as benchmark


@pytest.mark.parametrize("lag", [1, 5, 20])
def test_the_answer_stands_so_many_steps_before_the_end(lag: int) -> None:
    texts, labels = benchmark.marked(lag, 40, seed=1)
    for text, label in zip(texts, labels, strict=True):
        letters = text.split()
        (at,) = [i for i, letter in enumerate(letters) if letter.isupper()]
        assert at == len(letters) - 1 - lag and letters[at].lower() == label
    assert len({len(text.split()) for text in texts}) > 1


def test_a_lag_is_learned_by_way_of_shorter_ones() -> None:
    assert benchmark.stages(80) == [5, 10, 20, 40, 80] and benchmark.stages(3) == [3]


def test_a_trained_network_uses_the_steps_that_its_task_needs() -> None:
    found = benchmark.run("gru", 10, seed=0)
    assert found["learned"] and found["within"] and found["longest"] > 15
