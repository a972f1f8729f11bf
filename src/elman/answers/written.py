"""A text is the answer: what translations, captions, summaries and transcripts share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from elman.answers.base import Cells, Measured, N, Parts, Prediction, RowAnswer, ToFit
from elman.data.drawn import alike_before, drawn_rows, drawn_sequences
from elman.decoding.beam import Hypothesis
from elman.kinds import Kind, TextKind
from elman.kinds.text import plain
from elman.kinds.vocabulary import UNK
from elman.scoring.metrics import as_tokens, edits
from elman.settings import Settings
from elman.settings.used import reads
from elman.stored import Rows, arange, cells_of

MOST_FITTED = 200_000
"""Rows that baselines are fitted on, where there are more."""

I = TypeVar("I", bound=Kind)
O = TypeVar("O", bound=TextKind)


class WrittenAnswer(RowAnswer[I, O, N]):
    """An answer is a text, right where it is one of the references that came with the input."""

    most_measured = 25_000  # of many more, writing an answer to each would take hours
    most_reported = 60  # as it takes a search to write one

    def rows_in(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> int:
        return len(np.unique(alike_before(inputs)))

    def measured_rows(self, inputs: Sequence[Any], outputs: Sequence[Any], classes: int = 0) -> Rows:
        """All rows of some inputs: what else came with one is right, too."""
        most, _ = self.bound(classes)
        if most is None or len(outputs) <= most:
            return arange(len(outputs))
        first = alike_before(inputs)
        distinct, counts = np.unique(first, return_counts=True)
        return np.flatnonzero(np.isin(first, distinct[drawn_sequences(counts, most)]))

    def metrics(self, output: O) -> tuple[str, ...]:
        prose = output.level in ("subwords", "words")
        return ("bleu", "chrf", "exact_match") if prose else ("exact_match", "edit_distance")

    @abstractmethod
    def seen(self, parts: Parts[I, O, N], inputs: list[Any]) -> list[Any]:
        """Inputs as the baselines take them."""

    def examples(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> Cells:
        """Distinct sources with all their references."""
        sources, references = alternatives(inputs, outputs)
        return self.seen(parts, sources), [[parts.output.compared(r) for r in several] for several in references]

    def fit_baselines(self, parts: Parts[I, O, N], given: ToFit) -> list[Any]:
        rows = drawn_rows(given.train[1], MOST_FITTED)
        inputs, outputs = (cells_of(cells, rows) for cells in given.train)
        first = self.seen(parts, inputs), [parts.output.compared(plain(cell)) for cell in outputs]
        return [baseline.fit(first, self.examples(parts, *given.valid)) for baseline in self.baselines(parts)]

    def measured(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> Measured:
        """One row for each distinct source; all its outputs are references."""
        sources, _ = alternatives(inputs, outputs)
        copied, right = self.examples(parts, inputs, outputs)
        answers = [parts.output.compared(prediction.value) for prediction in self.predict(parts, sources)]
        losses = [
            float(min(edits(as_tokens(answer), as_tokens(reference)) for reference in several))
            for answer, several in zip(answers, right, strict=True)
        ]
        shown = list(zip(sources, answers, right, strict=True))
        return Measured(answers, right, copied, shown, losses, "edits")


def alternatives(inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[list[str]]]:
    """The distinct inputs in order, each with all outputs that came with it."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for cell, output in zip(inputs, outputs, strict=True):
        found.setdefault(plain(cell), (cell, []))[1].append(plain(output))
    return [cell for cell, _ in found.values()], [several for _, several in found.values()]


SEARCH = ("beam_size", "length_penalty", "max_length")


@reads(*SEARCH)
def search_options(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SEARCH}


def written(output: TextKind, hypothesis: Hypothesis, source: list[str]) -> Prediction:
    """The hypothesis as text; an <unk> becomes the source token that it looked at (Luong et al. 2015b)."""
    tokens = output.vocabulary.decode(hypothesis.ids)
    if hypothesis.attended is not None and source:
        tokens = [
            source[at] if token == UNK and at < len(source) else token
            for token, at in zip(tokens, hypothesis.attended, strict=True)
        ]
    return Prediction(output.join(tokens), math.exp(hypothesis.score / (len(tokens) + 1)))
