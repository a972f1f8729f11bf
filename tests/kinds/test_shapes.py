"""Shapes of the latest steps, and how far others are from those that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from elman.kinds import shapes
from elman.kinds.shapes import Shapes


@pytest.mark.parametrize(("length", "points"), [(1, 1), (5, 5), (12, 12), (29, 12)])
def test_shapes_against_loops(length, points):
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(length + 7, 3)).astype(np.float32)
    kind = Shapes(length, 3)
    found = kind.of(steps).reshape(7, points, 3)
    ends = [int(length * place / points) for place in range(points + 1)]
    weights = np.array([0.25 ** ((length - (a + b) / 2) / length) for a, b in pairwise(ends)])
    for t in range(7):
        window = steps[t + 1 : t + 1 + length]
        means = np.array([window[a:b].mean(0) for a, b in pairwise(ends)])
        less = means - np.average(means, axis=0, weights=weights)
        np.testing.assert_allclose(found[t], less * np.sqrt(weights / weights.mean())[:, None], atol=1e-5)


def test_what_is_over_counts_less_than_what_goes_on():
    """Of two windows with half a season of a fault, the one that ends with it and the one that begins with it."""
    kind = Shapes(24, 1)
    wave = np.sin(np.arange(500) * 2 * np.pi / 24)[:, None].astype(np.float32)
    kind.learn([wave], [np.ones(476, bool)])
    faulty = wave[:160].copy()
    faulty[96:120] *= 0.3
    off = kind.off(faulty)[:, 0]  # of the windows that end at step 24 and at those after it
    ends_with, begins_with = off[107 - 24], off[131 - 24]
    assert ends_with > 1.2 * begins_with > 0
    np.testing.assert_allclose(off[[95 - 24, 143 - 24]], 0, atol=1e-6)


def test_the_nearest_is_found_in_whatever_blocks(monkeypatch):
    rng = np.random.default_rng(1)
    kind = Shapes(8, 2)
    kind.learn([rng.normal(size=(60, 2)).astype(np.float32)], [np.arange(52) % 3 > 0])
    assert kind.known.shape == (34, 16) and kind.seen == 34
    steps = rng.normal(size=(40, 2)).astype(np.float32)
    found = kind.off(steps)
    apart = np.square(kind.of(steps)[:, None] - kind.known[None]).mean(2).min(1)
    np.testing.assert_allclose(found.sum(1), apart)
    monkeypatch.setattr(shapes, "BLOCK", 5)
    np.testing.assert_allclose(kind.off(steps), found)
    assert kind.off(steps[:8]).shape == (0, 2)


def test_more_normal_data_take_their_share_and_no_level_counts(monkeypatch):
    monkeypatch.setattr(shapes, "MOST_KNOWN", 30)
    kind = Shapes(4, 1)
    wave = np.sin(np.arange(104))[:, None].astype(np.float32)
    kind.learn([wave], [np.ones(100, bool)])
    first = kind.known
    kind.learn([wave[:54], wave[:4]], [np.ones(50, bool), np.ones(0, bool)])
    assert len(kind.known) == 30 and kind.seen == 150
    np.testing.assert_array_equal(kind.known[:20], first[:20])
    kind.learn([wave], [np.zeros(100, bool)])
    assert kind.seen == 150
    np.testing.assert_allclose(kind.off(wave + 5), kind.off(wave), atol=1e-6)
    assert kind.off(3 * wave).mean() > 20 * kind.off(wave).mean()


def test_saved_shapes_are_the_same_to_the_bit():
    kind, other = Shapes(6, 2), Shapes(6, 2)
    kind.learn([np.random.default_rng(2).normal(size=(50, 2)).astype(np.float32)], [np.ones(44, bool)])
    other.load(kind.state())
    np.testing.assert_array_equal(other.known, kind.known)
    with pytest.raises(ValueError, match="shapes of"):
        Shapes(6, 1).load(kind.state())
