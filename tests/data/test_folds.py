"""Folds: every row once, labels evenly, groups whole."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from elman.data.folds import folds_of
from elman.errors import TaskError


def test_every_row_is_held_out_once() -> None:
    dealt = folds_of(23, seed=0)
    assert sorted(np.concatenate(dealt).tolist()) == list(range(23))
    assert {len(fold) for fold in dealt} <= {4, 5}


def test_labels_have_their_share_in_each_fold() -> None:
    labels = ["a"] * 20 + ["b"] * 10 + ["c"] * 5
    for fold in folds_of(35, labels, seed=3):
        assert Counter(labels[row] for row in fold) == {"a": 4, "b": 2, "c": 1}


def test_groups_stay_whole() -> None:
    groups = [row % 7 for row in range(70)]
    labels = [row % 2 for row in range(70)]
    for count in (2, 5):
        dealt = folds_of(70, labels, groups, seed=1, count=count)
        of = {row: place for place, fold in enumerate(dealt) for row in fold.tolist()}
        assert len(of) == 70
        assert len({(groups[row], place) for row, place in of.items()}) == 7
        assert min(map(len, dealt)) >= 10


def test_a_seed_decides() -> None:
    same, again, other = (folds_of(40, seed=seed) for seed in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(same, again, strict=True))
    assert any(len(a) != len(b) or (a != b).any() for a, b in zip(same, other, strict=True))


def test_too_few() -> None:
    with pytest.raises(TaskError, match="3 groups are too few for 5 folds"):
        folds_of(30, None, [row % 3 for row in range(30)], seed=0)
