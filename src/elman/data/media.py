"""Files that cells name: pictures, recordings and tunes, told by their extensions; and clips, folders of frames."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Literal

from elman.errors import DataFileError
from elman.frames import PICTURES, frames_of

Medium = Literal["image", "audio", "frames", "notes"]

SUFFIXES: dict[Medium, frozenset[str]] = {
    "image": PICTURES,
    "audio": frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff"}),
    "notes": frozenset({".mid", ".midi"}),
}


def medium_of(name: object) -> Medium | None:
    """What a file of this name or path holds; None where it is none of these.

    A name with a slash at its end is a folder's, and a list of pictures stands for one: the frames of a clip.
    """
    if isinstance(name, list):
        return "frames" if common_medium(name) == "image" else None
    if str(name).endswith("/"):
        return "frames"
    _, dot, end = str(name).rpartition(".")
    suffix = dot + end.lower()
    return next((medium for medium, suffixes in SUFFIXES.items() if suffix in suffixes), None)


def common_medium(names: Iterable[object]) -> Medium | None:
    """What all of these name; None where they differ, or one of them names no such file."""
    first: Medium | None = None
    for name in names:
        medium = medium_of(name) if isinstance(name, str | list) else None
        if medium is None or medium != (first := first or medium):
            return None
    return first


def contents(cells: Iterable[str | list[str]]) -> dict[str, Hashable]:
    """What tells whether two files or clips hold the same: {path: key}, of those that are there.

    Only those of the same size are read.
    """
    paths = {path for cell in cells for path in ([cell] if isinstance(cell, str) else cell)}
    files = {path: there for path in paths if (there := files_of(path))}
    sizes = {path: tuple(Path(file).stat().st_size for file in there) for path, there in files.items()}
    shared = Counter(sizes.values())
    return {path: (size, tuple(map(digest, files[path])) if shared[size] > 1 else path) for path, size in sizes.items()}


def files_of(path: str) -> list[str]:
    """The file itself, or a clip's frames; none where none are there."""
    if Path(path).is_file():
        return [path]
    try:
        return frames_of(path)
    except DataFileError:  # said when the clip is to be read
        return []


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
