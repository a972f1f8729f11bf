"""Matrices as whole numbers from -127 to 127, with one scale for each row, in a dtype of two named parts.

``array["int8"]`` are the numbers and ``array["scale"]`` what each of a row is multiplied with: symmetric quantisation
per row (Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
inference", of weights alone).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = ("scale", "int8")


def quantised(numbers: NDArray[np.float32]) -> NDArray[Any]:
    """``[rows, ...]`` as ``[rows]`` of a scale and whole numbers; each is off by half a scale at most."""
    largest = np.abs(numbers).max(axis=tuple(range(1, numbers.ndim)), initial=0)
    scale = np.where(largest > 0, largest, 127).astype(np.float32) / np.float32(127)
    rows = np.empty(len(numbers), dtype_of(numbers.shape[1:]))
    rows["scale"] = scale
    rows["int8"] = np.rint(numbers / scale.reshape(-1, *[1] * (numbers.ndim - 1)))
    return rows


def restored(array: NDArray[Any]) -> NDArray[Any]:
    """What quantised rows stand for, as float32; other arrays as they are."""
    if array.dtype.names != PARTS:
        return array
    numbers = array["int8"].astype(np.float32)
    return numbers * array["scale"].reshape(-1, *[1] * (numbers.ndim - 1))


def dtype_of(shape: tuple[int, ...]) -> np.dtype[Any]:
    """Of a row of this shape."""
    return np.dtype([("scale", "<f4"), ("int8", "i1", shape)])
