"""Objects, lists and whole files in the cells of tables, as Parquet, queues and web services have them."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from elman.data.detect import detect
from elman.data.readers import as_table, nested, read
from elman.data.readers.source import Source
from elman.dataset import DataSet
from elman.errors import DataFileError, TaskError

META = [{"lang": "de" if i % 2 else "en", "at": {"page": i}} for i in range(12)]


@pytest.mark.parametrize("gaps", [(), (0, 5)])
def test_structures_of_parquet_are_read_as_json_has_them(tmp_path: Path, gaps: tuple[int, ...]):
    """As pandas reads them, as JSON lines of the same rows, and as JSON in the cells of CSV."""
    rows = [{"meta": None if i in gaps else own, "n": i} for i, own in enumerate(META)]
    frame = pd.DataFrame(rows)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    frame.assign(meta=[own and json.dumps(own) for own in frame["meta"]]).to_csv(tmp_path / "a.csv", index=False)
    wanted = {
        "meta.lang": [row["meta"] and row["meta"]["lang"] for row in rows],
        "meta.at.page": [row["meta"] and row["meta"]["at"]["page"] for row in rows],
        "n": [*range(12)],
    }
    for found in (read(tmp_path / "a.parquet"), read(tmp_path / "a.jsonl"), read(tmp_path / "a.csv"), as_table(frame)):
        assert found.columns == wanted
    assert (
        "objects became columns by their keys (--output keeps one whole): 'meta'" in read(tmp_path / "a.parquet").notes
    )


@pytest.mark.parametrize("nested", [{"en": "a", "de": "b"}, [{"en": "a", "de": "b"}]])
def test_structures_that_begin_late(tmp_path: Path, nested: object):
    rows = [{"n": i, "tr": nested if i >= 2_500 else None} for i in range(2_600)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    first = "a" if isinstance(nested, dict) else ["a"]
    for found in (read(tmp_path / "a.parquet"), read(tmp_path / "a.jsonl"), as_table(pd.DataFrame(rows))):
        assert found.columns["tr.en"] == [None] * 2_500 + [first] * 100


@pytest.mark.parametrize(("name", "output"), [("completion", None), ("calls", "calls")])
def test_objects_that_a_model_is_to_write(tmp_path: Path, name: str, output: str | None):
    """Requests, and what a program should make of them; where the name doesn't say so, the caller does."""
    towns = ["Rome", "Oslo", "Bern", "Cork"]
    trips = [random.Random(i).sample(towns, 2) for i in range(60)]
    calls = [json.dumps({"from": a, "to": b, "n": i}) for i, (a, b) in enumerate(trips)]
    frame = pd.DataFrame(
        {"prompt": [f"{i} seats from {a} to {b} please" for i, (a, b) in enumerate(trips)], name: calls}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    data = DataSet.read(tmp_path / "a.csv", output=output)
    assert (data.detection.task, data.detection.output) == ("translation", name)
    assert data.columns.read(tmp_path / "a.csv").columns[name] == calls


def test_lists_of_structures_and_of_one_length(tmp_path: Path):
    rows = [{"words": [{"word": "a", "tag": "X"}] * (1 + i % 3), "code": [0.5, float(i)]} for i in range(8)]
    kinds = pa.schema(
        [
            ("words", pa.list_(pa.struct([("word", pa.string()), ("tag", pa.string())]))),
            ("code", pa.list_(pa.float64(), 2)),
        ]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=kinds), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet").columns
    assert found["words.word"] == [["a"] * len(row["words"]) for row in rows]
    assert found["code"] == [row["code"] for row in rows]


def test_objects_of_other_keys_stay_text(tmp_path: Path):
    """What a model of language is to write may be an object, too."""
    calls = [json.dumps({"name": "f", "x" if i % 2 else "y": i}) for i in range(10)]
    pd.DataFrame({"asked": ["a b"] * 10, "call": calls}).to_csv(tmp_path / "a.csv", index=False)
    found = read(tmp_path / "a.csv")
    assert found.columns["call"] == calls
    assert any("different keys stay text" in note and "'call'" in note for note in found.notes)


def test_an_index_of_pandas(tmp_path: Path):
    """Where rows stood says nothing; when they were, and what names them, does."""
    shuffled = pd.DataFrame({"x": range(9)}, index=random.Random(0).sample(range(50), 9))
    dated = pd.DataFrame({"x": range(9)}, index=pd.date_range("2024-01-01", periods=9))
    for frame, names in (
        (shuffled, ["x"]),
        (dated, ["x", "__index_level_0__"]),
        (dated.rename_axis("day"), ["x", "day"]),
        (shuffled.set_axis([f"text {i}" for i in range(9)]), ["x", "__index_level_0__"]),
        (shuffled.set_axis(shuffled.index + 0.5), ["x", "__index_level_0__"]),
    ):
        frame.to_parquet(tmp_path / "a.parquet")
        found = read(tmp_path / "a.parquet")
        assert found.names == names
        assert any("left out: __index_level_0__" in note for note in found.notes) == (names == ["x"])


def test_pictures_within_parquet(tmp_path: Path):
    """The command of the error makes a table of them that is read."""
    pictures = list[bytes]()
    for i in range(6):
        Image.new("L", (4, 4), i).save(content := io.BytesIO(), "PNG")
        pictures.append(content.getvalue())
    rows = [{"image": {"bytes": own, "path": None}, "label": f"l{i % 2}"} for i, own in enumerate(pictures)]
    rows[3:3] = {"image": None, "label": "l"}, {"image": {"bytes": None, "path": "a"}, "label": "l"}
    lacking = pa.table({"image": [None, *pictures, None], "label": ["l"] * 8})
    for name, table in (("a", pa.Table.from_pylist(rows)), ("b", lacking), ("c", pa.Table.from_pylist(rows[3:]))):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table, path)
        with pytest.raises(DataFileError, match="has whole pictures in its column 'image'") as caught:
            read(path)
        command = str(caught.value).partition('python -c "')[2].removesuffix('"')
        subprocess.run([sys.executable, "-c", command], check=True)
        with open(tmp_path / f"{name}.csv", newline="") as file:
            named = [row["image"] for row in csv.DictReader(file)]
        assert named.count("") == 2
        written = [(tmp_path / one).read_bytes() for one in filter(None, named)]
        assert written == (pictures[3:] if name == "c" else pictures)


@pytest.mark.parametrize("numbers", [(1.5, 2.5), (1.5, 2.5, 4.0, 0.5)])
def test_a_list_of_numbers_first_beside_a_number(tmp_path: Path, numbers: tuple[float, ...]):
    rng = random.Random(1)
    rows = [{"x": [rng.choice(numbers) for _ in numbers], "y": rng.random()} for _ in range(120)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = detect(read(tmp_path / "a.jsonl"))
    assert (found.inputs, found.output, found.task) == (("x",), "y", "regression")


def test_lists_of_persons_name_nobody(tmp_path: Path):
    """Open Pose's recordings."""
    people = [{"person_id": [-1], "pose": [0.5] * 6}] * 2
    (tmp_path / "a.json").write_text(json.dumps({"version": 1.3, "people": people}))
    table = read(tmp_path / "a.json")
    assert table.columns["people.person_id"] == [[[-1], [-1]]]
    with pytest.raises(TaskError, match=r"can't tell|learns from several"):
        detect(table)


def test_a_single_object_early_costs_no_second_reading(monkeypatch: pytest.MonkeyPatch):
    """A column of which a cell is an object and another one isn't needs no further look."""
    monkeypatch.setattr(nested, "MANY", 10)
    seen: list[int] = []

    def rows(cells: list[str]):
        for row, cell in enumerate(cells):
            seen.append(row)
            yield [cell]

    for cells, looked_at in ((['{"a": 1}', *"b" * 99], 11), ((['{"a": 1}'] * 20 + ["b"] * 80), 21)):
        seen.clear()
        source = nested.with_objects(Source(["x"], lambda own=cells: rows(own), "table", nests=frozenset()))
        assert source.names == ["x"] and len(seen) == looked_at


def test_a_column_whose_objects_became_columns_is_told_so(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"n": i, "meta": own}) for i, own in enumerate(META)))
    with pytest.raises(
        TaskError, match=r"no column 'meta'; its objects became columns by their keys; elman\.fit, given"
    ):
        detect(read(tmp_path / "a.jsonl"), output="meta")
