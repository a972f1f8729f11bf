"""One tag per token: parts of speech, named entities, any label per element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import nn

from elman.fields import Field, TagsField, TextField
from elman.models.many_to_many import ManyToMany
from elman.scoring.metrics import metric
from elman.settings import Settings
from elman.tasks.base import Facts, Prediction, Task, answers, mean_loss
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation


class TaggingTask(Task):
    """tokens -> tags."""

    metrics: ClassVar[tuple[str, ...]] = ("tag_accuracy",)

    def recipe(self, facts: Facts) -> dict[str, Any]:
        return {
            "lowercase": True, "embedding_size": 100, "hidden_size": 128, "characters": True, "character_size": 40,
            "pieces": 20_000, "dropout": 0.5, "embedding_dropout": 0.0, "unknown_rate": 0.2,
            "learning_rate": 3e-3, "epochs": max(5, min(20, 60_000 // max(1, facts.rows))), "average": 0.995,
            "batch_tokens": 400, "vocabulary_size": 50_000,
        }  # fmt: skip

    def fields(self, settings: Settings) -> tuple[Field, Field]:
        return TextField.from_settings(settings), TagsField()

    def network(self, input: Field, output: Field, settings: Settings) -> nn.Module:
        s = settings
        return ManyToMany(
            input.encoder(s),
            lambda size: output.head(size, s),
            cell=s.cell,
            hidden_size=s.hidden_size,
            num_layers=s.num_layers,
            bidirectional=s.bidirectional,
            dropout=s.dropout,
        )

    def evaluation(self, batches: Batches, output: Field) -> Any:
        assert isinstance(batches, RowBatches) and isinstance(output, TagsField)
        main = metric("span_f1" if output.spans else "tag_accuracy")

        def names(ids: Any) -> list[str]:
            return [output.classes[i] for i in ids.tolist()]

        def evaluate(network: nn.Module) -> Evaluation:
            predicted, actual = [], []
            for batch in batches.in_order():
                predicted += [names(tags) for tags, _ in network.predict(batch.inputs)]
                actual += [names(tags) for tags in batch.targets]
            value = main(predicted, actual)
            loss = mean_loss(network, batches.in_order())
            return Evaluation(value - 1e-3 * loss, {main.name: value, "loss": loss})

        return evaluate

    def predict(
        self, network: nn.Module, input: Field, output: Field, cells: Sequence[Any], settings: Settings
    ) -> list[Prediction]:
        assert isinstance(input, TextField) and isinstance(output, TagsField)
        return [
            Prediction([output.classes[i] for i in tags.tolist()], None, [round(p, 4) for p in sure.tolist()])
            for tags, sure in answers(network, input, cells)
        ]

    def score_metrics(self, output: Field) -> tuple[str, ...]:
        spans = isinstance(output, TagsField) and output.spans
        return ("span_f1", "tag_accuracy") if spans else ("tag_accuracy",)
