# pyright: strict
"""What opening a file of any format gives: names, and rows that can be read again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from elman.data.format import Format
from elman.data.table import Cell, Layout, Table


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
    """

    names: list[str]
    rows: Callable[[], Iterator[Sequence[Cell]]]
    layout: Layout
    has_header: bool = False
    notes: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    format: Format | None = None
    texts: frozenset[str] = frozenset()


def with_missing_cells(rows: int) -> list[str]:
    """The note on so many rows; none where there are none."""
    return [f"{rows:,} {'row' if rows == 1 else 'rows'} with missing cells"] if rows else []


def changed(table: Table, change: Callable[[Source], Source]) -> Table:
    """A table that is in memory already, with what a reader would make of its rows."""
    source = Source(table.names, lambda: zip(*table.columns.values(), strict=True), table.layout)
    found = change(source)
    if found is source:
        return table
    cells = [list(column) for column in zip(*found.rows(), strict=True)] or [list[Cell]() for _ in found.names]
    return replace(table, columns=dict(zip(found.names, cells, strict=True)), notes=[*table.notes, *found.notes])
