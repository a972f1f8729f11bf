"""Networks that write without weights, for tests of decoding: what comes next depends on the two tokens before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from elman.decoding.networks import Decoding
from elman.sequences import Sequences

END = 1


class Chain:
    """Writes by a table ``[B, V, V]``: of each source, the log-probabilities of a token, by the sum of the two before.

    Its state is the token before the last. It looks at the step of its source that has the number of the last token.
    """

    def __init__(self, table: np.ndarray):
        self.table = table

    def read(self, batch: Any) -> tuple[Any, Decoding]:
        return self.table[batch], Decoding((np.full((1, len(batch), 1), END),))

    def write(self, source: Any, tokens: Sequences, state: Decoding) -> tuple[Any, Decoding, Any]:
        assert len(tokens.values) == tokens.lengths.sum() == len(state) and len(tokens) == len(source)
        both = (tokens.values + state.layers[0][0, :, 0]) % source.shape[1]
        return source[tokens.sequence_ids, both], Decoding((tokens.values[None, :, None],)), tokens.values


def chance(table: np.ndarray, ids: tuple[int, ...]) -> float:
    """By the table ``[V, V]`` of a source, the log-probability of the last token after all others."""
    before = (END, END, *ids)
    return table[(before[-2] + before[-3]) % len(table), before[-1]]


def table(sources: int, tokens: int, seed: int = 0, sharpness: float = 2.0) -> np.ndarray:
    scores = sharpness * np.random.default_rng(seed).normal(size=(sources, tokens, tokens))
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))
