"""What the training loop hands to a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Batch:
    """Inputs and targets as their fields collate them.

    rows:      which rows of the data these are
    continues: the sequences go on where the previous batch stopped (language models carry their state over)
    """

    inputs: Any
    targets: Any = None
    rows: list[int] = field(default_factory=list)
    continues: bool = False
