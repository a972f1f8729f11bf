"""What every architecture offers to training and tasks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from elman.models.batch import Batch
from elman.nn.recurrent import State


class Network(nn.Module):
    """An encoder, what the architecture does with its vectors, and a head that scores and knows the loss.

    carried: the state that a batch which continues another begins with; None where there is none
    """

    head: Any
    carried: State | None = None

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per row ``[B]``, and how many values each row counts for ``[B]``."""
        raise NotImplementedError

    def anneal(self, done: float) -> None:
        """Told before each step what share of training is behind; for what a schedule changes."""

    def predict(self, inputs: Any) -> list[Any]:
        """An answer per row."""
        raise NotImplementedError
