# pyright: strict
"""Columns of sequences that hold something now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman.kinds.tokens import TokensKind
from elman.kinds.unused import UnusedKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class EventsKind(UnusedKind):
    """Names that stand at a few steps of sequences, and at most of them none: holidays, faults, remarks."""

    name = "events"
    precedence = 32

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.holds_lists or not column.values or column.numeric:
            return None
        return column.profile(cls) if column.blanks > column.values.total() else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        listed = ", ".join(f"{value!r}" for value, _ in profile.top)
        more = ", ..." if profile.distinct > len(profile.top) else ""
        filled = profile.elements - profile.blanks
        return f"names at {filled:,} of {profile.elements:,} steps ({listed}{more}), and nothing at the others"

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        return profile.as_kind(TokensKind)
