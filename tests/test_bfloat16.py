"""bfloat16 over NumPy against torch's, bit by bit."""

from __future__ import annotations

import numpy as np
import torch

from elman.bfloat16 import BFLOAT16, narrowed, widened

EDGES = np.array([0.0, -0.0, 1.0, -1.5, 3.4e38, -3.4e38, 1e-45, -1e-40, np.inf, -np.inf, np.nan], np.float32)
HALFWAY = np.arange(0x3F80_0000, 0x3F84_0000, 0x4000, dtype=np.uint32).view(np.float32)


def test_rounding_is_torchs():
    rng = np.random.default_rng(0)
    random = rng.integers(0, 1 << 32, 100_003, np.uint32).view(np.float32)
    numbers = np.concatenate([EDGES, HALFWAY, random])
    expected = torch.from_numpy(numbers).bfloat16()
    found = torch.from_numpy(narrowed(numbers)["bfloat16"].view(np.int16).copy()).view(torch.bfloat16)
    assert torch.equal(found.isnan(), expected.isnan())
    there = ~expected.isnan()
    assert torch.equal(found[there].view(torch.int16), expected[there].view(torch.int16))


def test_widening_is_exact_and_leaves_other_arrays_alone():
    bits = np.arange(1 << 16, dtype=np.uint16)
    expected = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(widened(bits.view(BFLOAT16)), expected)
    there = ~np.isnan(expected)
    np.testing.assert_array_equal(narrowed(expected)["bfloat16"][there], bits[there])
    other = np.zeros(3)
    assert widened(other) is other


def test_shapes_are_kept():
    for shape in ((), (0,), (1,), (2, 3), (5, 0)):
        numbers = np.full(shape, 1.5, np.float32)
        assert narrowed(numbers).shape == shape
        np.testing.assert_array_equal(widened(narrowed(numbers)), numbers)
    across = np.arange(6, dtype=np.float32).reshape(2, 3).T
    np.testing.assert_array_equal(widened(narrowed(across)), across)
