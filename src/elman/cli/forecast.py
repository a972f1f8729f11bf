"""A forecast as people take it away: a table of times and numbers, and a picture."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from elman.data.series import Series
    from elman.tasks.forecasting import Forecast

COLUMNS = ("series", "time", "column", "forecast", "low", "high")
SHOWN_PAST = 4
"""A picture shows so many times the horizon of what was before."""


def rows(forecasts: Sequence[Forecast]) -> Iterator[tuple[Any, ...]]:
    """One row per series, column and step, in the order of ``COLUMNS``; low and high hold 80 % of what comes."""
    for number, forecast in enumerate(forecasts, start=1):
        for column, values in forecast.value.items():
            for parts in zip(forecast.times or (), values, forecast.low[column], forecast.high[column], strict=True):
                time, *numbers = parts
                yield (number, time, column, *numbers)


def write_csv(out: TextIO, forecasts: Sequence[Forecast]) -> None:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for *names, value, low, high in rows(forecasts):
        writer.writerow([*names, f"{value:.6g}", f"{low:.6g}", f"{high:.6g}"])


def write_jsonl(out: TextIO, forecasts: Sequence[Forecast]) -> None:
    for row in rows(forecasts):
        out.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n")


def plot(path: Path, series: Sequence[Series], forecasts: Sequence[Forecast]) -> None:
    """A PNG with a panel for each column of each series: what was, the forecast, and its 80 % interval."""
    from matplotlib.figure import Figure

    panels = [(one, forecast, name) for one, forecast in zip(series, forecasts, strict=True) for name in one.names]
    figure = Figure(figsize=(9, 2.4 * len(panels)), layout="constrained")
    for axes, (one, forecast, name) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        end, horizon = len(one), len(forecast.times or ())
        past, ahead = range(max(0, end - SHOWN_PAST * horizon), end), range(end, end + horizon)
        axes.plot(past, one.values[past.start :, one.names.index(name)], color="black", linewidth=1, label="known")
        axes.fill_between(ahead, forecast.low[name], forecast.high[name], alpha=0.3, label="80 % interval")
        axes.plot(ahead, forecast.value[name], linewidth=1.5, label="forecast")
        ticks = [past.start, end, end + horizon - 1]
        axes.set_xticks(ticks, [str(one.time(tick)) for tick in ticks])
        axes.set_title(name)
    figure.axes[0].legend(loc="upper left")
    figure.savefig(path, format="png", dpi=120)
