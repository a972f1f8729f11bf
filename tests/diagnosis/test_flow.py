"""Gradient flow against the chain rule by autograd, step by step in float64."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import torch

from elman import cells
from elman.diagnosis.flow import STEPS, Curve, chosen, flows, gathered, last_step_alone
from elman.kernels import reference
from elman.nn import recurrent_layer
from elman.nn.stack import Recurrent
from elman.ops import record_gradients
from elman.ragged import Ragged

LENGTHS = [4, 0, 1, 63, 2]


def recorded(layer: Recurrent, x: Ragged, *, every_step: bool = True):
    """Records of a pass whose loss sits at every step, or at the final state alone."""
    with record_gradients() as records:
        outputs, state = layer.unroll(x)
    torch.manual_seed(1)
    loss = (outputs.values * torch.randn_like(outputs.values)).sum() if every_step else state[0].square().sum()
    loss.backward()
    return records


def sequences(layer: Recurrent, lengths: list[int]) -> Ragged:
    dtype = next(layer.parameters()).dtype
    return Ragged.from_list([torch.randn(n, layer.input_size, dtype=dtype) for n in lengths])


@pytest.mark.parametrize("backend", ["compiled", "reference"])
@pytest.mark.parametrize("direction", [0, 1])
@pytest.mark.parametrize("cell", cells.names())
def test_only_the_last_steps_gradient_is_let_in(cell, direction, backend, monkeypatch) -> None:
    if backend == "reference":
        monkeypatch.setattr(sys.modules["elman.ops.recurrent"], "_not_built", "for this test")
    layer = recurrent_layer(cell, 3, 7, bidirectional=True, dtype=torch.float64)
    x = sequences(layer, LENGTHS)
    record = recorded(layer, x)[direction]
    again = last_step_alone(record, torch.tensor([3, 0]))
    assert again.grad_h is not None and record.grad_h is not None
    for b, got in zip((3, 0), Ragged(again.grad_h, again.lengths), strict=True):
        steps = x.unbind()[b].flip(0) if direction else x.unbind()[b]
        weights = layer.layer_parameters(0, direction)
        states = [reference.State(*(torch.zeros(1, 7, dtype=torch.float64) for _ in layer.state_sizes))]
        for step in steps:
            gates = torch.nn.functional.linear(step[None], weights[0], weights[2])
            states.append(reference.step(cells.find(cell), gates, states[-1], weights[1], weights[3]))
        whole = Ragged(record.grad_h, record.lengths).unbind()[b]
        seed = whole[0] if direction else whole[-1]
        expected = torch.autograd.grad(states[-1].h[0] @ seed / seed.norm(), [s.h for s in states[1:]])
        expected = torch.cat(expected[::-1] if direction else expected)
        torch.testing.assert_close(got, expected, atol=1e-12, rtol=1e-10)


def test_a_loss_at_the_last_step_alone_is_the_whole_gradient() -> None:
    layer = recurrent_layer("gru", 3, 5, dtype=torch.float64)
    (flow,) = flows(recorded(layer, sequences(layer, LENGTHS), every_step=False), layer)
    np.testing.assert_allclose(flow.whole.mean, flow.state.mean, atol=1e-10)
    assert flow.state.count[[0, 1, 2, 62]].tolist() == [4, 3, 2, 1]


def test_an_lstm_state_is_h_and_c_together() -> None:
    layer = recurrent_layer("lstm", 3, 5, dtype=torch.float64)
    x = sequences(layer, [9])
    (record,) = recorded(layer, x)
    again = last_step_alone(record, torch.tensor([0]))
    assert again.grad_h is not None and again.grad_c is not None
    both = torch.cat([again.grad_h, again.grad_c], 1).norm(dim=1).flip(0)
    (flow,) = flows([record], layer)
    np.testing.assert_allclose(flow.state.norms, both / both[0], rtol=1e-10)


def test_distance_is_counted_in_the_direction_of_reading() -> None:
    layer = recurrent_layer("rnn", 3, 5, bidirectional=True, dtype=torch.float64)
    for direction, record in enumerate(recorded(layer, sequences(layer, [9]))):
        again = last_step_alone(record, torch.tensor([0]))
        assert again.grad_h is not None
        by_step = again.grad_h.norm(dim=1).numpy()
        (flow,) = flows([record], layer)
        np.testing.assert_allclose(flow.state.norms, by_step if direction else by_step[::-1])


def test_layers_and_directions_are_named_by_their_weights() -> None:
    layer = recurrent_layer("rnn", 3, 5, 2, bidirectional=True)
    network = torch.nn.ModuleDict({"stack": layer})
    found = flows(recorded(layer, sequences(layer, [3, 4])), network)
    assert [flow.name for flow in found] == [
        "stack, layer 1, forwards",
        "stack, layer 1, backwards",
        "stack, layer 2, forwards",
        "stack, layer 2, backwards",
    ]


def test_calls_of_one_layer_are_one_flow_and_batches_are_gathered() -> None:
    layer = recurrent_layer("rnn", 3, 5)
    one, other = (flows(recorded(layer, sequences(layer, lengths)), layer) for lengths in ([5, 3], [8]))
    (both,) = gathered([one, other])
    assert both.state.count.tolist() == [3, 3, 3, 2, 2, 1, 1, 1]
    first, second = one[0].state, other[0].state
    np.testing.assert_allclose(both.state.mean[:3], (2 * first.mean[:3] + second.mean[:3]) / 3)


def test_a_steady_decay_has_the_half_life_that_it_was_made_with() -> None:
    factor = 0.5 ** (1 / 7)
    curve = Curve.of([3.0 * factor ** np.arange(20), 0.1 * factor ** np.arange(12)])
    assert curve.half_life == pytest.approx(7) and curve.reach == pytest.approx(7 * math.log2(100))
    np.testing.assert_allclose(curve.left(np.array([0, 7, 70])), [1, 0.5, 0.5**10])
    np.testing.assert_allclose(curve.spread, 1)
    growing = Curve.of([1.1 ** np.arange(20)])
    assert growing.half_life == math.inf and growing.factor == pytest.approx(1.1)


def test_a_curve_of_nothing_claims_nothing() -> None:
    for none in (Curve.of([]), Curve.of([np.zeros(5)]), Curve.of([np.ones(1)])):
        assert math.isnan(none.half_life) and none.left(np.array([3])).tolist() == [1]


def test_spread_is_the_geometric_deviation_over_sequences() -> None:
    curve = Curve.of([np.array([1.0, 0.5]), np.array([1.0, 0.125])])
    assert curve.norms[1] == pytest.approx(0.25) and curve.spread[1] == pytest.approx(2)


def test_few_sequences_are_run_again_however_large_the_batch() -> None:
    assert len(chosen(torch.full((500,), 7), 32)) == 32
    assert chosen(torch.tensor([0, 3, 0, 2])).tolist() == [1, 3]
    assert len(chosen(torch.full((500,), STEPS // 4), 32)) == 4
    assert len(chosen(torch.tensor([3 * STEPS, 5]))) == 1


def test_training_is_not_touched() -> None:
    layer = recurrent_layer("lstm", 3, 5)
    records = recorded(layer, sequences(layer, [5, 3]))

    def gradients() -> torch.Tensor:
        return torch.cat([p.grad.flatten() for p in layer.parameters() if p.grad is not None])

    before, state = gradients(), torch.get_rng_state()
    flows(records, layer)
    assert torch.equal(torch.get_rng_state(), state) and torch.equal(gradients(), before)
