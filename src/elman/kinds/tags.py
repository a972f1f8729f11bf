# pyright: strict
"""Tags: one class per element of the input sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.kinds.classes import ClassesKind
from elman.kinds.column import is_sequence
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.column import Profile


class TagsKind(ClassesKind):
    """One class per element of the input sequence; a cell is a list of tags, or text separated by spaces."""

    name = "tags"
    by_role = True
    aligned = True
    names_are = "tags"
    mostly_one = True  # O

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return cls.parse(cell)

    @classmethod
    def remark(cls, profile: Profile) -> str:
        begun = all(str(tag) == "O" or str(tag)[:2] in ("B-", "I-") for tag, _ in profile.top)
        return "the tags are O or begin with B- and I-: they mark spans" if begun else ""

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The tags of a cell."""
        return [str(tag) for tag in cell] if is_sequence(cell) else str(cell or "").split()

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.int64]]:
        return [np.array([self.id_of(tag) for tag in self.parse(cell)], np.int64) for cell in cells]

    def collate(self, encoded: Sequence[NDArray[np.int64]]) -> Sequences:
        """The ids of the tags"""
        return Sequences.of(encoded, np.zeros(0, np.int64))

    def steps(self, encoded: NDArray[np.int64]) -> int:
        return len(encoded)

    def element_names(self, encoded: NDArray[np.int64], steps: int) -> list[str]:
        return self.names(encoded)

    @property
    def spans(self) -> bool:
        """True where the tags mark spans: B-, I- (and O, E-, S-)."""
        return spans_in(self.classes)


def spans_in(tags: Iterable[str]) -> bool:
    """Whether tags mark spans by their first letters: B-, I-, E-, S- and O."""
    return all(tag == "O" or tag[:2] in ("B-", "I-", "E-", "S-") for tag in tags)
