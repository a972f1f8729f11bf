"""One value out: a label, several labels, or a number; from a text (many-to-one) or a row (one-to-one)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from elman.data.table import Table
from elman.errors import TaskError
from elman.fields import Field, LabelField, LabelsField, NumberField, RowField, TextField
from elman.models.many_to_one import ManyToOne
from elman.models.one_to_one import OneToOne
from elman.nn.encoders import WideLinear, WindowEmbedding
from elman.settings import Settings
from elman.tasks.base import Facts, Prediction, Task, answers, mean_loss
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation


class ValueTask(Task):
    """text or row -> label | labels | number."""

    OUTPUTS: ClassVar[dict[str, type[Field]]] = {
        "label": LabelField,
        "labels": LabelsField,
        "number": NumberField,
    }
    METRICS: ClassVar[dict[str, tuple[str, ...]]] = {
        "label": ("accuracy", "f1"),
        "labels": ("f1", "accuracy"),
        "number": ("rmse", "mae", "r2"),
    }

    def __init__(self, name: str, architecture: str, kind: str, input: str = "text"):
        super().__init__(name, architecture)
        self.kind, self.input = kind, input
        self.metrics = self.METRICS[kind]

    def cells(self, table: Table, input: str, output: str | None) -> tuple[list[Any], list[Any] | None]:
        if self.input == "text":
            return super().cells(table, input, output)
        columns = [table.column(name) for name in input.split(",")]
        return list(zip(*columns, strict=True)), table.columns.get(output or "")

    def recipe(self, facts: Facts) -> dict[str, Any]:
        if self.input == "row":
            epochs = max(20, min(200, 200_000 // max(1, facts.rows)))
            return {"epochs": epochs, "batch_tokens": 64, "hidden_size": 64, "num_layers": 2, "dropout": 0.1, "patience": 20}
        if facts.level == "characters":
            return {
                "embedding_size": 64, "hidden_size": 192, "num_layers": 2, "dropout": 0.4, "learning_rate": 3e-3,
                "epochs": 20, "batch_tokens": 600, "ngrams": True, "average": 0.995,
            }  # fmt: skip
        return {
            "lowercase": True, "embedding_size": 100, "hidden_size": 128, "pieces": 20_000, "ngrams": True,
            "dropout": 0.5, "embedding_dropout": 0.1, "unknown_rate": 0.1, "pooling": "max+mean",
            "learning_rate": 3e-3, "weight_decay": 0.1, "epochs": 5, "average": 0.99,
            "batch_tokens": int(max(600, min(8_000, 32 * facts.steps))),
        }  # fmt: skip

    def fields(self, settings: Settings) -> tuple[Field, Field]:
        if self.input == "row":
            return RowField(), self.OUTPUTS[self.kind]()
        return TextField.from_settings(settings), self.OUTPUTS[self.kind]()

    def network(self, input: Field, output: Field, settings: Settings) -> nn.Module:
        s = settings
        encoder = input.encoder(s)
        if self.architecture == "one-to-one":
            if self.input == "text":
                encoder = WindowEmbedding(encoder, s.window or 5)
            head = output.head(s.hidden_size, s)
            return OneToOne(encoder, head, hidden_size=s.hidden_size, num_layers=s.num_layers, dropout=s.dropout)
        wide = None
        if isinstance(input, TextField) and input.features is not None:
            wide = WideLinear(input.features.size, len(output.classes) if isinstance(output, LabelField) else 1)
        return ManyToOne(
            encoder,
            lambda size: output.head(size, s),
            cell=s.cell,
            hidden_size=s.hidden_size,
            num_layers=s.num_layers,
            bidirectional=s.bidirectional,
            dropout=s.dropout,
            pooling=s.pooling,
            wide=wide,
        )

    def evaluation(self, batches: Batches, output: Field) -> Any:
        assert isinstance(batches, RowBatches)

        def evaluate(network: nn.Module) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            if self.kind != "label":
                return Evaluation(-loss, {"loss": loss})
            right = sum(
                int((torch.stack(network.predict(batch.inputs)).argmax(-1) == batch.targets).sum())
                for batch in batches.in_order()
            )
            accuracy = right / len(batches.inputs)
            # Of two equally accurate states the surer one is better.
            return Evaluation(accuracy - 1e-3 * loss, {"accuracy": accuracy, "loss": loss})

        return evaluate

    def predict(
        self, network: nn.Module, input: Field, output: Field, cells: Sequence[Any], settings: Settings
    ) -> list[Prediction]:
        raw = answers(network, input, cells)
        if isinstance(output, LabelsField):
            return [_several(output, row) for row in raw]
        if isinstance(output, LabelField):
            return [_one(output, row) for row in raw]
        if isinstance(output, NumberField):
            return [Prediction(float(row) * output.scale + output.mean) for row in raw]
        raise TaskError(f"{self.name} can't answer with a {output.kind} column")

    def score_metrics(self, output: Field) -> tuple[str, ...]:
        if isinstance(output, LabelField) and len(output.classes) <= 20:
            return (*self.metrics, *(f"f1_{name}" for name in output.classes))
        return self.metrics


def _one(output: LabelField, probabilities: torch.Tensor) -> Prediction:
    ranked = sorted(zip(output.classes, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
    return Prediction(ranked[0][0], ranked[0][1], dict(ranked[:20]))


def _several(output: LabelsField, probabilities: torch.Tensor) -> Prediction:
    ranked = sorted(zip(output.classes, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
    return Prediction([name for name, p in ranked if p >= 0.5], None, dict(ranked[:20]))
