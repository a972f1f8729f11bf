# pyright: strict
"""Whether probabilities mean what they say: whether of answers that are given 80 %, 80 % are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 15
LITTLE = 0.03
"""An error that doesn't matter."""
RESAMPLES, FEWEST_RESAMPLES = 1_000, 200
DRAWN = 1 << 22
"""Numbers drawn at a time."""
MOST_DRAWN = 20_000_000
"""Numbers drawn in all, beyond which there are fewer resamples."""


@dataclass(frozen=True)
class Bin:
    """Answers of about one probability: its mean, the share that is right, and how many they are."""

    probability: float
    right: float
    count: int


@dataclass(frozen=True)
class Calibration:
    """How far probabilities are from what they say.

    error:  the expected calibration error, 0 to 1: how far the share of right answers is from the mean probability,
            over bins of as many answers each (Guo et al. 2017; of equal mass, as in Nixon et al. 2019)
    chance: the error that probabilities of the same sizes which mean exactly what they say stay below in 95 of 100
            samples: of few answers even those seem to be off
    surer:  mean probability less the share of right answers
    """

    bins: list[Bin]
    error: float
    chance: float
    surer: float
    answers: int

    @property
    def is_sound(self) -> bool:
        """Whether that is little, or no more than chance."""
        return self.error <= max(LITTLE, self.chance)

    def __str__(self) -> str:
        """For people."""
        how = "too sure" if self.surer > 0 else "not sure enough"
        said = "they mean what they say" if self.is_sound else f"the model is {how} of itself"
        return (
            f"Probabilities are off by {100 * self.error:.1f} % on average (expected calibration error, "
            f"{len(self.bins)} bins of equal mass): {said}. Chance alone would make it up to {100 * self.chance:.1f} % "
            "in 95 of 100 samples."
        )

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "bins": [vars(one) for one in self.bins]}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Calibration:
        """What ``to_json`` gave."""
        own: dict[str, Any] = {**record, "bins": [Bin(**one) for one in record["bins"]]}
        return cls(**own)


@dataclass(frozen=True)
class Coverage:
    """How often what is right lies where the model says that it does.

    of:      what it says, for people;  claimed: the share of rows for which it says so
    found:   the share for which it was so;  size: how many labels a set has on average, of sets
    """

    of: str
    claimed: float
    found: float
    size: float | None = None

    def __str__(self) -> str:
        """For people."""
        size = "" if self.size is None else f", with {self.size:.2f} labels on average"
        claimed, found = f"{100 * self.claimed:.3g} %", f"{100 * self.found:.1f} %"
        return f"{self.of} should hold what is right {claimed} of the time, and do so {found}{size}."


def calibration(sure: NDArray[Any], hits: NDArray[Any], *, bins: int = BINS, seed: int = 0) -> Calibration:
    """Of answers with their probabilities ``[M]``, at least one, and whether each was right ``[M]``.

    Answers are put into ``bins`` by the order of their probabilities, as many into each.
    """
    order = np.random.default_rng(seed).permutation(len(sure))  # the same probabilities fall into bins by chance
    order = order[np.argsort(sure[order], kind="stable")]
    sure, hits = sure[order].astype(np.float64), hits[order].astype(np.float64)
    starts = np.unique(len(sure) * np.arange(bins) // bins)
    counts = np.diff([*starts.tolist(), len(sure)])
    given = np.add.reduceat(sure, starts)
    found = np.add.reduceat(hits, starts)
    return Calibration(
        [Bin(float(g / n), float(f / n), int(n)) for g, f, n in zip(given, found, counts, strict=True)],
        float(np.abs(given - found).sum() / len(sure)),
        _chance(sure, starts, given, seed),
        float(sure.mean() - hits.mean()),
        len(sure),
    )


def _chance(sure: Floats, starts: NDArray[np.int64], given: Floats, seed: int) -> float:
    """The 95th percentile of the error where each answer is right with its own probability."""
    rng = np.random.default_rng(seed)
    left = max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // len(sure)))
    errors: list[Floats] = []
    while left > 0:
        some = min(left, max(1, DRAWN // len(sure)))
        hits = rng.random((some, len(sure)), np.float32) < sure
        found = np.add.reduceat(hits, starts, axis=1, dtype=np.float64)
        errors.append(np.abs(given - found).sum(1) / len(sure))
        left -= some
    return float(np.percentile(np.concatenate(errors), 95))
