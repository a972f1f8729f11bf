"""What a network answers, whatever its architecture, so that one measurement serves all of them.

Answers are a ``Ragged`` of scores ``[M, ...]``: one per sequence where a value comes out, one per step where a sequence
does. A written sequence is scored with the right tokens before each (teacher forcing).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from elman.models.batch import Batch
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_many import ManyToMany
from elman.models.network import Network
from elman.models.one_to_many import OneToMany
from elman.nn.ctc import CTCHead
from elman.nn.heads import ClassHead, CRFTagHead, ForecastHead, NumberHead, SeveralHead, TagHead
from elman.ragged import Ragged


def writes(network: Network) -> bool:
    """Whether the network writes a sequence, one element after the other."""
    return isinstance(network, (OneToMany, EncoderDecoder))


def aligned(network: Network) -> bool:
    """Whether the network answers at each step of what it reads."""
    return isinstance(network, ManyToMany)


def answers(network: Network, batch: Batch) -> Ragged:
    """Scores of each answer."""
    if writes(network):
        return network(batch.inputs, batch.targets)
    if aligned(network):
        return network(batch.inputs)[0]
    scores = network(batch.inputs)
    return Ragged(scores, torch.ones(len(scores), dtype=torch.int64))


def losses(network: Network, found: Ragged, batch: Batch) -> Tensor:
    """``[M]``: the loss of each answer by itself.

    Tags that a CRF chooses together are taken one by one here, by their emissions alone; a step of CTC, which has no
    target of its own, is held to what it says now.
    """
    head, scores = network.head, found.values
    if isinstance(head, CTCHead):
        return F.cross_entropy(scores, scores.detach().argmax(-1), reduction="none")
    if isinstance(head, CRFTagHead):
        return F.cross_entropy(scores, batch.targets.values, reduction="none")
    targets = batch.targets.values if isinstance(batch.targets, Ragged) else batch.targets
    return one_answer(head).loss(scores, targets)


def one_answer(head: Any) -> Any:
    """What scores a single answer: of a head for all steps, the one that it has at each."""
    return head.classes if isinstance(head, TagHead) else head


def chosen(network: Network, found: Ragged) -> Tensor | None:
    """``[M]``: the class that each answer comes down to; None where answers are numbers or sets."""
    head = network.head
    if isinstance(one_answer(head), (NumberHead, SeveralHead, ForecastHead)):
        return None
    if isinstance(head, CRFTagHead):
        paths = head.best(found)
        return torch.cat(paths) if paths else found.values.new_zeros(0, dtype=torch.int64)
    return found.values.argmax(-1)


def decided(network: Network, found: Ragged) -> NDArray[Any]:
    """``[M, ...]``: what each answer comes down to, in the form of targets: classes, zeros and ones, or numbers; of a
    forecast, its scores."""
    head, scores = one_answer(network.head), found.values.detach()
    if isinstance(head, SeveralHead):
        return (scores > 0).numpy()
    if isinstance(head, ForecastHead):
        return scores.numpy()
    classes = chosen(network, found)
    return scores.squeeze(-1).numpy() if classes is None else classes.numpy()


def right(network: Network, found: Ragged, batch: Batch) -> Tensor | None:
    """``[M]``: whether each answer is right; None where that can't be said step by step."""
    best = chosen(network, found)
    if best is None or isinstance(network.head, CTCHead):
        return None
    targets = batch.targets.values if isinstance(batch.targets, Ragged) else batch.targets
    return best == targets


def moved(head: Any, before: Tensor, after: Tensor) -> Tensor:
    """``[M]``: how far two sets of answers lie apart.

    Classes: the total variation of their probabilities, 0 (the same) to 1 (nothing in common). Numbers: the difference
    in standard deviations of the column; of a forecast, in spreads of its window, averaged over the horizon.
    """
    head = one_answer(head)
    if isinstance(head, ForecastHead):
        return (before - after)[..., 0].abs().mean(1)
    if isinstance(head, NumberHead):
        return (before - after).abs().mean(-1)
    if isinstance(head, SeveralHead):
        return (before.sigmoid() - after.sigmoid()).abs().mean(-1)
    return (before.softmax(-1) - after.softmax(-1)).abs().sum(-1) / 2


def unit_of_movement(head: Any) -> str:
    if isinstance(one_answer(head), (ForecastHead, NumberHead)):
        return "standard deviations"
    return "shares of the probability"


def is_classes(head: Any) -> bool:
    kinds = ClassHead, CRFTagHead, CTCHead
    return isinstance(one_answer(head), kinds) and not isinstance(one_answer(head), (NumberHead, SeveralHead))
