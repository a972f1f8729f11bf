"""Copying from the source: a pointer-generator (See, Liu & Manning 2017, equations 8 to 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.cells.arrays import log_sigmoid
from elman.decoding.probabilities import log_softmax
from elman.graph.operator import Array, Operator
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Runs(Operator):
    """How many of the latest target tokens stand right before each source step, up to ``longest``, after one more.

    before: ``[M, S]`` until then;  token: ``Sequences [M]`` that was written;  source: ``[B, S]`` its tokens
    """

    name: ClassVar[str] = "runs"
    longest: int

    def __call__(self, before: Array, token: Sequences, source: Array) -> Array:
        runs = np.zeros_like(before)
        same = source[token.sequence_ids, :-1] == token.values[:, None]
        runs[:, 1:] = same * np.minimum(1 + before[:, :-1], self.longest)
        return runs


@dataclass(frozen=True, eq=False)
class RunBias(Operator):
    """What runs ``[M, S]`` add to the attention's scores: none for 0, else ``gain`` ``[longest]`` of their length."""

    name: ClassVar[str] = "run_bias"
    gain: Array

    def __call__(self, runs: Array, like: Sequences) -> Sequences:
        return like.with_values(np.concatenate([np.zeros(1, self.gain.dtype), self.gain])[runs])


@dataclass(frozen=True, eq=False)
class LookedAt(Operator):
    """The source step that each of ``N`` steps would read an unknown token off: where it looked most.

    weights: ``Sequences [N, S]`` of the attention;  source: ``[B, S]`` token ids, where they can be copied: then the
    ``unknown`` one that it looked at most. Gives ``[N]``, 0 where there is nothing to look at.
    """

    name: ClassVar[str] = "looked_at"
    unknown: int

    def __call__(self, weights: Sequences, source: Array | None = None) -> Array:
        looks = weights.values
        if not looks.shape[1]:
            return np.zeros(len(looks), np.int64)
        if source is None:
            return looks.argmax(1)
        return (looks + ((looks > 0) & (source[weights.sequence_ids] == self.unknown))).argmax(1)


@dataclass(frozen=True, eq=False)
class Copy(Operator):
    """The logarithm of ``p_gen P_vocabulary + (1 - p_gen) sum of the weights that look at each token``.

    scores: ``Sequences [N, V]``;  gate: ``Sequences [N, 1]``, logit of p_gen;  weights: ``Sequences [N, S]`` of the
    attention;  source: ``[B, S]`` token ids, -1 beyond the end. Where the source is empty, p_gen is 1.
    """

    name: ClassVar[str] = "copy"

    def __call__(self, scores: Sequences, gate: Sequences, weights: Sequences, source: Array) -> Sequences:
        looks = weights.values
        p_gen = np.where(looks.any(1, keepdims=True), gate.values, np.float32(np.inf))
        generated = log_sigmoid(p_gen) + log_softmax(scores.values)
        by_token = np.zeros_like(generated)
        tokens = np.maximum(source, 0)[scores.sequence_ids]
        np.add.at(by_token, (np.arange(len(tokens))[:, None], tokens), looks)
        copied = np.log(np.maximum(by_token, np.finfo(by_token.dtype).tiny))
        return scores.with_values(np.logaddexp(generated, log_sigmoid(-p_gen) + copied))
