"""Plain text: each element predicts the next one. The causal form of many-to-many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman.answers.base import Answer, Cells, Measured, Parts, Prediction, mean_loss
from elman.data.table import Table
from elman.kinds import Kind, TextKind
from elman.kinds.base import text_of
from elman.kinds.vocabulary import END
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.network import Network
from elman.models.search import sample
from elman.models.sides import encoder_of
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.recurrent import State
from elman.ragged import Ragged
from elman.scoring.baselines import Unigram
from elman.settings import Settings
from elman.settings.used import reads
from elman.training.batches import StreamBatches
from elman.training.loop import Batches, Evaluation

BLOCK = 100  # tokens in one row of the report, over which the bootstrap resamples
EVALUATION_STREAMS = 8


@dataclass(frozen=True)
class Suggestion:
    """A next word and its probability."""

    word: str
    probability: float


class LanguageModelTask(Answer):
    """text -> the same text, one element later."""

    # What stands near a text says most about it, and a few thousand elements are enough to see when to stop.
    fractions: ClassVar[tuple[float, float, float]] = (0.85, 0.05, 0.1)
    decides = frozenset({"characters", "pieces"})
    begins: ClassVar[str] = "the "
    """How a person might begin what the model goes on with."""

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        lines = table.column(inputs[0])
        return lines, lines

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        field = TextKind.from_settings(settings, characters=False, pieces=0)
        return field, field

    @reads("tied", "label_smoothing", "negatives", "cell", "hidden_size", "num_layers", "dropout", "weight_dropout")
    def network(self, input: Kind, output: Kind, settings: Settings) -> ManyToMany:
        s, encoder = settings, encoder_of(input, settings)
        assert isinstance(encoder, TokenEmbedding), "a language model reads tokens by their ids alone"
        return language_model(
            encoder,
            encoder.embedding.num_embeddings,
            tied=s.tied,
            label_smoothing=s.label_smoothing,
            negatives=s.negatives,
            cell=s.cell,
            hidden_size=s.hidden_size,
            num_layers=s.num_layers,
            dropout=s.dropout,
            weight_dropout=s.weight_dropout,
        )

    # -- text as one stream -------------------------------------------------------------------

    def stream(self, field: TextKind, lines: Sequence[Any]) -> NDArray[np.int64]:
        """All lines as one sequence of ids ``[T]``, each line ended by the end mark."""
        return field.targets(field.encode(lines)).values

    @reads("streams", "bptt")
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        assert isinstance(parts.input, TextKind)
        settings = parts.settings
        return StreamBatches(
            self.stream(parts.input, inputs),
            streams=settings.streams,
            bptt=settings.bptt,
            begin=parts.input.vocabulary.end_id,
            seed=settings.seed,
        )

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        assert isinstance(batches, StreamBatches)

        def evaluate(network: Network) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            return Evaluation(-loss, {"nats_per_token": loss})

        return evaluate

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("nats_per_token", "perplexity")

    def baselines(self, parts: Parts) -> list[Any]:
        assert isinstance(parts.input, TextKind)
        return [Unigram(len(parts.input.vocabulary))]

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The text's tokens in blocks, which the unigram model scores."""
        assert isinstance(parts.input, TextKind)
        ids = self.stream(parts.input, inputs)
        blocks = [row.tolist() for row in np.split(ids, range(BLOCK, len(ids), BLOCK))]
        return blocks, blocks

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        assert isinstance(parts.input, TextKind)
        nats = self.nats(parts, inputs, outputs)
        blocks, _ = self.examples(parts, inputs, outputs)
        shown = [(None, None, self._text(parts.input, parts.input.vocabulary.decode(block))) for block in blocks]
        losses = [float(row.sum()) for row in nats]
        return Measured(nats, blocks, blocks, shown, losses, rows=f"blocks of {BLOCK} tokens")

    def nats(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> list[Any]:
        """The negative log-likelihood of each token of the text, in blocks."""
        network, input = parts.network, parts.input
        assert isinstance(network, ManyToMany) and isinstance(input, TextKind)
        ids = self.stream(input, inputs)
        batches = StreamBatches(ids, streams=EVALUATION_STREAMS, bptt=500, begin=input.vocabulary.end_id)
        network.eval()
        pieces: list[list[Tensor]] = [[] for _ in batches.parts]
        with torch.no_grad():
            for batch in batches.in_order():
                scores, state = network(batch.inputs, network.carried if batch.continues else None)
                network.carried = state
                losses = network.head.classes.loss(scores.values, batch.targets.values)
                for part, piece in zip(pieces, scores.with_values(losses).unbind(), strict=True):
                    part.append(piece)
        nats = torch.cat([piece for part in pieces for piece in part]).numpy()
        return np.split(nats, range(BLOCK, len(nats), BLOCK))

    # -- use ----------------------------------------------------------------------------------

    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        """The likeliest next word (or element) after each text."""
        answers = []
        for cell in cells:
            ranked = self.suggest(parts, cell, count=5)
            shown = {suggestion.word: suggestion.probability for suggestion in ranked}
            answers.append(
                Prediction(ranked[0].word if ranked else "", ranked[0].probability if ranked else 0.0, shown)
            )
        return answers

    def generate(
        self,
        parts: Parts,
        *,
        start: str = "",
        length: int = 200,
        generator: torch.Generator | None = None,
        **choice: Any,
    ) -> Any:
        """``start`` and ``length`` more elements, each drawn given all before it."""
        network, input = parts.network, parts.input
        assert isinstance(network, ManyToMany) and isinstance(input, TextKind)
        written = self._tokens(input, start)
        with torch.no_grad():
            scores, state = read_on(network, as_words([input.vocabulary.end_id, *self._ids(input, start)]), None)
            for _ in range(length):
                scores[0, input.vocabulary.unknown_id] = -torch.inf
                (token,) = sample(scores, generator=generator, **choice).tolist()
                written.append(input.vocabulary.tokens[token])
                scores, state = read_on(network, as_words([token]), state)
        return self._text(input, written)

    def suggest(self, parts: Parts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest next words after ``text``; a begun word (no space after it) is completed."""
        network, input, text = parts.network, parts.input, text_of(text)
        assert isinstance(network, ManyToMany) and isinstance(input, TextKind)
        if input.level == "characters":
            return self._suggest_spelled(network, input, text, count)
        begun = "" if not text or text[-1].isspace() else text.split()[-1]
        context = text[: len(text) - len(begun)]
        ids = [input.vocabulary.end_id, *self._ids(input, context)]
        with torch.no_grad():
            scores, _ = read_on(network, as_words(ids), None)
        probabilities = scores[0].softmax(-1).tolist()
        fits = [
            (p, token)
            for p, token in zip(probabilities, input.vocabulary.tokens, strict=True)
            if token.lower().startswith(begun.lower()) and token[:1].isalnum()
        ]
        return [Suggestion(token, p) for p, token in sorted(fits, reverse=True)[:count]]

    def _suggest_spelled(self, network: ManyToMany, field: TextKind, text: str, count: int) -> list[Suggestion]:
        """Words spelled out by the likeliest characters: a beam search that ends at the end of a word."""
        begun = "" if not text or text[-1].isspace() else text.split()[-1]
        with torch.no_grad():
            scores, state = read_on(network, as_words([field.vocabulary.end_id, *self._ids(field, text)]), None)
            beams, done = [(0.0, begun, scores, state)], []
            for _ in range(20):
                grown = [
                    (total + float(log_p), word, int(token), state)
                    for total, word, scores, state in beams
                    for log_p, token in zip(*scores[0].log_softmax(-1).topk(min(8, scores.shape[1])), strict=True)
                ]
                grown.sort(key=lambda beam: -beam[0])
                beams = []
                for total, word, token, state in grown[: 4 * count]:
                    sign = field.vocabulary.tokens[token]
                    if sign.isalnum() or (sign in "'’-" and word):
                        beams.append((total, word + sign, *read_on(network, as_words([token]), state)))
                    elif word != begun or begun:
                        done.append((total, word))
                if not beams or (len(done) >= count and beams[0][0] < sorted(done, reverse=True)[count - 1][0]):
                    break
        best: dict[str, float] = {}
        for total, word in done:
            best[word] = best.get(word, 0.0) + float(np.exp(total))
        ranked = sorted(((p, word) for word, p in best.items() if word), reverse=True)
        return [Suggestion(word, p) for p, word in ranked[:count]]

    def _tokens(self, field: TextKind, text: str) -> list[str]:
        """The tokens of a text whose line breaks are end marks."""
        lines = text.split("\n")
        tokens = [token for line in lines for token in (*field.split(line), END)]
        return tokens[:-1]  # the last line may go on

    def _ids(self, field: TextKind, text: str) -> list[int]:
        return field.vocabulary.encode([field.fold(token) for token in self._tokens(field, text)])

    def _text(self, field: TextKind, tokens: Sequence[str]) -> str:
        lines: list[list[str]] = [[]]
        for token in tokens:
            if token == END:
                lines.append([])
            else:
                lines[-1].append(token)
        return "\n".join(map(field.join, lines))


def as_words(ids: Sequence[int]) -> Words:
    """Token ids as a batch of one."""
    return Words(Ragged(torch.tensor(ids, dtype=torch.int64), torch.tensor([len(ids)])))


def read_on(network: ManyToMany, inputs: Any, state: State | None) -> tuple[Tensor, State]:
    """Read one sequence from ``state`` on: the scores ``[1, tokens]`` of what comes next, and the new state."""
    scores, after = network(inputs, state)
    return scores.values[-1:].clone(), after
