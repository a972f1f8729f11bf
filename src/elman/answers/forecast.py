"""Series: their next values, forecast directly for a whole horizon from a window of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import Answer, Cells, Measured, Parts, Prediction
from elman.data.batches import WindowsInOrder
from elman.data.series import series_of
from elman.data.table import Table
from elman.decoding.networks import Scores
from elman.errors import TaskError
from elman.export.around import ReadOut
from elman.graph.series import forward_filled
from elman.kinds import SeriesKind
from elman.kinds.series import Series
from elman.kinds.windows import Forecasts, Window, WindowBatch
from elman.scoring.baselines import Naive
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.batches import WindowBatches

Floats = NDArray[np.float64]
W = TypeVar("W", bound=WindowsInOrder)
STEPS = 4
"""Steps of recurrence that a window comes down to, at least: few of them forecast better (Lin et al. 2023)."""
FEWEST_ROWS = 20
"""Rows of the report, at least, where the part is long enough: stretches of time over which the bootstrap resamples."""


@dataclass(frozen=True)
class Forecast(Prediction):
    """What comes next in each column of a series.

    value: the median, a list of numbers per column;  quantiles: the same for each share that should lie below, rising
    """

    quantiles: dict[float, dict[str, list[float]]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"times": list(self.times or ()), "prediction": self.value, "quantiles": self.quantiles}


SeriesParts: TypeAlias = Parts[SeriesKind, SeriesKind, "Network"]


class ForecastAnswer(Answer[SeriesKind, SeriesKind, "Network", "WindowBatches"]):
    """series -> the next values of its columns (Lim & Zohren 2021 call it direct multi-horizon forecasting)."""

    loss_unit = "(pinball error, in spreads of the window)"
    most_reported = None  # as they follow each other in time

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        series = series_of(table, inputs, output)
        return series, series

    def columns(self, settings: Settings) -> tuple[SeriesKind, SeriesKind]:
        kind = SeriesKind(settings.context, settings.horizon, settings.season, settings.quantiles)
        return kind, kind

    def parts(self, inputs: list[Any], outputs: list[Any], settings: Settings) -> SeriesParts:
        return super().parts(inputs, outputs, settings.with_changes(sizes(inputs, settings)))

    @reads(*RECURRENCE, "segment", "decoding", "embedding_size", "base", "members")
    def network(self, input: SeriesKind, output: SeriesKind, settings: Settings) -> Network:
        from elman.models.ensemble import together
        from elman.models.forecaster import Forecaster
        from elman.models.sides import encoder_of, head_of, of_horizon

        s, kind = settings, input
        members = [
            Forecaster(
                encoder_of(kind, s),
                of_horizon(kind, s),
                lambda size: head_of(kind, size, s),
                recurrent=s.decoding == "recurrent",
                from_last=s.base == "last" or (s.base == "both" and number % 2 == 1),
                **s.recurrence,
            )
            for number in range(s.members)
        ]
        return together(members)

    @reads("batch_tokens", "segment")
    def batches(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> WindowBatches:
        from elman.training.batches import WindowBatches

        s, kind = parts.settings, parts.input
        batches = WindowBatches(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, segment=s.segment, seed=s.seed)
        return with_forecasts(batches, inputs)

    def finish(self, parts: SeriesParts, validation: WindowBatches, inputs: list[Any]) -> None:
        """Weigh the network's answer for the validation part, then shift each quantile until as much of that lies below
        it as should (conformalised quantile regression, Romano et al. 2019, with a correction for each side)."""
        kind, windows = validation.kind, validation.windows
        scores, lacking = [], []
        for batch in validation.arrays():
            scores.append(parts.network.scores(batch.inputs))
            lacking.append(batch.targets[..., 0])
        in_time = np.argsort(windows.origins, kind="stable")
        found, missing = np.concatenate(scores)[in_time], np.concatenate(lacking)[in_time]
        observed = ~np.isnan(missing)
        kind.calibrate(found[observed], missing[observed])

    def inherit(self, old: SeriesParts, new: SeriesParts) -> None:
        new.input.trust, new.input.shifts = old.input.trust, old.input.shifts
        new.input.unit = old.input.unit

    def read_out_elsewhere(self, parts: SeriesParts) -> ReadOut:
        return ReadOut("scores", ("median", *(f"quantile {share:g}" for share in parts.input.quantiles)))

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: SeriesKind) -> tuple[str, ...]:
        return ("mase", "std_mse", "std_mae")

    def baselines(self, parts: SeriesParts) -> list[Any]:
        season = parts.input.season
        return [Naive(1), Naive(season)] if season > 1 else [Naive(1)]

    def fit_baselines(self, parts: SeriesParts, train: Cells, valid: Cells) -> list[Any]:
        return self.baselines(parts)  # which have nothing to fit

    def examples(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Stretches of time: per stretch what each naive forecast of it says, by its lag, and what came."""
        stretches = self._stretches(parts, inputs)
        return [stretch.naive for stretch in stretches], [stretch.actual for stretch in stretches]

    def measured(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """A backtest with a rolling origin: from every step of the part on that leaves room for the horizon."""
        stretches = self._stretches(parts, inputs)
        predicted, actual = [s.predicted for s in stretches], [s.actual for s in stretches]
        losses = [float(np.abs(p - a)[:, 1].mean()) for p, a in zip(predicted, actual, strict=True)]
        shown = [
            (s.when, f"{p[:, 0].mean():.3g}", f"{a[:, 0].mean():.3g}")
            for s, p, a in zip(stretches, predicted, actual, strict=True)
        ]
        return Measured(predicted, actual, [s.naive for s in stretches], shown, losses, "naive errors")

    def _stretches(self, parts: SeriesParts, inputs: list[Any]) -> list[Stretch]:
        """All forecasts for the same stretch of time together: errors of neighbouring times and origins are alike, so
        that the bootstrap must resample them as one (Künsch 1989)."""
        s, kind = parts.settings, parts.input
        batches = WindowsInOrder(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, segment=s.segment)
        windows = with_forecasts(batches, inputs).windows
        found = [forecast_of(parts.network, kind, batch.inputs)[..., 0] for batch in batches.arrays()]
        predicted, actual = np.concatenate(found).astype(np.float64), kind.observed(windows).astype(np.float64)
        naive = {lag: repeat(windows, lag, kind.horizon) for lag in {1, kind.season}}
        which, columns, origins = windows.which, windows.columns, windows.origins
        units, deviations = kind.naive_error[columns], (kind.unit / kind.scale)[columns]
        times = origins[:, None] + np.arange(kind.horizon)
        length = max(1, min(kind.horizon, (int(times.max() - times.min()) + 1) // FEWEST_ROWS))
        observed = ~np.isnan(actual)
        keys = np.stack([np.broadcast_to(which[:, None], times.shape)[observed], times[observed] // length])
        places, at = np.unique(keys, axis=1, return_inverse=True)
        order, starts = np.argsort(at, kind="stable"), np.cumsum(np.bincount(at))[:-1]
        deviation, unit = (np.broadcast_to(one[:, None], times.shape)[observed] for one in (deviations, units))

        def in_stretches(values: Floats) -> list[Floats]:
            both = np.stack([values[observed] / deviation, values[observed] / unit], axis=1)
            return np.split(both[order], starts)

        repeated = {lag: in_stretches(values) for lag, values in naive.items()}
        return [
            Stretch(
                str(inputs[one].time(block * length)),
                predicted_then,
                actual_then,
                {k: v[i] for k, v in repeated.items()},
            )
            for i, ((one, block), predicted_then, actual_then) in enumerate(
                zip(places.T.tolist(), in_stretches(predicted), in_stretches(actual), strict=True)
            )
        ]

    # -- use ----------------------------------------------------------------------------------

    def predict(self, parts: SeriesParts, cells: Sequence[Any]) -> list[Prediction]:
        """What comes after the end of each series: a ``Forecast`` each."""
        return [*self.forecasts(parts, cells)]

    def forecasts(self, parts: SeriesParts, cells: Sequence[Series | None]) -> list[Forecast]:
        """``predict``, by the name of its kind."""
        kind = parts.input
        return [self._forecast(parts.network, kind, series) for series in cells]

    def _forecast(self, network: Scores, kind: SeriesKind, cell: Series | None) -> Forecast:
        series = kind.checked(cell)
        if len(series) < kind.context:
            raise TaskError(f"the series has {len(series)} steps; the model reads {kind.context} before it forecasts")
        kind.check_ahead(series)
        (encoded,) = kind.encode([series])
        windows = [Window(encoded, column, len(series)) for column in range(len(kind.columns))]
        scores = forecast_of(network, kind, kind.collate(windows)).astype(np.float64)
        numbers = scores * kind.scale[:, None, None] + kind.mean[:, None, None]
        named = [dict(zip(kind.columns, column.tolist(), strict=True)) for column in np.moveaxis(numbers, -1, 0)]
        times = tuple(series.time(len(series) + step) for step in range(kind.horizon))
        return Forecast(named[0], times=times, quantiles=dict(zip(kind.quantiles, named[1:], strict=True)))


@dataclass(frozen=True)
class Stretch:
    """Forecasts for a stretch of time: ``[k, 2]``, in standard deviations and in naive errors."""

    when: str
    predicted: Floats
    actual: Floats
    naive: dict[int, Floats]


def with_forecasts(batches: W, inputs: Sequence[Series]) -> W:
    """The same batches. Raises TaskError where a part is too short for any forecast."""
    if not len(batches.windows):
        longest = max(len(series) - series.start for series in inputs)
        kind = batches.kind
        raise TaskError(
            f"a part of {longest} steps is too short for a forecast of {kind.horizon} steps from the "
            f"{kind.context} before; pass smaller ones by --set horizon=N and --set context=N, or a longer series"
        )
    return batches


def forecast_of(network: Scores, kind: SeriesKind, windows: WindowBatch) -> NDArray[np.floating[Any]]:
    """``[B, horizon, 1 + quantiles]``: median and further quantiles, in standard deviations."""
    scores = network.scores(windows)
    assert isinstance(scores, np.ndarray)
    return windows.base[..., None] + windows.scale[:, None, None] * kind.calibrated(scores)


def repeat(windows: Forecasts, lag: int, horizon: int) -> Floats:
    """``[W, horizon]``: the last ``lag`` values again and again; the last one where a series has too few before the
    origin."""
    parts = np.split(windows.series.values, windows.offsets[1:-1])
    filled = np.concatenate([forward_filled(part.T).T for part in parts])
    lags = np.where(windows.origins >= lag, lag, 1)
    back = np.arange(horizon) % lags[:, None] - lags[:, None]
    return filled[windows.places(0, 1) + back, windows.columns[:, None]].astype(np.float64)


def sizes(inputs: Sequence[Series], settings: Settings) -> dict[str, int]:
    """Season, horizon, context and segment where they aren't set: a season ahead, from two seasons, in few steps."""
    longest = max(inputs, key=len)
    length, season = len(longest), settings.season or longest.season() or 1
    longest_horizon = max(1, length // 9)  # which still fits into a validation part of a tenth
    horizon = settings.horizon or min(season if 1 < season <= longest_horizon else 24, longest_horizon)
    context = settings.context or max(1, min(2 * max(horizon, season), 2 * (length - horizon) // 3))
    segment = settings.segment or -(-context // STEPS)
    whole = -(-context // segment) * segment
    return {"season": season, "horizon": horizon, "segment": segment, "context": whole}
