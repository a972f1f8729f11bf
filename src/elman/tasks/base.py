"""What a task is: two fields, an architecture, and what follows from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from elman.data.table import Table
from elman.errors import TaskError
from elman.fields import Field
from elman.models.batch import Batch
from elman.scoring.metrics import metric
from elman.settings import Settings
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation

PREDICT_ROWS = 512


@dataclass(frozen=True)
class Prediction:
    """One answer as a person reads it.

    value:         a label, list of labels, number, list of tags, or text
    probability:   of the value, where the model gives one (of a whole text: per token, as a geometric mean)
    probabilities: of every label, likeliest first;  of every tag in the sequence for tags
    """

    value: Any
    probability: float | None = None
    probabilities: Any = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        record = {"prediction": self.value, "probability": self.probability, "probabilities": self.probabilities}
        return {key: value for key, value in record.items() if value is not None}


@dataclass(frozen=True)
class Facts:
    """What the defaults of a task depend on."""

    rows: int
    steps: float  # mean elements of an input
    level: str  # of the input text; "" where it isn't text
    unique: int = 0  # distinct output texts or labels


class Task(ABC):
    """A named way to learn ``output`` from ``input``; subclasses differ in what an answer is."""

    metrics: ClassVar[tuple[str, ...]]

    def __init__(self, name: str, architecture: str):
        self.name, self.architecture = name, architecture

    # -- columns ------------------------------------------------------------------------------

    def cells(self, table: Table, input: str, output: str | None) -> tuple[list[Any], list[Any] | None]:
        """The input and output cells of a table; outputs are None where the table lacks the column."""
        if output is None:
            raise TaskError(f"{self.name} needs an output column; name it with --output")
        outputs = table.columns.get(output)
        return table.column(input), outputs

    # -- construction -------------------------------------------------------------------------

    @abstractmethod
    def recipe(self, facts: Facts) -> dict[str, Any]:
        """The settings that differ from the defaults, chosen by the data's size."""

    @abstractmethod
    def fields(self, settings: Settings) -> tuple[Field, Field]:
        """New input and output fields."""

    @abstractmethod
    def network(self, input: Field, output: Field, settings: Settings) -> nn.Module:
        """A new network between two fitted fields."""

    # -- training -----------------------------------------------------------------------------

    def batches(self, input: Field, output: Field, inputs: list[Any], outputs: list[Any], settings: Settings) -> Batches:
        """Encoded cells as batches for training."""
        return RowBatches(
            input,
            output,
            input.encode(inputs),
            output.encode(outputs),
            batch_tokens=settings.batch_tokens,
            seed=settings.seed,
        )

    def evaluation(self, batches: Batches, output: Field) -> Any:
        """A function network -> ``Evaluation`` on validation batches: here, mean loss alone."""

        def evaluate(network: nn.Module) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            return Evaluation(-loss, {"loss": loss})

        return evaluate

    # -- use ----------------------------------------------------------------------------------

    @abstractmethod
    def predict(
        self, network: nn.Module, input: Field, output: Field, cells: Sequence[Any], settings: Settings
    ) -> list[Prediction]:
        """An answer for each cell, in order."""

    def score_metrics(self, output: Field) -> tuple[str, ...]:
        return self.metrics

    @property
    def main_metric(self) -> str:
        return self.metrics[0]


def mean_loss(network: nn.Module, batches: Iterable[Batch]) -> float:
    """Nats (or squared error) per value, over all batches."""
    total, count = 0.0, 0.0
    for batch in batches:
        losses, counts = network.loss(batch)
        total, count = total + float(losses.sum()), count + float(counts.sum())
    return total / max(count, 1.0)


def in_batches(field: Field, cells: Sequence[Any], batch_tokens: int) -> Iterator[tuple[list[int], Any]]:
    """Collated inputs with their row numbers, similar lengths together."""
    for start in range(0, len(cells), PREDICT_ROWS * 16):
        chunk = cells[start : start + PREDICT_ROWS * 16]
        encoded = field.encode(chunk)
        for batch in RowBatches(field, field, encoded, None, batch_tokens=batch_tokens).in_order():
            yield [start + row for row in batch.rows], batch.inputs


def answers(network: nn.Module, field: Field, cells: Sequence[Any], batch_tokens: int = 4_000, **options: Any) -> list[Any]:
    """``network.predict`` for each cell, in order."""
    results: list[Any] = [None] * len(cells)
    network.eval()
    with torch.inference_mode():
        for rows, inputs in in_batches(field, cells, batch_tokens):
            for row, answer in zip(rows, network.predict(inputs, **options), strict=True):
                results[row] = answer
    return results


def better(name: str, a: float, b: float) -> bool:
    """Whether ``a`` is the better value of a metric."""
    return a > b if metric(name).higher_is_better else a < b
