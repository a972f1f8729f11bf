"""Reading what connectionist temporal classification says (Graves et al. 2006): a sequence out of more steps.

At each step the network says one of the tokens, or nothing: the blank. A sequence of tokens is as likely as all the
ways together in which the steps can say it, where a token that is said over several steps counts once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.decoding.probabilities import log_softmax
from elman.decoding.ranking import top

Floats = NDArray[np.floating[Any]]
LIKELY = 16  # tokens of a step that the beam search follows up


class CTCHypothesis(NamedTuple):
    """The tokens of a sequence, and the logarithm of its probability."""

    ids: list[int]
    score: float


def read_out(scores: Floats, blank: int, beam_size: int = 1) -> tuple[CTCHypothesis, list[int]]:
    """From scores ``[T, tokens]`` the tokens, and the step at which each begins.

    They are those of the likeliest path where ``beam_size`` is 1, else found by prefix beam search.
    """
    log_probs = log_softmax(scores)
    greedy = beam_size == 1
    found = likeliest_path(log_probs, blank) if greedy else prefix_beam_search(log_probs, blank, beam_size)
    return found, alignment(log_probs, found.ids, blank)


def likeliest_path(log_probs: Floats, blank: int) -> CTCHypothesis:
    """What the likeliest token of each step ``[T, tokens]`` comes down to; the score is of this path alone."""
    ids = [token for token, _ in groupby(log_probs.argmax(-1).tolist()) if token != blank]
    return CTCHypothesis(ids, float(log_probs.max(-1).sum()))


def prefix_beam_search(log_probs: Floats, blank: int, beam_size: int) -> CTCHypothesis:
    """The likeliest sequence, summed over all of its paths ``[T, tokens]`` among the ``beam_size`` best beginnings.

    Graves (2012), section 7.5.3; as given by Hannun et al. (2014). For each beginning, the probabilities of the paths
    that end in a blank and of those that don't are kept apart: only after a blank can the last token come again.
    """
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    values, tokens = top(log_probs, LIKELY)
    for row, ids in zip(values.tolist(), tokens.tolist(), strict=True):
        silent: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
        spoken: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
        for prefix, (in_blank, in_token) in beam.items():
            either = log_add(in_blank, in_token)
            for log_prob, token in zip(row, ids, strict=True):
                longer = (*prefix, token)
                if token == blank:
                    silent[prefix] = log_add(silent[prefix], either + log_prob)
                elif prefix and token == prefix[-1]:
                    spoken[prefix] = log_add(spoken[prefix], in_token + log_prob)
                    spoken[longer] = log_add(spoken[longer], in_blank + log_prob)
                else:
                    spoken[longer] = log_add(spoken[longer], either + log_prob)
        total = {prefix: log_add(silent[prefix], spoken[prefix]) for prefix in {*silent, *spoken}}
        best = sorted(total, key=lambda prefix: (-total[prefix], prefix))[:beam_size]
        beam = {prefix: (silent[prefix], spoken[prefix]) for prefix in best}
    found = max(beam, key=lambda prefix: log_add(*beam[prefix]))
    return CTCHypothesis(list(found), log_add(*beam[found]))


def alignment(log_probs: Floats, ids: list[int], blank: int) -> list[int]:
    """The step at which each of the tokens ``ids`` begins on the likeliest of the paths that say just these.

    log_probs: ``[T, tokens]``. Viterbi's algorithm over the tokens with blanks around them: from one step to the next
    the path stays, goes on by one, or leaves a blank out between two different tokens.
    """
    states = np.array([blank, *(state for token in ids for state in (token, blank))])
    emitted = log_probs[:, states]
    ways = np.full((3, len(states)), -np.inf)
    skips = np.flatnonzero(states[3::2] != states[1:-2:2]) * 2 + 3
    scores = np.full(len(states), -np.inf)
    scores[0], came_from = 0.0, []  # before the first step: nothing said, as after a blank
    for row in emitted:
        ways[0], ways[1, 1:], ways[2, skips] = scores, scores[:-1], scores[skips - 2]
        came_from.append(ways.argmax(0))
        scores = ways.max(0) + row
    at = len(states) - 1 if len(states) == 1 or scores[-1] >= scores[-2] else len(states) - 2
    path = []
    for back in reversed(came_from):
        path.append(at)
        at -= int(back[at])
    path.reverse()
    return [path.index(2 * n + 1) for n in range(len(ids))]


def log_add(a: float, b: float) -> float:
    """The logarithm of ``e ** a + e ** b``."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))


def steps_needed(ids: NDArray[np.int64]) -> int:
    """How many steps it takes at least to say these tokens ``[L]``: a blank stands between two that are the same."""
    return len(ids) + int((ids[1:] == ids[:-1]).sum())
