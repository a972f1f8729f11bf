"""One label, of a few classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import Measured, Parts, Prediction
from elman.answers.value import ValueAnswer
from elman.decoding.probabilities import softmax
from elman.errors import BundleError
from elman.export.around import ReadOut
from elman.kinds import Kind, LabelKind
from elman.kinds.classes import ClassesKind
from elman.scoring.baselines import Majority
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import as_labels
from elman.scoring.order_free import OrderFreeLabel

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.batches import RowBatches

MOST_NAMED = 20
"""Of more classes, F1 isn't given one by one."""

L = TypeVar("L", bound=ClassesKind)


class ClassesAnswer(ValueAnswer[L]):
    """One class or several, each with its probability."""

    trivial = Majority

    def measured(self, parts: Parts[Kind, L, Network], inputs: list[Any], outputs: list[Any]) -> Measured:
        predictions = self.predict(parts, inputs)
        cells, references = self.examples(parts, inputs, outputs)
        values = [prediction.value for prediction in predictions]
        losses = [surprise(*pair) for pair in zip(predictions, map(as_labels, references), strict=True)]
        return Measured(values, references, cells, self.shown(parts, inputs, values, references), losses)


class LabelAnswer(ClassesAnswer[LabelKind]):
    """-> the likeliest class."""

    order_free = OrderFreeLabel

    def output(self) -> LabelKind:
        return LabelKind()

    def evaluation(
        self, parts: Parts[Kind, LabelKind, Network], batches: RowBatches
    ) -> Callable[[Network], Evaluation]:
        def evaluate(network: Network) -> Evaluation:
            total, right = 0.0, 0
            for batch in batches.in_order():
                scores = network(batch.inputs)
                total += float(network.head.loss(scores, batch.targets).sum())
                right += int((scores.argmax(-1) == batch.targets).sum())
            rows = max(1, len(batches.inputs))
            accuracy, loss = right / rows, total / rows
            # Of two equally accurate states the surer one is better.
            return Evaluation(accuracy - 1e-3 * loss, {"accuracy": accuracy, "loss": loss})

        return evaluate

    def said_by(self, output: LabelKind) -> ReadOut:
        return ReadOut("softmax", tuple(output.classes))

    def read_out(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return softmax(scores)

    def prediction(self, output: LabelKind, row: NDArray[np.float32]) -> Prediction:
        classes = by_probability(output, row)
        return Prediction(*next(iter(classes.items())), classes)

    def metrics(self, output: LabelKind) -> tuple[str, ...]:
        named = output.classes if len(output.classes) <= MOST_NAMED else []
        return ("accuracy", "f1", *(f"f1_{name}" for name in named))


def by_probability(output: ClassesKind, probabilities: NDArray[np.float32]) -> dict[str, float]:
    """All classes with their probabilities, likeliest first. Raises BundleError for another number of them."""
    if len(output.classes) != len(probabilities):
        raise BundleError(
            f"its network scores {len(probabilities)} classes, and its output has {len(output.classes)}: the model is "
            "damaged; restore it from a copy"
        )
    pairs = zip(output.classes, probabilities.tolist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: -pair[1]))


def surprise(prediction: Prediction, labels: Iterable[Any]) -> float:
    """Nats of the least likely of the labels that are right."""
    right = [prediction.probabilities.get(name, 0.0) for name in labels]
    return -math.log(max(min(right, default=1.0), 1e-9))
