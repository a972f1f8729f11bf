"""Whether training and prediction are slower than in another version: two checkouts side by side on the same work.

    git worktree add ../before COMMIT            # and build its extension into its src/elman/kernels
    python benchmarks/versions.py ../before . --data ../shared/data

Each job trains an application for so many epochs on its first rows, then predicts those rows again; the two versions
take turns, each run in a process of its own, and the medians stand side by side. Before anything is timed as equal,
the scores of the two are compared: a job whose versions learned something else says so. Nothing else should run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path
from typing import Any

JOBS = {  # application -> rows to train on, epochs
    "sms": (1_500, 2),
    "upos": (800, 2),
    "g2p": (1_500, 1),
    "multi30k": (300, 1),
    "japanese_vowels": (270, 10),
    "gesture_phase": (None, 2),
    "chorales": (100, 5),
    "sunspots": (None, 2),
}


def job(name: str, root: Path) -> dict[str, Any]:
    """Train and predict in this process, with the Elman that the path finds first."""
    # The finder of an installed Elman would come before the path that names the version.
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
    import applications

    import elman

    application, (rows, epochs) = applications.APPLICATIONS[name], JOBS[name]
    given = {part: first(data, rows) for part, data in application.data(root).items()}
    began = time.monotonic()
    model = elman.fit(**given, epochs=epochs, **application.options)
    trained = time.monotonic() - began
    predicting = use(model, given["data"])
    metrics = {metric: value["value"] for metric, value in model.report.to_json()["metrics"].items()}
    return {"fit": trained, "use": predicting, "metrics": metrics}


def first(data: Any, rows: int | None) -> Any:
    """So many rows of a table or of files; all for None."""
    from elman.data.readers import read

    table = data if hasattr(data, "columns") else read(data if isinstance(data, list) else [data])
    return table if rows is None else table.select(range(min(rows, len(table))))


def use(model: Any, table: Any) -> float:
    """Seconds to predict the first rows, decoding and metrics included; of tunes, to invent some."""
    began = time.monotonic()
    if model.task.name.endswith("language-model"):
        for seed in range(50):
            model.generate(length=500, seed=seed)
    else:
        model.evaluate(table.select(range(min(len(table), 500))))
    return time.monotonic() - began


def run(checkout: Path, name: str, root: Path) -> dict[str, Any]:
    paths = os.pathsep.join(str(checkout.resolve() / part) for part in ("src", "benchmarks"))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_WAIT_POLICY": "passive"}
    command = [sys.executable, __file__, "--job", name, "--data", str(root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} in {checkout} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(before: Path, after: Path, name: str, root: Path, times: int) -> str:
    """One line of the table."""
    runs: dict[Path, list[dict[str, Any]]] = {before: [], after: []}
    for _ in range(times):
        for checkout, results in runs.items():
            results.append(run(checkout, name, root))
    parts = [name]
    for what in ("fit", "use"):
        was, now = (statistics.median(result[what] for result in runs[checkout]) for checkout in (before, after))
        parts.append(f"{was:.2f} | {now:.2f} | {now / was:.2f}")
    first, second = (runs[checkout][0]["metrics"] for checkout in (before, after))
    shared = [metric for metric in first if metric in second]
    apart = max((abs(first[metric] - second[metric]) for metric in shared), default=float("nan"))
    return f"| {' | '.join(parts)} | {apart:.1e} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="*", type=Path, help="the version before, and the one after")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--jobs", nargs="*", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--job", choices=list(JOBS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        print(json.dumps(job(arguments.job, arguments.data.resolve())))
        return
    before, after = arguments.checkouts
    print("| job | fit before, s | after | ratio | use before, s | after | ratio | largest difference of a metric |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.jobs:
        print(compare(before, after, name, arguments.data.resolve(), arguments.times), flush=True)


if __name__ == "__main__":
    main()
