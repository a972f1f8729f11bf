"""Rows that belong together, such as those of one person, stay on one side when parts are held out."""

from __future__ import annotations

import numpy as np
import pytest

import elman
from elman.data.detect import detect, prepared
from elman.data.splits import split_for
from elman.data.table import Table
from elman.errors import DataFileError, TaskError
from people import people


def parts_of(data: dict[str, list], seed: int = 0, **wanted):
    table = Table(data)
    found = detect(table, **{"group": "person", "output": "answer", **wanted})
    splits = split_for(found, prepared(table, found), seed=seed)
    return found, [part for part in (splits.train, splits.valid, splits.test) if part is not None]


def people_in(parts: list[Table]) -> list[set]:
    return [set(part.column("person")) for part in parts]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("pure", [False, True])
def test_each_person_is_in_one_part(pure, seed):
    found, parts = parts_of(people(40, pure), seed)
    assert found.inputs == ("x", "y") and found.group == "person"
    assert "rows of one 'person' stay in one part" in found.evidence
    sides = people_in(parts)
    assert all(sides) and len(set.union(*sides)) == sum(map(len, sides)) == 40
    rows = len(people(40, pure)["x"])
    assert len(parts[1]) == pytest.approx(rows / 10, abs=35)
    if pure:  # each label keeps its share
        for part in parts:
            assert set(part.columns["answer"]) == {"up", "down"}


def test_without_it_people_are_on_all_sides():
    _, (train, _, test) = parts_of(people(), group=None, input=["x", "y"])
    assert set(train.column("person")) & set(test.column("person"))


def test_a_number_can_name_people_and_is_no_input():
    data = people(20)
    data["person"] = [int(name[1:]) for name in data["person"]]
    found, (train, _, test) = parts_of(data)
    assert "person" not in found.inputs
    assert not set(train.column("person")) & set(test.column("person"))


def test_sequences_of_one_person_stay_together():
    """Rows are the steps of sessions; those of a person go together, though names of sessions come again."""
    chance, rows = np.random.default_rng(0), []
    for person in range(15):
        for session in range(4):
            level = chance.integers(2)
            rows += [
                (
                    f"p{person}",
                    f"s{session}",
                    f"2024-01-01 00:0{t}",
                    level + chance.normal() / 3,
                    ("low", "high")[level],
                )
                for t in range(6)
            ]
    names = ["person", "session", "time", "x", "answer"]
    found, parts = parts_of(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    assert found.sequences == "person, session" and found.inputs == ("x",)
    sides = people_in(parts)
    assert len(set.union(*sides)) == sum(map(len, sides)) == 15
    assert len(parts[0]) % 4 == 0


def test_a_model_needs_no_group_to_predict(tmp_path):
    model = elman.fit(people(), group="person", output="answer", epochs=1, to=tmp_path / "model")
    again = elman.load(tmp_path / "model")
    assert again.detection == model.detection and again.detection.group == "person"
    assert len(again.predict({"x": [1.0, 2.0], "y": [0.5, 0.1]})) == 2


def test_of_few_people_one_is_held_out_for_each_part():
    _, parts = parts_of(people(4))
    assert [len(each) for each in people_in(parts)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("changes", "wanted", "message"),
    [
        ({}, {"group": "persn"}, "no column 'persn'; did you mean 'person'"),
        ({}, {"group": "answer"}, "can't both keep rows together"),
        ({}, {"input": ["person", "x"]}, "can't both keep rows together"),
        ({"person": ["p1", "p2"] * 50}, {}, "2 different cells of 'person' are too few to hold out a"),
    ],
)
def test_what_cannot_be(changes, wanted, message):
    data = people()
    count = len(changes.get("person", data["x"]))
    with pytest.raises(TaskError, match=message):
        parts_of({name: cells[:count] for name, cells in (data | changes).items()}, **wanted)


def test_an_empty_cell_names_its_row(tmp_path):
    data = people()
    lines = ["person,x,y,answer", *(",".join(map(str, row)) for row in zip(*data.values(), strict=True))]
    lines[4] = lines[4][lines[4].index(",") :]
    (tmp_path / "data.csv").write_text("\n".join(lines))
    with pytest.raises(DataFileError, match=r"data\.csv:5: 'person', which says what stays together \(--group\), is"):
        elman.fit(tmp_path / "data.csv", group="person", output="answer", epochs=1)


def test_parts_that_share_a_person_are_refused():
    data = people()
    rows = {name: cells[:60] for name, cells in data.items()}
    with pytest.raises(TaskError, match="stands in the train part and in the test part, as they are given"):
        elman.fit(data, test=rows, group="person", output="answer", epochs=1)


def test_series_are_held_out_at_their_ends():
    series = {"date": [f"2024-01-{day:02d}" for day in range(1, 29)], "a": list(range(28)), "b": [1, 2, 3, 5] * 7}
    with pytest.raises(TaskError, match="the end of each series is held out"):
        elman.fit(series, task="forecasting", group="b", epochs=1)
