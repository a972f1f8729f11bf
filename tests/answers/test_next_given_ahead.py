"""What comes next, where some of the next step is given: on lessons of which it is made what is got right."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from elman import Model, detect, fit, samples
from elman.data.table import Table
from elman.errors import TaskError

SMALL: dict[str, Any] = {"hidden_size": 16, "embedding_size": 16, "dropout": 0.0, "learning_rate": 1e-2, "patience": 0}
NAMES = ("student", "day", "lesson", "right")


def lessons(seed: int, students: int = 200) -> Table:
    """Each lesson takes two more steps to learn than the one before: the past and the lesson to come decide."""
    rng = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for number in range(students):
        for step in range(rng.choice([2, 5, 9])):
            lesson = rng.choice("abcd")
            right = int(step >= 2 * "abcd".index(lesson))
            rows.append((f"s{number:03d}", 2 * step + rng.randrange(2), lesson, right))
    return of(rows)


def of(rows: list[tuple[Any, ...]]) -> Table:
    return Table(dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    folder = tmp_path_factory.mktemp("ahead") / "m"
    model = fit(lessons(0), test=lessons(1), next="right", ahead=["lesson"], epochs=25, to=folder, **SMALL)
    return model, Model.load(folder)


def right_share(model: Model) -> float:
    assert model.report is not None
    return model.report.metrics["tag_accuracy"]["value"]


def test_the_lesson_to_come_says_which_part_of_the_past_matters(trained: tuple[Model, Model]):
    without = fit(lessons(0), test=lessons(1), next="right", epochs=25, **SMALL)
    assert right_share(trained[0]) > 0.95 and right_share(without) < 0.8


def test_measured_are_the_same_steps_as_without_it(trained: tuple[Model, Model]):
    report = trained[0].report
    assert report is not None
    students = lessons(1).columns["student"]
    assert sum(score.count for score in report.tags) == len(students) - len(set(students))


PAST = [("s1", 0, "a", 1), ("s1", 2, "b", 0), ("s1", 5, "a", 1), ("s2", 1, "c", 0)]


@pytest.mark.parametrize(
    ("to_come", "expected"),
    [({"s1": "a", "s2": "a"}, ["1", "1"]), ({"s1": "b", "s2": "c"}, ["1", "0"]), ({"s1": "c", "s2": "b"}, ["0", "0"])],
)
def test_a_last_row_without_an_answer_says_what_is_to_come(
    trained: tuple[Model, Model], tmp_path: Path, to_come: dict[str, str], expected: list[str]
):
    rows = [*PAST, *((student, 9, lesson, "") for student, lesson in to_come.items())]
    path = tmp_path / "new.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [NAMES, *sorted(rows, key=lambda row: row[0])]))
    for model in trained:
        assert [answer.value for answer in model.predict(path)] == expected


def test_a_session_is_given_it_with_the_latest_step(trained: tuple[Model, Model]):
    model = trained[1]
    session = model.stream()
    steps = [row[1:] for row in PAST[:3]]
    answers = [
        session.push({"day": day, "lesson": lesson, "right": right, "lesson at the next step": to_come})
        for (day, lesson, right), to_come in zip(steps, [*(lesson for _, lesson, _ in steps[1:]), "b"], strict=True)
    ]
    (whole,) = model.predict(of([*PAST[:3], ("s1", 9, "b", None)]))
    assert answers[-1].probabilities == pytest.approx(whole.probabilities, abs=1e-5) and answers[-1].value == "1"


def test_where_it_is_not_given_this_is_said(trained: tuple[Model, Model]):
    with pytest.raises(TaskError, match="sequence 1: 'lesson' isn't given for the step to come"):
        trained[1].predict(of(PAST))
    with pytest.raises(TaskError, match="the latest step: 'lesson' isn't given for the step to come"):
        trained[1].stream().push({"day": 1, "lesson": "a", "right": 1})
    for blank in ([("s1", 0, "a", None)], [("s1", 0, "a", None), ("s2", 0, "b", None)]):
        with pytest.raises(TaskError, match="sequence 1 has no step yet"):
            trained[1].predict(of(blank))
    with pytest.raises(TaskError, match="has no step yet"):
        trained[1].predict(of([("s1", 0, "a", 1), ("s1", 1, "a", None), ("s2", 0, "b", None)]))


def test_a_model_without_it_answers_after_the_last_row_also_where_that_is_blank():
    model = fit(lessons(0, students=60), next="right", epochs=1, **SMALL)
    (found,) = model.predict(of([*PAST[:3], ("s1", 9, "b", None)]))
    (whole,) = model.predict([([0, 2, 5, 9], ["a", "b", "a", "b"], [1, 0, 1, None])])
    assert found.probabilities == pytest.approx(whole.probabilities, abs=1e-6)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"next": "right", "ahead": ["right"]}, "column 'right' is to be learned, and others can be given ahead"),
        ({"next": "right", "ahead": ["leson"]}, "did you mean 'lesson'"),
        ({"next": "right", "ahead": ["student"]}, "'student' never changes within a sequence"),
        ({"task": "next-label", "ahead": ["lesson"]}, "name the column to be learned by --next COL"),
        ({"task": "tagging", "ahead": ["lesson"]}, r"are for forecasting, and for what comes next \(--next\)"),
    ],
)
def test_what_cannot_be_given_ahead_is_said(asked: dict[str, Any], said: str):
    with pytest.raises(TaskError, match=said):
        detect(lessons(0, students=60), **asked)


@pytest.mark.parametrize("column", ["age", "region"])
def test_a_column_that_never_changes_has_no_next_value_with_something_ahead_either(column: str):
    with pytest.raises(TaskError, match="never changes within a sequence, so that it says nothing new"):
        detect(samples.load("visits"), next=column, ahead=["product"])


def test_what_is_read_beside_it_may_be_named():
    found = detect(lessons(0, students=60), input="right", next="right", ahead=["lesson"])
    assert found.inputs == ("right", "lesson at the next step") and found.ahead == ["lesson"]
