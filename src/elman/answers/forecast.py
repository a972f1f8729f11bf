"""Series: their next values, forecast directly for a whole horizon from a window of the past."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import NETWORK, Answer, Cells, Measured, Parts, Prediction, ToFit
from elman.data.batches import WindowsInOrder
from elman.data.series import series_of
from elman.data.table import Table
from elman.decoding.networks import Scores
from elman.errors import ElmanError, TaskError
from elman.export.around import ReadOut
from elman.graph.classical import OF_HISTORY
from elman.graph.series import forward_filled
from elman.kinds import SeriesKind
from elman.kinds.seasons import LONGEST_SEASON
from elman.kinds.series import Series, season_of_several
from elman.kinds.windows import Forecasts, WindowBatch
from elman.scoring.backtest import Backtest, blocks_of, horizons_in
from elman.scoring.calibration import Coverage
from elman.scoring.forecasting import (
    MOST_WINDOWS,
    Combination,
    Drift,
    HistoryMean,
    HistoryMedian,
    HoltWinters,
    LinearOnWindow,
    Naive,
    OptimisedTheta,
    SeasonalNaive,
    SimpleForecast,
    Theta,
    Trial,
    mean_error,
    mean_said,
    total_error,
)
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.batches import WindowBatches

Floats = NDArray[np.float64]
STEPS = 4
"""Steps of recurrence that a window comes down to, at least: few of them forecast better (Lin et al. 2023)."""
COMBINATION = "combination"
"""The recipe of the best classical forecast, with as much of a mean as costs nothing, without a network."""
FEWEST_ROWS = 20
"""Rows of the report, at least, where the part is long enough: stretches of time over which the bootstrap resamples."""
MOST_FORECAST, MOST_READ = 2_000_000, 16_000_000
"""Numbers in all forecasts that are measured, and in all that is read for them."""
ENOUGH, FEWEST_LEFT = 5, 1 / 3
"""Horizons by which classical forecasts are chosen, where as much of the windows to learn from is left."""


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

    @property
    def candidates(self) -> tuple[str, ...]:
        return NETWORK, *OF_HISTORY, LinearOnWindow.name, COMBINATION

    @reads("recipe")
    def trains(self, settings: Settings) -> bool:
        return settings.recipe in {"", NETWORK}

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        series = series_of(table, inputs, output)
        return series, series

    def columns(self, settings: Settings) -> tuple[SeriesKind, SeriesKind]:
        kind = SeriesKind(settings.context, settings.horizon, settings.season, settings.quantiles)
        return kind, kind

    def sized(self, inputs: list[Any], settings: Settings) -> Settings:
        found = settings.with_changes(sizes(inputs, settings))
        if found.recipe == SeasonalNaive.name and found.season < 2:
            raise TaskError("no season was found that could be repeated; pass its steps by --set season=N")
        return found

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
            for number in range(s.members if self.trains(s) else 1)  # what doesn't learn has no share
        ]
        return together(members)

    @reads("batch_tokens", "segment")
    def batches(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> WindowBatches:
        from elman.training.batches import WindowBatches

        s, kind = parts.settings, parts.input
        batches = WindowBatches(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, segment=s.segment, seed=s.seed)
        with_forecasts(kind, batches.windows, inputs)
        return batches

    def lend(self, parts: SeriesParts, baselines: list[SimpleForecast]) -> None:
        """The classical forecasts that ``fit_baselines`` chose."""
        if (chosen := parts.classical) is not None:
            parts.input.classical = chosen.weights
            if chosen.linear:
                parts.input.linear = chosen.linear.of_trials[0].astype(np.float32)

    def finish(self, parts: SeriesParts, validation: WindowBatches, inputs: list[Any]) -> None:
        """Weigh the network's answer and the classical one for the validation part, then shift each quantile until as
        much of that lies below it as should (conformalised quantile regression, Romano et al. 2019, with a correction
        for each side). Where the classical forecast answers alone, all trials say by how much it misses."""
        kind, windows = validation.kind, validation.windows
        of_history = kind.of_history(windows, inputs)
        scores, lacking, apart, scales = [], [], [], []
        for batch in validation.arrays():
            scores.append(parts.network.scores(batch.inputs))
            lacking.append(batch.targets[..., 0])
            scales.append(batch.inputs.scale)
            if kind.classical:
                apart.append(kind.classical_apart(batch.inputs, rows_of(of_history, batch.rows)))
        in_time = np.argsort(windows.origins, kind="stable")
        naive = naive_errors(kind, inputs)[windows.which, windows.columns] / kind.scale[windows.columns]
        scale = np.concatenate(scales)
        weight = (scale / naive).astype(np.float32)  # errors count as the metric does
        backtest = self._backtest(parts, inputs, len(windows))
        by_now = scale * kind.scale[windows.columns] / backtest.unit
        lacked = np.concatenate(lacking)
        towards = np.concatenate(apart) if apart else np.zeros_like(lacked)
        kind.calibrate(
            np.concatenate(scores)[in_time],
            lacked[in_time],
            towards[in_time],
            weight[in_time, None],
            blocks_of(windows.which, windows.origins, kind.horizon)[in_time] if apart else None,
            backtest.horizons(lacked - towards),
            by_now[in_time, None],
            learned=self.trains(parts.settings),
        )
        if not kind.trust and parts.classical is not None:
            missed = parts.classical.missed[..., None].repeat(len(kind.quantiles), -1)
            kind.shift(missed, parts.classical.horizons)

    def inherit(self, old: SeriesParts, new: SeriesParts) -> None:
        new.classical, new.input.classical = old.classical, old.input.classical
        if old.classical is not None and old.classical.linear:
            new.input.linear = old.classical.linear.weight.astype(np.float32)
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
        return [
            Naive(),
            *seasonal,
            Drift(),
            HistoryMean(),
            HistoryMedian(),
            Theta(),
            OptimisedTheta(),
            HoltWinters(),
            LinearOnWindow(kind.context),
        ]

    def fit_baselines(self, parts: SeriesParts, given: ToFit) -> list[SimpleForecast]:
        """What is fitted is fitted on the training part, of many windows on some; trials choose what answers, or is
        mixed with a network: the one that the recipe names, or those that do best."""
        recipe, (train, valid) = parts.settings.recipe, (given.train[0], given.valid[0])
        trials, straddling = [*self._trials(parts, train, valid)], parts.input.horizon - 1
        later = self._backtest(parts, [one.until(len(one), max(0, one.start - straddling)) for one in valid])
        fitted = [baseline.fit(trials, later) for baseline in self.baselines(parts)]
        if recipe != NETWORK:
            named = [baseline for baseline in fitted if baseline.name == recipe]
            parts.classical = Combination.of_best(named or fitted, trials)
        return fitted

    def _trials(self, parts: SeriesParts, train: list[Series], valid: list[Series]) -> Iterator[Trial]:
        """The training part to learn from, and the validation part to judge by; where the latter has few horizons, then
        the ends of the training part too (a rolling origin, Tashman 2000): a horizon each, and at last as many steps as
        there are. A network, which learned from that, can't be asked there; and where nothing was observed, nobody can.

        What is fitted to forecasts would have few to learn from before such an origin. It learns from those after what
        it is judged by, too (cross-validation, Bergmeir et al. 2018), and from none of a step that it is judged by.
        """
        yield Trial(self._backtest(parts, train, MOST_WINDOWS), self._backtest(parts, valid))
        kind, horizon = parts.input, parts.input.horizon
        enough, windows = count(kind, train) * FEWEST_LEFT, kind.examples(kind.encode(valid))
        horizons = horizons_in(windows.which, windows.origins, horizon)
        lacking = 0 if parts.settings.recipe == NETWORK else math.ceil(ENOUGH - horizons)

        def left(back: int) -> list[Series]:
            return [series.until(series.start - back) for series in valid]

        def too_little(back: int) -> bool:
            return min(map(len, left(back))) <= kind.context or count(kind, left(back)) < enough

        most = bisect_left(range(1, lacking * horizon + 1), True, key=too_little)
        for back in sorted({*range(horizon, most + 1, horizon), most} - {0}):
            ends = [series.start - back for series in valid]
            held = [one.until(end + 2 * horizon - 1, end) for one, end in zip(valid, ends, strict=True)]
            if count(kind, held):
                judged = replace(self._backtest(parts, held), later=[series.values for series in valid])
                every = [series.until(len(series)) for series in valid]
                yield Trial(self._backtest(parts, every, MOST_WINDOWS).apart_from(judged), judged)

    def validated(self, parts: SeriesParts, baselines: list[SimpleForecast], valid: Cells) -> dict[str, float]:
        """In all trials; where the network can't be asked, the classical forecast stands in its place."""
        by_name = {one.name: one.validation for one in baselines}
        if not parts.input.trust and parts.classical is not None:
            return {"model": parts.classical.validation, **by_name}
        backtest, predicted = self._predicted(parts, valid[0])
        errors = np.array([total_error(backtest, predicted[..., 0])])
        if parts.classical is not None:
            errors = np.concatenate([errors, parts.classical.errors[1:]])
        return {"model": mean_error(errors), **by_name}

    def examples(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Stretches of time, and what came in each."""
        backtest = self._backtest(parts, inputs)
        return backtest.rows(), backtest.in_stretches(backtest.actual)

    def measured(self, parts: SeriesParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """A backtest with a rolling origin: from every step of the part on that leaves room for the horizon."""
        backtest, found = self._predicted(parts, inputs)
        predicted, actual = backtest.in_stretches(found[..., 0]), backtest.in_stretches(backtest.actual)
        losses = [float(np.abs(p - a)[:, 1].mean()) for p, a in zip(predicted, actual, strict=True)]
        kind = parts.input
        # Of several columns the mean is in standard deviations, as they have no unit in common.
        unit, zero = (kind.unit[0], kind.mean[0]) if len(kind.columns) == 1 else (1.0, 0.0)

        def mean_of(stretch: Floats) -> str:
            return f"{zero + unit * float(stretch[:, 0].mean()):.4g}"

        shown = [
            (str(inputs[which].time(first)), mean_of(p), mean_of(a))
            for (which, first), p, a in zip(backtest.stretches, predicted, actual, strict=True)
        ]
        return Measured(
            predicted,
            actual,
            backtest.rows(),
            shown,
            losses,
            "naive errors",
            coverage=[*self._coverage(kind, backtest, found)],
            deciding=" ".join(filter(None, [self._how_far(kind), self._answered_by(parts), how_many(backtest)])),
            itself="" if kind.trust or len(kind.classical) > 1 else next(iter(kind.classical), ""),
        )

    def instead_of_network(self, parts: SeriesParts) -> str:
        return self._classical(parts) if parts.input.classical and not parts.input.trust else ""

    def _classical(self, parts: SeriesParts) -> str:
        """The classical forecasts of the model, for people."""
        shares = parts.input.classical
        return mean_said({one.description: shares[one.name] for one in self.baselines(parts) if one.name in shares})

    def _how_far(self, kind: SeriesKind) -> str:
        """Ahead, for people."""
        steps = "step" if kind.horizon == 1 else f"{kind.horizon:,} steps"
        return f"Each forecast is of the next {steps}; --set horizon=N asks for others."

    def _answered_by(self, parts: SeriesParts) -> str:
        """Whose the forecasts are."""
        kind = parts.input
        if not kind.classical:
            return ""
        other = self._classical(parts)
        if not self.trains(parts.settings):
            return f"Forecasts are those of {other}, as asked for, without a network."
        if not kind.trust:
            return f"Forecasts are those of {other}: the network wasn't surely better in validation, and has no share."
        if kind.trust < 1:
            return f"Forecasts are {kind.trust:.0%} the network's and {kind.share:.0%} those of {other}, by validation."
        return f"Forecasts are the network's alone: in validation no share of {other} made them better."

    def _coverage(self, kind: SeriesKind, backtest: Backtest, found: Floats) -> Iterator[Coverage]:
        """Of the lowest quantile and the highest, then of those within them."""
        shares, actual = sorted(kind.quantiles), backtest.actual[backtest.observed]
        for place in range(len(shares) // 2):
            low, high = (found[..., 1 + at][backtest.observed] for at in (place, len(shares) - 1 - place))
            lowest, highest = shares[place], shares[-1 - place]
            held = float(((low <= actual) & (actual <= high)).mean())
            yield Coverage(f"Intervals from quantile {lowest:g} to {highest:g}", highest - lowest, held)

    def _predicted(self, parts: SeriesParts, inputs: list[Any]) -> tuple[Backtest, Floats]:
        """The forecasts of ``_backtest``, and the network's medians and quantiles ``[W, horizon, 1 + quantiles]``."""
        s, kind = parts.settings, parts.input
        batches = WindowsInOrder(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, segment=s.segment)
        batches.windows = evenly_spaced(batches.windows, most_measured(kind))
        backtest = self._backtest(parts, inputs)
        of_history = kind.of_history(batches.windows, inputs)
        found = [
            forecast_of(parts.network, kind, batch.inputs, rows_of(of_history, batch.rows))
            for batch in batches.arrays()
        ]
        scale, mean = (each[backtest.columns, None, None] for each in (kind.scale, kind.mean))
        return backtest, np.concatenate(found).astype(np.float64) * scale + mean

    def _backtest(self, parts: SeriesParts, inputs: list[Any], most: int = 0) -> Backtest:
        """Every forecast that can be made of the series; of more than ``most``, or than are measured, evenly spaced
        ones."""
        kind = parts.input
        windows = with_forecasts(kind, kind.examples(kind.encode(inputs)), inputs)
        every = len(windows)
        windows = evenly_spaced(windows, most or most_measured(kind))
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
        for fault in self.too_short(parts, cells).values():
            raise fault
        return [self._forecast(parts.network, parts.input, series) for series in cells]

    def too_short(self, parts: SeriesParts, cells: Sequence[Series | None]) -> dict[int, ElmanError]:
        """What is wrong with series of fewer steps than are read before a forecast, by row from 0."""
        least = parts.input.context
        others = ", or leave it out (elman predict --skip-bad)" if len(cells) > 1 else ""
        return {
            row: TaskError(
                f"{f'series {row + 1:,} of {len(cells):,}' if others else 'the series'} has {len(series)} steps; the "
                f"model reads {least} before it forecasts: pass as many, or more{others}"
            )
            for row, series in enumerate(cells)
            if series is not None and len(series) < least
        }

    def _forecast(self, network: Scores, kind: SeriesKind, cell: Series | None) -> Forecast:
        series = kind.checked(cell)
        kind.check_ahead(series)
        (encoded,) = kind.encode([series])
        columns = np.arange(len(kind.columns))
        windows = Forecasts.of([encoded], np.zeros_like(columns), columns, np.full_like(columns, len(series)))
        of_history = kind.of_history(windows, [series])
        scores = forecast_of(network, kind, kind.collate(windows), of_history).astype(np.float64)
        numbers = scores * kind.scale[:, None, None] + kind.mean[:, None, None]
        named = [dict(zip(kind.columns, column.tolist(), strict=True)) for column in np.moveaxis(numbers, -1, 0)]
        times = tuple(series.time(len(series) + step) for step in range(kind.horizon))
        return Forecast(named[0], times=times, quantiles=dict(zip(kind.quantiles, named[1:], strict=True)))


def most_measured(kind: SeriesKind) -> int:
    """Forecasts that memory has room for, with what is read for each."""
    return max(1, min(MOST_FORECAST // kind.horizon, MOST_READ // kind.context))


def evenly_spaced(windows: Forecasts, most: int) -> Forecasts:
    every = len(windows)
    return windows if every <= most else windows.select(np.linspace(0, every - 1, most).astype(np.int64))


def how_many(backtest: Backtest) -> str:
    """Of how many forecasts some were measured; "" where all were."""
    if len(backtest) == backtest.every:
        return ""
    return f"Of {backtest.every:,} forecasts that can be made {len(backtest):,} were measured, evenly spaced."


def with_forecasts(kind: SeriesKind, windows: Forecasts, inputs: Sequence[Series]) -> Forecasts:
    """The same windows. Raises TaskError where a part is too short for any forecast."""
    if not len(windows):
        longest = max(len(series) - series.start for series in inputs)
        raise TaskError(
            f"a part of {longest} steps is too short for a forecast of {kind.horizon} steps from the "
            f"{kind.context} before; pass smaller ones by --set horizon=N and --set context=N, or a longer series"
        )
    return windows


def forecast_of(
    network: Scores, kind: SeriesKind, windows: WindowBatch, of_history: NDArray[np.float32] | None
) -> NDArray[np.floating[Any]]:
    """``[B, horizon, 1 + quantiles]``: median and further quantiles, in standard deviations. A network of which no
    share is taken isn't asked."""
    if kind.trust:
        scores = network.scores(windows)
        assert isinstance(scores, np.ndarray)
    else:
        scores = np.zeros((*windows.base.shape, 1 + len(kind.quantiles)), np.float32)
    return kind.base_of(windows, of_history)[..., None] + windows.scale[:, None, None] * kind.calibrated(scores)


def rows_of(array: NDArray[np.float32] | None, rows: list[int]) -> NDArray[np.float32] | None:
    return None if array is None else array[rows]


def count(kind: SeriesKind, series: list[Series]) -> int:
    """How many forecasts can be made of them."""
    return len(kind.examples(kind.encode(series)))


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
    """Season, horizon, context and segment where they aren't set: a season ahead, from two seasons, in few steps. A
    season of more steps than windows can hold is left to the calendar."""
    longest = max(inputs, key=len)
    found = 0 if settings.season else season_of_several(inputs)
    length, season = len(longest), settings.season or (found if found <= LONGEST_SEASON else 0) or 1
    longest_horizon = max(1, length // 9)  # which still fits into a validation part of a tenth
    horizon = settings.horizon or min(season if 1 < season <= longest_horizon else 24, longest_horizon)
    context = settings.context or max(1, min(2 * max(horizon, season), 2 * (length - horizon) // 3))
    segment = settings.segment or -(-context // STEPS)
    whole = -(-context // segment) * segment
    return {"season": season, "horizon": horizon, "segment": segment, "context": whole}
