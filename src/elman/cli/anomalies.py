"""Anomalies as people take them away: the spans that stand out, a table with a score for each step, and a picture."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from elman.kinds.arrays import as_array

if TYPE_CHECKING:
    from elman.answers.anomaly import Alarm, Anomalies

MOST_PANELS = 24
"""Of many sequences, a picture shows the first."""


@dataclass(frozen=True)
class Seen:
    """A sequence with what was found in it.

    name: for people;  cell: its steps;  labels: what its columns are called
    """

    name: Any
    cell: Any
    labels: Sequence[str]
    found: Anomalies

    def time(self, step: int) -> Any:
        """When a step is, counted from 0; its number, counted from 1, where nothing says it."""
        return self.found.times[step] if self.found.times else step + 1


def write_lines(out: TextIO, seen: Iterable[Seen]) -> None:
    """One line per span."""
    for one in seen:
        for alarm in one.found.alarms:
            out.write(f"{one.name}\t{when(alarm)}\t{alarm.peak:.3g} thresholds\t{columns(alarm)}\n")
        if not one.found.alarms:
            out.write(f"{one.name}\t{without_alarm(one.found)}\t\n")


def without_alarm(found: Anomalies) -> str:
    """What is said of a sequence without an alarm, and of which of its steps nothing can be said."""
    unjudged, steps = found.unjudged, len(found.value)
    if steps and unjudged == steps:
        return f"not judged\tall of its {steps:,} steps are among the first, of which nothing can be said yet"
    where = f" in steps {unjudged + 1:,} to {steps:,}; of those before nothing can be said yet" if unjudged else ""
    return f"no alarm{where}\t{found.score:.3g} thresholds at most"


def when(alarm: Alarm) -> str:
    steps = f"steps {alarm.first:,} to {alarm.last:,}"
    return steps if alarm.begins is None else f"{alarm.begins} to {alarm.ends} ({steps})"


def columns(alarm: Alarm) -> str:
    """The columns that did it, with the share of each."""
    return ", ".join(f"{name} {share:.0%}" for name, share in alarm.columns.items())


def rows(seen: Iterable[Seen]) -> Iterator[tuple[Any, ...]]:
    """One row per step: in thresholds its score, empty where nothing can be said yet, and whether it is in a span that
    stands out, as 0 or 1."""
    for one in seen:
        inside = {step for alarm in one.found.alarms for step in range(alarm.first - 1, alarm.last)}
        for step, score in enumerate(one.found.value):
            shown = f"{score:.6g}" if step >= one.found.unjudged else ""
            yield one.name, one.time(step), shown, int(step in inside)


def keeping(seen: Iterable[Seen], first: list[Seen]) -> Iterator[Seen]:
    """The same sequences, one after another; as many as a picture shows are added to ``first``."""
    for one in seen:
        if len(first) < MOST_PANELS:
            first.append(one)
        yield one


def write_csv(out: TextIO, seen: Iterable[Seen]) -> None:
    writer = csv.writer(out)
    writer.writerow(["sequence", "time", "score", "alarm"])
    writer.writerows(rows(seen))


def write_jsonl(out: TextIO, seen: Iterable[Seen]) -> None:
    for one in seen:
        out.write(json.dumps({"input": one.name, **one.found.to_json()}, ensure_ascii=False) + "\n")


def plot(path: Path, seen: Sequence[Seen]) -> None:
    """A PNG with a panel for each column of each sequence, its spans shaded, and one for the scores."""
    from matplotlib.figure import Figure

    panels = [(one, place) for one in seen for place in [*range(len(one.labels)), None]][:MOST_PANELS]
    figure = Figure(figsize=(11, 1.7 * len(panels)), layout="constrained")
    for axes, (one, place) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        if place is None:
            axes.plot(one.found.value, color="tab:red", linewidth=0.8)
            axes.axhline(1.0, color="black", linewidth=0.8, linestyle="--")
            axes.set_title(f"{one.name}: score, in thresholds")
        else:
            axes.plot(as_array(one.cell)[:, place], color="black", linewidth=0.7)
            axes.set_title(f"{one.name}: {one.labels[place]}")
        for alarm in one.found.alarms:
            axes.axvspan(alarm.first - 1.5, alarm.last - 0.5, alpha=0.3, color="tab:red", linewidth=0)
        ticks = sorted({0, len(one.found.value) // 2, max(len(one.found.value) - 1, 0)})
        if one.found.value:
            axes.set_xticks(ticks, [str(one.time(tick)) for tick in ticks])
    figure.savefig(path, format="png", dpi=110)
