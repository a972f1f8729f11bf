"""The linear chain against enumeration of every path."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from elman.decoding.viterbi import Chain, best_paths, marginals, tags
from elman.sequences import Sequences


def drawn(tags: int, seed: int, forbidden: float = 0.0, dtype: Any = np.float64) -> Chain:
    generator = np.random.default_rng(seed)
    start, transitions, end = (generator.normal(size=shape) for shape in (tags, (tags, tags), tags))
    start[1:][generator.random(tags - 1) < forbidden] = -500.0
    transitions[:, 1:][generator.random((tags, tags - 1)) < forbidden] = -500.0
    return Chain(*(part.astype(dtype) for part in (start, transitions, end)))


def emissions(lengths: list[int], tags: int, seed: int = 0, dtype: Any = np.float64) -> Sequences:
    values = 2 * np.random.default_rng(seed).normal(size=(sum(lengths), tags))
    return Sequences(values.astype(dtype), np.array(lengths, np.int64))


def score(chain: Chain, steps: np.ndarray, path: tuple[int, ...]) -> float:
    inside = sum(chain.transitions[i, j] for i, j in itertools.pairwise(path))
    return chain.start[path[0]] + chain.end[path[-1]] + inside + sum(steps[t, tag] for t, tag in enumerate(path))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tags", [1, 2, 3])
@pytest.mark.parametrize("lengths", [[0], [1], [5, 0, 1, 2, 5], [0, 0, 3]])
@pytest.mark.parametrize("forbidden", [0.0, 0.4])
def test_paths_and_marginals_are_what_enumeration_gives(lengths, tags, seed, forbidden):
    chain, given = drawn(tags, seed, forbidden), emissions(lengths, tags, seed)
    paths, probabilities = best_paths(given, chain), marginals(given, chain)
    assert paths.lengths.tolist() == lengths and paths.values.dtype == np.int64
    for steps, path, marginal in zip(given, paths, probabilities, strict=True):
        if not len(steps):
            continue
        scores = {p: score(chain, steps, p) for p in itertools.product(range(tags), repeat=len(steps))}
        assert tuple(path.tolist()) == max(scores, key=lambda p: scores[p])
        weights = torch.tensor(list(scores.values())).softmax(0).numpy()
        expected = np.einsum("p,ptk->tk", weights, np.eye(tags)[list(scores)])
        np.testing.assert_allclose(marginal, expected, atol=1e-9)


def test_long_sequences_are_the_same_alone_as_in_company():
    chain, given = drawn(17, 3, 0.3, np.float32), emissions([63, 0, 1, 2, 40], 17, 1, np.float32)
    paths, probabilities = best_paths(given, chain), marginals(given, chain)
    assert probabilities.values.dtype == np.float32
    np.testing.assert_allclose(probabilities.values.sum(1), 1, rtol=1e-5)
    for steps, path, marginal in zip(given, paths, probabilities, strict=True):
        alone = Sequences(steps, np.array([len(steps)]))
        assert best_paths(alone, chain).values.tolist() == path.tolist()
        np.testing.assert_allclose(marginals(alone, chain).values, marginal, atol=1e-6)
        assert not np.any(chain.transitions[path[:-1], path[1:]] == -500)


def test_no_step_at_all_has_no_tags():
    for lengths in ([], [0, 0]):
        best, sure = tags(emissions(lengths, 3), drawn(3, 0))
        assert [row.tolist() for row in best] == [row.tolist() for row in sure] == [[] for _ in lengths]
    assert marginals(emissions([0, 0], 3), drawn(3, 0)).values.shape == (0, 3)


def test_large_scores_dont_overflow():
    given = emissions([6, 3], 3)
    probabilities = marginals(given.with_values(50 * given.values), drawn(3, 1, 0.4)).values
    np.testing.assert_allclose(probabilities.sum(1), 1)


def test_tags_by_themselves_are_the_likeliest_of_each_step():
    given = emissions([4, 0, 2], 5)
    best, sure = tags(given, None)
    expected = torch.from_numpy(given.values).softmax(-1).max(-1)
    assert best.values.tolist() == expected.indices.tolist() and best.lengths.tolist() == [4, 0, 2]
    np.testing.assert_allclose(sure.values, expected.values.numpy())


def test_tags_of_a_chain_come_with_their_marginals():
    chain, given = drawn(4, 5), emissions([3, 1], 4)
    best, sure = tags(given, chain)
    assert best.values.tolist() == best_paths(given, chain).values.tolist()
    expected = marginals(given, chain).values[np.arange(4), best.values]
    np.testing.assert_array_equal(sure.values, expected)
