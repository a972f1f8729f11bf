# pyright: strict
"""Columns that nothing is learned from: empty, what deals out the rows, what never changes, and what names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.label import LabelKind
from elman.kinds.number import NumberKind
from elman.kinds.text import TextKind
from elman.kinds.tokens import TokensKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class UnusedKind(Kind):
    """A column that detection leaves out; it is never fitted."""

    unused = True


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


class SplitKind(UnusedKind):
    """Which part each row belongs to."""

    name = "split"
    precedence = 85
    NAMES: ClassVar[frozenset[str]] = frozenset({"split", "fold", "set", "partition", "subset"})
    PARTS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(["train", "training"], "train"),
        **dict.fromkeys(["valid", "validation", "val", "dev", "devel"], "valid"),
        **dict.fromkeys(["test", "testing", "eval"], "test"),
    }
    """What people call the parts of a data set, in lower case -> what Elman calls them."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        fits = column.is_called(cls.NAMES) and not column.holds_lists and cls.are_parts(column.values)
        return column.profile(cls) if fits else None

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
        value, count = profile.top[0]
        if not (profile.missing or profile.blanks):
            return f"{value!r} in every row"
        where = f"{profile.elements:,} steps" if profile.blanks else f"{profile.rows:,} rows"
        return f"{value!r} in {count:,} of {where}, and nothing in the others"


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


class NamingKind(UnusedKind):
    """What says which row this is, or when it was; once a person names such a column, it is a number or a text."""

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        return profile.as_kind(NumberKind if profile.numeric else TextKind)
