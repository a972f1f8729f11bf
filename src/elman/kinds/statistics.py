# pyright: strict
"""Vectors, and sequences of them, as standardised figures that say nothing of order: what linear models see of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.kinds.arrays import as_arrays

FIGURES = 4
VARIES = 1e-6
"""Of a figure that varies less, what is left is rounding."""
Floats = NDArray[np.float64]


class VectorFeatures:
    """A vector ``[size]`` for each input, standardised by the training part, and scaled so that its squares sum to
    about one, as n-grams' do, so that the same penalties fit.

    What is missing (NaN) counts as the mean; figures that never vary in training weigh nothing.

    name, description: of the baseline that a linear model on them makes
    """

    kind = "vectors"
    most_rows: ClassVar[int | None] = 200_000
    """A linear model is fitted on so many rows at the most; None for all."""
    may_answer: ClassVar[bool] = False
    counted: ClassVar[bool] = False

    def __init__(self, name: str, description: str):
        self.name, self.description = name, description

    @property
    def size(self) -> int:
        """The number of figures."""
        return len(self.mean)

    def keep_within(self, most: int) -> None:
        """Have no more figures than these: there are few, whatever is allowed."""

    def fit(self, rows: Sequence[Any]) -> NDArray[np.float32]:
        """Learn mean and scale; returns what ``transform`` would of the same rows."""
        raw = self._figures(rows)
        self.mean = np.nan_to_num(np.nanmean(raw, axis=0)) if len(raw) else np.zeros(raw.shape[1])
        self.scale = np.nan_to_num(np.nanstd(raw, axis=0))
        return self._standardised(raw)

    def transform(self, rows: Sequence[Any]) -> NDArray[np.float32]:
        return self._standardised(self._figures(rows) if len(rows) else np.zeros((0, self.size)))

    def _figures(self, rows: Sequence[Any]) -> Floats:
        """``[n, size]``"""
        return np.asarray(rows)

    def _standardised(self, raw: Floats) -> NDArray[np.float32]:
        scaled = np.nan_to_num((raw - self.mean) / np.where(self.scale > VARIES, self.scale, np.inf))
        return (scaled / np.sqrt(self.size)).astype(np.float32)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        record = {"kind": self.kind, "name": self.name, "description": self.description}
        return record, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Raises BundleError where ``state`` can't have written this."""
        features = cls(**{key: record[key] for key in ("name", "description") if key in record})
        features.mean, features.scale = arrays["mean"], arrays["scale"]
        if features.mean.ndim != 1 or features.mean.shape != features.scale.shape:
            raise BundleError("the linear model's features in the saved model are damaged; train it again")
        return features


class ColumnStatistics(VectorFeatures):
    """Mean, spread, least and greatest value of each column of a sequence, and its length.

    Shuffling a sequence's steps changes none of them. Missing numbers are left out; a column without any is missing.
    """

    kind = "statistics"

    def __init__(
        self,
        name: str = "order_free",
        description: str = "looking at each column's mean, spread, least and greatest value",
    ):
        super().__init__(name, description)

    def _figures(self, rows: Sequence[Any]) -> Floats:
        """``[n, 4 * D + 1]``; NaN where a column has no number."""
        found = [(len(array), of_columns(array)) for array in as_arrays(rows)]
        width = max((len(own) for _, own in found), default=1)
        figures = np.full((len(found), FIGURES * width + 1), np.nan)
        for row, (length, own) in zip(figures, found, strict=True):
            row[: own.size], row[-1] = own.reshape(-1), length
        return figures


def of_columns(array: Floats) -> Floats:
    """``[D, 4]``: of each column of ``[T, D]`` mean, spread, least and greatest of its numbers; NaN where
    it has none."""
    found = np.full((array.shape[1], FIGURES), np.nan)
    for own, values in zip(found, array.T, strict=True):
        if len(observed := values[~np.isnan(values)]):
            own[:] = observed.mean(), observed.std(), observed.min(), observed.max()
    return found
