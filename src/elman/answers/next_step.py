"""What one column of a sequence of records says at the step to come, by all steps until now: the product that is bought
next; whether the next lesson is got right, as in knowledge tracing (Piech et al. 2015).

Learned and measured are all steps but the last, each against the step after it, by a network that goes forward alone
and answers to each step by itself: nothing of a later step can reach an answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import Answer, AnyParts, Cells, Parts, Prediction
from elman.answers.each_step import EachStepAnswer
from elman.answers.label import by_probability
from elman.answers.numbers import NumberParts, NumbersAnswer
from elman.answers.tags import TagParts, TagsAnswer
from elman.data.steps import TO_COME
from elman.decoding.probabilities import softmax
from elman.errors import TaskError
from elman.kinds import Kind, NumbersKind, TagsKind
from elman.kinds.base import Before, text_of
from elman.kinds.standardised import number_of
from elman.scoring.each_step import AfterSame, SameAgain, Step
from elman.scoring.evaluation import Evaluation
from elman.sequences import Sequences
from elman.settings import FORWARD, Settings
from elman.settings.used import reads
from elman.stored import beside, chosen, columns_of, lengths_of, stretches

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

O = TypeVar("O", TagsKind, NumbersKind)


class NextStepAnswer(EachStepAnswer[O]):
    """Records, step by step -> what one of their columns says at the step to come."""

    causal = True

    @property
    def may_be_causal(self) -> bool:
        return False  # it is anyway

    def pairs(self, inputs: list[Any], outputs: list[Any]) -> Cells:
        """All steps but the last, and the column at the steps after them, of the sequences that have a second step."""
        lengths = lengths_of(outputs)
        rows = np.flatnonzero(lengths > 1)
        if not len(rows):
            raise TaskError(
                f"of {len(outputs):,} sequences in a part of the data none has a second step, so that there is no next "
                f"{self.learns!r} in it; pass more or longer ones, or call the column that tells them apart customer, "
                "user or the like"
            )
        first, last, ends = [0] * len(rows), (lengths[rows] - 1).tolist(), lengths[rows].tolist()
        columns = columns_of(chosen(inputs, rows))
        until = beside([stretches(column, first, last) for column in columns])
        return until, stretches(chosen(outputs, rows), [1] * len(rows), ends)

    @reads(*FORWARD)
    def network(self, input: Kind, output: O, settings: Settings) -> ManyToMany:
        from elman.models.many_to_many import ManyToMany
        from elman.models.sides import encoder_of, head_of

        forward = {name: getattr(settings, name) for name in FORWARD}
        encoder = encoder_of(input, settings)
        return ManyToMany(encoder, lambda size: head_of(output, size, settings), bidirectional=False, **forward)

    def predict(self, parts: Parts[Kind, O, ManyToMany], cells: Sequence[Any]) -> list[Prediction]:
        for row, cell in enumerate(cells, start=1):
            if not self.input_kind.count(cell):
                raise TaskError(f"sequence {row} has no step yet, so that nothing follows it; leave it out")
            self.refuse_not_given(parts.input.names_of_columns, cell, f"sequence {row}")
        return super().predict(parts, cells)

    def next_batch(self, parts: AnyParts, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        for piece in given:
            self.refuse_not_given(parts.input.names_of_columns, parts.input.piece(piece), "the latest step")
        return super().next_batch(parts, given, before)

    def refuse_not_given(self, names: Sequence[str], cell: Sequence[Any], where: str) -> None:
        """Raises TaskError where nothing is given of the step to come, though it was to learn from."""
        for name, values in zip(names, cell, strict=True):
            if name.endswith(TO_COME) and values[-1] is None:
                given = name.removesuffix(TO_COME)
                raise TaskError(
                    f"{where}: {given!r} isn't given for the step to come. Add a row for that step, with its {given!r} "
                    f"and without {self.learns!r}; or give it as {name!r} at the last step."
                )

    # -- measuring ----------------------------------------------------------------------------

    def seen(self, parts: Parts[Kind, O, ManyToMany], inputs: list[Any]) -> list[Any]:
        """Of each step what the column says there, where it is read, and the figures of all columns."""
        figures = super().seen(parts, inputs)
        names = parts.input.names_of_columns
        if self.learns not in names:
            return figures
        place = names.index(self.learns)
        return [
            [Step(self.now(value), own) for value, own in zip(cell[place], row, strict=True)]
            for cell, row in zip(inputs, figures, strict=True)
        ]

    @abstractmethod
    def now(self, value: Any) -> Any:
        """What the column says at a step, as it is answered."""

    def baselines(self, parts: Parts[Kind, O, ManyToMany]) -> list[Any]:
        of_column = self.of_column() if self.learns in parts.input.names_of_columns else []
        trivial, *others = super().baselines(parts)
        return [trivial, *of_column, *others]

    @abstractmethod
    def of_column(self) -> list[Any]:
        """Baselines that look at the last value of the column alone."""


class NextLabelAnswer(NextStepAnswer[TagsKind], TagsAnswer):
    """-> the likeliest class, and how likely each is."""

    decides = TagsAnswer.decides | {"crf"}

    def evaluation(self, parts: TagParts, batches: RowBatches) -> Callable[[ManyToMany], Evaluation]:
        """By the loss: where chance decides much, the share that is right hardly moves."""
        return Answer.evaluation(self, parts, batches)

    def along(self, parts: TagParts, scores: Sequences, before: Sequence[Before] = ()) -> list[Prediction]:
        """What is to be said of the step after the last one."""
        found = [by_probability(parts.output, row) for row in softmax(last_of(scores))]
        return [Prediction(*next(iter(classes.items())), classes) for classes in found]

    def line(self, given: str, elements: Sequence[str], answer: Prediction) -> str:
        return Answer.line(self, given, elements, answer)

    def metrics(self, output: TagsKind) -> tuple[str, ...]:
        return ("tag_accuracy", "tag_f1")

    def now(self, value: Any) -> str:
        return text_of(value)

    def of_column(self) -> list[Any]:
        return [SameAgain(), AfterSame()]


class NextNumberAnswer(NextStepAnswer[NumbersKind], NumbersAnswer):
    """-> the number that is expected."""

    def along(self, parts: NumberParts, scores: Sequences, before: Sequence[Before] = ()) -> list[Prediction]:
        """What is expected at the step after the last one."""
        return [Prediction(answer.value[-1]) for answer in self.of_each_step(parts, scores)]

    def now(self, value: Any) -> float:
        return number_of(value)

    def of_column(self) -> list[Any]:
        return [SameAgain()]


def last_of(scores: Sequences) -> NDArray[np.float32]:
    """``[B, k]``: the scores of the last step of each sequence."""
    return scores.values[scores.offsets + scores.lengths - 1]
