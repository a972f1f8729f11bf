"""Anomalies of a made ECG: learned from ``normal.csv``, tested on ``with_anomalies.csv``; beside a matrix profile.

    python benchmarks/anomalies.py DATA/ecg_anomaly --seeds 0 1 2

With ``--planted`` nothing of the test file is read: faults are planted in the end of ``normal.csv`` instead, which is
what was chosen on. ``--hindsight`` judges steps by what comes after them, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman
from elman.decoding.alarms import Watched
from elman.scoring.metrics import metric
from elman.scoring.watching import Stretch

Floats = NDArray[np.float64]
NAMES = ("average_precision", "roc_auc", "range_f1", "events_found", "delay", "false_alarms")
BLOCK = 512


def series(path: Path) -> tuple[Floats, NDArray[np.bool_]]:
    """The values and the marks of a file; its columns may have the same name."""
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    return rows[:, 1], rows[:, -1] > 0


def planted(values: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Normal data to learn from; the rest, with five faults, and where they are."""
    rng = np.random.default_rng(0)
    train, test = values[:7_000], values[7_000:].copy()
    marks = np.zeros(len(test), bool)
    test[300:400] = np.interp(300 + np.arange(100) * 0.8, np.arange(len(test)), test)
    test[900:1_000] *= 0.8
    test[1_500:1_600] = test[1_505:1_605]
    test[2_000:2_100] += rng.normal(0, 0.3, 100)
    test[2_500] += 2
    for first, end in ((300, 400), (900, 1_000), (1_500, 1_600), (2_000, 2_100), (2_500, 2_501)):
        marks[first:end] = True
    return train, test, marks


def windows(values: Floats, length: int) -> Floats:
    """All subsequences ``[n, length]``, each over its own scale, of length 1."""
    found = np.lib.stride_tricks.sliding_window_view(values, length)
    found = found - found.mean(1, keepdims=True)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def matrix_profile(values: Floats, length: int, reference: Floats | None = None) -> Floats:
    """How far each step is from what is most like it, elsewhere or in ``reference``: of the subsequences that it is in,
    the mean distance of each to its nearest one (Yeh et al. 2016, "Matrix profile I")."""
    own = windows(values, length)
    others = own if reference is None else windows(reference, length)
    nearest = np.zeros(len(own))
    for first in range(0, len(own), BLOCK):
        alike = own[first : first + BLOCK] @ others.T
        if reference is None:  # those that overlap by half or more are no others
            rows = np.arange(first, first + len(alike))[:, None]
            alike[np.abs(rows - np.arange(len(others))) < length // 2] = -np.inf
        nearest[first : first + BLOCK] = np.sqrt(np.maximum(2 - 2 * alike.max(1), 0))
    sums, counts = (np.convolve(part, np.ones(length)) for part in (nearest, np.ones(len(own))))
    return sums / counts


def measured(found: Watched, marks: NDArray[np.bool_], names: tuple[str, ...] = NAMES) -> dict[str, float]:
    return {name: round(float(metric(name)([found], [marks])), 3) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--hindsight", action="store_true")
    given = parser.parse_args()
    train, marked = series(given.folder / "normal.csv")
    assert not marked.any()
    if given.planted:
        train, test, marks = planted(train)
    else:
        test, marks = series(given.folder / "with_anomalies.csv")
    how: dict[str, Any] = {"task": "anomaly", "hindsight": given.hindsight}
    models = [elman.fit({"value": train.tolist()}, seed=seed, **how) for seed in given.seeds]
    for seed, model in zip(given.seeds, models, strict=True):
        found: Any = model.predict({"value": test.tolist()})[0]
        alarms = [(alarm.first - 1, alarm.last) for alarm in found.alarms]
        print("elman", seed, measured(Watched(np.array(found.value), alarms), marks), alarms, flush=True)
    model = models[0]
    season = model.parts.output.window
    (encoded,) = map(model.parts.input.values, model.parts.input.encode([test[:, None].tolist()]))
    for baseline in model.baselines:
        (answer,) = baseline.predict([Stretch(encoded, 0, len(encoded))])
        print(baseline.name, measured(answer, marks), flush=True)
    for length in (season, 2 * season, 5 * season):
        for name, reference in (("itself", None), ("normal data", train)):
            scores = matrix_profile(test, length, reference)
            print(f"matrix profile of {length} steps, against {name}", measured(Watched(scores, []), marks, NAMES[:2]))


if __name__ == "__main__":
    main()
