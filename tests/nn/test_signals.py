"""Encoders of signals: what training varies, against padding by NumPy; convolutions that leave fewer steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from conftest import assert_close, there
from elman.nn.encoders import VectorEncoder
from elman.nn.signals import MOVED, SCALED, STRETCHED, RandomTime, SignalEncoder
from elman.ragged import Ragged

LENGTHS = [1, 0, 2, 63, 7, 30]


def signals(size: int, lengths=LENGTHS) -> Ragged:
    return Ragged(torch.randn(sum(lengths), size), torch.tensor(lengths))


def test_sequences_are_moved_stretched_and_scaled_each_by_itself():
    x, strength = signals(3), 0.7
    torch.manual_seed(5)
    varied = RandomTime(strength)(x)
    torch.manual_seed(5)
    draws = (strength * (2 * torch.rand(3, len(LENGTHS)) - 1)).tolist()
    assert varied.lengths.tolist() == LENGTHS
    for before, after, moved, faster, scale in zip(x, varied, *draws, strict=True):
        last = len(before) - 1
        places = last / 2 + (np.arange(len(before)) - last / 2) * (1 + STRETCHED * faster) + MOVED * last * moved
        if len(before):
            mirrored = np.pad(np.arange(len(before)), len(before) // 2, mode="reflect")
            nearest = mirrored[np.rint(places).astype(int) + len(before) // 2]
            assert_close(after, before[nearest] * (1 + SCALED * scale))
    assert not torch.allclose(varied.values, x.values)


def test_nothing_is_varied_outside_training_or_at_strength_zero():
    x = signals(2)
    for layer in (RandomTime(0.0), RandomTime(1.0).eval()):
        assert layer(x) is x


@pytest.mark.parametrize(("convolutions", "lengths"), [(1, [1, 0, 1, 32, 4, 15]), (3, [1, 0, 1, 8, 1, 4])])
def test_each_convolution_leaves_every_other_step(convolutions, lengths):
    encoder = SignalEncoder(VectorEncoder(2, differences=True), 11, convolutions=convolutions, kernel=5)
    steps = encoder(signals(2))
    assert steps.lengths.tolist() == lengths and steps.values.shape[1] == encoder.output_size == 11
    (steps.values * torch.randn_like(steps.values)).sum().backward()
    assert all(bool(there(parameter.grad).abs().sum() > 0) for parameter in encoder.parameters())


@pytest.mark.parametrize("lengths", [[0], [0, 0], [1]])
def test_almost_no_signal(lengths):
    encoder = SignalEncoder(VectorEncoder(2), 3, convolutions=2)
    for training in (True, False):
        steps = encoder.train(training)(signals(2, lengths))
        assert steps.lengths.tolist() == [min(length, 1) for length in lengths] and steps.values.isfinite().all()
