"""dL/dh_t and the terms of dL/dW_hh against autograd: every step with a copy of the weights of its own, in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from conftest import there
from elman import cells
from elman.inspection.slopes import jacobian, slopes
from elman.inspection.terms import products_of_steps, terms
from elman.inspection.trace import unrolled, watched
from elman.kernels import reference
from elman.models.stack import RecurrentStack
from elman.ragged import Ragged

LENGTHS = [5, 0, 1, 63, 2]
CELLS = [(name, choice) for name in cells.names() for choice in cells.CELLS[name].nonlinearities or ("tanh",)]


class Net(nn.Module):
    """A network that is one stack, in float64."""

    def __init__(self, cell: str, bidirectional: bool, nonlinearity: str = "tanh"):
        super().__init__()
        torch.manual_seed(0)
        self.stack = RecurrentStack(cell, 3, 4, 2, bidirectional=bidirectional).double().eval()
        self.stack.rnn.nonlinearity = nonlinearity


def inputs(net: Net, with_state: bool):
    torch.manual_seed(1)
    x = Ragged.from_list([torch.randn(n, 3, dtype=torch.float64) for n in LENGTHS])
    start = tuple(torch.randn_like(part) for part in net.stack.rnn.initial_state(len(x)))
    return x, (start if with_state else tuple(torch.zeros_like(part) for part in start))


def loss_of(outputs: Tensor, final: list[Tensor]) -> Tensor:
    """At every step, and at the end of every layer and direction."""
    weights = torch.randn(outputs.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return (outputs * weights).sum() + torch.stack([part.sin().sum() for part in final]).sum()


def by_hand(net: Net, x: Ragged, start):
    """The whole stack, step by step by the reference, each step with its own copy of weight_hh.

    Returns per layer and direction the gradients of the copies ``[N, G*H, H]`` and of the states h and c ``[N, H]``.
    """
    rnn, values, pieces, final = net.stack.rnn, x.values, [], []
    ends = [0, *torch.tensor(LENGTHS).cumsum(0).tolist()]
    for layer, own in enumerate(rnn.by_layer(start)):
        outputs = []
        for direction in range(rnn.num_directions):
            weight_ih, weight_hh, bias_ih, bias_hh = rnn.layer_parameters(layer, direction)
            gates, copies, states = linear(values, weight_ih, bias_ih), {}, {}
            for b in range(len(LENGTHS)):
                rows = range(ends[b], ends[b + 1])
                state = reference.State(*(part[direction, b : b + 1] for part in own))
                for row in reversed(rows) if direction else rows:
                    copies[row] = there(weight_hh).detach().clone().requires_grad_()
                    state = reference.step(rnn.spec, gates[row : row + 1], state, copies[row], bias_hh)
                    states[row] = state
                final += [part for part in state if part is not None]
            ordered = [states[row] for row in range(len(values))]
            outputs.append(torch.cat([state.h for state in ordered]))
            pieces.append(([copies[row] for row in range(len(values))], ordered))
        values = torch.cat(outputs, 1)
    loss = loss_of(values, final)
    found = []
    for copies, states in pieces:
        terms_of_steps = torch.stack(torch.autograd.grad(loss, copies, retain_graph=True))
        parts = [torch.autograd.grad(loss, [s[k] for s in states], retain_graph=True) for k in range(len(start))]
        found.append((terms_of_steps, [torch.cat(part) for part in parts]))
    return found


def watched_pass(net: Net, x: Ragged, start):
    with watched(net) as runs:  # pyright: ignore[reportArgumentType]
        out, final = net.stack(x, start)
    loss_of(out.values, list(final)).backward()
    return unrolled(runs[0])


@pytest.mark.parametrize("with_state", [False, True], ids=["zeros", "state"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both"])
@pytest.mark.parametrize("cell, nonlinearity", CELLS)
def test_gradients_and_terms_of_each_step(cell, nonlinearity, bidirectional, with_state):
    net = Net(cell, bidirectional, nonlinearity)
    x, start = inputs(net, with_state)
    expected = by_hand(net, x, start)
    layers = watched_pass(net, x, start)
    assert len(layers) == len(expected) == 2 * (1 + bidirectional)
    for layer, (terms_of_steps, grads) in zip(layers, expected, strict=True):
        assert layer.record is not None and layer.record.grad_h is not None
        torch.testing.assert_close(layer.record.grad_h, grads[0], atol=1e-10, rtol=1e-10)
        if cell == "lstm":
            assert layer.record.grad_c is not None
            torch.testing.assert_close(layer.record.grad_c, grads[1], atol=1e-10, rtol=1e-10)
        delta = products_of_steps(layer)
        ours = delta.unsqueeze(2) * layer.before.h.unsqueeze(1)
        torch.testing.assert_close(ours, terms_of_steps, atol=1e-10, rtol=1e-10)
        weight_hh = there(net.stack.rnn.layer_parameters(layer.layer, int(layer.reverse))[1])
        found = terms(layer, there(weight_hh.grad), row=3)
        assert found.error < 1e-10 and len(found.norms) == 63
        sizes = terms_of_steps[6:69].flatten(1).norm(dim=1)
        torch.testing.assert_close(torch.tensor(found.norms, dtype=torch.float64), sizes, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell, nonlinearity", CELLS)
def test_jacobian_of_a_step_against_autograd(cell, nonlinearity, reverse):
    net = Net(cell, True, nonlinearity)
    x, start = inputs(net, True)
    layer = watched_pass(net, x, start)[2 + reverse]
    _, weight_hh, _, bias_hh = net.stack.rnn.layer_parameters(1, int(reverse))
    local, step = slopes(layer), 17
    before = [part[step] for part in layer.before if part is not None]

    def advance(*parts: Tensor) -> Tensor:
        state = reference.State(*(part[None] for part in parts))
        own = cells.find(cell, nonlinearity=nonlinearity)
        after = reference.step(own, layer.gates[step][None], state, weight_hh, bias_hh)
        return torch.cat([part[0] for part in after if part is not None])

    expected = torch.cat(torch.autograd.functional.jacobian(advance, tuple(before)), 1)
    torch.testing.assert_close(jacobian(layer, local, step), expected, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("cell, nonlinearity", CELLS)
def test_states_are_those_of_the_run(cell, nonlinearity):
    """Each step begins where the one before it ended, and the gates lead from the one to the other."""
    net = Net(cell, True, nonlinearity)
    x, start = inputs(net, True)
    with torch.no_grad():
        out, _ = net.stack(x, start)
    layers = watched_pass(net, x, start)
    top = torch.cat([layer.after.h for layer in layers[2:]], 1)
    torch.testing.assert_close(top, out.values, atol=1e-12, rtol=0)
    for layer in layers:
        again = reference.combine(layer.spec, layer.gates, layer.product, layer.before)
        for ours, theirs in zip(again, layer.after, strict=True):
            if ours is not None:
                torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)
        assert all(((gate > 0) & (gate < 1)).all() for gate in layer.open().values())
