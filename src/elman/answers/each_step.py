"""One answer to each element of a sequence: what tags and numbers per step share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from elman.answers.along import Along
from elman.answers.base import Measured, Parts, Prediction, RowAnswer, ToFit, bounded, predicted, room
from elman.data.drawn import drawn_sequences
from elman.errors import TaskError
from elman.kinds import Kind
from elman.kinds.base import Before
from elman.kinds.statistics import VectorFeatures
from elman.sequences import Sequences
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads
from elman.stored import Lists, Rows, cells_of

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

MOST_STEPS, MOST_WORDS = 100_000, 500_000
"""Steps, and words of sentences, that are measured on, and that baselines are fitted on, where there are more."""
BLOCK = 100  # steps of a long sequence in one row of the report, over which the bootstrap resamples

O = TypeVar("O", bound=Kind)


@reads(*RECURRENCE)
def aligned(input: Kind, output: Kind, settings: Settings) -> ManyToMany:
    """The network of tags, numbers and transcripts, whose head aligns them: an output of each step of the input."""
    from elman.models.many_to_many import ManyToMany
    from elman.models.sides import encoder_of, head_of

    return ManyToMany(encoder_of(input, settings), lambda size: head_of(output, size, settings), **settings.recurrence)


class EachStepAnswer(Along, RowAnswer[Kind, O, "ManyToMany"]):
    """tokens, vectors or frames -> an answer to each of them."""

    called: ClassVar[str]
    """What one answer is."""

    @property
    def of_steps(self) -> bool:
        """Whether sequences are long and cut in pieces: steps in time, and not words of a sentence."""
        return not self.input_kind.of_tokens

    @property
    def may_be_causal(self) -> bool:
        return self.input_kind.in_pieces

    def columns(self, settings: Settings) -> tuple[Kind, O]:
        read = settings if self.of_steps else settings.with_changes({"level": "tokens"})
        return self.new_input(read).element_by_element(), self.output()

    @abstractmethod
    def output(self) -> O:
        """A new output column."""

    @reads(aligned)
    def network(self, input: Kind, output: O, settings: Settings) -> ManyToMany:
        return aligned(input, output, settings)

    @abstractmethod
    def each(self, cell: Any) -> Sequence[Any]:
        """The answers in an output cell."""

    @abstractmethod
    def of_each_step(self, parts: Parts[Kind, O, ManyToMany], scores: Sequences) -> list[Prediction]:
        """For each sequence the answers to its steps, as one prediction."""

    def along(
        self, parts: Parts[Kind, O, ManyToMany], scores: Sequences, before: Sequence[Before] = ()
    ) -> list[Prediction]:
        return self.of_each_step(parts, scores)

    def predict(self, parts: Parts[Kind, O, ManyToMany], cells: Sequence[Any]) -> list[Prediction]:
        return predicted(
            parts.input, cells, lambda batch: self.along(parts, parts.network.scores(batch)), **room(parts)
        )

    def values(self, parts: Parts[Kind, O, ManyToMany], cells: Sequence[Any]) -> list[Any]:
        """For each sequence what is answered to its steps."""

        def answer(batch: Any) -> list[Any]:
            return [found.value for found in self.of_each_step(parts, parts.network.scores(batch))]

        return predicted(parts.input, cells, answer, **room(parts))

    @reads("batch_tokens")
    @reads("bptt", where=lambda task, settings: task.of_steps)
    def batches(self, parts: Parts[Kind, O, ManyToMany], inputs: list[Any], outputs: list[Any]) -> RowBatches:
        from elman.training.batches import RowBatches

        self.refuse_unequal(parts, inputs, outputs)
        encoded = parts.input.encoded_cells(self.counted(parts, inputs)), parts.output.encoded_cells(outputs)
        s = parts.settings
        piece = s.bptt if self.of_steps else 0
        return RowBatches(parts.input, parts.output, *encoded, batch_tokens=s.batch_tokens, seed=s.seed, piece=piece)

    def refuse_unequal(self, parts: Parts[Kind, O, ManyToMany], inputs: list[Any], outputs: list[Any]) -> None:
        """Raise TaskError for the first row that hasn't one answer per element."""
        counts, answers = self.input_kind.count_each(inputs), self.lengths(outputs)
        for row in np.flatnonzero(counts != answers).tolist():
            one, cell = self.input_kind.element, inputs[row]
            example = "" if self.of_steps else f", as in {' '.join(parts.input.elements_in(cell)[:8])!r}"
            raise TaskError(
                f"row {row + 1} has {counts[row]} {one}s and {answers[row]} {self.called}s: there must be one "
                f"{self.called} per {one}{example}; correct the row, or leave it out"
            )

    def lengths(self, outputs: Sequence[Any]) -> Rows:
        """How many answers each output cell has."""
        if isinstance(outputs, Lists):
            return outputs.lengths
        return np.fromiter((len(self.each(cell)) for cell in outputs), np.int64, len(outputs))

    def counted(self, parts: Parts[Kind, O, ManyToMany], inputs: list[Any]) -> list[Any]:
        """Texts as the words of which each has an answer, however a text without answers is cut."""
        if not self.input_kind.of_tokens:
            return inputs
        return [parts.input.elements_in(cell) if isinstance(cell, str) else cell for cell in inputs]

    def bound(self, classes: int = 0) -> tuple[int | None, str]:
        most, what = (MOST_STEPS, "steps") if self.of_steps else (MOST_WORDS, "words")
        return bounded(most, classes), what

    def extent(self, inputs: Sequence[Any], outputs: Sequence[Any] | None) -> int:
        return int(self.input_kind.count_each(inputs).sum())

    def rows_in(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> int:
        """Of long sequences, blocks."""
        return int((-(-self.lengths(outputs) // BLOCK)).sum()) if self.of_steps else super().rows_in(inputs, outputs)

    def measured_rows(self, inputs: Sequence[Any], outputs: Sequence[Any], classes: int = 0) -> Rows:
        """Whole sequences."""
        most, _ = self.bound(classes)
        return drawn_sequences(self.lengths(outputs), most or 0)

    def fit_baselines(self, parts: Parts[Kind, O, ManyToMany], given: ToFit) -> list[Any]:
        """On as many steps or words as are measured on."""
        inputs, outputs = given.train
        rows = self.measured_rows(inputs, outputs)
        return super().fit_baselines(parts, replace(given, train=(cells_of(inputs, rows), cells_of(outputs, rows))))

    def seen(self, parts: Parts[Kind, O, ManyToMany], inputs: list[Any]) -> list[Any]:
        """The elements of each input, as the baselines take them."""
        return parts.input.linear_elements(inputs)

    def measured_in_blocks(
        self,
        given: list[Any],
        predicted: list[Any],
        actual: list[Any],
        told: Callable[[Sequence[Any]], str],
        wrong: Callable[[Sequence[Any], Sequence[Any]], float],
        unit: str,
    ) -> Measured:
        """Long sequences as blocks of steps: the rows over which intervals are found, as neighbouring steps go wrong
        together (the block bootstrap, Künsch 1989).

        told: answers for people;  wrong: (predicted, actual) -> how wrong a block is, in ``unit``
        """
        places = [(row, at) for row, answers in enumerate(actual) for at in range(0, len(answers), BLOCK)]

        def blocks(rows: list[Any]) -> list[Any]:
            return [rows[row][at : at + BLOCK] for row, at in places]

        given, predicted, actual = map(blocks, (given, predicted, actual))
        losses = [wrong(*pair) for pair in zip(predicted, actual, strict=True)]
        shown = [
            (f"row {row + 1}, steps {at + 1:,} to {at + len(right):,}", told(guess), told(right))
            for (row, at), guess, right in zip(places, predicted, actual, strict=True)
        ]
        return Measured(predicted, actual, given, shown, losses, unit)


def step_alone() -> VectorFeatures:
    """What a linear model that ignores order sees: the vector of a step."""
    return VectorFeatures("order_free", "looking at each step alone")
