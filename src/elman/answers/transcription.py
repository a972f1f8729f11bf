"""A text out of a recording, with nobody saying what is hypothesis when: CTC over the aligned architecture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from elman.answers.aligned import aligned
from elman.answers.base import Parts, Prediction, predicted
from elman.answers.sequences import WritingTask
from elman.errors import TaskError
from elman.kinds import AudioKind, Kind, TranscriptKind
from elman.kinds.audio import SHIFT
from elman.models.many_to_many import ManyToMany
from elman.models.network import Network
from elman.nn.ctc import steps_needed
from elman.scoring.baselines import Nearest
from elman.settings import Settings
from elman.settings.used import reads
from elman.training.loop import Batches


class TranscriptionTask(WritingTask):
    """recording -> text."""

    def fields(self, settings: Settings) -> tuple[Kind, Kind]:
        return AudioKind(settings.mels), TranscriptKind.from_settings(settings, pieces=0, characters=False)

    @reads(aligned)
    def network(self, input: Kind, output: Kind, settings: Settings) -> Network:
        return aligned(input, output, settings)

    @reads("batch_tokens")
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        for row, (sound, text) in enumerate(zip(parts.input.encode(inputs), parts.output.encode(outputs), strict=True)):
            if math.ceil(sound.frames / parts.settings.subsampling) < steps_needed(text.ids):
                raise TaskError(
                    f"{inputs[row]} lasts {sound.frames * SHIFT / 1000:.2f} s, too short for its transcript "
                    f"{outputs[row]!r:.60}; mend the row, or leave it out"
                )
        return super().batches(parts, inputs, outputs)

    @reads("beam_size")
    def predict(self, parts: Parts, cells: Sequence[Any]) -> list[Prediction]:
        """Texts, with the seconds at which their tokens begin."""
        output, network, size = parts.output, parts.network, parts.settings.beam_size
        assert isinstance(output, TranscriptKind) and isinstance(network, ManyToMany)
        step = parts.settings.subsampling * SHIFT / 1000
        found = predicted(network, parts.input, cells, beam_size=size)
        return [
            Prediction(
                output.join(output.vocabulary.decode(hypothesis.ids)),
                math.exp(hypothesis.score),
                times=[round(step * at, 3) for at in steps],
            )
            for hypothesis, steps in found
        ]

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("wer", "exact_match")

    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        return list(parts.input.summaries(parts.input.encode(inputs)))

    def baselines(self, parts: Parts) -> list[Any]:
        return [Nearest("recording")]
