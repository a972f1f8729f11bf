"""What a field is: it knows one column, on the way in and on the way out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError


class Kind(ABC):
    """One column of the data: cells as people write them <-> elements as a network takes them.

    A field is fitted on the training part, encodes cells once, and collates encoded cells into a batch
    (a ``Ragged`` for sequences, a ``Tensor`` for single values). As an input it offers an ``encoder``; as an
    output a ``head``, which holds the loss, and ``decode``.
    """

    name: ClassVar[str]
    """What it is called in saved models, in tables and in messages."""
    decodes: ClassVar[bool] = False
    """Whether collating takes time of its own, since it reads files; batches are then made ready ahead."""
    mixed: ClassVar[bool] = False
    """Whether a batch holds rows of all lengths, drawn by chance, rather than of similar ones: what an encoder with
    batch normalisation needs, whose batches must be like the data."""

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        """What is wrong with cells that can't be encoded, by row from 0; the field need not be fitted yet."""
        return {}

    @abstractmethod
    def fit(self, cells: Sequence[Any]) -> None:
        """Learn vocabularies, classes or scales from the training cells."""

    @abstractmethod
    def encode(self, cells: Sequence[Any]) -> list[Any]:
        """Each cell as tensors."""

    @abstractmethod
    def collate(self, encoded: Sequence[Any]) -> Any:
        """A batch of encoded cells."""

    def targets(self, encoded: Sequence[Any]) -> Any:
        """A batch of encoded cells as the head is trained on them."""
        return self.collate(encoded)

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """All that was fitted, as JSON; ``load_state`` takes it back."""

    @abstractmethod
    def load_state(self, state: dict[str, Any]) -> None: ...

    def summaries(self, encoded: Sequence[Any]) -> NDArray[np.float32]:
        """``[n, F]``: encoded cells as linear models see them, whatever their length or size."""
        raise TaskError(f"a {self.name} column has no summary")

    def steps(self, encoded: Any) -> int:
        """How many elements an encoded cell has; single values have one."""
        return 1


def text_of(cell: Any) -> str:
    """A cell as text; a missing one is empty, and a whole number has no decimals, however it was read."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
