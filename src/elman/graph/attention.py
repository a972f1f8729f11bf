"""Attention: where in a sequence to look for what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator
from elman.sequences import Sequences

MEMORY = "keys", "values", "lengths"
"""What a decoder's attention looks at: as its graphs name it."""


@dataclass(frozen=True, eq=False)
class Pad(Operator):
    """A sequence as ``[B, M, ...]``, filled up with ``value``, and its lengths ``[B]``."""

    name: ClassVar[str] = "pad"
    value: float = 0.0

    def __call__(self, x: Sequences) -> tuple[Array, Array]:
        return x.padded(self.value), x.lengths


@dataclass(frozen=True, eq=False)
class Attend(Operator):
    """What each query finds in the memory of its row: contexts ``[N, V]``, and where it looked ``[N, M]``.

    The score of a query ``q`` and a key ``k`` is ``scale q . k`` (Luong et al. 2015), or with ``score`` ``[1, A]``
    ``score . tanh(q + k)`` (Bahdanau et al. 2015); ``bias`` is added to it. A memory of no steps gives zeros.

    queries: ``Sequences [N, A]``, any number of each row;  keys: ``[B, M, A]``;  values: ``[B, M, V]``;
    lengths: ``[B]`` steps of each memory;  bias: ``Sequences [N, M]``, or None
    """

    name: ClassVar[str] = "attend"
    scale: float = 1.0
    score: Array | None = None

    def __call__(
        self, queries: Sequences, keys: Array, values: Array, lengths: Array, bias: Sequences | None = None
    ) -> tuple[Sequences, Sequences]:
        padded = queries.padded()
        if self.score is None:
            scores = (padded * np.float32(self.scale)) @ keys.transpose(0, 2, 1)
        else:
            scores = np.tanh(padded[:, :, None] + keys[:, None]) @ self.score[0]
        if bias is not None:
            scores = scores + bias.padded()
        real = np.arange(keys.shape[1]) < lengths[:, None]
        weights = masked_softmax(scores, real[:, None])
        at = queries.sequence_ids, queries.positions
        return queries.with_values((weights @ values)[at]), queries.with_values(weights[at])


def masked_softmax(scores: Array, mask: Array) -> Array:
    """Softmax over the last dimension where ``mask`` is true; zero elsewhere, and where nothing is true."""
    real = np.where(mask, scores, -np.inf)
    top = real.max(-1, keepdims=True, initial=-np.inf)
    grown = np.exp(real - np.where(np.isfinite(top), top, 0), dtype=scores.dtype)
    return grown / np.maximum(grown.sum(-1, keepdims=True), np.finfo(scores.dtype).tiny)


def softmax_within(scores: Sequences) -> Array:
    """Softmax of numbers ``[N]`` over the steps of each sequence."""
    padded = scores.padded()
    weights = masked_softmax(padded, np.arange(padded.shape[1]) < scores.lengths[:, None])
    return weights[scores.sequence_ids, scores.positions]
