"""Detection, audit and parts ask the kinds, each column once, and those of other packages like Elman's own."""

from __future__ import annotations

from collections import Counter

import pytest

from elman import samples
from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.detection import Detection
from elman.data.readers import from_python
from elman.data.splits import split_for
from elman.dataset import DataSet
from elman.kinds import recognition
from elman.kinds.labels import LabelsKind
from elman.plugins import Registry

PROTEINS = """
from elman.kinds.text import TextKind

class ProteinKind(TextKind):
    name = "protein"
    stands_for = "text"
    precedence = 50
    usual_inputs = frozenset({"chain"})
    read_as = ""

    @classmethod
    def recognises(cls, column):
        letters = set("ACDEFGHIKLMNPQRSTVWY")
        fits = not column.holds_lists and not column.numeric and all(set(value) <= letters for value in column.values)
        return column.profile(cls) if fits else None

    @classmethod
    def describe(cls, profile):
        return f"{profile.rows:,} proteins"
"""


@pytest.fixture
def proteins(installed, monkeypatch):
    installed("elman.kinds", "elman-proteins", {"protein": "ProteinKind"}, PROTEINS)
    ours = recognition.KINDS
    registry = Registry(ours.group, ours.what, ours.ours, ours.base)
    monkeypatch.setattr(recognition, "KINDS", registry)
    monkeypatch.setattr("elman.data.readings.KINDS", registry)
    monkeypatch.setattr("elman.data.evidence.KINDS", registry)
    monkeypatch.setattr("elman.data.detection.KINDS", registry)


def test_a_kind_of_another_package_takes_part(proteins):
    chains = ["".join("ACDEFGHIKL"[(i * j) % 10] for j in range(1, 9 + i % 4)) for i in range(40)]
    found = detect(from_python({"chain": chains, "family": ["globin", "kinase"] * 20}))
    assert (found.task, found.input_kind, found.output_kind) == ("classification", "protein", "label")
    assert found.reads.__name__ == "ProteinKind"
    assert "column 'chain': 40 proteins" in found.evidence and "named as usual: chain" in found.evidence


@pytest.mark.parametrize("name", ["reviews", "tags", "story", "flowers"])
def test_a_column_is_looked_at_once_per_table(monkeypatch, name):
    looked_at: Counter[tuple[str, int]] = Counter()
    recognise = recognition.recognise

    def counting(column):
        looked_at[column.name, id(column.cells)] += 1
        return recognise(column)

    monkeypatch.setattr(recognition, "recognise", counting)
    table = samples.load(name)
    found = detect(table)
    parts = split_for(found, prepared(table, found), seed=0)
    audit(parts.train, parts.valid, parts.test, found)
    assert looked_at == {(column, id(cells)): 1 for column, cells in table.columns.items()}


@pytest.mark.parametrize("name", ["story", "visitors", "melodies", "flowers"])
def test_what_is_audited_is_what_is_trained_on(name):
    table = samples.load(name)
    found = detect(table)
    looked_at = split_for(found, prepared(table, found), seed=0)
    learned = DataSet.of(table).splits
    for part in ("train", "valid", "test"):
        assert getattr(looked_at, part).columns == getattr(learned, part).columns


def test_joined_labels_are_counted_as_the_kind_parses_them():
    table = from_python({"text": [f"text {i}" for i in range(12)], "kinds": ["a,b;c"] * 12})
    (said, *_) = [
        finding.message
        for finding in audit(table, None, None, Detection("many-to-one", "multilabel", ("text",), "kinds"))
    ]
    assert LabelsKind.parse("a,b;c") == ["a,b", "c"]
    assert said.startswith("2 labels: a,b is the commonest (12, 50.0%)")


def test_tags_in_one_text_are_counted_one_by_one():
    table = from_python({"text": ["a b c"] * 6, "tags": ["X Y X"] * 6})
    messages = [f.message for f in audit(table, None, None, Detection("many-to-many", "tagging", ("text",), "tags"))]
    assert any(message.startswith("2 tags: X is the commonest (12, 66.7%)") for message in messages)


def test_numbers_as_tags_mark_no_spans():
    tokens = [["a", "b", "c"][: 1 + i % 3] for i in range(30)]
    codes = [[(i + j) % 4 for j in range(len(row))] for i, row in enumerate(tokens)]
    found = detect(from_python({"tokens": tokens, "codes": codes}))
    assert found.task == "tagging" and not any("spans" in sentence for sentence in found.evidence)
