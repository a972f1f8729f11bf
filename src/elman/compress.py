"""A smaller copy of a saved model: its weights in fewer bits, and what that costs in score."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman import bundle
from elman.bfloat16 import narrowed
from elman.bundle import Bundle
from elman.data.readers import Data
from elman.errors import TaskError
from elman.int8 import quantised
from elman.model import Model
from elman.scoring.report import Report, fall, with_interval

WEIGHTS = "bfloat16", "int8"
FEWEST = 256
"""Numbers of an array that is made smaller, at least; biases and the like aren't worth it."""
SHORTEST_ROW = 16
"""Numbers of a row that has a scale of its own, at least."""

Arrays: TypeAlias = dict[str, dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Compressed:
    """A model with smaller weights beside the one that it was made of.

    model:          that answers with the smaller weights
    before, after:  how good either is, on the same rows
    bytes_before, bytes_after:     of the arrays on disk
    seconds_before, seconds_after: that it took to predict those rows
    """

    model: Model
    before: Report
    after: Report
    bytes_before: int
    bytes_after: int
    seconds_before: float
    seconds_after: float

    @property
    def worse(self) -> str:
        """What is to be said where the score lies beyond the 95 % interval of the model before; "" where it doesn't."""
        return fall(self.before, self.after)


def compress(model: Model, data: Data, weights: str = "int8") -> Compressed:
    """A loaded model with its weights in ``weights``, measured beside itself on ``data`` that have the output column.

    "bfloat16" keeps the upper half of each float32; "int8" keeps a whole number from -127 to 127, times one scale for
    each row of a matrix, and bfloat16 where rows are too short for that. Weights are widened again when a model is
    loaded: it needs less room on disk and on the way, and computes as before.

    Raises TaskError for other ``weights``, and for a model that wasn't loaded from disk.
    """
    if weights not in WEIGHTS:
        raise TaskError(f"weights can be {' or '.join(WEIGHTS)}, not {weights!r}")
    if model.saved is None:
        raise TaskError("only a saved model is made smaller: save it, and load it again")
    whole = model.to_bundle()
    small = _smaller(whole, weights)
    other = Model.of(small)
    before, seconds_before = _measured(model, data)
    after, seconds_after = _measured(other, data)
    sizes = bundle.stored_bytes(whole), bundle.stored_bytes(small)
    return Compressed(other, before, after, *sizes, seconds_before, seconds_after)


def _smaller(saved: Bundle, weights: str) -> Bundle:
    arrays: Arrays = {
        part: {name: _narrowed(array, weights) for name, array in own.items()} for part, own in saved.arrays.items()
    }
    note = f"\n\nIts weights were made smaller: {weights}.\n"
    return replace(saved, arrays=arrays, card=saved.card.rstrip() + note)


def _narrowed(array: NDArray[Any], weights: str) -> NDArray[Any]:
    if array.dtype != np.float32 or array.ndim < 2 or array.size < FEWEST:
        return array
    return quantised(array) if weights == "int8" and array[0].size >= SHORTEST_ROW else narrowed(array)


def _measured(model: Model, data: Data) -> tuple[Report, float]:
    began = time.perf_counter()
    report = model.evaluate(data)
    return report, time.perf_counter() - began


def save(found: Compressed, folder: str | Path, *, accept: bool = False) -> None:
    """Write the smaller model. Raises TaskError where it scores worse than the interval, unless ``accept``."""
    if found.worse and not accept:
        raise TaskError(f"{found.worse}; nothing was written. Try --weights bfloat16, or pass --accept")
    found.model.save(folder)


def lines(found: Compressed) -> Iterable[tuple[str, str, str]]:
    """What is to be compared: what it is, before, after."""
    yield "size of the weights", f"{found.bytes_before / 1e6:,.2f} MB", f"{found.bytes_after / 1e6:,.2f} MB"
    yield "time for these rows", f"{found.seconds_before:.2f} s", f"{found.seconds_after:.2f} s"
    for name, estimate in found.before.metrics.items():
        yield name, with_interval(estimate), with_interval(found.after.metrics[name])
