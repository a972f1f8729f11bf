# pyright: strict
"""Vectors that words were given before training: learned from far more text than a task has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import compress, islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from elman.kinds.vocabulary import MARKS, Vocabulary
from elman.stored import Counts, at_least

NONE = -1
"""The place of a token without a given vector."""
TOGETHER = 1 << 16
"""Words that a source is asked for at once, whether it knows them."""


class VectorSource(Protocol):
    """A file of word vectors.

    name: what messages call it
    """

    @property
    def name(self) -> str: ...

    def knows(self, *, ignore_case: bool) -> Callable[[Sequence[str]], NDArray[np.bool_]]:
        """What says which of some words have a vector."""
        ...

    def vectors_of(
        self, words: Collection[str], *, ignore_case: bool, more: int, is_word: Callable[[str], bool]
    ) -> tuple[Mapping[str, NDArray[np.float32]], Mapping[str, NDArray[np.float32]]]:
        """The vectors ``[D]`` of those of the ``words`` that have one, and of others, the first in the file, ``more``
        of them at most, for which ``is_word`` holds.

        ignore_case: the words stand for all their spellings, and the others are given in lower case
        """
        ...


@dataclass(frozen=True, eq=False)
class GivenVectors:
    """Vectors for some of the tokens of a vocabulary.

    values: ``[G, D]``, as long on average as an embedding's are when training begins (root mean square 1)
    places: ``[V]``, which of them each token has, or ``NONE``
    seen:   tokens from this id on stand in no training text: they are the file's own
    said:   how many were found, for people
    """

    values: NDArray[np.float32]
    places: NDArray[np.int64]
    seen: int
    said: str

    @property
    def size(self) -> int:
        """``D``."""
        return self.values.shape[1]

    def projected(self, size: int) -> NDArray[np.float32]:
        """The values ``[G, size]`` on their principal directions: of all projections the one that keeps most of them
        (Hotelling 1933). Where they have fewer features than that, zeros stand beside them."""
        return of_length_one(self.values @ principal(self.values, size))


def given_by(
    source: VectorSource,
    vocabulary: Vocabulary,
    counts: Counter[str] | Counts,
    *,
    room: int,
    ignore_case: bool,
    is_word: Callable[[str], bool],
) -> tuple[Vocabulary, GivenVectors]:
    """The vectors that a source has for a vocabulary, and that with as many more tokens as there is ``room`` for: first
    the rarer of the training texts' words (``counts``) that have a vector, then the first of the source's own. A word
    that no training text has is then read by its vector, and else it would be <unk>."""
    rare = list[str]()
    if room and len(counts) > len(vocabulary) - len(MARKS):
        known = known_beside(vocabulary, counts, source.knows(ignore_case=ignore_case))
        rare = [word for word, _ in nlargest(room, known, key=lambda counted: counted[1])]
    asked = {*vocabulary.tokens, *rare} - {*MARKS}
    found, others = source.vectors_of(
        asked,
        ignore_case=ignore_case,
        more=room - len(rare),
        is_word=lambda word: word not in MARKS and is_word(word),
    )
    tokens, vectors = [*vocabulary.tokens, *rare, *others], {**found, **others}
    has = np.array([token in vectors for token in tokens])
    running = sum(often for word, often in at_least(counts, 1) if word in found)
    beside = f"; so have {len(others):,} words that stand in none of them" if others else ""
    said = (
        f"{len(found):,} of the {len(counts):,} words of the training texts take a vector from {source.name}, "
        f"{running / max(1, counts.total()):.0%} of their running words{beside}"
    )
    values = of_length_one(np.stack([vectors[token] for token in tokens if token in vectors]))
    places = np.where(has, has.cumsum() - 1, NONE)
    return Vocabulary(tokens), GivenVectors(values, places, len(tokens) - len(others), said)


def known_beside(
    vocabulary: Vocabulary, counts: Counter[str] | Counts, known: Callable[[Sequence[str]], NDArray[np.bool_]]
) -> Iterator[tuple[str, int]]:
    """The counted words that are known and that the vocabulary lacks, and how often each comes."""
    beside = ((word, often) for word, often in at_least(counts, 1) if word not in vocabulary.ids)
    while some := list(islice(beside, TOGETHER)):
        yield from compress(some, known([word for word, _ in some]))


def principal(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The directions ``[D, size]`` in which values ``[G, D]`` are longest; the axes, where ``size`` isn't less."""
    own = values.shape[1]
    if size >= own:
        return np.eye(own, size, dtype=np.float32)
    wide = values.astype(np.float64)
    square: NDArray[np.float64] = wide.T @ wide
    directions = np.linalg.eigh(square)[1]  # rising
    return directions[:, : -size - 1 : -1].astype(np.float32)


def of_length_one(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors ``[G, D]`` times the factor that makes their mean squared length 1; zeros as they are."""
    length = float(np.linalg.norm(values.astype(np.float64))) / max(1, len(values)) ** 0.5
    return (values / (length or 1.0)).astype(np.float32)
