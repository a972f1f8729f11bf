"""Long text -> a short one about it: translation with a copy mechanism, measured as summaries are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from elman.answers.text import TextParts, TranslationAnswer
from elman.data.summaries import closest_stretch, sentences
from elman.kinds import TextKind
from elman.scoring.baselines import FirstSentence
from elman.scoring.evaluation import Evaluation
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.encoder_decoder import EncoderDecoder
    from elman.training.batches import RowBatches


class SummaryAnswer(TranslationAnswer):
    """text -> a shorter text, much of which is copied from it."""

    @reads(TranslationAnswer.batches, "extracts")
    def batches(self, parts: TextParts, inputs: list[Any], outputs: list[Any]) -> RowBatches:
        """A share ``extracts`` of what is learned from are stretches of the source itself, those most like the target:
        how to copy is learned from few summaries only with them."""
        from elman.training.batches import DrawnTargets

        batches, share = super().batches(parts, inputs, outputs), parts.settings.extracts
        if not share:
            return batches
        extracts = [closest_stretch(*row) or row[1] for row in zip(inputs, outputs, strict=True)]
        return DrawnTargets(batches, parts.output.encode(extracts), share)

    def evaluation(self, parts: TextParts, batches: RowBatches) -> Callable[[EncoderDecoder], Evaluation]:
        from elman.answers.learning import evaluation_by

        return evaluation_by(self.metrics(parts.output)[0], parts.output, batches)

    def metrics(self, output: TextKind) -> tuple[str, ...]:
        return ("rouge1", "rouge2", "rougeL")

    def seen(self, parts: TextParts, inputs: list[Any]) -> list[Any]:
        return [sentences(cell) for cell in inputs]

    def baselines(self, parts: TextParts) -> list[Any]:
        return [FirstSentence()]
