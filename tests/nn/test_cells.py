"""Cells against ``torch.nn``'s, and the sigmoid that it lacks."""

from __future__ import annotations

import pytest
import torch

from conftest import assert_close
from elman import nn as elman_nn


@pytest.mark.parametrize("cell", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("batch", [(), (1,), (5,)])
@pytest.mark.parametrize("gradients", [True, False])
def test_one_step(cell: str, batch: tuple[int, ...], gradients: bool):
    ours, theirs = getattr(elman_nn, cell)(3, 4), getattr(torch.nn, cell)(3, 4)
    ours.load_state_dict(theirs.state_dict())
    x, h = torch.randn(*batch, 3), torch.randn(*batch, 4)
    for state in (None, (h, torch.randn(*batch, 4)) if cell == "LSTMCell" else h):
        with torch.set_grad_enabled(gradients):
            torch.testing.assert_close(ours(x, state), theirs(x, state))


@pytest.mark.parametrize("cell", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("gradients", [True, False])
def test_wrong_dimensions(cell: str, gradients: bool):
    ours, theirs = getattr(elman_nn, cell)(3, 4), getattr(torch.nn, cell)(3, 4)
    for layer in (ours, theirs):
        with pytest.raises(ValueError, match="to be 1D or 2D"), torch.set_grad_enabled(gradients):
            layer(torch.zeros(1, 1, 3))


@pytest.mark.parametrize("batch", [(), (1,), (5,)])
def test_sigmoid(batch: tuple[int, ...]):
    cell = elman_nn.RNNCell(3, 4, nonlinearity="sigmoid")
    x, h = torch.randn(*batch, 3), torch.randn(*batch, 4)
    projected = torch.nn.functional.linear(x, cell.weight_ih, cell.bias_ih)
    expected = (projected + torch.nn.functional.linear(h, cell.weight_hh, cell.bias_hh)).sigmoid()
    assert_close(cell(x, h), expected)
    assert_close(cell(x), (projected + cell.bias_hh).sigmoid())
    with torch.no_grad():
        assert_close(cell(x, h), expected)
