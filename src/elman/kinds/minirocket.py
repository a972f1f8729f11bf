# pyright: strict
"""What fixed convolutions find in sequences of vectors, wherever it is: MiniRocket's features (Dempster, Schmidt & Webb
2021, "MiniRocket: A very fast (almost) deterministic transform for time series classification")."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.kinds.arrays import as_array
from elman.kinds.statistics import Floats, VectorFeatures
from elman.stages import each

STEPS = 9
"""That a pattern is of."""
HIGH = np.array(list(combinations(range(STEPS), 3)))
PATTERNS = np.full((len(HIGH), STEPS), -1.0)
"""``[84, 9]``: all patterns of six steps of -1 and three of 2; each sums to zero, so that no level is seen."""
np.put_along_axis(PATTERNS, HIGH, 2.0, axis=1)
BIASES = 119
"""Of each pattern: 9,996 features in all."""
PAST_ENDS = np.indices((len(PATTERNS), BIASES)).sum(0) % 2 == 0
"""Whether a pattern is looked for past a sequence's ends, too, at each of its biases."""
WIDTHS = 32
"""Of a pattern at the most, from steps side by side to those as far apart as a sequence has room for."""
GOLDEN = (np.sqrt(5) + 1) / 2
MOST_COLUMNS = 9
"""That a pattern is looked for in at once."""


class MiniRocketFeatures(VectorFeatures):
    """Of each pattern, at each of several widths, the share of steps at which it is found more clearly than a bias: a
    vector ``[9996]`` for each sequence.

    A bias is a quantile of how clearly the pattern is found in one training sequence, drawn by a fixed seed, as is in
    which columns a pattern is looked for. Columns are standardised by the training part; a missing number is its mean.
    Every other feature looks past a sequence's ends, where there are zeros; a sequence without room for the pattern
    has all of its steps looked at.

    widths ``[G]``, the steps from one to the next of a pattern; counts ``[G]``, biases at each of them; biases
    ``[84, 119]``, width after width; columns ``[G, 84, D]``, 1 where a pattern is looked for; centre and spread ``[D]``
    """

    kind = "minirocket"

    def __init__(
        self,
        name: str = "minirocket",
        description: str = "weighing how often fixed patterns are found (MiniRocket)",
    ):
        super().__init__(name, description)

    def fit(self, rows: Sequence[Any]) -> NDArray[np.float32]:
        arrays = [as_array(cell) for cell in rows]
        width = max(array.shape[1] for array in arrays)
        steps = np.concatenate([array for array in arrays if len(array)] or [np.zeros((1, width))])
        self.centre = np.nan_to_num(np.nanmean(steps, axis=0))
        self.spread = np.nan_to_num(np.nanstd(steps, axis=0))
        self.widths, self.counts = widths_for(float(np.mean([len(array) for array in arrays])))
        generator = np.random.default_rng(0)
        self.columns = columns_drawn(len(self.widths), width, generator)
        self.biases = self._biases([array for array in arrays if len(array)], generator)
        return super().fit(rows)

    def _biases(self, arrays: list[Floats], generator: np.random.Generator) -> Floats:
        """Quantiles at multiples of the golden ratio, which fill the unit interval evenly however many they are."""
        shares = (np.arange(1, PATTERNS.shape[0] * BIASES + 1) * GOLDEN % 1).reshape(-1, BIASES)
        biases, first = np.zeros_like(shares), 0
        for place, count in enumerate(self.counts.tolist()):
            drawn = generator.integers(len(arrays), size=len(PATTERNS)) if arrays else np.zeros(0, np.int64)
            for row in sorted(set(drawn.tolist())):
                found = self._found(self._columns_of(arrays[row]), place)
                for pattern in np.flatnonzero(drawn == row).tolist():
                    asked = shares[pattern, first : first + count]
                    biases[pattern, first : first + count] = np.quantile(found[pattern], asked)
            first += count
        return biases

    def _columns_of(self, array: Floats) -> Floats:
        """Standardised, with no number missing ``[T, D]``."""
        return np.nan_to_num((array - self.centre) / np.where(self.spread > 0, self.spread, np.inf))

    @cached_property
    def _weights(self) -> Floats:
        """``[G, 84, D * 9]``: of each pattern, in each column."""
        weights: Floats = self.columns[..., None].astype(np.float64) * PATTERNS[:, None]
        return weights.reshape(*self.columns.shape[:2], -1)

    def _found(self, x: Floats, place: int) -> Floats:
        """``[84, T]``: how clearly each pattern is found around each step, at one width."""
        width, steps = int(self.widths[place]), len(x)
        margin = STEPS // 2 * width
        padded = np.zeros((steps + 2 * margin, x.shape[1]))
        padded[margin : margin + steps] = x
        met = np.stack([padded[k * width : k * width + steps].T for k in range(STEPS)], axis=1)  # [D, 9, T]
        return self._weights[place] @ met.reshape(-1, steps)

    def _figures(self, rows: Sequence[Any]) -> Floats:
        figures = np.zeros((len(rows), PATTERNS.shape[0] * BIASES))
        for row, cell in enumerate(each(rows, "looking for patterns", len(rows))):
            array = as_array(cell)
            if len(array):
                figures[row] = self._shares(self._columns_of(array)).ravel()
        return figures

    def _shares(self, x: Floats) -> Floats:
        """``[84, 119]``"""
        shares, first = np.empty_like(self.biases), 0
        for place, count in enumerate(self.counts.tolist()):
            part, margin = slice(first, first + count), STEPS // 2 * int(self.widths[place])
            above = self._found(x, place)[:, None] > self.biases[:, part, None]
            whole = above.mean(-1)
            within = above[..., margin : len(x) - margin].mean(-1) if len(x) > 2 * margin else whole
            shares[:, part] = np.where(PAST_ENDS[:, part], whole, within)
            first += count
        return shares

    ARRAYS = ("widths", "counts", "biases", "columns", "centre", "spread")

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        record, arrays = super().state()
        return record, arrays | {name: getattr(self, name) for name in self.ARRAYS}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        features = super().from_state(record, arrays)
        for name in cls.ARRAYS:
            setattr(features, name, arrays[name])
        groups, columns = len(features.widths), len(features.centre)
        shapes = [getattr(features, name).shape for name in cls.ARRAYS]
        right = [
            (groups,),
            (groups,),
            (len(PATTERNS), BIASES),
            (groups, len(PATTERNS), columns),
            (columns,),
            (columns,),
        ]
        if shapes != right or features.size != len(PATTERNS) * BIASES or features.counts.sum() != BIASES:
            raise BundleError("the patterns of the saved model are damaged; train it again")
        if (features.widths < 1).any() or (features.counts < 0).any():
            raise BundleError("the patterns of the saved model have widths that can't be; train it again")
        return features


def widths_for(steps: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Widths that rise by a factor, up to what so many steps have room for, and how many biases each has."""
    most = max(1.0, (steps - 1) / (STEPS - 1))
    rising = [int(most ** (place / (WIDTHS - 1))) for place in range(WIDTHS)]
    widths = np.array(sorted(set(rising)), np.int64)
    counts = np.array([rising.count(width) for width in widths.tolist()], np.int64) * BIASES // WIDTHS
    counts[: BIASES - counts.sum()] += 1
    counts[0] += BIASES - counts.sum()
    return widths, counts


def columns_drawn(widths: int, columns: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """In which columns each pattern is looked for, at each width: few of them more often than many."""
    drawn = np.zeros((widths, len(PATTERNS), columns), np.int64)
    for pattern in drawn.reshape(-1, columns):
        count = int(2 ** generator.uniform(0, float(np.log2(min(columns, MOST_COLUMNS) + 1))))
        pattern[generator.permutation(columns)[:count]] = 1
    return drawn
