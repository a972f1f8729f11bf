# pyright: strict
"""Rows that follow each other in time: found, checked, and gathered into sequences, one list per column."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import correlation

from elman.data.readers.delimited import MOSTLY, is_number, line_of_row
from elman.data.table import Cell, Table
from elman.errors import DataFileError, TaskError
from elman.kinds.time import TimeKind

SMOOTH, SMOOTH_ROWS = 0.9, 100
"""So great is the correlation of rows that follow each other, in at least so many of them, if nothing else tells."""
PER_FILE = ""


@dataclass(frozen=True)
class Steps:
    """How the rows of a table make up sequences.

    by:   the column that tells the sequences apart; ``PER_FILE`` where each file is one
    time: the column that orders the rows; None where they stand in order
    smooth: that they do shows in the numbers, which go on from row to row
    """

    by: str
    time: str | None
    smooth: bool = False

    def describe(self, sequences: int) -> str:
        """One plain sentence for people."""
        order = f" by column {self.time!r}" if self.time else " as they stand"
        if self.smooth:
            order = ": each number is close to the one before it"
        if self.by:
            return f"rows follow each other in time{order}; those with the same {self.by!r} are one sequence"
        whole = "the file is one sequence" if sequences == 1 else f"each of {sequences:,} files is one sequence"
        return f"rows follow each other in time{order}; {whole}"


def find_steps(table: Table, inputs: Collection[str] = (), *, asked: bool = False) -> Steps | None:
    """How rows make up sequences; None where each row stands for itself.

    Rows are steps where a column holds times and no column holds texts; or where all columns are numbers, and each
    number is close to the one before it, or the caller ``asked`` for it. Times must rise within each file, or else
    within the rows of the same name, number or label. Where each file of a folder of classes is a sequence, that is
    plain. Raises DataFileError, with file and line, where times don't rise, and for text in a column of numbers.
    """
    if table.layout == "steps":
        return None
    profiles = table.profiles
    time = next((name for name, column in profiles.items() if column.kind.tells_time), None)
    if table.layout == "sequences":
        asked = True
    elif time is None and is_smooth(table):
        return Steps(PER_FILE, None, smooth=True)
    if time is None and not asked:
        return None
    refuse_texts_among_numbers(table, [name for name in profiles if not inputs or name in inputs])
    if not all(column.kind.in_rows or column.kind.unused for column in profiles.values()):  # a text stands for itself
        return None
    if time is None or not falls(table, time, PER_FILE):
        return Steps(PER_FILE, time)
    for name, column in profiles.items():
        if column.kind.names_sequences(column) and not falls(table, time, name):
            return Steps(name, time)
    raise not_rising(table, time, falls(table, time, PER_FILE)[0])


def is_smooth(table: Table) -> bool:
    """All columns are numbers that go on from row to row."""
    amounts = all(
        found.kind.in_rows and not found.kind.names_classes and not found.missing for found in table.profiles.values()
    )
    if len(table) < SMOOTH_ROWS or not amounts:
        return False
    columns = [list(map(float, cells)) for cells in table.columns.values()]  # type: ignore[arg-type]
    return all(correlation(cells[:-1], cells[1:]) > SMOOTH for cells in columns)


def gather(table: Table, by: str, lists: Collection[str] = ()) -> Table:
    """One row per sequence: columns become lists, but those that never change within a sequence keep one value.

    lists: columns that are lists in any case, as they were in the data that a model was trained on
    """
    rows = list(rows_of_sequences(table, by).values())
    columns: dict[str, list[Cell]] = {}
    for name, cells in table.columns.items():
        parts = [[cells[row] for row in own] for own in rows]
        changes = any(part[i] != part[0] for part in parts for i in range(1, len(part)))
        columns[name] = list(parts) if changes or name in lists else [part[0] for part in parts]
    files = [(path, 1) for path, _ in table.files] if by == PER_FILE else []
    return Table(columns, table.source, "steps", True, list(table.notes), files)


def rows_of_sequences(table: Table, by: str) -> dict[Cell, list[int]]:
    """The rows of each sequence, in their order."""
    if by != PER_FILE:
        rows: dict[Cell, list[int]] = {}
        for row, cell in enumerate(table.column(by)):
            rows.setdefault(cell, []).append(row)
        return rows
    starts = [0]
    for _, count in table.files or [(table.source, len(table))]:
        starts.append(starts[-1] + count)
    return {i: list(range(*ends)) for i, ends in enumerate(pairwise(starts))}


def falls(table: Table, time: str, by: str) -> list[int]:
    """The rows whose time isn't later than that of the step before them."""
    cells = table.column(time)
    for row, cell in enumerate(cells):
        if cell is None:
            raise at_row(table, row, f"the time is missing (column {time!r}). Correct the cell.")
        if isinstance(cell, str) and not TimeKind.is_date(cell):
            raise at_row(table, row, f"{cell!r} is no date or time (column {time!r}). Correct the cell.")
    return [
        later
        for rows in rows_of_sequences(table, by).values()
        for earlier, later in pairwise(rows)
        if not cells[earlier] < cells[later]  # type: ignore[operator]  # times of one column are of one kind
    ]


def not_rising(table: Table, time: str, row: int) -> DataFileError | TaskError:
    cells = table.column(time)
    what = "comes again" if cells[row] == cells[row - 1] else f"stands after {cells[row - 1]!r}"
    return at_row(
        table,
        row,
        f"the time {cells[row]!r} {what} (column {time!r}). Expected times that rise, in each file or for each value "
        "of another column. Sort the rows, or remove repeated ones; or pass --alone if each row stands for itself.",
    )


def refuse_texts_among_numbers(table: Table, columns: Iterable[str]) -> None:
    """``refuse_text_among_numbers`` for those of the columns that were found to hold texts, or names of classes."""
    for name in columns:
        found = table.profiles[name]
        if not found.numeric and (found.kind.predicts_itself or found.kind.names_classes):
            refuse_text_among_numbers(table, name)


def refuse_text_among_numbers(table: Table, name: str) -> None:
    """Raises DataFileError, with its line, for the first text in a column where nearly all cells are numbers."""
    texts = [row for row, cell in enumerate(table.columns[name]) if isinstance(cell, str) and not is_number(cell)]
    filled = sum(cell is not None for cell in table.columns[name])
    if texts and len(texts) <= (1 - MOSTLY) * filled:
        cell = table.columns[name][texts[0]]
        raise at_row(
            table,
            texts[0],
            f"holds {cell!r} where column {name!r} has numbers. Correct the cell, or leave it empty "
            "(--skip-bad leaves out all such rows).",
        )


def at_row(table: Table, row: int, message: str) -> DataFileError | TaskError:
    """An error at the place of a row: its file and line where the reader gave them."""
    first = 0
    for path, count in table.files:
        if row < first + count:
            # Of a file some rows of which were left out, a row's number doesn't give its line.
            found = table.format if not table.skipped else None
            line = line_of_row(Path(path), row - first, found) if found and found.of_tables else None
            return DataFileError(message, path, line)
        first += count
    return TaskError(f"{table.source}, row {row + 1}: {message}")
