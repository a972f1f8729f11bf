"""A sequence of its own length out: translation (encoder-decoder), generation and captions (one-to-many)."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from elman.answers.base import (
    Answer,
    Cells,
    Measured,
    Parts,
    Prediction,
    mean_loss,
    predicted,
)
from elman.answers.contact_sheet import contact_sheet
from elman.kinds import FramesKind, ImageKind, Kind, LabelKind, TextKind
from elman.kinds.text import plain
from elman.kinds.vocabulary import UNKNOWN
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.network import Network
from elman.models.one_to_many import OneToMany
from elman.models.search import Hypothesis
from elman.models.sides import encoder_of
from elman.models.tensors import tensors_of
from elman.nn.encoders import Encoder, TokenEmbedding, WordEmbedding
from elman.nn.heads import sum_steps
from elman.scoring.baselines import CommonOrCopy, Nearest, Unigram
from elman.scoring.metrics import Metric, as_tokens, edits, metric
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads
from elman.training.batches import RowBatches
from elman.training.loop import Batches, Evaluation

SEARCH = ("beam_size", "length_penalty", "max_length")


@reads(
    *RECURRENCE,
    *("embedding_size", "unknown_rate", "attention", "label_smoothing", "tied", "negatives", "teacher_forcing"),
)
def encoder_decoder(input: Kind, output: Kind, s: Settings) -> EncoderDecoder:
    """The network of translation, and of captions of clips."""
    assert isinstance(output, TextKind)
    encoder = encoder_of(input, s)
    return EncoderDecoder(
        encoder,
        len(output.vocabulary),
        unknown=output.vocabulary.unknown_id,
        end=output.vocabulary.end_id,
        embedding_size=s.embedding_size,
        **s.recurrence,
        unknown_rate=s.unknown_rate,
        attention=s.attention,
        label_smoothing=s.label_smoothing,
        tied=s.tied,
        negatives=s.negatives,
        teacher_forcing=s.teacher_forcing,
        shared=token_weight(encoder) if input is output else None,
        copy=input is output and s.copy,
    )


@reads("embedding_size", "cell", "hidden_size", "num_layers", "dropout", "label_smoothing", "feed")
def one_to_many(input: Kind, output: Kind, s: Settings) -> OneToMany:
    """The network of generation and captioning."""
    assert isinstance(output, TextKind)
    return OneToMany(
        encoder_of(input, s),
        len(output.vocabulary),
        end=output.vocabulary.end_id,
        embedding_size=s.embedding_size,
        cell=s.cell,
        hidden_size=s.hidden_size,
        num_layers=s.num_layers,
        dropout=s.dropout,
        label_smoothing=s.label_smoothing,
        feed=s.feed,
    )


@reads(*SEARCH)
def search_options(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SEARCH}


class WritingTask(Answer):
    """An answer is a text, right where it is one of the references that came with the input."""

    def metrics(self, output: Kind) -> tuple[str, ...]:
        assert isinstance(output, TextKind)
        prose = output.level in ("subwords", "words")
        return ("bleu", "chrf", "exact_match") if prose else ("exact_match", "edit_distance")

    @abstractmethod
    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        """Inputs as the baselines take them."""

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Distinct sources with all their references."""
        assert isinstance(parts.output, TextKind)
        sources, references = alternatives(inputs, outputs)
        return self.seen(parts, sources), [[parts.output.compared(r) for r in several] for several in references]

    def fit_baselines(self, parts: Parts, train: Cells, valid: Cells) -> list[Any]:
        assert isinstance(parts.output, TextKind)
        first = self.seen(parts, train[0]), [parts.output.compared(plain(cell)) for cell in train[1]]
        return [baseline.fit(first, self.examples(parts, *valid)) for baseline in self.baselines(parts)]

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """One row for each distinct source; all its outputs are references."""
        assert isinstance(parts.output, TextKind)
        sources, _ = alternatives(inputs, outputs)
        copied, right = self.examples(parts, inputs, outputs)
        answers = [parts.output.compared(prediction.value) for prediction in self.predict(parts, sources)]
        losses = [
            float(min(edits(as_tokens(answer), as_tokens(reference)) for reference in several))
            for answer, several in zip(answers, right, strict=True)
        ]
        shown = list(zip(sources, answers, right, strict=True))
        return Measured(answers, right, copied, shown, losses, "edits")


def evaluation_by(name: str, batches: Batches) -> Callable[[Network], Evaluation]:
    """By the metric of this name, on a sample where that means to write answers; of equals, by the loss."""
    assert isinstance(batches, RowBatches)
    by = metric(name)
    sample = None if name == "exact_match" else WrittenSample(batches, by)

    def evaluate(network: Network) -> Evaluation:
        value = sample.measure(network) if sample else exactly_right(network, batches)
        loss = mean_loss(network, (sample.batches if sample else batches).in_order())
        gain = value if by.higher_is_better else -value
        return Evaluation(gain - 1e-3 * loss, {name: value, "loss": loss})

    return evaluate


def exactly_right(network: Network, batches: Batches) -> float:
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
    """What greedy search writes for sources from throughout a part, set beside all their targets."""

    SOURCES = 200
    LENGTH = 1.5  # times the longest target: what doesn't end is cut there

    def __init__(self, batches: RowBatches, by: Metric):
        assert isinstance(batches.output, TextKind) and batches.outputs is not None
        self.output, self.by = batches.output, by
        targets: dict[tuple[str, ...], list[int]] = {}
        for row, source in enumerate(batches.inputs):
            targets.setdefault(tuple(source.tokens), []).append(row)
        chosen = list(targets.values())[:: max(1, len(targets) // self.SOURCES)]
        rows = [several[0] for several in chosen]
        self.references = [[self.compared(batches.outputs[row].tokens) for row in several] for several in chosen]
        self.longest = max(len(batches.outputs[row].ids) for several in chosen for row in several)
        self.batches = RowBatches(
            batches.input,
            batches.output,
            *([part[row] for row in rows] for part in (batches.inputs, batches.outputs)),
            batch_tokens=batches.batch_tokens,
        )
        self.batches.device = batches.device

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


class TranslationTask(WritingTask):
    """text -> text of another length."""

    @reads("copy")
    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        if settings.copy:  # what stands in the source must have an id among the targets
            both = TextKind.from_settings(settings)
            return both, both
        return TextKind.from_settings(settings), TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(encoder_decoder)
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        return encoder_decoder(input, output, settings)

    def parts(self, inputs: list[Any], outputs: list[Any], settings: Settings) -> Parts:
        return super().parts([*inputs, *outputs] if settings.copy else inputs, outputs, settings)

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        """By exact match, which costs no search; where BLEU is the measure, by the loss, which is the steadier one."""
        if self.metrics(parts.output)[0] == "exact_match":
            return evaluation_by("exact_match", batches)
        return super().evaluation(parts, batches)

    @reads(search_options)
    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        input, output = parts.input, parts.output
        assert isinstance(input, TextKind) and isinstance(output, TextKind)
        found = predicted(parts.network, input, cells, batch_tokens=1_000, **search_options(parts.settings))
        return [_written(output, hypothesis, input.split(cell)) for cell, hypothesis in zip(cells, found, strict=True)]

    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        assert isinstance(parts.output, TextKind)
        return [parts.output.compared(plain(cell)) for cell in inputs]

    def baselines(self, parts: Parts) -> list[Any]:
        return [CommonOrCopy(metric(self.metrics(parts.output)[0]))]


def token_weight(encoder: Encoder) -> Tensor:
    """The vectors of the tokens within a text's encoder."""
    tokens = encoder.tokens if isinstance(encoder, WordEmbedding) else encoder
    assert isinstance(tokens, TokenEmbedding)
    return tokens.embedding.weight


class CaptioningTask(WritingTask):
    """picture or clip -> text about it."""

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        input = FramesKind(settings.picture_size) if self.input == "frames" else ImageKind(settings.picture_size)
        return input, TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(encoder_decoder, where=lambda task, settings: task.input == "frames")
    @reads(one_to_many, where=lambda task, settings: task.input == "image")
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        return (encoder_decoder if self.input == "frames" else one_to_many)(input, output, settings)

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        return evaluation_by("exact_match", batches)

    @reads(search_options)
    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        return written_from_one(parts, cells)

    def encoder_in_words(self) -> str:
        return "convolutions, then "

    def drawn(self, rows: Iterable[tuple[Any, Prediction]]) -> bytes:
        return contact_sheet(rows)

    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        return list(parts.input.summaries(parts.input.encode(inputs)))

    def baselines(self, parts: Parts) -> list[Any]:
        return [Nearest("clip" if self.input == "frames" else "picture")]


def alternatives(inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[list[str]]]:
    """The distinct inputs in order, each with all outputs that came with it."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for cell, output in zip(inputs, outputs, strict=True):
        found.setdefault(plain(cell), (cell, []))[1].append(plain(output))
    return [cell for cell, _ in found.values()], [several for _, several in found.values()]


class GenerationTask(Answer):
    """label -> text, written one element after another."""

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        return LabelKind(), TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(one_to_many)
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        return one_to_many(input, output, settings)

    @reads(search_options)
    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        return written_from_one(parts, cells)

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("nats_per_token", "perplexity")

    def baselines(self, parts: Parts) -> list[Any]:
        assert isinstance(parts.output, TextKind)
        return [Unigram(len(parts.output.vocabulary))]

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The tokens of each output, which the unigram model scores."""
        assert isinstance(parts.output, TextKind)
        tokens = [target.tolist() for target in parts.output.targets(parts.output.encode(outputs))]
        return tokens, tokens

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """Of the rows whose input label training has seen; the audit names the others."""
        assert isinstance(parts.input, LabelKind)
        known = [row for row, cell in enumerate(inputs) if LabelKind.parse(cell) in parts.input.ids]
        inputs, outputs = [inputs[row] for row in known], [outputs[row] for row in known]
        nats = self.nats(parts, inputs, outputs)
        tokens, _ = self.examples(parts, inputs, outputs)
        losses = [float(row.sum()) for row in nats]
        shown = [(cell, None, plain(output)) for cell, output in zip(inputs, outputs, strict=True)]
        return Measured(nats, tokens, tokens, shown, losses)

    def nats(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> list[Any]:
        """Per row the negative log-likelihood of each of its tokens, the end mark included."""
        network, input, output = parts.network, parts.input, parts.output
        assert isinstance(network, OneToMany) and isinstance(output, TextKind)
        batches = RowBatches(input, output, input.encode(inputs), output.encode(outputs), batch_tokens=4_000)
        rows: list[Any] = [None] * len(inputs)
        network.eval()
        with torch.no_grad():
            for batch in batches.in_order():
                scores = network(batch.inputs, batch.targets)
                losses = network.head.loss(scores.values, batch.targets.values)
                for row, part in zip(batch.rows, scores.with_values(losses).unbind(), strict=True):
                    rows[row] = part.numpy()
        return rows

    def generate(self, parts: Parts, cell: Any, *, start: str = "", length: int = 200, **choice: Any) -> str:
        """One text drawn for the input ``cell``, beginning with ``start``."""
        network, input, output = parts.network, parts.input, parts.output
        assert isinstance(network, OneToMany) and isinstance(input, LabelKind) and isinstance(output, TextKind)
        given = torch.tensor(output.vocabulary.encode(output.split(start)), dtype=torch.int64) if start else None
        read = tensors_of(input.collate(input.encode([cell])))
        with torch.no_grad():
            (ids,) = network.generate(read, max_length=length, start=given, **choice)
        first = output.split(start)  # as it was given, known or not
        return output.join([*first, *output.vocabulary.decode(ids[len(first) :])])


def written_from_one(parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
    """The likeliest text for each value, or clip."""
    assert isinstance(parts.output, TextKind)
    found = predicted(parts.network, parts.input, cells, batch_tokens=200, **search_options(parts.settings))
    return [_written(parts.output, hypothesis, []) for hypothesis in found]


def _written(output: TextKind, hypothesis: Hypothesis, source: list[str]) -> Prediction:
    """The hypothesis as text; an unknown token is copied from the source token it looked at (Luong et al. 2015b)."""
    tokens = output.vocabulary.decode(hypothesis.ids)
    if hypothesis.attended is not None and source:
        tokens = [
            source[at] if token == UNKNOWN and at < len(source) else token
            for token, at in zip(tokens, hypothesis.attended, strict=True)
        ]
    return Prediction(output.join(tokens), math.exp(hypothesis.score / (len(tokens) + 1)))
