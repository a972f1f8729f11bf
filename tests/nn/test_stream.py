"""Streams against the whole sequence at once."""

from __future__ import annotations

import pytest
import torch

from conftest import assert_close, negative_view
from elman import nn
from elman.errors import LayerShapeError, ShapeError
from elman.ragged import Ragged

LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def random_state(layer: nn.Recurrent, batch: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.randn_like(part) for part in layer.initial_state(batch))


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize(("layers", "batch"), [(1, 1), (3, 7)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_stream_gives_what_the_whole_sequence_gives(cell, layers, batch, dtype):
    layer = LAYERS[cell](5, 11, layers, dtype=dtype)
    state, x = random_state(layer, batch), torch.randn(63, batch, 5, dtype=dtype)
    if dtype == torch.float64:
        state = tuple(part.double() for part in state)
    whole = Ragged(x.transpose(0, 1).reshape(-1, 5), torch.full((batch,), 63))
    expected, final = layer.unroll(whole, state)
    stream = nn.Stream(layer, batch, state)
    outputs = torch.stack([stream(step).clone() for step in x], 1)
    assert_close(outputs.flatten(0, 1), expected.values)
    for ours, theirs in zip(stream.state, final, strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize(("inputs", "hidden", "layers", "batch"), [(5, 11, 1, 1), (37, 64, 2, 7), (20, 300, 1, 3)])
def test_bfloat16_weights_are_those_weights_rounded(cell, inputs, hidden, layers, batch):
    layer = LAYERS[cell](inputs, hidden, layers)
    rounded = LAYERS[cell](inputs, hidden, layers)
    matrices = {name: value.bfloat16().float() for name, value in layer.state_dict().items() if "weight" in name}
    rounded.load_state_dict(layer.state_dict() | matrices)
    state = random_state(layer, batch)
    half, full = nn.Stream(layer, batch, state, weights=torch.bfloat16), nn.Stream(rounded, batch, state)
    for x in torch.randn(9, batch, inputs):
        assert_close(half(x), full(x))


@pytest.mark.parametrize(
    ("dtype", "weights", "words"),
    [
        (torch.float32, torch.float16, "float32, or torch.bfloat16, got torch.float16"),
        (torch.float64, torch.bfloat16, "layer's torch.float64, got torch.bfloat16"),
    ],
)
def test_weights_that_no_stream_keeps(dtype, weights, words):
    with pytest.raises(ValueError, match=words):
        nn.Stream(nn.GRU(3, 4, dtype=dtype), weights=weights)


def test_reset_starts_again():
    layer = nn.GRU(3, 4, 2, learned_state=True)
    torch.nn.init.normal_(layer.get_parameter("h_0_l1"))
    stream, x = nn.Stream(layer, 2), torch.randn(2, 3)
    first = stream(x).clone()
    assert not torch.equal(stream(x), first)
    stream.reset()
    assert torch.equal(stream(x), first)
    state = random_state(layer, 2)
    stream.reset(state)
    assert_close(stream(x), layer.step(x, state)[0])


def test_the_weights_are_those_of_the_start_and_the_state_is_copied():
    layer = nn.LSTM(3, 4)
    state, x = random_state(layer, 1), torch.randn(1, 3)
    kept, expected = [part.clone() for part in state], layer.step(x, state)[0]
    stream = nn.Stream(layer, 1, state)
    layer.get_parameter("weight_ih_l0").data.zero_()
    assert_close(stream(x), expected)
    stream.reset(state)
    stream.refresh()
    assert_close(stream(x), layer.step(x, state)[0])
    assert not torch.allclose(stream(x), expected)
    for ours, theirs in zip(state, kept, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    "x",
    [torch.zeros(1, 4), torch.zeros(2, 3), torch.zeros(3), torch.zeros(1, 3, dtype=torch.float64)],
    ids=["width", "batch", "unbatched", "dtype"],
)
def test_a_wrong_step(x):
    with pytest.raises(ShapeError, match=r"a step takes \[1, 3\] torch.float32"):
        nn.Stream(nn.RNN(3, 4))(x)


def test_layers_that_cannot_be_streamed():
    for layer in (nn.LSTM(3, 4, bidirectional=True), nn.LSTM(3, 4, proj_size=2), nn.GRU(3, 4, zoneout=0.1)):
        with pytest.raises(ShapeError, match="use its step method"):
            nn.Stream(layer)
    with pytest.raises(LayerShapeError, match="Expected hidden size"):
        nn.Stream(nn.GRU(3, 4), 2, (torch.zeros(1, 1, 4),))


def test_a_strided_step():
    layer = nn.GRU(3, 4)
    x = torch.randn(2, 6)[:, ::2]
    assert_close(nn.Stream(layer, 2)(x), nn.Stream(layer, 2)(x.contiguous()))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_state_whose_numbers_lie_in_another_order(layers):
    layer, x = nn.LSTM(3, 4, layers), torch.randn(2, 3)
    state = tuple(part.transpose(1, 2).contiguous().transpose(1, 2) for part in random_state(layer, 2))
    assert_close(nn.Stream(layer, 2, state)(x), layer.step(x, state)[0])


def test_numbers_kept_with_the_other_sign():
    """A view like ``z.conj().imag``, which lies as any tensor does."""
    layer, x = nn.GRU(3, 4), torch.randn(1, 3)
    expected = nn.Stream(layer)(-x).clone()
    assert_close(nn.Stream(layer)(negative_view(x)), expected)
    with torch.no_grad():
        layer.weight_hh_l0 = torch.nn.Parameter(negative_view(-layer.get_parameter("weight_hh_l0")))
    assert_close(nn.Stream(layer)(-x), expected)


@pytest.mark.parametrize("change", ["dtype", "shape"])
def test_weights_that_no_longer_fit_the_state_are_refused(change):
    layer = nn.LSTM(3, 4, 2)
    stream = nn.Stream(layer)
    if change == "dtype":
        layer.double()
    else:
        layer.weight_ih_l1 = torch.nn.Parameter(torch.randn(16, 5))
    with pytest.raises(ShapeError, match="weight_ih must"):
        stream.refresh()
