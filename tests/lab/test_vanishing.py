"""Measured rates against closed forms: the linear network, the sigmoid's slope, and autograd step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from elman.lab import vanishing
from elman.lab.vanishing import SEQUENCES, backward, network, per_step, slope

F = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.7])
def test_a_linear_network_multiplies_by_its_singular_values(gain):
    layer = network("tanh", gain, 7)
    with torch.no_grad():
        layer.get_parameter("weight_ih_l0").mul_(1e-12)  # tanh(a) = a for tiny a
    norms, slopes = backward(layer, 9)
    np.testing.assert_allclose(norms / norms[0], gain ** np.arange(9), rtol=1e-9)
    assert per_step(norms) == pytest.approx(gain)
    assert slopes == pytest.approx(1)


@pytest.mark.parametrize("activation", F)
def test_norms_are_autograds(activation):
    layer, steps = network(activation, 1.3, 5), 6
    torch.manual_seed(3)
    norms, slopes = backward(layer, steps)
    torch.manual_seed(3)
    x = torch.randn(SEQUENCES, steps, 5, dtype=torch.float64)
    u, w = layer.get_parameter("weight_ih_l0").detach(), layer.get_parameter("weight_hh_l0").detach()
    h, states, passed = torch.zeros(SEQUENCES, 5, dtype=torch.float64, requires_grad=True), [], []
    for t in range(steps):
        a = x[:, t] @ u.T + h @ w.T
        h = F[activation](a)
        h.retain_grad()
        states.append(h)
        (derivative,) = torch.autograd.grad(F[activation](a).sum(), a, retain_graph=True)
        passed.append(derivative)
    h.backward(torch.randn_like(h))
    expected = [state.grad.norm(dim=1).log().mean().exp().item() for state in reversed(states)]
    np.testing.assert_allclose(norms, expected, rtol=1e-10)
    root_mean_square = torch.stack(passed[1:]).square().mean(2).sqrt().log().mean().exp()
    assert slopes == pytest.approx(root_mean_square.item())


@pytest.mark.parametrize("activation", F)
def test_slopes_by_differences_and_their_bounds(activation):
    a = torch.linspace(-4, 4, 99, dtype=torch.float64)
    a = a[a.abs() > 1e-3]  # relu has no slope at 0
    differences = (F[activation](a + 1e-6) - F[activation](a - 1e-6)) / 2e-6
    found = slope(activation, F[activation](a))
    torch.testing.assert_close(found, differences, rtol=1e-6, atol=1e-8)
    assert found.max() <= vanishing.STEEPEST[activation]
    at_zero = slope(activation, F[activation](torch.tensor([1e-9])))
    assert at_zero.item() == pytest.approx(vanishing.STEEPEST[activation])  # the bound is reached


def test_network_has_the_singular_values_it_says():
    values = torch.linalg.svdvals(network("tanh", 0.8, 6).get_parameter("weight_hh_l0").detach())
    torch.testing.assert_close(values, torch.full_like(values, 0.8))


def test_a_wrong_backward_pass_is_found_out(monkeypatch):
    """One that grows, and whose slopes say otherwise."""
    monkeypatch.setattr(vanishing, "backward", lambda layer, steps: (2.0 ** np.arange(steps), 0.1))
    assert vanishing.EXPERIMENT.run(seeds=1, steps=5, hidden=4).verdict == "doesn't hold"
