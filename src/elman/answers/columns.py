"""Columns of a table as kinds of input: their cells, and new kinds for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elman.data.steps import frames
from elman.data.table import Table
from elman.kinds import (
    KINDS,
    Kind,
)
from elman.settings import Settings

AS_INPUT = {"notes": "chords"}
"""Kinds that are read as another one: of a tune, whatever its voices, all that sounds."""


def new_input(kind: str, settings: Settings) -> Kind:
    """A column of this kind that is to be read, not fitted yet."""
    return KINDS[AS_INPUT.get(kind, kind)].from_settings(settings)


def cells_of(kind: str, table: Table, names: Sequence[str]) -> list[Any]:
    """The cells of columns that are read together, as this kind takes them."""
    if kind == "vector":
        return frames(table, names)
    if kind == "row":
        return list(zip(*(table.column(name) for name in names), strict=True))
    return table.column(names[0])
