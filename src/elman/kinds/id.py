# pyright: strict
"""An id: which row this is."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise
from typing import TYPE_CHECKING, ClassVar

from elman.kinds.classes import ROWS_PER_LABEL
from elman.kinds.column import NAMELESS, acts, names_codes, names_papers, names_things
from elman.kinds.unused import NamingKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class IdKind(NamingKind):
    """Numbers or names of the rows, each its own, or nearly so."""

    name = "id"
    precedence = 65
    COUNTED: ClassVar[re.Pattern[str]] = re.compile(
        rf"{NAMELESS.pattern}|no\.?|nr\.?|#|obs|respondent|instance|case|record", re.ASCII | re.IGNORECASE
    )
    """Names of columns that number the rows, if their numbers go up by one."""
    FIRST: ClassVar[str] = "column_1"
    """The column of an index, which has no name."""
    NEAR_0: ClassVar[int] = 20
    """The least number of a row that was drawn, at most."""
    TWICE: ClassVar[int] = 20
    SPARSE: ClassVar[int] = 4
    """Pairs that chance would have made, at least; and numbers of rows that there may be for each that is there."""
    LEAST: ClassVar[int] = 10**7
    MOSTLY: ClassVar[float] = 0.95
    """Numbers of messages are no less, and this share of them is greater than the one before."""

    MEASURED: ClassVar[int] = 15
    """Figures, zeros at the end aside, that what is measured or counted has at most."""

    LONG: ClassVar[int] = 6
    CODE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
    """What a code is made of, and so many of it at least."""
    HASH = re.compile(
        r"(?:[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        re.IGNORECASE,
    ).fullmatch
    FIGURES = re.compile(r"[^.,]*[0-9][^.,]*").fullmatch
    NUMBERED = re.compile(r"(\W*[^\W\d]\D*)\d+").fullmatch
    """A name that ends with a number, ``S-017``, and what stands before that."""
    FEWEST: ClassVar[int] = 5
    """Names that are alike but for their numbers, at least."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if column.holds_lists or not column.values:
            return None
        once = len(column.values) == len(column.filled)
        seldom = ROWS_PER_LABEL * len(column.values) > len(column.filled) and column.words <= 1
        if column.numeric:
            named = once and acts(column.name) and column.whole
        else:
            paper = names_papers(column.name) or (once and names_codes(column.name))
            coded = paper and column.words <= 1 and cls.hold_figures(column)
            named = (once or seldom) and (coded or names_things(column.name))
        counted = once and bool(cls.COUNTED.fullmatch(column.name)) and column.counts_up
        counted = counted or (once and column.name == cls.FIRST and cls.are_dense(column))
        made = (seldom and (cls.rises(column) or cls.are_too_long(column))) or (once and cls.are_codes(column))
        made = made or (once and (cls.are_hashes(column) or (not acts(column.name) and cls.are_numbered(column))))
        return column.profile(cls) if named or counted or made else None

    @classmethod
    def hold_figures(cls, column: Column) -> bool:
        """Whether each value has one, and none a point, as decimals have, one of which may have gone wrong."""
        return all(cls.FIGURES(text) for texts in column.texts for text in texts)

    @classmethod
    def are_dense(cls, column: Column) -> bool:
        """Whether whole numbers lie so close that, if chance had made them, many would have come twice, though none
        has: the numbers of rows that were drawn, or put in another order, which begin near 0. Of ``n`` among ``m``
        possible ones, chance makes ``n^2 / 2m`` pairs (the birthday problem)."""
        if not (column.numeric and column.whole) or not 0 <= min(column.values) <= cls.NEAR_0:
            return False
        count, there = len(column.values), max(column.values) - min(column.values) + 1
        return there <= cls.SPARSE * count and count * count > 2 * cls.TWICE * there

    @classmethod
    def rises(cls, column: Column) -> bool:
        """Whether large whole numbers without a name mostly rise from row to row, by uneven steps, as those of messages
        do that a service numbers."""
        if not (NAMELESS.fullmatch(column.name) and column.numeric and column.whole):
            return False
        if min(column.values) < cls.LEAST:
            return False
        steps = Counter(b - a for a, b in pairwise(column.filled))
        rising = sum(count for step, count in steps.items() if step > 0)
        return rising >= cls.MOSTLY * steps.total() and 2 * max(steps.values(), default=0) < steps.total()

    @classmethod
    def are_too_long(cls, column: Column) -> bool:
        """Whether whole numbers, written without a point, mostly have more figures than what is measured, or counted,
        ever has: those of tweets."""
        if not (column.numeric and all(isinstance(value, int) for value in column.values)):
            return False
        long = sum(len(str(value).strip("-0")) > cls.MEASURED for value in column.values)
        return 2 * long > len(column.values)

    @classmethod
    def are_codes(cls, column: Column) -> bool:
        """Whether words without a name are made by a machine: of one length, and half of them with figures within."""
        if not NAMELESS.fullmatch(column.name) or column.numeric or column.words > 1:
            return False
        words = list(map(str, column.values))
        figures = sum(not word.isalpha() for word in words)
        same = {len(word) for word in words}
        return len(same) == 1 and min(same) >= cls.LONG and 2 * figures >= len(words) and all(map(cls.CODE, words))

    @classmethod
    def are_hashes(cls, column: Column) -> bool:
        """Whether words are hashes or UUIDs: numbers to the base 16, of a length that these have, some with letters."""
        if column.numeric or column.words > 1 or not all(map(cls.HASH, map(str, column.values))):
            return False
        lengths = {len(str(value)) for value in column.values}
        return len(lengths) == 1 and any(any(map(str.isalpha, str(value))) for value in column.values)

    @classmethod
    def are_numbered(cls, column: Column) -> bool:
        """Whether words are the same but for the number that each ends with: ``S1``, ``S2`` and so on."""
        if column.numeric or column.words > 1 or len(column.values) < cls.FEWEST:
            return False
        first, *_ = (str(value) for value in islice(column.values, 1))
        before = found[1] if (found := cls.NUMBERED(first)) else ""
        return bool(before) and all(
            (found := cls.NUMBERED(text)) and found[1] == before for texts in column.texts for text in texts
        )

    @classmethod
    def describe(cls, profile: Profile) -> str:
        again = profile.distinct < profile.filled
        return f"{profile.distinct:,} names that seldom come again" if again else "numbers or names of the rows"

    @classmethod
    def unused_at_steps(cls, profile: Profile) -> bool:
        """A name that comes again says what happens."""
        return profile.distinct == profile.filled

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return 2 * profile.distinct <= profile.rows


class GroupKind(IdKind):
    """What rows that belong together have in common: a person, a recording, a day."""

    name = "group"
    by_role = True

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "groups whose rows stay together"


class SequenceNameKind(IdKind):
    """What tells sequences apart, whose steps are rows."""

    name = "sequence-name"
    by_role = True

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return "names of the sequences"
