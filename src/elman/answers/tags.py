"""One tag per element: parts of speech and named entities of words, what happens at each step of a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from elman.answers.base import Cells, Measured, Parts, Prediction
from elman.answers.each_step import EachStepAnswer, step_alone
from elman.decoding.viterbi import tags
from elman.errors import TaskError
from elman.export.around import ReadOut
from elman.kinds import Kind, TagsKind
from elman.kinds.classes import are_many
from elman.kinds.tags import MISSING
from elman.scoring.baselines import FrequentTag, MajorityTag
from elman.scoring.each_step import EachStep
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import metric
from elman.scoring.order_free import OrderFreeLabel, OrderFreeTags
from elman.sequences import Sequences
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

PREFERENCES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)

TagParts: TypeAlias = Parts[Kind, TagsKind, "ManyToMany"]


class TagsAnswer(EachStepAnswer[TagsKind]):
    """tokens, vectors or frames -> tags."""

    called = "tag"
    decides = frozenset({"level", "convolutions"})

    def output(self) -> TagsKind:
        return TagsKind()

    def each(self, cell: Any) -> list[str]:
        return TagsKind.parse(cell)

    def read_out_elsewhere(self, parts: TagParts) -> ReadOut:
        return ReadOut("softmax", tuple(parts.output.classes))

    @reads(EachStepAnswer.batches)
    def batches(self, parts: TagParts, inputs: list[Any], outputs: list[Any]) -> RowBatches:
        if parts.settings.crf and (rows := [row for row, cell in enumerate(outputs) if MISSING in self.each(cell)]):
            raise TaskError(
                f"row {rows[0] + 1}: a tag is missing, and a CRF learns from whole sequences alone; pass crf=false, or "
                "leave out such rows"
            )
        return super().batches(parts, inputs, outputs)

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
            right = [output.names(tags.numpy()) for tags in batch.targets]
            best = [output.names(tags.numpy()) for tags in network.head.best(network.head(features))]
            predicted += [given(*pair) for pair in zip(best, right, strict=True)]
            actual += [given(tags, tags) for tags in right]
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

    def why_whole(self, parts: TagParts) -> str:
        together = parts.network.chain is not None
        return "the tags of a sequence are chosen together, by a CRF" if together else super().why_whole(parts)

    def of_each_step(self, parts: TagParts, scores: Sequences) -> list[Prediction]:
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

    def left_out(self, classes: int) -> list[str]:
        return [f"of so many tags ({classes:,}) no linear model is tried"] if are_many(classes) else []

    def baselines(self, parts: TagParts) -> list[Any]:
        """A trivial one and a linear model, which of many tags would have too many weights."""
        trivial = MajorityTag() if self.of_steps else FrequentTag()
        linear = EachStep(OrderFreeLabel(step_alone())) if self.of_steps else OrderFreeTags()
        return [trivial] if are_many(parts.output.outcomes) else [trivial, linear]

    def knows(self, parts: TagParts, output: Any) -> bool:
        return parts.output.can_encode(output)

    def examples(self, parts: TagParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The steps whose tag is given."""
        rows = [*zip(self.seen(parts, inputs), map(parts.output.read, outputs), strict=True)]
        return [given(steps, tags) for steps, tags in rows], [given(tags, tags) for _, tags in rows]

    def measured(self, parts: TagParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        self.refuse_unequal(parts, inputs, outputs)
        cells, references = self.examples(parts, inputs, outputs)
        answered = zip(self.values(parts, self.counted(parts, inputs)), map(parts.output.read, outputs), strict=True)
        predictions = [given(*pair) for pair in answered]
        if self.of_steps:
            return self.measured_in_blocks(cells, predictions, references, runs, differing, "wrong tags")
        wrong = [differing(*pair) for pair in zip(predictions, references, strict=True)]
        shown = list(zip(cells, predictions, references, strict=True))
        return Measured(predictions, references, cells, shown, wrong, "wrong tags")


def given(steps: Sequence[Any], tags: Sequence[str]) -> list[Any]:
    """Those of the steps whose tag isn't missing."""
    return [step for step, tag in zip(steps, tags, strict=True) if tag != MISSING]


def differing(predicted: Sequence[str], actual: Sequence[str]) -> float:
    """How many tags are wrong."""
    return float(sum(p != a for p, a in zip(predicted, actual, strict=True)))


def runs(tags: Sequence[str]) -> str:
    """Tags in a row as a person would tell them: ``Rest 12, Stroke 30``."""
    return ", ".join(f"{tag} {sum(1 for _ in same)}" for tag, same in groupby(tags))
