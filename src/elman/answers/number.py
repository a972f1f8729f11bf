"""One number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import SQUARED, Cells, Measured, Parts, Prediction
from elman.answers.value import ValueAnswer
from elman.export.around import ReadOut
from elman.kinds import Kind, NumberKind
from elman.kinds.standardised import number_of
from elman.scoring.baselines import Mean
from elman.scoring.order_free import OrderFreeNumber
from elman.stored import mapped

if TYPE_CHECKING:
    from elman.models.network import Network


class NumberAnswer(ValueAnswer[NumberKind]):
    """-> a number, in the unit of its column."""

    trivial, order_free = Mean, OrderFreeNumber
    loss_unit = SQUARED

    def output(self) -> NumberKind:
        return NumberKind()

    def said_by(self, output: NumberKind) -> ReadOut:
        return ReadOut("scores", mean=output.mean, scale=output.scale)

    def read_out(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return scores[:, 0]

    def on_scale_of(
        self, parts: Parts[Kind, NumberKind, Network], scores: NDArray[np.float32], source: Any
    ) -> NDArray[np.float32]:
        """Each standardises numbers by the mean and the scale of its own rows."""
        numbers = scores.astype(np.float64) * source.scale + source.mean
        return parts.output.standardised(numbers)

    def prediction(self, output: NumberKind, row: NDArray[np.float32]) -> Prediction:
        return Prediction(float(row) * output.scale + output.mean)

    def metrics(self, output: NumberKind) -> tuple[str, ...]:
        return ("rmse", "mae", "r2")

    def examples(self, parts: Parts[Kind, NumberKind, Network], inputs: list[Any], outputs: list[Any]) -> Cells:
        answers = mapped(outputs, lambda cells: list(map(number_of, cells)), {float})
        return mapped(inputs, parts.input.linear_inputs, {object}), answers

    def measured(self, parts: Parts[Kind, NumberKind, Network], inputs: list[Any], outputs: list[Any]) -> Measured:
        values = [prediction.value for prediction in self.predict(parts, inputs)]
        cells, references = self.examples(parts, inputs, outputs)
        losses = [abs(value - reference) for value, reference in zip(values, references, strict=True)]
        shown = self.shown(parts, inputs, values, references)
        return Measured(values, references, cells, shown, losses, "output units", itself=self._itself(parts))
