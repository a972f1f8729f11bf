# pyright: strict
"""Tokens: a sequence that is cut into its elements already, or the tags of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from elman.kinds.classes import MAX_LABEL_WORDS, MAX_NUMBER_CLASSES, ROWS_PER_LABEL
from elman.kinds.column import is_list
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
    usual_outputs = frozenset({"tag", "tags", "ner", "ner_tag", "ner_tags", "upos"})
    MAX_CODES: ClassVar[int] = 1_000
    """Lists of whole numbers that take more values than this are measurements, not codes of tags."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.holds_lists or not column.values:
            return None
        if column.numeric:
            whole = all(isinstance(value, int) for value in column.values)
            yes_no = column.values.keys() <= {0, 1}  # also where they are written 0.0 and 1.0
            fits = (whole or yes_no) and len(column.values) <= cls.MAX_CODES
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


MANY_TAGS = 100
TIMES_EACH = 4
"""Of words that are tags there are no more different ones, and each stands so often, on average."""
GLANCE = 50
"""Rows that show whether it is worth it to count the words of all."""


def as_tags(profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
    """A column of words as tags, where that is what they are: as many in every row as another column has words, which
    are others, and more different ones. A column of anything else stays what it was found to be.

    ``NOUN VERB DET`` beside ``cats chase a``: cells are of several lengths, so that this is no chance.
    """
    if column.numeric or column.holds_lists or profile.words <= 1:
        return profile
    if len({TokensKind.count(cell) for cell in column.cells[:GLANCE] if cell is not None}) <= 1:
        return profile
    texts = (other for found, other in table.values() if found.kind.predicts_itself and other is not column)
    beside = [other for other in texts if are_beside(column, other)]
    if not beside:
        return profile
    own = Counter[str]()
    for word in words_in(column):
        own[word] += 1
        if len(own) > MANY_TAGS:
            return profile
    if len(own) > own.total() / TIMES_EACH:
        return profile
    for other in beside:
        if has_others(other, own):
            top = tuple(own.most_common(len(profile.top) or 1))
            words = own.total() / len(column.filled)
            return replace(profile, kind=TokensKind, distinct=len(own), words=words, top=top)
    return profile


def has_others(column: Column, words: Collection[str]) -> bool:
    """Whether a column has more different words than these, and at most half of these."""
    shared, others = set[str](), set[str]()  # of the latter, which may be millions, no more than tell
    for word in words_in(column):
        if word in words:
            shared.add(word)
        elif len(others) <= len(words):
            others.add(word)
    return len(words) < len(shared) + len(others) and 2 * len(shared) <= len(words)


def are_beside(column: Column, other: Column) -> bool:
    """Whether each cell has as many words as that of another column, where neither is missing."""

    def alike(rows: slice) -> bool:
        pairs = zip(column.cells[rows], other.cells[rows], strict=True)
        filled = ((cell, beside) for cell, beside in pairs if cell is not None and beside is not None)
        return all(TokensKind.count(cell) == TokensKind.count(beside) for cell, beside in filled)

    return alike(slice(GLANCE)) and alike(slice(GLANCE, None))


def words_in(column: Column) -> Iterator[str]:
    """All words, or elements, one after another."""
    return (str(word) for cell in column.filled for word in (cell if is_list(cell) else str(cell).split()))
