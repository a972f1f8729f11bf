# pyright: strict
"""What scores are multiplied by, so that probabilities mean what they say: of one model, and of two together."""

from __future__ import annotations

from collections.abc import Callable
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


def mixing_weights(
    deep: NDArray[np.float32], wide: NDArray[np.float32], targets: Tensor, loss: Loss
) -> tuple[float, float]:
    """What the scores ``[n, k]`` of a network and of a linear model, or of any two, are multiplied by, to answer
    together, chosen by rows that neither learned from: each by its own temperature (Guo et al. 2017), both by a share,
    and what comes of that by one more temperature.

    The share is the mean of those that are likely after these rows, where any was as likely before them: of few rows
    it isn't far from a half, of many near the best one. One number at a time can't overfit, as two that were fitted at
    once did.
    """

    def scale(scores: NDArray[np.float32]) -> float:
        return scale_of(tensor_of(scores), targets, loss)

    alone = scale(deep), scale(wide)

    def weights(share: float) -> tuple[float, float]:
        """With so much of the network."""
        each = share * alone[0], (1 - share) * alone[1]
        both = scale(mixed(deep, wide, each))
        return both * each[0], both * each[1]

    def missed(share: float) -> float:
        return float(loss(tensor_of(mixed(deep, wide, weights(share))), targets).sum())

    likely = softmax(-np.array(list(map(missed, SHARES.tolist()))))
    return weights(float(likely @ SHARES))


def scale_of(scores: Tensor, targets: Tensor, loss: Loss) -> float:
    """The factor on ``scores`` that gives the least loss; 0 where even that is better.

    Beyond 1, factors are less and less likely: where all of few rows are right, none would be large enough.
    """

    def objective(log_scale: Tensor) -> Tensor:
        return loss(log_scale.exp() * scores, targets).sum() + unlikely(log_scale.clamp(min=0))

    scale = least_at(objective)
    return scale if bool(loss(scale * scores, targets).sum() < loss(0 * scores, targets).sum()) else 0.0


def temperature_scale(scores: Tensor, targets: Tensor, loss: Loss) -> float:
    """The likeliest factor on ``scores``, one over the temperature (Guo et al. 2017): the more rows there are, the less
    it matters that it is likely to be near 1."""
    return least_at(lambda log_scale: loss(log_scale.exp() * scores, targets).sum() + unlikely(log_scale))


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
