# pyright: strict
"""Clips: a folder of pictures, one for each moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from elman.errors import DataFileError, TaskError

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})


def frames_of(clip: str | Sequence[str]) -> list[str]:
    """The frames of a clip in their order: the pictures of a folder, hidden ones left out; or the paths as listed.

    Names are in order where their numbers are: ``frame9.png`` stands before ``frame10.png``. Raises DataFileError for
    a folder that isn't there, or holds no picture; TaskError for a list of none.
    """
    if not isinstance(clip, str):
        if not clip:
            raise TaskError("a clip lists no frame: there is nothing to see. Leave it out.")
        return list(clip)
    folder = Path(clip)
    if not folder.is_dir():
        raise DataFileError("no such folder. Expected one that holds a clip's frames as pictures.", clip)
    found = [item for item in folder.iterdir() if item.suffix.lower() in PICTURES and not item.name.startswith(".")]
    if not found:
        raise DataFileError("holds no picture, so the clip has no frames. Add them, or leave the clip out.", clip)
    return [str(path) for path in sorted(found, key=lambda path: in_order(path.name))]


def in_order(name: str) -> tuple[list[tuple[str, int]], str]:
    """What names are sorted by: letters as they are, runs of digits by their value."""
    return [(letters, int(digits or 0)) for letters, digits in re.findall(r"(\D*)(\d*)", name)], name
