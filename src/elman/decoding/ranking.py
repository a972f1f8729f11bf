"""The largest of many numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.int64]
BLOCK = 64
"""Numbers of a row, whose largest one is looked up before any of them is ranked."""


def top(values: Floats, count: int) -> tuple[Floats, Ids]:
    """The ``count`` largest numbers of each row (or all) of ``[M, V]``, largest first, and their places.

    Among many, those that are ranked are in the ``count`` blocks with the largest maxima: finding these takes one fast
    look at each number.
    """
    blocks = values.shape[1] // BLOCK
    if blocks <= 2 * count:
        return _ranked(values, np.broadcast_to(np.arange(values.shape[1]), values.shape), count)
    whole = values[:, : blocks * BLOCK].reshape(len(values), blocks, BLOCK)
    largest = np.argpartition(-whole.max(2), count - 1, axis=1)[:, :count]
    places = (largest[:, :, None] * BLOCK + np.arange(BLOCK)).reshape(len(values), count * BLOCK)
    rest = np.broadcast_to(np.arange(blocks * BLOCK, values.shape[1]), (len(values), values.shape[1] % BLOCK))
    places = np.concatenate([places, rest], axis=1)
    return _ranked(np.take_along_axis(values, places, 1), places, count)


def _ranked(values: Floats, places: Ids, count: int) -> tuple[Floats, Ids]:
    """The ``count`` largest, with their places."""
    if 0 < count < values.shape[1]:
        chosen = np.argpartition(-values, count - 1, axis=1)[:, :count]
        values, places = np.take_along_axis(values, chosen, 1), np.take_along_axis(places, chosen, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(values, order, 1), np.take_along_axis(places, order, 1)
