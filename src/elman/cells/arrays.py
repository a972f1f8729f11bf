# pyright: strict
"""The functions that cells are written in, over PyTorch's tensors and NumPy's arrays alike.

PyTorch isn't imported: a tensor brings its functions along, as methods.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = Any
"""A ``torch.Tensor`` or a ``numpy.ndarray`` of floating numbers."""


def is_numpy(x: Array) -> TypeGuard[NDArray[Any]]:
    return isinstance(x, np.ndarray)


def tanh(x: Array) -> Array:
    return np.tanh(x) if is_numpy(x) else x.tanh()


def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))``, which for no ``x`` overflows."""
    return np.exp(-np.logaddexp(0, -x)) if is_numpy(x) else x.sigmoid()


def log_sigmoid(x: Array) -> Array:
    """``log(sigmoid(x))``, which stays finite where the sigmoid is 0 in floating numbers."""
    return -np.logaddexp(0, -x) if is_numpy(x) else -(-x).logaddexp(x.new_zeros(()))


def relu(x: Array) -> Array:
    return np.maximum(x, 0) if is_numpy(x) else x.relu()


def split(x: Array, parts: int) -> tuple[Array, ...]:
    """``x`` ``[..., parts * H]`` as so many arrays ``[..., H]``."""
    size = x.shape[-1] // parts
    return tuple(x[..., k * size : (k + 1) * size] for k in range(parts))
