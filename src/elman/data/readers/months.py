# pyright: strict
"""Tables with a row for each year and a column for each month, as R prints them and weather services publish them: one
series, a row for each month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.data.format import ReadingOptions
from elman.data.forms.moments import MONTHS
from elman.data.forms.numbers import NumberForm, NumberLook, form_of
from elman.data.naming import free_name
from elman.data.readers.header import WHOLE, looks_like_number
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import YEARS

COUNT = 12
SPANS = (2, 3, 4, 6, 12)
"""Months that are summed up: a season, which may be a monsoon's four, half a year, a year."""
NEAR, MOSTLY = 0.05, 0.9
"""How far a mean may be from that of its months, in their spread, as days weigh it, and in how many years."""
Floats = NDArray[np.floating[Any]]


def of_months(source: Source, options: ReadingOptions) -> Source | None:
    """The months one after another, with what stands before the year in each; sums over several months, behind them,
    are left out. None for any other table, and where the caller says that rows stand alone, or names one of these
    columns: something may be learned of a year from its months."""
    first = first_of_months(source.names)
    if first is None or first < 1:
        return None
    year, after = first - 1, range(first + COUNT, len(source.names))
    if options.alone or not options.as_they_stand.isdisjoint(source.names[first:]):
        return None
    found = [*source.rows()]
    if not found or not all(is_year(row[year]) for row in found):
        return None
    amounts = amounts_in([row[first:] for row in found], options.said.decimal)
    months = np.hstack([months_before(found, year, amounts[:, :COUNT]), amounts[:, :COUNT]])
    if not all(is_empty([row[i] for row in found]) or is_sum(amounts[:, i - first], months) for i in after):
        return None
    keys = source.names[:year]
    names = [*keys, free_name("month", keys), free_name("value", keys)]

    def rows() -> Iterator[Sequence[Cell]]:
        waiting: list[Sequence[Cell]] = []  # months without a number, which may be those still to come
        for row in source.rows():
            key = row[:year]
            if waiting and waiting[-1][:year] != key:
                waiting.clear()
            for month in range(COUNT):
                cell = row[first + month]
                waiting.append([*key, f"{int(text_of(row[year]))}-{month + 1:02d}", cell])
                if looks_like_number(text_of(cell)):
                    yield from waiting
                    waiting.clear()

    left = ", ".join(source.names[i] for i in after)
    said = f"a row for each year and a column for each month: read as one series of months{'; left out: ' * bool(left)}"
    return replace(source, names=names, rows=rows, has_header=True, files=[], notes=[*source.notes, said + left])


def first_of_months(names: Sequence[str]) -> int | None:
    """Where the names of twelve months begin, one after another."""
    months = [MONTHS.get(name.strip(" .").lower()) for name in names]
    wanted = [*range(1, COUNT + 1)]
    return next((i for i in range(len(names)) if months[i : i + COUNT] == wanted), None)


def is_year(cell: Cell) -> bool:
    text = text_of(cell)
    return bool(WHOLE.fullmatch(text)) and int(text) in YEARS


def amounts_in(rows: Sequence[Sequence[Cell]], decimal: str | None) -> Floats:
    """The numbers of rows of cells that are written alike, ``[rows, cells]``; NaN where a cell holds none."""
    look = NumberLook()
    look.look({text for row in rows for text in map(text_of, row) if looks_like_number(text)})
    found = form_of(look, decimal)
    form = found if isinstance(found, NumberForm) else NumberForm()

    def number(cell: Cell) -> float:
        try:
            value = form.read(cell) if isinstance(cell, str) else cell
            return np.nan if value is None else float(value)  # pyright: ignore[reportArgumentType]
        except (ValueError, TypeError):
            return np.nan

    return np.array([[number(cell) for cell in row] for row in rows])


def months_before(rows: Sequence[Sequence[Cell]], year: int, months: Floats) -> Floats:
    """The months of the year before each, ``[years, 12]``; NaN where the row above is of another year, or place."""
    before = np.full_like(months, np.nan)
    for i, (above, row) in enumerate(pairwise(rows), start=1):
        if above[:year] == row[:year] and int(text_of(above[year])) + 1 == int(text_of(row[year])):
            before[i] = months[i - 1]
    return before


def is_empty(cells: Sequence[Cell]) -> bool:
    return not any(map(text_of, cells))


def is_sum(values: Floats, months: Floats) -> bool:
    """Whether values ``[years]`` are sums or means of the same ones of the months ``[years, 24]``, those of the year
    before first: a season may begin there."""
    near = NEAR * float(np.nanstd(months)) + np.finfo(np.float32).eps * float(np.nanmax(np.abs(months)))
    for length in SPANS:
        for end in range(COUNT + 1, months.shape[1] + 1):
            mean = months[:, end - length : end].mean(1)
            for divided in (values, values / length):
                known = ~np.isnan(divided - mean)
                if known.any() and (np.abs(divided - mean)[known] <= near).mean() >= MOSTLY:
                    return True
    return False


def text_of(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
