# pyright: strict
"""Output sides: from features to scores, a loss, and the best answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.graph import Name, Writer
from elman.graph.elementwise import AddConstant
from elman.graph.writer import weight
from elman.nn import large_softmax
from elman.nn.crf import CRF, bio_constraints
from elman.ragged import Ragged


def distinct(ids: Tensor) -> tuple[Tensor, Tensor]:
    """The different ones ``[K]``, and for each of ``[N]`` its place among them."""
    return ids.unique(return_inverse=True)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class ClassHead(nn.Module):
    """One of ``classes``: softmax and log loss, optionally with label smoothing (Szegedy et al. 2016).

    ``[M, input_size] -> scores [M, classes]``. ``tied`` shares an embedding's weight ``[classes, input_size]``.
    ``negatives`` makes training with many classes cheap: the softmax then runs over the batch's own targets and
    that many other classes (Jean et al. 2015), those that stand first oftener where classes are ``by_rank``, the
    most frequent first; evaluation is always over all. ``weights`` ``[classes]`` say how much the rows of each class
    count.
    """

    weights: Tensor | None

    def __init__(
        self,
        input_size: int,
        classes: int,
        *,
        label_smoothing: float = 0.0,
        tied: Tensor | None = None,
        negatives: int = 0,
        by_rank: bool = True,
        weights: Tensor | None = None,
    ):
        super().__init__()
        self.linear = nn.Linear(input_size, classes)
        self.by_rank = by_rank
        self.register_buffer("weights", weights, persistent=False)
        self.label_smoothing = label_smoothing
        self.negatives = negatives if negatives < classes // 2 else 0
        nn.init.zeros_(self.linear.bias)
        if tied is not None:
            self.linear.weight = tied

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(features)

    def write(self, g: Writer, features: Name) -> Name:
        """Its scores in a graph."""
        return g.linear(features, self.linear)

    @torch.no_grad()
    def scale_scores(self, factor: float) -> None:
        """Multiply all scores from now on, in the weights."""
        self.linear.weight.mul_(factor)
        self.linear.bias.mul_(factor)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """``[M]``: nats per item. Smoothing acts on training only, so that evaluation gives true log loss."""
        smoothing = self.label_smoothing if self.training else 0.0
        nats = F.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
        return nats if self.weights is None else self.counting(targets) * nats

    def counting(self, targets: Tensor) -> Tensor:
        """``[M]``: how much each row counts."""
        return torch.ones(len(targets), device=targets.device) if self.weights is None else self.weights[targets]

    def loss_of(self, features: Tensor, targets: Tensor) -> Tensor:
        """``loss`` straight from features ``[M, input_size]``, in training over a sample of the classes."""
        weight, bias, counts = self.linear.weight, self.linear.bias, self.counting(targets)
        if self.training and self.negatives:
            weight, bias, targets = self._among(targets)
        elif len(weight) < large_softmax.CLASSES:
            return self.loss(F.linear(features, weight, bias), targets)
        smoothing = self.label_smoothing if self.training else 0.0
        if len(weight) < large_softmax.CLASSES:
            scores = F.linear(features, weight, bias)
            return counts * F.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
        return large_softmax.log_loss(features, weight, bias, targets, smoothing=smoothing, counts=counts)

    def _among(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The weight and bias of the targets' classes and of some others, and the targets' places among them."""
        classes = self.linear.out_features
        drawn = draw_by_rank(self.negatives, classes) if self.by_rank else torch.randint(classes, (self.negatives,))
        drawn = drawn.to(targets.device)
        among, places = distinct(torch.cat([targets, drawn]))
        # A class that is there by chance stands for all that weren't drawn: e^s / P(drawn) in the softmax's sum.
        each = (
            rank_probability(among, classes) if self.by_rank else torch.full_like(self.linear.bias[among], 1 / classes)
        )
        chance = 1 - (1 - each) ** self.negatives
        chance[places[: len(targets)]] = 1.0
        return self.linear.weight[among], self.linear.bias[among] - chance.log(), places[: len(targets)]


class SeveralHead(ClassHead):
    """Any number of ``classes``: a sigmoid and log loss for each; targets ``[M, classes]`` of zeros and ones."""

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(scores, targets, reduction="none").sum(-1)

    def loss_of(self, features: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self(features), targets)


class ChordHead(SeveralHead):
    """Which keys sound, each by a sigmoid of its own, as in Boulanger-Lewandowski et al. 2012; or nothing any more.

    ``classes`` are the keys and, last, the end, after which no key counts; targets as in ``SeveralHead``.
    """

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        end = F.binary_cross_entropy_with_logits(scores[:, -1], targets[:, -1], reduction="none")
        return self.keys_loss(scores, targets) * (1 - targets[:, -1]) + end

    def keys_loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """``[M]``: nats of the keys alone, summed over them."""
        return super().loss(scores[:, :-1], targets[:, :-1])


class NumberHead(ClassHead):
    """A standardised number: squared error."""

    def __init__(self, input_size: int):
        super().__init__(input_size, 1)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        return (scores.squeeze(-1) - targets).square()


class ForecastHead(nn.Module):
    """The next ``steps`` values as what a base forecast lacks: the median and further quantiles of each.

    ``[B, input_size] -> [B, steps, 1 + quantiles]``, all zero before training, so that learning begins at the base
    forecast. Each is learned by the pinball loss (Koenker & Bassett 1978), which for the median is the absolute error.
    """

    def __init__(self, input_size: int, steps: int, quantiles: Sequence[float]):
        super().__init__()
        self.steps, self.quantiles = steps, (0.5, *quantiles)
        self.linear = nn.Linear(input_size, steps * len(self.quantiles))
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(features).view(len(features), self.steps, -1)

    def write(self, g: Writer, features: Name) -> Name:
        """Its scores in a graph, not yet parted into steps."""
        return g.linear(features, self.linear)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """``[B]``: the mean over the observed targets ``[B, horizon, 2]``: what the base lacks, and the unit it is in.

        A target of NaN isn't observed. Errors count in that unit, so that all windows of a series weigh alike.
        """
        lacking, unit = targets.unbind(-1)
        observed = ~lacking.isnan()
        error = (lacking.nan_to_num(0.0)[..., None] - scores) * unit[..., None]
        quantiles = torch.tensor(self.quantiles, device=scores.device, dtype=scores.dtype)
        pinball = torch.maximum(quantiles * error, (quantiles - 1) * error).sum(-1)
        return 2 * (pinball * observed).sum(1) / observed.sum(1).clamp(min=1)


class TagHead(nn.Module):
    """One answer per element, each by itself: a ``ClassHead``, or one of ``kind``, at every step."""

    def __init__(self, input_size: int, classes: int, kind: type[ClassHead] = ClassHead, **options: Any):
        super().__init__()
        self.classes = kind(input_size, classes, **options)

    def forward(self, features: Ragged) -> Ragged:
        return features.map(self.classes)

    def write(self, g: Writer, features: Name) -> Name:
        """Its scores in a graph."""
        return self.classes.write(g, features)

    def loss_of(self, features: Ragged, targets: Ragged) -> Tensor:
        """``[B]``: nats per sequence, summed over its steps."""
        return sum_steps(features.with_values(self.classes.loss_of(features.values, targets.values)))

    def best(self, scores: Ragged) -> list[Tensor]:
        """Per sequence the best tags ``[T]``."""
        return scores.map(lambda rows: rows.argmax(-1)).unbind()


class StepNumberHead(NumberHead):
    """A standardised number per element: squared error; an element whose target is missing (NaN) has none.

    ``Ragged [N, input_size] -> Ragged scores [N, 1]``
    """

    def forward(self, features: Any) -> Any:
        return features.map(self.linear)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        observed = ~targets.isnan()
        return super().loss(scores, targets.nan_to_num(0.0)) * observed

    def loss_of(self, features: Any, targets: Any) -> Tensor:
        """``[B]``: summed over the steps of each sequence."""
        return sum_steps(features.with_values(self.loss(self(features).values, targets.values)))


class NextValuesHead(StepNumberHead):
    """Several standardised numbers per element, what comes next: the mean of their squared errors; a target that is
    missing (NaN) has none.

    ``Ragged [N, input_size] -> Ragged scores [N, numbers]``
    """

    def __init__(self, input_size: int, numbers: int):
        ClassHead.__init__(self, input_size, numbers)

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        observed = ~targets.isnan()
        errors = (scores - targets.nan_to_num(0.0)).square() * observed
        return errors.sum(-1) / observed.sum(-1).clamp(min=1)


class CRFTagHead(nn.Module):
    """One tag per element, chosen together by a linear-chain CRF (Lafferty et al. 2001); BIO rules are kept.

    ``preference`` ``[tags]`` is added to the scores outside training: taking some off ``O`` finds more spans at
    the price of more false ones, and what is best is found on validation data.
    """

    preference: Tensor

    def __init__(self, input_size: int, tags: list[str]):
        super().__init__()
        self.linear = nn.Linear(input_size, len(tags))
        start, transitions = bio_constraints(tags)
        self.crf = CRF(len(tags), allowed_start=start, allowed_transitions=transitions)
        self.register_buffer("preference", torch.zeros(len(tags)))

    def forward(self, features: Ragged) -> Ragged:
        scores = features.map(self.linear)
        return scores if self.training else scores.map(lambda rows: rows + self.preference)

    def write(self, g: Writer, features: Name) -> Name:
        """Its scores in a graph; which path is best, decoding says."""
        return g.add(AddConstant(weight(self.preference)), g.linear(features, self.linear))

    def loss_of(self, features: Ragged, targets: Ragged) -> Tensor:
        """``[B]``: negative log-likelihood of each tag sequence, in nats."""
        return self.crf.loss(self(features), targets)

    def best(self, scores: Ragged) -> list[Tensor]:
        """Per sequence the Viterbi path ``[T]``."""
        return self.crf.decode(scores)


def rank_probability(ranks: Tensor, classes: int) -> Tensor:
    """Zipf's law: how frequent the class of a rank (its id, as vocabularies count by falling frequency) is."""
    return ((ranks + 2).double() / (ranks + 1).double()).log().div(math.log(classes + 1)).float()


def draw_by_rank(count: int, classes: int) -> Tensor:
    """``count`` class ids drawn by ``rank_probability``."""
    uniform = torch.rand(count, dtype=torch.float64)
    return ((uniform * math.log(classes + 1)).exp() - 1).long().clamp(max=classes - 1)


def sum_steps(values: Ragged) -> Tensor:
    """Sum ``[N]`` over each sequence's steps: ``[B]``."""
    return values.values.new_zeros(len(values)).index_add(0, values.sequence_ids, values.values)


__all__ = [
    "CRFTagHead",
    "ChordHead",
    "ClassHead",
    "NextValuesHead",
    "NumberHead",
    "SeveralHead",
    "StepNumberHead",
    "TagHead",
    "sum_steps",
]
