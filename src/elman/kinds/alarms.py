# pyright: strict
"""Whether each step of a sequence is unusual: by how far it is from what was forecast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from elman.decoding.alarms import threshold
from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind
from elman.kinds.series import forward_filled
from elman.sequences import Sequences

Floats = NDArray[np.float64]
NORMAL = frozenset({"", "0", "0.0", "false", "no", "n", "normal", "ok", "none", "good"})
"""What people write at steps that are as they should be, in lower case; anything else isn't."""
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Of the regression, per step: the one is taken that is best for the last fifth of the training part."""
MOST_LAGS = 100
LONGEST_WINDOW = 500
"""Steps that are looked at together, at most."""
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
    mean. ``log(1 + q)`` is compared with two thresholds: of the step itself, for what is sudden; and as a mean of the
    last ``window`` steps, for what lasts. Of the first ``warm_up`` steps of a sequence nothing is said, as forecasts
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
        self.trust = self.sudden = self.lasting = 1.0

    def shaped(self, width: int, typical: int) -> None:
        """Take the number of columns, and what sequences have of steps: half of a short one can't be warm-up."""
        self.width = width
        self.warm_up = min(2 * self.window, typical // 4)
        self.precision = np.eye(width)
        self.weights = np.zeros((self.lags * width + 1, width))
        self.unit = np.ones(width)

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

    # -- the regression -----------------------------------------------------------------------

    def lagged(self, values: NDArray[np.float32], before: NDArray[np.float32]) -> Floats:
        """What the regression reads at each step ``[T, width]``: it and those before it, and a one; ``before`` ``[lags,
        width]`` come first. What is missing is as it was last."""
        windows = np.lib.stride_tricks.sliding_window_view(filled_after(before, values), self.lags, axis=0)[1:]
        flat = windows.reshape(len(values), self.lags * self.width)
        return np.hstack([flat, np.ones((len(values), 1))]).astype(np.float64)

    def knowing(self, steps: int) -> int:
        """From which step on the regression reads all that it could; from the first on where a sequence is short."""
        return self.lags if steps > 2 * self.lags else 0

    def regress(self, values: Sequence[NDArray[np.float32]], to_come: Sequence[NDArray[np.float32]]) -> None:
        """Fit the regression on the training part, and the unit of what it lacks."""
        nothing = np.zeros((self.lags, self.width), np.float32)
        skipped = [self.knowing(len(row)) for row in values]
        read = np.concatenate([self.lagged(row, nothing)[n:] for row, n in zip(values, skipped, strict=True)])
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
        regressed = self.lagged(values, np.zeros((self.lags, self.width), np.float32)) @ self.weights
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
        """What is forecast at each step ``[T, width]``, and the latest steps to go on from ``[lags, width]``."""
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
        levels[: max(self.warm_up - read, 0)] = 0.0
        return levels

    def lately(self, levels: Floats, before: Floats) -> tuple[Floats, Floats]:
        """The mean of the last ``window`` levels at each step ``[T]``, and those to go on from ``[window]``."""
        together = np.concatenate([before, levels])
        sums = np.cumsum(np.append(0.0, together))
        return (sums[self.window + 1 :] - sums[1 : len(levels) + 1]) / self.window, together[len(levels) :]

    def scores(self, levels: Floats, lately: Floats) -> Floats:
        """In thresholds: above 1 is an alarm."""
        return np.maximum(levels / self.sudden, lately / self.lasting)

    # -- calibration --------------------------------------------------------------------------

    def undisturbed(self, values: NDArray[np.float32], to_come: NDArray[np.float32]) -> NDArray[np.float32]:
        """``values`` without those that aren't to come, as they are marked, or can't be forecast well after such."""
        absent = np.append(False, np.isnan(to_come[:-1]).all(1))[: len(values)]
        lately = np.convolve(absent, np.ones(self.lags + 1))[: len(values)] > 0
        return np.where(lately[:, None], np.float32(np.nan), values)

    def standardise(self, errors: Floats) -> None:
        """Learn the covariance of errors ``[n, width]`` on normal data, shrunk to their variances where few."""
        covariance = errors.T @ errors / max(len(errors), 1)
        variances = np.diag(covariance)
        few = min(1.0, self.width / max(len(errors), 1))
        shrunk = (1 - few) * covariance + few * np.diag(variances)
        self.precision = np.linalg.inv(shrunk + np.diag(np.full(self.width, RIDGE * max(variances.mean(), 1e-6))))

    def set_thresholds(self, levels: Sequence[Floats], rate: float) -> None:
        """Those that normal sequences exceed in ``rate`` alarms per step, half of it by either. Levels whose tail is
        extrapolated are ``q`` itself, as its tail is like an exponential's."""
        lately = [self.lately(row, np.zeros(self.window))[0] for row in levels]
        kept = [slice(min(self.warm_up, len(row)), None) for row in levels]
        tails = [np.expm1(row[part]) for row, part in zip(levels, kept, strict=True)]
        self.sudden = float(np.log1p(threshold(tails, rate / 2, 1)))
        self.lasting = threshold([row[part] for row, part in zip(lately, kept, strict=True)], rate / 2, self.window)

    # -- saving -------------------------------------------------------------------------------

    PLAIN = ("window", "false_alarms", "warm_up", "width", "trust", "sudden", "lasting")
    ARRAYS = ("weights", "unit", "precision")

    def state(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in self.ARRAYS}
        return {name: getattr(self, name) for name in self.PLAIN} | arrays

    def load_state(self, state: dict[str, Any]) -> None:
        self.__init__(int(state["window"]), str(state["false_alarms"]))
        self.width, self.warm_up = int(state["width"]), int(state["warm_up"])
        self.trust, self.sudden, self.lasting = (float(state[name]) for name in ("trust", "sudden", "lasting"))
        for name in self.ARRAYS:
            setattr(self, name, np.array(state[name], np.float64))
        shapes = (self.lags * self.width + 1, self.width), (self.width,), (self.width, self.width)
        if not 1 <= self.window <= LONGEST_WINDOW or tuple(getattr(self, name).shape for name in self.ARRAYS) != shapes:
            raise ValueError(f"thresholds of {self.width} columns, over {self.window} steps, don't fit its regression")


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
