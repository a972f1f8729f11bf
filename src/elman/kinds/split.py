# pyright: strict
"""Columns that deal out the rows to the parts of a data set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, ClassVar

from elman.kinds.column import NAMELESS
from elman.kinds.label import LabelKind
from elman.kinds.unused import UnusedKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class SplitKind(UnusedKind):
    """Which part each row belongs to."""

    name = "split"
    precedence = 85
    NAMES: ClassVar[frozenset[str]] = frozenset({"split", "fold", "set", "partition", "subset", "usage"})
    PARTS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(["train", "training"], "train"),
        **dict.fromkeys(["valid", "validation", "val", "dev", "devel", "publictest"], "valid"),
        **dict.fromkeys(["test", "testing", "eval", "privatetest"], "test"),
    }
    """What people call the parts of a data set, in lower case -> what Elman calls them."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        fits = not column.holds_lists and cls.deals_out(column.name, column.values)
        return column.profile(cls) if fits else None

    @classmethod
    def deals_out(cls, name: str, cells: Collection[object]) -> bool:
        """Whether a column is called as such columns are, and all cells name parts; without a name, whether they name
        several."""
        called = name.lower() in cls.NAMES
        if not (called or NAMELESS.fullmatch(name)) or not cls.are_parts(cells):
            return False
        return called or len(set(map(cls.part_of, cells))) > 1

    @classmethod
    def are_parts(cls, values: Iterable[object]) -> bool:
        return all(str(value).lower() in cls.PARTS for value in values)

    @classmethod
    def part_of(cls, value: object) -> str | None:
        """The part that a cell, a folder or a word names."""
        return cls.PARTS.get(str(value).lower())

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "says which part a row belongs to"

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        return profile.as_kind(LabelKind)
