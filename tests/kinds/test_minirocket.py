"""MiniRocket's features, held against convolutions of torch and against their definition."""

from __future__ import annotations

import numpy as np
import pytest

from elman.errors import BundleError
from elman.graph.patterns import PATTERNS, Patterns
from elman.kinds.minirocket import BIASES, MiniRocketFeatures, widths_for
from elman.sequences import Sequences
from rocket import shares_by_torch


def signals(rows: int, columns: int = 1, least: int = 30, most: int = 90, seed: int = 0) -> list[list[list[float]]]:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(least, most + 1, rows)
    return [generator.normal(size=(length, columns)).cumsum(0).tolist() for length in lengths]


def test_patterns_are_those_of_the_paper() -> None:
    assert PATTERNS.shape == (84, 9)
    assert len({tuple(pattern) for pattern in PATTERNS.tolist()}) == 84
    assert (PATTERNS.sum(1) == 0).all() and ((PATTERNS == 2).sum(1) == 3).all()


@pytest.mark.parametrize("columns", [1, 3])
def test_shares_are_of_torch_convolutions(columns: int) -> None:
    """Of each pattern at each width, the share of steps where a dilated convolution is above its bias."""
    rows = signals(6, columns)
    features = MiniRocketFeatures()
    features.fit(rows)
    patterns = features.write(np.zeros((9_996, 1), np.float32), np.zeros(1, np.float32)).nodes[0].operator
    assert isinstance(patterns, Patterns)
    found = features._figures(rows[:2]).reshape(2, 84, BIASES)
    for own, cell in zip(found, rows[:2], strict=True):
        x = ((np.array(cell) - features.centre) / features.spread).astype(np.float32)
        np.testing.assert_allclose(own, shares_by_torch(patterns, x), atol=1e-7)


def test_steps_that_repeat_themselves_are_not_told_apart_by_rounding() -> None:
    """Another program's numbers may be the nearest ones to these."""
    rows = [(np.arange(60) % (6 + row)).tolist() for row in range(6)]
    features = MiniRocketFeatures()
    features.fit(rows)
    patterns = features.write(np.zeros((9_996, 1), np.float32), np.zeros(1, np.float32)).nodes[0].operator
    x = features.given(rows)["signal"]
    assert isinstance(x, Sequences)
    moved = x.with_values(np.nextafter(x.values, np.float32(np.inf)))
    np.testing.assert_array_equal(patterns(moved), patterns(x))


@pytest.mark.parametrize("steps", [1, 9, 24, 100, 5_000])
def test_widths_fit_the_sequence(steps: int) -> None:
    widths, counts = widths_for(steps)
    assert counts.sum() == BIASES and (counts > 0).all()
    assert widths[0] == 1 and (np.diff(widths) > 0).all()
    assert 8 * widths[-1] <= max(8, steps - 1)


def test_level_and_size_of_all_columns_say_nothing() -> None:
    rows = signals(5, 2)
    other = [(np.array(cell) * [1_000, 0.01] + [5, -7]).tolist() for cell in rows]
    np.testing.assert_allclose(MiniRocketFeatures().fit(rows), MiniRocketFeatures().fit(other), atol=1e-5)


def test_missing_numbers_short_and_empty_sequences() -> None:
    rows = [*signals(6), [[1.0], [None], [2.0]], []]
    x = MiniRocketFeatures().fit(rows)
    assert x.shape == (8, 9_996) and np.isfinite(x).all()


def test_states_come_back() -> None:
    rows = signals(5, 2)
    features = MiniRocketFeatures()
    x = features.fit(rows)
    again = MiniRocketFeatures.from_state(*features.state())
    assert (again.transform(rows) == x).all()


@pytest.mark.parametrize("name, change", [("biases", lambda a: a[:, 1:]), ("widths", lambda a: a - 1)])
def test_damaged_states(name: str, change: object) -> None:
    features = MiniRocketFeatures()
    features.fit(signals(4))
    record, arrays = features.state()
    with pytest.raises(BundleError, match="patterns of the saved model"):
        MiniRocketFeatures.from_state(record, arrays | {name: change(arrays[name])})  # type: ignore[operator]
