"""Answers along the way: while a sequence is still coming in, piece by piece."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from elman.answers.base import AnyParts, Prediction
from elman.kinds.base import Before


class Along:
    """What answers have in common that are given of each step, or of all that was read, as the kind of input encodes
    pieces."""

    def why_whole(self, parts: AnyParts) -> str:
        return parts.input.why_whole()

    def begun(self, parts: AnyParts) -> Any:
        return parts.input.begun()

    def next_batch(self, parts: AnyParts, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        return parts.input.next_batch(given, before)

    @abstractmethod
    def along(self, parts: AnyParts, scores: Any, before: Sequence[Before]) -> list[Prediction]: ...
