"""What answers ask of a trained network, whoever computes it: torch (``models/answering.py``), or a runtime without it.

Batches are what a kind's ``collate`` makes: arrays, ``Sequences``, or dataclasses of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from elman.decoding.viterbi import Chain
from elman.sequences import Sequences

State = tuple[NDArray[np.floating[Any]], ...]
"""Of ``B`` sequences, where a causal recurrence stands: ``(h,)`` or ``(h, c)``, each ``[layers, B, H]``."""


class Scores(Protocol):
    """One-to-one, many-to-one, aligned many-to-many, and forecasts: all that there is to say of a batch at once."""

    def scores(self, batch: Any) -> NDArray[Any] | Sequences:
        """``[B, ...]``, or, of networks that answer at each step, ``Sequences [N, K]``: logits, or standardised
        numbers."""
        ...


class Tags(Scores, Protocol):
    """Aligned many-to-many, a tag for each step."""

    @property
    def chain(self) -> Chain | None:
        """What a CRF adds to the scores of paths; None where each step's tag stands by itself."""
        ...


ReadOn = Callable[[Any, State | None], tuple[Sequences, State]]
"""``(batch, state) -> (scores [N, K] at every step, state)``, from nothing read where the state is None"""


class ReadsOn(Protocol):
    """Aligned and causal: what was read stands in the state, so that it can be gone on with."""

    def read_on(self, batch: Any, state: State | None) -> tuple[Sequences, State]:
        """A ``ReadOn`` of any number of steps."""
        ...

    def stepper(self) -> ReadOn:
        """``read_on`` for one more step of each sequence at a call, with whatever makes many such calls fast.

        To be made where steps begin, and dropped where they end: it may hold the weights as they are now.
        """
        ...


@dataclass(frozen=True)
class Decoding:
    """Where each of ``M`` hypotheses stands: the state of a decoder's layers, and, where it can copy, ``runs``
    ``[M, S]``: how many of its latest tokens stand right before each place in its source."""

    layers: State
    runs: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return self.layers[0].shape[1]

    def select(self, rows: NDArray[np.int64]) -> Decoding:
        """The hypotheses ``rows``, in that order, repeats allowed."""
        return Decoding(
            tuple(np.take(part, rows, axis=1) for part in self.layers), None if self.runs is None else self.runs[rows]
        )


class Writes(Protocol):
    """Encoder-decoder and one-to-many: a sequence is written token by token."""

    def read(self, batch: Any) -> tuple[Any, Decoding]:
        """``B`` sources as ``write`` takes them, and one hypothesis for each, of which nothing is written.

        What makes many calls of ``write`` fast is made here, and held by the sources: one search or generation long.
        """
        ...

    def write(
        self, source: Any, tokens: Sequences, state: Decoding
    ) -> tuple[NDArray[Any], Decoding, NDArray[np.int64] | None]:
        """One more token for each of ``M`` hypotheses.

        tokens: ``[M]`` the token that each wrote last (to begin, the end mark), source by source; ``tokens.lengths``
                ``[B]`` says how many hypotheses each source has, which may be none

        Returns the log-probabilities ``[M, V]`` of what comes next, where each hypothesis stands then, and at which
        step ``[M]`` of its source it looked; None where there is nothing to look at.
        """
        ...
