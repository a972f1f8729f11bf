"""One tag per element: parts of speech and named entities of words, what happens at each step of a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from elman.answers.base import Cells, Measured, Parts, Prediction, predicted, room
from elman.answers.each_step import EachStepAnswer, step_alone
from elman.decoding.viterbi import tags
from elman.export.around import ReadOut
from elman.kinds import Kind, TagsKind
from elman.kinds.base import Before
from elman.scoring.baselines import FrequentTag, MajorityTag
from elman.scoring.each_step import EachStep
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import metric
from elman.scoring.order_free import OrderFreeLabel, OrderFreeTags
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

PREFERENCES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)

TagParts: TypeAlias = Parts[Kind, TagsKind, "ManyToMany"]


class TagsAnswer(EachStepAnswer[TagsKind]):
    """tokens, vectors or frames -> tags."""

    called = "tag"
    decides = frozenset({"level"})

    def output(self) -> TagsKind:
        return TagsKind()

    def each(self, cell: Any) -> list[str]:
        return TagsKind.parse(cell)

    def read_out_elsewhere(self, parts: TagParts) -> ReadOut:
        return ReadOut("softmax", tuple(parts.output.classes))

    def evaluation(self, parts: TagParts, batches: RowBatches) -> Callable[[ManyToMany], Evaluation]:
        main = self.metrics(parts.output)[0]

        def evaluate(network: ManyToMany) -> Evaluation:
            value, loss = self._score(network, parts.output, batches)
            return Evaluation(value - 1e-3 * loss, {main: value, "loss": loss})

        return evaluate

    def _score(self, network: ManyToMany, output: TagsKind, batches: RowBatches) -> tuple[float, float]:
        """The main metric on batches, and the mean loss of an element."""
        predicted, actual = [], []
        total, count = 0.0, 0
        for batch in batches.in_order():
            features, _ = network.features(batch.inputs)
            total += float(network.head.loss_of(features, batch.targets).sum())
            count += int(features.lengths.sum())
            predicted += [output.names(tags.numpy()) for tags in network.head.best(network.head(features))]
            actual += [output.names(tags.numpy()) for tags in batch.targets]
        return metric(self.metrics(output)[0])(predicted, actual), total / max(count, 1)

    def finish(self, parts: TagParts, validation: RowBatches, inputs: list[Any]) -> None:
        """With spans, choose how much to take off ``O`` for the best F1 on the validation part."""
        import torch

        from elman.nn.heads import CRFTagHead

        head, output = parts.module.head, parts.output
        if not (isinstance(head, CRFTagHead) and output.spans):
            return
        outside = torch.tensor([name == "O" for name in output.classes]).float()
        found = {}
        with torch.inference_mode():
            for less in PREFERENCES:
                head.preference.copy_(-less * outside)
                found[less], _ = self._score(parts.module, output, validation)
        head.preference.copy_(-max(found, key=lambda less: found[less]) * outside)

    def inherit(self, old: TagParts, new: TagParts) -> None:
        preference = getattr(old.module.head, "preference", None)
        if preference is not None:
            new.module.head.preference.copy_(preference)

    def predict(self, parts: TagParts, cells: Sequence[Any]) -> list[Prediction]:
        def answer(batch: Any) -> list[Prediction]:
            return self.along(parts, parts.network.scores(batch))

        return predicted(parts.input, cells, answer, **room(parts))

    def why_whole(self, parts: TagParts) -> str:
        together = parts.network.chain is not None
        return "the tags of a sequence are chosen together, by a CRF" if together else super().why_whole(parts)

    def along(self, parts: TagParts, scores: Sequences, before: Sequence[Before] = ()) -> list[Prediction]:
        """A tag, and its probability, for each step."""
        classes = parts.output.classes
        return [
            Prediction([classes[i] for i in best.tolist()], None, [round(p, 4) for p in sure.tolist()])
            for best, sure in zip(*tags(scores, parts.network.chain), strict=True)
        ]

    def line(self, given: str, elements: Sequence[str], answer: Prediction) -> str:
        """Elements with their tags after a slash."""
        return " ".join(f"{element}/{tag}" for element, tag in zip(elements, answer.value, strict=True))

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: TagsKind) -> tuple[str, ...]:
        if self.of_steps:
            return ("tag_f1", "tag_accuracy")
        return ("span_f1", "tag_accuracy") if output.spans else ("tag_accuracy",)

    def baselines(self, parts: TagParts) -> list[Any]:
        if not self.of_steps:
            return [FrequentTag(), OrderFreeTags()]
        return [MajorityTag(), EachStep(OrderFreeLabel(step_alone()))]

    def knows(self, parts: TagParts, output: Any) -> bool:
        return parts.output.can_encode(output)

    def examples(self, parts: TagParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        return self.seen(parts, inputs), [parts.output.read(cell) for cell in outputs]

    def measured(self, parts: TagParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        self.refuse_unequal(parts, inputs, outputs)
        cells, references = self.examples(parts, inputs, outputs)
        predictions = [prediction.value for prediction in self.predict(parts, self.counted(parts, inputs))]
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
