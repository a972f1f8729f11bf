"""What the training loop hands to a model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from elman.ragged import Ragged


@dataclass(frozen=True)
class Batch:
    """Inputs and targets as their columns collate them.

    rows:      which rows of the data these are
    continues: the sequences go on where the previous batch stopped (language models carry their state over)
    """

    inputs: Any
    targets: Any = None
    rows: list[int] = field(default_factory=list)
    continues: bool = False

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
    return tuple(moved(part, device) for part in value) if isinstance(value, tuple) else value
