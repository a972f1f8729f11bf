# pyright: strict
"""What every architecture offers to training and tasks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from elman.graph import Graph
from elman.models.batch import Batch
from elman.nn.recurrent import State
from elman.ragged import Ragged

Write = Callable[[Ragged, State, Any], tuple[Tensor, State, Tensor | None, Tensor | None]]
"""One more token for each of ``M`` hypotheses: ``(tokens [M], so many of each source; state; runs [M, S] or None) ->
(log-probabilities [M, V], state, runs, attended source steps [M] or None)``"""


class Network(nn.Module):
    """An encoder, what the architecture does with its vectors, and a head that gives scores and the loss.

    carried: the state in which the latest batch ended, for one that continues it; None where there is none
    """

    head: Any
    carried: State | None = None

    def state_before(self, batch: Batch) -> State | None:
        """The state that a batch begins with: that in which the one before it ended, if it continues that one."""
        return self.carried if batch.continues else None

    def carry(self, state: State) -> None:
        """Keep the state in which a batch ended, for the one that continues it.

        The gradient is cut there (truncated BPTT: Williams & Peng 1990).
        """
        self.carried = tuple(part.detach() for part in state)

    @contextmanager
    def apart(self) -> Generator[None]:
        """What is read inside leaves the carried state as it was: evaluation stands between two batches of a text."""
        carried = self.carried
        try:
            yield
        finally:
            self.carried = carried

    def write(self) -> dict[str, Graph]:
        """What it computes outside training, as graphs by name. Their weights are the network's own memory."""
        raise NotImplementedError

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per row ``[B]``, and how many values each row counts for ``[B]``."""
        raise NotImplementedError

    def losses_of(self, features: Tensor, targets: Any) -> Tensor:
        """``[B]``: straight from the head's features ``[B, F]`` where it can, which never has the scores of very many
        classes at once."""
        head = self.head
        return head.loss_of(features, targets) if hasattr(head, "loss_of") else head.loss(head(features), targets)

    def anneal(self, done: float) -> None:
        """Told before each step what share of training is behind; for what a schedule changes."""

    def scale_scores(self, factor: float) -> None:
        """Multiply all scores from now on, in the weights of a head that gives classes."""
        self.head.scale_scores(factor)

    def scores(self, inputs: Any) -> Tensor | Ragged:
        """All that there is to say of a batch: a row ``[B, ...]`` for each input, or one for each of its steps."""
        return self(inputs)
