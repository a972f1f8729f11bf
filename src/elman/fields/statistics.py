"""A sequence of vectors as figures that know no order: what linear models see of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.fields.ngrams import Bags
from elman.fields.vector import as_array

FIGURES = 4
Floats = NDArray[np.float64]


class ColumnStatistics:
    """Mean, spread, least and greatest value of each column, and the length: standardised by the training part.

    Shuffling a sequence's steps changes none of them. Missing numbers are left out; a column without any is NaN, and
    counts as the mean.
    """

    kind, name = "statistics", "order_free"
    in_words = "looking at each column's mean, spread, least and greatest value"

    def fit(self, cells: Sequence[Any]) -> Bags:
        """Learn the scale of each figure; returns what ``transform`` would of the same cells."""
        raw = self._figures(cells)
        self.mean = np.nan_to_num(np.nanmean(raw, axis=0)) if len(raw) else np.zeros(raw.shape[1])
        self.scale = np.nan_to_num(np.nanstd(raw, axis=0))
        return self._bags(raw)

    def transform(self, cells: Sequence[Any]) -> Bags:
        return self._bags(self._figures(cells))

    @property
    def size(self) -> int:
        """The number of figures."""
        return len(self.mean)

    def _figures(self, cells: Sequence[Any]) -> Floats:
        """``[n, 4 * D + 1]``; NaN where a column has no number."""
        arrays = [as_array(cell) for cell in cells]
        width = max((array.shape[1] for array in arrays), default=1)
        rows = np.full((len(arrays), FIGURES * width + 1), np.nan)
        for row, array in zip(rows, arrays, strict=True):
            row[-1] = len(array)
            for column, values in enumerate(array.T if len(array) else []):
                if len(known := values[~np.isnan(values)]):
                    figures = known.mean(), known.std(), known.min(), known.max()
                    row[FIGURES * column : FIGURES * (column + 1)] = figures
        return rows

    def _bags(self, raw: Floats) -> Bags:
        """Dense rows in the form that sparse ones have; figures that never vary weigh nothing."""
        scaled = np.nan_to_num((raw - self.mean) / np.where(self.scale > 0, self.scale, np.inf))
        rows, size = scaled.shape
        # Rows of norm 1 on average, as n-grams have, so that the same penalties fit.
        weights = (scaled / np.sqrt(size)).astype(np.float32).ravel()
        return Bags(np.tile(np.arange(size), rows), np.arange(rows + 1) * size, weights, size)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray]]:
        return {"kind": self.kind}, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_state(cls, settings: dict[str, Any], arrays: dict[str, NDArray]) -> ColumnStatistics:
        """Raises BundleError where ``state`` can't have written this."""
        features = cls()
        features.mean, features.scale = arrays["mean"], arrays["scale"]
        if features.mean.shape != features.scale.shape or features.mean.ndim != 1:
            raise BundleError("the column statistics of the saved model are damaged; train it again")
        return features
