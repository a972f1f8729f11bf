"""Whether training and prediction are slower than in another version: two checkouts side by side on the same work.

    git worktree add ../before COMMIT            # and build its extension into its src/elman/kernels
    python benchmarks/versions.py ../before . --data ../shared/data

Each job trains an application for so many epochs on its first rows, then predicts those rows again; the two versions
take turns, each run in a process of its own, and the medians stand side by side. "Step" is the mean time of a training
step, reading its batch included, without validations and what comes before and after; as both train on the same
batches, its ratio is that of seconds a token. Before anything is timed as equal, the weights of the two are counted and
their scores compared: a job whose versions learned something else says so. Nothing else should run.
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
    "sms": (None, 2),
    "upos": (None, 1),
    "wikitext2": (None, 1),
    "g2p": (1_500, 1),
    "multi30k": (3_000, 1),
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
    steps = Steps()
    began = time.monotonic()
    model = elman.fit(**given, epochs=epochs, watch=steps, **application.options)
    trained = time.monotonic() - began
    predicting = use(model, given["data"])
    metrics = {metric: value["value"] for metric, value in model.report.to_json()["metrics"].items()}
    return {"fit": trained, "step": steps.mean(), "use": predicting, "metrics": metrics, "weights": weights(model)}


class Steps:
    """Watches a run: milliseconds from one training step to the next, where nothing else came between."""

    def __init__(self) -> None:
        self.last, self.taken = 0.0, list[float]()

    def __call__(self, event: Any) -> None:
        now = time.perf_counter()
        if event.kind == "step" and self.last:
            self.taken.append(1000 * (now - self.last))
        self.last = now if event.kind == "step" else 0.0

    def mean(self) -> float:
        return statistics.fmean(self.taken)


def weights(model: Any) -> int:
    """How many there are; versions differ in what holds the network."""
    network = model.parts.network
    return sum(parameter.numel() for parameter in getattr(network, "network", network).parameters())


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
    for what in ("fit", "step", "use"):
        was, now = (statistics.median(result[what] for result in runs[checkout]) for checkout in (before, after))
        parts.append(f"{was:.2f} | {now:.2f} | {now / was:.2f}")
    one, other = (runs[checkout][0] for checkout in (before, after))
    shared = one["metrics"].keys() & other["metrics"].keys()
    apart = max((abs(one["metrics"][metric] - other["metrics"][metric]) for metric in shared), default=float("nan"))
    counts = " and ".join(f"{count:,}" for count in sorted({one["weights"], other["weights"]}))
    return f"| {' | '.join(parts)} | {apart:.1e} | {counts} |"


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
    timed = "".join(f" {what} | after | ratio |" for what in ("fit before, s", "step before, ms", "use before, s"))
    print(f"| job |{timed} largest difference of a metric | weights |")
    print(f"|{'---|' * 12}")
    for name in arguments.jobs:
        print(compare(before, after, name, arguments.data.resolve(), arguments.times), flush=True)


if __name__ == "__main__":
    main()
