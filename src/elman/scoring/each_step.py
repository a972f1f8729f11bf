"""Baselines of single values, applied to each step of a sequence by itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.scoring.baselines import Baseline, Mean, Pairs, State
from elman.scoring.metrics import Rows
from elman.scoring.order_free import OrderFreeLabel, OrderFreeNumber

INNER: dict[str, type[Baseline]] = {kind.__name__: kind for kind in (Mean, OrderFreeNumber, OrderFreeLabel)}


class EachStep:
    """A baseline of single values, fitted on the steps of all sequences, as if each stood for itself.

    Inputs are sequences of vectors; outputs and predictions are arrays of as many numbers, or lists of as many tags.
    """

    def __init__(self, inner: Baseline):
        self.inner = inner

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def description(self) -> str:
        return self.inner.description

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.inner.fit(steps_of(train), steps_of(valid))
        return self

    def predict(self, inputs: Rows) -> list[Any]:
        steps = vectors_of(inputs)
        found: Sequence[Any] | NDArray[np.float64] = self.inner.predict(steps) if steps else []
        if len(found) and not isinstance(found[0], str):
            found = np.asarray(found, np.float64)
        return [found[start:end] for start, end in pairwise(np.cumsum([0, *map(len, inputs)]).tolist())]

    def state(self) -> State:
        record, arrays = self.inner.state()
        return {"inner": type(self.inner).__name__, "of_inner": record}, arrays

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray]) -> Self:
        return cls(INNER[record["inner"]].from_state(record["of_inner"], arrays))


def steps_of(pairs: Pairs) -> Pairs:
    """All steps of all sequences as rows."""
    return vectors_of(pairs[0]), [one if isinstance(one, str) else float(one) for one in chain.from_iterable(pairs[1])]


def vectors_of(inputs: Rows) -> Rows:
    """Every step as a vector; a missing number is NaN."""
    return [np.asarray(step, np.float64).reshape(-1) for step in chain.from_iterable(inputs)]
