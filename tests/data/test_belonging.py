"""Rows of one person that would stand in several parts are found by a column's name, or by names of files, and said."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import elman
from elman.data.belonging import is_who, part_saying_who, with_part_of_names
from elman.data.table import Table
from elman.dataset import DataSet
from people import people


def said(data: DataSet) -> list[tuple[str, str]]:
    return [(found.level, found.message) for found in data.findings if "--group" in found.message]


def recordings(folder: Path, name: str, people: int = 8, takes: int = 3) -> Path:
    """A folder for each of two gestures, in which each person is recorded several times."""
    chance = np.random.default_rng(0)
    for label in ("lift", "turn"):
        (folder / label).mkdir(parents=True)
        for person in range(people):
            for take in range(takes):
                steps = chance.normal(person, 1, (12, 2)).round(3)
                path = folder / label / name.format(person=f"{person:02}", take=take, label=label)
                path.write_text("\n".join(["x,y", *(f"{x},{y}" for x, y in steps)]))
    return folder


@pytest.mark.parametrize("name", ["subject", "Patient ID", "speaker_name", "user", "participant_no"])
def test_a_column_that_names_people(name):
    data = people(12)
    data[name] = data.pop("person")
    ((level, message),) = said(DataSet.of(Table(data), output="answer"))
    assert level == "warning" and f"{name!r} that training rows are of, too" in message
    assert not said(DataSet.of(Table(data), output="answer", group=name))


def test_people_who_have_a_row_each_or_are_in_one_part_alone():
    data = people(12)
    data["person"] = [f"p{row}" for row in range(len(data["person"]))]
    assert not said(DataSet.of(Table(data), output="answer"))
    data = people(12)
    part = {f"p{person}": ("train", "valid", "test")[max(person - 9, 0)] for person in range(12)}
    data["split"] = [part[name] for name in data["person"]]
    assert not said(DataSet.of(Table(data), output="answer"))
    data["split"][data["person"].index("p0")] = "test"
    ((level, message),) = said(DataSet.of(Table(data), output="answer"))
    assert level == "warning" and "test rows" in message and "'p0'" in message


def test_sequences_that_are_named_by_person_and_session():
    chance, rows = random.Random(0), []
    for person in range(12):
        for session in range(4):
            level = chance.randrange(2)
            for step in range(6):
                rows.append(
                    (f"p{person}", session, f"2024-01-01 00:0{step}", level + chance.gauss(0, 1), "ab"[level] * 2)
                )
    columns = dict(zip(["person", "session", "time", "x", "answer"], map(list, zip(*rows, strict=True)), strict=True))
    ((level, message),) = said(found := DataSet.of(Table(columns)))
    assert found.detection.sequences == "person, session"
    assert level == "warning" and "--group person" in message


def test_names_of_files_say_who_and_keep_together(tmp_path):
    folder = recordings(tmp_path / "gestures", "subject{person}_{take}.csv")
    ((level, message),) = said(DataSet.read(folder))
    assert level == "warning" and "--group part_1" in message and "'subject0" in message
    kept = DataSet.read(folder, group="part_1")
    assert not said(kept)
    parts = [kept.splits.train, kept.splits.valid, kept.splits.test]
    sides = [set(part.column("part_1")) for part in parts if part is not None]
    assert all(sides) and len(set.union(*sides)) == sum(map(len, sides)) == 8
    model = elman.fit(folder, group="part_1", epochs=1)
    assert model.predict([[[0.1, 0.2]] * 12])[0].value in ("lift", "turn")


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("s-{person}_kim{person}_{take}.csv", "info"),  # letters that come again may be people
        ("{person}_{take}.csv", None),  # numbers may be anything
        ("{label}_{person}{take}.csv", None),  # the label in other words
        ("kim{person}{take}.csv", None),  # each its own
    ],
)
def test_what_names_of_files_may_say(tmp_path, name, level):
    found = said(DataSet.read(recordings(tmp_path / "gestures", name)))
    assert [each for each, _ in found] == [level] * (level is not None)
    assert all("if that says of whom they are" in message and "--group part_3" in message for _, message in found)


def test_files_that_are_not_named_alike_have_no_parts():
    table = Table({"x": [1, 2, 3]}, files=[("subject1_1.csv", 2), ("subject2.csv", 1)])
    assert with_part_of_names(table, "part_1") is table and not part_saying_who(table, None)
    alike = Table({"x": [1, 2, 3]}, files=[("a/subject1_1.csv", 2), ("a/subject2_1.csv", 1)])
    assert with_part_of_names(alike, "part_1").columns["part_1"] == ["subject1", "subject1", "subject2"]
    assert with_part_of_names(alike, "part_3") is alike


def test_what_people_are_called():
    assert all(map(is_who, ["Subject", "user_id", "patient no", "speaker-name"]))
    assert not any(map(is_who, ["subject_line", "name", "id", "usage", "object"]))
