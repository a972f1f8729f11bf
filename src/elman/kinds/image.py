# pyright: strict
"""Pictures: any mode and size in, all of one shape out."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataFileError, ElmanError, TaskError
from elman.extras import needed
from elman.frames import PICTURES
from elman.kinds.files import Decoded, faults_of, paths_of, spread
from elman.kinds.naming import FileKind
from elman.kinds.statistics import VectorFeatures
from elman.paths import existing_file

if TYPE_CHECKING:
    from PIL.Image import Image

    from elman.kinds.column import Cell, Profile
    from elman.settings import Settings

LEAST_BITS, MOST_BITS = 8, 16
"""Of greys that are read as deep ones."""
LONGEST_SIDE = 64
"""Pictures are made no larger than this, unless ``picture_size`` says so."""
MOST_PIXELS = 4096
"""Of a side, at most."""
NARROWEST = 2
"""Pixels of a side at least: of a batch of one pixel there is no deviation to normalise by."""
LOOKED_AT = 500
"""Training pictures that shape, colours and scale are learned from."""
NOISE = 8
"""Differences of colour or opacity, of 255, that come from rounding and compression."""
MEGAPIXELS = 100
BROKEN = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, RuntimeError),
    *(ArithmeticError, MemoryError, struct.error, zlib.error),
)
"""What Pillow raises for damaged files."""
ORIENTATION, QUARTER_TURNS = 0x0112, (5, 6, 7, 8)
"""The tag of EXIF data that says how a camera was held, and its values for upright."""
SUMMARY_SIDE = 12


class ImageKind(FileKind):
    """A path to a picture; encoded it stays a path, and is decoded when a batch needs it.

    All pictures get the shape ``[channels, height, width]`` of the training part: the median size, scaled down to
    ``picture_size`` pixels on the longer side; grey or red, green and blue; and, where some are transparent, how
    opaque they are. What is transparent stands on white. White is the lightest grey of the ``bits`` that the training
    part needs, where it has deep ones: cameras of 12 bits fill no more of a file's 16.
    """

    name = "image"
    example = "picture.png"
    is_value = makes_clips = True
    suffixes = PICTURES
    files_are, one_is = "pictures", "picture"
    pictured = True
    usual_inputs = frozenset({"image", "picture", "photo"})
    row_by_row = True
    uses = frozenset({"picture_size"})
    decodes = True
    mixed = True

    @classmethod
    def remark(cls, profile: Profile, cells: Sequence[Cell]) -> str:
        return "a picture is one value: what is learned is read off it as a whole"

    def __init__(self, picture_size: int = 0, *, rows: bool = False):
        """``rows``: as an input, a sequence of rows of pixels instead of one value."""
        self.picture_size, self.rows = picture_size, rows
        self.bits = MOST_BITS
        self.pictures = Decoded(self._decode)

    # -- fitting ------------------------------------------------------------------------------

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return faults_of(cells, "picture", lambda cell: decode_small(existing_file(str(cell))))

    def fit(self, cells: Sequence[Any]) -> None:
        looked_at = [existing_file(path) for path in spread(paths_of(cells, "picture"), LOOKED_AT)]
        self.height, self.width = self._shape([size_of(path) for path in looked_at])
        self.coloured, self.transparent, self.bits = True, True, max(map(bits_of, looked_at)) or MOST_BITS
        full = np.stack([self._decode(path) for path in looked_at]).astype(np.float32)
        red, green, blue, opaque = np.moveaxis(full, 1, 0)
        self.coloured = bool(max(np.abs(red - green).max(), np.abs(green - blue).max()) > NOISE)
        self.transparent = bool(opaque.min() < 255 - NOISE)
        kept = full[:, ([0, 1, 2] if self.coloured else [0]) + [3] * self.transparent]
        self.mean = kept.mean((0, 2, 3), dtype=np.float64).tolist()
        self.scale = np.maximum(kept.std((0, 2, 3), dtype=np.float64, ddof=1), 1.0).tolist()

    def _shape(self, sizes: list[tuple[int, int]]) -> tuple[int, int]:
        width, height = (float(median(side)) for side in zip(*sizes, strict=True))
        longest = self.picture_size or min(LONGEST_SIDE, max(width, height))
        if longest > MOST_PIXELS:
            raise TaskError(
                f"pictures of {longest:,} pixels are too large; pass --set picture_size={MOST_PIXELS} at most"
            )
        factor = longest / max(width, height)
        return max(NARROWEST, round(factor * height)), max(NARROWEST, round(factor * width))

    @property
    def channels(self) -> int:
        return (3 if self.coloured else 1) + self.transparent

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of each picture in a batch: channels, height, width."""
        return self.channels, self.height, self.width

    # -- encoding -----------------------------------------------------------------------------

    def encode(self, cells: Sequence[Any]) -> list[str]:
        """Paths, each of a picture that could be decoded. Raises DataFileError for the first that can't."""
        paths = paths_of(cells, "picture")
        for path in paths:
            self.pictures[path]
        return paths

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.picture_size, rows=settings.picture_rows)

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("linear", "a linear model on pixels")

    def steps(self, encoded: str) -> int:
        return self.height if self.rows else 1

    def collate(self, encoded: Sequence[str]) -> NDArray[np.uint8]:
        """``[B, channels, height, width]``"""
        pictures = [self.pictures[path] for path in encoded]
        return np.stack(pictures) if pictures else np.zeros((0, *self.shape), np.uint8)

    def _decode(self, path: Path) -> NDArray[np.uint8]:
        with open_picture(path) as picture:
            picture.draft(None, (2 * self.width, 2 * self.height))  # a JPEG can be decoded smaller, which is faster
            pixels = decode(picture, path, self.width, self.height, self.bits)
        colours, opacity = pixels[:3], pixels[3:]
        kept = [colours if self.coloured else luma(colours)] + [opacity] * self.transparent
        return np.concatenate(kept)

    def summaries(self, encoded: Sequence[str]) -> NDArray[np.float32]:
        """``[n, F]``: each picture at most 12 x 12 pixels small, which is what linear models see of it."""
        side = min(SUMMARY_SIDE, self.height), min(SUMMARY_SIDE, self.width)
        size = self.channels * side[0] * side[1]
        small = [shrunk(self.pictures[path], *side).reshape(size) for path in encoded]
        return np.array(small, np.float32).reshape(len(small), size)

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        names = ("picture_size", "rows", "height", "width", "coloured", "transparent", "bits", "mean", "scale")
        return {name: getattr(self, name) for name in names}

    def load_state(self, state: dict[str, Any]) -> None:
        self.picture_size, self.rows = int(state["picture_size"]), bool(state["rows"])
        self.height, self.width = int(state["height"]), int(state["width"])
        self.coloured, self.transparent = bool(state["coloured"]), bool(state["transparent"])
        self.bits = int(state["bits"])
        self.mean, self.scale = ([float(number) for number in state[name]] for name in ("mean", "scale"))
        sizes = len(self.mean), len(self.scale)
        if not LEAST_BITS <= self.bits <= MOST_BITS:
            raise ValueError(f"pictures of {self.bits} bits can't be")
        if sizes != (self.channels,) * 2 or not all(1 <= side <= MOST_PIXELS for side in (self.height, self.width)):
            raise ValueError(f"pictures of {self.height} x {self.width} pixels, {sizes[0]} channels, can't be")


# -- files ------------------------------------------------------------------------------------


def open_picture(path: Path) -> Image:
    """The picture of a file, of which no more than its head was read. Raises DataFileError."""
    images = needed("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", images.DecompressionBombWarning)  # there is one limit, below
            picture = images.open(path)
    except images.DecompressionBombError:
        raise too_large(path) from None
    except images.UnidentifiedImageError:
        what = "isn't a picture that can be read" if path.stat().st_size else "isn't a picture, but empty"
        raise DataFileError(
            f"{what}. Expected PNG, JPEG, BMP, GIF or WebP: save it as one, or leave it out.", path
        ) from None
    except BROKEN as problem:
        raise damaged(path, problem) from problem
    if picture.width * picture.height > MEGAPIXELS * 1_000_000:
        picture.close()
        raise too_large(path)
    return picture


def too_large(path: Path) -> DataFileError:
    return DataFileError(f"has more than {MEGAPIXELS} megapixels, too many to decode safely. Make it smaller.", path)


def damaged(path: Path, problem: Exception) -> DataFileError:
    why = str(problem) or type(problem).__name__
    return DataFileError(f"is damaged or cut off ({why}). Fetch it again, or leave it out.", path)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height as the picture is seen, from the head of the file."""
    with open_picture(path) as picture:
        width, height = picture.size
        return (height, width) if is_on_its_side(picture) else (width, height)


def is_on_its_side(picture: Image) -> bool:
    """Whether it is to be turned by a quarter, as its EXIF data say."""
    try:
        return picture.getexif().get(ORIENTATION) in QUARTER_TURNS
    except BROKEN:  # broken EXIF data say nothing
        return False


def bits_of(path: Path) -> int:
    """How many bits its lightest grey needs, where it has more than 8; else 0. Raises DataFileError."""
    with open_picture(path) as picture:
        if not is_deep(picture):
            return 0
        try:
            lightest = int(np.asarray(picture).max())
        except BROKEN as problem:
            raise damaged(path, problem) from problem
    return min(MOST_BITS, max(LEAST_BITS, lightest.bit_length()))


def is_deep(picture: Image) -> bool:
    """Whether its greys have more than 8 bits, of which Pillow's own conversion would cut off what is above 255."""
    return picture.mode.startswith("I")


def upright(picture: Image, bits: int) -> Image:
    """Turned as its EXIF data say; greys of so many bits as ones of 8."""
    images, operations = needed("PIL.Image"), needed("PIL.ImageOps")
    turned = operations.exif_transpose(picture)
    if not is_deep(turned):
        return turned
    white = (1 << bits) - 1
    return images.fromarray((np.asarray(turned).clip(0, white) * (255 / white)).round().astype(np.uint8))


def decode(picture: Image, path: Path, width: int, height: int, bits: int) -> NDArray[np.uint8]:
    """``[4, height, width]``: red, green, blue (on white) and opacity, from 0 to 255; turned as its EXIF data say."""
    images = needed("PIL.Image")
    try:
        turned = upright(picture, bits)
        mode = "RGBA" if turned.has_transparency_data else "RGB"
        small = turned.convert(mode).resize((width, height), images.Resampling.BICUBIC, reducing_gap=2.0)
    except BROKEN as problem:
        raise damaged(path, problem) from problem
    pixels = np.asarray(small).transpose(2, 0, 1)
    if mode == "RGB":
        return np.concatenate([pixels, np.full((1, height, width), 255, np.uint8)])
    share = pixels[3:] / 255
    shown = share * pixels[:3] + (1 - share) * 255
    return np.concatenate([np.rint(shown).astype(np.uint8), pixels[3:]])


def decode_small(path: Path) -> NDArray[np.uint8]:
    """A picture decoded whole, which finds what is damaged, and kept small. Raises DataFileError."""
    with open_picture(path) as picture:
        picture.draft(None, (NARROWEST, NARROWEST))
        return decode(picture, path, NARROWEST, NARROWEST, MOST_BITS)


def luma(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red, green and blue ``[3, H, W]`` as grey ``[1, H, W]`` (ITU-R BT.601, as Pillow does)."""
    return np.rint(np.tensordot([0.299, 0.587, 0.114], colours, 1)).astype(np.uint8)[None]


def shrunk(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float64]:
    """``[C, H, W] -> [C, height, width]``: means of blocks of pixels, all as large as can be."""
    return block_means(block_means(pixels, height, axis=1), width, axis=2)


def block_means(values: NDArray[Any], blocks: int, axis: int) -> NDArray[np.float64]:
    """Means over ``blocks`` stretches along an axis; where it can't be divided evenly, neighbours share an element."""
    size = values.shape[axis]
    starts: NDArray[np.int64] = np.arange(blocks) * size // blocks
    ends: NDArray[np.int64] = -(-np.arange(1, blocks + 1) * size // blocks)
    sums: NDArray[np.float64] = np.insert(np.cumsum(values, axis, dtype=np.float64), 0, 0.0, axis)
    shape = [1] * values.ndim
    shape[axis] = blocks
    totals: NDArray[np.float64] = sums.take(ends, axis) - sums.take(starts, axis)
    return totals / (ends - starts).reshape(shape)
