# pyright: strict
"""Columns without a single value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman.errors import TaskError
from elman.kinds.unused import UnusedKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class EmptyKind(UnusedKind):
    name = "empty"
    precedence = 90

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return None if column.values or any(column.lists) else column.profile(cls)

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "no values"

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        raise TaskError(f"{profile.describe()}, so there is nothing to learn from. Name another column.")
