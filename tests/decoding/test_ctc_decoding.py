"""Reading out what CTC says, against all paths, one by one."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest

from elman.decoding.ctc import alignment, likeliest_path, log_add, prefix_beam_search, read_out, steps_needed
from elman.decoding.probabilities import log_softmax

BLANK = 1


def collapsed(path) -> tuple[int, ...]:
    return tuple(token for token, _ in groupby(path) if token != BLANK)


def by_all_paths(log_probs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every sequence."""
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        found[collapsed(path)] += math.exp(sum(float(log_probs[t, token]) for t, token in enumerate(path)))
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_beam_search_finds_the_likeliest_sequence_of_all(seed, steps):
    log_probs = log_softmax(2 * np.random.default_rng(seed).normal(size=(steps, 4)))
    exact = by_all_paths(log_probs)
    hypothesis = prefix_beam_search(log_probs, BLANK, beam_size=500)
    best = max(exact, key=lambda ids: exact[ids])
    assert tuple(hypothesis.ids) == best
    assert math.exp(hypothesis.score) == pytest.approx(exact[best], rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_alignment_is_that_of_the_likeliest_path(seed):
    log_probs = log_softmax(2 * np.random.default_rng(seed).normal(size=(6, 3)))
    for ids in ([], [0], [2, 2], [0, 2, 0], [2, 0, 0]):
        paths = [path for path in product(range(3), repeat=6) if collapsed(path) == tuple(ids)]
        best = max(paths, key=lambda path: sum(float(log_probs[t, token]) for t, token in enumerate(path)))
        first = [t for t, token in enumerate(best) if token != BLANK and (t == 0 or best[t - 1] != token)]
        assert alignment(log_probs, ids, BLANK) == first


def test_the_likeliest_path_is_collapsed():
    path = [BLANK, 2, 2, BLANK, 2, 3, 3, BLANK]
    assert likeliest_path(log_softmax(9 * np.eye(4)[path]), BLANK).ids == [2, 2, 3]
    assert read_out(9 * np.eye(4)[path], BLANK)[1] == [1, 4, 5]
    nothing = np.zeros((0, 4))
    assert likeliest_path(nothing, BLANK) == prefix_beam_search(nothing, BLANK, 3) == ([], 0.0)
    assert alignment(nothing, [], BLANK) == [] and read_out(nothing, BLANK, 2) == (([], 0.0), [])


def test_summing_paths_can_beat_the_likeliest_one():
    """Two steps: silence alone is the likeliest path (0.6 * 0.6), but "a" is said by three others (0.64 in all)."""
    log_probs = np.log([[0.4, 0.6], [0.4, 0.6]])
    assert likeliest_path(log_probs, BLANK).ids == []
    assert prefix_beam_search(log_probs, BLANK, 2).ids == [0]
    assert [read_out(log_probs, BLANK, size)[0].ids for size in (1, 2)] == [[], [0]]


def test_steps_needed():
    assert [steps_needed(np.array(ids)) for ids in ([], [2], [2, 3], [2, 2, 2, 3, 3])] == [0, 1, 2, 8]


def test_log_add():
    assert log_add(math.log(2), math.log(3)) == pytest.approx(math.log(5))
    assert log_add(-math.inf, -math.inf) == -math.inf and log_add(-math.inf, 1.5) == 1.5
