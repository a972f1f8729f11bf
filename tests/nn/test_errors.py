"""The same mistake gets the same type of error as from ``torch.nn``, and one of Elman's own types."""

from __future__ import annotations

import warnings

import pytest
import torch
from parity import CELLS, pair

from elman import nn as elman_nn
from elman.errors import LayerShapeError, ShapeError
from elman.ragged import Ragged


def outcome(call) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            call()
        except Exception as error:
            return error
    return None


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "arguments",
    [
        {"input_size": 3.0},
        {"input_size": 0},
        {"hidden_size": 4.0},
        {"hidden_size": -1},
        {"num_layers": 0},
        {"bias": 1},
        {"batch_first": "yes"},
        {"dropout": 1.5},
        {"dropout": True},
        {"dropout": 0.5},
        {"proj_size": 2},
        {"proj_size": 9},
        {"proj_size": -1},
        {"surprise": 1},
    ],
)
def test_constructors(cell: str, arguments: dict):
    arguments = {"input_size": 3, "hidden_size": 4, **arguments}
    theirs = outcome(lambda: getattr(torch.nn, cell)(**arguments))
    ours = outcome(lambda: getattr(elman_nn, cell)(**arguments))
    assert type(ours) is type(theirs)
    if isinstance(theirs, ValueError) and cell == "LSTM":
        assert str(ours) == str(theirs)


def test_unknown_nonlinearity():
    with pytest.raises(ValueError, match="Unknown nonlinearity 'gelu'"):
        elman_nn.RNN(3, 4, nonlinearity="gelu")


def bad_calls(cell: str) -> dict[str, tuple]:
    state = lambda *shape: (torch.zeros(shape),) * 2 if cell == "LSTM" else torch.zeros(shape)  # noqa: E731
    return {
        "1 dimension": (torch.zeros(3),),
        "4 dimensions": (torch.zeros(1, 1, 1, 3),),
        "input size": (torch.zeros(5, 2, 4),),
        "dtype": (torch.zeros(5, 2, 3, dtype=torch.float64),),
        "integers": (torch.zeros(5, 2, 3, dtype=torch.int64),),
        "state of 2 dimensions": (torch.zeros(5, 2, 3), state(2, 4)),
        "state of 3 dimensions": (torch.zeros(5, 3), state(1, 1, 4)),
        "layers of the state": (torch.zeros(5, 2, 3), state(2, 2, 4)),
        "batch of the state": (torch.zeros(5, 2, 3), state(1, 3, 4)),
        "size of the state": (torch.zeros(5, 2, 3), state(1, 2, 5)),
    }


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("mistake", bad_calls("GRU"))
def test_calls(cell: str, mistake: str):
    ours, theirs = pair(cell, 3, 4)
    their_error = outcome(lambda: theirs(*bad_calls(cell)[mistake]))
    our_error = outcome(lambda: ours(*bad_calls(cell)[mistake]))
    assert their_error is not None
    assert isinstance(our_error, type(their_error)) and isinstance(our_error, ShapeError)


def test_messages_say_what_was_expected():
    layer = elman_nn.LSTM(3, 4, batch_first=True)
    with pytest.raises(LayerShapeError, match=r"Expected hidden\[1\] size \(1, 2, 4\), got \[1, 3, 4\]"):
        layer(torch.zeros(2, 5, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 3, 4)))
    with pytest.raises(LayerShapeError, match="Expected 3, got 7"):
        layer(Ragged(torch.zeros(5, 7), torch.tensor([5])))
    with pytest.raises(ShapeError, match=r"expected a Ragged of values \[N, I\]"):
        layer(Ragged(torch.zeros(5), torch.tensor([5])))
    with pytest.raises(LayerShapeError, match=r"a LSTM has 2 part\(s\), got 1"):
        layer.unroll(Ragged(torch.zeros(5, 3), torch.tensor([5])), (torch.zeros(1, 1, 4),))


@pytest.mark.parametrize("cell", CELLS)
def test_a_mixed_dtype_is_allowed_under_autocast(cell: str):
    layer = getattr(elman_nn, cell)(3, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = torch.nn.Linear(3, 3)(torch.randn(5, 2, 3))
        assert x.dtype == torch.bfloat16
        assert layer(x)[0].dtype == torch.float32
