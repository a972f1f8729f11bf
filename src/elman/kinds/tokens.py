# pyright: strict
"""Tokens: a sequence that is cut into its elements already, or the tags of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elman.kinds.classes import MAX_LABEL_WORDS, MAX_NUMBER_CLASSES, ROWS_PER_LABEL
from elman.kinds.text import TextKind
from elman.kinds.vector import VectorKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class TokensKind(TextKind):
    """A list of words, tags or codes; as an input it is read like a text whose tokens are these."""

    name = "tokens"
    precedence = 20
    read_as = "text"
    names_each_element = True
    usual_inputs = frozenset({"form", "token", "tokens", "words"})
    usual_outputs = frozenset({"tag", "tags", "ner_tags", "upos"})
    MAX_CODES: ClassVar[int] = 1_000
    """Lists of whole numbers that take more values than this are measurements, not codes of tags."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.holds_lists or not column.values:
            return None
        if column.numeric:
            whole = all(isinstance(value, int) for value in column.values)
            fits = whole and len(column.values) <= cls.MAX_CODES
        else:
            fits = column.words_each <= MAX_LABEL_WORDS
        return column.profile(cls) if fits else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"lists of {profile.words:.1f} elements, {profile.distinct:,} different ones"

    @classmethod
    def at_steps(cls, profile: Profile) -> Profile:
        """Whole numbers at each step are measurements, though they take few values."""
        return profile.as_kind(VectorKind) if profile.numeric else profile

    @classmethod
    def may_name_steps(cls, profile: Profile) -> bool:
        """Texts, or a few whole numbers that come back: more of them are counts."""
        few = profile.distinct <= min(MAX_NUMBER_CLASSES, profile.elements / ROWS_PER_LABEL)
        return few or not profile.numeric
