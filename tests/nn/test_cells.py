"""Cells against ``torch.nn``'s, and the sigmoid that it lacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

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


# -- weights that change between calls ------------------------------------------------------------


def soft_update(layer: torch.nn.Module, noise: list[torch.Tensor]) -> None:
    """Polyak averaging as most code has it."""
    for p, n in zip(layer.parameters(), noise, strict=True):
        p.data.mul_(0.5)
        torch.add(p.data, n, alpha=0.5, out=p.data)


def from_vector(layer: torch.nn.Module, noise: list[torch.Tensor]) -> None:
    """An evolution strategy's perturbation."""
    vector_to_parameters(parameters_to_vector(layer.parameters()) + parameters_to_vector(noise), layer.parameters())


def new_data(layer: torch.nn.Module, noise: list[torch.Tensor]) -> None:
    for p, n in zip(layer.parameters(), noise, strict=True):
        p.data = n.clone()


def swapped(layer: torch.nn.Module, noise: list[torch.Tensor]) -> None:
    """The values of two weights change places, as in population-based training."""
    for p, n in zip(layer.parameters(), noise, strict=True):
        torch.utils.swap_tensors(p, torch.nn.Parameter(n.clone()))


@pytest.mark.parametrize("change", [soft_update, from_vector, new_data, swapped])
@pytest.mark.parametrize("cell", ["RNNCell", "LSTMCell", "GRUCell"])
@torch.no_grad()
def test_cells_read_the_weights_as_they_are(cell: str, change: Callable[..., None]):
    ours, theirs = getattr(elman_nn, cell)(3, 4), getattr(torch.nn, cell)(3, 4)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3)
    ours(x)
    for _ in range(3):
        noise = [torch.randn_like(p) for p in ours.parameters()]
        for layer in (ours, theirs):
            change(layer, noise)
        torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("change", [soft_update, from_vector, new_data, swapped])
@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU", "MGU"])
@torch.no_grad()
def test_a_step_reads_the_weights_as_they_are(cell: str, change: Callable[..., None]):
    layer = getattr(elman_nn, cell)(3, 4, 2)
    x, state = torch.randn(2, 3), layer.initial_state(2)
    layer.step(x, state)
    for _ in range(3):
        change(layer, [torch.randn_like(p) for p in layer.parameters()])
        assert_close(layer.step(x, state)[0], layer(x[None])[0][0])
