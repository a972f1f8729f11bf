"""A text out of a recording, without alignments: CTC over the aligned architecture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from elman.answers.base import Parts, Prediction, predicted
from elman.answers.each_step import aligned
from elman.answers.written import WrittenAnswer
from elman.decoding.ctc import CTCHypothesis, read_out, steps_needed
from elman.errors import TaskError
from elman.kinds import AudioKind, TranscriptKind
from elman.kinds.audio import SHIFT
from elman.scoring.baselines import Nearest
from elman.settings import Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

AudioParts: TypeAlias = Parts[AudioKind, TranscriptKind, "ManyToMany"]


class TranscriptAnswer(WrittenAnswer[AudioKind, TranscriptKind, "ManyToMany"]):
    """recording -> text."""

    found_by = "a search over the scores of all frames"

    def columns(self, settings: Settings) -> tuple[AudioKind, TranscriptKind]:
        return AudioKind.from_settings(settings), TranscriptKind.from_settings(settings, pieces=0, characters=False)

    @reads(aligned)
    def network(self, input: AudioKind, output: TranscriptKind, settings: Settings) -> ManyToMany:
        return aligned(input, output, settings)

    @reads("batch_tokens")
    def batches(self, parts: AudioParts, inputs: list[Any], outputs: list[Any]) -> RowBatches:
        batches = super().batches(parts, inputs, outputs)
        for row, (sound, text) in enumerate(zip(batches.inputs, batches.outputs or [], strict=True)):
            if math.ceil(sound.frames / parts.settings.subsampling) < steps_needed(text.ids):
                raise TaskError(
                    f"{inputs[row]} lasts {sound.frames * SHIFT / 1000:.2f} s, too short for its transcript "
                    f"{outputs[row]!r:.60}; correct the row, or leave it out"
                )
        return batches

    @reads("beam_size")
    def predict(self, parts: AudioParts, cells: Sequence[Any]) -> list[Prediction]:
        """Texts, with the seconds at which their tokens begin."""
        output, size = parts.output, parts.settings.beam_size
        blank = output.vocabulary.end_id  # which isn't needed as an end: the steps are the recording's
        step = parts.settings.subsampling * SHIFT / 1000

        def answer(batch: Any) -> list[tuple[CTCHypothesis, list[int]]]:
            return [read_out(rows, blank, size) for rows in parts.network.scores(batch)]

        return [
            Prediction(
                output.join(output.vocabulary.decode(hypothesis.ids)),
                math.exp(hypothesis.score),
                times=[round(step * at, 3) for at in steps],
            )
            for hypothesis, steps in predicted(parts.input, cells, answer)
        ]

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: TranscriptKind) -> tuple[str, ...]:
        return ("wer", "exact_match")

    def seen(self, parts: AudioParts, inputs: list[Any]) -> list[Any]:
        return parts.input.linear_inputs(inputs)

    def baselines(self, parts: AudioParts) -> list[Any]:
        return [Nearest(parts.input.one_is)]
