"""Music that predicts itself: the notes of one voice, or chords on a grid of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman.answers.base import Answer, Cells, Measured, Parts
from elman.answers.language_model import LanguageModelTask, Suggestion, read_on
from elman.kinds import ChordsKind, Kind, MelodyKind
from elman.kinds.midi import Tune
from elman.kinds.notes import KEYS, NotesKind
from elman.models.batch import Batch
from elman.models.many_to_many import ManyToMany
from elman.models.network import Network
from elman.models.search import sample, sample_several
from elman.models.sides import encoder_of, head_of
from elman.models.tensors import tensors_of
from elman.scoring.baselines import Marginals, Unigram
from elman.scoring.metrics import metric
from elman.settings import Settings
from elman.settings.used import reads
from elman.training.batches import PieceBatches
from elman.training.loop import Batches, Evaluation


class MusicTask(LanguageModelTask):
    """A tune -> the same tune, one element later. Tunes begin anew, so each is read by itself."""

    fractions: ClassVar[tuple[float, float, float]] = Answer.fractions
    begins: ClassVar[str] = "C4"

    @reads("notes")
    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        kind = MelodyKind if settings.notes == "melody" else ChordsKind
        field = kind(settings.grid, settings.voice)
        return field, field

    @reads("cell", "hidden_size", "num_layers", "dropout", "weight_dropout")
    @reads(LanguageModelTask.network, where=lambda task, settings: settings.notes == "melody")
    def network(self, input: Kind, output: Kind, settings: Settings) -> ManyToMany:
        if isinstance(input, MelodyKind):
            return super().network(input, output, settings)
        s = settings
        recurrence: dict[str, Any] = {**s.recurrence, "bidirectional": False, "weight_dropout": s.weight_dropout}
        return ManyToMany(encoder_of(input, s), lambda size: head_of(output, size, s), **recurrence)

    @reads("batch_tokens", "augmentation")
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        field, settings = parts.input, parts.settings
        assert isinstance(field, NotesKind)
        return PieceBatches(
            field,
            field.encode(inputs),
            batch_tokens=settings.batch_tokens,
            seed=settings.seed,
            vary=field.varied if settings.augmentation else None,
        )

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        first = metric(self.metrics(parts.output)[0])

        def evaluate(network: Network) -> Evaluation:
            nats = [row for _, row in losses(network, parts.input, batches.in_order())]
            value = first(nats, nats)
            return Evaluation(-value, {first.name: value})

        return evaluate

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("nats_per_pitch", "nats_per_token") if isinstance(output, MelodyKind) else ("nats_per_step",)

    def baselines(self, parts: Parts) -> list[Any]:
        if isinstance(parts.input, MelodyKind):
            return [Unigram(len(parts.input.vocabulary), turns=2)]
        return [Marginals(), Marginals(after_itself=True)]

    def examples(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """Tunes as the baselines count them: token ids with the end mark, or chords."""
        field = parts.input
        rows = [
            field.targets([tune]).values.tolist() if isinstance(field, MelodyKind) else tune
            for tune in field.encode(inputs)
        ]
        return rows, rows

    def measured(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Measured:
        field = parts.input
        assert isinstance(field, NotesKind)
        rows, _ = self.examples(parts, inputs, outputs)
        nats: list[Any] = self.nats(parts, inputs, outputs)
        shown = [(None, None, field.written(tune)) for tune in field.encode(inputs)]
        return Measured(nats, rows, rows, shown, [float(row.sum()) for row in nats], rows="tunes")

    def nats(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> list[Any]:
        """Of each tune the negative log-likelihood of its tokens, or of its chords."""
        batches = self.batches(parts, inputs, outputs)
        parts.network.eval()
        with torch.no_grad():
            found = dict(losses(parts.network, parts.input, batches.in_order()))
        return [found[row] for row in range(len(inputs))]

    # -- use ----------------------------------------------------------------------------------

    def generate(
        self,
        parts: Parts,
        *,
        start: str = "",
        length: int = 200,
        generator: torch.Generator | None = None,
        **choice: Any,
    ) -> Tune:
        """The notes (or the beginning of the MIDI file) that ``start`` names, and what is drawn after them.

        It ends where the model ends it, or after ``length`` elements. Raises TaskError for a start that is no music.
        """
        network, field = parts.network, parts.input
        assert isinstance(network, ManyToMany) and isinstance(field, NotesKind)
        written = field.opening(start)
        with torch.no_grad():
            scores, state = read_on(network, tensors_of(field.collate([written])), None)
            for _ in range(length):
                drawn = next_element(field, scores, written, generator, choice)
                if drawn is None:
                    break
                written = np.concatenate([written, drawn])
                scores, state = read_on(network, tensors_of(field.going_on([drawn])), state)
        return field.tune(written)

    def suggest(self, parts: Parts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest next pitches (or lengths, or keys) after notes, or after a tune."""
        network, field = parts.network, parts.input
        assert isinstance(network, ManyToMany) and isinstance(field, NotesKind)
        given = field.opening(text) if isinstance(text, str) else field.encode([text])[0]
        with torch.no_grad():
            scores, _ = read_on(network, tensors_of(field.collate([given])), None)
        ranked = sorted(field.next_notes(given, scores[0].numpy()), key=lambda named: -named[1])
        return [Suggestion(name, chance) for name, chance in ranked[:count]]


def losses(network: Network, field: Kind, batches: Iterable[Batch]) -> Iterable[tuple[int, NDArray[np.float32]]]:
    """Of each tune its row and the nats of its elements: tokens with the end mark, or chords without it."""
    assert isinstance(network, ManyToMany)
    for batch in batches:
        scores, _ = network(batch.inputs)
        each, melody = network.head.classes, isinstance(field, MelodyKind)
        nats = (each.loss if melody else each.keys_loss)(scores.values, batch.targets.values)
        for row, of_tune in zip(batch.rows, scores.with_values(nats).unbind(), strict=True):
            yield row, (of_tune if melody else of_tune[:-1]).cpu().numpy()


def next_element(
    field: NotesKind, scores: Tensor, before: NDArray[Any], generator: torch.Generator | None, choice: dict[str, Any]
) -> NDArray[Any] | None:
    """A token ``[1]`` or chord ``[1, 88]`` drawn by its scores, after those before; None where the tune is over."""
    if isinstance(field, MelodyKind):
        fits = torch.from_numpy(field.fits_next(before))
        drawn = sample(scores.masked_fill(~fits, -torch.inf), generator=generator, **choice)
        return None if int(drawn) == field.vocabulary.end_id else drawn.numpy()
    if bool(sample_several(scores[:, KEYS:], generator=generator)):
        return None
    return sample_several(scores[:, :KEYS], generator=generator, **choice).numpy()
