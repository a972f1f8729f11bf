"""The linear chain of ``K`` tags: the best path of each sequence, and how likely each tag is at each step.

A path ``y`` has the score ``start[y_1] + sum_t emission[t, y_t] + sum_t transition[y_t, y_t+1] + end[y_T]``. Both
recursions run over the time steps of the whole padded batch at once: with so few numbers per step the number of calls
is what costs, not the padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.decoding.probabilities import softmax
from elman.sequences import Sequences

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Chain:
    """Scores of ``K`` tags beside the emissions; of what may not be, far below all others, and finite.

    start: ``[K]``;  transitions: ``[K, K]`` from tag to tag;  end: ``[K]``
    """

    start: Floats
    transitions: Floats
    end: Floats


def tags(scores: Sequences, chain: Chain | None) -> tuple[Sequences, Sequences]:
    """Of scores ``[N, K]`` the tags of the best paths ``[N]``, and the probability of each tag ``[N]``; without a chain
    each step's tag stands by itself."""
    if chain is None:
        best, likely = scores.with_values(scores.values.argmax(1)), softmax(scores.values)
    else:
        best, likely = best_paths(scores, chain), marginals(scores, chain).values
    return best, scores.with_values(np.take_along_axis(likely, best.values[:, None], 1)[:, 0])


def best_paths(emissions: Sequences, chain: Chain) -> Sequences:
    """Each sequence's path of the highest score, ``[N]`` int64 of ``[N, K]``, by the Viterbi algorithm (1967)."""
    steps = emissions.padded().transpose(1, 2, 0)  # [T, K, B]: the batch innermost, where numbers come in long rows
    into = chain.transitions[:, :, None]  # [from, to, 1]
    best = np.empty_like(steps)
    for t, emitted in enumerate(steps):
        came = (best[t - 1][:, None] + into).max(0) if t else chain.start[:, None]
        np.add(came, emitted, out=best[t])
    # Where a path came from is worked out for the tags that it goes through alone: on the way back.
    batch, last = np.arange(len(emissions)), emissions.lengths - 1
    paths = np.zeros((len(emissions), len(steps)), np.int64)
    if not paths.size:
        return emissions.with_values(np.zeros(0, np.int64))
    ends = (best[last, :, batch] + chain.end).argmax(1)
    at = ends
    for t in range(len(steps) - 1, -1, -1):
        if t + 1 < len(steps):
            before = (best[t].T + chain.transitions.T[at]).argmax(1)
            at = np.where(t < last, before, ends)
        paths[:, t] = at
    return emissions.with_values(paths[emissions.sequence_ids, emissions.positions])


def marginals(emissions: Sequences, chain: Chain) -> Sequences:
    """``[N, K]`` of ``[N, K]``: the probability of each tag at each step, over all paths.

    By the forward-backward algorithm (Rabiner 1989, section V.A), in probabilities, not logarithms, so that a step is
    one small matrix product: ``a[t, b, j]`` sums all beginnings of paths that have tag ``j`` at step ``t``, scaled so
    that it sums to 1 over ``j``, and ``b`` all ends that follow. In float64, where scores may differ by 700 before a
    path's weight is lost.
    """
    steps = emissions.padded().transpose(1, 0, 2).astype(np.float64)  # [T, B, K]
    emit = np.exp(steps - steps.max(2, keepdims=True))
    enter, go, leave = (np.exp(part - part.max()) for part in _in_float64(chain))
    a, scales = np.empty_like(emit), np.empty((*emit.shape[:2], 1))
    for t, emit_t in enumerate(emit):
        a_t = (a[t - 1] @ go if t else enter) * emit_t
        scales[t] = a_t.sum(1, keepdims=True)
        a[t] = a_t / scales[t]
    b, last = np.empty_like(emit), emissions.lengths - 1
    emit /= scales
    for t in range(len(steps) - 1, -1, -1):
        after = (emit[t + 1] * b[t + 1]) @ go.T if t + 1 < len(steps) else leave
        b[t] = np.where((t < last)[:, None], after, leave)
    both = (a * b)[emissions.positions, emissions.sequence_ids]
    both /= both.sum(1, keepdims=True)
    return emissions.with_values(both.astype(emissions.values.dtype))


def _in_float64(chain: Chain) -> tuple[NDArray[np.float64], ...]:
    return tuple(part.astype(np.float64) for part in (chain.start, chain.transitions, chain.end))
