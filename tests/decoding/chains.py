"""Networks that write without weights, for tests of decoding: what comes next depends on what was written last."""

from __future__ import annotations

import numpy as np

from elman.decoding.networks import Decoding
from elman.sequences import Sequences


class Markov:
    """Writes by a table ``[B, V, V]``: of each source, the log-probabilities of a token after the one before it.

    It looks at the step of its source that has the number of the token, and counts in its state what it wrote.
    """

    def __init__(self, table: np.ndarray):
        self.table = table

    def read(self, batch):
        return self.table[batch], Decoding((np.zeros((1, len(batch), 1)),), np.zeros((len(batch), 1), np.int64))

    def write(self, source, tokens: Sequences, state: Decoding):
        assert len(tokens.values) == tokens.lengths.sum() == len(state) and len(tokens) == len(source)
        log_probs = source[tokens.sequence_ids, tokens.values]
        assert state.runs is not None
        written = Decoding((state.layers[0] + 1,), state.runs + 1)
        return log_probs.copy(), written, tokens.values


def table(sources: int, tokens: int, seed: int = 0, sharpness: float = 2.0) -> np.ndarray:
    scores = sharpness * np.random.default_rng(seed).normal(size=(sources, tokens, tokens))
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))
