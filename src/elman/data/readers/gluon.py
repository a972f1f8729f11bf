# pyright: strict
"""Series as GluonTS and services that grew from it read them: an object for each, with its numbers as ``target`` and
when it begins as ``start``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import is_list

START, TARGET = "start", "target"
BESIDE = re.compile("(past_)?feat_(static|dynamic)_.*|dynamic_feat|cat")
"""What goes beside the numbers, step by step or throughout."""
SAMPLE_ROWS = 200


def with_series(source: Source) -> Source:
    """A row of a list for each series, where the source holds such; any other as it is. What goes beside the numbers is
    left out, and said."""
    if source.layout != "table" or not {START, TARGET} <= {*source.names}:
        return source
    place = source.names.index(TARGET)
    sample = list(islice(source.rows(), SAMPLE_ROWS))
    if not sample or not all(are_numbers(row[place]) for row in sample):
        return source
    left = [name for name in source.names if BESIDE.fullmatch(name)]
    places = [i for i, name in enumerate(source.names) if name != START and name not in left]

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            yield [row[i] for i in places]

    notes = [f"each row is a series ({TARGET!r}); how far its steps are apart isn't said, so that they are numbered"]
    notes += [f"left out, as they go beside the numbers: {', '.join(left)}"] if left else []
    names = [source.names[i] for i in places]
    return replace(source, names=names, rows=rows, layout="steps", notes=[*source.notes, *notes])


def are_numbers(cell: Cell) -> bool:
    return is_list(cell) and len(cell) > 0 and all(one is None or isinstance(one, int | float) for one in cell)
