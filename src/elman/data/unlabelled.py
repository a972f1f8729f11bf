# pyright: strict
"""Texts without an output: more of what the input column of labelled ones holds."""

from __future__ import annotations

from typing import Any

from elman.data.detect import reading_for
from elman.data.format import ReadingOptions
from elman.data.readers import Data, table_of
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds import Kind


def unlabelled_cells(data: Data, input: str, kind: Kind, *, skip_bad: bool = False) -> list[Any]:
    """The cells of the column ``input`` of a table, or of its only one, that aren't empty.

    Raises TaskError where there is no such column, or where its cells aren't texts; DataFileError as readers do.
    """
    table = table_of(data, reading_for({"input": input}, ReadingOptions.asked(skip_bad, {})))
    column = column_like(input, table)
    cells = [cell for cell in table.column(column) if cell is not None and cell not in ("", [])]
    wrong = next((cell for cell in cells if not isinstance(cell, str | list)), None)
    faults = kind.faults(cells)
    if wrong is not None or faults or not cells:
        why = f"holds {wrong!r}" if wrong is not None else str(faults[min(faults)]) if faults else "is empty"
        raise TaskError(
            f"{table.source}: unlabelled texts are to be like those of the column {input!r}; the column {column!r} "
            f"{why}"
        )
    return cells


def column_like(input: str, table: Table) -> str:
    """The name of the column that stands for the input."""
    if input in table.names or len(table.names) == 1:
        return input if input in table.names else table.names[0]
    raise TaskError(
        f"{table.source}: unlabelled texts stand in a column {input!r}, as labelled ones do, or alone in a file; its "
        f"columns are {', '.join(map(repr, table.names))}"
    )
