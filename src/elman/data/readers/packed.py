# pyright: strict
"""Columns that are to be looked at, and then read as numbers: their short texts as the lines of long ones.

That takes a fraction of the memory of a text for each cell, and whoever goes through a column finds its cells side by
side, and not between those of other columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from elman.data.table import Cell, blocks_of, shared
from elman.kinds.lines import LINE_END

MISSING = "\0"
"""Stands for a missing cell."""
LONG = 32
"""Characters of a cell, on average, from which it stays a text of its own."""

Block = str | Sequence[Cell]


class Packed:
    """The cells of a column."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.seen: dict[str, str] = {}

    def add(self, cells: Sequence[Cell]) -> None:
        block = packed(cells)
        self.blocks.append(block if isinstance(block, str) else shared(block, self.seen))

    def cells(self) -> list[Cell]:
        """All of them, put together anew."""
        found: list[Cell] = []
        seen: dict[str, str] = {}
        for block in self.blocks:
            found.extend(shared(unpacked(block), seen) if isinstance(block, str) else block)
        return found


def packed_columns(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> dict[str, Packed]:
    """Rows of cells in the order of ``names`` as columns."""
    columns = {name: Packed() for name in names}
    for block in blocks_of(rows, len(columns)):
        for column, cells in zip(columns.values(), zip(*block, strict=True), strict=True):
            column.add(cells)
    return columns


def taken(columns: dict[str, Packed]) -> Iterator[tuple[str, list[Cell]]]:
    """The cells of one column after the other, which ``columns`` then lacks."""
    for name in list(columns):
        yield name, columns.pop(name).cells()


def packed(cells: Sequence[Cell]) -> Block:
    """Short texts, or none, as one; all else as it is."""
    try:
        lines, missing = LINE_END.join(cells), 0
    except TypeError:
        missing = cells.count(None)
        if missing + sum(isinstance(cell, str) for cell in cells) < len(cells):
            return cells
        lines = LINE_END.join(MISSING if cell is None else cell for cell in cells)
    fits = lines.count(LINE_END) == len(cells) - 1 and lines.count(MISSING) == missing
    return lines if fits and len(lines) < LONG * len(cells) else cells


def unpacked(lines: str) -> list[Cell]:
    cells = lines.split(LINE_END)
    return [None if cell == MISSING else cell for cell in cells] if MISSING in lines else cells
