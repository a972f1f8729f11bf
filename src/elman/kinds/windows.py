# pyright: strict
"""Windows of series: what is read of the past for each forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman.sequences import Sequences

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EncodedSeries:
    """A series, standardised: ``values`` ``[T, C]`` (NaN: missing), ``extras`` ``[T, E]``.

    ahead:    ``[T + horizon, K]``, what is given of the steps after the end too: the calendar, then columns given ahead
    spread:   ``[1, C]``, the standard deviation of what is observed before ``start``, or of all where that is 0
    start:    the first step that may be forecast
    """

    values: NDArray[np.float32]
    extras: NDArray[np.float32]
    ahead: NDArray[np.float32]
    spread: NDArray[np.float32]
    start: int


@dataclass(frozen=True)
class Window:
    """One forecast to make: of a column of a series, from the steps before ``origin``, the first that is forecast."""

    series: EncodedSeries
    column: int
    origin: int


@dataclass(frozen=True)
class Forecasts:
    """Many windows, the series that they are of stored once.

    series:  the series, one after another;  offsets: where each begins, and the last ends
    which:   ``[W]``, the series of each forecast;  columns: ``[W]``, its column;  origins: ``[W]``, its first step
    """

    series: EncodedSeries
    offsets: Ints
    which: Ints
    columns: Ints
    origins: Ints

    @classmethod
    def of(cls, series: Sequence[EncodedSeries], which: Ints, columns: Ints, origins: Ints) -> Forecasts:
        together = EncodedSeries(
            np.concatenate([one.values for one in series]),
            np.concatenate([one.extras for one in series]),
            np.concatenate([one.ahead for one in series]),
            np.concatenate([one.spread for one in series]),
            0,
        )
        offsets = np.cumsum([0, *(len(one.values) for one in series)])
        return cls(together, offsets, which, columns, origins)

    @classmethod
    def among(cls, windows: Sequence[Window], nothing: EncodedSeries) -> Forecasts:
        """These windows, in their order; ``nothing`` is a series without steps, for where there are none."""
        series = list({id(window.series): window.series for window in windows}.values()) or [nothing]
        places = {id(one): place for place, one in enumerate(series)}
        rows = [(places[id(window.series)], window.column, window.origin) for window in windows]
        return cls.of(series, *np.array(rows, np.int64).reshape(-1, 3).T)

    @classmethod
    def every(cls, series: Sequence[EncodedSeries], context: int, horizon: int) -> Forecasts:
        """Every forecast of ``horizon`` steps, of which one at least is observed, with ``context`` steps before it: for
        each column and each origin, none before a series' start."""
        parts = [observed(which, one.values, max(one.start, context), horizon) for which, one in enumerate(series)]
        return cls.of(series, *np.concatenate([np.zeros((3, 0), np.int64), *parts], axis=1))

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, row: int) -> Window:
        which, beyond = int(self.which[row]), self.beyond
        start, end = int(self.offsets[which]), int(self.offsets[which + 1])
        series = EncodedSeries(
            self.series.values[start:end],
            self.series.extras[start:end],
            self.series.ahead[start + beyond * which : end + beyond * (which + 1)],
            self.series.spread[which : which + 1],
            0,
        )
        return Window(series, int(self.columns[row]), int(self.origins[row]))

    @property
    def beyond(self) -> int:
        """How many steps after the end of a series something is given of."""
        return (len(self.series.ahead) - len(self.series.values)) // (len(self.offsets) - 1)

    def select(self, rows: Sequence[int] | Ints) -> Forecasts:
        """The forecasts ``rows``."""
        at = np.asarray(rows, np.int64)
        return replace(self, which=self.which[at], columns=self.columns[at], origins=self.origins[at])

    def places(self, first: int, count: int) -> Ints:
        """``[W, count]``: the steps that begin ``first`` after each origin, as rows of ``series``."""
        return (self.offsets[self.which] + self.origins + first)[:, None] + np.arange(count)

    def values(self, first: int, count: int) -> NDArray[np.float32]:
        """``[W, count]``: the forecast column at those steps."""
        return self.series.values[self.places(first, count), self.columns[:, None]]

    @property
    def spread(self) -> NDArray[np.float32]:
        """``[W]``: how far the forecast column of each series spreads."""
        return self.series.spread[self.which, self.columns]

    def ahead(self, first: int, count: int) -> NDArray[np.float32]:
        """``[W, count, K]``: what is given of those steps before they come."""
        return self.series.ahead[self.places(first, count) + self.beyond * self.which[:, None]]


@dataclass(frozen=True)
class WindowBatch:
    """Windows of series, one after another: ``steps`` ``[B * L, F]``, normalised window by window.

    base:    the simple forecast ``[B, H]`` that the network's answer is added to, in the series' standard deviations
    scale:   what the window's values were divided by ``[B]``, in the same
    pattern: how the base forecast differs from the window's last value ``[B, H]``, normalised like the steps
    ahead:   what is given of the steps to forecast before they come ``[B, H, K]``
    columns: which column of the series each is of ``[B]``
    """

    steps: Sequences
    base: NDArray[np.float32]
    scale: NDArray[np.float32]
    pattern: NDArray[np.float32]
    ahead: NDArray[np.float32]
    columns: Ints


def observed(which: int, values: NDArray[np.float32], first: int, horizon: int) -> Ints:
    """``[3, W]``: the number of a series, with each of its columns and each origin from ``first`` on of which something
    within the horizon is observed."""
    counts = np.zeros((len(values) + 1, values.shape[1]), np.int32)  # of what is observed before each step
    np.cumsum(~np.isnan(values), axis=0, out=counts[1:])
    column, origin = np.nonzero((counts[first + horizon :] > counts[first:-horizon]).T)
    return np.stack([np.full(len(column), which), column, first + origin])
