"""One tag per element: parts of speech and named entities of words, what happens at each step of a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import torch

from elman.answers.aligned import AlignedTask
from elman.answers.base import Cells, Measured, Parts, Prediction, predicted
from elman.kinds import Kind, TagsKind
from elman.models.many_to_many import ManyToMany
from elman.models.network import Network
from elman.nn.heads import CRFTagHead
from elman.scoring.baselines import FrequentTag, MajorityTag
from elman.scoring.metrics import metric
from elman.scoring.order_free import OrderFreeSteps, OrderFreeTags
from elman.settings import Settings
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation

PREFERENCES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class TaggingTask(AlignedTask):
    """tokens, vectors or frames -> tags."""

    answer = "tag"
    decides = frozenset({"level"})

    def each(self, cell: Any) -> list[str]:
        return TagsKind.parse(cell)

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        return self.input_field(settings), TagsKind()

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        assert isinstance(batches, RowBatches)
        main = self.metrics(parts.output)[0]

        def evaluate(network: Network) -> Evaluation:
            value, loss = self._score(network, parts.output, batches)
            return Evaluation(value - 1e-3 * loss, {main: value, "loss": loss})

        return evaluate

    def _score(self, network: Network, output: Kind, batches: Batches) -> tuple[float, float]:
        """The main metric on batches, and the mean loss of an element."""
        assert isinstance(network, ManyToMany) and isinstance(output, TagsKind)
        predicted, actual = [], []
        total, count = 0.0, 0
        for batch in batches.in_order():
            features, _ = network.features(batch.inputs)
            total += float(network.head.loss_of(features, batch.targets).sum())
            count += int(features.lengths.sum())
            predicted += [output.names(tags) for tags in network.head.best(network.head(features))]
            actual += [output.names(tags) for tags in batch.targets]
        return metric(self.metrics(output)[0])(predicted, actual), total / max(count, 1)

    def finish(self, parts: Parts, validation: Batches, inputs: list[Any]) -> None:
        """With spans, choose how much to take off ``O`` for the best F1 on the validation part."""
        head, output = parts.network.head, parts.output
        if not (isinstance(head, CRFTagHead) and isinstance(output, TagsKind) and output.spans):
            return
        outside = torch.tensor([name == "O" for name in output.classes]).float()
        found = {}
        with torch.inference_mode():
            for less in PREFERENCES:
                head.preference.copy_(-less * outside)
                found[less], _ = self._score(parts.network, output, validation)
        head.preference.copy_(-max(found, key=lambda less: found[less]) * outside)

    def inherit(self, old: Parts, new: Parts) -> None:
        if isinstance(old.network.head, CRFTagHead):
            new.network.head.preference.copy_(old.network.head.preference)

    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        assert isinstance(parts.output, TagsKind)
        classes = parts.output.classes
        size = {"batch_tokens": parts.settings.batch_tokens} if parts.input.decodes else {}
        return [
            Prediction([classes[i] for i in tags.tolist()], None, [round(p, 4) for p in sure.tolist()])
            for tags, sure in predicted(parts.network, parts.input, cells, **size)
        ]

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        if self.of_steps:
            return ("tag_f1", "tag_accuracy")
        spans = isinstance(output, TagsKind) and output.spans
        return ("span_f1", "tag_accuracy") if spans else ("tag_accuracy",)

    def baselines(self, parts: Parts) -> list[Any]:
        return [MajorityTag(), OrderFreeSteps()] if self.of_steps else [FrequentTag(), OrderFreeTags()]

    def knows(self, parts: Parts, output: Any) -> bool:
        assert isinstance(parts.output, TagsKind)
        return all(tag in parts.output.ids for tag in TagsKind.parse(output))

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        return self.seen(parts, inputs), [TagsKind.parse(cell) for cell in outputs]

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        cells, references = self.examples(parts, inputs, outputs)
        predictions = [prediction.value for prediction in self.predict(parts, inputs)]
        if self.of_steps:
            return self.measured_in_blocks(cells, predictions, references, runs, differing, "wrong tags")
        wrong = [differing(*pair) for pair in zip(predictions, references, strict=True)]
        shown = list(zip(cells, predictions, references, strict=True))
        return Measured(predictions, references, cells, shown, wrong, "wrong tags")


def differing(predicted: Sequence[str], actual: Sequence[str]) -> float:
    """How many tags are wrong."""
    return float(sum(p != a for p, a in zip(predicted, actual, strict=True)))


def runs(tags: Sequence[str]) -> str:
    """Tags in a row as a person would tell them: ``Rest 12, Stroke 30``."""
    return ", ".join(f"{tag} {sum(1 for _ in same)}" for tag, same in groupby(tags))
