"""Made series with faults of many kinds, by which a recipe for anomalies can be chosen: beats of several periods,
sensors of a plant, hourly counts, and the sample machine. None is of any data set that is reported on.

    python benchmarks/made_anomalies.py                # each set, and the mean over them; seed 0 of all that is made
    python benchmarks/made_anomalies.py --only plant   # one of them
    python benchmarks/made_anomalies.py --seed 1000    # others of their kinds, without the sample machine
    python benchmarks/made_anomalies.py --hindsight    # steps are judged by what comes after them, too
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman
from elman.decoding.alarms import Watched, spans
from elman.scoring.metrics import metric

Floats = NDArray[np.float64]
Marked = tuple[Floats, Floats, NDArray[np.bool_]]
"""Normal steps ``[T, D]``, those to test on, and which of these are of a fault."""
NAMES = ("average_precision", "roc_auc", "range_f1", "events_found", "false_alarms")


def waves(phase: Floats) -> Floats:
    """A beat: at each share of a period, the sum of a few bumps."""
    bumps = ((0.2, 0.15, 0.035), (0.36, -0.12, 0.02), (0.4, 1.0, 0.03), (0.44, -0.25, 0.02), (0.68, 0.3, 0.05))
    return np.sum([high * np.exp(-0.5 * ((phase - at) / wide) ** 2) for at, high, wide in bumps], axis=0)


def beats(steps: int, period: float, jitter: float, rng: np.random.Generator) -> Floats:
    """``[steps, 1]``: beats of about a period, over a level that wanders."""
    lengths = period * (1 + jitter * rng.standard_normal(int(2 * steps / period)))
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    beat = np.searchsorted(starts, np.arange(steps), side="right") - 1
    height = 1 + 0.05 * rng.standard_normal(len(lengths))
    level = np.cumsum(rng.standard_normal(steps)) / np.sqrt(20 * period)
    level -= np.convolve(level, np.ones(int(10 * period)) / int(10 * period), "same")
    found = waves((np.arange(steps) - starts[beat]) / lengths[beat]) * height[beat] + 0.1 * level
    return (found + 0.02 * rng.standard_normal(steps))[:, None]


def plant(steps: int, rng: np.random.Generator) -> Floats:
    """``[steps, 5]``: current, temperature, vibration, pressure, and a meter that drifts, in cycles of 60 steps."""
    load = np.where(np.arange(steps) % 60 < 36, 1.0, 0.25)
    wear, warm = np.cumsum(0.01 * rng.standard_normal(steps)), np.zeros(steps)
    for step in range(1, steps):
        warm[step] = warm[step - 1] + 0.08 * (load[step] - warm[step - 1]) + 0.01 * rng.standard_normal()
    turned = 2 * np.pi * np.arange(steps) / 13 + 0.006 * np.cumsum(rng.standard_normal(steps))
    noise = rng.standard_normal((steps, 4))
    return np.stack(
        [
            12 * load + wear + 0.2 * noise[:, 0],
            40 * warm + wear,
            (0.4 + 0.6 * load) * np.sin(turned) + 0.05 * noise[:, 1],
            3 + 0.5 * load + 0.05 * noise[:, 2],
            0.015 * np.cumsum(rng.standard_normal(steps)) + 0.2 * noise[:, 3],
        ],
        axis=1,
    )


def counts(steps: int, rng: np.random.Generator) -> Floats:
    """``[steps, 1]``: how many each hour, by day and by week, at a level that wanders."""
    hour = np.arange(steps)
    day = 8 * (1 + 6 * np.maximum(0, np.sin(2 * np.pi * (hour % 24 - 6) / 24)))
    week = np.where(hour // 24 % 7 >= 5, 0.6, 1.0)
    return rng.poisson(day * week * np.exp(0.0025 * np.cumsum(rng.standard_normal(steps))))[:, None].astype(float)


FAULTS: dict[str, Callable[[Floats, int, int, int, np.random.Generator], Any]] = {
    "missing": lambda x, a, b, period, rng: np.median(x),
    "early": lambda x, a, b, period, rng: x[a + period // 3 : b + period // 3],
    "fast": lambda x, a, b, period, rng: np.interp(a + 1.3 * np.arange(b - a), np.arange(len(x)), x),
    "slow": lambda x, a, b, period, rng: np.interp(a + 0.75 * np.arange(b - a), np.arange(len(x)), x),
    "small": lambda x, a, b, period, rng: np.median(x) + 0.6 * (x[a:b] - np.median(x)),
    "large": lambda x, a, b, period, rng: np.median(x) + 1.4 * (x[a:b] - np.median(x)),
    "noise": lambda x, a, b, period, rng: x[a:b] + 0.35 * x.std() * rng.standard_normal(b - a),
    "mirror": lambda x, a, b, period, rng: 2 * np.median(x) - x[a:b],
    "reverse": lambda x, a, b, period, rng: x[a:b][::-1].copy(),
    "smooth": lambda x, a, b, period, rng: np.convolve(x, np.ones(max(3, period // 6)) / max(3, period // 6), "same")[
        a:b
    ],
    "spike": lambda x, a, b, period, rng: x[a:b] + 3 * x.std(),
    "sine": lambda x, a, b, period, rng: x.mean() + 1.2 * x.std() * np.sin(2 * np.pi * np.arange(b - a) / period),
    "level": lambda x, a, b, period, rng: x[a:b] + 0.9 * x.std(),
    "trend": lambda x, a, b, period, rng: x[a:b] + np.linspace(0, 2 * x.std(), b - a),
    "stuck": lambda x, a, b, period, rng: x[a],
}


def planted(normal: Floats, test: Floats, period: int, rng: np.random.Generator) -> Marked:
    """Each fault once, in one column, for one to six periods; a spike for a step."""
    test, marks = test.copy(), np.zeros(len(test), bool)
    gap = len(test) // (len(FAULTS) + 1)
    for place, (name, fault) in enumerate(FAULTS.items()):
        first = gap * place + gap // 2 + int(rng.integers(gap // 4))
        length = 1 if name == "spike" else min(int(period * rng.uniform(1, 6)), gap // 2)
        column = test[:, int(rng.integers(test.shape[1]))]
        column[first : first + length] = fault(column, first, first + length, period, rng)
        marks[first : first + length] = True
    return normal, test, marks


def of_beats(period: float, jitter: float) -> Callable[[int], Marked]:
    def made(seed: int) -> Marked:
        rng = np.random.default_rng(int(period) + seed)
        return planted(beats(8_000, period, jitter, rng), beats(8_000, period, jitter, rng), int(period), rng)

    return made


def of_series(series: Callable[[int, np.random.Generator], Floats], period: int) -> Callable[[int], Marked]:
    def made(seed: int) -> Marked:
        rng = np.random.default_rng(period + seed)
        return planted(series(7_000, rng), series(8_000, rng), period, rng)

    return made


def machine(seed: int) -> Marked:
    """The one that there is."""
    columns = elman.samples.load("machine").columns
    steps = np.array([columns[name] for name in ("current", "temperature", "pressure", "vibration")], float).T
    return steps[:6_000], steps[6_000:], np.array(columns["fault"])[6_000:] == 1


def going_on(found: Watched, marks: NDArray[np.bool_]) -> float:
    """Steps that alarms go on after the faults that they meet, on the mean; NaN where they meet none."""
    last = [max((b for a, b in found.alarms if a < end and b > first), default=0) for first, end in spans(marks)]
    return float(np.mean([max(0, b - end) for b, (_, end) in zip(last, spans(marks), strict=True) if b]))


SETS: dict[str, Callable[[int], Marked]] = {
    "beats of 24": of_beats(24, 0.03),
    "beats of 60": of_beats(60, 0.03),
    "beats of 100": of_beats(100, 0.03),
    "beats of 17.03, all alike": of_beats(17.03, 0.0),
    "plant": of_series(plant, 60),
    "counts": of_series(counts, 24),
    "machine": machine,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SETS)
    parser.add_argument("--hindsight", action="store_true")
    parser.add_argument("--seed", type=int, default=0, help="of the made series")
    given = parser.parse_args()
    how: dict[str, Any] = {"task": "anomaly", "hindsight": given.hindsight}
    found: list[list[float]] = []
    print("| made set | " + " | ".join((*NAMES, "seasons after")) + " |", "|---" * (2 + len(NAMES)) + "|", sep="\n")
    for name in [given.only] if given.only else [name for name in SETS if name != "machine" or not given.seed]:
        normal, test, marks = SETS[name](given.seed)
        model = elman.fit({f"c{place}": column.tolist() for place, column in enumerate(normal.T)}, **how)
        answer: Any = model.predict({f"c{place}": column.tolist() for place, column in enumerate(test.T)})[0]
        alarms = [(alarm.first - 1, alarm.last) for alarm in answer.alarms]
        watched = Watched(np.array(answer.value), alarms)
        found.append([float(metric(one)([watched], [marks])) for one in NAMES])
        found[-1].append(going_on(watched, marks) / model.parts.output.window)
        print(f"| {name} | " + " | ".join(f"{one:.3f}" for one in found[-1]) + " |", flush=True)
    print("| mean | " + " | ".join(f"{one:.3f}" for one in np.mean(found, axis=0)) + " |")


if __name__ == "__main__":
    main()
