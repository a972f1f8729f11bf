"""From scores to probabilities and back, each in the floating type that it comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
ROOM = 1 << 17
"""Numbers of several rows that stay in the cache while they are worked on."""


def log_softmax(scores: Floats) -> Floats:
    """Over the last axis: the logarithm of ``softmax``."""
    shifted = scores - scores.max(-1, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def softmax(scores: Floats) -> Floats:
    """Over the last axis: ``exp(scores)``, divided by their sum."""
    likely = np.exp(scores - scores.max(-1, keepdims=True))
    return likely / likely.sum(-1, keepdims=True)


def class_nats(scores: Floats, classes: NDArray[np.int64]) -> Floats:
    """``[M]``: the negative log-probability of one of the classes of ``[M, K]`` each."""
    nats = np.empty(len(scores), scores.dtype)
    rows = max(1, ROOM // max(1, scores.shape[1]))
    for start in range(0, len(scores), rows):
        part = slice(start, start + rows)
        shifted = scores[part] - scores[part].max(-1, keepdims=True)
        right = np.take_along_axis(shifted, classes[part, None], -1)[:, 0]
        nats[part] = np.log(np.exp(shifted, out=shifted).sum(-1)) - right
    return nats


def several_nats(scores: Floats, targets: Floats) -> Floats:
    """``[M]``: the negative log-probability of ``targets`` ``[M, K]``, zeros and ones, each class by itself."""
    return np.logaddexp(0, np.where(targets > 0, -scores, scores)).sum(-1)


def mixed(deep: Floats, wide: Floats, weights: tuple[float, float]) -> Floats:
    """The scores of two models together, each divided by its temperature (Guo et al. 2017): multiplied by its
    weight."""
    return weights[0] * deep + weights[1] * wide
