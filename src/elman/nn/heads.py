"""Output sides: from features to scores, a loss, and the best answer."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from elman.nn.crf import CRF, bio_constraints
from elman.ragged import Ragged


class ClassHead(nn.Module):
    """One of ``classes``: softmax and log loss, optionally with label smoothing (Szegedy et al. 2016).

    ``[M, input_size] -> scores [M, classes]``. ``tied`` shares an embedding's weight ``[classes, input_size]``.
    """

    def __init__(
        self, input_size: int, classes: int, *, label_smoothing: float = 0.0, tied: nn.Parameter | None = None
    ):
        super().__init__()
        self.linear = nn.Linear(input_size, classes)
        self.label_smoothing = label_smoothing
        nn.init.zeros_(self.linear.bias)
        if tied is not None:
            self.linear.weight = tied

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(features)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """``[M]``: nats per item. Smoothing acts on training only, so that evaluation gives true log loss."""
        smoothing = self.label_smoothing if self.training else 0.0
        return F.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)

    def predict(self, scores: Tensor) -> Tensor:
        """``[M, classes]`` probabilities."""
        return scores.softmax(-1)


class SeveralHead(ClassHead):
    """Any number of ``classes``: a sigmoid and log loss for each; targets ``[M, classes]`` of zeros and ones."""

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(scores, targets, reduction="none").sum(-1)

    def predict(self, scores: Tensor) -> Tensor:
        return scores.sigmoid()


class NumberHead(ClassHead):
    """A standardised number: squared error."""

    def __init__(self, input_size: int):
        super().__init__(input_size, 1)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        return (scores.squeeze(-1) - targets).square()

    def predict(self, scores: Tensor) -> Tensor:
        """``[M]``"""
        return scores.squeeze(-1)


class TagHead(nn.Module):
    """One class per element, each chosen by itself: a softmax at every step."""

    def __init__(self, input_size: int, classes: int, *, label_smoothing: float = 0.0, tied: nn.Parameter | None = None):
        super().__init__()
        self.classes = ClassHead(input_size, classes, label_smoothing=label_smoothing, tied=tied)

    def forward(self, features: Ragged) -> Ragged:
        return features.map(self.classes)

    def loss(self, scores: Ragged, targets: Ragged) -> Tensor:
        """``[B]``: nats per sequence, summed over its steps."""
        return sum_steps(scores.with_values(self.classes.loss(scores.values, targets.values)))

    def predict(self, scores: Ragged) -> list[tuple[Tensor, Tensor]]:
        """Per sequence the best tags ``[T]`` and their probabilities ``[T]``."""
        best = self.classes.predict(scores.values).max(-1)
        sizes = scores.lengths.tolist()
        return list(zip(best.indices.split(sizes), best.values.split(sizes), strict=True))


class CRFTagHead(nn.Module):
    """One tag per element, chosen together by a linear-chain CRF (Lafferty et al. 2001); BIO rules are kept."""

    def __init__(self, input_size: int, tags: list[str]):
        super().__init__()
        self.linear = nn.Linear(input_size, len(tags))
        start, transitions = bio_constraints(tags)
        self.crf = CRF(len(tags), allowed_start=start, allowed_transitions=transitions)

    def forward(self, features: Ragged) -> Ragged:
        return features.map(self.linear)

    def loss(self, scores: Ragged, targets: Ragged) -> Tensor:
        """``[B]``: negative log-likelihood of each tag sequence, in nats."""
        return self.crf.loss(scores, targets)

    def predict(self, scores: Ragged) -> list[tuple[Tensor, Tensor]]:
        """Per sequence the Viterbi path ``[T]`` and the marginal probability of each of its tags ``[T]``."""
        paths = self.crf.decode(scores)
        marginals = self.crf.marginals(scores)
        return [
            (path, marginal.gather(1, path[:, None]).squeeze(1)) for path, marginal in zip(paths, marginals, strict=True)
        ]


def sum_steps(values: Ragged) -> Tensor:
    """Sum ``[N]`` over each sequence's steps: ``[B]``."""
    return values.values.new_zeros(len(values)).index_add(0, values.sequence_ids, values.values)


__all__ = ["CRFTagHead", "ClassHead", "NumberHead", "SeveralHead", "TagHead", "sum_steps"]
