"""Answers along the way: while a sequence is still coming in, piece by piece."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from elman.answers.base import AnyParts, Prediction
from elman.kinds.base import Before

if TYPE_CHECKING:
    from elman.graph.graph import Input


class InPieces:
    """Sequences come as their kind encodes pieces."""

    def why_whole(self, parts: AnyParts) -> str:
        return parts.input.why_whole()

    def begun(self, parts: AnyParts) -> Any:
        return parts.input.begun()

    def next_batch(self, parts: AnyParts, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        return parts.input.next_batch(given, before)


class Along(InPieces):
    """Answers that the scores of the latest piece say all of: of each step, or of all that was read."""

    def memory(self, parts: AnyParts) -> tuple[Input, ...]:
        return ()

    def answered(
        self, parts: AnyParts, batch: Any, scores: Any, before: Sequence[Before], memory: Mapping[str, NDArray[Any]]
    ) -> tuple[list[Prediction], dict[str, NDArray[Any]]]:
        return self.along(parts, scores, before), {}

    @abstractmethod
    def along(self, parts: AnyParts, scores: Any, before: Sequence[Before]) -> list[Prediction]:
        """An answer for each sequence, by the scores after the latest piece, as the network gives them."""
