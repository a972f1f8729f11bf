# pyright: strict
"""Kinds that predict themselves: what comes next in a text or a tune follows from what came before."""

from __future__ import annotations

import heapq
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.kinds.base import Before, Kind


class ContinuedKind(Kind):
    """A kind whose elements ``[T, ...]`` each predict the next one.

    An element is one of a vocabulary, or several things that come together (a chord).
    """

    predicts_itself = True
    begins: ClassVar[str]
    """How a person might begin what is to be gone on with."""
    continuation_metrics: ClassVar[tuple[str, ...]]
    """What a model that goes on is measured by, the one that comparisons go by first."""
    turns: ClassVar[int] = 1
    """Elements take turns in so many roles, such as pitch and length."""

    @property
    @abstractmethod
    def choices(self) -> int:
        """How many elements there are to choose from; 0 where several come together."""

    @property
    def spells(self) -> bool:
        """Whether words are several elements, their characters."""
        return False

    @abstractmethod
    def opening(self, text: str) -> NDArray[Any]:
        """The elements that a person wrote down. Raises TaskError for what is none."""

    def opening_after(self, given: Any, before: Before) -> tuple[NDArray[Any], Before]:
        """``opening`` of a piece that goes on from those before, and what is remembered then. Raises TaskError."""
        return self.opening(given), before

    @abstractmethod
    def with_begin(self, elements: NDArray[Any]) -> NDArray[Any]:
        """The begin mark, and the elements."""

    @abstractmethod
    def going_on(self, sequences: Sequence[NDArray[Any]]) -> Any:
        """A batch as the encoder takes it, of sequences that have begun."""

    @abstractmethod
    def continued(self, start: str, drawn: NDArray[Any]) -> Any:
        """What the elements drawn make of a start, as a person reads, or plays, it."""

    @abstractmethod
    def next_elements(self, given: NDArray[Any], scores: NDArray[Any]) -> list[tuple[str, float]]:
        """What may come after the elements given, by name, with its probability; ``scores`` as the head gives them."""

    def likeliest(self, before: Sequence[Before], scores: NDArray[Any], count: int) -> list[list[tuple[str, float]]]:
        """Of each sequence the ``count`` likeliest of ``next_elements``, likeliest first; scores ``[B, ...]``."""
        named = (self.next_elements(self.given_by(one), row) for one, row in zip(before, scores, strict=True))
        return [heapq.nlargest(count, elements, key=lambda element: element[1]) for elements in named]

    def given_by(self, before: Before) -> NDArray[Any]:
        """A few elements, after which the same may follow as after all those of which this is remembered."""
        return self.opening("")

    def fits_next(self, given: NDArray[Any]) -> NDArray[np.bool_]:
        """Which elements of the vocabulary may follow."""
        return np.ones(self.choices, bool)

    def ends(self, element: NDArray[Any]) -> bool:
        """Whether an element that was drawn says that all is over."""
        return False

    def names_of(self, elements: NDArray[Any]) -> list[str]:
        """Elements of the vocabulary, as they are written."""
        raise NotImplementedError

    def counted(self, encoded: Any) -> Any:
        """An encoded cell as baselines count its elements."""
        return encoded

    def written(self, encoded: Any) -> str:
        """An encoded cell as ``opening`` reads it."""
        raise NotImplementedError

    def varied(self, encoded: Any, generator: np.random.Generator) -> Any:
        """An encoded cell as one epoch reads it, where it can be changed without harm."""
        return encoded
