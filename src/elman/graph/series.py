"""Operators of vectors in time: changes, segments, what a horizon begins with; a series as a forecaster reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Change(Operator):
    """How each step differs from the one before it; a first step doesn't (delta features, Furui 1986)."""

    name: ClassVar[str] = "change"

    def __call__(self, x: Sequences) -> Sequences:
        change = np.zeros_like(x.values)
        change[1:] = x.values[1:] - x.values[:-1]
        change[x.positions == 0] = 0
        return x.with_values(change)


@dataclass(frozen=True, eq=False)
class Segments(Operator):
    """So many steps side by side as one: ``Sequences [N, F] -> [N / length, length * F]``; it divides all lengths."""

    name: ClassVar[str] = "segments"
    length: int

    def __call__(self, x: Sequences) -> Sequences:
        width = self.length * int(np.prod(x.values.shape[1:]))
        return Sequences(x.values.reshape(-1, width), x.lengths // self.length)


@dataclass(frozen=True, eq=False)
class Horizon(Operator):
    """The segments of a horizon as a decoder begins with them (Lin et al. 2023): ``Sequences`` of them of each window.

    Each has a vector of ``places`` ``[M, size]``, and so has each column of the series (``columns`` ``[C, size]``);
    to their sum ``weight`` ``[size, segment * K]`` of what is given ahead is added.

    ahead: ``[B, H, K]``;  column: ``[B]``
    """

    name: ClassVar[str] = "horizon"
    segment: int
    places: Array
    columns: Array | None = None
    weight: Array | None = None

    def __call__(self, ahead: Array, column: Array) -> Sequences:
        batch, horizon, features = ahead.shape
        count, size = self.places.shape
        vectors = np.broadcast_to(self.places, (batch, count, size))
        if self.columns is not None:
            vectors = vectors + self.columns[column, None]
        if self.weight is not None:
            filled = np.zeros((batch, count * self.segment, features), ahead.dtype)
            filled[:, :horizon] = ahead
            vectors = vectors + filled.reshape(batch, count, self.segment * features) @ self.weight.T
        return Sequences(vectors.reshape(-1, size), np.full(batch, count))


@dataclass(frozen=True, eq=False)
class AddPattern(Operator):
    """A forecast's scores: those of its segments one after another, and a share of the base's ``pattern`` on top.

    segments: ``Sequences [B * M, segment * K]``;  gates: ``Sequences [B * M, 1]``, the shares; None for -1, all of the
    pattern taken back;  pattern: ``[B, H]``. Gives ``[B, H, K]``.
    """

    name: ClassVar[str] = "add_pattern"
    segment: int

    def __call__(self, segments: Sequences, gates: Sequences | None, pattern: Array) -> Array:
        batch, horizon = pattern.shape
        steps = self.segment * -(-horizon // self.segment)
        scores = segments.values.reshape(batch, steps, segments.values.shape[1] // self.segment)
        shares = np.full(len(segments.values), np.float32(-1)) if gates is None else gates.values[:, 0]
        shares = np.repeat(shares, self.segment).reshape(batch, steps)
        return scores[:, :horizon] + (shares[:, :horizon] * pattern)[..., None]


# -- between a series as it stands in the data and a forecaster ---------------------------------------------


@dataclass(frozen=True, eq=False)
class Recent(Operator):
    """The end of each series, as a forecaster looks at it: ``(Sequences [N, C + E], column [B])`` to

    - the last ``context`` steps of one of its ``C`` columns, standardised: ``[B, context]``, NaN where one is missing;
    - how far all of its steps spread, at least ``least``: ``[B]``;
    - those steps of the ``E`` other columns, standardised, zero where one is missing: ``[B, context, E]``.
    """

    name: ClassVar[str] = "recent"
    context: int
    mean: Array
    scale: Array
    other_mean: Array
    other_scale: Array
    least: float

    def __call__(self, past: Sequences, column: Array) -> tuple[Array, Array, Array]:
        columns = len(self.mean)
        values = (past.values[:, :columns] - self.mean) / self.scale
        others = np.nan_to_num((past.values[:, columns:] - self.other_mean) / self.other_scale)
        places = past.offsets[:, None] + past.lengths[:, None] + np.arange(-self.context, 0)
        each = np.split(values, past.offsets[1:])
        spread = [spread_of(one, self.least)[:, own] for one, own in zip(each, column, strict=True)]
        return values[places, column[:, None]], np.reshape(spread, -1).astype(values.dtype), others[places]


@dataclass(frozen=True, eq=False)
class Normalise(Operator):
    """Windows less their last number, over their standard deviation, or over ``spread`` where that is more.

    window: ``[B, L]``, NaN where a number is missing: the one before it is taken;  spread: ``[B]``
    ahead: ``[B, L + horizon, K]``, what is given of the steps to come too;  others: ``[B, L, E]``

    Gives the steps, ``Sequences [B * L, F]``: the number, a flag where one is missing (``masked``), what is given
    ahead, the others; what is given ahead of the horizon; the simple forecast as ``pattern``, normalised like the
    steps, and as ``base``; and by what was divided. The simple forecast is the last ``period`` again, moved by
    ``reversion`` times its distance from the mean of all periods.
    """

    name: ClassVar[str] = "normalise"
    horizon: int
    period: int
    reversion: float
    masked: bool

    def __call__(
        self, window: Array, spread: Array, ahead: Array, others: Array
    ) -> tuple[Sequences, Array, Array, Array, Array]:
        filled = forward_filled(window)
        centre, scale = filled[:, -1:], np.maximum(filled.std(1), spread)
        missing = [np.isnan(window)[..., None].astype(np.float32)] if self.masked else []
        parts = [((filled - centre) / scale[:, None])[..., None], *missing, ahead[:, : window.shape[1]], others]
        steps = np.concatenate(parts, axis=2)
        last, mean = simple_forecasts(filled, self.period, self.horizon)
        base = (last + self.reversion * (mean - last)).astype(np.float32)
        lengths = np.full(len(window), window.shape[1], np.int64)
        together = Sequences(steps.reshape(-1, steps.shape[2]), lengths)
        return together, ahead[:, window.shape[1] :], (base - centre) / scale[:, None], base, scale


@dataclass(frozen=True, eq=False)
class TowardsLinear(Operator):
    """A base forecast, moved by ``share`` towards that of a linear model on the window.

    weight: ``[steps + 1, H]``, of the last ``steps`` numbers of a window as ``Normalise`` gives it, then of a constant
    steps:  ``Sequences [B * L, F]``, the numbers first;  pattern, base: ``[B, H]``;  scale: ``[B]``. Gives ``[B, H]``.
    """

    name: ClassVar[str] = "towards_linear"
    weight: Array
    share: float

    def __call__(self, steps: Sequences, pattern: Array, base: Array, scale: Array) -> Array:
        return base + np.float32(self.share) * scale[:, None] * self.apart(steps, pattern)

    def apart(self, steps: Sequences, pattern: Array) -> Array:
        """How far the linear model's forecast is from the base one, normalised like the steps."""
        numbers = steps.values[:, 0].reshape(len(pattern), -1)
        read = len(self.weight) - 1
        return numbers[:, numbers.shape[1] - read :] @ self.weight[:-1] + self.weight[-1] - pattern


@dataclass(frozen=True, eq=False)
class Forecast(Operator):
    """Scores ``[B, H, K]`` in the unit of their ``column`` ``[B]``: multiplied by ``trust`` and moved by ``shifts``
    ``[H, K]``, in windows' ``scale`` ``[B]``, on top of ``base`` ``[B, H]``, which is all where there are none. All but
    the first are quantiles, and put in order."""

    name: ClassVar[str] = "forecast"
    trust: float
    shifts: Array
    mean: Array
    unit: Array

    def __call__(self, scores: Array | None, base: Array, scale: Array, column: Array) -> Array:
        if scores is None:
            scores = np.zeros((*base.shape, self.shifts.shape[1]), base.dtype)
        found = base[..., None] + scale[:, None, None] * calibrated(scores, self.trust, self.shifts)
        return found * self.unit[column, None, None] + self.mean[column, None, None]


def calibrated(scores: Array, trust: float, shifts: Array) -> Array:
    """Scores ``[..., H, K]`` multiplied by ``trust`` and moved by ``shifts`` ``[H, K]``; quantiles that were learned
    apart may cross, and are put in order."""
    moved = np.float32(trust) * scores + shifts
    return np.concatenate([moved[..., :1], np.sort(moved[..., 1:], axis=-1)], axis=-1)


def spread_of(values: Array, least: float) -> Array:
    """``[1, C]``: the standard deviation of what is observed of each column of ``[T, C]``, at least ``least``; 1 where
    nothing is."""
    there = ~np.isnan(values)
    count = np.maximum(there.sum(0), 1)
    mean = np.where(there, values, 0.0).sum(0) / count
    spread = np.sqrt(np.where(there, (values - mean) ** 2, 0.0).sum(0) / count)
    return np.maximum(np.where(there.any(0), spread, 1.0), least)[None].astype(np.float32)


def simple_forecasts(filled: Array, period: int, horizon: int) -> list[Array]:
    """The last period of windows ``[B, L]`` again, and the mean of their periods: ``[B, horizon]`` each."""
    length = filled.shape[1]
    periods = filled[:, length % period :].reshape(len(filled), length // period, period)
    return [np.tile(part, -(-horizon // period))[:, :horizon] for part in (periods[:, -1], periods.mean(1))]


def forward_filled(values: Array) -> Array:
    """``[B, L]``: NaN replaced by the last observed value before it, or the first observed one, or zero."""
    there = ~np.isnan(values)
    places = np.maximum.accumulate(np.where(there, np.arange(values.shape[1]), -1), axis=1)
    first = there.argmax(1)[:, None]
    return np.nan_to_num(np.take_along_axis(values, np.where(places < 0, first, places), 1))
