"""Operators on numbers and times as the data have them, before a network reads them. NaN is what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.graph.operator import Array, Operator, Value, on_values, values_of, with_values_of
from elman.sequences import Sequences

DAY, YEAR = 86_400, 365.25
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_800.0
"""Seconds since 1970 of the first day of the year 1, and of the first of the year 10,000, before which a time is."""


@dataclass(frozen=True, eq=False)
class Observed(Operator):
    """``(x - mean) / scale``, both of the last dimension of ``x``; 0, which is the mean, where ``x`` is missing."""

    name: ClassVar[str] = "observed"
    mean: Array
    scale: Array

    def __call__(self, x: Value) -> Any:
        def standardised(values: Array) -> Array:
            apart = (values - self.mean) / self.scale
            return np.where(np.isnan(apart), np.float32(0), apart)

        return on_values(standardised, x)


@dataclass(frozen=True, eq=False)
class Missing(Operator):
    """1 where these columns are missing, and 0 where they aren't; the columns of several values are counted on."""

    name: ClassVar[str] = "missing"
    columns: tuple[int, ...]

    def __call__(self, *parts: Value) -> Any:
        missing = np.concatenate([np.isnan(values_of(part)) for part in parts], axis=-1)
        return with_values_of(parts[0], missing[..., list(self.columns)].astype(np.float32))


def of_year(days: NDArray[np.int64]) -> Array:
    dates = days.astype("datetime64[D]")
    return (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) / YEAR


PHASES: dict[str, Callable[[NDArray[np.int64]], Array]] = {
    "year": lambda seconds: of_year(seconds // DAY),
    "week": lambda seconds: (seconds // DAY + 3) % 7 / 7,
    "day": lambda seconds: seconds % DAY / DAY,
}
"""Of each cycle, how far through it so many whole seconds since 1970 are, from 0 to 1; weeks begin with Monday."""


@dataclass(frozen=True, eq=False)
class Dates(Operator):
    """Columns of times, ``[B, D]`` seconds since 1970 in float64, as figures: of each how many days it is after a mean,
    over a scale; and sine and cosine of 2 pi times how far through its cycles it is. Zeros where it is missing.

    mean, scale: of each column, days;  cycles: of each column, names of ``PHASES``
    """

    name: ClassVar[str] = "dates"
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    cycles: tuple[tuple[str, ...], ...]

    def __call__(self, times: Array) -> Array:
        columns = zip(times.T, self.mean, self.scale, self.cycles, strict=True)
        figures = [figure for column in columns for figure in figures_of(*column)]
        return np.where(np.isnan(np.array(figures)), 0, figures).T.astype(np.float32).reshape(len(times), len(figures))


def figures_of(seconds: Array, mean: float, scale: float, cycles: tuple[str, ...]) -> list[Array]:
    """Of one column of times; NaN where one is missing."""
    whole = np.floor(np.nan_to_num(seconds)).astype(np.int64)
    turns = [np.where(np.isnan(seconds), np.nan, 2 * np.pi * PHASES[cycle](whole)) for cycle in cycles]
    return [(seconds / DAY - mean) / scale, *(wave(turn) for turn in turns for wave in (np.sin, np.cos))]


@dataclass(frozen=True, eq=False)
class Since(Operator):
    """How long after the step before it each step is, ``[N]`` times of sequences like ``steps`` -> ``[N, 1]``: as
    ``on_logarithms`` has it, in units of ``unit``; missing at first steps, and beside a time that is."""

    name: ClassVar[str] = "since"
    unit: float

    def __call__(self, times: Array, steps: Sequences) -> Array:
        gaps = np.diff(times.astype(np.float64), prepend=np.nan)
        gaps[steps.offsets[steps.lengths > 0]] = np.nan
        return on_logarithms(gaps / self.unit).astype(np.float32)[:, None]


def on_logarithms(gap: Array) -> Array:
    """``log(1 + gap)``, below zero where a gap is."""
    return np.copysign(np.log1p(np.abs(gap)), gap)
