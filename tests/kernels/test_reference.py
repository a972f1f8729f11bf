"""The reference against torch.nn, one sequence at a time (the oracle knows no ragged batches)."""

from __future__ import annotations

import pytest
import torch

from conftest import assert_close, there
from elman import cells
from elman.kernels import reference
from elman.nn.parameters import KINDS


def torch_layer(cell: str, inputs: int, hidden: int, nonlinearity: str = "tanh", bias: bool = True) -> torch.nn.RNNBase:
    """One layer of torch.nn in float64."""
    if cell == "rnn":
        layer = torch.nn.RNN(inputs, hidden, nonlinearity=nonlinearity, bias=bias)
    else:
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](inputs, hidden, bias=bias)
    return layer.double()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("cell", "nonlinearity"), [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
)
def test_every_sequence_as_torch_alone(cell: str, nonlinearity: str, bias: bool, reverse: bool) -> None:
    torch.manual_seed(0)
    lengths = torch.tensor([3, 0, 1, 63, 2])
    layer = torch_layer(cell, 3, 5, nonlinearity, bias)
    x = torch.randn(int(lengths.sum()), 3, dtype=torch.float64)
    h0, c0 = torch.randn(2, 5, 5, dtype=torch.float64)
    lstm = cell == "lstm"
    weight_ih, weight_hh, bias_ih, bias_hh = (getattr(layer, f"{name}_l0", None) for name in KINDS)
    assert weight_ih is not None
    output, h_n, c_n = reference.recurrent(
        cell,
        x,
        lengths,
        weight_ih,
        weight_hh,
        bias_ih,
        bias_hh,
        h0,
        c0 if lstm else None,
        reverse=reverse,
        nonlinearity=nonlinearity or "tanh",
    )
    for b, sequence in enumerate(x.split(lengths.tolist())):
        h, c = h0[b : b + 1], c0[b : b + 1]
        expected = output.new_empty(0, 5)
        if len(sequence):
            sequence = sequence.flip(0) if reverse else sequence
            expected, state = layer(sequence, (h, c) if lstm else h)
            expected = expected.flip(0) if reverse else expected
            h, c = state if lstm else (state, c)
        assert_close(output.split(lengths.tolist())[b], expected)
        assert_close(h_n[b : b + 1], h)
        if lstm:
            assert_close(there(c_n)[b : b + 1], c)


def test_gru_resets_before_the_product() -> None:
    """One step by hand, with one unit, so that every term is a number."""
    gates, h = torch.tensor([[0.1, -0.2, 0.3]]).double(), torch.tensor([[0.5]]).double()
    weight, bias = torch.tensor([[0.7], [0.4], [-0.6]]).double(), torch.tensor([0.05, 0.02, -0.1]).double()
    new = reference.step(cells.find("gru", reset_after=False), gates, reference.State(h), weight, bias).h
    r, z = torch.sigmoid(gates[:, :2] + 0.5 * weight[:2].T + bias[:2]).squeeze()
    n = torch.tanh(gates[:, 2:] + r * 0.5 * weight[2] + bias[2])
    assert_close(new, ((1 - z) * n + z * 0.5).reshape(1, 1))


def test_no_sequences_and_no_steps() -> None:
    weights = torch.randn(5, 3), torch.randn(5, 5), None, None
    for batch in (0, 2):
        h0 = torch.randn(batch, 5)
        lengths = torch.zeros(batch, dtype=torch.int64)
        output, h_n, _ = reference.recurrent("rnn", torch.empty(0, 3), lengths, *weights, h0, None)
        assert output.shape == (0, 5) and torch.equal(h_n, h0)
