"""One number per step of a sequence: a force from each frame of sensors, a level from each moment of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import SQUARED, Cells, Measured, Parts, Prediction
from elman.answers.each_step import EachStepAnswer, step_alone
from elman.export.around import ReadOut
from elman.kinds import Kind, NumbersKind
from elman.scoring.baselines import Mean
from elman.scoring.each_step import EachStep
from elman.scoring.order_free import OrderFreeNumber
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany

NumberParts: TypeAlias = Parts[Kind, NumbersKind, "ManyToMany"]


class NumbersAnswer(EachStepAnswer[NumbersKind]):
    """vectors -> as many numbers. A number that is missing is neither learned from nor measured on."""

    called = "number"
    loss_unit = SQUARED
    decides = frozenset({"convolutions"})

    def output(self) -> NumbersKind:
        return NumbersKind()

    def each(self, cell: Any) -> Sequence[Any]:
        return NumbersKind.parse(cell).tolist()

    def of_each_step(self, parts: NumberParts, scores: Sequences) -> list[Prediction]:
        """A number for each step."""
        output = parts.output
        numbers = scores.with_values(output.mean + output.scale * scores.values[:, 0].astype(np.float64))
        return [Prediction(row.tolist()) for row in numbers]

    def read_out_elsewhere(self, parts: NumberParts) -> ReadOut:
        return ReadOut("scores", mean=parts.output.mean, scale=parts.output.scale)

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: NumbersKind) -> tuple[str, ...]:
        return ("rmse", "mae", "r2")

    def baselines(self, parts: NumberParts) -> list[Any]:
        return [EachStep(Mean()), EachStep(OrderFreeNumber(step_alone()))]

    def examples(self, parts: NumberParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The steps whose number is given."""
        vectors = [
            [step for step, there in zip(row, kept, strict=True) if there]
            for row, kept in zip(self.seen(parts, inputs), observed(outputs), strict=True)
        ]
        return vectors, [NumbersKind.parse(cell)[kept] for cell, kept in zip(outputs, observed(outputs), strict=True)]

    def measured(self, parts: NumberParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        self.refuse_unequal(parts, inputs, outputs)
        predictions = [
            np.asarray(numbers)[kept]
            for numbers, kept in zip(self.values(parts, inputs), observed(outputs), strict=True)
        ]
        cells, references = self.examples(parts, inputs, outputs)

        def error(predicted: Any, actual: Any) -> float:
            return float(np.abs(predicted - actual).mean())

        return self.measured_in_blocks(cells, predictions, references, in_short, error, "output units")


def observed(outputs: Sequence[Any]) -> list[NDArray[np.bool_]]:
    """``[T]`` of each row: the steps whose number isn't missing."""
    return [~np.isnan(NumbersKind.parse(cell)) for cell in outputs]


def in_short(numbers: Sequence[float]) -> str:
    """Where numbers begin, what lies between them, and where they end."""
    return f"{numbers[0]:.3g} … {numbers[-1]:.3g}, {min(numbers):.3g} to {max(numbers):.3g}"
