"""Labels: one of a few classes, several of them at once, or one per element of a sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.ragged import Ragged


class LabelKind(Kind):
    """One class per row. A label that training never saw has no id; encoding one raises TaskError."""

    name = "label"

    def fit(self, cells: Sequence[Any]) -> None:
        self._learn(self.parse(cell) for cell in cells)

    def _learn(self, names: Iterable[str]) -> None:
        self._set_classes(sorted(set(names)))
        if len(self.classes) < 2:
            raise TaskError(
                f"the output has only one label, {self.classes[0]!r}: there is nothing to learn; "
                "name another column with --output"
            )

    def _set_classes(self, classes: list[str]) -> None:
        self.classes = classes
        self.ids = {name: i for i, name in enumerate(classes)}

    @staticmethod
    def parse(cell: Any) -> str:
        """A label as text: ``1``, ``1.0`` and ``"1"`` are the same label."""
        if cell is None:
            raise TaskError("a label is missing; remove the row, or give it a label")
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

    def id_of(self, name: str) -> int:
        if name not in self.ids:
            shown = ", ".join(map(repr, self.classes[:10])) + (" ..." if len(self.classes) > 10 else "")
            raise TaskError(f"label {name!r} was not in the training data, which has {shown}")
        return self.ids[name]

    def encode(self, cells: Sequence[Any]) -> list[Tensor]:
        return [torch.tensor(self.id_of(self.parse(cell))) for cell in cells]

    def collate(self, encoded: Sequence[Tensor]) -> Any:
        return torch.stack(list(encoded))

    def state(self) -> dict[str, Any]:
        return {"classes": self.classes}

    def load_state(self, state: dict[str, Any]) -> None:
        self._set_classes(state["classes"])


class LabelsKind(LabelKind):
    """Several classes per row, as a list or as text separated by ``;``, ``|`` or ``,``."""

    name = "labels"

    def fit(self, cells: Sequence[Any]) -> None:
        self._set_classes(sorted({name for cell in cells for name in self.parse(cell)}))
        if not self.classes:
            raise TaskError("the output column holds no label; name another column with --output")

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The labels of a cell."""
        if cell is None:
            return []
        if isinstance(cell, (list, tuple)):
            return [LabelKind.parse(part) for part in cell]
        text = str(cell)
        separator = next((sign for sign in ";|," if sign in text), ";")
        return [part.strip() for part in text.split(separator) if part.strip()]

    def encode(self, cells: Sequence[Any]) -> list[Tensor]:
        several = torch.zeros(len(cells), len(self.classes))
        for row, cell in zip(several, cells, strict=True):
            row[[self.id_of(name) for name in self.parse(cell)]] = 1.0
        return list(several)


class TagsKind(LabelKind):
    """One class per element of the input sequence; a cell is a list of tags, or text separated by spaces."""

    name = "tags"

    def fit(self, cells: Sequence[Any]) -> None:
        self._learn(tag for cell in cells for tag in self.parse(cell))

    @staticmethod
    def parse(cell: Any) -> list[str]:
        return [str(tag) for tag in cell] if isinstance(cell, (list, tuple)) else str(cell or "").split()

    def encode(self, cells: Sequence[Any]) -> list[Tensor]:
        ids = ([self.id_of(tag) for tag in self.parse(cell)] for cell in cells)
        return [torch.tensor(row, dtype=torch.int64) for row in ids]

    def collate(self, encoded: Sequence[Tensor]) -> Ragged:
        return Ragged.from_list(encoded)

    @property
    def spans(self) -> bool:
        """True where the tags mark spans: B-, I- (and O, E-, S-)."""
        return spans_in(self.classes)

    def names(self, ids: Tensor) -> list[str]:
        """Tags of ids ``[T]``."""
        return [self.classes[i] for i in ids.tolist()]


def spans_in(tags: Iterable[str]) -> bool:
    """Whether tags mark spans by their first letters: B-, I-, E-, S- and O."""
    return all(tag == "O" or tag[:2] in ("B-", "I-", "E-", "S-") for tag in tags)
