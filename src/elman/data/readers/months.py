# pyright: strict
"""Tables with a row for each year and a column for each month, as R prints them and weather services publish them: one
series, a row for each month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from elman.data.forms.moments import MONTHS
from elman.data.naming import free_name
from elman.data.readers.header import WHOLE, looks_like_number
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import YEARS

COUNT = 12


def of_months(source: Source) -> Source | None:
    """The months one after another, with what stands before the year in each; sums over several months, behind them,
    are left out. None for any other table."""
    first = first_of_months(source.names)
    if first is None or first < 1:
        return None
    year, after = first - 1, range(first + COUNT, len(source.names))
    years = [row[year] for row in source.rows()]
    behind = [[text_of(row[i]) for row in source.rows()] for i in after]
    if not years or not all(map(is_year, years)) or not all(map(are_sums, behind)):
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


def are_sums(cells: Sequence[str]) -> bool:
    """Whether cells are numbers, for the most part; a class of each year is to be learned from its months."""
    filled = list(filter(None, cells))
    return 2 * sum(map(looks_like_number, filled)) >= len(filled)


def text_of(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
