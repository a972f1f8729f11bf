"""Quantised rows: no number is off by more than half its row's scale."""

from __future__ import annotations

import numpy as np
import pytest

from elman.int8 import quantised, restored


@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (0, 4), (4, 3, 2, 2)])
def test_each_number_is_off_by_half_a_scale_at_most(shape: tuple[int, ...]):
    numbers = np.random.default_rng(0).normal(size=shape).astype(np.float32) * 3
    rows = quantised(numbers)
    found = restored(rows)
    assert found.shape == shape and found.dtype == np.float32
    axes = tuple(range(1, len(shape)))
    largest = np.abs(numbers).max(axis=axes, initial=0)
    bound = (largest / 127 / 2 * 1.0001).reshape(-1, *[1] * (len(shape) - 1))
    assert (np.abs(found - numbers) <= bound).all()
    assert (np.abs(rows["int8"].astype(int)) <= 127).all()


def test_zeros_stay_zeros_and_the_largest_is_exact():
    numbers = np.array([[0, 0], [-2, 1]], np.float32)
    assert restored(quantised(numbers)).tolist()[0] == [0, 0]
    assert restored(quantised(numbers))[1, 0] == -2


def test_other_arrays_are_left_as_they_are():
    numbers = np.zeros((2, 2))
    assert restored(numbers) is numbers
