"""Series of a table: each row of lists as numbers on a grid of equal steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.data.combined import TIMES
from elman.data.splits import FORECAST_FROM
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import Column, is_list
from elman.kinds.series import Series
from elman.kinds.time import TimeKind
from elman.kinds.times import grid_of
from elman.stored import Lists, Stored, lengths_of, stretches, types_of

Floats = NDArray[np.float64]
MOST, MOST_STEPS = 8_000_000, 700_000
"""Numbers and steps of a series that are kept in memory at most: learning from them takes less than two gigabytes."""


def targets_of(inputs: Sequence[str], output: str | None) -> tuple[list[str], list[str]]:
    """The columns to forecast, and those whose past alone is given."""
    outputs = [output] if output else list(inputs)
    return outputs, [name for name in inputs if name not in outputs]


def series_of(table: Table, inputs: Sequence[str], output: str | None) -> list[Series]:
    """Each row of a table of lists as a series. Rows that a grid of equal time steps lacks are filled with NaN.

    Of a table with columns that are given ahead, rows at the end that hold nothing else come after the series.
    """
    names, extras = targets_of(inputs, output)
    time = time_column(table)
    starts = table.columns.get(FORECAST_FROM, [0] * len(table))
    found = []
    for row in range(len(table)):
        columns = {name: floats_at(table, row, name) for name in (*names, *extras, *table.ahead)}
        length = len(next(iter(columns.values())))
        places, grid = np.arange(length), None
        if time is not None:
            places, grid = grid_of(table.columns[time][row], places, table.weekdays)
        # A gap before the start moves it.
        start = int(places[starts[row]]) if starts[row] < length else int(places.max(initial=-1)) + 1
        values, past, ahead = (
            on_grid([columns[name] for name in side], places) for side in (names, extras, table.ahead)
        )
        end = last_observed(np.hstack([values, past])) + 1 if table.ahead else len(values)
        found.append(Series(names, values[:end], past[:end], min(start, end), grid, ahead, table.ahead))
    return found


def latest(table: Table) -> Table:
    """The table with no more than ``MOST`` numbers and ``MOST_STEPS`` steps in each series, the last of them, and a
    note of what was left out before these."""
    columns = [cells for cells in table.columns.values() if list in types_of(cells)]
    if not columns or any(types_of(cells) != {list} for cells in columns):
        return table
    lengths = lengths_of(columns[0])
    most = min(MOST_STEPS, MOST // len(columns))
    begins = np.maximum(0, lengths - most)
    if not begins.any():
        return table
    cut: dict[str, Any] = {
        name: stretches(cells, begins.tolist(), lengths.tolist()) for name, cells in table.columns.items()
    }
    note = f"of series of more than {most:,} steps the latest {most:,} are used; the longest has {lengths.max():,}"
    return replace(table, columns=cut, notes=[*table.notes, note])


def last_observed(values: Floats) -> int:
    """The last row of ``[T, C]`` in which a number stands; -1 where none does."""
    return int(np.flatnonzero(~np.isnan(values).all(1)).max(initial=-1))


def floats_at(table: Table, row: int, name: str) -> Floats:
    """The numbers of one row of a column. Raises TaskError where there are others than finite ones."""
    cells = table.column(name)
    if isinstance(cells, Lists) and cells.of_numbers:
        cell: Cell = cells.arrays(np.array([row]))[0]
    else:
        cell = cells[row]
    try:
        values = np.asarray(cell if isinstance(cell, list | np.ndarray) else [cell], dtype=np.float64)
    except (TypeError, ValueError):
        raise TaskError(
            f"{table.source}: column {name!r} holds something other than numbers: {str(cell)[:60]}. Correct it, or "
            "leave empty what isn't known"
        ) from None
    if values.ndim != 1 or np.isinf(values).any():
        raise TaskError(
            f"{table.source}: column {name!r} holds an infinite number or lists; expected one finite number per step"
        )
    return values


def on_grid(columns: Sequence[Floats], places: NDArray[np.int64]) -> Floats:
    block = np.full((int(places[-1]) + 1 if len(places) else 0, len(columns)), np.nan)
    for i, column in enumerate(columns):
        block[places, i] = column
    return block


def times_of(table: Table, order: str | None) -> Sequence[Cell]:
    """The times of all rows, in the column ``order``; or of all steps, where each row is a series of lists."""
    if order is not None:
        return table.columns[order]
    cells = table.columns[time] if (time := time_column(table)) else []
    return cells.elements() if isinstance(cells, Lists) else [*chain.from_iterable(filter(is_list, cells))]


def time_column(table: Table) -> str | None:
    """The column of lists of times, if there is one."""
    if TIMES in table.columns:
        return TIMES
    for name, cells in table.columns.items():
        large = isinstance(cells, Lists)
        some = cells.select(np.arange(min(1, len(cells)))).elements() if large else cells[0] if cells else None
        if isinstance(some, list | Stored) and len(some):
            first = Column(name, some)
            if TimeKind.recognises(first) or (first.numeric and first.is_called(TimeKind.NAMES)):
                return name
    return None
