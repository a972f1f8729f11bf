# pyright: strict
"""What opening a file of any format gives: names, and rows that can be read again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from elman.data.format import Format
from elman.data.table import Cell, Layout, Table

NAMED = 3
"""Files, or columns, that are named one by one where the same is said of many."""


@dataclass(frozen=True)
class Source:
    """Files of one format, opened and looked through, but not held in memory.

    Attributes:
        names: the columns.
        rows: starts a new pass over the rows, each with one cell per name.
        notes: what a careful reader should know.
        files: the files and how many rows each has, where the format tells; of parallel files, the first.
        format: how the files are written, where they are text; of several files, the first.
        texts: columns whose cells are no numbers or dates, whatever they spell.
        nests: what cells may be beside single values: ``list``, ``dict``. All rows are looked through for those.
    """

    names: list[str]
    rows: Callable[[], Iterator[Sequence[Cell]]]
    layout: Layout
    has_header: bool = False
    notes: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    format: Format | None = None
    texts: frozenset[str] = frozenset()
    nests: frozenset[type] = frozenset({list, dict})


def with_columns_of_files(
    source: Source, said: Mapping[str, Mapping[str, Cell]], rows_of: Callable[[str], Iterator[Sequence[Cell]]]
) -> Source:
    """The same rows with what is ``said`` of the file that each is from, a column for each thing that has none yet.

    rows_of: the rows of one file, which are counted where the source doesn't tell how many each has
    """
    counts = source.files or [(path, sum(1 for _ in rows_of(path))) for path in said]
    names = [name for name in next(iter(said.values())) if name not in source.names]

    def rows() -> Iterator[Sequence[Cell]]:
        every = source.rows()
        for path, count in counts:
            cells = [said[path][name] for name in names]
            for row in islice(every, count):
                yield [*row, *cells]

    return replace(source, names=[*source.names, *names], rows=rows)


def with_missing_cells(rows: int) -> list[str]:
    """The note on so many rows; none where there are none."""
    return [f"{rows:,} {'row' if rows == 1 else 'rows'} with missing cells"] if rows else []


def other_columns(found: Sequence[str], first: Path, names: Sequence[str]) -> str:
    """What is wrong with a file whose columns aren't those of the first."""
    return (
        f"has other columns ({', '.join(found)}) than {first.name} ({', '.join(names)}). Give both the same names, or "
        "pass one of them alone."
    )


def noted_together(notes: Sequence[str]) -> list[str]:
    """Notes that say the same of many files as one, which names the first of these."""
    of_said: dict[str, list[str]] = {}
    for note in notes:
        of_said.setdefault(note.partition(": ")[2], []).append(note)
    found: list[str] = []
    for note in dict.fromkeys(notes):
        same = of_said[said] if (said := note.partition(": ")[2]) else [note]
        if len(same) <= NAMED:
            found.append(note)
        elif note == same[0]:
            names = ", ".join(one.partition(": ")[0] for one in same[:NAMED])
            found.append(f"{names} and {len(same) - NAMED:,} more: {said}")
    return found


def changed(table: Table, change: Callable[[Source], Source]) -> Table:
    """A table that is in memory already, with what a reader would make of its rows."""
    source = Source(table.names, lambda: zip(*table.columns.values(), strict=True), table.layout)
    found = change(source)
    if found is source:
        return table
    cells = [list(column) for column in zip(*found.rows(), strict=True)] or [list[Cell]() for _ in found.names]
    return replace(table, columns=dict(zip(found.names, cells, strict=True)), notes=[*table.notes, *found.notes])
