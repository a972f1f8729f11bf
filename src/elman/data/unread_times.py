# pyright: strict
"""Columns that are called as times are, in a form that isn't read: as texts they would be learned from by their signs,
and rows that follow each other would stand for themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from elman.data.forms.clocks import CLOCK
from elman.data.forms.dates import DateLook
from elman.data.forms.stamps import DAY_NAMES, TIME_NAMES, WEEK_NAMES
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds.column import Cell, name_words
from elman.kinds.times import of_another_era

NAMES = (
    DAY_NAMES | TIME_NAMES | WEEK_NAMES | frozenset("quarter qtr fiscal month year".split())  # noqa: SIM905
) - {"data", "at", "when", "created", "updated", "modified", "unix", "posix", "tag"}
"""Words, one of which ends the names of such columns; others of those words are as often called something else."""
LOOKED_AT, LONGEST = 200, 60
"""Cells, from the first, by which it is seen what a column holds, and signs of one."""
FEWEST, MOST_SHAPES = 6, 3
"""Such a column has so many different cells at least, which are written in so many ways at most."""
TEXT = 4
"""Words of a text, on the mean: what is said of it, or its date, may be written in any way."""


def unread_times(table: Table) -> str | None:
    """The column of times that aren't read, where no other tells time, in a table of values and names."""
    profiles = table.profiles
    if table.layout != "table" or any(found.kind.tells_time for found in profiles.values()):
        return None
    for name, found in profiles.items():
        words = name_words(name)
        if not words or words[-1] not in NAMES or found.numeric or found.distinct < FEWEST:
            continue
        if not any(other.words >= TEXT for other in profiles.values() if other is not found):
            cells = [cell for cell in table.columns[name][:LOOKED_AT] if cell is not None]
            if cells and all(isinstance(cell, str) and may_be_unread(cell) for cell in cells) and not are_parts(cells):
                shapes = {shape_of(str(cell)) for cell in cells}
                if len(shapes) <= MOST_SHAPES and all("0" in shape for shape in shapes):
                    return name
    return None


def may_be_unread(cell: str) -> bool:
    """Times of day are read, and stay what they are beside days."""
    return len(cell) <= LONGEST and not CLOCK.fullmatch(cell.strip())


def are_parts(cells: Sequence[Cell]) -> bool:
    """Numbers of months, days or hours, with a zero before those of one figure: ``05``."""
    return all(isinstance(cell, str) and cell.isdecimal() and len(cell) <= 2 for cell in cells)


def shape_of(text: str) -> str:
    """``FY23 week 7`` as ``a0 a 0``: what stands for words and for figures, however long."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text.strip()))


def refuse_unread_times(table: Table, output: str | None) -> None:
    """Raises TaskError, with what to write instead, but for what is asked for."""
    name = unread_times(table)
    if name in (None, output):
        return
    looked_at = [str(cell) for cell in table.columns[name][:LOOKED_AT] if cell is not None]
    dates = DateLook(named=True)
    dates.look(looked_at)
    example = (dates.others or looked_at)[0]
    beside = f", as {dates.example!r} beside it would be" if dates.others and dates.example else ""
    raise TaskError(
        f"{table.source}: column {name!r} is called as times are, but {example!r} isn't read as one{beside}"
        f"{of_another_era(example)}. Write its cells as 2024-01-31, 2024-01 or 2024-01-31 14:05:00, or how long "
        "something took as 4:15:00. If rows stand in order of time, at even steps, --task forecasting needs no times; "
        "if it is to be learned from, or nothing follows, name the columns by --input."
    )
