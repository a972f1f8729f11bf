"""Lists of pitches in files and in Python, and how tunes are dealt out."""

from __future__ import annotations

import json

import pytest

from conftest import there
from elman.data.detect import detect
from elman.data.readers import from_python, read
from elman.data.splits import split
from elman.errors import DataFileError

TUNES = [[[60, 64], [62], []], [[-1], [67, 71, 74]], [60, 62, None, 64]]


def written(path, value):
    path.write_text(json.dumps(value) if not isinstance(value, str) else value)
    return path


@pytest.mark.parametrize("indent", [None, 2])
def test_parts_of_one_object(tmp_path, indent):
    parts = {"train": TUNES, "Validation": TUNES[:1], "test": [[60]]}
    table = read(written(tmp_path / "a.json", json.dumps(parts, indent=indent)))
    assert table.columns == {
        "notes": [*TUNES, TUNES[0], [60]],
        "split": ["train"] * 3 + ["Validation", "test"],
    }
    found = detect(table)
    assert (found.architecture, found.task, found.inputs, found.output) == (
        "many-to-many",
        "language-model",
        ("notes",),
        None,
    )
    held = split(table, inputs=("notes",), output=None, seed=0)
    assert tuple(len(there(part)) for part in (held.train, held.valid, held.test)) == (3, 1, 1)


def test_an_array_of_tunes_and_lines_of_objects(tmp_path):
    assert read(written(tmp_path / "a.json", TUNES)).columns == {"notes": TUNES}
    lines = "".join(json.dumps({"notes": tune, "by": "ab"[i % 2]}) + "\n" for i, tune in enumerate(TUNES * 8))
    table = read(written(tmp_path / "b.jsonl", lines))
    assert table.columns["notes"] == TUNES * 8
    found = detect(table)
    assert (found.task, found.architecture, found.inputs, found.output) == (
        "classification",
        "many-to-one",
        ("notes",),
        "by",
    )


def test_records_in_parts_are_still_objects(tmp_path):
    rows = [{"text": "a b", "label": "x"}, {"text": "c", "label": "y"}]
    table = read(written(tmp_path / "a.json", {"train": rows, "test": rows[:1]}))
    assert table.columns == {"text": ["a b", "c", "a b"], "label": ["x", "y", "x"], "split": ["train", "train", "test"]}
    one = read(written(tmp_path / "b.json", '{"train": 1, "x": 2}\n{"train": 3, "x": 4}\n'))
    assert one.columns == {"train": [1, 3], "x": [2, 4]}


def test_what_is_no_tune_is_named(tmp_path):
    with pytest.raises(DataFileError, match=r"a\.json: item 2 is no object, and no list of pitches"):
        read(written(tmp_path / "a.json", {"train": [[60], [200]]}))


def test_only_columns_named_so_hold_music():
    tunes = [[60 + i % 5, 62, 64] for i in range(40)]
    moods = ["sad", "glad"] * 20
    assert detect(from_python({"melody": tunes, "mood": moods})).evidence[0] == "column 'melody': 40 tunes of 3.0 steps"
    columns = {"codes": tunes, "notes": [[0.5, 60.0], [61.0]] * 20, "tune": ["see page 3", "none"] * 20}
    kinds = {name: found.kind.name for name, found in from_python(columns).profiles.items()}
    assert kinds == {"codes": "tokens", "notes": "vector", "tune": "label"}


def test_tunes_are_held_out_whole_and_by_chance():
    table = from_python({"notes": [[60 + i, 62 + i] for i in range(50)] + [[60, 62]] * 5})
    parts = split(table, inputs=("notes",), output=None, seed=1)
    held = [there(part).columns["notes"] for part in (parts.train, parts.valid, parts.test)]
    assert sorted(tune for part in held for tune in part) == sorted(table.columns["notes"])
    assert all(4 <= len(part) <= 9 for part in held[1:])
    assert sum([60, 62] in part for part in held) == 1
    assert held[2] != table.columns["notes"][-len(held[2]) :]
    splits = (split(table, inputs=("notes",), output=None, seed=seed) for seed in (1, 2))
    again, other = (there(parts.test).columns["notes"] for parts in splits)
    assert again == held[2] != other
