"""Linear models over NumPy: what one is, and what it makes of features. ``fitting`` fits them, with torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.kinds.ngrams import Bags

Floats = NDArray[np.float32]
Features = Bags | Floats
"""A row ``[size]`` for each input: bags of n-grams, or all numbers ``[n, size]``."""
LossName = Literal["softmax", "logistic", "squared"]
"""What fitting makes small: of one class of several, of each label by itself, of numbers."""


@dataclass(frozen=True)
class Trial:
    """Rows to fit on, and others to judge the fit by: features ``[n, size]`` and targets ``[n, k]`` of each.

    beside: features of rows that have no targets
    """

    x: Features
    y: Floats
    x_held: Features
    y_held: Floats
    beside: Bags | None = None


@dataclass(frozen=True)
class Linear:
    """``scores = x @ weight + bias``; weight ``[size, k]``, bias ``[k]``."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Features) -> Floats:
        """``[n, k]``"""
        return x @ self.weight + self.bias

    def mixed(self, other: Linear, weights: tuple[float, float]) -> Linear:
        """The model whose scores are the weighted sum of both."""
        first, second = weights
        weight, bias = first * self.weight + second * other.weight, first * self.bias + second * other.bias
        return Linear(weight.astype(np.float32), bias.astype(np.float32))

    def arrays(self) -> dict[str, NDArray]:
        return {"weight": self.weight, "bias": self.bias}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray], size: int) -> Linear:
        """What ``arrays`` gave, for ``size`` features. Raises BundleError where it doesn't fit them."""
        weight, bias = arrays["weight"], arrays["bias"]
        if weight.shape != (size, *bias.shape):
            raise BundleError(
                f"the linear model's weights are {weight.shape} for {size} features and {bias.shape} outputs: "
                "the saved model is damaged; train it again"
            )
        return cls(weight, bias)
