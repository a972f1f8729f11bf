# pyright: strict
"""Columns that are to be looked at, and then read as numbers: their short texts as the lines of long ones.

That takes a fraction of the memory of a text for each cell, and whoever goes through a column finds its cells side by
side, and not between those of other columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from elman import stored
from elman.data.table import Cell, blocks_of, shared
from elman.kinds.lines import LINE_END
from elman.stored import Writer

MISSING = "\0"
"""Stands for a missing cell."""
LONG = 32
"""Characters of a cell, on average, from which it stays a text of its own."""

Block = str | Sequence[Cell]


class Packed:
    """The cells of a column; in files once there is no room for them in memory.

    size: about how many bytes are added
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.seen: dict[str, str] = {}
        self.writer: Writer | None = None
        self.size = 0

    def add(self, cells: Sequence[Cell]) -> None:
        if self.writer is not None:
            self.writer.add(cells)
            return
        block = packed(cells)
        self.blocks.append(block if isinstance(block, str) else shared(block, self.seen))
        self.size += len(block) if isinstance(block, str) else sum(len(c) if isinstance(c, str) else 8 for c in block)

    def leave_memory(self) -> None:
        """From now on, all cells are in files, those too that were added already."""
        self.writer = Writer()
        for block in self.blocks:
            self.writer.add(unpacked(block) if isinstance(block, str) else block)
        self.blocks.clear()

    def cells(self) -> Sequence[Cell]:
        """All of them, put together anew."""
        if self.writer is not None:
            return self.writer.written()
        found: list[Cell] = []
        seen: dict[str, str] = {}
        for block in self.blocks:
            found.extend(shared(unpacked(block), seen) if isinstance(block, str) else block)
        return found


def packed_columns(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> dict[str, Packed]:
    """Rows of cells in the order of ``names`` as columns."""
    columns, large = {name: Packed() for name in names}, False
    for block in blocks_of(rows, len(columns)):
        for column, cells in zip(columns.values(), zip(*block, strict=True), strict=True):
            column.add(cells)
        if not large and sum(column.size for column in columns.values()) > stored.LARGE:
            large = True
            for column in columns.values():
                column.leave_memory()
    return columns


def taken(columns: dict[str, Packed]) -> Iterator[tuple[str, Sequence[Cell]]]:
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
