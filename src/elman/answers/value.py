"""One value out: a label, several labels, or a number; from a sequence (many-to-one) or one value (one-to-one)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from elman.answers.base import (
    Answer,
    Cells,
    Measured,
    Parts,
    Prediction,
    mean_loss,
    predicted,
)
from elman.answers.contact_sheet import contact_sheet
from elman.data.steps import frames
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds import (
    AudioKind,
    ChordsKind,
    FramesKind,
    ImageKind,
    Kind,
    LabelKind,
    LabelsKind,
    NumberKind,
    RowKind,
    TextKind,
    VectorKind,
)
from elman.kinds.ngrams import NgramFeatures
from elman.kinds.number import number_of
from elman.kinds.statistics import ColumnStatistics, VectorFeatures
from elman.kinds.text import plain
from elman.models.many_to_one import ManyToOne
from elman.models.network import Network
from elman.models.one_to_one import OneToOne
from elman.models.sides import encoder_of, head_of
from elman.models.tensors import tensors_of
from elman.nn.encoders import WindowEmbedding
from elman.scoring.baselines import Majority, Mean
from elman.scoring.metrics import as_labels
from elman.scoring.order_free import OrderFreeLabel, OrderFreeLabels, OrderFreeNumber
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads
from elman.tasks import Architecture, Task
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation

LINEAR = {
    "image": ("linear", "a linear model on pixels"),
    "frames": ("order_free", "averaging over the frames"),
    "audio": ("order_free", "averaging over time"),
    "chords": ("order_free", "counting how long each key sounds"),
}
"""The baseline that a linear model on summaries of such inputs makes: its name, and what it does in words."""


class ValueTask(Answer):
    """text, vectors, row, picture, clip, recording or tune -> label | labels | number."""

    INPUTS: ClassVar[dict[str, Callable[[Settings], Kind]]] = {
        "text": TextKind.from_settings,
        "row": lambda settings: RowKind(),
        "vector": lambda settings: VectorKind(centred=settings.centred),
        "image": lambda settings: ImageKind(settings.picture_size, rows=settings.picture_rows),
        "frames": lambda settings: FramesKind(settings.picture_size),
        "audio": lambda settings: AudioKind(settings.mels),
        "notes": lambda settings: ChordsKind(settings.grid, settings.voice),
    }
    OUTPUTS: ClassVar[dict[str, type[Kind]]] = {
        "label": LabelKind,
        "labels": LabelsKind,
        "number": NumberKind,
    }
    METRICS: ClassVar[dict[str, tuple[str, ...]]] = {
        "label": ("accuracy", "f1"),
        "labels": ("f1", "accuracy"),
        "number": ("rmse", "mae", "r2"),
    }

    def __init__(self, task: Task, input: str):
        super().__init__(task, input)
        self.kind = task.answer
        self.blank_is_an_answer = self.kind == "labels"

    def architecture(self, settings: Settings) -> Architecture:
        """Some sequences can be read as one value, and pictures as a sequence."""
        if self.input == "text" and settings.window:
            return "one-to-one"
        if self.input == "image" and settings.picture_rows:
            return self.task.architecture
        return super().architecture(settings)

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        if self.input == "vector":
            return frames(table, inputs), table.columns.get(output or "")
        if self.input != "row":
            return super().cells(table, inputs, output)
        columns = [table.column(name) for name in inputs]
        return list(zip(*columns, strict=True)), table.columns.get(output or "")

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        return self.INPUTS[self.input](settings), self.OUTPUTS[self.kind]()

    @reads("hidden_size", "num_layers", "dropout")
    @reads("window", where=lambda task, settings: task.input == "text")
    @reads("picture_rows", where=lambda task, settings: task.input == "image")
    @reads(*RECURRENCE, "pooling", where=lambda task, settings: task.architecture(settings) == "many-to-one")
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        s = settings
        encoder = encoder_of(input, s)
        if self.architecture(s) == "one-to-one":
            if self.input == "text":
                encoder = WindowEmbedding(encoder, s.window)
            head = head_of(output, s.hidden_size, s)
            return OneToOne(encoder, head, hidden_size=s.hidden_size, num_layers=s.num_layers, dropout=s.dropout)
        return ManyToOne(
            encoder,
            lambda size: head_of(output, size, s),
            **s.recurrence,
            pooling=s.pooling,
        )

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        assert isinstance(batches, RowBatches)

        def evaluate(network: Network) -> Evaluation:
            if self.kind != "label":
                loss = mean_loss(network, batches.in_order())
                return Evaluation(-loss, {"loss": loss})
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

    # -- together with a linear model on n-grams ----------------------------------------------

    @reads("ngrams", where=lambda task, settings: task.input == "text")
    def finish(self, parts: Parts, validation: Batches, inputs: list[Any]) -> None:
        """Weigh network and n-gram model for the validation part: each by its own temperature (Guo et al. 2017), then
        both together by one more. One number at a time can't overfit, as two weights fitted at once did."""
        assert isinstance(validation, RowBatches) and validation.outputs is not None
        if parts.ngram_model is None:
            return
        deep, wide = self._scores(parts, inputs), parts.ngram_model.scores([plain(cell) for cell in inputs])
        targets = tensors_of(parts.output.targets(validation.outputs))
        loss = parts.network.head.loss
        deep_weight, wide_weight = scale_of(deep, targets, loss), scale_of(wide, targets, loss)
        both = scale_of(deep_weight * deep + wide_weight * wide, targets, loss)
        parts.mixing_weights = (both * deep_weight, both * wide_weight)

    def inherit(self, old: Parts, new: Parts) -> None:
        new.ngram_model, new.mixing_weights = old.ngram_model, old.mixing_weights

    def encoder_in_words(self) -> str:
        return "convolutions, then " if self.input in ("image", "frames") else ""

    def drawn(self, rows: Iterable[tuple[Any, Prediction]]) -> bytes:
        shown = self.input in ("image", "frames")
        return contact_sheet(rows) if shown else super().drawn(rows)

    def _scores(self, parts: Parts, cells: Sequence[Any]) -> Tensor:
        """The network's scores ``[n, k]``."""
        size = (
            {"batch_tokens": parts.settings.batch_tokens} if parts.input.decodes else {}
        )  # what training had room for
        return torch.stack(predicted(parts.network, parts.input, cells, **size))

    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        scores = self._scores(parts, cells)
        if parts.mixing_weights:
            scores = parts.mixing_weights[0] * scores + parts.mixing_weights[1] * parts.ngram_model.scores(
                [plain(cell) for cell in cells]
            )
        raw = parts.network.head.predict(scores)
        output = parts.output
        if isinstance(output, LabelsKind):
            return [_several(output, row) for row in raw]
        if isinstance(output, LabelKind):
            return [_one(output, row) for row in raw]
        if isinstance(output, NumberKind):
            return [Prediction(float(row) * output.scale + output.mean) for row in raw]
        raise TaskError(f"{self.name} can't answer with a {output.name} column")

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        names = self.METRICS[self.kind]
        if self.kind == "label" and isinstance(output, LabelKind) and len(output.classes) <= 20:
            return (*names, *(f"f1_{name}" for name in output.classes))
        return names

    def baselines(self, parts: Parts) -> list[Any]:
        trivial = Mean() if self.kind == "number" else Majority()
        if isinstance(parts.input, RowKind):
            return [trivial]
        linear = {"label": OrderFreeLabel, "labels": OrderFreeLabels, "number": OrderFreeNumber}[self.kind]
        return [trivial, linear(self._features(parts))]

    def _features(self, parts: Parts) -> NgramFeatures | VectorFeatures:
        """What a linear model sees of an input: nothing that tells the order of its elements."""
        if parts.input.name in LINEAR:
            return VectorFeatures(*LINEAR[parts.input.name])
        return ColumnStatistics() if self.input == "vector" else NgramFeatures()

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        field, seen = parts.input, inputs
        if field.name in LINEAR:
            seen = list(field.summaries(field.encode(inputs)))
        elif not self.numeric:
            seen = [plain(cell) for cell in inputs]
        return seen, [self._reference(cell) for cell in outputs]

    def _reference(self, cell: Any) -> Any:
        if self.kind == "number":
            return number_of(cell)
        return LabelKind.parse(cell) if self.kind == "label" else LabelsKind.parse(cell)

    def knows(self, parts: Parts, output: Any) -> bool:
        if self.kind == "number":
            return math.isfinite(number_of(output))
        assert isinstance(parts.output, LabelKind)
        names = [LabelKind.parse(output)] if self.kind == "label" else LabelsKind.parse(output)
        return all(name in parts.output.ids for name in names)

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        predictions = self.predict(parts, inputs)
        cells, references = self.examples(parts, inputs, outputs)
        values = [prediction.value for prediction in predictions]
        given = inputs if self.input != "vector" else [f"{len(cell or []):,} steps" for cell in inputs]
        shown = list(zip(given, values, references, strict=True))
        if self.kind == "number":
            losses = [abs(value - reference) for value, reference in zip(values, references, strict=True)]
            return Measured(values, references, cells, shown, losses, "output units")
        losses = []
        for prediction, reference in zip(predictions, references, strict=True):
            right = [prediction.probabilities.get(name, 0.0) for name in as_labels(reference)]
            losses.append(-math.log(max(min(right, default=1.0), 1e-9)))
        return Measured(values, references, cells, shown, losses)


def scale_of(scores: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> float:
    """The factor on ``scores`` that gives the least loss, by L-BFGS over its logarithm; 0 where even that is better."""
    log_scale = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss(log_scale.exp() * scores, targets).mean()
        value.backward()
        return value

    optimizer.step(closure)
    scale = float(log_scale.detach().exp())
    return scale if bool(loss(scale * scores, targets).mean() < loss(0 * scores, targets).mean()) else 0.0


def _one(output: LabelKind, probabilities: torch.Tensor) -> Prediction:
    ranked = sorted(zip(output.classes, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
    return Prediction(ranked[0][0], ranked[0][1], dict(ranked))


def _several(output: LabelsKind, probabilities: torch.Tensor) -> Prediction:
    ranked = sorted(zip(output.classes, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
    return Prediction([name for name, p in ranked if p >= 0.5], None, dict(ranked))
