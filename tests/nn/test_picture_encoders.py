"""Encoders of pictures: shapes, what training varies, and what evaluation doesn't."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from scipy import ndimage

from conftest import there
from elman.nn.pictures import FrameByFrame, PictureEncoder, PictureRows, RandomAffine, Standardise, changed
from elman.ragged import Ragged


def random_pictures(batch: int, *shape: int) -> torch.Tensor:
    return torch.randint(0, 256, (batch, *shape), dtype=torch.uint8)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 28, 28), (4, 63, 17), (2, 5, 64)])
def test_one_vector_per_picture_with_gradients_everywhere(shape):
    encoder = PictureEncoder(shape, [128.0] * shape[0], [50.0] * shape[0], 11, filters=3)
    vectors = encoder(random_pictures(5, *shape))
    assert vectors.shape == (5, encoder.output_size) == (5, 11)
    (vectors * torch.randn(5, 11)).sum().backward()
    if shape != (1, 1, 1):  # of a single pixel most weights of a convolution see the edge alone
        assert all(bool(there(parameter.grad).abs().sum() > 0) for parameter in encoder.parameters())


def test_evaluation_sees_each_picture_alone_and_always_alike():
    encoder = PictureEncoder((3, 13, 10), [100.0] * 3, [60.0] * 3, 7, filters=2, dropout=0.5)
    encoder(random_pictures(9, 3, 13, 10))  # moves the running statistics
    encoder.eval()
    pictures = random_pictures(4, 3, 13, 10)
    together = encoder(pictures)
    torch.testing.assert_close(encoder(pictures), together, rtol=0, atol=0)
    torch.testing.assert_close(torch.cat([encoder(one[None]) for one in pictures]), together)


SHAPES_AND_PLACES = [
    ((3, 28, 28), (14, 14)),
    ((4, 64, 64), (16, 16)),
    ((1, 63, 17), (16, 5)),
    ((3, 96, 70), (12, 9)),
    ((1, 5, 3), (3, 2)),
    ((2, 1, 1), (1, 1)),
]


@pytest.mark.parametrize(("shape", "places"), SHAPES_AND_PLACES)
def test_places_are_those_of_the_convolutions_and_know_where_they_are(shape, places):
    encoder = PictureEncoder(shape, [128.0] * shape[0], [50.0] * shape[0], 11, filters=3).eval()
    pictures = random_pictures(3, *shape)
    vectors, found = encoder.look(pictures)
    torch.testing.assert_close(vectors, encoder(pictures), rtol=0, atol=0)
    height, width = places
    assert found.lengths.tolist() == [height * width] * 3 and found.values.shape[1] == encoder.memory_size
    grid = found.values.view(3, height, width, -1)
    fine = encoder.near((pictures.float() - 128) / 50)
    torch.testing.assert_close(grid[..., : fine.shape[1]], fine.permute(0, 2, 3, 1))
    around = grid[..., fine.shape[1] : -8]
    if shape == (2, 1, 1):  # there is no further convolution
        assert not around.shape[-1]
    else:
        coarse = encoder.far[0](fine)
        for row in range(height):
            for column in range(width):
                expected = coarse[:, :, row * coarse.shape[2] // height, column * coarse.shape[3] // width]
                torch.testing.assert_close(around[:, row, column], expected)
    down, across = grid[1, ..., -8:].split(4, dim=-1)
    y, x = torch.meshgrid((torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij")
    for k in range(4):
        torch.testing.assert_close(down[..., k], torch.cos(torch.pi * (k + 1) * y), atol=1e-5, rtol=0)
        torch.testing.assert_close(across[..., k], torch.cos(torch.pi * (k + 1) * x), atol=1e-5, rtol=0)


def test_rows_are_steps_from_top_to_bottom():
    rows = PictureRows((2, 3, 4), [10.0, 20.0], [2.0, 4.0])
    rows.eval()
    pictures = random_pictures(2, 2, 3, 4)
    steps = rows(pictures)
    assert steps.lengths.tolist() == [3, 3] and steps.values.shape == (6, rows.output_size) == (6, 8)
    for b in range(2):
        for t in range(3):
            first, second = pictures[b, 0, t].float(), pictures[b, 1, t].float()
            expected = torch.cat([(first - 10) / 2, (second - 20) / 4])
            torch.testing.assert_close(steps.values[3 * b + t], expected)


def test_jiggling_is_the_affine_map_that_scipy_makes():
    """Against ``scipy.ndimage``, whose coordinates are pixels: output (y, x) is taken from matrix @ (y, x) + offset."""
    torch.manual_seed(3)
    pictures = torch.rand(1, 1, 21, 21)
    state = torch.get_rng_state()
    varied = RandomAffine(1.0)(pictures)
    torch.set_rng_state(state)
    angle, grown, right, down = (2 * torch.rand(4, 1) - 1).double().flatten().tolist()
    angle, grown = torch.pi / 18 * angle, 1 + 0.1 * grown
    cos, sin = (grown * float(f(torch.tensor(angle, dtype=torch.float64))) for f in (torch.cos, torch.sin))
    matrix = torch.tensor([[cos, sin], [-sin, cos]], dtype=torch.float64).numpy()
    offset: Any = 10 - matrix @ [10, 10] + [0.08 * 21 * down, 0.08 * 21 * right]
    expected = ndimage.affine_transform(pictures[0, 0].double().numpy(), matrix, offset, order=1, mode="nearest")
    torch.testing.assert_close(varied[0, 0].double(), torch.tensor(expected), rtol=1e-4, atol=1e-4)


def test_changes_are_since_the_frame_before_of_the_same_clip():
    frames = torch.randn(6, 2, 3, 4)
    change = changed(frames, torch.tensor([0, 0, 0, 2, 3, 3]))
    for t, before in enumerate([None, 0, 1, None, None, 4]):
        expected = torch.zeros(2, 3, 4) if before is None else frames[t] - frames[before]
        torch.testing.assert_close(change[t], expected)
    assert not changed(frames, None).any()


def test_frames_are_seen_with_what_came_before_them_and_nothing_else():
    pictures = PictureEncoder((3, 9, 8), [100.0] * 3, [60.0] * 3, 7, filters=2, augmentation=0.0, changes=True)
    encoder = FrameByFrame(pictures).eval()
    clips = Ragged(random_pictures(6, 3, 9, 8), torch.tensor([4, 0, 2]))
    seen = encoder(clips)
    values = clips.values.clone()
    values[2] = 255 - values[2]
    differs = (encoder(clips.with_values(values)).values != seen.values).any(1)
    assert differs.tolist() == [False, False, True, True, False, False]  # the frame itself, and the one after it
    alone = encoder(Ragged(clips.values[4:], torch.tensor([2])))
    torch.testing.assert_close(alone.values, seen.values[4:])


def test_jiggling_is_for_training_and_can_be_turned_off():
    pictures = torch.rand(3, 1, 9, 9)
    for layer in (RandomAffine(0.0), RandomAffine(1.0).eval()):
        assert layer(pictures) is pictures
    moved = RandomAffine(1.0)(pictures)
    assert all(not torch.equal(a, b) for a, b in zip(moved, pictures, strict=True))


def test_standardised_by_channel():
    layer = Standardise([1.0, 2.0], [2.0, 4.0])
    standardised = layer(torch.tensor([3.0, 10.0]).view(1, 2, 1, 1))
    assert standardised.flatten().tolist() == [1.0, 2.0]
    assert set(layer.state_dict()) == {"mean", "scale"}
