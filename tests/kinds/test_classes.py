"""Label, labels and tags: classes have ids, and a class that training never saw is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from elman import kinds
from elman.errors import TaskError
from elman.kinds import LabelKind, LabelsKind, TagsKind
from elman.kinds.column import Column


def test_labels_round_trip_whatever_their_type():
    kind = LabelKind()
    kind.fit([1, 0.0, "1", 0])
    assert kind.classes == ["0", "1"]
    assert [int(i) for i in kinds.from_json(json.loads(json.dumps(kinds.to_json(kind)))).encode([1.0, "0"])] == [1, 0]
    with pytest.raises(TaskError, match="'2' was not in the training data, which has '0', '1'"):
        kind.encode([2])
    with pytest.raises(TaskError, match="missing"):
        kind.encode([None])
    with pytest.raises(TaskError, match="nothing to learn"):
        LabelKind().fit(["x", "x"])


def test_several_labels():
    kind = LabelsKind()
    kind.fit(["a;b", ["c"], None, "b"])
    assert kind.classes == ["a", "b", "c"]
    assert np.stack(kind.encode(["b; a", [], None, "c"])).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]]


def test_one_separator_parts_the_labels_of_a_cell():
    """The first of ``;``, ``|`` and ``,`` that stands in it; what is counted of the column is parted alike."""
    assert LabelsKind.parse("a,b;c") == ["a,b", "c"] and LabelsKind.parse("a, b") == ["a", "b"]
    cells = ["a,b;c", "c;a,b", "c,d"] * 20
    found = LabelsKind.recognises(Column("labels", cells))
    assert found is not None and found.distinct == len({name for cell in cells for name in LabelsKind.parse(cell)}) == 3
    assert dict(found.top) == {"c": 60, "a,b": 40, "d": 20}


def test_tags_know_whether_they_mark_spans():
    spans, plain = TagsKind(), TagsKind()
    spans.fit([["O", "B-loc"], "B-loc I-loc O"])
    plain.fit([["NOUN", "VERB"]])
    assert spans.spans and not plain.spans
    assert spans.collate(spans.encode([["O"], [], ["B-loc", "I-loc"]])).lengths.tolist() == [1, 0, 2]


def test_a_column_without_any_tag_says_so():
    with pytest.raises(TaskError, match="no label at all"):
        TagsKind().fit([[], None])
