"""JSON whose rows are lists of cells: in one list, or one on each line, with a row of names or without."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from elman.data.readers import read
from elman.errors import DataFileError

NAMES = ["Name", "Session", "Score", "Done"]
ROWS = [[f"Person {i}", f"201{i % 7}{'AB'[i % 2]}", 14 + i, i % 3 == 0] for i in range(12)]
TEXTS = [
    [f"a man number {i} walks", f"somebody {('sleeps', 'moves')[i % 2]} at {i}", ("no", "yes")[i % 2]]
    for i in range(12)
]


def written(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) if path.suffix == ".jsonl" else "[" + ",\n".join(lines) + "]")
    return path


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_rows_below_their_names(tmp_path: Path, name):
    table = read(written(tmp_path / name, [NAMES, *ROWS]))
    assert table.names == NAMES and [*map(list, zip(*table.columns.values(), strict=True))] == ROWS


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_rows_without_names(tmp_path: Path, name):
    table = read(written(tmp_path / name, TEXTS))
    assert table.names == ["column_1", "column_2", "column_3"]
    assert [*map(list, zip(*table.columns.values(), strict=True))] == TEXTS


def test_a_line_that_is_no_such_row(tmp_path: Path):
    for wrong in ('["Person", 3]', '{"Name": "x"}', "[1, 2", '["a", [1], 2, true]'):
        path = written(tmp_path / "rows.jsonl", [NAMES, *ROWS])
        path.write_text(f"{path.read_text()}\n{wrong}\n")
        with pytest.raises(DataFileError, match=r"rows\.jsonl:14: "):
            read(path)
        table = read(path, skip_bad=True)
        assert len(table) == 12 and table.names == NAMES
