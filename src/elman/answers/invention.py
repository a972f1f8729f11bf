"""A text that is made up for a value: drawn element by element, and measured by how likely it finds real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from elman.answers.base import Cells, Measured, Parts, Prediction, RowAnswer
from elman.answers.text import one_to_many, written_from_one
from elman.answers.written import search_options
from elman.data.batches import RowsInOrder
from elman.decoding.likelihood import nats_of
from elman.decoding.sampling import sampled
from elman.errors import TaskError
from elman.kinds import LabelKind, TextKind
from elman.kinds.text import plain
from elman.scoring.baselines import Unigram
from elman.settings import Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.one_to_many import OneToMany

LabelParts: TypeAlias = Parts[LabelKind, TextKind, "OneToMany"]


class InventionAnswer(RowAnswer[LabelKind, TextKind, "OneToMany"]):
    """label -> text, written one element after another."""

    needs_input = True

    def columns(self, settings: Settings) -> tuple[LabelKind, TextKind]:
        return LabelKind(), TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(one_to_many)
    def network(self, input: LabelKind, output: TextKind, settings: Settings) -> OneToMany:
        return one_to_many(input, output, settings)

    @reads(search_options)
    def predict(self, parts: LabelParts, cells: Sequence[Any]) -> list[Prediction]:
        return written_from_one(parts, cells, whole=True)

    def metrics(self, output: TextKind) -> tuple[str, ...]:
        return ("nats_per_token", "perplexity")

    def baselines(self, parts: LabelParts) -> list[Any]:
        return [Unigram(len(parts.output.vocabulary))]

    def examples(self, parts: LabelParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The tokens of each output, which the unigram model scores."""
        tokens = [target.tolist() for target in parts.output.targets(parts.output.encode(outputs))]
        return tokens, tokens

    def measured(self, parts: LabelParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """Of the rows whose input label training has seen; the audit names the others."""
        rows = [row for row, cell in enumerate(inputs) if LabelKind.parse(cell) in parts.input.ids]
        inputs, outputs = [inputs[row] for row in rows], [outputs[row] for row in rows]
        nats = self.nats(parts, inputs, outputs)
        tokens, _ = self.examples(parts, inputs, outputs)
        losses = [float(row.sum()) for row in nats]
        shown = [(cell, None, plain(output)) for cell, output in zip(inputs, outputs, strict=True)]
        return Measured(nats, tokens, tokens, shown, losses)

    def nats(self, parts: LabelParts, inputs: list[Any], outputs: list[Any]) -> list[Any]:
        """Per row the negative log-likelihood of each of its tokens, the end mark included."""
        input, output = parts.input, parts.output
        batches = RowsInOrder(input, output, input.encode(inputs), output.encode(outputs), batch_tokens=4_000)
        rows: list[Any] = [None] * len(inputs)
        for batch in batches.arrays():
            found = nats_of(parts.network, batch.inputs, batch.targets, begin=output.vocabulary.end_id)
            for row, nats in zip(batch.rows, found, strict=True):
                rows[row] = nats
        return rows

    def generate(
        self,
        parts: LabelParts,
        given: Any = None,
        *,
        start: str = "",
        length: int = 200,
        generator: np.random.Generator,
        **choice: Any,
    ) -> str:
        """One text drawn for the input ``given``, beginning with ``start``. Raises TaskError where none is given."""
        input, output = parts.input, parts.output
        if given is None:
            raise TaskError(f"this model writes for a value; pass --input ({', '.join(input.classes[:5])} ...)")
        marks, first = output.vocabulary, output.split(start) if start else []
        (ids,) = sampled(
            parts.network,
            input.collate(input.encode([given])),
            start=marks.encode(first),
            end=marks.end_id,
            never=[marks.unk_id],
            max_length=length,
            generator=generator,
            **choice,
        )
        # What it begins with is as it was given, seen in training or not.
        return output.join([*first, *marks.decode(ids[len(first) :])])
