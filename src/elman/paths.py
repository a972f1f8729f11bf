"""Paths that people name: something is there, or an error says what is there instead."""

from __future__ import annotations

import difflib
from pathlib import Path

from elman.errors import DataFileError


def existing(path: str | Path) -> Path:
    """The path, if there is something; else a DataFileError with the nearest names beside it."""
    path = Path(path)
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise DataFileError(f"isn't a usable file name ({error}).", repr(str(path))) from error
    if not found:
        folder = path.parent
        beside = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        near = difflib.get_close_matches(path.name, beside, n=3)
        if not folder.is_dir():
            hint = f"There is no folder {str(folder)!r} either."
        else:
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Nothing in {folder} is named like it."
        raise DataFileError(f"no such file. {hint}", path)
    return path


def existing_file(path: str | Path) -> Path:
    """The path, if it is a file's; else a DataFileError."""
    path = existing(path)
    if not path.is_file():
        raise DataFileError("is a folder. Expected a file.", path)
    return path
