"""What all experiments share: a claim, one measurement per seed, and a verdict that is computed from them.

An experiment's file gives three functions. ``measure(seed)`` trains or computes something and returns numbers;
``judge(numbers)`` says for one seed which parts of the claim they bear out; ``draw`` makes the figure. What several
seeds say together is decided here, the same way for all.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from elman.errors import TaskError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOLDS, DEPENDS, FAILS = "holds", "depends", "doesn't hold"


class Number(NamedTuple):
    """A measured value and its unit; "" where it counts nothing."""

    value: float
    unit: str = ""


def percent(fraction: float) -> Number:
    """A fraction, 0 to 1, as one reads it."""
    return Number(100 * float(fraction), "%")


@dataclass(frozen=True)
class Trial:
    """What one seed gave.

    numbers: by name, in the order in which they are shown
    arrays:  what the figure draws beside them, by name
    """

    numbers: dict[str, Number]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """A number over seeds: their median, the lowest and the highest, and its unit.

    Lowest to highest is an interval for the median of all seeds that assumes nothing about their distribution: it
    misses only when every seed lies on the same side (David & Nagaraja, "Order Statistics", 2003, section 7.1). Runs
    either learn or don't, so that a mean and its standard error would describe none of them.
    """

    by_seed: tuple[float, ...]
    unit: str

    @property
    def value(self) -> float:
        return statistics.median(self.by_seed)

    @property
    def low(self) -> float:
        return min(self.by_seed)

    @property
    def high(self) -> float:
        return max(self.by_seed)


def confidence(seeds: int) -> float:
    """How likely the lowest and the highest of ``seeds`` runs have the median of all runs between them."""
    return 1 - 2.0 ** (1 - seeds)


@dataclass(frozen=True)
class Experiment:
    """A claim put to the test.

    claim:   what textbooks say, in a sentence
    setup:   what is done to find out, with its sizes
    measure: ``measure(seed, **sizes) -> Trial``, under that seed of torch's generator
    judge:   the values of one seed, by name -> the parts of the claim in words, and whether these values bear them out
    draw:    puts the figure of the findings onto an empty matplotlib figure
    caption: how to read it
    seeds:   how many runs it takes unless said otherwise
    """

    name: str
    claim: str
    setup: str
    measure: Callable[..., Trial]
    judge: Callable[[dict[str, float]], dict[str, bool]]
    draw: Callable[[Figure, Findings], None]
    caption: str
    seeds: int = 5

    def run(self, seeds: int | Sequence[int] | None = None, **sizes: Any) -> Findings:
        """Measure once per seed: so many from 0 on, or these; ``sizes`` change what ``measure`` takes.

        torch's own random state is left as it was. Raises TaskError where there is no seed.
        """
        chosen = range(self.seeds if seeds is None else seeds) if not isinstance(seeds, Sequence) else seeds
        if not chosen:
            raise TaskError(f"the experiment {self.name} needs at least one seed")
        started, trials = time.monotonic(), {}
        for seed in chosen:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                trials[seed] = self.measure(seed, **sizes)
        return Findings(self, trials, time.monotonic() - started)


@dataclass(frozen=True)
class Findings:
    """What an experiment found: a trial per seed, and what they say together."""

    experiment: Experiment
    trials: dict[int, Trial]
    seconds: float

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Each number over the seeds."""
        runs = [trial.numbers for trial in self.trials.values()]
        return {name: Estimate(tuple(run[name].value for run in runs), number.unit) for name, number in runs[0].items()}

    @cached_property
    def parts(self) -> dict[str, int]:
        """Each part of the claim, and how many seeds bore it out."""
        judged = [
            self.experiment.judge({name: number.value for name, number in trial.numbers.items()})
            for trial in self.trials.values()
        ]
        return {part: sum(one[part] for one in judged) for part in judged[0]}

    @property
    def verdict(self) -> str:
        """ "holds": every part, in every seed. "doesn't hold": no part, in no seed. "depends": anything else."""
        return verdict(self.parts.values(), len(self.trials))

    def array(self, name: str) -> np.ndarray:
        """An array of every seed: ``[seeds, ...]``."""
        return np.stack([trial.arrays[name] for trial in self.trials.values()])

    def to_json(self) -> dict[str, Any]:
        """All of it but the figure; a value that isn't finite is None."""
        return {
            "experiment": self.experiment.name,
            "claim": self.experiment.claim,
            "setup": self.experiment.setup,
            "verdict": self.verdict,
            "parts": {part: {"seeds": met, "of": len(self.trials)} for part, met in self.parts.items()},
            "numbers": {
                name: {
                    "value": finite(number.value),
                    "low": finite(number.low),
                    "high": finite(number.high),
                    "unit": number.unit,
                    "by_seed": [finite(value) for value in number.by_seed],
                }
                for name, number in self.numbers.items()
            },
            "seeds": list(self.trials),
            "confidence": confidence(len(self.trials)),
            "seconds": round(self.seconds, 1),
        }


def verdict(met: Iterable[int], seeds: int) -> str:
    """What it comes to when each part of a claim was borne out by ``met`` of the ``seeds``."""
    counts = list(met)
    if all(count == seeds for count in counts):
        return HOLDS
    return DEPENDS if any(counts) else FAILS


def counted(seeds: int) -> str:
    return f"{seeds} seed{'' if seeds == 1 else 's'}"


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def format_value(value: float) -> str:
    """A value with three digits that count; counts are whole."""
    if not math.isfinite(value):
        return "not finite"
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    if not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"
