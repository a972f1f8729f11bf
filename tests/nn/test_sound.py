"""Encoders of sound: ragged convolutions against one sequence at a time, and what SpecAugment silences."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from conftest import there
from elman.nn.sound import WIDEST, FrameEncoder, SpecAugment, TimeConvolution
from elman.ragged import Ragged

LENGTHS = [1, 0, 2, 63, 7, 30]


def random_frames(bands: int, lengths=LENGTHS) -> Ragged:
    return Ragged(torch.randn(sum(lengths), bands), torch.tensor(lengths))


@pytest.mark.parametrize("stride", [1, 2])
def test_a_ragged_convolution_is_torchs_on_each_sequence_alone(stride):
    layer = TimeConvolution(5, 3, stride).eval()
    nn.init.normal_(layer.norm.bias)
    x = random_frames(5)
    y = layer(x)
    assert y.lengths.tolist() == [-(-length // stride) for length in LENGTHS]
    for alone, together in zip(x, y, strict=True):
        if len(alone):
            steps = nn.functional.conv1d(alone.T[None], layer.convolution.weight, stride=stride, padding=1)
            torch.testing.assert_close(layer.norm(steps[0].T).relu(), together)


@pytest.mark.parametrize("subsampling, lengths", [(1, LENGTHS), (2, [1, 0, 1, 32, 4, 15]), (4, [1, 0, 1, 16, 2, 8])])
def test_steps_are_subsampled(subsampling, lengths):
    encoder = FrameEncoder([0.0] * 7, [1.0] * 7, 11, subsampling=subsampling)
    steps = encoder(random_frames(7))
    assert steps.lengths.tolist() == lengths and steps.values.shape[1] == encoder.output_size == 11
    (steps.values * torch.randn_like(steps.values)).sum().backward()
    assert all(bool(there(parameter.grad).abs().sum() > 0) for parameter in encoder.parameters())


@pytest.mark.parametrize("lengths", [[0], [0, 0], [1]])
def test_almost_nothing_to_hear(lengths):
    encoder = FrameEncoder([0.0] * 4, [1.0] * 4, 3)
    for layer in (encoder.train(), encoder.eval()):
        assert layer(random_frames(4, lengths)).lengths.tolist() == lengths


def test_frames_are_standardised_and_left_alone_in_evaluation():
    encoder = FrameEncoder([1.0, -2.0], [2.0, 4.0], 3).eval()
    read = []
    encoder.convolutions.register_forward_pre_hook(lambda module, given: read.append(given[0]))
    frames = random_frames(2)
    encoder(frames)
    torch.testing.assert_close(read[0].values, (frames.values - torch.tensor([1.0, -2.0])) / torch.tensor([2.0, 4.0]))


def test_specaugment_silences_bands_and_stretches_of_each_recording_apart():
    torch.manual_seed(0)
    frames = Ragged(torch.ones(3_000, 50), torch.tensor([1_000, 1_000, 1_000]))
    silenced = [one == 0 for one in SpecAugment(1.0)(frames)]
    for silent in silenced:
        bands, times = silent.all(0), silent.all(1)
        torch.testing.assert_close(silent, bands[None] | times[:, None])
        assert runs(bands) <= 2 and runs(times) <= 2
        assert int(bands.sum()) <= 2 * WIDEST * 51 and int(times.sum()) <= 2 * WIDEST * 1_001
    assert not torch.equal(silenced[0], silenced[1])
    assert any(bool(silent.any()) for silent in silenced)


def runs(flags: torch.Tensor) -> int:
    """How many stretches of true there are."""
    return int((flags.int().diff(prepend=torch.zeros(1, dtype=torch.int32)) == 1).sum())


def test_specaugment_is_for_training_and_can_be_turned_off():
    frames = random_frames(6)
    for layer in (SpecAugment(0.0), SpecAugment(1.0).eval()):
        assert layer(frames) is frames
