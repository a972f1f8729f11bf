# pyright: strict
"""Names of classes: what label, labels and tags share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.base import Kind

MAX_LABEL_WORDS = 4
MAX_LABEL_LENGTH = 40
MAX_NUMBER_CLASSES = 20
"""More whole numbers than this are amounts, not names of classes."""
MANY_CLASSES = 1_000
"""Of more classes than this not everything is said and tried: a linear model has a weight for each of them and each
feature, and takes more than a minute, and a GB, even of few rows; and nobody reads so many probabilities."""
LIKELIEST = 100
"""Of many classes as many are named with their probabilities in an answer."""
ROWS_PER_LABEL = 4
"""A column of labels repeats itself: on average, each of its values stands in this many rows or more."""
ROWS_PER_LONG_LABEL = 20
"""The same of labels of any length, which somebody chose from a list of sentences and didn't write."""


def are_many(classes: int) -> bool:
    return classes > MANY_CLASSES


def class_name(cell: Any) -> str:
    """A label as text: ``1``, ``1.0`` and ``"1"`` are the same label. Raises TaskError for a missing one."""
    if cell is None:
        raise TaskError("a label is missing; remove the row, or give it a label")
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


class ClassesKind(Kind):
    """Cells made of names of classes, each with an id: its place among the sorted names.

    A name that training never saw has no id; encoding it raises TaskError.
    """

    @classmethod
    @abstractmethod
    def names_in(cls, cell: Any) -> list[str]: ...

    def fit(self, cells: Sequence[Any]) -> None:
        self.set_classes(name for cell in cells for name in self.names_in(cell))
        if len(self.classes) < 2:
            raise TaskError(
                f"the output has only one label, {self.classes[0]!r}: there is nothing to learn; "
                "name another column with --output"
                if self.classes
                else "the output holds no label at all: there is nothing to learn; name another column with --output"
            )

    def set_classes(self, names: Iterable[str]) -> None:
        self.classes = sorted(set(names))
        self.ids = {name: i for i, name in enumerate(self.classes)}

    def go_on_from(self, old: Kind) -> None:
        if isinstance(old, ClassesKind):
            self.set_classes([*old.classes, *self.classes])

    @property
    def outcomes(self) -> int:
        return len(self.classes)

    @classmethod
    def classes_in(cls, cells: Sequence[Any]) -> int:
        return len({name for cell in cells for name in cls.names_in(cell)})

    def names_of_rows(self) -> list[list[str]]:
        return [self.classes]

    def id_of(self, name: str) -> int:
        if name not in self.ids:
            shown = ", ".join(map(repr, self.classes[:10])) + (" ..." if len(self.classes) > 10 else "")
            raise TaskError(f"label {name!r} was not in the training data, which has {shown}")
        return self.ids[name]

    def can_encode(self, cell: Any) -> bool:
        return all(name in self.ids for name in self.names_in(cell))

    def allowed_values(self) -> list[str]:
        return self.classes

    def names(self, targets: NDArray[Any]) -> list[str]:
        """The classes with these ids ``[M]``."""
        return [self.classes[i] for i in targets.tolist()]

    def state(self) -> dict[str, Any]:
        return {"classes": self.classes}

    def load_state(self, state: dict[str, Any]) -> None:
        self.set_classes(state["classes"])
