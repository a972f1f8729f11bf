"""One number per step of a sequence: a force from each frame of sensors, a level from each moment of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.answers.aligned import AlignedTask
from elman.answers.base import Cells, Measured, Parts, Prediction, predicted
from elman.kinds import Kind, NumbersKind
from elman.kinds.statistics import VectorFeatures
from elman.scoring.baselines import Mean
from elman.scoring.each_step import EachStep
from elman.scoring.order_free import OrderFreeNumber
from elman.settings import Settings


class StepRegressionTask(AlignedTask):
    """vectors -> as many numbers. A number that is missing is neither learned from nor measured on."""

    answer = "number"

    def each(self, cell: Any) -> Sequence[Any]:
        return NumbersKind.parse(cell).tolist()

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        return self.input_field(settings), NumbersKind()

    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        output = parts.output
        assert isinstance(output, NumbersKind)
        return [
            Prediction((output.mean + output.scale * scores.double()).tolist())
            for scores in predicted(parts.network, parts.input, cells)
        ]

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("rmse", "mae", "r2")

    def baselines(self, parts: Parts) -> list[Any]:
        alone = VectorFeatures("order_free", "looking at each step alone")
        return [EachStep(Mean()), EachStep(OrderFreeNumber(alone))]

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The steps whose number is known."""
        vectors = [
            [step for step, there in zip(row, kept, strict=True) if there]
            for row, kept in zip(self.seen(parts, inputs), known(outputs), strict=True)
        ]
        return vectors, [NumbersKind.parse(cell)[kept] for cell, kept in zip(outputs, known(outputs), strict=True)]

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        predictions = [
            np.asarray(prediction.value)[kept]
            for prediction, kept in zip(self.predict(parts, inputs), known(outputs), strict=True)
        ]
        cells, references = self.examples(parts, inputs, outputs)

        def error(predicted: Any, actual: Any) -> float:
            return float(np.abs(predicted - actual).mean())

        return self.measured_in_blocks(cells, predictions, references, in_short, error, "output units")


def known(outputs: Sequence[Any]) -> list[NDArray[np.bool_]]:
    """``[T]`` of each row: the steps whose number isn't missing."""
    return [~np.isnan(NumbersKind.parse(cell)) for cell in outputs]


def in_short(numbers: Sequence[float]) -> str:
    """Where numbers begin, what lies between them, and where they end."""
    return f"{numbers[0]:.3g} … {numbers[-1]:.3g}, {min(numbers):.3g} to {max(numbers):.3g}"
