"""Stuck gates and dead units, planted; gate values against the reference cell."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import linear

from elman import cells
from elman.diagnosis.units import gate_values, units
from elman.kernels import reference
from elman.nn import recurrent_layer
from elman.nn.stack import Recurrent
from elman.ops import GradientRecord, record_gradients
from elman.ragged import Ragged

LENGTHS = [4, 0, 1, 63, 2]


def recorded(layer: Recurrent, lengths: list[int] | None = None) -> list[GradientRecord]:
    x = Ragged.from_list([torch.randn(n, layer.input_size) for n in lengths or LENGTHS])
    with record_gradients() as records:
        outputs, _ = layer.unroll(x)
    outputs.values.sum().backward()
    return records


@pytest.mark.parametrize("direction", [0, 1])
@pytest.mark.parametrize("cell", cells.names())
def test_gates_are_those_that_the_cell_computes(cell: str, direction: int) -> None:
    """All steps at once, from recorded states, as one step after another."""
    layer = recurrent_layer(cell, 3, 5, bidirectional=True)
    own, record = layer.spec, recorded(layer)[direction]
    seen = gate_values(record, torch.tensor([0, 3]))
    assert tuple(seen) == (own.gates or ("state",))
    x = Ragged(record.call.x, record.lengths).unbind()[3]  # pyright: ignore[reportOptionalMemberAccess]
    weight_ih, weight_hh, bias_ih, bias_hh = layer.layer_parameters(0, direction)
    state, steps = reference.zero_state(own, weight_ih, 1), []
    for row in reversed(x) if direction else x:
        projected = linear(row[None], weight_ih, bias_ih)
        gates = own.opened(projected, None if weight_hh is None else linear(state.h, weight_hh, bias_hh))
        state = reference.step(own, projected, state, weight_hh, bias_hh)
        steps.append(gates or {"state": own.squashed(state.h)})
    for gate, values in seen.items():
        expected = torch.cat([step[gate] for step in (reversed(steps) if direction else steps)])
        torch.testing.assert_close(values[4:], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("cell, gate, number", [("lstm", "input", 0), ("lstm", "output", 3), ("gru", "reset", 0)])
@pytest.mark.parametrize("bias", [-20.0, 20.0])
def test_a_gate_at_its_end_is_stuck(cell: str, gate: str, number: int, bias: float) -> None:
    layer = recurrent_layer(cell, 3, 8)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[number * 8 : number * 8 + 6] = bias
    (found,) = units(recorded(layer), layer)
    assert found.stuck[gate] == 0.75 and sum(found.stuck.values()) == 0.75 and found.name == "layer 1, forwards"


def test_a_forget_gate_that_stays_open_remembers() -> None:
    layer = recurrent_layer("lstm", 3, 8)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[8:16] = 20.0
    assert units(recorded(layer), layer)[0].stuck["forget"] == 0
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[8:16] = -20.0
    assert units(recorded(layer), layer)[0].stuck["forget"] == 1


def test_a_gate_that_keeps_by_being_shut_remembers_when_it_is() -> None:
    layer = recurrent_layer("mgu", 3, 8)
    for bias, stuck in ((-20.0, 0), (20.0, 1)):
        with torch.no_grad():
            layer.get_parameter("bias_ih_l0")[:8] = bias
        assert units(recorded(layer), layer)[0].stuck == {"forget": stuck}


def test_a_simple_rnn_saturates_and_dies() -> None:
    layer = recurrent_layer("rnn", 3, 8)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[:2] = 20.0
    (found,) = units(recorded(layer), layer)
    assert found.stuck == {"state": 0.25} and (found.dead, found.of) == (2, 8)


def test_a_gate_that_switches_is_not_stuck() -> None:
    layer = recurrent_layer("gru", 1, 4, bias=False)
    with torch.no_grad():
        layer.get_parameter("weight_ih_l0").fill_(1_000.0)
    (found,) = units(recorded(layer, [200]), layer)
    assert found.stuck["reset"] == 0
