"""Simple forecasts, which a network must beat to be worth having: each from what was observed before its first step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.graph.classical import OF_HISTORY
from elman.kinds.series import LINEAR
from elman.scoring.backtest import Backtest, Floats, Ints, Stretch, horizons_in
from elman.scoring.baselines import State

HALF = 0.5
"""What a trial counts of the one after it."""
STRONG = 20.0
"""How many times likelier something must be to be taken for sure (Kass & Raftery 1995, section 3.2)."""
SHARES = np.arange(1.0, 0.0, -0.1).tolist()
"""Of the mean of several forecasts, beside the best one."""
EXACT = 1e-9
"""Errors below it, in naive errors, are none."""
PENALTIES = 10.0 ** np.arange(-4, 3)
"""Of the linear model, in mean squares of a number of the window, among which the validation part decides."""
MOST_APART = 10.0
"""Spreads that what comes may be from the end of a window, where the linear model is fitted: more is taken for that."""
MOST_WINDOWS, MOST_STEPS, MOST_NUMBERS = 10_000, 1_000, 4_000_000
"""Windows that the linear model is fitted on, steps of a window that it reads, and numbers of both together."""


@dataclass(frozen=True)
class Trial:
    """Forecasts to learn from, and others to judge by."""

    learned: Backtest
    held: Backtest


class SimpleForecast(ABC):
    """A forecast that takes no network. ``predict`` gives for each ``Stretch`` ``[k, 2]``, as the metrics take it."""

    name: ClassVar[str]
    said: ClassVar[str] = ""

    @property
    def description(self) -> str:
        return self.said

    errors: Floats
    """``[trials, 2]``: of each trial the sum of absolute errors, in naive errors, and of how many numbers."""

    def fit(self, trials: Sequence[Trial], later: Backtest | None = None) -> Self:
        """Find its errors in these trials; what is fitted to forecasts learns from the first trial in the end, and from
        ``later`` ones (None: those by which that was judged)."""
        self.errors = np.array([total_error(one.held, self.in_trial(place, one)) for place, one in enumerate(trials)])
        return self

    @property
    def validation(self) -> float:
        return mean_error(self.errors)

    def in_trial(self, place: int, trial: Trial) -> Floats:
        """``[W, horizon]``: what it would have said in this trial of those that it was fitted in."""
        return self.forecasts(trial.held)

    def predict(self, inputs: Sequence[Stretch]) -> list[Floats]:
        found: dict[int, list[Floats]] = {}
        for row in inputs:
            if id(row.backtest) not in found:
                found[id(row.backtest)] = row.backtest.in_stretches(self.forecasts(row.backtest))
        return [found[id(row.backtest)][row.place] for row in inputs]

    @abstractmethod
    def forecasts(self, backtest: Backtest) -> Floats:
        """``[W, horizon]``"""

    def state(self) -> State:
        return {}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        return cls()


class OfHistory(SimpleForecast):
    """From all of a series before the first step that is forecast, whatever a window has: by the method of its name."""

    season = 0
    """After how many steps a series repeats itself, where that isn't the backtest's."""

    def forecasts(self, backtest: Backtest) -> Floats:
        method, found = OF_HISTORY[self.name], np.empty((len(backtest), backtest.horizon))
        for rows, number in backtest.each():
            origins, at = np.unique(backtest.origins[rows], return_inverse=True)
            of_series = method(backtest.filled[number], origins, backtest.horizon, self.season or backtest.season)
            found[rows] = of_series[at, :, backtest.columns[rows]]
        return found


class HistoryMean(OfHistory):
    name = "mean"
    said = "the mean of what was before"


class HistoryMedian(OfHistory):
    name = "median"
    said = "the median of what was before"


class Naive(OfHistory):
    name = "naive"
    said = "repeating the last value"


class SeasonalNaive(OfHistory):
    name = "seasonal_naive"

    def __init__(self, season: int):
        self.season = season

    @property
    def description(self) -> str:
        return f"repeating the last {self.season} values"

    def state(self) -> State:
        return {"season": self.season}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        return cls(record["season"])


class Drift(OfHistory):
    name = "drift"
    said = "going on from the first value to the last"


class Theta(OfHistory):
    name = "theta"
    said = "the Theta method"


class OptimisedTheta(OfHistory):
    name = "optimised_theta"
    said = "the Theta method with the best share of the slope"


class HoltWinters(OfHistory):
    name = "holt_winters"
    said = "Holt-Winters"


MIXED = (OptimisedTheta.name, HoltWinters.name, LINEAR)
"""Forecasts that go wrong in different ways: a straight line, a slope that fades and a season that changes, a
regression."""


Said: TypeAlias = dict[str, list[Floats]]
"""What forecasts say in each trial ``[W, horizon]``, by their names: found once, as some take long."""


def said_in(trials: Sequence[Trial], forecasts: Sequence[SimpleForecast]) -> Said:
    """Of forecasts that were fitted in these trials."""
    named = {one.name: one for one in forecasts}
    return {name: [one.in_trial(place, trial) for place, trial in enumerate(trials)] for name, one in named.items()}


@dataclass
class Combination:
    """The mean of several forecasts: where they go wrong in different ways, errors cancel (Bates & Granger 1969).

    members: the forecasts, each fitted;  shares: of each in the mean;  errors: as theirs
    missed:  ``[W, horizon]``, by how much each number of all trials was missed, in spreads that its window would have
             by now; NaN where it wasn't observed
    horizons: that errors in all trials tell of
    """

    members: list[SimpleForecast]
    shares: list[float]
    errors: Floats = field(init=False)
    missed: Floats = field(init=False)
    horizons: float = field(init=False)

    @classmethod
    def of_best(cls, forecasts: Sequence[SimpleForecast], trials: Sequence[Trial]) -> Combination:
        """The forecast with the least error in the trials, and of the mean of those that are ``MIXED`` as much as costs
        nothing there: few horizons can't tell near ones apart, and on the steps that come the mean is mostly better.
        What is saved is never worse in the trials than what it holds."""
        best = min(forecasts, key=lambda one: one.validation)
        mixed = [one for one in forecasts if one.name in MIXED] or [best]
        said = said_in(trials, [best, *mixed])
        alone, mean = cls([best], [1.0]).tried(trials, said), cls.weighted(mixed, trials)
        tried = (alone.moved_to(mean, share).tried(trials, said) for share in SHARES)
        chosen = next((one for one in tried if one.validation <= alone.validation), alone)
        return chosen.looked_into(trials, said)

    def moved_to(self, other: Combination, share: float) -> Combination:
        """So much of the other in place of this."""
        members = {id(one): one for one in (*self.members, *other.members)}
        shares = dict.fromkeys(members, 0.0)
        for combination, part in ((self, 1 - share), (other, share)):
            for member, own in zip(combination.members, combination.shares, strict=True):
                shares[id(member)] += part * own
        kept = [key for key in members if shares[key] > 0]
        return Combination([members[key] for key in kept], [shares[key] for key in kept])

    @classmethod
    def weighted(cls, forecasts: Sequence[SimpleForecast], trials: Sequence[Trial]) -> Combination:
        """Each by how likely the trials are of it (Buckland et al. 1997, with errors in place of an information
        criterion): the more horizons there are, the more the best one counts. Those far less likely have no share."""
        logs = log_likelihoods([one.validation for one in forecasts], trials)
        likely = np.exp(logs - logs.max())
        near = np.flatnonzero(likely * STRONG >= 1)
        shares = likely[near] / likely[near].sum()
        return cls([forecasts[place] for place in near.tolist()], shares.tolist())

    def tried(self, trials: Sequence[Trial], said: Said) -> Self:
        """With its errors in the trials that its members were fitted in, of which this is what each said there."""
        pairs = zip(trials, self._together(said), strict=True)
        self.errors = np.array([total_error(trial.held, found) for trial, found in pairs])
        return self

    def looked_into(self, trials: Sequence[Trial], said: Said) -> Self:
        """With all else that the trials tell, which takes longer."""
        pairs = [
            (trial.held, trial.held.actual - found) for trial, found in zip(trials, self._together(said), strict=True)
        ]
        self.missed = np.concatenate([off / held.unit[:, None] for held, off in pairs])
        self.horizons = sum(held.horizons(off) for held, off in pairs)
        return self

    def _together(self, said: Said) -> Iterator[Floats]:
        """What it says in each trial."""
        for several in zip(*(said[name] for name in self.weights), strict=True):
            yield np.sum([share * one for share, one in zip(self.shares, several, strict=True)], axis=0)

    @property
    def validation(self) -> float:
        return mean_error(self.errors)

    @property
    def weights(self) -> dict[str, float]:
        """Of each member, by its name."""
        return {member.name: share for member, share in zip(self.members, self.shares, strict=True)}

    @property
    def linear(self) -> LinearOnWindow | None:
        """The linear model, where it is a member."""
        return next((member for member in self.members if isinstance(member, LinearOnWindow)), None)


def mean_said(shares: dict[str, float]) -> str:
    """The mean of the forecasts of these descriptions, by the share of each, for people."""
    if len(shares) == 1:
        return next(iter(shares))
    *others, last = (f"{said} ({share:.0%})" for said, share in shares.items())
    return f"the weighted mean of {', '.join(others)} and {last}"


class LinearOnWindow(SimpleForecast):
    """Ridge regression of each step of the horizon on the window, the same for all series and columns: what is left to
    gain over it is what recurrence is for (NLinear, Zeng et al. 2023).

    Windows are taken less their last value, over their spread or that of their series, whichever is more. The penalty
    is the one with the least absolute error in the trials; then it is fitted on all windows, as the network is.

    weight: ``[steps + 1, horizon]``, the last of the constant;  of_trials: the same of what each trial learned from
    """

    name = LINEAR

    def __init__(self, context: int = 0):
        self.steps = min(context, MOST_STEPS)
        self.weight, self.fitted_on, self.windows = np.zeros((self.steps + 1, 1)), 0, 0

    @property
    def description(self) -> str:
        some = f" (fitted on {self.fitted_on:,} of {self.windows:,} windows)" if self.fitted_on < self.windows else ""
        return f"a linear model on the last {self.steps} steps{some}"

    def fit(self, trials: Sequence[Trial], later: Backtest | None = None) -> Self:
        later = later or trials[0].held
        moments = [self._moments(trial.learned) for trial in trials]
        weights = [solved(*each) for each in moments]
        tried = [
            [total_error(trial.held, self._forecasts(trial.held, weight)) for weight in each]
            for trial, each in zip(trials, weights, strict=True)
        ]
        errors = np.array(tried)  # [trials, penalties, 2]
        chosen = int(np.argmin([mean_error(errors[:, place]) for place in range(len(PENALTIES))]))
        self.of_trials = [each[chosen] for each in weights]
        super().fit(trials)
        more = self._moments(later)
        self.weight = solved(moments[0][0] + more[0], moments[0][1] + more[1])[chosen]
        parts = trials[0].learned, later
        self.fitted_on = sum(min(len(part), self._most) for part in parts)
        self.windows = sum(part.every or len(part) for part in parts)
        return self

    @property
    def _most(self) -> int:
        return max(1, min(MOST_WINDOWS, MOST_NUMBERS // (self.steps + 1)))

    def _moments(self, backtest: Backtest) -> tuple[Floats, Floats]:
        """``X^T X`` and ``X^T Y`` over evenly spaced windows, all of whose steps to forecast are observed."""
        rows = np.flatnonzero(backtest.observed.all(1))
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), self._most)).astype(np.int64)]
        x, last, scale = self._windows(backtest, rows)
        y = np.clip((backtest.actual[rows] - last) / scale, -MOST_APART, MOST_APART)
        return x.T @ x, x.T @ y

    def _windows(self, backtest: Backtest, rows: Ints) -> tuple[Floats, Floats, Floats]:
        """Windows and a one ``[rows, steps + 1]``, and what they were taken less and divided by ``[rows, 1]``."""
        window = backtest.before(backtest.context, rows)
        last, scale = window[:, -1:], backtest.scale(rows)[:, None]
        read = window[:, backtest.context - self.steps :]
        return np.hstack([(read - last) / scale, np.ones_like(last)]), last, scale

    def forecasts(self, backtest: Backtest) -> Floats:
        return self._forecasts(backtest, self.weight)

    def in_trial(self, place: int, trial: Trial) -> Floats:
        return self._forecasts(trial.held, self.of_trials[place])

    def _forecasts(self, backtest: Backtest, weight: Floats) -> Floats:
        found = np.empty((len(backtest), backtest.horizon))
        for start in range(0, len(found), self._most):
            rows = np.arange(start, min(start + self._most, len(found)))
            x, last, scale = self._windows(backtest, rows)
            found[rows] = last + scale * (x @ weight)
        return found

    def state(self) -> State:
        return {"steps": self.steps, "fitted_on": self.fitted_on, "windows": self.windows}, {"weight": self.weight}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """The model that ``state`` gave. Raises BundleError for arrays that don't fit."""
        baseline = cls(record["steps"])
        baseline.weight, baseline.fitted_on, baseline.windows = arrays["weight"], record["fitted_on"], record["windows"]
        if baseline.weight.ndim != 2 or len(baseline.weight) != baseline.steps + 1:
            raise BundleError(
                f"the linear model's weights are {baseline.weight.shape} for {baseline.steps} steps: the saved model "
                "is damaged; train it again"
            )
        return baseline


def total_error(backtest: Backtest, forecasts: Floats) -> tuple[float, int]:
    """The sum of absolute errors, in naive errors, and of how many numbers."""
    errors = np.abs(forecasts - backtest.actual) / backtest.units[1][:, None]
    return float(errors[backtest.observed].sum()), int(backtest.observed.sum())


def mean_error(errors: Floats) -> float:
    """Of the sums of errors in trials, and of how many numbers each is ``[trials, 2]``. The further back a trial, the
    less it says of what comes: it counts half as much as the one after it."""
    total, count = HALF ** np.arange(len(errors)) @ errors
    return float(total / count)


def horizons_of(trials: Sequence[Trial]) -> float:
    """How many horizons there are to judge by."""
    return sum(horizons_in(one.held.which, one.held.origins, one.held.horizon) for one in trials)


def log_likelihoods(errors: Sequence[float], trials: Sequence[Trial]) -> Floats:
    """Of forecasts with these mean absolute errors, but for a constant: of errors as Laplace's distribution has them,
    of which those of a horizon, which go together, tell as much as one."""
    return -horizons_of(trials) * np.log(np.maximum(errors, EXACT))


def error_of(backtest: Backtest, forecasts: Floats) -> float:
    """Mean absolute error, in naive errors."""
    total, count = total_error(backtest, forecasts)
    return total / count


def solved(squares: Floats, products: Floats) -> list[Floats]:
    """Ridge regression by its closed form (Hoerl & Kennard 1970), for each of ``PENALTIES``; the last row of the
    weights, the constant's, is free."""
    count = squares[-1, -1]
    if not count:
        return [np.zeros_like(products) for _ in PENALTIES]
    unit = np.full(len(squares), max(float(np.diag(squares)[:-1].mean()), 1e-9 * count))
    unit[-1] = 0.0
    found = (np.linalg.solve(squares + np.diag(penalty * unit), products) for penalty in PENALTIES)
    return [weight.astype(np.float64) for weight in found]
