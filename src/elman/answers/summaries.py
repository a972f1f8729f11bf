"""Long text -> a short one about it: translation with a copy mechanism, measured as summaries are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elman.answers.base import Parts
from elman.answers.sequences import TranslationTask, evaluation_by
from elman.data.summaries import closest_stretch, sentences
from elman.kinds import Kind
from elman.models.network import Network
from elman.scoring.baselines import FirstSentence
from elman.settings.used import reads
from elman.training.batches import DrawnTargets, RowBatches
from elman.training.loop import Batches, Evaluation


class SummaryTask(TranslationTask):
    """text -> a shorter text, much of which is copied from it."""

    @reads(TranslationTask.batches, "extracts")
    def batches(self, parts: Parts, inputs: list[Any], outputs: list[Any]) -> Batches:
        """A share ``extracts`` of what is learned from are stretches of the source itself, those most like the target:
        how to copy is learned from few summaries only with them."""
        batches, share = super().batches(parts, inputs, outputs), parts.settings.extracts
        if not share:
            return batches
        assert isinstance(batches, RowBatches)
        extracts = [closest_stretch(*row) or row[1] for row in zip(inputs, outputs, strict=True)]
        return DrawnTargets(batches, parts.output.encode(extracts), share)

    def evaluation(self, parts: Parts, batches: Batches) -> Callable[[Network], Evaluation]:
        return evaluation_by(self.metrics(parts.output)[0], batches)

    def metrics(self, output: Kind) -> tuple[str, ...]:
        return ("rouge1", "rouge2", "rougeL")

    def seen(self, parts: Parts, inputs: list[Any]) -> list[Any]:
        return [sentences(cell) for cell in inputs]

    def baselines(self, parts: Parts) -> list[Any]:
        return [FirstSentence()]
