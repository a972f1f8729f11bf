from __future__ import annotations

import pytest

from elman.data.table import Table, from_rows
from elman.errors import TaskError


def test_columns_rows_and_selection():
    table = Table({"text": ["a", "b", "c"], "n": [1, 2, 3]}, notes=["read as Latin-1"])
    assert len(table) == 3
    assert table.select([2, 0]).columns == {"text": ["c", "a"], "n": [3, 1]}
    assert table.select([2]).notes == ["read as Latin-1"]
    assert len(Table({})) == 0


def test_unknown_column_offers_the_nearest():
    with pytest.raises(TaskError, match="did you mean 'label'"):
        Table({"text": [], "label": []}).column("lable")


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(TaskError, match="'a' has 1, 'b' has 2"):
        Table({"a": [1], "b": [1, 2]})


def test_names_are_kept_where_they_are_the_same_in_another_order():
    table = Table({"label": ["ham"], "text": ["hello"]}, has_header=False)
    assert table.named_as(["text", "label"]) is table
    assert table.named_as(["kind", "message"]).columns == {"kind": ["ham"], "message": ["hello"]}


def test_equal_labels_of_many_rows_are_one_text_in_memory():
    rows = [["".join(("lab", "el")) + str(row % 3), f"text {row}"] for row in range(3_000)]
    table = from_rows(["label", "text"], rows)
    assert table.columns == {"label": [row[0] for row in rows], "text": [row[1] for row in rows]}
    assert len(set(map(id, table.columns["label"]))) == 3


def test_rows_that_do_not_fit_the_columns_are_refused():
    for rows in ([["a", "b"], ["c"]], [["a"]], [["a", "b", "c"]]):
        with pytest.raises(ValueError, match="zip"):
            from_rows(["x", "y"], rows)
    assert from_rows(["x", "y"], []).columns == {"x": [], "y": []}
