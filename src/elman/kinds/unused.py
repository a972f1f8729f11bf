# pyright: strict
"""Columns that nothing is learned from: what names, dates or deals out the rows, and what never changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.label import MAX_NUMBER_CLASSES, LabelKind
from elman.kinds.number import NumberKind
from elman.kinds.text import TextKind
from elman.kinds.times import moment

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
    """One value in every row, or in every step of all rows."""

    name = "constant"
    precedence = 80
    never_changes = True

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return column.profile(cls) if len(column.values) == 1 else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.top[0][0]!r} in every row"


class NamingKind(UnusedKind):
    """What says which row this is, or when it was; once a person names such a column, it is a number or a text."""

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        return profile.as_kind(NumberKind if profile.numeric else TextKind)


class TimeKind(NamingKind):
    """Dates or times as ISO 8601 writes them, or numbers under the name of a time."""

    name = "time"
    precedence = 75
    tells_time = True
    NAMES: ClassVar[frozenset[str]] = frozenset({"date", "time", "timestamp", "datetime", "month", "day", "year"})
    ISO_DATE: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}-\d\d(-\d\d([ T]\d\d:\d\d.*)?)?")

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.values:
            return None
        if column.numeric:
            fits = column.is_called(cls.NAMES) and len(column.values) > MAX_NUMBER_CLASSES
        else:
            fits = all(cls.ISO_DATE.fullmatch(str(value)) for value in column.values)
        return column.profile(cls) if fits else None

    @classmethod
    def is_date(cls, text: str) -> bool:
        """A date or time that there is; a month alone is one too."""
        try:
            moment(text)
        except TaskError:
            return False
        return True

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "dates or times"


class IdKind(NamingKind):
    """Numbers or names of the rows, each its own."""

    name = "id"
    precedence = 65
    NAMES: ClassVar[re.Pattern[str]] = re.compile(r"(.*[_ ])?(id|idx|index|uuid|key)|unnamed.*|column_1|.*Id", re.ASCII)
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
