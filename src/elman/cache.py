# pyright: strict
"""Where data lie that are too large for memory: files in one folder, which only their owner may read."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from elman.errors import DataFileError

WHERE = "ELMAN_CACHE"
"""The variable of the environment that names the folder."""


def folder() -> Path:
    """The folder, made for its owner alone where it isn't there: what ``ELMAN_CACHE`` says, else where the platform
    keeps what can be made again."""
    said = os.environ.get(WHERE)
    path = Path(said).expanduser() if said else usual_folder() / "elman"
    with naming_room():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def usual_folder() -> Path:
    """Where programs of this platform keep what can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def new_file() -> IO[bytes]:
    """A file that has no name, so that nobody else can read it, and that is gone when it is closed, or the program
    ends, however it ends. (Windows names it, and deletes it then.)"""
    import tempfile  # which loading a model needn't import

    with naming_room():
        return tempfile.TemporaryFile(dir=folder())


@contextmanager
def naming_room() -> Generator[None]:
    """Raises DataFileError, which says what to do, where the folder can't be written to, or the disk is full."""
    try:
        yield
    except OSError as error:
        path = os.environ.get(WHERE) or str(usual_folder() / "elman")
        full = error.errno in (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else error.errno == errno.ENOSPC
        what = "has no room left for data that are too large for memory" if full else f"can't be written to ({error})"
        raise DataFileError(f"{what}. Name a folder on a disk with room by --cache DIR, or {WHERE}.", path) from error
