"""Rows that follow each other in time, and what is wrong with them."""

from __future__ import annotations

import pandas as pd
import pytest

from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.readers import from_python, read
from elman.data.splits import split
from elman.errors import DataFileError, TaskError

ROWS = 40


def recording(folder, name, change=lambda frame: frame, rows=ROWS):
    """A CSV file of one recording: times, two numbers and what happened."""
    frame = pd.DataFrame(
        {
            "time": [10 * i for i in range(rows)],
            "x": [i * 0.37 % 1 for i in range(rows)],
            "y": [i * i * 0.013 % 1 for i in range(rows)],
            "what": ["rest" if i // 7 % 2 else "move" for i in range(rows)],
        }
    )
    path = folder / name
    change(frame).to_csv(path, index=False)
    return path


def with_cell(row, column, value):
    def change(frame):
        frame = frame.astype({column: object})
        frame.loc[row, column] = value
        return frame

    return change


def test_a_file_is_a_sequence(tmp_path):
    table = read([recording(tmp_path, "a.csv"), recording(tmp_path, "b.csv", rows=30)])
    found = detect(table)
    assert (found.task, found.inputs, found.output, found.sequences) == ("tagging", ("x", "y"), "what", "")
    assert "each of 2 files is one sequence" in found.evidence[0]
    sequences = prepared(table, found)
    assert [len(cell) for cell in sequences.columns["x"]] == [40, 30]
    assert sequences.columns["y"][1] == table.columns["y"][40:]


def test_rows_of_one_name_are_a_sequence_with_one_label():
    rows = [(name, t, (t * k * 0.37) % 1, "ab"[k % 2]) for t in range(9) for k, name in enumerate("pqrstu", start=1)]
    table = from_python(dict(zip(("name", "time", "x", "kind"), map(list, zip(*rows, strict=True)), strict=True)))
    table.columns["time"] = [f"2020-01-{t + 1:02d}" for t in table.columns["time"]]
    found = detect(table)
    assert (found.task, found.inputs, found.output, found.sequences) == ("classification", ("x",), "kind", "name")
    sequences = prepared(table, found)
    assert sequences.columns["kind"] == list("bababa")
    assert [len(cell) for cell in sequences.columns["x"]] == [9] * 6


def test_a_row_can_stand_for_itself_if_told_so(tmp_path):
    table = read(recording(tmp_path, "a.csv"))
    assert detect(table, alone=True, output="what").sequences is None
    assert prepared(table, detect(table, alone=True, output="what")) is table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_cell(5, "x", "broken"), r"a\.csv:7: holds 'broken' where column 'x' has numbers"),
        (with_cell(5, "y", "inf"), r"a\.csv:7: holds 'inf' where column 'y'"),
        (with_cell(5, "time", 40), r"a\.csv:7: the time 40 comes again"),
        (with_cell(5, "time", 15), r"a\.csv:7: the time 15 stands after 40"),
        (with_cell(5, "time", None), r"a\.csv:7: the time is missing"),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path, change, message):
    good, bad = recording(tmp_path, "b.csv"), recording(tmp_path, "a.csv", change)
    with pytest.raises(DataFileError, match=message):
        detect(read([good, bad]))


def test_parquet_and_python_name_the_row(tmp_path):
    recording(tmp_path, "a.csv")
    frame = pd.read_csv(tmp_path / "a.csv")
    frame.loc[5, "time"] = 0
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataFileError, match=r"a\.parquet: the time 0 stands after 40"):
        detect(read(tmp_path / "a.parquet"))
    with pytest.raises(TaskError, match="row 6: the time 0"):
        detect(from_python(frame))


def test_few_sequences_are_cut_in_time(tmp_path):
    table = read([recording(tmp_path, f"{name}.csv") for name in "ab"])
    found = detect(table)
    parts = split(prepared(table, found), inputs=found.inputs, output=found.output, seed=0)
    cells = [part.columns["x"] for part in (parts.train, parts.valid, parts.test)]
    assert [[len(cell) for cell in part] for part in cells] == [[32, 32], [4, 4], [4, 4]]
    assert [number for part in cells for number in part[0]] == table.columns["x"][:ROWS]


def test_the_audit_tells_missing_and_constant_numbers(tmp_path):
    def change(frame):
        frame["x"] = frame["x"].where(frame.index % 10 != 3)
        frame["z"] = [0.5] * 39 + [0.25]
        return frame

    table = read([recording(tmp_path, "a.csv", change)])
    found = detect(table)
    parts = split(prepared(table, found), inputs=found.inputs, output=found.output, seed=0)
    said = [finding.message for finding in audit(parts.train, parts.valid, parts.test, found)]
    assert any(message.startswith("3 of 32 numbers of column 'x' are missing in the training part") for message in said)
    assert "column 'z' is 0.5 at every step of the training part" in said
