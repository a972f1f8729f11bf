"""MiniRocket's features, held against convolutions of torch and against their definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from elman.errors import BundleError
from elman.kinds.minirocket import BIASES, PATTERNS, MiniRocketFeatures, widths_for


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
    found = features._figures(rows[:2]).reshape(2, 84, BIASES)
    for row, cell in enumerate(rows[:2]):
        x = torch.tensor((np.array(cell) - features.centre) / features.spread)
        first = 0
        for place, (width, count) in enumerate(zip(features.widths.tolist(), features.counts.tolist(), strict=True)):
            weight = torch.tensor(PATTERNS)[:, None] * torch.tensor(features.columns[place])[..., None]
            convolved = F.conv1d(x.T[None], weight.double(), padding=4 * width, dilation=width)[0]
            assert convolved.shape[1] == len(x)
            for column in range(first, first + count):
                above = convolved > torch.tensor(features.biases[:, column])[:, None]
                whole, within = above, above[:, 4 * width : len(x) - 4 * width]
                for pattern in range(84):
                    inside = (pattern + column) % 2 == 1 and within.shape[1] > 0
                    wanted = (within if inside else whole)[pattern].double().mean()
                    assert found[row, pattern, column] == pytest.approx(float(wanted), abs=1e-12)
            first += count


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
