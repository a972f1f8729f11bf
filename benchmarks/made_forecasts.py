"""Series by which rules for forecasts are chosen: made ones of many kinds (trends that break, levels that shift,
seasons that add and that multiply, walks, counts, demand now and then, short histories), or real ones from files. None
is of any data reported on.

    python benchmarks/made_forecasts.py                            # all kinds, ten seeds each, no network
    python benchmarks/made_forecasts.py break level --seeds 3      # some
    python benchmarks/made_forecasts.py --recipe "" --epochs 20    # with a network, as by default
    python benchmarks/made_forecasts.py sales.csv milk.csv         # real series, a file each
    python benchmarks/made_forecasts.py --quantiles 0.025,0.975    # what 95 % intervals hold

Prints for each kind the test parts' MASE, means over the seeds: of the model; of the baseline that did best on the
validation part; of the one that was best on the test part, which nobody can know. Then how often the paired test says
that the model is better and worse than the best of validation, and what the intervals hold, 80 % ones by default.
Geometric means stand below.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman

Floats = NDArray[np.float64]
Made = Callable[[np.random.Generator], Floats]
FEW, SEVERAL, MANY = (30, 45), (60, 150), (300, 500)
"""Steps that a series has: at least, and at most."""


def length(rng: np.random.Generator, sizes: tuple[int, int] = SEVERAL) -> int:
    return int(rng.integers(*sizes))


def walk(n: int, rng: np.random.Generator, size: float = 1.0) -> Floats:
    return size * rng.normal(size=n).cumsum()


def noise(n: int, rng: np.random.Generator, size: float = 1.0) -> Floats:
    return size * rng.normal(size=n)


def regressed(n: int, rng: np.random.Generator, weights: dict[int, float]) -> Floats:
    """Each number from some before it (autoregression), once what it began with is forgotten."""
    before = max(weights) + 100
    values = rng.normal(size=n + before)
    for step in range(max(weights), n + before):
        values[step] += sum(weight * values[step - lag] for lag, weight in weights.items())
    return values[before:]


def season(n: int, rng: np.random.Generator, steps: int = 12) -> Floats:
    """A pattern of so many steps, again and again, of mean 0 and spread 1."""
    waves = rng.normal(size=(2, 2)) @ np.stack([np.sin(turned := 2 * np.pi * np.arange(steps) / steps), np.cos(turned)])
    pattern = waves[0] + 0.5 * np.roll(waves[1], steps // 3) + 0.3 * rng.normal(size=steps)
    return np.resize((pattern - pattern.mean()) / pattern.std(), n)


def broken(n: int, rng: np.random.Generator, at: float) -> Floats:
    """A line that takes another slope at a share of the series."""
    slopes = rng.normal(0, 0.6, 2)
    steps = np.where(np.arange(n) < at * n, slopes[0], slopes[1])
    return 60 + steps.cumsum() + noise(n, rng)


def levels(n: int, rng: np.random.Generator, *shares: float) -> Floats:
    """Noise around a level that changes at these shares of the series."""
    values = 50 + noise(n, rng)
    for share in shares:
        values[int(share * n) :] += rng.choice([-1, 1]) * rng.uniform(4, 10)
    return values


def now_and_then(n: int, rng: np.random.Generator) -> Floats:
    """Demand of which most steps have none."""
    return np.where(rng.random(n) < 0.25, rng.poisson(6, n) + 1.0, 0.0)


def saturating(n: int, rng: np.random.Generator) -> Floats:
    """Growth that slows down (logistic)."""
    steps = np.arange(n) / n
    return 100 / (1 + np.exp(-8 * (steps - rng.uniform(0.3, 0.6)))) + noise(n, rng)


def spiked(n: int, rng: np.random.Generator) -> Floats:
    """A season with a few spikes."""
    values = 50 + 5 * season(n, rng) + noise(n, rng)
    values[rng.integers(0, n, n // 20)] += rng.choice([-30, 30], n // 20)
    return values


def chaotic(n: int, rng: np.random.Generator) -> Floats:
    """A logistic map seen through noise: what comes isn't linear in what was."""
    values = np.empty(n)
    values[0] = rng.uniform(0.1, 0.9)
    for step in range(1, n):
        values[step] = 3.9 * values[step - 1] * (1 - values[step - 1])
    return values + noise(n, rng, 0.02)


KINDS: dict[str, Made] = {
    "noise": lambda rng: 50 + noise(length(rng), rng),
    "walk": lambda rng: 50 + walk(length(rng), rng),
    "walk_up": lambda rng: 50 + walk(n := length(rng), rng) + 0.5 * np.arange(n),
    "prices": lambda rng: 20 * np.exp(walk(length(rng), rng, 0.05)),
    "trend": lambda rng: 50 + rng.normal(0, 0.5) * np.arange(n := length(rng)) + noise(n, rng),
    "break": lambda rng: broken(length(rng), rng, 0.5),
    "break_late": lambda rng: broken(length(rng), rng, rng.uniform(0.66, 0.78)),
    "level": lambda rng: levels(length(rng), rng, 0.5),
    "level_late": lambda rng: levels(length(rng), rng, rng.uniform(0.66, 0.78)),
    "levels": lambda rng: levels(length(rng), rng, 0.2, 0.45, 0.6),
    "season": lambda rng: 50 + 4 * season(n := length(rng), rng) + noise(n, rng),
    "season_grows": lambda rng: (20 + 0.5 * np.arange(n := length(rng))) * (1 + 0.25 * season(n, rng)) + noise(n, rng),
    "season_walks": lambda rng: 50 + 4 * season(n := length(rng), rng) + walk(n, rng),
    "week": lambda rng: rng.poisson(np.exp(3 + 0.4 * season(length(rng), rng, 7))).astype(float),
    "counts": lambda rng: rng.poisson(20, length(rng)).astype(float),
    "now_and_then": lambda rng: now_and_then(length(rng), rng),
    "few_trend": lambda rng: 50 + rng.normal(0, 0.5) * np.arange(n := length(rng, FEW)) + noise(n, rng),
    "few_walk": lambda rng: 50 + walk(length(rng, FEW), rng),
    "back": lambda rng: 50 + regressed(length(rng), rng, {1: 0.8}),
    "cycle": lambda rng: 50 + regressed(length(rng), rng, {1: 1.6, 2: -0.9}),
    "far_back": lambda rng: 50 + regressed(length(rng, MANY), rng, {9: 0.8}),
    "saturating": lambda rng: saturating(length(rng), rng),
    "spiked": lambda rng: spiked(length(rng), rng),
    "chaotic": lambda rng: chaotic(length(rng, MANY), rng),
}


@dataclass(frozen=True)
class Found:
    """Of one series: MASE on its test part, whether the model is surely better or worse than the best of validation,
    and what its intervals hold."""

    model: float
    by_validation: float
    by_test: float
    better: bool
    worse: bool
    held: float


def found(data: Any, **options: Any) -> Found:
    report = elman.fit(data, task="forecasting", **options).report
    assert report is not None
    others = {one.name: one.metrics["mase"]["value"] for one in report.baselines}
    verdict = next(one.verdict for one in report.baselines if one.name == report.best)
    (held,) = report.coverage
    mase = report.metrics["mase"]["value"]
    surely = (verdict.startswith("better"), verdict.startswith("worse"))
    return Found(mase, others[report.best], min(others.values()), *surely, held.found)


def made(kind: str, seed: int) -> dict[str, list[float]]:
    return {"x": KINDS[kind](np.random.default_rng([seed, *kind.encode()])).tolist()}


def row(name: str, results: list[Found]) -> str:
    model, by_validation, by_test = (
        np.mean([getattr(one, of) for one in results]) for of in ("model", "by_validation", "by_test")
    )
    better, worse, held = (sum(getattr(one, of) for one in results) for of in ("better", "worse", "held"))
    surely, held = f"{better} | {worse} of {len(results)}", held / len(results)
    return f"| {name} | {model:.3f} | {by_validation:.3f} | {by_test:.3f} | {surely} | {held:.1%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", nargs="*", default=[*KINDS], help=f"files, or of {', '.join(KINDS)}")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--recipe", default="combination", help='"" trains a network, too')
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--quantiles", default="0.1,0.9", help="the ends of the intervals")
    arguments = parser.parse_args()
    quantiles = tuple(map(float, arguments.quantiles.split(",")))
    options = {"recipe": arguments.recipe, "epochs": arguments.epochs, "quantiles": quantiles}
    claimed = quantiles[1] - quantiles[0]
    print(
        f"| series | model | best of validation | best of test | better | worse | {claimed:.0%} intervals hold |",
        "|---" * 7 + "|",
        sep="\n",
    )
    everything: list[Found] = []
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    for name in arguments.series:
        if name in KINDS:
            results = [found(made(name, seed), seed=seed, **options) for seed in seeds]
        else:
            results = [found(Path(name), **options)]
        print(row(Path(name).stem, results), flush=True)
        everything += results
    over = [
        np.exp(np.mean([np.log(one.model / other) for one in everything if (other := getattr(one, of))]))
        for of in ("by_validation", "by_test")
    ]
    print(row("all", everything))
    print(f"MASE over that of the best of validation {over[0]:.3f}, of the best of test {over[1]:.3f}, geometric means")
    held = np.array([one.held for one in everything])
    spread = held.std(ddof=1) / np.sqrt(len(held)) if len(held) > 1 else np.nan
    print(f"intervals hold {held.mean():.1%}, give or take {100 * spread:.1f} points (standard error over the series)")


if __name__ == "__main__":
    main()
