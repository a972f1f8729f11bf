"""Several labels at once: those that apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import Prediction
from elman.answers.label import ClassesAnswer, by_probability
from elman.cells import sigmoid
from elman.export.around import ReadOut
from elman.kinds import LabelsKind
from elman.scoring.metrics import as_labels
from elman.scoring.order_free import OrderFreeLabels


class LabelsAnswer(ClassesAnswer[LabelsKind]):
    """-> each class that is likelier than not."""

    order_free = OrderFreeLabels
    blank_is_an_answer = True

    def output(self) -> LabelsKind:
        return LabelsKind()

    def said_by(self, output: LabelsKind) -> ReadOut:
        return ReadOut("sigmoid", tuple(output.classes))

    def read_out(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return sigmoid(scores)

    def prediction(self, output: LabelsKind, row: NDArray[np.float32]) -> Prediction:
        classes = by_probability(output, row)
        return Prediction([name for name, probability in classes.items() if probability >= 0.5], None, classes)

    def claims(self, answers: Sequence[Prediction], right: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Of each label of each row, and whether it applies."""
        given = [
            (p, name in labels)
            for answer, labels in zip(answers, map(as_labels, right), strict=True)
            for name, p in answer.probabilities.items()
        ]
        return np.array([p for p, _ in given]), np.array([applies for _, applies in given])

    def metrics(self, output: LabelsKind) -> tuple[str, ...]:
        return ("f1", "accuracy")
