"""What a task is: two fields, an architecture, and what follows from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch

from elman import recipes
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds import Kind
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.sides import read_by_encoder, read_by_head
from elman.recipes import TrainingStatistics
from elman.settings import Settings
from elman.settings.used import read_by, read_by_methods, reads
from elman.tasks import Architecture, Task
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation, Run

PREDICT_ROWS = 8_192  # encoded at a time
SHOWN_LABELS = 20


@dataclass(frozen=True)
class Prediction:
    """One answer as a person reads it.

    value:         a label, list of labels, number, list of tags, or text
    probability:   of the value, where the model gives one (of a whole text: per token, as a geometric mean)
    probabilities: of every label, likeliest first;  of every tag in the sequence for tags
    times:         when each of its steps is: of a transcript, the seconds at which its tokens begin
    """

    value: Any
    probability: float | None = None
    probabilities: Any = field(default=None, repr=False)
    times: Sequence[Any] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        shown = self.probabilities
        if isinstance(shown, dict):  # of many labels, the likeliest
            shown = dict(list(shown.items())[:SHOWN_LABELS])
        record = {
            "prediction": self.value,
            "probability": self.probability,
            "probabilities": shown,
            "times": self.times,
        }
        return {key: value for key, value in record.items() if value is not None}


@dataclass
class Parts:
    """What a trained model is made of.

    ngram_model, mixing_weights: where a linear model on n-grams answers together with the network, that model and the
    two weights of their scores
    """

    input: Kind
    output: Kind
    settings: Settings
    network: Network
    ngram_model: Any = None
    mixing_weights: tuple[float, float] | None = None


Cells = tuple[list[Any], list[Any]]
"""Inputs and outputs, row by row."""


class Answer(ABC):
    """How a task is learned from a kind of input, measured and used; subclasses differ in what comes out."""

    fractions: ClassVar[tuple[float, float, float]] = (0.8, 0.1, 0.1)
    """What is held out where no parts are given: training, validation, test."""
    blank_is_an_answer = False
    """Whether an empty output cell says something (no label applies), or is missing."""
    decides: ClassVar[frozenset[str]] = frozenset()
    """Settings that its kinds could read and it chooses itself."""

    def __init__(self, task: Task, input: str):
        self.task, self.input = task, input
        self.numeric = input in ("row", "vector", "series")  # inputs are numbers, and no texts

    @property
    def name(self) -> str:
        """Of the task, as a user says it."""
        return self.task.name

    @property
    def title(self) -> str:
        """The task and what it is learned from."""
        return f"{self.name} of {self.input}"

    def architecture(self, settings: Settings) -> Architecture:
        """Of the network that these settings make."""
        return self.task.architecture_for(self.input)

    # -- columns ------------------------------------------------------------------------------

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        """The input and output cells of a table; outputs are None where the table lacks the column."""
        return table.column(inputs[0]), table.columns.get(output or "")

    # -- construction -------------------------------------------------------------------------

    def recipe(self, statistics: TrainingStatistics) -> dict[str, Any]:
        """The settings that differ from the defaults, chosen by the data's size."""
        return recipes.find(self.input, self.name, statistics)

    @abstractmethod
    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        """New input and output fields."""

    @abstractmethod
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        """A new network between two fitted fields."""

    def uses(self, settings: Settings) -> frozenset[str]:
        """The names of the settings that make a difference to a run with these settings: all that the kinds are made
        from, that the network, its encoder and its head are built with, and that training and answers go by."""
        input, output = self.fields(settings)
        sides = read_by_encoder(input, settings) | read_by_head(output, settings)
        own = read_by_methods(self, settings) | read_by(Run, self, settings)
        return (input.uses | output.uses | sides | own) - self.decides

    def parts(self, inputs: list[Any], outputs: list[Any], settings: Settings) -> Parts:
        """Fields fitted on the training cells, and a new network between them."""
        input, output = self.fields(settings)
        input.fit(inputs)
        if output is not input:
            output.fit(outputs)
        return Parts(input, output, settings, self.network(input, output, settings))

    # -- training -----------------------------------------------------------------------------

    @reads("batch_tokens")
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        """Cells as batches."""
        encoded = parts.input.encode(inputs), parts.output.encode(outputs)
        settings = parts.settings
        return RowBatches(parts.input, parts.output, *encoded, batch_tokens=settings.batch_tokens, seed=settings.seed)

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        """A function network -> ``Evaluation`` on validation batches: here, of the mean loss alone."""

        def evaluate(network: Network) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            return Evaluation(-loss, {"loss": loss})

        return evaluate

    def finish(self, parts: Parts, validation: Batches, inputs: list[Any]) -> None:  # noqa: B027
        """Fit on the validation part what training left open; by default, nothing."""

    def inherit(self, old: Parts, new: Parts) -> None:  # noqa: B027
        """Take over into a network trained anew what ``finish`` fitted beside the old one; by default, nothing."""

    def scorable(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[Any]]:
        """The rows whose output training has seen: on others, a loss isn't defined."""
        keep = [row for row, output in enumerate(outputs) if self.knows(parts, output)]
        return [inputs[row] for row in keep], [outputs[row] for row in keep]

    def knows(self, parts: Parts, output: Any) -> bool:
        """Whether training has seen this output's labels."""
        return True

    # -- measuring ----------------------------------------------------------------------------

    @abstractmethod
    def baselines(self, parts: Parts) -> list[Any]:
        """New baselines to beat: a trivial one, and where there is one, a linear model that knows no order."""

    @abstractmethod
    def metrics(self, output: Kind) -> tuple[str, ...]:
        """The names of the metrics, the one that comparisons go by first."""

    @abstractmethod
    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """The model's answers in the form that the metrics take."""

    def fit_baselines(self, parts: Parts, train: Cells, valid: Cells) -> list[Any]:
        """The baselines, fitted on the data that the network was trained on."""
        fitted = self.examples(parts, *train), self.examples(parts, *valid)
        return [baseline.fit(*fitted) for baseline in self.baselines(parts)]

    @abstractmethod
    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Inputs and outputs as the baselines take them."""

    # -- use ----------------------------------------------------------------------------------

    def encoder_in_words(self) -> str:
        """What reads the input before the architecture does; by default, nothing worth a word."""
        return ""

    def drawn(self, rows: Iterable[tuple[Any, Prediction]]) -> bytes:
        """Inputs with their answers as a picture, a PNG file. Raises TaskError where there is nothing to look at."""
        raise TaskError(f"answers of a {self.name} model aren't drawn; pass --to a file that ends in .jsonl or .csv")

    @abstractmethod
    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        """An answer for each cell, in order."""


@dataclass(frozen=True)
class Measured:
    """Answers and what is right, row by row, as the metrics take them.

    inputs:  what the baselines answer from
    shown:   what a person is shown of the row: its input, what was predicted and what was expected
    losses:  how wrong each row is, in ``unit``
    rows:    what a row is, in words
    """

    predictions: list[Any]
    references: list[Any]
    inputs: list[Any]
    shown: list[tuple[Any, Any, Any]]
    losses: list[float]
    unit: str = "nats"
    rows: str = "rows"


def mean_loss(network: Network, batches: Iterable[Batch]) -> float:
    """Nats (or squared error) per value, over all batches."""
    total, count = 0.0, 0.0
    for batch in batches:
        losses, counts = network.loss(batch)
        total, count = total + float(losses.sum()), count + float(counts.sum())
    return total / max(count, 1.0)


def in_batches(field: Kind, cells: Sequence[Any], batch_tokens: int) -> Iterator[tuple[list[int], Any]]:
    """Collated inputs with their row numbers, similar lengths together."""
    for start in range(0, len(cells), PREDICT_ROWS):
        chunk = cells[start : start + PREDICT_ROWS]
        encoded = field.encode(chunk)
        for batch in RowBatches(field, field, encoded, None, batch_tokens=batch_tokens).in_order():
            yield [start + row for row in batch.rows], batch.inputs


def predicted(
    network: Network, field: Kind, cells: Sequence[Any], batch_tokens: int = 4_000, **options: Any
) -> list[Any]:
    """``network.predict`` for each cell, in order."""
    results: list[Any] = [None] * len(cells)
    network.eval()
    with torch.no_grad():
        for rows, inputs in in_batches(field, cells, batch_tokens):
            for row, answer in zip(rows, network.predict(inputs, **options), strict=True):
                results[row] = answer
    return results
