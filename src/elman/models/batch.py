# pyright: strict
"""What the training loop hands to a model."""

from __future__ import annotations

import dataclasses
from typing import Any, Self, cast

import torch
from torch import Tensor

from elman.data.batches import ArrayBatch
from elman.models.tensors import tensors_of
from elman.ragged import Ragged


class Batch(ArrayBatch):
    """A batch whose arrays are tensors."""

    @classmethod
    def of(cls, batch: ArrayBatch) -> Self:
        """Over the same memory."""
        return cls(tensors_of(batch.inputs), tensors_of(batch.targets), batch.rows, batch.continues)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch with its tensors on ``device``."""
        return (
            self
            if torch.device(device).type == "cpu"
            else dataclasses.replace(self, inputs=moved(self.inputs, device), targets=moved(self.targets, device))
        )


def moved(value: Any, device: torch.device | str) -> Any:
    """Tensors, raggeds, and dataclasses and tuples of them on ``device``."""
    if isinstance(value, (Tensor, Ragged)):
        return value.to(device)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: moved(getattr(value, part.name), device) for part in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return tuple(moved(part, device) for part in cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
