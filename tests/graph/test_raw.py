"""Numbers and times as the data have them, beside what the standard library says of them."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from elman.graph.raw import DAY, EARLIEST, LATEST, Dates, Missing, Observed, Since
from elman.sequences import Sequences

EPOCH = datetime(1970, 1, 1)
TIMES = [
    datetime(1, 1, 1),
    datetime(9999, 12, 31, 23, 59, 59),
    datetime(2000, 2, 29, 12),
    datetime(2000, 12, 31, 23, 59, 59, 999_999),
    datetime(1900, 3, 1),
    datetime(1969, 12, 31, 23, 59, 59, 500_000),
    datetime(1970, 1, 1),
    datetime(2024, 12, 31),
    datetime(2100, 12, 31, 6),
]


def times() -> list[datetime]:
    """Those, and some drawn at random from all years."""
    draw = random.Random(0)
    return TIMES + [EPOCH + timedelta(seconds=draw.randint(int(EARLIEST), int(LATEST) - 1)) for _ in range(500)]


def figures(time: datetime) -> list[float]:
    """In days after 2020-01-01 over 100, and in three cycles."""
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    year = (midnight - time.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)).days / 365.25
    turns = [2 * math.pi * share for share in (year, time.weekday() / 7, (time - midnight).seconds / 86_400)]
    apart = (time - datetime(2020, 1, 1)) / timedelta(days=1)
    return [apart / 100, *(wave(turn) for turn in turns for wave in (math.sin, math.cos))]


def test_dates():
    mean = (datetime(2020, 1, 1) - EPOCH).days
    operator = Dates((mean, 0.0), (100.0, 1.0), (("year", "week", "day"), ()))
    seconds = np.array([[(time - EPOCH).total_seconds(), 2 * DAY] for time in times()])
    found = operator(seconds)
    np.testing.assert_allclose(found[:, :7], [figures(time) for time in times()], rtol=1e-6, atol=1e-6)
    assert (found[:, 7] == 2).all()
    seconds[:, 0] = np.nan
    assert not operator(seconds)[:, :7].any() and operator(np.zeros((0, 2))).shape == (0, 8)


@pytest.mark.parametrize("lengths", [(0, 1, 2, 63), (1,), (0, 0), ()])
def test_how_long_it_is_since_the_step_before(lengths: tuple[int, ...]):
    draw = np.random.default_rng(0)
    values = [draw.normal(1e9, 1e5, length) for length in lengths]
    for row in values:
        row[draw.random(len(row)) < 0.2] = np.nan
    expected = [
        math.copysign(math.log1p(abs(b - a) / 7), b - a) if t else math.nan
        for row in values
        for t, (a, b) in enumerate(zip([0.0, *row.tolist()], row.tolist(), strict=False))
    ]
    steps = Sequences(np.zeros(sum(lengths), np.int64), np.array(lengths, np.int64))
    found = Since(7.0)(np.concatenate([np.zeros(0), *values]), steps)
    np.testing.assert_allclose(found, np.array(expected).reshape(-1, 1), rtol=1e-6)


def test_what_is_missing_is_the_mean_and_marked():
    first, second = np.array([[1.0, np.nan], [np.nan, 5.0]], np.float32), np.array([[np.nan], [2e9]])
    observed = Observed(np.array([1, 2], np.float32), np.array([2, 4], np.float32))
    assert observed(first).tolist() == [[0, 0], [0, 0.75]] and observed(first).dtype == np.float32
    assert Missing((2, 0))(first, second).tolist() == [[1, 0], [0, 1]]
    steps = Sequences(first, np.array([2, 0]))
    assert Missing((1,))(steps).values.tolist() == [[1], [0]]
