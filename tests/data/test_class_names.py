"""Numbers of classes whose names stand beside them, as data sets of Hugging Face keep them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elman.data.readers import from_python, read
from elman.data.readers.class_names import names_in_metadata

MOODS, KINDS = ["bad", "good"], ["O", "B-PER"]
LABEL = {"names": MOODS, "_type": "ClassLabel"}
SHAPES = (
    {"feature": {"names": KINDS, "_type": "ClassLabel"}, "_type": "Sequence"},
    {"feature": {"names": KINDS, "_type": "ClassLabel"}, "length": -1, "_type": "List"},
    [{"names": KINDS, "_type": "ClassLabel"}],
)
ROWS = {
    "text": [f"a text of {i} words" for i in range(40)],
    "label": [0, 1, -1, None] * 10,
    "tags": [[0, 1], [1]] * 20,
}


def features(tags: Any) -> dict[str, Any]:
    return {"text": {"dtype": "string", "_type": "Value"}, "label": LABEL, "tags": tags}


@pytest.mark.parametrize("tags", SHAPES, ids=["sequence", "list", "old"])
def test_parquet_and_arrow(tmp_path, tags):
    said = {"huggingface": json.dumps({"info": {"features": features(tags)}})}
    table = pa.table(ROWS).replace_schema_metadata(said)
    pq.write_table(table, tmp_path / "a.parquet")
    for found in (read(tmp_path / "a.parquet"), from_python(table)):
        assert found.columns["label"] == ["bad", "good", None, None] * 10
        assert found.columns["tags"] == [["O", "B-PER"], ["B-PER"]] * 20
    assert "a.parquet: names of classes for their numbers: label, tags" in read(tmp_path / "a.parquet").notes


@pytest.mark.parametrize(
    "said", ["", "{", "[]", '{"info": 1}', '{"info": {"features": [1]}}', '{"info": {"features": {}}}']
)
def test_other_metadata_say_nothing(tmp_path, said):
    assert names_in_metadata({"huggingface": said, "pandas": "{}"}) == {}
    pq.write_table(pa.table(ROWS).replace_schema_metadata({"huggingface": said}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").columns["label"] == ROWS["label"]


class ClassLabel:
    def __init__(self, names):
        self.names = names


class Sequence:
    def __init__(self, feature):
        self.feature = feature


class Value:
    dtype = "string"


class Dataset:
    """As much of one as is asked for."""

    def __init__(self, rows):
        self.rows = rows
        self.features = {"text": Value(), "label": ClassLabel(MOODS), "tags": Sequence(ClassLabel(KINDS))}

    def to_dict(self):
        return self.rows


def test_data_sets_in_python():
    table = from_python(Dataset(ROWS))
    assert table.columns["label"][:3] == ["bad", "good", None] and table.columns["tags"][0] == ["O", "B-PER"]
    both: Any = {"train": Dataset(ROWS), "test": Dataset({name: cells[:2] for name, cells in ROWS.items()})}
    parts = from_python(both)
    assert parts.columns["split"] == ["train"] * 40 + ["test"] * 2
    assert parts.columns["label"][-2:] == ["bad", "good"]
