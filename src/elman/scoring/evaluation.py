"""One look at the validation part while a network learns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Evaluation:
    """One look at the validation part: ``score`` is what is maximised, ``metrics`` what is shown."""

    score: float
    metrics: dict[str, float]
