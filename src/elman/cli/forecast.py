"""A forecast as people take it away: a table of times and numbers, and a picture."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from elman.answers.forecast import Forecast
    from elman.kinds.series import Series

SHOWN_PAST = 4
"""A picture shows so many times the horizon of what was before."""


def columns(forecasts: Sequence[Forecast]) -> list[str]:
    """What ``rows`` gives; ``q0.1`` is what a tenth of what comes should lie below."""
    return ["series", "time", "column", "forecast", *(f"q{share:g}" for share in forecasts[0].quantiles)]


def rows(names: Sequence[Any], forecasts: Sequence[Forecast]) -> Iterator[tuple[Any, ...]]:
    """One row per series, by its name, column and step."""
    for series, forecast in zip(names, forecasts, strict=True):
        for column, values in forecast.value.items():
            quantiles = [by_column[column] for by_column in forecast.quantiles.values()]
            for time, *numbers in zip(forecast.times or (), values, *quantiles, strict=True):
                yield (series, time, column, *numbers)


def write_csv(out: TextIO, names: Sequence[Any], forecasts: Sequence[Forecast]) -> None:
    writer = csv.writer(out)
    writer.writerow(columns(forecasts))
    for series, time, column, *numbers in rows(names, forecasts):
        writer.writerow([series, time, column, *(f"{value:.6g}" for value in numbers)])


def write_jsonl(out: TextIO, names: Sequence[Any], forecasts: Sequence[Forecast]) -> None:
    keys = columns(forecasts)
    for row in rows(names, forecasts):
        out.write(json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) + "\n")


def plot(path: Path, names: Sequence[Any], series: Sequence[Series], forecasts: Sequence[Forecast]) -> None:
    """A PNG with a panel for each column of each series: the past, a forecast, and what lies between quantiles."""
    from matplotlib.figure import Figure

    together = zip(names, series, forecasts, strict=True)
    panels = [(title, one, forecast, name) for title, one, forecast in together for name in one.names]
    figure = Figure(figsize=(9, 2.4 * len(panels)), layout="constrained")
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        title, one, forecast, name = panel
        end, horizon = len(one), len(forecast.times or ())
        past, ahead = range(max(0, end - SHOWN_PAST * horizon), end), range(end, end + horizon)
        axes.plot(past, one.values[past.start :, one.names.index(name)], color="black", linewidth=1, label="observed")
        shares = list(forecast.quantiles)
        for low, high in zip(shares[: len(shares) // 2], reversed(shares), strict=False):
            between = forecast.quantiles[low][name], forecast.quantiles[high][name]
            axes.fill_between(ahead, *between, alpha=0.3, label=f"{low:g} to {high:g} quantile", color="tab:blue")
        axes.plot(ahead, forecast.value[name], linewidth=1.5, label="forecast")
        ticks = [past.start, end, end + horizon - 1]
        axes.set_xticks(ticks, [str(one.time(tick)) for tick in ticks])
        axes.set_title(f"{title}: {name}" if len(series) > 1 else name)
    figure.axes[0].legend(loc="upper left")
    figure.savefig(path, format="png", dpi=120)
