"""Columns that name files: decoded when a batch needs them, so that they need not fit in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from elman.errors import DataFileError, ElmanError, TaskError
from elman.paths import existing_file

ROOM = 1 << 28
"""Bytes of decoded files that stay in memory, for each field."""


class Decoded:
    """Files by path, decoded on demand. The latest used stay in memory, ``room`` bytes of them.

    A batch may be made ready in one thread while another measures.
    """

    def __init__(self, decode: Callable[[Path], Tensor], room: int = ROOM):
        self.decode, self.room = decode, room
        self.known: OrderedDict[str, Tensor] = OrderedDict()
        self.held = 0
        self.lock = threading.Lock()

    def __getitem__(self, path: str) -> Tensor:
        with self.lock:
            if path in self.known:
                self.known.move_to_end(path)
                return self.known[path]
        decoded = self.decode(existing_file(path))
        with self.lock:
            if path not in self.known:
                self.known[path] = decoded
                self.held += decoded.nbytes
            while self.held > self.room:
                _, oldest = self.known.popitem(last=False)
                self.held -= oldest.nbytes
        return decoded


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
    """At most ``count`` of the cells, from throughout."""
    return [cells[i * len(cells) // count] for i in range(count)] if len(cells) > count else list(cells)
