# pyright: strict
"""A time: when each row was."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from elman.errors import TaskError
from elman.kinds.classes import MAX_NUMBER_CLASSES
from elman.kinds.column import NAMELESS, YEARS
from elman.kinds.number import NumberKind
from elman.kinds.times import moment
from elman.kinds.unused import NamingKind

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile


class TimeKind(NamingKind):
    """Dates or times as ISO 8601 writes them, or numbers under the name of a time."""

    name = "time"
    precedence = 75
    tells_time = in_rows = True
    beside_as = "row"
    NAMES: ClassVar[frozenset[str]] = frozenset(
        {
            "date",
            "dates",
            "time",
            "timestamp",
            "timestamps",
            "datetime",
            "month",
            "day",
            "year",
            "jd",
            "mjd",
            "hjd",
            "bjd",
            "datenum",
        }
    )
    MEASURED: ClassVar[re.Pattern[str]] = re.compile(
        r"elapsed[ _]?time|(elapsed[ _]?)?(time(stamp)?|t|zeit|temps|tempo)[ _]*[\[(/_] *"
        r"(s|secs?|seconds?|ms|us|µs|ns|min|minutes?|h|hours?)[\])]?",
        re.IGNORECASE,
    )
    """The same with a unit, or as what has passed, which times of laps are, too: those don't rise."""
    ISO_DATE: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}-\d\d(-\d\d([ T]\d\d:\d\d\S*( \S+)?)?)?")
    """Behind the minutes may stand a zone, and no more words, as in the lines of a log."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.values:
            return None
        if column.numeric:
            many = len(column.values) > MAX_NUMBER_CLASSES
            few = column.counts_up or (column.is_called(frozenset({"year"})) and cls.rises(column))
            called = column.is_called(cls.NAMES) and (many or few)
            measured = many and bool(cls.MEASURED.fullmatch(column.name)) and cls.rises(column)
            fits = called or measured or cls.are_years(column)
        else:
            fits = all(cls.ISO_DATE.fullmatch(str(value)) for value in column.values)
        return column.profile(cls) if fits else None

    @classmethod
    def rises(cls, column: Column) -> bool:
        """Each number is greater than that of the row before."""
        return len(column.filled) > 2 and all(a < b for a, b in pairwise(column.filled))

    @classmethod
    def are_years(cls, column: Column) -> bool:
        """Whether numbers without a name count years, as the index of a table does."""
        counted = bool(NAMELESS.fullmatch(column.name)) and len(column.filled) > 2 and column.counts_up
        return counted and column.filled[0] in YEARS and column.filled[-1] in YEARS

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

    @classmethod
    def when_beside(cls, profile: Profile) -> Profile:
        """Dates stay dates among the values of a row; of numbers, the numbers say it."""
        return profile.as_kind(NumberKind) if profile.numeric else profile
