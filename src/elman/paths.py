# pyright: strict
"""Paths that people name: something is there, or an error says what else is; and writing whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from elman.errors import DataFileError, similar

MODEL_RECORD = "elman.json"
"""By this file in it a folder is a saved model."""


def is_model(folder: Path) -> bool:
    """Whether a saved model is there, whole or not."""
    return (folder / MODEL_RECORD).is_file()


def is_path(thing: object) -> bool:
    """Whether ``thing`` names a file or folder that is there."""
    try:
        return isinstance(thing, str | Path) and Path(thing).exists()
    except (OSError, ValueError):  # a text too long, or with signs, that no file's name can have
        return False


def existing(path: str | Path) -> Path:
    """The path, if a file or a folder is there; else a DataFileError, with the nearest names beside it.

    A pipe gives what it holds but once, a device perhaps without end, and whoever opens one may wait for ever."""
    path = Path(path)
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise DataFileError(f"isn't a usable file name ({error}).", repr(str(path))) from error
    if not found and path.is_symlink():
        raise DataFileError(f"is a link to {os.readlink(path)!r}, which isn't there. Mend or remove the link.", path)
    if not found:
        folder = path.parent
        beside = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        near = similar(path.name, beside, 3)
        if not folder.is_dir():
            hint = f"There is no folder {str(folder)!r} either."
        else:
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Nothing in {folder} is named like it."
        raise DataFileError(f"no such file. {hint}", path)
    if not (path.is_file() or path.is_dir()):
        raise DataFileError(
            "is a pipe or a device, neither a file nor a folder. Write what it gives to a file, and pass that.", path
        )
    return path


def existing_file(path: str | Path) -> Path:
    """The path, if it is a file's; else a DataFileError."""
    path = existing(path)
    if not path.is_file():
        raise DataFileError("is a folder. Expected a file.", path)
    return path


def beside(path: Path) -> Path:
    """Where a file or folder is written before it takes the name ``path``."""
    path = Path(os.path.abspath(path))  # "." has no name to put something beside
    return path.with_name(path.name + ".part")


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """A place beside ``path`` to write a file or folder to; it takes that name once it is whole, or nothing is left.

    A file that was there is replaced, and so is an empty folder; the folders that it is to stand in are made. Raises
    OSError as writing and renaming do.
    """
    part = beside(path)
    part.parent.mkdir(parents=True, exist_ok=True)
    _remove(part)  # of an earlier attempt that was killed
    try:
        yield part
        if part.is_dir() and path.is_dir():
            path.rmdir()  # Windows renames to no folder that is there, even if it is empty
        os.replace(part, path)
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    if part.is_dir():
        import shutil  # which brings compression, where a model is only read

        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


@contextmanager
def unchanged(paths: Iterable[str | Path]) -> Generator[None]:
    """Raises DataFileError for a file that changed meanwhile: what was read of it would be neither what it was nor what
    it is."""
    before = {path: stamp(path) for path in map(Path, paths) if is_path(path) and path.is_file()}
    yield
    for path, was in before.items():
        if stamp(path) != was:
            raise DataFileError(
                "changed while it was read. Begin again once it is written, or pass a copy of it.", path
            )


def stamp(path: Path) -> tuple[int, int] | None:
    """What differs where a file was written to: its size and when that was; None where it is no more."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return about.st_size, about.st_mtime_ns
