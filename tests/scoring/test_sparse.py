from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from elman.scoring import metric, paired_test, score
from elman.scoring.sparse import Sparse, differences, matrix, parted

SIZES = [(0, 3), (1, 1), (2, 7), (63, 5), (97, 31)]


def entries(shape: tuple[int, int], seed: int) -> list[tuple[int, int, float]]:
    """Some numbers, now and then several at one place, rows in order."""
    rng = np.random.default_rng(seed)
    places = sorted(rng.integers(0, shape, (3 * shape[0], 2)).tolist()) if shape[0] else []
    return [(row, column, float(rng.integers(-2, 3))) for row, column in places]


@pytest.fixture
def all_sparse(monkeypatch):
    monkeypatch.setattr("elman.scoring.sparse.MOST_NUMBERS", 0)


@pytest.mark.parametrize("shape", SIZES)
def test_sparse_matrices_do_what_whole_ones_do(shape, all_sparse):
    found, other = (matrix(entries(shape, seed), shape) for seed in (1, 2))
    dense, other_dense = np.zeros(shape), np.zeros(shape)
    for into, seed in ((dense, 1), (other_dense, 2)):
        for row, column, number in entries(shape, seed):
            into[row, column] += number
    assert isinstance(found, Sparse) or not found.size
    left = np.random.default_rng(3).integers(0, 4, (5, shape[0])).astype(float)
    np.testing.assert_array_equal(found.sum(0), dense.sum(0))
    np.testing.assert_array_equal(left @ found, left @ dense)
    for part, expected in zip(parted(found, shape[0] // 2), np.split(dense, [shape[0] // 2]), strict=True):
        np.testing.assert_array_equal(np.eye(len(part)) @ part, expected)
    apart = differences(found, other)
    expected = (dense - other_dense)[(dense - other_dense).any(1)]
    np.testing.assert_array_equal(np.eye(len(apart)) @ apart, expected)


@pytest.mark.parametrize(
    "name, outputs",
    [
        ("f1", lambda rng: [f"k{i}" for i in rng.integers(0, 40, 211)]),
        ("f1", lambda rng: [frozenset(map(str, rng.integers(0, 9, rng.integers(0, 4)))) for _ in range(211)]),
        ("tag_f1", lambda rng: [[str(i) for i in rng.integers(0, 9, 1 + row % 5)] for row in range(211)]),
    ],
)
def test_measuring_gives_the_same_figures(name, outputs, monkeypatch):
    ours, theirs, right = (outputs(np.random.default_rng(seed)) for seed in (1, 2, 3))
    ours = [b if row % 3 else a for row, (a, b) in enumerate(zip(ours, right, strict=True))]
    theirs = [b if row % 2 else a for row, (a, b) in enumerate(zip(theirs, right, strict=True))]

    def figures():
        return score([name], ours, right), paired_test(metric(name), ours, theirs, right)

    whole = figures()
    monkeypatch.setattr("elman.scoring.sparse.MOST_NUMBERS", 0)
    assert figures() == whole


@pytest.mark.parametrize("most", [0, 1 << 22])
def test_entries_are_never_there_all_at_once(most, monkeypatch):
    monkeypatch.setattr("elman.scoring.sparse.MOST_NUMBERS", most)
    tracemalloc.start()
    found = matrix(((row, row % 7, 1.0) for row in range(100_000)), (100_000, 7))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.sum(0).sum() == 100_000 and peak < 9e6  # as objects they take more by themselves
