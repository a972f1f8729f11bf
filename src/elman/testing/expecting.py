"""What checks expect, and how they say what came instead."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from elman.sequences import Sequences


def expect(right: bool, what: str) -> None:
    if not right:
        raise AssertionError(f"expected {what}")


def expect_names(named: Sequence[Any], count: int, of: str) -> None:
    right = len(named) == count and all(isinstance(name, str) for name in named)
    expect(right, f"{count} names of the {of}; got {named!r:.200}")


def expect_same(found: Any, wanted: Any, what: str) -> None:
    expect(same(found, wanted), f"{what}: {wanted!r:.200}; got {found!r:.200}")


def same(a: Any, b: Any) -> bool:
    """Equal throughout, with NaN like NaN."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        return all(same(getattr(a, field.name), getattr(b, field.name)) for field in dataclasses.fields(a))
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and a != a and b != b)


def part(batch: Any) -> Any:
    """The first of what a batch is made of: an array, or ``Sequences``."""
    if isinstance(batch, tuple):
        return part(batch[0])
    if dataclasses.is_dataclass(batch) and not isinstance(batch, Sequences):
        return part(getattr(batch, dataclasses.fields(batch)[0].name))
    return batch


def first(batch: Any) -> np.ndarray:
    found = part(batch)
    return found.values if isinstance(found, Sequences) else found
