"""Sequences: a batch of sequences that lie one after another, with no padding, as arrays. ``Ragged`` is the same over
tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import LengthsError


@dataclass(frozen=True, eq=False)
class Sequences:
    """A batch of ``B`` sequences with ``N`` steps in all, one after another: a ``Ragged`` as arrays.

    values:  ``[N, ...]``; step ``t`` of sequence ``b`` is row ``offsets[b] + t``
    lengths: ``[B]`` int64, any of them zero; they sum to ``N``
    """

    values: NDArray[Any]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[NDArray[Any]], like: NDArray[Any]) -> Sequences:
        """Sequences of shapes ``[T_b, ...]``; ``like`` ``[0, ...]`` says what an element is, where there are none."""
        values = np.concatenate([like, *sequences], dtype=like.dtype)
        return cls(values, np.array([len(sequence) for sequence in sequences], np.int64))

    # -- what it is ---------------------------------------------------------------------------

    def __len__(self) -> int:
        """The number of sequences ``B``."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """The sequences ``[T_b, ...]``, as views."""
        return iter(np.split(self.values, self.offsets[1:]) if len(self) else [])

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """``[B]`` int64: the row where each sequence starts."""
        return self.lengths.cumsum() - self.lengths

    @cached_property
    def sequence_ids(self) -> NDArray[np.int64]:
        """``[N]`` int64: which sequence each step belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """``[N]`` int64: ``t`` of each step within its sequence."""
        return np.arange(len(self.values)) - np.repeat(self.offsets, self.lengths)

    # -- what it becomes ----------------------------------------------------------------------

    def with_values(self, values: NDArray[Any]) -> Sequences:
        """The same lengths over other values ``[N, ...]``. Raises LengthsError where they aren't as many."""
        if values.shape[:1] != self.values.shape[:1]:
            raise LengthsError(f"{len(self.values)} steps can't get values of shape {list(values.shape)}")
        return Sequences(values, self.lengths)

    def padded(self, value: float = 0.0) -> NDArray[Any]:
        """``[B, T, ...]`` with ``value`` after each end; ``T`` is the longest."""
        steps = int(self.lengths.max(initial=0))
        out = np.full((len(self), steps, *self.values.shape[1:]), value, self.values.dtype)
        out[self.sequence_ids, self.positions] = self.values
        return out

    def mask(self) -> NDArray[np.bool_]:
        """``[B, T]``: true where ``padded()`` holds a real step."""
        return np.arange(int(self.lengths.max(initial=0))) < self.lengths[:, None]

    def select(self, rows: NDArray[np.int64]) -> Sequences:
        """The sequences ``rows`` ``[K]``, in that order, repeats allowed."""
        lengths = self.lengths[rows]
        within = np.arange(lengths.sum()) - np.repeat(lengths.cumsum() - lengths, lengths)
        return Sequences(self.values[np.repeat(self.offsets[rows], lengths) + within], lengths)
