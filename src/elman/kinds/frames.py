# pyright: strict
"""Clips: sequences of pictures, each seen as a picture by itself is, for the recurrence to put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataFileError, ElmanError
from elman.frames import frames_of
from elman.kinds.column import is_list
from elman.kinds.files import faults_of, paths_of
from elman.kinds.image import ImageKind, decode_small, size_of
from elman.kinds.naming import FileKind
from elman.kinds.statistics import VectorFeatures
from elman.paths import existing_file
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.column import Cell, Column, Profile
    from elman.settings import Settings


class FramesKind(FileKind):
    """A folder of pictures in the order of their names, or a list of pictures; its elements are frames.

    Encoded, a clip is the paths of its frames, and each of them is decoded when a batch needs it, so that neither the
    clips nor a single one need fit in memory. All frames of all clips get one shape, as an ``ImageKind`` has it.
    """

    name = "frames"
    example = "clips/1"
    words_may_name_elements = True
    files_are, one_is = "clips", "clip"
    pictured = True
    element = "frame"
    usual_inputs = frozenset({"clip", "video", "frames"})

    @classmethod
    def is_named(cls, name: object) -> bool:
        """A name with a slash at its end is a folder's, and a list of pictures stands for one."""
        if is_list(name):
            return bool(name) and all(map(ImageKind.is_named, name))
        return str(name).endswith("/")

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.holds_lists:
            return super().recognises(column)
        named = column.values and all(map(ImageKind.is_named, column.values))
        return column.profile(cls) if named else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        first = PurePath(str(profile.top[0][0])).name
        return f"{profile.filled:,} clips, a picture for each moment ({first}, ...)"

    @classmethod
    def files(cls, cell: Cell) -> list[str]:
        return list(cell) if is_list(cell) else [str(cell)]

    @classmethod
    def contents(cls, cell: Cell) -> list[str]:
        """The frames of a clip; none where some aren't there."""
        if is_list(cell):
            return cell if all(Path(path).is_file() for path in cell) else []
        try:
            return frames_of(str(cell))
        except DataFileError:  # said when the clip is to be read
            return []

    @classmethod
    def count(cls, cell: Cell) -> int:
        return len(cell) if is_list(cell) else len(cls.contents(cell)) if cell else 0

    uses = frozenset({"picture_size"})
    decodes = True
    mixed = True

    def __init__(self, picture_size: int = 0):
        self.pictures = ImageKind(picture_size)

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return faults_of(
            cells, "clip", lambda cell: [decode_small(Path(frame)) for frame in of_one_size(frames_in(cell))]
        )

    def fit(self, cells: Sequence[Any]) -> None:
        self.pictures.fit([frame for clip in clips_of(cells) for frame in clip])

    def encode(self, cells: Sequence[Any]) -> list[list[str]]:
        """The frames of each clip, all of one size within it, and each of them a picture that could be decoded.

        Raises DataFileError for the first folder or frame that isn't so.
        """
        return [self.pictures.encode(of_one_size(clip)) for clip in clips_of(cells)]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.picture_size)

    def elements_in(self, cell: Any) -> list[str]:
        return [Path(frame).name for frame in frames_in(cell)]

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("order_free", "averaging over the frames")

    def steps(self, encoded: list[str]) -> int:
        return len(encoded)

    def cut(self, encoded: list[str], steps: int) -> list[str]:
        return encoded[-steps:]

    def collate(self, encoded: Sequence[list[str]]) -> Sequences:
        """``[N, channels, height, width]`` uint8."""
        return Sequences.of([self.pictures.collate(clip) for clip in encoded], self.pictures.collate([]))

    def linear_elements(self, cells: Sequence[Any]) -> list[Any]:
        return self.each(self.encode(cells))

    def summaries(self, encoded: Sequence[list[str]]) -> NDArray[np.float32]:
        """``[n, 2 * F]``: mean and deviation over time of a picture's summary, which say nothing of order."""
        size = 2 * self.pictures.summaries([]).shape[1]
        figures = [np.concatenate([frames.mean(0), frames.std(0)]) for frames in self.each(encoded)]
        return np.array(figures, np.float32).reshape(len(figures), size)

    def each(self, encoded: Sequence[list[str]]) -> list[NDArray[np.float32]]:
        """For each clip ``[T, F]``: its frames as linear models see pictures."""
        return [self.pictures.summaries(clip) for clip in encoded]

    def state(self) -> dict[str, Any]:
        return self.pictures.state()

    def load_state(self, state: dict[str, Any]) -> None:
        self.pictures.load_state(state)


def clips_of(cells: Sequence[Any]) -> list[list[str]]:
    """The frames of each cell. Raises TaskError for a missing cell, DataFileError for a clip without frames."""
    paths_of(cells, "clip")
    return [frames_in(cell) for cell in cells]


def frames_in(cell: Any) -> list[str]:
    """The frames of a cell, a folder or a list of pictures."""
    return frames_of(cell if is_list(cell) else str(cell))


def of_one_size(frames: list[str]) -> list[str]:
    """The frames of a clip. Raises DataFileError for the first that isn't as large as the first of all."""
    width, height = size_of(existing_file(frames[0]))
    for path in frames[1:]:
        if (size := size_of(existing_file(path))) != (width, height):
            raise DataFileError(
                f"is {size[0]} x {size[1]} pixels large, but {Path(frames[0]).name}, the clip's first frame, "
                f"{width} x {height}. Make them alike, or leave the clip out.",
                path,
            )
    return frames
