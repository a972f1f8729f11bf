# pyright: strict
"""Names of classes as an input, any number of them: which of those that training had stand in a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.kinds.base import Kind
from elman.kinds.labels import LabelsKind
from elman.kinds.text import EncodedTexts
from elman.kinds.vocabulary import Vocabulary
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.export.around import Meaning

NONE = np.zeros(0, np.int64)


class NamesKind(Kind):
    """Several labels beside other columns, in no order; a name that training never saw is left out."""

    name = "names"
    by_role = comes_again = True

    def fit(self, cells: Sequence[Any]) -> None:
        self.vocabulary = Vocabulary.of(EncodedTexts.of(map(self.parse, cells)).counts(), 10_000)

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The names in a cell."""
        return list(dict.fromkeys(LabelsKind.parse(cell)))

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.int64]]:
        ids = ([self.vocabulary.ids.get(name, 0) for name in self.parse(cell)] for cell in cells)
        return [np.array([i for i in own if i], np.int64) for own in ids]

    def collate(self, encoded: Sequence[NDArray[np.int64]]) -> Sequences:
        """The ids of each cell's names."""
        return Sequences.of(encoded, NONE)

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        from elman.export.around import Meaning

        values = (("", tuple(self.vocabulary.tokens)),)
        return {part: Meaning("ids", "which names, without those that training never saw", values)}

    def cut(self, encoded: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
        return encoded  # one value, however many names it is of

    def element_names(self, encoded: NDArray[np.int64], steps: int) -> list[str]:
        return [" + ".join(self.vocabulary.decode(encoded.tolist())) or "∅"]

    def go_on_from(self, old: Kind) -> None:
        if isinstance(old, NamesKind):
            self.vocabulary = old.vocabulary  # how many names there are decides how each is read

    def state(self) -> dict[str, Any]:
        return {"names": self.vocabulary.tokens}

    def load_state(self, state: dict[str, Any]) -> None:
        self.vocabulary = Vocabulary(state["names"])
