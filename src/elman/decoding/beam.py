"""Beam search: the likeliest sequence that a network writes for each source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.decoding.networks import Writes
from elman.decoding.ranking import top
from elman.sequences import Sequences

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Hypothesis:
    """An output sequence without its end mark, its log-probability in nats, and where each token looked."""

    ids: list[int]
    score: float
    attended: list[int] | None = None


@dataclass
class Beams:
    """The hypotheses that go on, ``K`` for each of the ``A`` sources that aren't done yet.

    sources: ``[A]`` which of all sources they are
    scores:  ``[A, K]`` log-probabilities; minus infinity where a source has fewer hypotheses
    paths:   ``[A, K, L]`` what each wrote;  looked: ``[A, K, L]`` where it looked then, -1 for nowhere
    """

    sources: Ids
    scores: Floats
    paths: Ids
    looked: Ids

    def hypothesis(self, place: tuple[Any, Any], score: float) -> Hypothesis:
        """What stands at a place ``(a, k)``."""
        looked = self.looked[place].tolist()
        return Hypothesis(self.paths[place].tolist(), score, looked if looked and min(looked) >= 0 else None)

    def followed(self, kept: Ids, parents: Ids, scores: Floats, tokens: Ids, looked: Ids) -> Beams:
        """Of the sources ``kept`` ``[A']``, hypotheses ``[A', K']`` that come from ``parents``, each a token longer."""
        from_ = kept[:, None], parents
        return Beams(
            self.sources[kept],
            scores,
            np.concatenate([self.paths[from_], tokens[:, :, None]], axis=2),
            np.concatenate([self.looked[from_], looked[:, :, None]], axis=2),
        )


def beam_search(
    network: Writes,
    batch: Any,
    *,
    end: int,
    beam_size: int,
    max_length: int,
    length_penalty: float = 1.0,
    never: Sequence[int] = (),
) -> list[Hypothesis]:
    """The best of ``beam_size`` hypotheses kept side by side, for each source of a batch.

    A finished hypothesis is scored by log-probability / length ** length_penalty (Wu et al. 2016 use a similar
    form); with ``beam_size`` 1 this is greedy search. A source is done when ``beam_size`` hypotheses have finished and
    none that goes on scores better so far than the best of them; one that never ends is cut at ``max_length`` tokens.
    Tokens in ``never`` aren't written.
    """
    source, state = network.read(batch)
    best: list[Hypothesis | None] = [None] * len(state)
    best_value, finished = np.full(len(state), -np.inf), np.zeros(len(state), np.int64)
    none = np.zeros((len(state), 1, 0), np.int64)
    beams = Beams(np.arange(len(state)), np.zeros((len(state), 1), np.float32), none, none)
    tokens = np.full(len(state), end)

    for length in range(1, max_length + 1):
        counts = np.zeros(len(best), np.int64)
        counts[beams.sources] = beams.scores.shape[1]
        log_probs, state, attended = network.write(source, Sequences(tokens, counts), state)
        log_probs[:, list(never)] = -np.inf
        totals, parents, chosen = likeliest(beams.scores, log_probs, 2 * beam_size)
        ends, per_step = chosen == end, 1 / length**length_penalty

        finished += (ends & (totals > -np.inf))[:, :beam_size].sum(1)
        values = np.where(ends, totals * per_step, -np.inf)
        for a in np.flatnonzero(values.max(1) > best_value):
            k = values[a].argmax()
            best[beams.sources[a]] = beams.hypothesis((a, parents[a, k]), float(totals[a, k]))
        best_value = np.maximum(best_value, values.max(1))

        # Of a sure model nearly all that finish are unlikely: their number alone says nothing.
        scores, alive = top(np.where(ends, -np.inf, totals), beam_size)
        enough = (finished >= beam_size) | ((finished > 0) & (scores[:, 0] == -np.inf))
        kept = np.flatnonzero(~(enough & (best_value >= scores[:, 0] * per_step)))
        if not len(kept):
            break
        parents, chosen = (np.take_along_axis(part, alive, 1)[kept] for part in (parents, chosen))
        rows = kept[:, None] * beams.scores.shape[1] + parents
        looked = np.full_like(rows, -1) if attended is None else attended[rows]
        beams = beams.followed(kept, parents, scores[kept], chosen, looked)
        best_value, finished = best_value[kept], finished[kept]
        state, tokens = state.select(rows.ravel()), chosen.ravel()
    else:
        for a, b in enumerate(beams.sources):
            best[b] = best[b] or beams.hypothesis((a, 0), float(beams.scores[a, 0]))
    return [hypothesis for hypothesis in best if hypothesis is not None]


def likeliest(scores: Floats, log_probs: Floats, count: int) -> tuple[Floats, Ids, Ids]:
    """The ``count`` best ways to go on (or all) from hypotheses with ``scores`` ``[A, K]``, by ``log_probs``
    ``[A * K, V]``: their scores, best first, which hypotheses they come from, and by which tokens, each
    ``[A, count]``."""
    each, tokens = top(log_probs, count)
    (sources, beams), width = scores.shape, each.shape[1]
    totals = scores[:, :, None] + each.reshape(sources, beams, width)
    totals, places = top(totals.reshape(sources, beams * width), count)
    return totals, places // width, np.take_along_axis(tokens.reshape(sources, beams * width), places, 1)
