"""Clips as sequences of pictures: what a picture's own kind of column makes of each frame, one after another."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from clips import clip
from elman import kinds
from elman.errors import DataFileError, TaskError
from elman.kinds import FramesKind, ImageKind
from elman.models.sides import encoder_of
from elman.models.tensors import tensors_of
from elman.settings import Settings
from pictures import save


@pytest.fixture
def two(tmp_path):
    """A clip of four frames and one of six."""
    return [str(clip(tmp_path / "a", "left", 1)), str(clip(tmp_path / "b", "right", 2, wait=2))]


def fitted(cells) -> FramesKind:
    kind = FramesKind()
    kind.fit(cells)
    return kind


def test_a_clip_is_the_sequence_of_its_pictures(two):
    kind = fitted(two)
    encoded = kind.encode(two)
    assert [kind.steps(one) for one in encoded] == [4, 6]
    batch = kind.collate(encoded)
    paths = [f"{folder}/{t}.png" for folder, frames in zip(two, (4, 6), strict=True) for t in range(frames)]
    pictures = ImageKind()
    pictures.fit(paths)
    assert batch.lengths.tolist() == [4, 6] and batch.values.dtype == np.uint8
    assert np.array_equal(batch.values, pictures.collate(pictures.encode(paths)))
    assert np.array_equal(kind.collate(kind.encode([paths[:4], two[1]])).values, batch.values)


def test_the_encoder_sees_each_frame_with_the_one_before_it_and_nothing_else(two):
    kind = fitted(two)
    encoder: Any = encoder_of(kind, Settings(embedding_size=7, filters=3)).eval()
    batch = tensors_of(kind.collate(kind.encode(two)))
    vectors = encoder(batch)
    assert vectors.values.shape == (10, encoder.output_size) == (10, 7) and vectors.lengths.tolist() == [4, 6]
    for frames, seen in zip(batch, vectors, strict=True):
        for t in range(len(frames)):
            pair = frames[max(0, t - 1) : t + 1]
            torch.testing.assert_close(seen[t], encoder.pictures(pair, torch.zeros(len(pair)))[-1])


def test_frames_of_a_clip_are_varied_alike_and_clips_are_not(two):
    torch.manual_seed(0)
    kind = fitted([two[0]])
    encoder: Any = encoder_of(kind, Settings(augmentation=1.0, dropout=0.0))
    still = tensors_of(kind.collate([[f"{two[0]}/0.png"] * 3] * 2))
    random_affine = encoder.pictures.random_affine(still.values.float(), still.sequence_ids)
    first, second = random_affine[:3], random_affine[3:]
    assert torch.equal(first[0], first[2]) and torch.equal(second[0], second[1])
    assert not torch.equal(first[0], second[0])
    alone = encoder.pictures.random_affine(still.values.float())
    assert not torch.equal(alone[0], alone[1])


def test_summaries_know_no_order(two):
    kind = fitted(two)
    frames = kind.encode([two[1]])[0]
    forwards, backwards = kind.summaries([frames, frames[::-1]])
    np.testing.assert_allclose(forwards, backwards, rtol=1e-4, atol=1e-3)
    each = kind.each([frames])[0]
    assert each.shape == (6, 144 * 3) and forwards.shape == (2 * 144 * 3,)
    np.testing.assert_allclose(forwards[: 144 * 3], each.mean(0), rtol=1e-5)


def test_a_saved_field_reads_clips_alike(two):
    kind = fitted(two)
    again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
    assert isinstance(again, FramesKind)
    assert np.array_equal(again.collate(again.encode(two)).values, kind.collate(kind.encode(two)).values)


def test_frames_of_differing_sizes_are_refused(two, tmp_path):
    save(np.zeros((8, 9), np.uint8), tmp_path / "b" / "3.png")
    with pytest.raises(DataFileError, match=r"b/3\.png: is 9 x 8 pixels large, but 0\.png, .*, 20 x 16"):
        fitted(two).encode(two)


def test_clips_of_differing_sizes_are_not(two, tmp_path):
    small = tmp_path / "small"
    for t in range(3):
        save(np.full((8, 9, 3), 80 * t, np.uint8), small / f"{t}.png")
    kind = fitted(two)
    assert kind.collate(kind.encode([*two, str(small)])).values.shape == (13, 3, 16, 20)


def test_unreadable_and_missing_clips_are_named(two, tmp_path):
    kind = fitted(two)
    path = tmp_path / "a" / "2.png"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataFileError, match=r"a/2\.png: is damaged or cut off"):
        kind.encode(two)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataFileError, match=r"empty: holds no picture"):
        kind.encode([str(tmp_path / "empty")])
    with pytest.raises(TaskError, match="row 2 names no clip"):
        kind.encode([two[1], None])
