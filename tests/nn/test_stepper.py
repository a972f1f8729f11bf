"""Steps on packed weights against ``layer.step``, torch.nn, and weights that change between two searches."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from conftest import assert_close
from elman import nn
from elman.errors import LayerShapeError, ShapeError
from elman.kernels import cpu
from elman.nn.stepper import PackedSteps, stepper

LAYERS: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU, "mgu": nn.MGU}

compiled = pytest.mark.skipif(not cpu.available(), reason="no compiled kernels here")


def random_state(layer: nn.Recurrent, batch: int) -> Any:
    def drawn(part: Any) -> Any:
        return torch.randn_like(part) if isinstance(part, torch.Tensor) else tuple(map(torch.randn_like, part))

    return tuple(map(drawn, layer.initial_state(batch)))


def assert_same_state(ours: Any, theirs: Any) -> None:
    for part, expected in zip(ours, theirs, strict=True):
        tensors = (part, expected) if isinstance(part, tuple) else ((part,), (expected,))
        for a, b in zip(*tensors, strict=True):
            assert_close(a, b)


@torch.no_grad()
@pytest.mark.parametrize("hidden", [11, [64], [16, 16, 16], [5, 17]])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", LAYERS)
def test_steps_of_any_number_of_sequences_are_the_layers(cell, dtype, bias, hidden):
    layers = 1 if isinstance(hidden, int) else len(hidden)
    layer = LAYERS[cell](5, hidden, layers, bias=bias, dtype=dtype).eval()
    advance = stepper(layer)
    assert isinstance(advance, PackedSteps) == cpu.available()
    for batch in (7, 1, 63, 2, 0, 7):  # beams shrink and grow
        state, x = random_state(layer, batch), torch.randn(batch, 5, dtype=dtype)
        kept = [torch.cat([t.flatten() for t in part]) for part in state]
        h, after = advance(x, state)
        expected, state_after = layer.step(x, state)
        assert_close(h, expected)
        assert_same_state(after, state_after)
        for part, before in zip(state, kept, strict=True):  # what was given stays
            assert torch.equal(torch.cat([t.flatten() for t in part]), before)


@torch.no_grad()
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_twelve_steps_are_those_of_torch(cell, layers):
    theirs = getattr(torch.nn, cell.upper())(6, 37, layers).eval()
    ours = LAYERS[cell](6, 37, layers).eval()
    ours.load_state_dict(theirs.state_dict())
    state, x = random_state(ours, 7), torch.randn(12, 7, 6)
    expected, final = theirs(x, state if len(state) > 1 else state[0])
    advance, found = stepper(ours), []
    for step in x:
        h, state = advance(step, state)
        found.append(h)
    assert_close(torch.stack(found), expected)  # nothing is written over later
    assert_same_state(state, final if isinstance(final, tuple) else (final,))


@torch.no_grad()
@pytest.mark.parametrize("batch", [1, 7])
def test_rows_taken_from_a_state_strided_and_negative_views(batch):
    layer = nn.LSTM(5, 11, 2).eval()
    state = tuple(part[:, torch.randint(0, 9, (batch,))].mT.contiguous().mT for part in random_state(layer, 9))
    h = torch.complex(torch.zeros_like(state[0]), -state[0]).conj().imag  # a view that says: negate me
    assert h.is_neg()
    x = torch.randn(batch, 10)[:, ::2]
    for own in (state, (h, state[1])):
        found, after = stepper(layer)(x, own)
        expected, state_after = layer.step(x, own)
        assert_close(found, expected)
        assert_same_state(after, state_after)


@torch.no_grad()
@pytest.mark.parametrize(
    "change",
    [
        lambda weight: weight.mul_(-0.5),
        lambda weight: weight.data.mul_(-0.5),
        lambda weight: setattr(weight, "data", weight.data * -0.5),
    ],
    ids=["in place", "through .data", "other storage"],
)
@pytest.mark.parametrize("cell", LAYERS)
def test_the_next_search_sees_changed_weights(cell, change):
    layer = LAYERS[cell](5, 11, 2).eval()
    state, x = random_state(layer, 2), torch.randn(2, 5)
    for parameter in layer.parameters():
        before, _ = stepper(layer)(x, state)
        change(parameter)
        after, _ = stepper(layer)(x, state)
        assert_close(after, layer.step(x, state)[0])
        assert not torch.equal(before, after)


@torch.no_grad()
@pytest.mark.parametrize(
    "layer",
    [
        nn.GRU(3, 4, reset_after=False).eval(),
        nn.LSTM(3, 4, proj_size=2).eval(),
        nn.GRU(3, 4, zoneout=0.1).eval(),
        nn.LSTM(3, 4, layer_norm=True).eval(),
        nn.LSTM(3, 4, dtype=torch.bfloat16).eval(),
        nn.LSTM(3, 4, 2, dropout=0.5),
    ],
    ids=["reset before", "projection", "zoneout", "layer norm", "bfloat16", "training"],
)
def test_layers_that_no_kernel_steps(layer):
    advance = stepper(layer)
    assert not isinstance(advance, PackedSteps)
    state, x = random_state(layer, 2), torch.randn(2, 3, dtype=layer.weight_ih_l0.dtype)
    torch.manual_seed(0)  # of dropout's masks
    h, _ = advance(x, state)
    torch.manual_seed(0)
    assert torch.equal(h, layer.step(x, state)[0])


@torch.no_grad()
def test_mistakes_are_named():
    layer = nn.GRU(3, 4).eval()
    advance, state = stepper(layer), (torch.zeros(1, 2, 4),)
    with pytest.raises(LayerShapeError, match="Expected hidden size"):
        advance(torch.zeros(3, 3), state)
    with pytest.raises(LayerShapeError, match="input_size"):
        advance(torch.zeros(2, 4), state)
    for wrong in ((torch.zeros(1, 2, 4, dtype=torch.float64),), (torch.zeros(1, 2, 4, device="meta"),)):
        with pytest.raises(ShapeError):
            advance(torch.zeros(2, 3), wrong)


@compiled
def test_weights_that_dont_fit_together_are_refused():
    for change in (lambda w: w[:, :3], lambda w: w.double()):
        layer = nn.GRU(3, 4)
        layer.weight_hh_l0.data = change(layer.weight_hh_l0.data)
        with pytest.raises(ShapeError, match=r"^layer 1: weight_.h must"):
            stepper(layer.eval())


@compiled
def test_weights_that_do_not_fit_the_layer_below_are_refused():
    """The kernels would read beyond them."""
    wider, mixed = (nn.LSTM(3, 5, num_layers=2).eval() for _ in range(2))
    wider.weight_ih_l0 = torch.nn.Parameter(torch.randn(20, 4))
    mixed.weight_ih_l1 = torch.nn.Parameter(mixed.get_parameter("weight_ih_l1").double())
    mixed.weight_hh_l1 = torch.nn.Parameter(mixed.get_parameter("weight_hh_l1").double())
    with pytest.raises(ShapeError, match=r"^layer 1: weight_ih must have shape \[20, 3\]"):
        stepper(wider)
    with pytest.raises(ShapeError, match=r"^layer 2: weight_ih must be torch\.float32"):
        stepper(mixed)
