"""Anomalies of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015), as they come and in hindsight.

    git clone https://github.com/numenta/NAB
    python benchmarks/nab_anomalies.py NAB

Of what is before the first event of a series, as normal, two thirds are learned from; the rest of the series is tested
on. All series that have at least ``BEFORE`` steps before their first event are tried. Nothing was chosen on them.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

import elman

BEFORE = 1_500
NAMES = ("average_precision", "roc_auc", "range_f1", "events_found", "false_alarms")

Columns = dict[str, list[Any]]


def parts(path: Path, windows: list[list[str]]) -> tuple[Columns, Columns]:
    """What is learned from, and the rest with its marks; nothing of a series with too little before an event."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([row["timestamp"] for row in rows], "datetime64[s]")
    marks = np.zeros(len(rows), bool)
    for begins, ends in windows:
        marks |= (np.datetime64(begins) <= times) & (times <= np.datetime64(ends))
    first = int(marks.argmax())  # 0 where there is none
    cut = 2 * first // 3 if first >= BEFORE else 0
    values = [float(row["value"]) for row in rows]
    return {"value": values[:cut]}, {"value": values[cut:], "fault": marks[cut:].astype(int).tolist()}


def shown(measured: dict[str, Any]) -> list[float]:
    return [float(measured[name]["value"]) for name in NAMES]


def line(name: str, who: str, numbers: Any) -> None:
    print(f"| {name} | {who} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    events = json.loads((folder / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    found: dict[str, list[list[float]]] = {}
    print("| series | | " + " | ".join(NAMES) + " |", "|---" * (2 + len(NAMES)) + "|", sep="\n")
    for name, windows in events.items():
        normal, test = parts(folder / "data" / name, windows)
        if not normal["value"]:
            continue
        for who, hindsight in (("as it comes", False), ("in hindsight", True)):
            report = elman.fit(normal, task="anomaly", hindsight=hindsight).evaluate(test)
            measured = {who: report.metrics}
            if hindsight:
                measured |= {baseline.name: baseline.metrics for baseline in report.baselines}
            for each, numbers in measured.items():
                found.setdefault(each, []).append(shown(numbers))
                line(Path(name).stem, each, found[each][-1])
    for who, rows in found.items():
        line(f"mean of {len(rows)}", who, np.mean(rows, axis=0))


if __name__ == "__main__":
    main()
