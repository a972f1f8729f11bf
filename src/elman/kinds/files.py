# pyright: strict
"""Columns that name files: decoded when a batch needs them, so that they need not fit in memory."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataFileError, ElmanError, TaskError
from elman.paths import existing_file

ROOM = 1 << 28
"""Bytes of decoded files that stay in memory, for each column."""
DISK = 1 << 33
"""Bytes of decoded files that may lie in a temporary file, for each column; no more than a quarter of what is free."""
LARGE = Path("/var/tmp")
"""Where large temporary files belong, if there is such a folder: others may lie in memory."""


class Decoded:
    """Files by path, decoded on demand. The latest used stay in memory, ``room`` bytes of them.

    What had to go and is asked for again is also written to a temporary file, from which it is had far sooner than by
    decoding it anew. So a folder larger than memory is decoded twice in all, and what is read once leaves nothing.
    A batch may be made ready in one thread while another measures.
    """

    def __init__(self, decode: Callable[[Path], NDArray[Any]], room: int = ROOM):
        self.decode, self.room = decode, room
        self.arrays: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self.held = 0
        self.gone: set[str] = set()
        self.disk_cache = DiskCache()
        self.lock = threading.Lock()

    def __getitem__(self, path: str) -> NDArray[Any]:
        with self.lock:
            if path in self.arrays:
                self.arrays.move_to_end(path)
                return self.arrays[path]
            if path in self.disk_cache:
                return self.disk_cache[path]
        decoded = self.decode(existing_file(path))
        with self.lock:
            self._keep(path, decoded)
        return decoded

    def _keep(self, path: str, decoded: NDArray[Any]) -> None:
        if path in self.gone:
            self.disk_cache.put(path, decoded)
        if path not in self.arrays:
            self.arrays[path] = decoded
            self.held += decoded.nbytes
        while self.held > self.room:
            oldest, array = self.arrays.popitem(last=False)
            self.held -= array.nbytes
            self.gone.add(oldest)


class DiskCache:
    """Arrays by name in a temporary file, which is gone with its owner. One that it has no room for isn't kept."""

    def __init__(self) -> None:
        self.file: IO[bytes] | None = None
        self.room = self.end = 0
        self.places: dict[str, tuple[int, NDArray[Any]]] = {}  # where it begins, and one number in the shape of it

    def __contains__(self, name: str) -> bool:
        return name in self.places

    def __getitem__(self, name: str) -> NDArray[Any]:
        assert self.file is not None
        start, like = self.places[name]
        array = np.empty_like(like, subok=False, order="C")
        self.file.seek(start)
        self.file.readinto(array.reshape(-1).view(np.uint8))  # type: ignore[attr-defined]
        return array

    def put(self, name: str, array: NDArray[Any]) -> None:
        if self.file is None:
            folder = str(LARGE) if LARGE.is_dir() else tempfile.gettempdir()
            self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # open for as long as its owner lives
            self.room = min(DISK, shutil.disk_usage(folder).free // 4)
        if name in self.places or self.end + array.nbytes > self.room:
            return
        self.file.seek(self.end)
        self.file.write(array.tobytes())
        self.places[name] = self.end, np.broadcast_to(np.zeros((), array.dtype), array.shape)
        self.end += array.nbytes


def paths_of(cells: Sequence[Any], what: str) -> list[str]:
    """The cells as paths. Raises TaskError for one that is missing."""
    for row, cell in enumerate(cells, start=1):
        if cell is None or not str(cell).strip():
            raise TaskError(f"row {row} names no {what}; remove the row, or name one")
    return [str(cell) for cell in cells]


def faults_of(cells: Sequence[Any], what: str, read: Callable[[Any], object]) -> dict[int, ElmanError]:
    """What is wrong with the cells that are empty, or that ``read`` refuses, by row from 0."""
    found: dict[int, ElmanError] = {}
    for row, cell in enumerate(cells):
        if cell is None or not str(cell).strip():
            found[row] = TaskError(f"names no {what}")
            continue
        try:
            read(cell)
        except (DataFileError, TaskError) as error:
            found[row] = error
    return found


def spread(cells: Sequence[Any], count: int) -> list[Any]:
    """At most ``count`` of the cells, evenly spaced."""
    return [cells[i * len(cells) // count] for i in range(count)] if len(cells) > count else list(cells)
