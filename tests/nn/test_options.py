"""What ``torch.nn`` lacks: against ``torch.nn`` with its weights changed, or the papers' equations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from parity import CELLS, assert_same, pair, random_state, tensors
from torch.nn.functional import layer_norm

from conftest import assert_close
from elman import nn as elman_nn
from elman.nn import init_recurrent_, recurrent_layer
from elman.nn.dropout import sequence_mask
from elman.ragged import Ragged

F64 = torch.float64


def ragged(lengths: list[int], size: int = 3) -> Ragged:
    return Ragged(torch.randn(sum(lengths), size, dtype=F64, requires_grad=True), torch.tensor(lengths))


def by_hand(layer, x: torch.Tensor, step) -> list[torch.Tensor]:
    """One direction over one sequence ``[T, I]``, with ``step(x, state)`` for each time step, from zeros."""
    state = tuple(part[0, 0] for part in layer.initial_state(1))
    states = []
    for row in x:
        state = step(row, state)
        states.append(state)
    return [torch.stack(parts) for parts in zip(*states, strict=True)]


@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_dropout_is_a_mask_on_the_columns_of_weight_hh(cell: str):
    ours, theirs = pair(cell, 3, 5, dtype=F64)
    ours.recurrent_dropout = 0.5
    x, state = torch.randn(6, 1, 3, dtype=F64, requires_grad=True), random_state(theirs, 1)
    torch.manual_seed(7)
    results = tensors(*ours(x, state))
    torch.manual_seed(7)
    mask = sequence_mask(1, 5, 0.5, x)
    assert 0 < int((mask == 0).sum()) < 5
    with torch.no_grad():
        theirs.get_parameter("weight_hh_l0").mul_(mask)
    assert_same(results, tensors(*theirs(x, state)), tensors(x, state), tensors(x, state))
    ours.eval()
    theirs.load_state_dict(ours.state_dict())
    assert_close(ours(x)[0], theirs(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_dropout_differs_between_sequences_and_is_reversed_with_them(cell: str):
    layer = recurrent_layer(cell.lower(), 3, 16, bidirectional=True, recurrent_dropout=0.5, dtype=F64)
    x = ragged([4, 4, 0])
    same = x.with_values(torch.cat([x.values[:4], x.values[:4]]))
    first, second, _ = layer(same)[0]
    assert torch.equal(first[0, :16], second[0, :16])  # nothing recurrent has been read yet
    assert torch.equal(first[-1, 16:], second[-1, 16:])
    assert not torch.allclose(first[-1, :16], second[-1, :16])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", [[5, 0, 2, 7]])
def test_zoneout_in_evaluation_mixes_old_and_new(cell: str, lengths: list[int]):
    layer = recurrent_layer(cell.lower(), 3, 4, zoneout=(0.3, 0.6), dtype=F64).eval()
    plain = recurrent_layer(cell.lower(), 3, 4, dtype=F64)
    plain.load_state_dict(layer.state_dict())

    def step(row, state):
        _, new = plain.step(row.unsqueeze(0), tuple(part.view(1, 1, -1) for part in state))
        zoneout = zip((0.3, 0.6), state, new, strict=False)
        return tuple(p * old + (1 - p) * new[0, 0] for p, old, new in zoneout)

    x = ragged(lengths)
    output, final = layer.unroll(x)
    for b, steps in enumerate(x):
        if len(steps):
            parts = by_hand(layer, steps, step)
            assert_close(list(output)[b], parts[0])
            for part, expected in zip(final, parts, strict=True):
                assert_close(part[0, b], expected[-1])
        else:
            assert all((part[0, b] == 0).all() for part in final)


@pytest.mark.parametrize("cell", CELLS)
def test_zoneout_in_training_keeps_or_replaces(cell: str):
    torch.manual_seed(0)
    layer = recurrent_layer(cell.lower(), 3, 200, zoneout=(0.25, 0.5), dtype=F64)
    state = tuple(torch.randn(1, 1, 200, dtype=F64) for _ in layer.state_sizes)
    _, new = layer.unroll(ragged([1]), state)
    for p, old_part, new_part in zip((0.25, 0.5), state, new, strict=False):
        kept = (old_part == new_part).double().mean()
        assert abs(kept - p) < 0.12


def test_layer_norm_lstm_is_the_papers():
    layer = elman_nn.LSTM(3, 4, layer_norm=True, dtype=F64)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    w = dict(layer.named_parameters())

    def step(row, state):
        h, c = state
        gates = layer_norm(w["weight_ih_l0"] @ row, (16,), w["norm_ih_weight_l0"]) + w["bias_ih_l0"]
        gates = gates + layer_norm(w["weight_hh_l0"] @ h, (16,), w["norm_hh_weight_l0"]) + w["bias_hh_l0"]
        i, f, g, o = gates.chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * layer_norm(c, (4,), w["norm_c_weight_l0"], w["norm_c_bias_l0"]).tanh(), c

    x = ragged([3, 5])
    for steps, output in zip(x, layer(x)[0], strict=True):
        assert_close(output, by_hand(layer, steps, step)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_layer_norm_is_differentiable(cell: str):
    layer = recurrent_layer(cell.lower(), 2, 3, 2, bidirectional=True, layer_norm=True, dtype=F64)
    x = ragged([2, 0, 3], 2)
    assert torch.autograd.gradcheck(lambda v: layer.unroll(x.with_values(v))[0].values, [x.values])


@pytest.mark.parametrize("cell", CELLS)
def test_learned_state(cell: str):
    ours, theirs = pair(cell, 3, 5, 2, bidirectional=True, dtype=F64)
    layer = recurrent_layer(cell.lower(), 3, 5, 2, bidirectional=True, learned_state=True, dtype=F64)
    missing = layer.load_state_dict(theirs.state_dict(), strict=False).missing_keys
    assert [name for name in missing if not name.startswith(("h_0_l", "c_0_l"))] == []
    x = torch.randn(6, 4, 3, dtype=F64)
    assert_close(layer(x)[0], ours(x)[0])
    for name in missing:
        torch.nn.init.normal_(layer.get_parameter(name))
    parts = [[layer.get_parameter(n) for n in missing if n.startswith(kind)] for kind in ("h_0", "c_0")]
    h, *c = [torch.stack(list[torch.Tensor](part))[:, None].expand(-1, 4, -1) for part in parts if part]
    results = tensors(*layer(x)), tensors(*theirs(x, (h, *c) if c else h))
    names = [layer.get_parameter(name) for name in missing]
    assert_same(*results, names, names)


@pytest.mark.parametrize("cell", CELLS)
def test_layers_of_different_widths(cell: str):
    layer = recurrent_layer(cell.lower(), 3, [5, 7], bidirectional=True, dtype=F64)
    first, second = (
        pair(cell, 3, 5, bidirectional=True, dtype=F64)[1],
        pair(cell, 10, 7, bidirectional=True, dtype=F64)[1],
    )
    renamed = {name.replace("l0", "l1"): value for name, value in second.state_dict().items()}
    layer.load_state_dict({**first.state_dict(), **renamed})
    x = torch.randn(6, 4, 3, dtype=F64)
    states = [random_state(first, 4), random_state(second, 4)]
    between, final = first(x, states[0])
    expected, last = second(between, states[1])
    by_part = tuple(zip(*states, strict=True)) if cell == "LSTM" else tuple(states)
    output, finals = layer(x, by_part)
    assert_close(output, expected)
    finals, expected_finals = (finals, zip(final, last, strict=True)) if cell == "LSTM" else ([finals], [(final, last)])
    for ours, theirs in zip(finals, expected_finals, strict=True):
        for our, their in zip(ours, theirs, strict=True):
            assert_close(our, their)


def test_variational_dropout_drops_the_same_of_every_step():
    layer: Any = elman_nn.GRU(3, 32, 2, variational_dropout=0.5, dtype=F64)
    inputs = []
    run = layer._run_layer
    layer._run_layer = lambda k, x, *rest: (inputs.append(x), run(k, x, *rest))[1]
    layer(ragged([4, 2]))
    dropped = inputs[1] == 0
    assert (dropped[:4] == dropped[0]).all() and (dropped[4:] == dropped[4]).all()
    assert 0 < int(dropped[0].sum()) < 32 and not torch.equal(dropped[0], dropped[4])


def test_sigmoid():
    rnn = elman_nn.RNN(3, 4, nonlinearity="sigmoid", bias=False, dtype=F64)
    x = ragged([5])

    def step(row, state):
        return ((rnn.weight_ih_l0 @ row + rnn.weight_hh_l0 @ state[0]).sigmoid(),)

    assert_close(rnn(x)[0].values, by_hand(rnn, x.values, step)[0])


@pytest.mark.parametrize("options", [{}, {"nonlinearity": "sigmoid"}, {"nonlinearity": "relu"}])
def test_simple_cell_steps_like_its_layer(options: dict):
    check_step(elman_nn.RNN(3, 4, 2, dtype=F64, **options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"reset_after": False},
        {"zoneout": 0.2},
        {"layer_norm": True},
        {"learned_state": True},
    ],
)
def test_gru_steps_like_its_layer(options: dict):
    check_step(elman_nn.GRU(3, 4, 2, dtype=F64, **options).eval())


@pytest.mark.parametrize("options", [{}, {"proj_size": 2}, {"hidden_size": [4, 5]}, {"bias": False}])
def test_lstm_steps_like_its_layer(options: dict):
    sizes: dict[str, Any] = {"input_size": 3, "hidden_size": 4, "num_layers": 2, "dtype": F64}
    check_step(elman_nn.LSTM(**(sizes | options)))


def check_step(layer) -> None:
    x = torch.randn(2, 5, 3, dtype=F64)
    state = layer.initial_state(2)
    expected, _ = layer.unroll(Ragged.from_padded(x, torch.tensor([5, 5])), state)
    for gradients in (True, False):
        own = state
        for t in range(5):
            with torch.set_grad_enabled(gradients):
                output, own = layer.step(x[:, t], own)
            assert_close(output, expected.padded()[:, t])


def test_impossible_combinations_are_refused():
    with pytest.raises(ValueError, match="reset_after=False can't be combined"):
        elman_nn.GRU(3, 4, reset_after=False, zoneout=0.1)
    with pytest.raises(ValueError, match="proj_size can't be combined"):
        elman_nn.LSTM(3, 4, proj_size=2, layer_norm=True)
    with pytest.raises(ValueError, match="zoneout should be a number"):
        elman_nn.LSTM(3, 4, zoneout=(0.1, 1.5))
    with pytest.raises(ValueError, match="3 widths for num_layers=2"):
        elman_nn.LSTM(3, [4, 5, 6], 2)
    with pytest.raises(ValueError, match="there is no cell 'mlp'"):
        recurrent_layer("mlp", 3, 4)
    with pytest.raises(ValueError, match="reverse direction starts at the end"):
        layer = elman_nn.GRU(3, 4, bidirectional=True)
        layer.step(torch.zeros(1, 3), layer.initial_state(1))


@pytest.mark.parametrize("cell", CELLS)
def test_initialisation(cell: str):
    model = torch.nn.Sequential(recurrent_layer(cell.lower(), 3, 8, 2, bidirectional=True))
    layer = init_recurrent_(model).get_submodule("0")
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_hh"):
            for gate in parameter.split(8):
                torch.testing.assert_close(gate @ gate.T, torch.eye(8), rtol=0, atol=1e-5)
        elif name.startswith("weight_ih"):
            assert parameter.abs().max() <= (6 / (8 + parameter.shape[1])) ** 0.5
        else:
            forget = 1.0 if cell == "LSTM" and name.startswith("bias_ih") else 0.0
            expected = torch.zeros_like(parameter)
            expected[8:16] = forget
            assert torch.equal(parameter, expected)
