"""A text is the answer: what translations, captions, summaries and transcripts share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from elman.answers.base import Cells, Measured, N, Parts, Prediction, RowAnswer, mean_loss
from elman.kinds import Kind, TextKind
from elman.kinds.text import EncodedText, plain
from elman.kinds.vocabulary import UNK
from elman.models.network import Network
from elman.models.search import Hypothesis
from elman.nn.heads import sum_steps
from elman.scoring.metrics import Metric, as_tokens, edits, metric
from elman.settings import Settings
from elman.settings.used import reads
from elman.training.batches import RowBatches
from elman.training.loop import Evaluation

I = TypeVar("I", bound=Kind)
O = TypeVar("O", bound=TextKind)


class WrittenAnswer(RowAnswer[I, O, N]):
    """An answer is a text, right where it is one of the references that came with the input."""

    most_reported = 60  # as it takes a search to write one

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

    def fit_baselines(self, parts: Parts[I, O, N], train: Cells, valid: Cells) -> list[Any]:
        first = self.seen(parts, train[0]), [parts.output.compared(plain(cell)) for cell in train[1]]
        return [baseline.fit(first, self.examples(parts, *valid)) for baseline in self.baselines(parts)]

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


def evaluation_by(name: str, output: TextKind, batches: RowBatches) -> Callable[[Network], Evaluation]:
    """By the metric of this name, on a sample where that means to write answers; of equals, by the loss."""
    by = metric(name)
    sample = None if name == "exact_match" else WrittenSample(output, batches, by)

    def evaluate(network: Network) -> Evaluation:
        value = sample.measure(network) if sample else exactly_right(network, batches)
        loss = mean_loss(network, (sample.batches if sample else batches).in_order())
        gain = value if by.higher_is_better else -value
        return Evaluation(gain - 1e-3 * loss, {name: value, "loss": loss})

    return evaluate


def exactly_right(network: Network, batches: RowBatches) -> float:
    """The share of targets that greedy search would write exactly.

    Where each token is the likeliest after the right ones before it, the likeliest at each step is all right.
    """
    right = rows = 0
    for batch in batches.in_order():
        wrong = network(batch.inputs, batch.targets).values.argmax(-1) != batch.targets.values
        right += int((sum_steps(batch.targets.with_values(wrong.float())) == 0).sum())
        rows += len(batch.targets)
    return right / max(rows, 1)


class WrittenSample:
    """What greedy search writes for evenly spaced sources of a part, set beside all their targets."""

    SOURCES = 200
    LENGTH = 1.5  # times the longest target: what doesn't end is cut there

    def __init__(self, output: TextKind, batches: RowBatches, by: Metric):
        self.output, self.by = output, by
        outputs: Sequence[EncodedText] = batches.outputs or []
        targets: dict[tuple[str, ...], list[int]] = {}
        for row, source in enumerate(batches.inputs):
            targets.setdefault(tuple(source.tokens), []).append(row)
        chosen = list(targets.values())[:: max(1, len(targets) // self.SOURCES)]
        rows = [several[0] for several in chosen]
        self.references = [[self.compared(outputs[row].tokens) for row in several] for several in chosen]
        self.longest = max(len(outputs[row].ids) for several in chosen for row in several)
        self.batches = RowBatches(
            batches.input,
            batches.output,
            *([part[row] for row in rows] for part in (batches.inputs, outputs)),
            batch_tokens=batches.batch_tokens,
        ).on(batches.device)

    def compared(self, tokens: Sequence[str]) -> str | list[str]:
        return self.output.compared(self.output.join(tokens))

    def measure(self, network: Network) -> float:
        """The metric of what ``network`` writes."""
        greedily: dict[str, Any] = {"beam_size": 1, "max_length": round(self.LENGTH * self.longest) + 1}
        answers: list[Any] = [None] * len(self.references)
        for batch in self.batches.in_order():
            found = network.predict(batch.inputs, **greedily)
            for row, hypothesis in zip(batch.rows, found, strict=True):
                answers[row] = self.compared(self.output.vocabulary.decode(hypothesis.ids))
        return self.by(answers, self.references)


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
