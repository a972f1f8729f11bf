# pyright: strict
"""Columns that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman.kinds.unused import UnusedKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile

SHOWN = 200
"""Characters of the value that are shown."""


class ConstantKind(UnusedKind):
    """One value in every row, or in every step of all rows; some may have none."""

    name = "constant"
    precedence = 80
    never_changes = True

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return column.profile(cls) if len(column.values) == 1 else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        if not profile.top:
            return f"lists without an element, or nothing, in {profile.rows:,} rows"
        value, count = repr(profile.top[0][0]), profile.top[0][1]
        value = value if len(value) <= SHOWN else f"{value[:SHOWN]}..."
        if not (profile.missing or profile.blanks):
            return f"{value} in every row"
        where = f"{profile.elements:,} steps" if profile.blanks else f"{profile.rows:,} rows"
        return f"{value} in {count:,} of {where}, and nothing in the others"
