"""One answer per element of a sequence, whatever the elements and the answers are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from elman.answers.base import Answer, Measured, Parts, Prediction
from elman.answers.contact_sheet import contact_sheet
from elman.data.steps import frames
from elman.data.table import Table
from elman.errors import TaskError
from elman.frames import frames_of
from elman.kinds import FramesKind, Kind, TextKind, VectorKind
from elman.kinds.text import words
from elman.models.many_to_many import ManyToMany
from elman.models.network import Network
from elman.models.sides import encoder_of, head_of
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads
from elman.tasks import Task
from elman.training.batches import RowBatches
from elman.training.loop import Batches

BLOCK = 100  # steps of a long sequence in one row of the report, over which the bootstrap resamples


@reads(*RECURRENCE)
def aligned(input: Kind, output: Kind, settings: Settings) -> ManyToMany:
    """The network of tags, numbers and transcripts, whose head aligns them: an output of each step of the input."""
    return ManyToMany(encoder_of(input, settings), lambda size: head_of(output, size, settings), **settings.recurrence)


class AlignedTask(Answer):
    """tokens, vectors or frames -> an answer to each of them; subclasses say what an answer is.

    answer: what it is called
    """

    answer: str

    def __init__(self, task: Task, input: str):
        super().__init__(task, input)
        self.of_steps = input != "text"

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        if self.numeric:
            return frames(table, inputs), table.columns.get(output or "")
        return super().cells(table, inputs, output)

    def elements(self, cell: Any) -> Sequence[Any]:
        """What is answered to in an input: the words of a text, the steps of a sequence, the frames of a clip."""
        if self.input == "frames":
            return frames_of(cell)
        return (cell or []) if self.numeric else words(cell)

    @abstractmethod
    def each(self, cell: Any) -> Sequence[Any]:
        """The answers in an output cell."""

    def input_field(self, settings: Settings) -> Kind:
        inputs: dict[str, Callable[[], Kind]] = {
            "text": lambda: TextKind.from_settings(settings, level="tokens"),
            "vector": lambda: VectorKind(centred=settings.centred),
            "frames": lambda: FramesKind(settings.picture_size),
        }
        return inputs[self.input]()

    @reads(aligned)
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        return aligned(input, output, settings)

    @reads("batch_tokens")
    @reads("bptt", where=lambda task, settings: task.of_steps)
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        for row, (cell, answers) in enumerate(zip(inputs, outputs, strict=True), start=1):
            elements, answers = self.elements(cell), self.each(answers)
            if len(elements) != len(answers):
                example = "" if self.of_steps else f", as in {' '.join(elements[:8])!r}"
                what = {"vector": "step", "frames": "frame"}.get(self.input, "token")
                raise TaskError(
                    f"row {row} has {len(elements)} {what}s and {len(answers)} {self.answer}s: there must be one "
                    f"{self.answer} per {what}{example}; mend the row, or leave it out"
                )
        encoded = parts.input.encode(inputs), parts.output.encode(outputs)
        s = parts.settings
        piece = s.bptt if self.of_steps else 0
        return RowBatches(parts.input, parts.output, *encoded, batch_tokens=s.batch_tokens, seed=s.seed, piece=piece)

    def encoder_in_words(self) -> str:
        return "convolutions, then " if self.input == "frames" else ""

    def drawn(self, rows: Iterable[tuple[Any, Prediction]]) -> bytes:
        return contact_sheet(rows) if self.input == "frames" else super().drawn(rows)

    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        """The elements of each input, as the baselines take them."""
        if isinstance(parts.input, FramesKind):
            return parts.input.each(parts.input.encode(inputs))
        return [self.elements(cell) for cell in inputs]

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

        told: answers in words;  wrong: (predicted, actual) -> how wrong a block is, in ``unit``
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
