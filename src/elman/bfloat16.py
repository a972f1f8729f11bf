# pyright: strict
"""bfloat16 over NumPy alone, which has no such dtype: the upper half of a float32, in a dtype of one named part.

``widened(array)`` is what it stands for; ``array["bfloat16"]`` are its bits, as uint16.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BFLOAT16 = np.dtype([("bfloat16", "<u2")])


def narrowed(numbers: NDArray[np.float32]) -> NDArray[Any]:
    """The nearest bfloat16 of each, of two equally near ones that which ends on an even bit; NaN stays NaN."""
    bits = np.asarray(numbers, np.float32, order="C").view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    quiet = (bits >> np.uint32(16)) | np.uint32(0x40)  # rounding up could make an infinity of a NaN
    return np.where(np.isnan(numbers), quiet, rounded).astype("<u2").view(BFLOAT16).reshape(numbers.shape)


def widened(array: NDArray[Any]) -> NDArray[Any]:
    """Numbers of dtype ``BFLOAT16`` as float32, which holds each of them exactly; other arrays as they are."""
    if array.dtype != BFLOAT16:
        return array
    return (array["bfloat16"].astype(np.uint32) << np.uint32(16)).view(np.float32)
