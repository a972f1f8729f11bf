"""What may be asked of the next step, and what is said where it can't be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from elman import samples
from elman.data.detect import detect
from elman.data.table import Table
from elman.errors import TaskError

VISITS = samples.load("visits")
ALL = ("time", "product", "channel", "amount", "region", "age")


@pytest.mark.parametrize(("column", "task"), [("product", "next-label"), ("amount", "next-number")])
def test_the_column_says_the_task_and_is_read_itself(column: str, task: str):
    found = detect(VISITS, next=column)
    assert (found.task, found.output, found.inputs, found.input_kind) == (task, column, ALL, "records")
    assert found.throughout == ["region", "age"] and found.sequences == "customer"
    assert found.answer == f"the next {column}"


@pytest.mark.parametrize("values", [[0, 1], [0.0, 1.0], [False, True]])
def test_right_and_wrong_are_classes_however_they_are_written(values: list[Any]):
    table = Table(
        {
            "student": [f"s{i // 10}" for i in range(200)],
            "time": [float(i % 10) for i in range(200)],
            "lesson": ["abc"[i * 7 % 3] for i in range(200)],
            "right": [values[i * i % 7 % 2] for i in range(200)],
        }
    )
    found = detect(table, next="right")
    assert (found.task, found.columns["right"], found.inputs) == ("next-label", "label", ("time", "lesson", "right"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"next": "region"}, "never changes within a sequence, so that it says nothing new at the next step"),
        ({"next": "prodct"}, "did you mean 'product'"),
        ({"next": "product", "alone": True}, "learns from rows that are steps of sequences"),
        ({"next": "product", "output": "churned"}, "can't be learned with the output 'churned', too"),
        ({"next": "product", "task": "tagging"}, "can't be learned with the task tagging, too"),
        ({"next": "product", "task": "next-number"}, "next-number can't learn that. Try --task next-label"),
        ({"next": "amount", "task": "next-label"}, "next-label can't learn that. Try --task next-number"),
        ({"task": "next-label"}, "--next product .*\n.*--next channel"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, Any], said: str):
    with pytest.raises(TaskError, match=said):
        detect(VISITS, **asked)


def test_what_may_be_known_at_the_end_only_is_left_out_unless_it_is_named():
    left_out = "column 'churned': the same throughout each sequence, so maybe known at its end only"
    assert any(left_out in said for said in detect(VISITS, next="product").evidence)
    assert detect(VISITS, next="product", input=[*ALL, "churned"]).throughout == ["region", "age", "churned"]
    assert "region" in detect(VISITS, output="churned").inputs


def made(seed: int, names: dict[str, Sequence[Any]]) -> Table:
    """What 40 people did at times that rise, some of ``names`` at each step."""
    rng = random.Random(seed)
    rows: dict[str, list[Any]] = {"student": [], "time": [], **{name: [] for name in names}}
    for person in range(40):
        now = rng.randrange(1000)
        for _ in range(rng.randrange(5, 30)):
            now += rng.randrange(1, 99)
            rows["student"].append(f"s{person}")
            rows["time"].append(now)
            for name, values in names.items():
                rows[name].append(rng.choice(values))
    return Table(rows)


AMOUNTS = [round(1.37 * k, 2) for k in range(1, 400)]


def test_what_somebody_did_is_not_told_from_what_stands_beside_it():
    with pytest.raises(TaskError, match=r"for example\n  --next product .*\n.*\n.*--input amount"):
        detect(made(0, {"product": "abcdef", "amount": AMOUNTS}))
    with pytest.raises(TaskError, match=r"--next lesson .*\n  --next right"):
        detect(made(1, {"lesson": "abcde", "right": [0, 1]}))
    with pytest.raises(TaskError, match=r"for example\n  --next page .*\n  --next device"):
        detect(made(2, {"page": "abcdef", "device": ["phone", "desk"]}))


def test_states_that_last_are_tags_of_what_is_measured():
    states = made(3, {"state": "r", "x": AMOUNTS})
    states.columns["state"] = ["rest" if row // 9 % 2 else "walk" for row in range(len(states))]
    assert (found := detect(states)).task == "tagging" and found.output == "state"
    named = made(4, {"label": "abc", "x": AMOUNTS})  # a usual name of an output
    assert (found := detect(named)).task == "tagging" and found.output == "label"


def test_rows_of_somebody_without_times_may_follow_each_other_and_this_is_said():
    steps = made(5, {"lesson": "abcde", "right": [0, 1]})
    said = r"--next lesson   \(rows with the same 'student', one after another -> lesson of the next one\)"
    with pytest.raises(TaskError, match=said):
        detect(Table({name: cells for name, cells in steps.columns.items() if name != "time"}))


def test_without_times_the_rows_of_a_customer_follow_each_other_as_they_stand():
    steps = Table({name: VISITS.columns[name] for name in ("customer", "product", "channel")})
    found = detect(steps, next="product")
    assert (found.sequences, found.order, found.inputs) == ("customer", None, ("product", "channel"))
    assert "as they stand" in found.evidence[0]


def test_what_is_asked_for_names_no_sequences_though_it_is_called_as_if():
    alone = VISITS.select(range(VISITS.columns["customer"].count(VISITS.columns["customer"][0])))
    found = detect(alone, next="product")
    assert (found.sequences, found.order, found.output) == ("", "time", "product")


def test_one_column_alone_has_a_next_value_too():
    steps = Table({name: VISITS.columns[name] for name in ("customer", "product")})
    assert detect(steps, next="product").inputs == ("product",)


def test_what_may_come_next_is_said_where_nobody_has_asked():
    said = "what comes next can be learned, too: --next product or --next channel"
    assert said in detect(VISITS).evidence
    assert said not in detect(VISITS, output="churned").evidence


def test_numbers_that_are_asked_for_without_a_name_are_found():
    assert detect(VISITS, task="next-number").output == "amount"
