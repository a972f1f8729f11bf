"""Weights as arrays, and back: the same bits in every dtype, and only where they fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from elman import nn as elman_nn
from elman.bfloat16 import BFLOAT16, widened
from elman.models.weights import weights_of, with_weights


def network(seed: int) -> nn.Module:
    """Layers that share a weight, a buffer, and no bias; 0 dimensions too."""
    torch.manual_seed(seed)
    tied, other = nn.Linear(5, 3, bias=False), nn.Linear(5, 3, bias=False)
    other.weight = tied.weight
    made = nn.Sequential(tied, other, nn.BatchNorm1d(3))
    made.register_buffer("alone", torch.tensor(float(seed)))
    return made


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_they_go_round_bit_by_bit(dtype):
    before = network(1).to(dtype)
    arrays = weights_of(before)
    assert "1.weight" not in arrays  # it is the first layer's
    after = with_weights(lambda: network(2).to(dtype), arrays)
    for name, value in before.state_dict().items():
        assert torch.equal(after.state_dict()[name], value), name
    assert torch.equal(after.get_parameter("1.weight"), before.get_parameter("0.weight"))


def test_bfloat16_widens_to_what_torch_makes_of_it():
    net = network(1).bfloat16()
    array = weights_of(net)["0.weight"]
    assert array.dtype == BFLOAT16
    np.testing.assert_array_equal(widened(array), net.get_parameter("0.weight").detach().float().numpy())


def test_arrays_are_copies():
    net = network(1)
    arrays = weights_of(net)
    arrays["0.weight"][:] = 0
    assert net.get_parameter("0.weight").abs().min() > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"0.weight": np.zeros((3, 6), np.float32)}, r"0.weight is \(3, 6\), the network's is \(3, 5\)"),
        ({"0.weight": np.zeros(15, np.float32)}, "0.weight"),
        ({"more": np.zeros(1)}, "don't fit the network: more"),
        ({"alone": None}, "don't fit the network: alone"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    arrays = {name: array for name, array in (weights_of(network(2)) | change).items() if array is not None}
    with pytest.raises(ValueError, match=message):
        with_weights(lambda: network(1), arrays)


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Linear(1 << 20, 1 << 20),
        lambda: nn.Embedding(1 << 40, 1),
        lambda: elman_nn.LSTM(3, 1 << 16),
        lambda: elman_nn.LSTM(3, 100, num_layers=10**5),
        lambda: nn.Sequential(*(nn.Linear(1000, 1000) for _ in range(10**9))),
    ],
)
def test_what_asks_for_too_much_is_refused_before_it_is_given(build):
    with pytest.raises(ValueError, match="a larger network than its weights"):
        with_weights(build, {"weight": np.zeros((2, 3), np.float32)})
