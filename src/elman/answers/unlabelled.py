# pyright: strict
"""Learning how to read from texts without labels, before labels are learned (Dai & Le 2015; Howard & Ruder 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from elman.answers.base import AnyAnswer, AnyParts
from elman.errors import TaskError
from elman.scoring.evaluation import Evaluation
from elman.settings import Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.loop import Event, Run


NEGATIVES = 1_000
"""Words that are drawn for each batch, beside its own, to learn which are not next."""
WATCHED = 250
"""Held-out texts that are read after each epoch, about: all words are told apart there."""
DECAY = 0.01
"""There is so much to say of texts that it isn't learned by heart as labels are."""


def check_reads_texts(task: AnyAnswer, settings: Settings) -> None:
    """Raise TaskError for a run that can't learn to read from texts alone."""
    if (
        not task.input_kind.of_tokens
        or task.causal
        or task.architecture(settings) not in ("many-to-one", "many-to-many")
    ):
        raise TaskError(
            f"unlabelled texts help to classify texts or to tag their words; this is {task.title}: leave them out"
        )


@reads("unlabelled_epochs")
def reading_run(
    parts: AnyParts, texts: Sequence[Any], held_out: Sequence[Any], device: str, watch: Callable[[Event], None]
) -> Run:
    """The run in which the network of ``parts`` learns to read ``texts``, watched on some others."""
    from elman.answers.learning import mean_loss
    from elman.models.neighbours import neighbours
    from elman.training.batches import RowBatches
    from elman.training.loop import Run

    kind = parts.input
    s = parts.settings.with_changes({"epochs": parts.settings.unlabelled_epochs, "weight_decay": DECAY, "patience": 0})

    def batches(cells: Sequence[Any]) -> RowBatches:
        return RowBatches(kind, kind, kind.encode(cells), None, batch_tokens=s.batch_tokens, seed=s.seed).on(device)

    validation = batches(held_out[:: 1 + len(held_out) // WATCHED])

    def evaluate(network: Network) -> Evaluation:
        loss = mean_loss(network, validation.in_order())
        return Evaluation(-loss, {"nats_per_token": loss})

    vocabulary = kind.vocabulary
    network = neighbours(parts.module, len(vocabulary), end=vocabulary.end_id, negatives=NEGATIVES)
    return Run(network.to(device), batches(texts), evaluate, s, validation_tokens=validation.tokens, watch=watch)
