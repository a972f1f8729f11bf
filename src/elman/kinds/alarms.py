# pyright: strict
"""Whether each step of a sequence is unusual: by how far it is from what was forecast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from elman.decoding.alarms import Scale, rises, threshold
from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind
from elman.kinds.series import forward_filled
from elman.kinds.shapes import Shapes
from elman.sequences import Sequences

Floats = NDArray[np.float64]
NORMAL = frozenset({"", "0", "0.0", "false", "no", "n", "normal", "ok", "none", "good"})
"""What people write at steps that are as they should be, in lower case; anything else isn't."""
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Of the regression, per step: the one is taken that is best for the last fifth of the training part."""
MOST_LAGS = 100
LONGEST_WINDOW = 500
"""Steps that are looked at together, at most."""
SCORES = "sudden", "lasting", "shape"
"""What may make a step stand out."""
USUAL = 0.75, 0.5, 0.5
"""What is usual of each is more than this share of them: of single errors, half are next to nothing."""
SLOW = 100
"""Windows in which a median that is usual may become e times as much: faults are shorter than that, drifts aren't."""
LEAST_USUAL = 0.1
"""What is usual is at least this share of what a twentieth of normal data exceed: many times next to nothing is still
next to nothing."""
RIDGE = 1e-3
"""What is added to the variance of each error, in shares of the mean one: two columns may be the same."""


class AlarmsKind(Kind):
    """For each step, whether it is unusual; a cell is a list of marks, 0 or an empty one where a step is normal.

    Each step is forecast from those before it: by a ridge regression on the last ``lags``, which goes on being right
    where a level drifts away from what training saw, and by a network that says what this lacks. The regression sees a
    quarter of the window alone: one that sees a season repeats it, whatever it was, so that a season of another shape
    is no surprise when it comes again. How far the network is trusted, 0 to 1, is found on data that it wasn't trained
    on.

    The errors of a step, standardised by the covariance of those on normal data (Malhotra et al. 2015, "Long short term
    memory networks for anomaly detection in time series"), are one number: ``q``, their mean square, which is 1 on the
    mean. Three scores are made of a step: ``log(1 + q)``, of what is ``sudden``; its mean over the last ``window``
    steps, of what is ``lasting``; and how far the ``shape`` of these is from those that are known, since what goes on
    strangely may be easy to forecast. As what is normal may drift, each is taken over how far what is usual of it has
    risen lately, which it does slowly, and never by what is an alarm. Each has a threshold of its own; the greatest,
    told in its threshold, is the step's. Of the first ``warm_up`` steps of a sequence nothing is said, as forecasts
    can't be good yet.
    """

    name = "alarms"
    by_role = True
    aligned = True
    NAMES: ClassVar[frozenset[str]] = frozenset(
        """
        anomaly is_anomaly anomalous is_anomalous anomalies outlier is_outlier fault is_fault faulty failure abnormal
        is_abnormal label labels
        """.split()  # noqa: SIM905
    )
    """What people call a column that says which steps are unusual, in lower case."""

    def __init__(self, window: int = 1, false_alarms: str = ""):
        """window: steps that are looked at together, such as a season;  false_alarms: as ``per_step`` reads it"""
        self.window, self.false_alarms = window, false_alarms
        self.lags = min(max(1, window // 4), MOST_LAGS)
        self.shaped(1, 8 * window)
        self.trust, self.usual, self.most = 1.0, [1.0] * len(SCORES), [math.inf] * len(SCORES)
        self.scales = [Scale([0.0, 1.0], [0.0, 1.0])] * len(SCORES)

    def shaped(self, width: int, typical: int) -> None:
        """Take the number of columns, and what sequences have of steps: half of a short one can't be warm-up."""
        self.width = width
        self.warm_up = min(2 * self.window, typical // 4)
        self.precision = np.eye(width)
        self.weights = np.zeros((self.lags * width + 1, width))
        self.unit = np.ones(width)
        self.known = Shapes(self.window, width)

    @classmethod
    def parse(cls, cell: Any) -> NDArray[np.bool_]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """``[T]``: which steps are marked. Raises TaskError for anything but a list."""
        if not isinstance(cell, (list, tuple, np.ndarray)):
            raise TaskError(f"{cell!r} is no list of marks, one per step; correct the cell, or leave out its row")
        return np.array([is_marked(mark) for mark in cast("Sequence[Any]", cell)], bool)

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            try:
                self.parse(cell)
            except TaskError as error:
                found[row] = error
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        """Nothing is learned from marks: what is normal is learned from the other steps."""

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.float32]]:
        """Marks as 0 and 1 ``[T, 1]``."""
        return [self.parse(cell)[:, None].astype(np.float32) for cell in cells]

    def following(self, values: NDArray[np.float32], marks: NDArray[np.bool_]) -> NDArray[np.float32]:
        """What is to be forecast at each step of ``values`` ``[T, width]``: the next one; NaN where a number is
        missing, its step is marked, or comes after the end."""
        normal = np.where(marks[:, None], np.float32(np.nan), values)
        return np.pad(normal[1:], ((0, min(1, len(values))), (0, 0)), constant_values=np.nan)

    def steps(self, encoded: NDArray[np.float32]) -> int:
        return len(encoded)

    def collate(self, encoded: Sequence[NDArray[np.float32]]) -> Sequences:
        """What ``lacking`` gave."""
        return Sequences.of(encoded, np.zeros((0, self.width), np.float32))

    def names(self, targets: NDArray[Any]) -> list[str]:
        """What the regression lacks in each column, in units of it."""
        return [" ".join(f"{number:.1f}" for number in row) for row in targets]

    @property
    def nothing(self) -> NDArray[np.float32]:
        """Before the first step: ``[window, width]``."""
        return np.zeros((self.window, self.width), np.float32)

    # -- the regression -----------------------------------------------------------------------

    def lagged(self, values: NDArray[np.float32], before: NDArray[np.float32]) -> Floats:
        """What the regression reads at each step ``[T, width]``: it and those before it, and a one. What is missing is
        as it was last. ``before`` ``[window, width]`` come first."""
        after = filled_after(before, values)[self.window - self.lags :]
        windows = np.lib.stride_tricks.sliding_window_view(after, self.lags, axis=0)[1:]
        flat = windows.reshape(len(values), self.lags * self.width)
        return np.hstack([flat, np.ones((len(values), 1))]).astype(np.float64)

    def knowing(self, steps: int) -> int:
        """From which step on the regression reads all that it could; from the first on where a sequence is short."""
        return self.lags if steps > 2 * self.lags else 0

    def regress(self, values: Sequence[NDArray[np.float32]], to_come: Sequence[NDArray[np.float32]]) -> None:
        """Fit the regression on the training part, and the unit of what it lacks."""
        skipped = [self.knowing(len(row)) for row in values]
        read = np.concatenate([self.lagged(row, self.nothing)[n:] for row, n in zip(values, skipped, strict=True)])
        right = np.concatenate([row[n:] for row, n in zip(to_come, skipped, strict=True)]).astype(np.float64)
        there = ~np.isnan(right).any(1)
        read, right = read[there], right[there]
        if not len(read):
            return
        cut = len(read) - len(read) // 5
        found = {share: ridge(read[:cut], right[:cut], share) for share in PENALTIES}
        best = min(found, key=lambda share: float(np.square(right[cut:] - read[cut:] @ found[share]).sum()))
        self.weights = ridge(read, right, best)
        self.unit = np.maximum((right - read @ self.weights).std(0), 1e-6)

    def lacking(self, values: NDArray[np.float32], to_come: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the regression lacks, in units of it: what the network learns; NaN where it knows too little."""
        regressed = self.lagged(values, self.nothing) @ self.weights
        lacking = ((to_come - regressed) / self.unit).astype(np.float32)
        lacking[: self.knowing(len(values))] = np.nan
        return lacking

    def trusting(self, scores: Sequence[NDArray[np.float32]], lacking: Sequence[NDArray[np.float32]]) -> None:
        """Learn how far the network is trusted: by what of its answers is best, within 0 and 1."""
        answers, right = (np.concatenate(list(rows)).astype(np.float64) for rows in (scores, lacking))
        there = ~np.isnan(right)
        worth = float((answers[there] * right[there]).sum()) / max(float(np.square(answers[there]).sum()), 1e-12)
        self.trust = min(max(worth, 0.0), 1.0)

    def forecasts(
        self, values: NDArray[np.float32], scores: NDArray[np.float32], before: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is forecast at each step ``[T, width]``, and the latest steps to go on from ``[window, width]``."""
        found = self.lagged(values, before) @ self.weights + self.trust * self.unit * scores
        return found.astype(np.float32), filled_after(before, values)[len(values) :]

    # -- from errors to scores ----------------------------------------------------------------

    def errors(
        self, values: NDArray[np.float32], forecasts: NDArray[np.float32], before: NDArray[np.float32]
    ) -> tuple[Floats, NDArray[np.float32]]:
        """By how much each step ``[T, width]`` missed the forecast for it, 0 where a number is missing; and the latest
        forecast to go on from.

        forecasts: ``[T, width]``, made at each step for the next one;  before: ``[1, width]``, made before the first
        """
        made = np.concatenate([before, forecasts])
        return np.nan_to_num(values - made[:-1], nan=0.0).astype(np.float64), made[-1:]

    def shares(self, errors: Floats) -> Floats:
        """What each column adds to the mean square ``q`` of standardised errors: ``[T, width]``, which sum to it."""
        return errors * (errors @ self.precision) / self.width

    def levels(self, errors: Floats, read: int) -> Floats:
        """``log(1 + q)`` of each step ``[T]``, of which ``read`` came before; 0 while the network warms up."""
        levels = np.log1p(np.maximum(self.shares(errors).sum(1), 0.0))
        levels[: self.unjudged(len(levels), read)] = 0.0
        return levels

    def unjudged(self, steps: int, read: int) -> int:
        """Of so many steps those of which nothing can be said yet, where so many were read before."""
        return min(max(self.warm_up - read, 0), steps)

    def lately(self, levels: Floats, before: Floats) -> tuple[Floats, Floats]:
        """The mean of the last ``window`` levels at each step ``[T]``, and those to go on from ``[window]``."""
        together = np.concatenate([before, levels])
        sums = np.cumsum(np.append(0.0, together))
        return (sums[self.window + 1 :] - sums[1 : len(levels) + 1]) / self.window, together[len(levels) :]

    def strangeness(self, values: NDArray[np.float32], before: NDArray[np.float32], read: int) -> Floats:
        """``[T, width]``: mean squares by which each column's last ``window`` steps are off the nearest shape that is
        known; 0 while the network warms up. ``before`` ``[window, width]`` come first, of ``read`` in all."""
        off = self.known.off(filled_after(before, values))
        off[: self.unjudged(len(off), read)] = 0.0
        return off

    def beside_usual(
        self, levels: Floats, lately: Floats, off: Floats, risen: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """What ``SCORES`` are made of, over how far what is usual has risen above what it was; and how far that is, as
        logarithms ``[3]`` to go on from. What is an alarm as it comes never becomes usual."""
        step = 1 / (SLOW * self.window)
        measured = zip(measures(levels, lately, off), self.usual, USUAL, risen.tolist(), self.most, strict=True)
        each = [rises(own, usual, share, before, step, most / usual) for own, usual, share, before, most in measured]
        found, after = zip(*each, strict=True)
        less = np.exp(-np.stack(found))
        beside = np.log1p(less[0] * np.expm1(levels)), less[1] * lately, np.square(less[2])[:, None] * off
        return *beside, np.array(after)

    def scores(self, levels: Floats, lately: Floats, off: Floats) -> Floats:
        """``[3, T]``: each of ``SCORES``, in thresholds: above 1 is an alarm."""
        found = levels, lately, np.sqrt(off.sum(1))
        return np.stack([scale(one) for scale, one in zip(self.scales, found, strict=True)])

    def blamed(self, scores: Floats, errors: Floats, off: Floats) -> Floats:
        """``[T, width]``: each step's score, dealt out to the columns that have made the greatest of its ``scores``."""
        of_errors = np.maximum(self.shares(errors), 0.0)
        made = np.where((scores.argmax(0) == SCORES.index("shape"))[:, None], off, of_errors)
        return scores.max(0)[:, None] * made / np.maximum(made.sum(1, keepdims=True), 1e-30)

    # -- calibration --------------------------------------------------------------------------

    def disturbed(self, to_come: NDArray[np.float32], steps: int) -> NDArray[np.bool_]:
        """``[T]``: whether one of the last steps, of so many, isn't to come, as it is marked or missing."""
        absent = np.append(False, np.isnan(to_come[:-1]).all(1))[: len(to_come)]
        lately = np.cumsum(absent)
        return lately > np.pad(lately, (steps, 0))[: len(lately)]

    def undisturbed(self, values: NDArray[np.float32], to_come: NDArray[np.float32]) -> NDArray[np.float32]:
        """``values`` without those that aren't to come, as they are marked, or can't be forecast well after such."""
        return np.where(self.disturbed(to_come, self.lags + 1)[:, None], np.float32(np.nan), values)

    def know(self, values: Sequence[NDArray[np.float32]], to_come: Sequence[NDArray[np.float32]]) -> None:
        """Learn the shapes of normal data, of which no step is marked, beside those that are known."""
        usable = [~self.disturbed(row, self.window) & (np.arange(len(row)) >= self.warm_up) for row in to_come]
        self.known.learn([filled_after(self.nothing, row) for row in values], usable)

    def standardise(self, errors: Floats) -> None:
        """Learn the covariance of errors ``[n, width]`` on normal data, shrunk to their variances where few."""
        covariance = errors.T @ errors / max(len(errors), 1)
        variances = np.diag(covariance)
        few = min(1.0, self.width / max(len(errors), 1))
        shrunk = (1 - few) * covariance + few * np.diag(variances)
        self.precision = np.linalg.inv(shrunk + np.diag(np.full(self.width, RIDGE * max(variances.mean(), 1e-6))))

    def set_usual(self, levels: Sequence[Floats], lately: Sequence[Floats], off: Sequence[Floats]) -> None:
        """Learn what is usual of normal sequences: by what ``beside_usual`` tells how far it has risen."""
        rows = [measures(*row)[:, min(self.warm_up, len(row[0])) :] for row in zip(levels, lately, off, strict=True)]
        together = np.concatenate(rows, axis=1)
        for place, share in enumerate(USUAL if together.size else ()):
            usual, high = np.quantile(together[place], (share, 0.95)).tolist()
            self.usual[place] = max(usual, LEAST_USUAL * high, float(np.finfo(np.float32).tiny))

    def set_most(self, levels: Sequence[Floats], lately: Sequence[Floats], off: Sequence[Floats], rate: float) -> None:
        """Learn from which on each of ``measures`` is an alarm as it comes, of normal sequences."""
        _, self.most = self._limits(levels, lately, off, rate)

    def set_thresholds(
        self, levels: Sequence[Floats], lately: Sequence[Floats], off: Sequence[Floats], rate: float
    ) -> None:
        """Those that normal sequences exceed in ``rate`` alarms per step, a third of it by each of ``SCORES``."""
        each, (sudden, *others) = self._limits(levels, lately, off, rate)
        told = zip(each, [math.log1p(sudden), *others], strict=True)
        self.scales = [Scale.of(rows, limit, rate / len(SCORES)) for rows, limit in told]

    def _limits(
        self, levels: Sequence[Floats], lately: Sequence[Floats], off: Sequence[Floats], rate: float
    ) -> tuple[list[list[Floats]], list[float]]:
        """``SCORES`` of sequences, row by row, and the thresholds of ``measures``. Levels, whose tail is extrapolated,
        are ``q`` itself, as its tail is like an exponential's."""
        part, kept = rate / len(SCORES), [slice(min(self.warm_up, len(row)), None) for row in levels]
        distances = [np.sqrt(row.sum(1)) for row in off]
        each = [[row[own] for row, own in zip(rows, kept, strict=True)] for rows in (levels, lately, distances)]
        sudden = threshold([np.expm1(row) for row in each[0]], part, 1)
        return each, [float(sudden), *(float(threshold(rows, part, self.window)) for rows in each[1:])]

    # -- saving -------------------------------------------------------------------------------

    PLAIN = ("window", "false_alarms", "warm_up", "width", "trust", "usual", "most")
    ARRAYS = ("weights", "unit", "precision")

    def state(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in self.ARRAYS}
        scales = {name: vars(scale) for name, scale in zip(SCORES, self.scales, strict=True)}
        plain = {name: getattr(self, name) for name in self.PLAIN}
        return {**plain, **arrays, "scales": scales, "known": self.known.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        self.__init__(int(state["window"]), str(state["false_alarms"]))
        self.shaped(int(state["width"]), 0)
        self.warm_up, self.trust = int(state["warm_up"]), float(state["trust"])
        self.usual, self.most = ([float(one) for one in state[name]] for name in ("usual", "most"))
        self.scales = [Scale.from_json(state["scales"][name]) for name in SCORES]
        for name in self.ARRAYS:
            setattr(self, name, np.array(state[name], np.float64))
        shapes = (self.lags * self.width + 1, self.width), (self.width,), (self.width, self.width)
        if not 1 <= self.window <= LONGEST_WINDOW or tuple(getattr(self, name).shape for name in self.ARRAYS) != shapes:
            raise ValueError(f"thresholds of {self.width} columns, over {self.window} steps, don't fit its regression")
        for numbers in (self.usual, self.most):
            if len(numbers) != len(SCORES) or not min(numbers) > 0:
                raise ValueError(f"what is usual of its scores is {numbers}, and not {len(SCORES)} numbers above 0")
        self.known.load(state["known"])


def measures(levels: Floats, lately: Floats, off: Floats) -> Floats:
    """``[3, T]``: what tells what is usual of each of ``SCORES``: ``q``, the mean of levels, and a distance."""
    return np.stack([np.expm1(levels), lately, np.sqrt(off.sum(1))])


def filled_after(before: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steps after others ``[B + T, width]``; what is missing is as it was last."""
    return forward_filled(np.concatenate([before, values]).T).T


def ridge(read: Floats, right: Floats, penalty: float) -> Floats:
    """The weights ``[F, K]`` of least squared error, with this penalty per row on all but the last, that of a one."""
    weighed = np.append(np.full(read.shape[1] - 1, penalty * len(read)), 1e-9)
    return np.asarray(np.linalg.solve(read.T @ read + np.diag(weighed), read.T @ right), np.float64)


def is_marked(mark: Any) -> bool:
    """Whether a mark says that its step is unusual."""
    if isinstance(mark, (bool, int, float, np.generic)):
        number = float(cast("float", mark))
        return number != 0 and not math.isnan(number)
    return mark is not None and str(mark).strip().lower() not in NORMAL
