# pyright: strict
"""Sets of labels that hold the right one as often as is asked (conformal prediction, Vovk et al. 2005)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError

Floats = NDArray[np.floating[Any]]


def sureness(probabilities: Floats, right: NDArray[np.int64]) -> NDArray[np.float32]:
    """``[n]``, rising: the probability ``[n, K]`` of each right label, of rows that the network didn't learn from."""
    return np.sort(probabilities[np.arange(len(right)), right]).astype(np.float32)


def least_probability(sure: NDArray[np.float32], confidence: float) -> float:
    """What a label's probability must be at least, so that the labels of which that is so hold the right one in that
    share of all rows like those that ``sure`` is of (split conformal prediction; Sadinle et al. 2019, Angelopoulos &
    Bates 2021, section 1).

    Of ``n`` rows the one with the ``ceil((n + 1) * confidence)``-th largest probability decides. Raises TaskError for a
    confidence that isn't between 0 and 1, or that asks for more rows than there are.
    """
    if not 0 < confidence < 1:
        raise TaskError(f"a confidence is between 0 and 1, such as 0.95; got {confidence:g}")
    rank = rank_of(len(sure), confidence)
    if rank > len(sure):
        most = math.floor(1000 * len(sure) / (len(sure) + 1)) / 1000
        raise TaskError(
            f"this model has {len(sure)} rows that its network didn't learn from, too few for a confidence of "
            f"{confidence:g}; pass at most {most:g}, or train on more data"
        )
    return float(sure[len(sure) - rank])


def rank_of(rows: int, confidence: float) -> int:
    """Of so many rows, the place of the one that decides."""
    return math.ceil((rows + 1) * confidence - 1e-9)


def rows_needed(confidence: float) -> int:
    """How many rows there must be at least."""
    return math.ceil(confidence / (1 - confidence) - 1e-9)
