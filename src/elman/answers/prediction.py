# pyright: strict
"""One answer as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from elman.kinds.column import is_mapping

SHOWN_LABELS = 20


@dataclass(frozen=True)
class Prediction:
    """One answer as a person reads it.

    value:         a label, list of labels, number, list of tags, or text
    probability:   of the value, where the model gives one (of a whole text: per token, as a geometric mean)
    probabilities: of every label, likeliest first, and of more than 1,000 labels of the 100 likeliest;  of every tag in
                   the sequence for tags
    labels:        where a confidence was asked for, those of which one is right that often
    times:         when each of its steps is: of a transcript, the seconds at which its tokens begin

    >>> (answer,) = model.predict([(5.7, 3.3, 6.0, 4.2)])
    >>> answer.value, answer.probability == max(answer.probabilities.values())
    ('moonroot', True)
    """

    value: Any
    probability: float | None = None
    probabilities: Any = field(default=None, repr=False)
    times: Sequence[Any] | None = field(default=None, repr=False)
    labels: Sequence[str] | None = None

    def to_json(self) -> dict[str, Any]:
        shown = self.probabilities
        if is_mapping(shown):  # of many labels, the likeliest
            shown = dict(list(shown.items())[:SHOWN_LABELS])
        record: dict[str, Any] = {
            "prediction": self.value,
            "probability": self.probability,
            "probabilities": shown,
            "times": self.times,
            "labels": self.labels,
        }
        return {key: value for key, value in record.items() if value is not None}
