"""One step, as a sequence of length one gives it, on the weights as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from recurrent_cases import arguments, each_cell, results

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
        without_gradients = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore
    with_gradients = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore
    for a, g, e in zip(results(without_gradients), results(with_gradients), results(tuple(expected)), strict=True):
        assert_close(a, e)
        assert_close(g, e)


# Ways to change weights; PyTorch counts only the first as a change.
CHANGES = {
    "in place": lambda weight: weight.mul_(-0.5),
    "through .data": lambda weight: weight.data.mul_(-0.5),
    "other storage": lambda weight: setattr(weight, "data", weight.data * -0.5),
    "through NumPy": lambda weight: np.multiply(weight.numpy(), -0.5, out=weight.numpy()),
    "through a view": lambda weight: weight.data.view(-1).detach()[::2].add_(1),
}


@torch.no_grad()
@pytest.mark.parametrize("change", CHANGES)
@each_cell
def test_weights_are_read_as_they_are(cell: str, nonlinearity: str, change: str) -> None:
    x, _, *weights, h, c = (None if t is None else t.detach() for t in arguments(cell, [1, 1], 3, 5))
    for index in range(4):
        before = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)[0]  # pyright: ignore
        CHANGES[change](weights[index])
        after = ops.step(cell, x, *weights, h, c, nonlinearity=nonlinearity)[0]  # pyright: ignore
        copies = [None if t is None else t.clone() for t in weights]
        assert torch.equal(after, ops.step(cell, x, *copies, h, c, nonlinearity=nonlinearity)[0])  # pyright: ignore
        assert not torch.equal(before, after)


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
