"""The time loop over arrays against PyTorch's own layers, and the kernels against the cells' equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from conftest import assert_close
from elman import cells
from elman.kernels import arrays, cpu
from elman.kernels.arrays import Weights

LENGTHS = np.array([2, 0, 63, 1, 5])
INPUTS, HIDDEN = 5, 7
ALL = [cells.find("rnn", nonlinearity=f) for f in ("tanh", "relu", "sigmoid")]
ALL += [cells.find(name) for name in ("lstm", "gru", "mgu")]
ALL += [cells.find(name, reset_after=False) for name in ("gru", "mgu")]


def drawn(cell: cells.Cell, dtype: Any) -> tuple[Any, Weights, list[Any]]:
    random = np.random.default_rng(0)
    rows = len(cell.rows) * HIDDEN
    shapes = (rows, INPUTS), (rows, HIDDEN), (rows,), (rows,)
    weights: Any = tuple(random.normal(size=shape).astype(dtype) / 2 for shape in shapes)
    state = [random.normal(size=(len(LENGTHS), HIDDEN)).astype(dtype) for _ in cell.states]
    return random.normal(size=(LENGTHS.sum(), INPUTS)).astype(dtype), weights, state


def same(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        assert_close(torch.from_numpy(np.ascontiguousarray(one)), torch.as_tensor(np.asarray(other)))


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("compiled", [True, False])
def test_as_torch(name: str, reverse: bool, dtype: Any, compiled: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arrays, "compiled", lambda *_: compiled and cpu.available())
    cell = cells.find(name.lower())
    x, weights, state = drawn(cell, dtype)
    layer = getattr(torch.nn, name)(INPUTS, HIDDEN, dtype=torch.from_numpy(x).dtype)
    for parameter, value in zip(layer.parameters(), weights, strict=True):
        parameter.data = torch.from_numpy(value)
    found = arrays.recurrent(cell, x, LENGTHS, weights, state, reverse=reverse)
    ends = LENGTHS.cumsum()
    for b, (start, end) in enumerate(zip(ends - LENGTHS, ends, strict=True)):
        before = [torch.from_numpy(part[b : b + 1]) for part in state]
        own = x[start:end][::-1].copy() if reverse else x[start:end]
        if len(own):
            output, after = layer(torch.from_numpy(own), before[0] if len(before) == 1 else tuple(before))
            after = [after] if len(before) == 1 else list(after)
            in_order = output.flip(0) if reverse else output
            same([found[0][start:end]], [in_order.detach()])
            before = [part.detach() for part in after]
        same([part[b : b + 1] for part in found[1:]], before)


@pytest.mark.parametrize("cell", ALL, ids=repr)
@pytest.mark.parametrize("given", [True, False])
def test_kernels_as_equations(cell: cells.Cell, given: bool):
    x, weights, state = drawn(cell, np.float32)
    start = state if given else [np.zeros_like(part) for part in state]
    found = arrays.recurrent(cell, x, LENGTHS, weights, state if given else None)
    same(found, arrays._equations(cell, x, LENGTHS, weights, start, False))


@pytest.mark.parametrize("cell", ALL, ids=repr)
def test_single_steps_as_the_whole(cell: cells.Cell):
    x, weights, state = drawn(cell, np.float32)
    steps = x[:63]
    whole, *ends = arrays.recurrent(cell, steps, np.array([63]), weights, [part[:1] for part in state])
    step, now = arrays.step_of(cell, weights), [part[:1] for part in state]
    for t in range(63):
        after = [np.full((1, HIDDEN), np.nan, np.float32) for _ in now]
        same([step(steps[t : t + 1], now, after)], [whole[t : t + 1]])
        now = after
    same(now, ends)


def test_without_biases():
    cell = cells.find("lstm")
    x, (weight_ih, weight_hh, *_), state = drawn(cell, np.float32)
    zeros = np.zeros(len(weight_ih), np.float32)
    same(
        arrays.recurrent(cell, x, LENGTHS, (weight_ih, weight_hh, None, None), state),
        arrays.recurrent(cell, x, LENGTHS, (weight_ih, weight_hh, zeros, zeros), state),
    )
