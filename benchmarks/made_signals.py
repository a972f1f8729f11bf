"""Signals by which recipes are chosen: made ones that differ in frequency, in a shape anywhere, in order, in trend, in
how late one column follows another, or in spread; or sets of the UCR archive from files, drawn together to be short.

    python benchmarks/made_signals.py                                   # all kinds, 60 of 24 steps and 300 of 50
    python benchmarks/made_signals.py shape order --sizes 200x200       # some, 200 of 200 steps
    python benchmarks/made_signals.py Plane/Plane_TRAIN.ts --every 6    # means of six steps, and of Plane_TEST.ts
    python benchmarks/made_signals.py --set recipe=network members=1    # other settings than the recipe's

Prints for each set the test part's accuracy: of the model, of the linear models beside it, and who answers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from signals import Part, from_ts  # beside this file

import elman

Floats = NDArray[np.float64]
Made = Callable[[int, int, np.random.Generator], Floats]
"""From steps and class, a signal ``[T]`` or ``[T, D]``."""
TESTED = 400


def frequency(steps: int, which: int, rng: np.random.Generator) -> Floats:
    turns = (2.0, 2.6, 3.3)[which] * steps / 24 * np.arange(steps) / steps + rng.random()
    return np.sin(2 * np.pi * turns) * rng.uniform(0.5, 2) + 0.6 * rng.normal(size=steps)


def shape(steps: int, which: int, rng: np.random.Generator) -> Floats:
    """An arch, a peak or a step, anywhere among noise."""
    along = np.linspace(0, 1, max(6, steps // 6))
    found = 2 * (np.sin(np.pi * along), 1 - 2 * abs(along - 0.5), along >= 0.5)[which]
    signal, at = 0.5 * rng.normal(size=steps), rng.integers(0, steps - len(along))
    signal[at : at + len(along)] += found
    return signal


def order(steps: int, which: int, rng: np.random.Generator) -> Floats:
    """Up and then down, or down and then up."""
    width = max(3, steps // 10)
    first = rng.integers(0, steps - 2 * width + 1)
    second = rng.integers(first + width, steps - width + 1)
    signal, bump = 0.4 * rng.normal(size=steps), 1.8 * np.hanning(width + 2)[1:-1]
    for at, sign in ((first, 1), (second, -1)):
        signal[at : at + width] += sign * bump * (1 if which else -1)
    return signal


def trend(steps: int, which: int, rng: np.random.Generator) -> Floats:
    walk = 0.3 * np.sqrt(24 / steps) * rng.normal(size=steps).cumsum()
    return 1.7 * (which - 1) * np.arange(steps) / steps + walk + 0.3 * rng.normal(size=steps)


def lag(steps: int, which: int, rng: np.random.Generator) -> Floats:
    """Four columns, of which the last follows the first, some steps later."""
    columns = 0.3 * rng.normal(size=(steps, 4)).cumsum(0)
    columns[which:, 3] = columns[: steps - which, 0] + 0.3 * rng.normal(size=steps - which)
    return columns


def spread(steps: int, which: int, rng: np.random.Generator) -> Floats:
    return (1, 1.3, 1.7)[which] * rng.normal(size=steps)


KINDS: dict[str, tuple[Made, int]] = {
    "frequency": (frequency, 3),
    "shape": (shape, 3),
    "order": (order, 2),
    "trend": (trend, 3),
    "lag": (lag, 4),
    "spread": (spread, 3),
}
"""Each with the number of its classes."""


def made(kind: str, size: str, seed: int) -> tuple[Part, Part]:
    rows, steps = map(int, size.split("x"))
    make, classes = KINDS[kind]
    rng = np.random.default_rng([seed, rows, steps, *kind.encode()])

    def part(count: int) -> Part:
        drawn = rng.integers(classes, size=count).tolist()
        return [make(steps, which, rng).reshape(steps, -1) for which in drawn], list(map(str, drawn))

    return part(rows), part(TESTED)


def from_files(path: Path, every: int) -> tuple[Part, Part]:
    """The set of a training file; each step is the mean of so many."""

    def part(path: Path) -> Part:
        signals, classes = from_ts(path)
        return [x[: len(x) // every * every].reshape(-1, every, x.shape[1]).mean(1) for x in signals], classes

    return part(path), part(path.with_name(path.name.replace("TRAIN", "TEST")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=[*KINDS], help=f"NAME_TRAIN.ts, or of {', '.join(KINDS)}")
    parser.add_argument("--sizes", nargs="+", default=["60x24", "300x50"], help="of made ones, rows x steps")
    parser.add_argument("--every", type=int, default=1, help="of files, steps that become one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", dest="changes")
    arguments = parser.parse_args()
    changes = dict(one.split("=", 1) for one in arguments.changes)
    print("| set | model | order-free | MiniRocket | who answers |", "|---" * 5 + "|", sep="\n")
    for name in arguments.sets:
        for size in arguments.sizes if name in KINDS else [""]:
            path, seed = Path(name), arguments.seed
            train, test = made(name, size, seed) if size else from_files(path, arguments.every)
            given, held = ({"signal": [x.tolist() for x in part[0]], "class": part[1]} for part in (train, test))
            wanted = {"input": "signal", "output": "class", "task": "classification", "seed": seed}
            report = elman.fit(given, test=held, **wanted, **changes).report
            assert report is not None
            beside = {one.name: f"{one.metrics['accuracy']['value']:.3f}" for one in report.baselines}
            cells = [f"{report.metrics['accuracy']['value']:.3f}", beside["order_free"], beside.get("minirocket", "")]
            cells += [report.race.chosen if report.race else "network"]
            print(f"| {f'{name} {size}' if size else path.stem} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
