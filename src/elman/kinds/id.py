# pyright: strict
"""An id: which row this is."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from elman.kinds.unused import NamingKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class IdKind(NamingKind):
    """Numbers or names of the rows, each its own."""

    name = "id"
    precedence = 65
    NAMES: ClassVar[re.Pattern[str]] = re.compile(
        r"(.*[_ ])?(q?id\d*|idx|index|uuid|key)|unnamed.*|column_1|.*I[dD]", re.ASCII
    )
    MADE_UP: ClassVar[str] = "column_1"
    """The name that Elman gives to the first column of a table without names."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if column.holds_lists or len(column.values) < len(column.filled) or not cls.NAMES.fullmatch(column.name):
            return None
        if column.name == cls.MADE_UP:
            fits = column.numeric and all(b - a == 1 for a, b in pairwise(column.filled))
        else:
            fits = column.whole or not column.numeric
        return column.profile(cls) if fits else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "numbers or names of the rows"

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return 2 * profile.distinct <= profile.rows


class SequenceNameKind(IdKind):
    """What tells sequences apart, whose steps are rows."""

    name = "sequence-name"
    by_role = True

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "names of the sequences"
