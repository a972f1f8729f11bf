# pyright: strict
"""Labels: any number of a few classes at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.classes import MAX_LABEL_LENGTH, MAX_LABEL_WORDS, ROWS_PER_LABEL, ClassesKind, class_name
from elman.kinds.column import is_sequence
from elman.kinds.label import LabelKind
from elman.kinds.tokens import TokensKind, are_beside, as_tags

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile

WORDS_BETWEEN_COMMAS = 2
"""Labels between commas have no more words, on the mean."""
FEWEST_JOINED = 20
"""One row in so many, at least, has several labels."""
LABELS_PER_ROW = 5
"""Lists of more elements than this, on the mean, are sequences."""


class LabelsKind(ClassesKind):
    """Several classes per row, as a list or as text separated by ``;``, ``|`` or ``,``."""

    name = "labels"
    precedence = 42
    read_as = "text"
    beside_as = "names"
    empty_says_none = True
    usual_outputs = frozenset({"labels"})
    SEPARATORS: ClassVar[str] = ";|,"

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return cls._lists(column) if column.holds_lists else cls._joined(column)

    @classmethod
    def _lists(cls, column: Column) -> Profile | None:
        """Short lists of a few different names, none of them twice; where they are called labels, they may be longer,
        or whole numbers, and need come twice only."""
        called = column.is_called(cls.usual_outputs)
        codes = called and column.whole and column.words <= LABELS_PER_ROW
        if (
            (column.numeric and not codes)
            or column.words_each > MAX_LABEL_WORDS
            or not (called or column.words <= LABELS_PER_ROW)
        ):
            return None
        few = len(column.values) <= len(column.filled) / (2 if called else ROWS_PER_LABEL)
        once = few and all(len(set(map(str, cell))) == len(cell) for cell in column.lists)
        return column.profile(cls) if once else None

    @classmethod
    def _joined(cls, column: Column) -> Profile | None:
        """Labels joined by a separator, in some rows at least."""
        rows = len(column.filled)
        if column.numeric or column.words_each > MAX_LABEL_WORDS * LABELS_PER_ROW:
            return None
        joined = {separator: column.count_of(separator) for separator in cls.SEPARATORS}
        usual = max(joined, key=joined.__getitem__)
        if joined[usual] < max(1, rows / FEWEST_JOINED):
            return None
        parts = Counter(name for cell in column.filled for name in cls.parse(cell))
        words = sum(len(part.split()) for part in parts) / max(1, len(parts))
        short = words <= MAX_LABEL_WORDS and all(len(part) <= MAX_LABEL_LENGTH for part in parts)
        if not short or not 0 < len(parts) <= rows / ROWS_PER_LABEL:
            return None
        in_commas = joined[","] > 0 and not any(joined[sign] for sign in cls.SEPARATORS if sign != ",")
        if in_commas and 0 < sum(part.isdigit() for part in parts) < len(parts):  # May 12, 1939
            return None
        if in_commas and len(parts) >= len(column.values) and LabelKind.recognises(column):  # Paris, France
            return None
        if in_commas and (words > WORDS_BETWEEN_COMMAS or len({str(cell).count(",") for cell in column.values}) == 1):
            return None  # texts have commas, too
        commonest = tuple(parts.most_common(len(column.profile(cls).top)))
        return column.profile(cls, distinct=len(parts), words=parts.total() / rows, top=commonest)

    @classmethod
    def among(cls, profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
        """Tokens or tags, however few there are, where lists of another column are as long in every row, or texts have
        as many words."""
        if not column.holds_lists:
            return as_tags(profile, column, table)
        several = len(set(column.lengths) - {None}) > 1
        for found, other in table.values():
            lists = found.kind is cls or found.kind.names_each_element
            beside = lists and other is not column and other.lengths == column.lengths
            if beside or (found.kind.predicts_itself and several and are_beside(column, other)):
                return profile.as_kind(TokensKind)
        return profile

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.words:.1f} of {profile.distinct} labels per row"

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return cls.parse(cell)

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The labels of a cell."""
        if cell is None:
            return []
        if is_sequence(cell):
            return [class_name(part) for part in cell]
        text = str(cell)
        separator = next((sign for sign in LabelsKind.SEPARATORS if sign in text), ";")
        return [part.strip() for part in text.split(separator) if part.strip()]

    def fit(self, cells: Sequence[Any]) -> None:
        """One class is enough: it applies to a row, or it doesn't."""
        self.set_classes(name for cell in cells for name in self.parse(cell))
        if not self.classes:
            raise TaskError("the output column holds no label; name another column with --output")

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.float32]]:
        several = np.zeros((len(cells), len(self.classes)), np.float32)
        for row, cell in zip(several, cells, strict=True):
            row[[self.id_of(name) for name in self.parse(cell)]] = 1.0
        return list(several)

    def collate(self, encoded: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """``[B, classes]``, zeros and ones"""
        return np.array(encoded, np.float32).reshape(len(encoded), len(self.classes))

    def cut(self, encoded: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
        return encoded  # one value, though it is made of several numbers

    def element_names(self, encoded: NDArray[np.float32], steps: int) -> list[str]:
        return self.names(encoded[None])

    def names(self, targets: NDArray[Any]) -> list[str]:
        """The classes that apply, joined; ``∅`` where none does."""
        several = ([self.classes[i] for i in np.flatnonzero(row)] for row in targets)
        return [" + ".join(names) or "∅" for names in several]
