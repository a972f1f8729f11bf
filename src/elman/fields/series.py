"""Series of numbers, whose next values are to be forecast from windows of their past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from elman.errors import TaskError
from elman.fields.base import Field
from elman.nn.encoders import Encoder, WindowEncoder, Windows
from elman.nn.heads import ForecastHead
from elman.ragged import Ragged
from elman.settings import Settings

if TYPE_CHECKING:
    from elman.data.series import Series

Floats = NDArray[np.float64]
STEADY = 0.1
"""Where a window hardly moves, this share of the column's own spread is taken for the window's."""


@dataclass(frozen=True)
class EncodedSeries:
    """A series, standardised: ``values`` ``[T, C]``, ``extras`` ``[T, E]`` (NaN: missing), ``calendar`` ``[T, K]``.

    start: the first step that may be forecast
    """

    values: Tensor
    extras: Tensor
    calendar: Tensor
    start: int


@dataclass(frozen=True)
class Forecasts:
    """Forecasts to make of series: each of one column, from the steps before its origin.

    series:  the series, one after another
    which:   ``[W]``, the series of each forecast;  columns: ``[W]``, its column;  origins: ``[W]``, its first step
    """

    series: EncodedSeries
    offsets: Tensor
    which: Tensor
    columns: Tensor
    origins: Tensor

    @classmethod
    def of(cls, series: Sequence[EncodedSeries], which: Tensor, columns: Tensor, origins: Tensor) -> Forecasts:
        together = EncodedSeries(
            torch.cat([one.values for one in series]),
            torch.cat([one.extras for one in series]),
            torch.cat([one.calendar for one in series]),
            0,
        )
        offsets = torch.tensor([0, *(len(one.values) for one in series)]).cumsum(0)
        return cls(together, offsets, which, columns, origins)

    def __len__(self) -> int:
        return len(self.which)

    def select(self, rows: Sequence[int]) -> Forecasts:
        """The forecasts ``rows``."""
        at = torch.tensor(rows, dtype=torch.int64)
        return replace(self, which=self.which[at], columns=self.columns[at], origins=self.origins[at])

    def rows(self, first: int, count: int) -> Tensor:
        """``[W, count]``: the steps that begin ``first`` after each origin, as rows of ``series``."""
        return (self.offsets[self.which] + self.origins + first)[:, None] + torch.arange(count)

    def values(self, first: int, count: int) -> Tensor:
        """``[W, count]``: the forecast column at those steps."""
        return self.series.values[self.rows(first, count), self.columns[:, None]]


class SeriesField(Field):
    """Columns of series; its elements are the steps of a window, one column at a time.

    Columns are standardised by the training part. Each window is then taken less its last known value and divided by
    its own spread (after Kim et al. 2022, "Reversible instance normalization", and Lin et al. 2023, "SegRNN"), so that
    a level or scale that training never saw does no harm. What is forecast is the difference to the naive forecast:
    the last season again, or the last value where there is no season or a window holds none.
    """

    kind = "series"

    def __init__(self, context: int = 1, horizon: int = 1, season: int = 1):
        """Steps that are read, that are forecast, and after which the series repeats themselves (1: they don't)."""
        self.context, self.horizon, self.season = context, horizon, season
        self.widening = 0.0  # of intervals, on either side, in spreads of the window

    def fit(self, cells: Sequence[Series]) -> None:
        self.names = cells[0].names
        self.mean, self.scale = spread_of([series.values for series in cells], self.names)
        self.extra_mean, self.extra_scale = spread_of([series.extras for series in cells], ())
        self.masked = any(bool(np.isnan(series.values).any()) for series in cells)
        self.cycles = max(cells, key=len).cycles()
        self.naive_error = np.array([self._naive_error(cells, column) for column in range(len(self.names))])

    def _naive_error(self, cells: Sequence[Series], column: int) -> float:
        """Mean absolute change over a season (or a step) in the training part, which MASE counts in, in standard
        deviations (Hyndman & Koehler 2006)."""
        lag = self.season
        changes = [np.abs(s.values[lag:, column] - s.values[:-lag, column]) for s in cells if len(s) > lag]
        known = np.concatenate([change[~np.isnan(change)] for change in changes]) if changes else np.zeros(0)
        error = float(known.mean()) / self.scale[column] if len(known) else 0.0
        return error or 1.0

    def encode(self, cells: Sequence[Series]) -> list[EncodedSeries]:
        return [self._encode(series) for series in cells]

    def _encode(self, series: Series) -> EncodedSeries:
        if series.names != self.names or series.extras.shape[1] != len(self.extra_mean):
            raise TaskError(f"the series has the columns {', '.join(series.names)}; expected {', '.join(self.names)}")
        return EncodedSeries(
            torch.from_numpy((series.values - self.mean) / self.scale).float(),
            torch.from_numpy((series.extras - self.extra_mean) / self.extra_scale).float().nan_to_num(0.0),
            torch.from_numpy(series.calendar(self.cycles)).float(),
            series.start,
        )

    def steps(self, encoded: Any) -> int:
        return self.context

    # -- windows ------------------------------------------------------------------------------

    def collate(self, encoded: Any) -> Windows:
        """``Forecasts`` as the network reads them: per step its value, what is missing, the calendar, the extras."""
        values = encoded.values(-self.context, self.context)
        missing = values.isnan()
        filled = forward_filled(values)
        centre = filled[:, -1]
        spread = (filled - filled.mean(1, keepdim=True)).square().mean(1).sqrt()
        scale = spread.clamp(min=STEADY)
        features = [((filled - centre[:, None]) / scale[:, None])[..., None]]
        if self.masked:
            features.append(missing[..., None].float())
        rows = encoded.rows(-self.context, self.context)
        features += [encoded.series.calendar[rows], encoded.series.extras[rows]]
        steps = torch.cat(features, dim=2)
        lengths = torch.full((len(encoded),), self.context, dtype=torch.int64)
        return Windows(Ragged(steps.flatten(0, 1), lengths), self.base(filled), scale)

    def base(self, filled: Tensor) -> Tensor:
        """The naive forecast ``[B, horizon]`` that the network's answer is added to, in standard deviations."""
        if self.season > self.context:
            return filled[:, -1:].expand(-1, self.horizon)
        return filled[:, -self.season :].repeat(1, -(-self.horizon // self.season))[:, : self.horizon]

    def known(self, encoded: Forecasts) -> Tensor:
        """``[B, horizon]``: what comes, in standard deviations; NaN where it isn't known."""
        return encoded.values(0, self.horizon)

    def lacking(self, windows: Windows, known: Tensor) -> Tensor:
        """``[B, horizon, 2]``: what the naive forecast lacks, and the unit it is in, as ``ForecastHead`` takes them."""
        unit = windows.scale[:, None].expand(-1, self.horizon)
        return torch.stack([(known - windows.base) / unit, unit], dim=-1)

    # -- the two sides ------------------------------------------------------------------------

    @property
    def features(self) -> int:
        """Numbers per step of a window."""
        return 1 + int(self.masked) + 2 * len(self.cycles) + len(self.extra_mean)

    def encoder(self, settings: Settings) -> Encoder:
        return WindowEncoder(self.features, settings.segment, settings.embedding_size)

    def head(self, input_size: int, settings: Settings) -> nn.Module:
        return ForecastHead(input_size, self.horizon)

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        arrays = ("mean", "scale", "extra_mean", "extra_scale", "naive_error")
        plain = ("names", "season", "masked", "cycles", "context", "horizon", "widening")
        return {name: getattr(self, name).tolist() for name in arrays} | {name: getattr(self, name) for name in plain}

    def load_state(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, np.array(value) if name.endswith(("mean", "scale", "error")) else value)


def spread_of(blocks: Sequence[Floats], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column. Raises TaskError for one of ``names`` that never changes."""
    together = np.concatenate(list(blocks))
    known = ~np.isnan(together)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, together, 0.0).sum(0) / count
    scale = np.sqrt(np.where(known, (together - mean) ** 2, 0.0).sum(0) / count)
    flat = scale <= 1e-9 * np.abs(mean)
    for name, is_flat in zip(names, flat, strict=False):
        if is_flat:
            raise TaskError(
                f"column {name!r} is constant or empty: there is nothing to forecast; leave it out by --input"
            )
    return mean, np.where(flat, 1.0, scale)


def forward_filled(values: Tensor) -> Tensor:
    """``[B, L]``: NaN replaced by the last known value before it, or the first known one, or zero."""
    known = ~values.isnan()
    places = torch.where(known, torch.arange(values.shape[1]), -1).cummax(1).values
    first = known.float().argmax(1, keepdim=True)
    return values.gather(1, torch.where(places < 0, first, places)).nan_to_num(0.0)
