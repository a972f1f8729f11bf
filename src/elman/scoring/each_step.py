"""Baselines of single values, applied to each step of a sequence by itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.scoring.baselines import Baseline, FrequentTag, Mean, Pairs, State, most_common
from elman.scoring.metrics import Rows
from elman.scoring.order_free import OrderFreeLabel, OrderFreeNumber

INNER: dict[str, type[Baseline]] = {kind.__name__: kind for kind in (Mean, OrderFreeNumber, OrderFreeLabel)}


class Step(NamedTuple):
    """What baselines see of a step: what a column says there, of which the next value is wanted; and its figures."""

    now: Any
    figures: Any


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
        found: Sequence[Any] | NDArray[np.float64] = self.inner.predict(steps) if len(steps) else []
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


def vectors_of(inputs: Rows) -> Any:
    """Every step as a vector ``[n, D]``; a missing number is NaN."""
    steps = [step.figures if isinstance(step, Step) else step for step in chain.from_iterable(inputs)]
    return np.array(steps, np.float64).reshape(len(steps), -1) if steps else np.zeros((0, 1))


class SameAgain:
    """What a column says now, for the next step: sequences of ``Step``. Where it is missing, what is commonest, or the
    mean."""

    name = "same_again"
    description = "repeating the value before"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        values = [*chain.from_iterable(train[1])]
        self.otherwise = most_common(values, "values") if isinstance(values[0], str) else float(np.mean(values))
        return self

    def predict(self, inputs: Rows) -> list[Any]:
        return [[self.otherwise if is_missing(step.now) else step.now for step in steps] for steps in inputs]

    def state(self) -> State:
        return {"otherwise": self.otherwise}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray]) -> Self:
        baseline = cls()
        baseline.otherwise = record["otherwise"]
        return baseline


class AfterSame(FrequentTag):
    """What mostly follows what a column says now, a missing one among them: a Markov chain of first order."""

    name = "markov"
    description = "answering what mostly follows the value before"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        return super().fit((values_now(train[0]), train[1]), valid)

    def predict(self, inputs: Rows) -> list[list[Hashable]]:
        return super().predict(values_now(inputs))


def values_now(inputs: Rows) -> Rows:
    return [[step.now for step in steps] for steps in inputs]


def is_missing(value: Any) -> bool:
    return value == "" or value != value
