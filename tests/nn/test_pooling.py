"""Pooling against the same done to one sequence at a time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import assert_close
from elman.nn import last_pool, max_pool, mean_pool, sum_pool
from elman.ragged import Ragged

POOLS = {
    last_pool: lambda steps: steps[-1],
    sum_pool: lambda steps: steps.sum(0),
    mean_pool: lambda steps: steps.mean(0),
    max_pool: lambda steps: steps.amax(0),
}


@pytest.mark.parametrize("pool", POOLS)
@settings(deadline=None, max_examples=20)
@given(lengths=st.lists(st.integers(0, 7), min_size=1, max_size=6), size=st.integers(1, 5))
def test_each_sequence_by_itself(pool, lengths: list[int], size: int):
    values = (torch.randn(sum(lengths), size, dtype=torch.float64) - 3).requires_grad_()
    x = Ragged(values, torch.tensor(lengths))
    zeros = values.new_zeros(size)
    expected = torch.stack([POOLS[pool](steps) if len(steps) else zeros for steps in x])
    upstream = torch.randn_like(expected)
    assert_close(pool(x), expected)
    if sum(lengths):
        grad, expected_grad = (torch.autograd.grad(y, values, upstream)[0] for y in (pool(x), expected))
        assert_close(grad, expected_grad, "gradient")
