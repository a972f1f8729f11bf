"""One step, as a sequence of length one gives it; and packed weights that must never be stale."""

from __future__ import annotations

import sys

import pytest
import torch
from recurrent_cases import arguments, each_cell, results
from torch import Tensor

from conftest import assert_close
from elman import ops
from elman.errors import ShapeError


@pytest.mark.parametrize("batch", [1, 2, 4, 5])
@pytest.mark.parametrize("hidden", [1, 37, 64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@each_cell
def test_as_a_sequence_of_length_one(cell, nonlinearity, dtype, hidden, batch) -> None:
    x, lengths, *weights, h, c = arguments(cell, [1] * batch, 7, hidden, dtype)
    _, *expected = ops.recurrent(cell, x, lengths, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore
    with torch.no_grad():
        packed = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore
    with_gradients = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore
    for a, g, e in zip(results(packed), results(with_gradients), results(tuple(expected)), strict=True):
        assert_close(a, e)
        assert_close(g, e)


@torch.no_grad()
def test_packed_weights_follow_their_tensors() -> None:
    x, _, *weights, h, c = arguments("lstm", [1], 3, 5)

    def fresh() -> Tensor:
        copies = [t.clone() for t in weights if t is not None]
        return ops.step("lstm", x, *copies, h, c)[0]  # pyright: ignore

    before = ops.step("lstm", x, *weights, h, c)[0]  # pyright: ignore
    for weight in weights:
        assert weight is not None
        weight.mul_(2)
        assert torch.equal(ops.step("lstm", x, *weights, h, c)[0], fresh())  # pyright: ignore
    assert not torch.equal(before, fresh())


@torch.no_grad()
def test_packed_weights_go_with_their_tensors() -> None:
    cache = sys.modules["elman.ops.step"]._cache
    before = len(cache)
    x, _, *weights, h, c = arguments("lstm", [1], 3, 5)
    ops.step("lstm", x, *weights, h, c)  # pyright: ignore
    assert len(cache) == before + 1
    del weights
    assert len(cache) == before


@torch.no_grad()
@pytest.mark.parametrize("index", [0, 6, 7])
def test_mistakes_are_named(index: int) -> None:
    inputs = arguments("lstm", [1, 1], 3, 5)
    x, _, *weights, h, c = inputs
    ops.step("lstm", x, *weights, h, c)  # pyright: ignore
    inputs[index] = inputs[index][:, :-1]  # pyright: ignore
    x, _, *weights, h, c = inputs
    with pytest.raises(ShapeError):
        ops.step("lstm", x, *weights, h, c)  # pyright: ignore
