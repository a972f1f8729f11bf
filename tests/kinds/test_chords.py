"""Tunes as chords."""

from __future__ import annotations

import numpy as np
import pytest

from elman.kinds import ChordsKind
from elman.kinds.keyboard import KEYS, LOWEST
from tunes import fitted


def random_tune(steps: int, seed: int, voices: int = 4) -> list[list[int]]:
    generator = np.random.default_rng(seed)
    return [
        sorted(generator.choice(range(30, 100), size=generator.integers(0, voices + 1), replace=False).tolist())
        for _ in range(steps)
    ]


@pytest.mark.parametrize("steps", [1, 2, 63])
def test_chords_are_what_the_lists_hold(steps: int):
    tune = random_tune(steps, steps)
    column = fitted(ChordsKind, [tune, [[60]]])
    (chords,) = column.encode([tune])
    filled = tune[: max(t for t, pitches in enumerate(tune) if pitches) + 1]
    assert [(np.flatnonzero(row) + LOWEST).tolist() for row in chords] == filled
    assert np.array_equal(column.elements(column.tune(chords)), chords)
    assert np.array_equal(column.opening(column.written(chords)), chords)


def test_batches_of_chords():
    column = fitted(ChordsKind)
    tunes = column.encode([[*random_tune(5, 1), [50]], [[60], [61]]])
    read, targets = column.collate(tunes), column.targets(tunes)
    assert read.values.shape == (9 + 1, KEYS) and targets.values.shape == (9 + 1, KEYS + 1)
    assert read.lengths.tolist() == targets.lengths.tolist() == [7, 3] == [column.steps(tune) for tune in tunes]
    assert not read.values[0].any() and not read.values[7].any()
    assert np.array_equal(read.values[1:7], targets.values[:6, :KEYS]) and np.array_equal(read.values[1:7], tunes[0])
    assert targets.values[:, KEYS].tolist() == [0] * 6 + [1] + [0, 0] + [1]
    assert not targets.values[6, :KEYS].any()


def test_summaries_know_no_order():
    column = fitted(ChordsKind)
    tune = [*random_tune(20, 3), [40]]
    first, shuffled = column.summaries(column.encode([tune, [*tune[:20][::-1], [40]]]))
    np.testing.assert_allclose(first, shuffled)
    assert first[40 - LOWEST] == pytest.approx(sum(40 in step for step in tune) / 21)
