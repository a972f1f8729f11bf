"""Probabilities and ranks, against torch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from chains import Chain, chance, table

from elman.cells import sigmoid
from elman.decoding.likelihood import nats_of
from elman.decoding.probabilities import class_nats, log_softmax, mixed, several_nats, softmax
from elman.decoding.ranking import top
from elman.sequences import Sequences

GENERATOR = np.random.default_rng(0)
SCORES = [
    GENERATOR.normal(size=(63, 7)).astype(np.float32),
    200 * GENERATOR.normal(size=(5, 3)),
    GENERATOR.normal(size=(70, 5003)).astype(np.float32),
    np.zeros((0, 4), np.float32),
    np.array([[0.0, -np.inf, 90.0]]),
]


@pytest.mark.parametrize("scores", SCORES, ids=["float32", "large", "many", "none", "infinite"])
def test_they_are_torchs(scores):
    given = torch.from_numpy(scores)
    for ours, theirs in [
        (softmax, given.softmax(-1)),
        (log_softmax, given.log_softmax(-1)),
        (sigmoid, given.sigmoid()),
    ]:
        with np.errstate(all="raise", under="ignore"):
            found = ours(scores)
        assert found.dtype == scores.dtype
        np.testing.assert_allclose(found, theirs.numpy(), rtol=1e-5, atol=1e-37)
    classes = np.random.default_rng(1).integers(scores.shape[1], size=len(scores))
    expected = F.cross_entropy(given, torch.from_numpy(classes), reduction="none").numpy()
    before = scores.copy()
    np.testing.assert_allclose(class_nats(scores, classes), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(scores, before)
    several = np.random.default_rng(2).integers(2, size=scores.shape).astype(scores.dtype)
    if np.isfinite(scores).all():
        expected = F.binary_cross_entropy_with_logits(given, torch.from_numpy(several), reduction="none").sum(-1)
        np.testing.assert_allclose(several_nats(scores, several), expected.numpy(), rtol=1e-5)


def test_mixed_scores_keep_their_type():
    deep, wide = np.ones((2, 3), np.float32), np.full((2, 3), 10, np.float32)
    found = mixed(deep, wide, (0.5, 0.25))
    assert found.dtype == np.float32 and found.tolist() == [[3.0] * 3] * 2


@pytest.mark.parametrize("width", [1, 2, 63, 64, 200, 1279, 1345, 5000])
@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("rows", [0, 1, 7])
def test_the_largest_are_torchs(rows, width, count):
    values = np.random.default_rng(width).normal(size=(rows, width)).astype(np.float32)
    values[:, 1::3] = -np.inf
    found, places = top(values, count)
    expected = torch.from_numpy(values).topk(min(count, width))
    np.testing.assert_array_equal(found, expected.values.numpy())
    np.testing.assert_array_equal(np.take_along_axis(values, places, 1), found)
    assert all(len(set(row)) == len(row) for row in places.tolist())


def test_nats_of_what_is_there_are_those_of_each_token():
    log_probs = table(4, 5)
    targets = Sequences.of(
        [np.array(row, np.int64) for row in ([3, 2, 1], [], [1], [4, 4, 0, 1])], np.zeros(0, np.int64)
    )
    found = nats_of(Chain(log_probs), np.arange(4), targets, begin=1)
    for rows, ids, nats in zip(log_probs, targets, found, strict=True):
        expected = [-chance(rows, tuple(ids[: n + 1])) for n in range(len(ids))]
        assert nats.tolist() == pytest.approx(expected)
