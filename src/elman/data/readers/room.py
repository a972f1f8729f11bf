# pyright: strict
"""Whether what of a table stays in memory has room there, before it is read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice
from types import NoneType

from elman import memory
from elman.data.readers.cells import SPELLED
from elman.data.readers.header import looks_like_number
from elman.data.readers.source import Source
from elman.data.table import FEW, Cell
from elman.errors import DataFileError
from elman.kinds.column import is_list

SAMPLE = 2_000
"""Rows by which the others are judged."""
POINTER, NUMBER = 8, 24
"""Bytes of a place in a list, and of a number."""


def check_room(source: Source, path: str) -> None:
    """Raise DataFileError for rows that take more memory than there is; nothing where the format doesn't say how many
    there are. Columns of texts and numbers lie in files where they are large."""
    rows = sum(count for _, count in source.files)
    if rows <= SAMPLE:
        return
    sample = list(islice(source.rows(), SAMPLE))
    columns = [cells for cells in zip(*sample, strict=True) if not (source.layout in SPELLED and may_be_stored(cells))]
    if said := memory.lacking(rows * sum(map(size_of, columns))):
        raise DataFileError(
            f"has {rows:,} rows, which take {said}. Pass a part of the rows, or of the columns; predict alone reads "
            "any number of rows, some at a time, where each stands for itself.",
            path,
        )


def may_be_stored(cells: Sequence[Cell]) -> bool:
    """Whether a column of such cells may lie in files."""
    types = set[type](map(type, cells)) - {NoneType}
    return types <= {str} or types <= {int, float}


def size_of(cells: Sequence[Cell]) -> float:
    """Bytes that a cell of a column takes on average; texts of which there are few stand in memory once."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    lists = [cell for cell in cells if is_list(cell)]
    if len(set(texts)) <= FEW and not lists:
        return POINTER + NUMBER * (len(cells) - len(texts)) / len(cells)
    own = sum(NUMBER if looks_like_number(text) else sys.getsizeof(text) for text in texts)
    own += sum(sys.getsizeof(cell) + sum(map(sys.getsizeof, cell)) for cell in lists)
    return POINTER + (own + NUMBER * (len(cells) - len(texts) - len(lists))) / len(cells)
