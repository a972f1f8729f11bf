# pyright: strict
"""Columns that nothing is learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman.kinds.base import Kind
from elman.kinds.number import NumberKind
from elman.kinds.text import TextKind

if TYPE_CHECKING:
    from elman.kinds.column import Profile


class UnusedKind(Kind):
    """A column that detection leaves out; it is never fitted."""

    unused = True


class NamingKind(UnusedKind):
    """What says which row this is, or when it was; once a person names such a column, it is a number or a text."""

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        return profile.as_kind(NumberKind if profile.numeric else TextKind)
