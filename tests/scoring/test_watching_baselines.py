"""What a watching network must beat, against loops over the steps."""

from __future__ import annotations

import numpy as np
import pytest

from elman.scoring import saved
from elman.scoring.watching import MovingZScore, SeasonalError, Stretch


@pytest.mark.parametrize("length", [0, 1, 2, 63])
def test_distances_against_loops(length):
    steps = np.random.default_rng(0).normal(size=(length, 3))
    steps[::7, 1] = np.nan
    z, last = MovingZScore(5, 1e-3).distances(steps), SeasonalError(5, 1e-3).distances(steps)
    assert len(z) == len(last) == length
    for t in range(length):
        before, now = steps[max(t - 5, 0) : t], steps[t]
        if t < 5:
            assert z[t] == last[t] == 0
            continue
        each = [
            abs(now[k] - before[~np.isnan(before[:, k]), k].mean()) / before[~np.isnan(before[:, k]), k].std()
            for k in range(3)
            if not np.isnan(now[k]) and (~np.isnan(before[:, k])).sum() >= 2
        ]
        assert z[t] == pytest.approx(max(each), rel=1e-2)
        assert last[t] == pytest.approx(np.nanmax(np.append(np.abs(now - before[0]), 0)))


@pytest.mark.parametrize("kind", [MovingZScore, SeasonalError])
def test_fitted_saved_and_read_in_stretches(kind):
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(2_000, 2)).astype(np.float32)
    normal = np.zeros(2_000, bool)
    baseline = kind(7, 1e-3).fit(([steps], [normal]), ([steps], [normal]))
    (again,) = saved.from_json(*saved.to_json([baseline]))
    whole = steps.copy()
    whole[900] += 30
    stretches = [Stretch(whole, 0, 850), Stretch(whole, 850, 1_000), Stretch(whole, 1_000, 2_000)]
    found = again.predict(stretches)
    assert [len(one.scores) for one in found] == [850, 150, 1_000]
    assert any(first <= 50 < end for first, end in found[1].alarms)
    (at_once,) = baseline.predict([Stretch(whole, 0, 2_000)])
    np.testing.assert_allclose(np.concatenate([one.scores for one in found]), at_once.scores)


def test_marked_steps_set_no_threshold():
    steps = np.random.default_rng(2).normal(size=(1_000, 1)).astype(np.float32)
    odd, marks = steps.copy(), np.zeros(1_000, bool)
    odd[300:330] += 50
    marks[293:345] = True
    clean = SeasonalError(7, 1e-3).fit(([], []), ([steps], [marks]))
    marked = SeasonalError(7, 1e-3).fit(([], []), ([odd], [marks]))
    assert marked.threshold == clean.threshold
    assert SeasonalError(7, 1e-3).fit(([], []), ([odd], [~marks])).threshold > 5 * clean.threshold
