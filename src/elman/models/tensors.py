# pyright: strict
"""From batches of arrays, as kinds collate them, to the tensors that modules take; and back to what answers take."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman.kinds.text import SpellingBatch, TokenBatch
from elman.kinds.windows import WindowBatch
from elman.nn.encoders import Spelling, Windows, Words
from elman.ragged import Ragged
from elman.sequences import Sequences

OF_TENSORS: dict[type, type] = {
    Sequences: Ragged,
    TokenBatch: Words,
    SpellingBatch: Spelling,
    WindowBatch: Windows,
}
"""Dataclasses of arrays, and those of the same fields that modules take. Others keep their class."""


def tensors_of(batch: Any) -> Any:
    """Arrays as tensors over the same memory, also within tuples and dataclasses; anything else as it is."""
    if isinstance(batch, np.ndarray):
        return tensor_of(cast("NDArray[Any]", batch))
    if isinstance(batch, tuple):
        return tuple(map(tensors_of, cast("tuple[Any, ...]", batch)))
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        parts = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
        return OF_TENSORS.get(type(batch), type(batch))(**{name: tensors_of(part) for name, part in parts.items()})
    return batch


def arrays_of(values: Any) -> Any:
    """Tensors as arrays, over the same memory where they are in it, and a ``Ragged`` as ``Sequences``; also within
    tuples; anything else as it is."""
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    if isinstance(values, Ragged):
        return Sequences(arrays_of(values.values), values.lengths.numpy())
    return tuple(map(arrays_of, cast("tuple[Any, ...]", values))) if isinstance(values, tuple) else values


def tensor_of(array: NDArray[Any]) -> Tensor:
    """The tensor over the same memory."""
    return torch.from_numpy(array)  # pyright: ignore[reportUnknownMemberType]
