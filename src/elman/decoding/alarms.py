# pyright: strict
"""Alarms: the spans in which scores stand out, and the threshold that what is normal sets for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError

Floats = NDArray[np.float64]
Span = tuple[int, int]
"""The first step, and the one after the last."""

SECONDS = {"hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_629_800, "year": 31_557_600}
RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(\d*)\s*([a-z]+?)s?")
USUAL = "1/10000steps"
"""The rate where none is named."""
TAIL = 0.05
"""The greatest scores of normal data, this share of them, are their tail."""
QUANTILES = np.array([0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995])
"""Of normal data, between which it is told linearly how rare a score is."""
HEAVIEST = 0.5
"""The shape of a tail, at most: one without a variance would ask for a threshold that nothing reaches."""


@dataclass(frozen=True)
class Watched:
    """What was made of the steps of a sequence: their scores ``[T]``, in thresholds, and the alarms."""

    scores: Floats
    alarms: list[Span]

    @classmethod
    def of(cls, scores: Floats, apart: int) -> Watched:
        return cls(scores, spans(scores > 1, apart))


def spans(there: NDArray[np.bool_], apart: int = 0) -> list[Span]:
    """Runs of true steps ``[T]``; those with no more than ``apart`` steps between them are one."""
    places = np.flatnonzero(there)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > apart + 1)
    firsts, lasts = places[np.append(0, breaks + 1)], places[np.append(breaks, len(places) - 1)]
    return list(zip(firsts.tolist(), (lasts + 1).tolist(), strict=True))


def in_hindsight(scores: Floats, window: int) -> Floats:
    """Of each step the harmonic mean of the scores of all windows that contain it; 0 where one of these is.

    scores: ``[T]`` or ``[T, width]``, of the window of ``window`` steps that ends at each step

    A step beside a fault is in some windows that hold nothing of it, and a step inside is in none: the harmonic mean
    goes by the lowest scores, but no single one decides. The last steps of a sequence are in fewer windows.

    In blocks of ``window`` steps, the windows that contain a step end in the rest of its block and in the beginning of
    the next one (van Herk 1992): two sums, however long windows are, and none that is taken from another.
    """
    shape = len(scores) // window + 2, window, *scores.shape[1:]
    inverse = np.zeros((shape[0] * window, *scores.shape[1:]))
    with np.errstate(divide="ignore"):
        inverse[: len(scores)] = 1 / scores
    blocks = inverse.reshape(shape)
    rest = blocks[:, ::-1].cumsum(axis=1)[:, ::-1]
    beginning = np.concatenate([np.zeros_like(blocks[:, :1]), blocks[:, :-1].cumsum(axis=1)], axis=1)
    sums = (rest[:-1] + beginning[1:]).reshape(-1, *scores.shape[1:])[: len(scores)]
    containing = np.minimum(window, np.arange(len(scores), 0, -1))
    return (containing / sums.T).T


def rises(
    scores: Floats, usual: float, share: float, before: float, step: float, limit: float = np.inf
) -> tuple[Floats, float]:
    """By how much, as a logarithm, what a ``share`` of scores are below has risen above ``usual`` lately: as it is
    known when each of them ``[T]`` comes, and after the last. Scores above ``limit`` times what is usual by then are no
    drift, which is gradual, and don't count.

    It is a quantile as a frugal stream has it (Ma, Muthukrishnan & Sandler 2013, "Frugal streaming for estimating
    quantiles"): it goes up at each score above it, and down at one below, by steps that are equal for a median, and so
    that a share is below; never below 0. ``before``, it was there.
    """
    with np.errstate(divide="ignore"):
        above = np.log(scores / usual).tolist()
    up, down, most = 2 * share * step, 2 * (1 - share) * step, float(np.log(limit))
    found: list[float] = []
    risen = before
    for one in above:
        found.append(risen)
        if one - risen <= most:
            risen = max(0.0, risen + (up if one > risen else -down))
    return np.array(found), risen


def threshold(scores: Sequence[Floats], rate: float, apart: int) -> float:
    """What scores of normal sequences exceed in ``rate`` alarms per step.

    Exceedances of a high quantile that are no more than ``apart`` steps from each other count once, by their peak;
    over it, peaks follow a generalised Pareto distribution (Pickands 1975; Coles 2001, "An introduction to statistical
    modeling of extreme values", chapters 4 and 5), fitted by probability-weighted moments (Hosking & Wallis 1987). Its
    shape is at least that of an exponential, and is raised by one over the number of peaks: of peaks that are
    exponential this is what the next one exceeds with the chance wanted, though their mean had to be estimated.
    """
    together = np.concatenate(list(scores))
    if not len(together):
        raise TaskError("there is no step of normal data to set the threshold by; add data, or pass --valid FILE")
    base = float(np.quantile(together, 1 - TAIL))
    runs = [row[first:end].max() for row in scores for first, end in spans(row > base, apart)]
    excess = np.sort(np.array(runs) - base)
    wanted = rate * len(together) / max(len(excess), 1)
    if not len(excess) or wanted >= 1:
        return max(base, float(np.finfo(np.float32).tiny))
    mean = float(excess.mean())
    ranks = (np.arange(len(excess)) + 0.65) / len(excess)
    weighted = float(((1 - ranks) * excess).mean())
    shape = min(max(2 - mean / (mean - 2 * weighted), 0.0), HEAVIEST) if mean > 2 * weighted else 0.0
    raised = shape + 1 / len(excess)
    return base + mean * (1 - shape) * (wanted**-raised - 1) / raised


@dataclass(frozen=True)
class Scale:
    """How scores are told in thresholds: ``found`` ``[k]``, which rise to the threshold, and what they count, up to 1.

    Up to there it is how rare normal data exceed a score: the logarithm of that, over the logarithm of the rate, so
    that scores of different units can be compared. Above, it is how many times the threshold a score is.
    """

    found: list[float]
    counted: list[float]

    @classmethod
    def of(cls, scores: Sequence[Floats], limit: float, rate: float) -> Scale:
        """limit: their ``threshold``, for this rate"""
        together = np.concatenate(list(scores))
        values = np.quantile(together, QUANTILES) if len(together) else np.zeros(len(QUANTILES))
        rareness = np.log1p(-QUANTILES) / min(np.log(rate), np.log1p(-QUANTILES[-1]))
        there = (values < limit) & np.append(True, np.diff(values) > 0) & (rareness < 1)
        return cls([*values[there].tolist(), limit], [*rareness[there].tolist(), 1.0])

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Scale:
        """What ``vars`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        scale = cls([float(x) for x in state["found"]], [float(x) for x in state["counted"]])
        if not 0 < len(scale.found) == len(scale.counted) or min(np.diff([0.0, *scale.found]), default=0.0) < 0:
            raise ValueError("the scores of its thresholds don't rise")
        return scale

    def __call__(self, scores: Floats) -> Floats:
        limit = self.found[-1]
        return np.where(scores > limit, scores / limit, np.interp(scores, self.found, self.counted))


def per_step(false_alarms: str, seconds: float | None) -> float:
    """A rate such as ``1/10000steps`` or ``1/day`` in alarms per step; of none that is named, the usual one.

    seconds: how long a step is; None where that can't be told, so that only steps can be counted
    """
    found = RATE.fullmatch(false_alarms.strip().lower() or USUAL)
    count, unit = (float(found[1]), found[3]) if found else (0.0, "")
    if not found or not count or found[2] == "0" or unit not in ("step", *SECONDS):
        raise TaskError(
            f"false_alarms (--false-alarms) takes alarms per steps or per time, such as 1/10000steps, 1/day or 2/week; "
            f"got {false_alarms!r}"
        )
    many = int(found[2] or 1)
    if unit == "step":
        return count / many
    if seconds is None:
        raise TaskError(
            f"false alarms per {unit} need a column of dates or times, by which the steps are about equally far apart; "
            "count them in steps: --false-alarms 1/10000steps"
        )
    return count * seconds / (many * SECONDS[unit])
