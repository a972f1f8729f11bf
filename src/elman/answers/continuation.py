"""What comes next: each element of a text or a tune predicts the next one. The causal form of many-to-many."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from elman.answers.abilities import Suggestion
from elman.answers.along import Along
from elman.answers.base import Answer, AnyAnswer, B, Cells, Measured, Parts, Prediction
from elman.cells import find
from elman.data.batches import ArrayBatch, PiecesInOrder, StreamInOrder
from elman.data.table import Table
from elman.decoding.networks import ReadOn, ReadsOn, State
from elman.decoding.probabilities import class_nats, log_softmax, several_nats
from elman.decoding.ranking import top
from elman.decoding.sampling import sample, sample_several
from elman.errors import TaskError
from elman.export.around import ReadOut
from elman.kinds import ChordsKind, MelodyKind, TextKind
from elman.kinds.base import Before, text_of
from elman.kinds.continued import ContinuedKind
from elman.scoring.baselines import Marginals, Unigram
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import metric
from elman.sequences import Sequences
from elman.settings import FORWARD, Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import PieceBatches, StreamBatches

BLOCK = 100  # tokens in one row of the report, over which the bootstrap resamples
EVALUATION_STREAMS = 8
SUGGESTED = 5
"""So many ways to go on are shown where a prediction is asked for."""
BEAM, LONGEST_WORD = 8, 20
"""Characters that a word is spelled on with, and how many of them at most."""

ContinuedParts: TypeAlias = Parts[ContinuedKind, ContinuedKind, "ManyToMany"]


def chosen_from(answer: AnyAnswer, settings: Settings) -> bool:
    """Whether each element is one of a vocabulary; chords are several keys at once."""
    return answer.input_kind.runs_on or settings.notes == "melody"


class ContinuationAnswer(Along, Answer[ContinuedKind, ContinuedKind, "ManyToMany", B]):
    """A text or a tune -> the same, one element later. What an element is, and what it can follow, the kind says."""

    causal = True
    most_reported = None  # as what is read before counts
    needs_input = False

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        lines = table.column(inputs[0])
        return lines, lines

    @reads(*FORWARD)
    @reads("weight_dropout", where=lambda answer, settings: find(settings.cell).recurrent_weight)
    @reads("tied", "label_smoothing", "negatives", where=chosen_from)
    def network(self, input: ContinuedKind, output: ContinuedKind, settings: Settings) -> ManyToMany:
        from elman.models.many_to_many import ManyToMany, language_model
        from elman.models.sides import encoder_of, head_of

        s, encoder = settings, encoder_of(input, settings)
        recurrence: dict[str, Any] = {name: getattr(s, name) for name in (*FORWARD, "weight_dropout")}
        if not input.choices:
            return ManyToMany(encoder, lambda size: head_of(output, size, s), bidirectional=False, **recurrence)
        return language_model(
            encoder,
            input.choices,
            tied=s.tied,
            label_smoothing=s.label_smoothing,
            negatives=s.negatives,
            **recurrence,
        )

    def read_out_elsewhere(self, parts: ContinuedParts) -> ReadOut:
        """Of the next element: how likely each is, or each key."""
        return ReadOut("softmax", tuple(parts.input.tokens_by_count())) if parts.input.choices else ReadOut("sigmoid")

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: ContinuedKind) -> tuple[str, ...]:
        return output.continuation_metrics

    def baselines(self, parts: ContinuedParts) -> list[Any]:
        if size := parts.input.choices:
            return [Unigram(size, turns=parts.input.turns)]
        return [Marginals(), Marginals(after_itself=True)]

    # -- use ----------------------------------------------------------------------------------

    def predict(self, parts: ContinuedParts, cells: Sequence[Any]) -> list[Prediction]:
        """The likeliest next word (or element) after each text."""
        found = [self.suggest(parts, cell, count=SUGGESTED) for cell in cells]
        return [ranked([(one.word, one.probability) for one in suggestions]) for suggestions in found]

    def begun(self, parts: ContinuedParts) -> Any:
        kind = parts.input
        return kind.going_on([kind.with_begin(kind.opening(""))])

    def next_batch(
        self, parts: ContinuedParts, given: Sequence[Any], before: Sequence[Before]
    ) -> tuple[Any, list[Before]]:
        found = [parts.input.opening_after(*piece) for piece in zip(given, before, strict=True)]
        for place, (elements, _) in enumerate(found, start=1):
            if not len(elements):
                of = f" for session {place}" if len(found) > 1 else ""
                raise TaskError(f"there is nothing in what was pushed{of}, so that nothing follows it; push an element")
        return parts.input.going_on([elements for elements, _ in found]), [after for _, after in found]

    def along(self, parts: ContinuedParts, scores: Sequences, before: Sequence[Before]) -> list[Prediction]:
        """The likeliest next element, and some others."""
        last = scores.values[scores.offsets + scores.lengths - 1]
        return [ranked(named) for named in parts.input.likeliest(before, last, SUGGESTED)]

    def begins(self) -> str:
        """How a person might begin what the model goes on with."""
        return cast(type[ContinuedKind], self.input_kind).begins

    def generate(
        self,
        parts: ContinuedParts,
        given: Any = None,
        *,
        start: str = "",
        length: int = 200,
        generator: np.random.Generator,
        **choice: Any,
    ) -> Any:
        """``start`` and ``length`` more elements, each drawn given all before it; a tune may end before.

        Raises TaskError for a start that is no music, where music is written.
        """
        network, kind = parts.network, parts.input
        begun = kind.opening(start)
        written = begun
        scores, state = read_on(network.read_on, kind, kind.with_begin(written), None)
        step = network.stepper()
        for _ in range(length):
            drawn = next_element(kind, scores, written, generator, choice)
            if drawn is None:
                break
            written = np.concatenate([written, drawn])
            scores, state = read_on(step, kind, drawn, state)
        return kind.continued(start, written[len(begun) :])

    @abstractmethod
    def suggest(self, parts: ContinuedParts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest ways to go on, likeliest first."""


class RunningAnswer(ContinuationAnswer["StreamBatches"]):
    """Running text: one stream, whose parts begin where those before them end."""

    decides = frozenset({"characters", "pieces"})

    def columns(self, settings: Settings) -> tuple[TextKind, TextKind]:
        kind = TextKind.from_settings(settings, characters=False, pieces=0)
        return kind, kind

    def stream(self, kind: ContinuedKind, lines: Sequence[Any]) -> NDArray[np.int64]:
        """All lines as one sequence of ids ``[T]``, each line ended by the end mark."""
        return kind.targets(kind.encode(lines)).values

    @reads("streams", "bptt")
    def batches(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> StreamBatches:
        from elman.training.batches import StreamBatches

        s = parts.settings
        ids, begin = self.stream(parts.input, inputs), begin_of(parts.input)
        return StreamBatches(ids, streams=s.streams, bptt=s.bptt, begin=begin, seed=s.seed)

    def evaluation(self, parts: ContinuedParts, batches: StreamBatches) -> Callable[[ManyToMany], Evaluation]:
        from elman.answers.learning import mean_loss

        def evaluate(network: ManyToMany) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            return Evaluation(-loss, {"nats_per_token": loss})

        return evaluate

    def examples(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The text's tokens in blocks, which the unigram model scores."""
        ids = self.stream(parts.input, inputs)
        blocks = [row.tolist() for row in np.split(ids, range(BLOCK, len(ids), BLOCK))]
        return blocks, blocks

    def measured(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        nats = self.nats(parts, inputs)
        blocks, _ = self.examples(parts, inputs, outputs)
        shown = [(None, None, parts.input.continued("", np.array(block))) for block in blocks]
        losses = [float(row.sum()) for row in nats]
        return Measured(nats, blocks, blocks, shown, losses, rows=f"blocks of {BLOCK} tokens")

    def nats(self, parts: ContinuedParts, inputs: list[Any]) -> list[NDArray[np.float32]]:
        """The negative log-likelihood of each token of the text, in blocks."""
        kind, state = parts.input, None
        text = StreamInOrder(self.stream(kind, inputs), streams=EVALUATION_STREAMS, bptt=500, begin=begin_of(kind))
        pieces: list[list[NDArray[np.float32]]] = [[] for _ in text.parts]
        for batch in text.arrays():
            scores, state = parts.network.read_on(batch.inputs, state)
            nats = scores.with_values(class_nats(scores.values, batch.targets.values))
            for part, piece in zip(pieces, nats, strict=True):
                part.append(piece)
        nats = np.concatenate([piece for part in pieces for piece in part])
        return np.split(nats, range(BLOCK, len(nats), BLOCK))

    def suggest(self, parts: ContinuedParts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest next words after ``text``; a begun word (no space after it) is completed."""
        network, kind, text = parts.network, parts.input, text_of(text)
        begun = "" if not text or text[-1].isspace() else text.split()[-1]
        if kind.spells:
            return spelled(network, kind, text, begun, count)
        given = kind.opening(text[: len(text) - len(begun)])
        scores, _ = read_on(network.read_on, kind, kind.with_begin(given), None)
        fits = [
            (chance, word)
            for word, chance in kind.next_elements(given, scores[0])
            if word.lower().startswith(begun.lower()) and word[:1].isalnum()
        ]
        return [Suggestion(word, chance) for chance, word in sorted(fits, reverse=True)[:count]]


class PiecesAnswer(ContinuationAnswer["PieceBatches"]):
    """Tunes begin anew, so each is read by itself, from its begin to its end mark."""

    @reads("notes")
    def columns(self, settings: Settings) -> tuple[ContinuedKind, ContinuedKind]:
        kind = (MelodyKind if settings.notes == "melody" else ChordsKind).from_settings(settings)
        return kind, kind

    @reads("batch_tokens", "augmentation")
    def batches(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> PieceBatches:
        from elman.training.batches import PieceBatches

        kind, s = parts.input, parts.settings
        vary = kind.varied if s.augmentation else None
        return PieceBatches(kind, kind.encode(inputs), batch_tokens=s.batch_tokens, seed=s.seed, vary=vary)

    def evaluation(self, parts: ContinuedParts, batches: PieceBatches) -> Callable[[ManyToMany], Evaluation]:
        from elman.models.answering import Answering

        first = metric(self.metrics(parts.output)[0])

        def evaluate(network: ManyToMany) -> Evaluation:
            nats = [row for _, row in losses(Answering(network), parts.input, batches.arrays())]
            value = first(nats, nats)
            return Evaluation(-value, {first.name: value})

        return evaluate

    def examples(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Tunes as the baselines count them."""
        rows = [parts.input.counted(tune) for tune in parts.input.encode(inputs)]
        return rows, rows

    def measured(self, parts: ContinuedParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        encoded = parts.input.encode(inputs)
        rows, nats = [parts.input.counted(tune) for tune in encoded], self.nats(parts, encoded)
        shown = [(None, None, parts.input.written(tune)) for tune in encoded]
        return Measured(nats, rows, rows, shown, [float(row.sum()) for row in nats], rows="tunes")

    def nats(self, parts: ContinuedParts, encoded: Sequence[Any]) -> list[NDArray[np.float32]]:
        """Of each tune the negative log-likelihood of its elements."""
        pieces = PiecesInOrder(parts.input, encoded, batch_tokens=parts.settings.batch_tokens)
        found = dict(losses(parts.network, parts.input, pieces.arrays()))
        return [found[row] for row in range(len(encoded))]

    def suggest(self, parts: ContinuedParts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest next pitches (or lengths, or keys) after notes, or after a tune."""
        kind = parts.input
        given = kind.opening(text) if isinstance(text, str) else kind.encode([text])[0]
        scores, _ = read_on(parts.network.read_on, kind, kind.with_begin(given), None)
        likeliest = sorted(kind.next_elements(given, scores[0]), key=lambda named: -named[1])
        return [Suggestion(name, chance) for name, chance in likeliest[:count]]


def ranked(named: Sequence[tuple[str, float]]) -> Prediction:
    """Ways to go on with their probabilities, likeliest first, as an answer."""
    word, chance = named[0] if named else ("", 0.0)
    return Prediction(word, chance, dict(named))


def begin_of(kind: ContinuedKind) -> int:
    """The token that stands before the first."""
    return int(kind.with_begin(kind.opening(""))[0])


def losses(
    network: ReadsOn, kind: ContinuedKind, batches: Iterable[ArrayBatch]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Of each tune its row and the nats of its elements: tokens with the end mark, or chords without it."""
    for batch in batches:
        scores, _ = network.read_on(batch.inputs, None)
        if kind.choices:
            nats = class_nats(scores.values, batch.targets.values)
        else:
            nats = several_nats(scores.values[:, :-1], batch.targets.values[:, :-1])
        for row, of_tune in zip(batch.rows, scores.with_values(nats), strict=True):
            yield row, of_tune if kind.choices else of_tune[:-1]


def read_on(
    read: ReadOn, kind: ContinuedKind, elements: NDArray[Any], state: State | None
) -> tuple[NDArray[np.float32], State]:
    """Read elements from ``state`` on: the scores ``[1, k]`` of what comes next, and the new state.

    By the network's ``read_on`` several, from no state too; by its ``stepper()`` one.
    """
    scores, after = read(kind.going_on([elements]), state)
    return scores.values[-1:], after


def next_element(
    kind: ContinuedKind,
    scores: NDArray[np.float32],
    before: NDArray[Any],
    generator: np.random.Generator,
    choice: dict[str, Any],
) -> NDArray[Any] | None:
    """An element ``[1, ...]`` drawn by its scores, after those before; None where that is the end.

    It is one of a vocabulary; or each of several that may come together, and one number more for the end.
    """
    if not kind.choices:
        if sample_several(scores[:, -1:], generator=generator).any():
            return None
        return sample_several(scores[:, :-1], generator=generator, **choice)
    drawn = sample(np.where(kind.fits_next(before), scores, -np.inf), generator=generator, **choice)
    return None if kind.ends(drawn) else drawn


def spelled(network: ReadsOn, kind: ContinuedKind, text: str, begun: str, count: int) -> list[Suggestion]:
    """Words spelled out by the likeliest characters: a beam search that ends at the end of a word."""
    step = network.stepper()
    beams = [(0.0, begun, *read_on(network.read_on, kind, kind.with_begin(kind.opening(text)), None))]
    done: list[tuple[float, str]] = []
    for _ in range(LONGEST_WORD):
        grown = [
            (total + float(log_p), word, int(token), state)
            for total, word, scores, state in beams
            for log_p, token in zip(*(part[0] for part in top(log_softmax(scores), BEAM)), strict=True)
        ]
        grown.sort(key=lambda beam: -beam[0])
        beams = []
        for total, word, token, state in grown[: 4 * count]:
            element = np.array([token])
            (sign,) = kind.names_of(element)
            if sign.isalnum() or (sign in "'’-" and word):
                beams.append((total, word + sign, *read_on(step, kind, element, state)))
            elif word != begun or begun:
                done.append((total, word))
        if not beams or (len(done) >= count and beams[0][0] < sorted(done, reverse=True)[count - 1][0]):
            break
    best: dict[str, float] = {}
    for total, word in done:
        best[word] = best.get(word, 0.0) + float(np.exp(total))
    likeliest = sorted(((p, word) for word, p in best.items() if word), reverse=True)
    return [Suggestion(word, p) for p, word in likeliest[:count]]
