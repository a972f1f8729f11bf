"""Series: their next values, forecast directly for a whole horizon from a window of the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

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
from elman.scoring.backtest import Backtest
from elman.scoring.calibration import Coverage
from elman.scoring.forecasting import (
    MOST_WINDOWS,
    Drift,
    HistoryMean,
    HistoryMedian,
    LinearOnWindow,
    Naive,
    SeasonalNaive,
    SimpleForecast,
    Theta,
    error_of,
)
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.batches import WindowBatches

Floats = NDArray[np.float64]
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

    def sized(self, inputs: list[Any], settings: Settings) -> Settings:
        return settings.with_changes(sizes(inputs, settings))

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
        with_forecasts(kind, batches.windows, inputs)
        return batches

    @reads("linear")
    def lend(self, parts: SeriesParts, baselines: list[SimpleForecast]) -> None:
        if parts.settings.linear:
            parts.linear_model = next(baseline for baseline in baselines if baseline.name == "linear")
            parts.input.linear = parts.linear_model.of_train.astype(np.float32)

    def finish(self, parts: SeriesParts, validation: WindowBatches, inputs: list[Any]) -> None:
        """Weigh the network's answer and the linear model's for the validation part, then shift each quantile until as
        much of that lies below it as should (conformalised quantile regression, Romano et al. 2019, with a correction
        for each side)."""
        kind, windows = validation.kind, validation.windows
        scores, lacking, linear, scales = [], [], [], []
        for batch in validation.arrays():
            scores.append(parts.network.scores(batch.inputs))
            lacking.append(batch.targets[..., 0])
            linear.append(kind.linear_apart(batch.inputs))
            scales.append(batch.inputs.scale)
        in_time = np.argsort(windows.origins, kind="stable")
        found, missing = np.concatenate(scores)[in_time], np.concatenate(lacking)[in_time]
        observed = ~np.isnan(missing)
        apart = None if kind.linear is None else np.concatenate(linear)[in_time][observed]
        naive = naive_errors(kind, inputs)[windows.which, windows.columns] / kind.scale[windows.columns]
        weight = (np.concatenate(scales) / naive)[in_time].astype(np.float32)  # errors count as the metric does
        weight = weight.repeat(kind.horizon)[observed.ravel()]
        kind.calibrate(found[observed], missing[observed], apart, weight, stretches_of(windows, kind.horizon))

    def inherit(self, old: SeriesParts, new: SeriesParts) -> None:
        if old.linear_model is not None:
            new.linear_model, new.input.share = old.linear_model, old.input.share
            new.input.linear = old.linear_model.weight.astype(np.float32)
        new.input.trust, new.input.shifts = old.input.trust, old.input.shifts
        new.input.unit = old.input.unit

    def read_out_elsewhere(self, parts: SeriesParts) -> ReadOut:
        return ReadOut("scores", ("median", *(f"quantile {share:g}" for share in parts.input.quantiles)))

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: SeriesKind) -> tuple[str, ...]:
        return ("mase", "std_mse", "std_mae")

    def baselines(self, parts: SeriesParts) -> list[SimpleForecast]:
        kind = parts.input
        seasonal = [SeasonalNaive(kind.season)] if kind.season > 1 else []
        return [Naive(), *seasonal, Drift(), HistoryMean(), HistoryMedian(), Theta(), LinearOnWindow(kind.context)]

    def fit_baselines(self, parts: SeriesParts, train: Cells, valid: Cells) -> list[SimpleForecast]:
        """What is fitted is fitted on the training part, of many windows on some; the validation part chooses."""
        sides = [
            (backtest.rows(), [])
            for backtest in (self._backtest(parts, train[0], MOST_WINDOWS), self._backtest(parts, valid[0]))
        ]
        return [baseline.fit(*sides) for baseline in self.baselines(parts)]

    def validated(self, parts: SeriesParts, baselines: list[SimpleForecast], valid: Cells) -> dict[str, float]:
        backtest, predicted = self._predicted(parts, valid[0])
        return {"model": error_of(backtest, predicted[..., 0]), **{one.name: one.validation for one in baselines}}

    def examples(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Stretches of time, and what came in each."""
        backtest = self._backtest(parts, inputs)
        return backtest.rows(), backtest.in_stretches(backtest.actual)

    def measured(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """A backtest with a rolling origin: from every step of the part on that leaves room for the horizon."""
        backtest, found = self._predicted(parts, inputs)
        predicted, actual = backtest.in_stretches(found[..., 0]), backtest.in_stretches(backtest.actual)
        losses = [float(np.abs(p - a)[:, 1].mean()) for p, a in zip(predicted, actual, strict=True)]
        shown = [
            (str(inputs[which].time(first)), f"{p[:, 0].mean():.3g}", f"{a[:, 0].mean():.3g}")
            for (which, first), p, a in zip(backtest.stretches, predicted, actual, strict=True)
        ]
        covered = [*self._coverage(parts.input, backtest, found)]
        return Measured(predicted, actual, backtest.rows(), shown, losses, "naive errors", coverage=covered)

    def _coverage(self, kind: SeriesKind, backtest: Backtest, found: Floats) -> Iterator[Coverage]:
        """Of the lowest quantile and the highest, then of those within them."""
        shares, actual = sorted(kind.quantiles), backtest.actual[backtest.observed]
        for place in range(len(shares) // 2):
            low, high = (found[..., 1 + at][backtest.observed] for at in (place, len(shares) - 1 - place))
            lowest, highest = shares[place], shares[-1 - place]
            held = float(((low <= actual) & (actual <= high)).mean())
            yield Coverage(f"Intervals from quantile {lowest:g} to {highest:g}", highest - lowest, held)

    def _predicted(self, parts: SeriesParts, inputs: list[Any]) -> tuple[Backtest, Floats]:
        """Every forecast that can be made, and the network's medians and quantiles ``[W, horizon, 1 + quantiles]``."""
        s, kind = parts.settings, parts.input
        batches = WindowsInOrder(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, segment=s.segment)
        backtest = self._backtest(parts, inputs)
        found = [forecast_of(parts.network, kind, batch.inputs) for batch in batches.arrays()]
        scale, mean = (each[backtest.columns, None, None] for each in (kind.scale, kind.mean))
        return backtest, np.concatenate(found).astype(np.float64) * scale + mean

    def _backtest(self, parts: SeriesParts, inputs: list[Any], most: int = 0) -> Backtest:
        """Every forecast that can be made of the series; of more than ``most``, evenly spaced ones."""
        kind = parts.input
        windows = with_forecasts(kind, kind.examples(kind.encode(inputs)), inputs)
        every = len(windows)
        if most and every > most:
            windows = windows.select(np.linspace(0, every - 1, most).astype(np.int64))
        times = int(windows.origins.max() - windows.origins.min()) + kind.horizon
        naive = naive_errors(kind, inputs)[windows.which, windows.columns]
        return Backtest(
            [series.values for series in inputs],
            [forward_filled(series.values.T).T for series in inputs],
            windows.series.spread * kind.scale,
            windows.which,
            windows.columns,
            windows.origins,
            kind.horizon,
            kind.context,
            kind.season,
            kind.mean[windows.columns],
            np.stack([kind.unit[windows.columns], naive]),
            stretch=max(1, min(kind.horizon, times // FEWEST_ROWS)),
            every=every,
        )

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


def with_forecasts(kind: SeriesKind, windows: Forecasts, inputs: Sequence[Series]) -> Forecasts:
    """The same windows. Raises TaskError where a part is too short for any forecast."""
    if not len(windows):
        longest = max(len(series) - series.start for series in inputs)
        raise TaskError(
            f"a part of {longest} steps is too short for a forecast of {kind.horizon} steps from the "
            f"{kind.context} before; pass smaller ones by --set horizon=N and --set context=N, or a longer series"
        )
    return windows


def forecast_of(network: Scores, kind: SeriesKind, windows: WindowBatch) -> NDArray[np.floating[Any]]:
    """``[B, horizon, 1 + quantiles]``: median and further quantiles, in standard deviations."""
    scores = network.scores(windows)
    assert isinstance(scores, np.ndarray)
    return kind.base_of(windows)[..., None] + windows.scale[:, None, None] * kind.calibrated(scores)


def stretches_of(windows: Forecasts, horizon: int) -> float:
    """How many horizons there are in the steps that are forecast, of all series; errors within one are alike."""
    origins = np.unique(np.stack([windows.which, windows.origins]), axis=1)
    series = len(np.unique(windows.which))
    return (origins.shape[1] + series * (horizon - 1)) / horizon


def naive_errors(kind: SeriesKind, inputs: Sequence[Series]) -> Floats:
    """``[series, C]``: what MASE counts in. Of several series, which may be of very different sizes, each has its own,
    found before it is forecast (Hyndman & Koehler 2006); of one, and where there is none, the training part's."""
    learned = kind.naive_error * kind.scale
    found = np.tile(learned, (len(inputs), 1))
    if len(inputs) > 1:
        for place, series in enumerate(inputs):
            before = series.values[: series.start or None]
            changes = np.abs(before[kind.season :] - before[: -kind.season])
            count = (~np.isnan(changes)).sum(0)
            own = np.nansum(changes, axis=0) / np.maximum(count, 1)
            found[place] = np.where(own > 0, own, learned)
    return found


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
