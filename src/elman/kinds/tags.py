# pyright: strict
"""Tags: one class per element of the input sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.base import text_of
from elman.kinds.classes import ClassesKind
from elman.kinds.column import is_sequence
from elman.kinds.spans import Scheme, scheme_of
from elman.sequences import Sequences
from elman.stored import Arrays, Stored, mapped

if TYPE_CHECKING:
    from elman.kinds.column import Profile

MISSING = ""
"""In place of a tag that isn't there: it is neither learned from nor measured on."""
NOT_LEARNED = -100
"""Its id, from which torch's losses learn nothing."""


class TagsKind(ClassesKind):
    """One class per element of the input sequence; a cell is a list of tags, or text separated by spaces.

    scheme: how tags that mark spans are written; None for other tags
    """

    name = "tags"
    by_role = True
    aligned = True
    names_are = "tags"
    mostly_one = True  # O

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return cls.present(cell)

    def __init__(self) -> None:
        self.scheme: Scheme | None = None

    @classmethod
    def remark(cls, profile: Profile, cells: Sequence[Any]) -> str:
        scheme = scheme_of(cls.parsed(cells))
        return scheme.describe() if scheme else ""

    def how_read(self) -> str:
        return self.scheme.describe() if self.scheme else ""

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The tags of a cell, as they are written."""
        return list(map(text_of, cell)) if is_sequence(cell) else str(cell or "").split()

    @classmethod
    def parsed(cls, cells: Sequence[Any]) -> Sequence[list[str]]:
        """``parse`` of each of many cells."""
        return mapped(cells, lambda some: [*map(cls.parse, some)], {list})

    @classmethod
    def present(cls, cell: Any) -> list[str]:
        """The tags of a cell that aren't missing."""
        return [tag for tag in cls.parse(cell) if tag != MISSING]

    def fit(self, cells: Sequence[Any]) -> None:
        self.scheme = scheme_of(mapped(cells, lambda some: [*map(self.present, some)], {list}))
        super().fit(mapped(cells, lambda some: [*map(self.read, some)], {list}))

    def read(self, cell: Any) -> list[str]:
        """The tags of a cell, as they are learned and predicted: those that mark spans in IOB2. Raises TaskError where
        one of these is missing."""
        tags = self.parse(cell)
        if self.scheme and MISSING in tags:
            raise TaskError(
                f"tag {tags.index(MISSING) + 1} is missing, and these mark spans; write O where there is none"
            )
        return self.scheme.read(tags) if self.scheme else tags

    encodes_all = True

    def encode(self, cells: Sequence[Any]) -> Sequence[NDArray[np.int64]]:
        encoded = (np.array([self.id_of(tag) for tag in self.read(cell)], np.int64) for cell in cells)
        return Arrays.made(encoded, np.zeros(0, np.int64)) if isinstance(cells, Stored) else list(encoded)

    def id_of(self, name: str) -> int:
        return NOT_LEARNED if name == MISSING else super().id_of(name)

    def can_encode(self, cell: Any) -> bool:
        return all(tag in self.ids or tag == MISSING for tag in self.read(cell))

    def names(self, targets: NDArray[Any]) -> list[str]:
        return [MISSING if i == NOT_LEARNED else self.classes[i] for i in targets.tolist()]

    def collate(self, encoded: Sequence[NDArray[np.int64]]) -> Sequences:
        """The ids of the tags"""
        return Sequences.of(encoded, np.zeros(0, np.int64))

    def steps(self, encoded: NDArray[np.int64]) -> int:
        return len(encoded)

    def element_names(self, encoded: NDArray[np.int64], steps: int) -> list[str]:
        return self.names(encoded)

    @property
    def spans(self) -> bool:
        """Whether the tags mark spans."""
        return self.scheme is not None

    def state(self) -> dict[str, Any]:
        return {**super().state(), "scheme": self.scheme.to_json() if self.scheme else None}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.scheme = Scheme(**state["scheme"]) if state["scheme"] else None
