"""Pictures: decoded as Pillow and NumPy do by hand, of any mode and size; damaged ones are refused in one sentence."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from elman import kinds
from elman.errors import DataFileError, ElmanError, ExtraMissingError, TaskError
from elman.kinds import ImageKind
from elman.kinds.files import Decoded, spread
from elman.models.sides import encoder_of
from elman.models.tensors import tensors_of
from elman.settings import Settings
from pictures import save, square

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (14, 10), np.uint8)
COLOUR = RNG.integers(0, 256, (14, 10, 3), np.uint8)


def fitted(*paths, **options) -> ImageKind:
    kind = ImageKind(**options)
    kind.fit([str(path) for path in paths])
    return kind


def one(kind: ImageKind, path) -> np.ndarray:
    """The decoded picture ``[C, H, W]``."""
    (pixels,) = kind.collate(kind.encode([str(path)]))
    assert pixels.dtype == np.uint8
    return pixels


def test_pixels_come_back_as_they_were_saved(tmp_path):
    for suffix in ("png", "bmp"):
        grey, colour = save(GREY, tmp_path / f"g.{suffix}"), save(COLOUR, tmp_path / f"c.{suffix}")
        np.testing.assert_array_equal(one(fitted(grey), grey), GREY[None])
        np.testing.assert_array_equal(one(fitted(colour), colour), COLOUR.transpose(2, 0, 1))


def test_grey_of_colours_is_what_pillow_makes_of_them(tmp_path):
    grey, colour = save(GREY, tmp_path / "g.png"), save(COLOUR, tmp_path / "c.png")
    expected = np.asarray(Image.open(colour).convert("L"))
    assert np.abs(one(fitted(grey), colour)[0].astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(one(fitted(colour), grey), np.stack([GREY] * 3))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_read(tmp_path, mode):
    smooth = np.add.outer(np.arange(14) * 9, np.arange(10) * 9).astype(np.uint8)
    path = tmp_path / ("x.jpg" if mode == "CMYK" else "x.png")
    if mode == "I;16":
        wide = smooth.astype(np.uint16) * 257
        Image.fromarray(wide).save(path)
    else:
        Image.fromarray(smooth).convert(mode).save(path)
    pixels = one(fitted(save(GREY, tmp_path / "g.png")), path)[0].astype(int)
    if mode == "1":
        assert set(np.unique(pixels)) <= {0, 255}
    else:
        assert np.abs(pixels - smooth).max() <= (12 if mode == "CMYK" else 1)


def test_transparent_stands_on_white_beside_its_opacity(tmp_path):
    opacity = RNG.integers(0, 256, (14, 10, 1), np.uint8)
    path = save(np.concatenate([COLOUR, opacity], axis=2), tmp_path / "t.png")
    share = opacity / 255
    on_white = np.rint(share * COLOUR + (1 - share) * 255).transpose(2, 0, 1)
    kind = fitted(path)
    np.testing.assert_allclose(one(kind, path), np.concatenate([on_white, opacity.transpose(2, 0, 1)]), atol=1)
    opaque = one(kind, save(COLOUR, tmp_path / "c.png"))
    np.testing.assert_array_equal(opaque[3], np.full((14, 10), 255))
    without = one(fitted(tmp_path / "c.png"), path)
    np.testing.assert_allclose(without, on_white, atol=1)


def test_the_side_of_a_photograph_that_is_up(tmp_path):
    tags = Image.Exif()
    tags[0x0112] = 6  # turned by a quarter
    Image.fromarray(GREY).save(tmp_path / "turned.png", exif=tags)
    plain = save(np.rot90(GREY, -1), tmp_path / "plain.png")
    np.testing.assert_array_equal(one(fitted(plain), tmp_path / "turned.png"), one(fitted(plain), plain))


@pytest.mark.parametrize("size", [(1, 1), (1, 63), (63, 2), (1021, 13), (300, 401)])
def test_any_size_gets_the_shape_of_the_training_part(tmp_path, size):
    kind = fitted(*(save(COLOUR, tmp_path / f"{i}.png") for i in range(3)))
    assert (kind.height, kind.width) == (14, 10)
    flat = np.full((*size, 3), 77, np.uint8)
    np.testing.assert_array_equal(one(kind, save(flat, tmp_path / "odd.png")), np.full((3, 14, 10), 77))


def test_large_pictures_are_made_smaller_and_keep_their_form(tmp_path):
    large = save(np.zeros((300, 100, 3), np.uint8), tmp_path / "large.png")
    assert (fitted(large).height, fitted(large).width) == (64, 21)
    assert (fitted(large, picture_size=12).height, fitted(large, picture_size=12).width) == (12, 4)


def test_the_training_part_is_standardised(tmp_path):
    paths = [save(square("red", "left", i), tmp_path / f"{i}.png") for i in range(5)]
    kind = fitted(*paths)
    batch = tensors_of(kind.collate(kind.encode(list(map(str, paths))))).float()
    encoder: Any = encoder_of(kind, Settings())
    encoder.eval()
    standardised = encoder.standardise(batch)
    torch.testing.assert_close(standardised.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(standardised.std((0, 2, 3)), torch.ones(3), atol=1e-4, rtol=0)


def test_a_saved_field_reads_pictures_alike(tmp_path):
    path = save(COLOUR, tmp_path / "c.png")
    for kind in (fitted(path), fitted(path, rows=True)):
        again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
        assert isinstance(again, ImageKind)
        np.testing.assert_array_equal(one(again, path), one(kind, path))
        assert again.steps(str(path)) == kind.steps(str(path)) == (14 if kind.rows else 1)


def test_summaries_are_small_and_keep_the_mean(tmp_path):
    path = save(RNG.integers(0, 256, (60, 48), np.uint8), tmp_path / "s.png")
    kind = fitted(path)
    (summary,) = kind.summaries(kind.encode([str(path)]))
    assert summary.shape == (144,)
    assert summary.mean() == pytest.approx(one(kind, path).mean(), abs=0.1)


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
def test_a_picture_that_is_cut_off(tmp_path, suffix):
    good = save(RNG.integers(0, 256, (60, 60, 3), np.uint8), tmp_path / f"good.{suffix}")
    for share in (0.5, 0.95):
        content = good.read_bytes()
        (tmp_path / f"cut.{suffix}").write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataFileError, match=rf"cut\.{suffix}: is damaged or cut off .* Fetch it again"):
            fitted(good).encode([str(tmp_path / f"cut.{suffix}")])


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"GIF89a", bytes(1000)])
def test_a_picture_that_is_none(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataFileError, match=r"x\.png: (isn't a picture|is damaged)"):
        fitted(save(GREY, tmp_path / "g.png")).encode([str(tmp_path / "x.png")])


def test_a_picture_that_is_not_there_or_not_named(tmp_path):
    kind = fitted(save(GREY, tmp_path / "grey.png"))
    with pytest.raises(DataFileError, match=r"gray\.png: no such file\. Did you mean grey\.png"):
        kind.encode([str(tmp_path / "gray.png")])
    for cell in (None, "", " "):
        with pytest.raises(TaskError, match="row 2 names no picture"):
            kind.encode([str(tmp_path / "grey.png"), cell])


def test_fifty_megapixels_are_read_and_a_bomb_is_not(tmp_path, recwarn):
    kind = fitted(save(GREY, tmp_path / "g.png"))
    Image.new("1", (7_100, 7_100)).save(tmp_path / "large.png")
    np.testing.assert_array_equal(one(kind, tmp_path / "large.png"), np.zeros((1, 14, 10)))
    for side in (10_001, 20_000):
        (tmp_path / "bomb.png").write_bytes(head_of_png(side))
        with pytest.raises(DataFileError, match=r"bomb\.png: has more than 100 megapixels"):
            kind.encode([str(tmp_path / "bomb.png")])
    assert not recwarn.list


def head_of_png(side: int) -> bytes:
    """The beginning of a PNG file that says how large it is."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0), b"IDAT")
    framed = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    path = save(GREY, tmp_path / "g.png")
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ExtraMissingError, match=r'pip install "elman\[image\]"') as caught:
        fitted(path)
    assert isinstance(caught.value, ElmanError)


# -- memory -----------------------------------------------------------------------------------


def test_decoded_files_are_held_within_bounds(tmp_path):
    decoded: list[str] = []

    def decode(path):
        decoded.append(path.name)
        return np.zeros(100, np.uint8)

    paths = [tmp_path / name for name in "abcd"]
    for path in paths:
        path.touch()
    files = Decoded(decode, room=250)
    for name in "abacabd":
        files[str(tmp_path / name)]
        assert files.held == 100 * len(files.arrays) <= 250
    assert decoded == ["a", "b", "c", "b", "d"]  # the one not used for longest goes first


def test_what_is_asked_for_again_is_decoded_twice_at_most(tmp_path, monkeypatch):
    decoded: list[str] = []

    def decode(path):
        decoded.append(path.name)
        number = float(ord(path.name))
        return np.full((3, ord(path.name) % 5), number, np.float16)  # of "d", nothing

    for name in "abcd":
        (tmp_path / name).touch()
    files = Decoded(decode, room=0)
    for _ in range(4):
        for name in "abcd":
            again = files[str(tmp_path / name)]
            assert again.dtype == np.float16 and again.shape == (3, ord(name) % 5) and (again == ord(name)).all()
    assert decoded == [*"abcdabcd"] and files.held == 0
    monkeypatch.setattr("elman.kinds.files.DISK", 2 * 3 * (2 + 3))
    crowded = Decoded(decode, room=0)
    decoded.clear()
    for _ in range(4):
        for name in "abcd":
            assert (crowded[str(tmp_path / name)] == ord(name)).all()
    assert decoded.count("a") == 2 and decoded.count("c") in (2, 4) and crowded.disk_cache.end <= 2 * 3 * (2 + 3)


def test_spread_takes_from_throughout():
    assert spread(range(10), 5) == [0, 2, 4, 6, 8]
    assert spread("abc", 5) == ["a", "b", "c"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_of_a_camera_held_upright_keep_their_form(tmp_path, orientation):
    """Pillow's own turning is the oracle."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    wide = np.kron(np.random.default_rng(0).integers(0, 256, (2, 3, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
    Image.fromarray(wide).save(tmp_path / "x.png", exif=exif)
    with Image.open(tmp_path / "x.png") as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    kind = fitted(tmp_path / "x.png")
    assert kind.shape == (3, *expected.shape[:2])
    np.testing.assert_array_equal(kind.collate(kind.encode([str(tmp_path / "x.png")]))[0], expected.transpose(2, 0, 1))


def test_broken_exif_data_turn_nothing(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOUR).save(tmp_path / "x.jpg", exif=exif)
    data = bytearray((tmp_path / "x.jpg").read_bytes())
    data[26:40] = b"\xff" * 14
    (tmp_path / "y.jpg").write_bytes(data)
    assert fitted(tmp_path / "y.jpg").shape[1:] == COLOUR.shape[:2]


def test_animated_pictures_are_their_first_frame(tmp_path):
    frames = [Image.fromarray(np.full((8, 8), grey, np.uint8)) for grey in (40, 200)]
    for suffix in (".gif", ".png", ".webp"):
        path = tmp_path / f"x{suffix}"
        options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
        frames[0].save(path, save_all=True, append_images=frames[1:], **options)
        kind = fitted(path)
        assert kind.collate(kind.encode([str(path)])).tolist() == [[[[40] * 8] * 8]], suffix


def test_an_empty_file_says_so(tmp_path):
    (tmp_path / "x.png").write_bytes(b"")
    with pytest.raises(DataFileError, match=r"x\.png: isn't a picture, but empty"):
        fitted(tmp_path / "x.png")


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_greys_of_a_camera_fill_the_range_that_it_has(tmp_path, bits):
    """Whatever it has of the 16 bits of a file; a picture by itself doesn't decide what is white."""
    light = RNG.integers(0, 1 << bits, (14, 10), np.uint16)
    light[0, 0] = (1 << bits) - 1
    paths = [tmp_path / f"{name}.png" for name in ("light", "dark", "over")]
    for path, grey in zip(paths, (light, light // 3, np.full_like(light, 65_535)), strict=True):
        Image.fromarray(grey).save(path)
    kind = fitted(*paths[:2])
    kept = kinds.from_json(kinds.to_json(kind))
    assert isinstance(kept, ImageKind)
    for own in (kind, kept):
        for path, grey in zip(paths, (light, light // 3, np.full_like(light, (1 << bits) - 1)), strict=True):
            np.testing.assert_array_equal(one(own, path)[0], np.rint(grey / ((1 << bits) - 1) * 255))
    eight = save(GREY, tmp_path / "eight.png")
    np.testing.assert_array_equal(one(kind, eight)[0], GREY)


def test_a_photograph_of_a_telephone_is_its_first_picture(tmp_path):
    """MPO: a JPEG behind which others stand, as telephones write with a map of depths."""
    large = Image.fromarray(np.kron(COLOUR, np.ones((8, 8, 1), np.uint8)))
    large.save(tmp_path / "one.jpg", quality=95)
    large.save(tmp_path / "x.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", large.size)], quality=95)
    kind = fitted(tmp_path / "one.jpg")
    difference = one(kind, tmp_path / "x.jpg").astype(int) - one(kind, tmp_path / "one.jpg")
    assert np.abs(difference).mean() < 3


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_palette_has_a_colour_that_is_transparent(tmp_path, suffix):
    flat = Image.fromarray(np.kron([[0, 1], [2, 3]], np.ones((8, 8))).astype(np.uint8)).convert("P")
    flat.putpalette([250, 0, 0, 0, 250, 0, 0, 0, 250, 9, 9, 9])
    flat.save(tmp_path / f"x.{suffix}", transparency=1)
    shown = one(fitted(tmp_path / f"x.{suffix}"), tmp_path / f"x.{suffix}")[:, 4::8, 4::8]
    expected = [[[250, 255], [0, 9]], [[0, 255], [0, 9]], [[0, 255], [250, 9]], [[255, 0], [255, 255]]]
    np.testing.assert_array_equal(shown, expected)
