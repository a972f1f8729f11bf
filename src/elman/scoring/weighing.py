# pyright: strict
"""What scores are multiplied by, so that probabilities mean what they say: of one model, and of two together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman.decoding.probabilities import mixed, softmax

Loss = Callable[[Tensor, Tensor], Tensor]
"""(scores ``[n, k]``, targets) -> the loss of each row ``[n]``, or their sum."""
SHARES = np.linspace(0, 1, 11)
"""Of a network in what it says together with a linear model."""
SPREAD = 0.5
"""How far the logarithm of a temperature is likely to be from 0, before anything is seen."""


@dataclass(frozen=True)
class Said:
    """Scores ``[n, k]`` of rows that weren't learned from, what is right there, and how wrong they are."""

    scores: NDArray[np.float32]
    targets: Tensor
    loss: Loss

    def missed(self, factor: Tensor | float = 1.0) -> Tensor:
        """The loss of all rows with scores so many times as large."""
        return self.loss(factor * tensor_of(self.scores), self.targets).sum()

    def saying(self, scores: NDArray[np.float32]) -> Said:
        """Other scores of the same rows."""
        return replace(self, scores=scores.astype(np.float32, copy=False))


def mixing_weights(deep: Said, wide: Said, further: Said | None = None) -> tuple[float, float]:
    """What the scores of a network and of a linear model, or of any two, are multiplied by, to answer together, chosen
    by rows that neither learned from: each by its own temperature (Guo et al. 2017), both by a share, and what comes of
    that by one more temperature.

    The share is the mean of those that are likely after these rows, where any was as likely before them: of few rows
    it isn't far from a half, of many near the best one. One number at a time can't overfit, as two that were fitted at
    once did.

    further: what the linear model says of rows that the network learned from: they tell its temperature, too, and that
             of both as far as the linear model has a share in it
    """
    alone = scale_of(deep), scale_of(wide, further)
    parted = further and further.saying(alone[1] * further.scores)

    def weights(share: float) -> tuple[float, float]:
        """With so much of the network."""
        each = share * alone[0], (1 - share) * alone[1]
        together = deep.saying(mixed(deep.scores, wide.scores, each))
        both = scale_of(together, parted, 1 - share)
        return both * each[0], both * each[1]

    def missed(share: float) -> float:
        return float(deep.saying(mixed(deep.scores, wide.scores, weights(share))).missed())

    likely = softmax(-np.array(list(map(missed, SHARES.tolist()))))
    return weights(float(likely @ SHARES))


def scale_of(said: Said, further: Said | None = None, counting: float = 1.0) -> float:
    """The factor on scores that gives the least loss, of ``further`` ones too, whose rows count so much; 0 where even
    that is better.

    Beyond 1, factors are less and less likely: where all of few rows are right, none would be large enough.
    """
    missed = in_all(said, further, counting)
    scale = least_at(lambda log_scale: missed(log_scale.exp()) + unlikely(log_scale.clamp(min=0)))
    return scale if bool(missed(scale) < missed(0.0)) else 0.0


def temperature_scale(said: Said, further: Said | None = None) -> float:
    """The likeliest factor on scores, one over the temperature (Guo et al. 2017): the more rows there are, the less it
    matters that it is likely to be near 1."""
    missed = in_all(said, further)
    return least_at(lambda log_scale: missed(log_scale.exp()) + unlikely(log_scale))


def in_all(said: Said, further: Said | None, counting: float = 1.0) -> Callable[[Tensor | float], Tensor]:
    """From a factor to the loss of all rows, of which the further ones count so much."""
    if further is None:
        return said.missed
    return lambda factor: said.missed(factor) + counting * further.missed(factor)


def unlikely(log_scale: Tensor) -> Tensor:
    """Nats that the logarithm of a temperature costs before anything is seen."""
    return 0.5 * (log_scale / SPREAD) ** 2


def least_at(objective: Callable[[Tensor], Tensor]) -> float:
    """The positive number at whose logarithm the objective is least, by L-BFGS."""
    log_scale = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = objective(log_scale)
        value.backward()  # pyright: ignore[reportUnknownMemberType]
        return value

    optimizer.step(closure)  # pyright: ignore[reportUnknownMemberType]
    return float(log_scale.detach().exp())


def tensor_of(array: NDArray[Any]) -> Tensor:
    """The tensor over the same memory."""
    return torch.from_numpy(array)  # pyright: ignore[reportUnknownMemberType]
