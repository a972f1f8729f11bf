"""A text out of another one (translation), a picture or a clip (caption)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from elman.answers.base import Parts, Prediction, predicted
from elman.answers.written import WrittenAnswer, search_options, written
from elman.decoding.beam import Hypothesis, beam_search
from elman.kinds import Kind, TextKind
from elman.kinds.text import plain
from elman.scoring.baselines import CommonOrCopy, Nearest
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import metric
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.encoder_decoder import EncoderDecoder
    from elman.models.network import Network
    from elman.models.one_to_many import OneToMany
    from elman.training.batches import RowBatches

TextParts: TypeAlias = Parts[TextKind, TextKind, "EncoderDecoder"]


@reads(
    *RECURRENCE,
    *("embedding_size", "word_dropout", "attention", "label_smoothing", "tied", "negatives", "teacher_forcing"),
)
def encoder_decoder(input: Kind, output: TextKind, s: Settings) -> EncoderDecoder:
    """The network of translation, and of captions of clips."""
    from elman.models.encoder_decoder import EncoderDecoder
    from elman.models.sides import encoder_of

    encoder = encoder_of(input, s)
    return EncoderDecoder(
        encoder,
        len(output.vocabulary),
        unk=output.vocabulary.unk_id,
        end=output.vocabulary.end_id,
        embedding_size=s.embedding_size,
        **s.recurrence,
        word_dropout=s.word_dropout,
        attention=s.attention,
        label_smoothing=s.label_smoothing,
        tied=s.tied,
        negatives=s.negatives,
        teacher_forcing=s.teacher_forcing,
        shared=encoder.token_weight if input is output else None,
        copy=input is output and s.copy,
    )


@reads("embedding_size", "cell", "hidden_size", "num_layers", "dropout", "label_smoothing", "feed")
def one_to_many(input: Kind, output: TextKind, s: Settings) -> OneToMany:
    """The network of texts that are written for one value."""
    from elman.models.one_to_many import OneToMany
    from elman.models.sides import encoder_of

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


class TranslationAnswer(WrittenAnswer[TextKind, TextKind, "EncoderDecoder"]):
    """text -> text of another length."""

    @reads("copy")
    def columns(self, settings: Settings) -> tuple[TextKind, TextKind]:
        if settings.copy:  # what stands in the source must have an id among the targets
            both = TextKind.from_settings(settings)
            return both, both
        return TextKind.from_settings(settings), TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(encoder_decoder)
    def network(self, input: TextKind, output: TextKind, settings: Settings) -> EncoderDecoder:
        return encoder_decoder(input, output, settings)

    def fitted_on(self, inputs: list[Any], outputs: list[Any], settings: Settings) -> list[Any]:
        return [*inputs, *outputs] if settings.copy else inputs

    def evaluation(self, parts: TextParts, batches: RowBatches) -> Callable[[EncoderDecoder], Evaluation]:
        """By exact match, which costs no search; where BLEU is the measure, by the loss, which is the steadier one."""
        from elman.answers.learning import evaluation_by

        if self.metrics(parts.output)[0] == "exact_match":
            return evaluation_by("exact_match", parts.output, batches)
        return super().evaluation(parts, batches)

    @reads(search_options)
    def predict(self, parts: TextParts, cells: Sequence[Any]) -> list[Prediction]:
        input, output = parts.input, parts.output
        found = found_by_search(parts, cells, batch_tokens=1_000)
        return [written(output, hypothesis, input.split(cell)) for cell, hypothesis in zip(cells, found, strict=True)]

    def seen(self, parts: TextParts, inputs: list[Any]) -> list[Any]:
        return [parts.output.compared(plain(cell)) for cell in inputs]

    def baselines(self, parts: TextParts) -> list[Any]:
        return [CommonOrCopy(metric(self.metrics(parts.output)[0]))]


class CaptionAnswer(WrittenAnswer[Kind, TextKind, "Network"]):
    """picture or clip -> text about it."""

    decides = frozenset({"picture_rows"})

    def columns(self, settings: Settings) -> tuple[Kind, TextKind]:
        whole = settings.with_changes({"picture_rows": False})
        return self.new_input(whole), TextKind.from_settings(settings, pieces=0, characters=False)

    @reads(encoder_decoder, where=lambda task, settings: not task.input_kind.is_value)
    @reads(one_to_many, where=lambda task, settings: task.input_kind.is_value)
    def network(self, input: Kind, output: TextKind, settings: Settings) -> Network:
        whole = self.architecture(settings) == "one-to-many"
        return (one_to_many if whole else encoder_decoder)(input, output, settings)

    def evaluation(self, parts: Parts[Kind, TextKind, Network], batches: RowBatches) -> Callable[[Network], Evaluation]:
        from elman.answers.learning import evaluation_by

        return evaluation_by("exact_match", parts.output, batches)

    @reads(search_options)
    def predict(self, parts: Parts[Kind, TextKind, Network], cells: Sequence[Any]) -> list[Prediction]:
        return written_from_one(parts, cells, self.architecture(parts.settings) == "one-to-many")

    def seen(self, parts: Parts[Kind, TextKind, Network], inputs: list[Any]) -> list[Any]:
        return parts.input.linear_inputs(inputs)

    def baselines(self, parts: Parts[Kind, TextKind, Network]) -> list[Any]:
        return [Nearest(parts.input.one_is)]


def written_from_one(parts: Parts[Any, TextKind, Any], cells: Sequence[Any], whole: bool) -> list[Prediction]:
    """The likeliest text for each value, or clip.

    whole: an answer to one value has no <unk> in it, which nobody wants to read
    """
    never = [parts.output.vocabulary.unk_id] if whole else []
    found = found_by_search(parts, cells, batch_tokens=200, never=never)
    return [written(parts.output, hypothesis, []) for hypothesis in found]


def found_by_search(
    parts: Parts[Any, TextKind, Any], cells: Sequence[Any], *, batch_tokens: int, never: Sequence[int] = ()
) -> list[Hypothesis]:
    """What beam search finds for each cell."""
    end, options = parts.output.vocabulary.end_id, search_options(parts.settings)

    def answer(batch: Any) -> list[Hypothesis]:
        return beam_search(parts.network, batch, end=end, never=never, **options)

    return predicted(parts.input, cells, answer, batch_tokens)
