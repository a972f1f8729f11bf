"""Who answers: a network, a linear model beside it, or both together, by what each says of rows that it hasn't learned
from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import NETWORK
from elman.decoding.probabilities import mixed
from elman.models.tensors import tensors_of
from elman.scoring.metrics import metric
from elman.scoring.report import BY_FOLDS, Race
from elman.scoring.weighing import Said, mixing_weights, temperature_scale

if TYPE_CHECKING:
    from elman.answers.base import AnyParts, Cells
    from elman.answers.value import ValueAnswer
    from elman.scoring.order_free import OrderFree

TOGETHER = "together"
Scores = NDArray[np.float32]


Without = Callable[[NDArray[np.int64]], "AnyParts | None"]
"""From the rows of a fold to parts with a network that learned from all others; None where that was interrupted."""


def race(
    task: ValueAnswer[Any], parts: AnyParts, folds: Sequence[NDArray[np.int64]], rows: Cells, without: Without
) -> tuple[Race, OrderFree] | None:
    """Choose, let ``parts`` answer so from now on, and give what came of it, with the linear model fitted on all rows;
    None where the training of a network was interrupted.

    rows: inputs and outputs, all of which may be learned from

    The linear model, which is quickly fitted, is always there; a network is where the settings have one.
    """
    inputs, outputs = rows
    linear = task.linear_beside()
    given, references = task.examples(parts, inputs, outputs)
    wide, deep = task.on_scale_of(parts, linear.fit_few((given, references), folds), linear), None
    if task.trains(parts.settings):
        found: list[Scores] = []
        for fold in folds:
            if (own := without(fold)) is None:
                return None
            found.append(task.on_scale_of(parts, task.scores(own, [inputs[row] for row in fold]), own.output))
        deep = np.concatenate(found)[np.argsort(np.concatenate(folds))]
    encoded = parts.output.targets(parts.output.encoded_cells(outputs))
    raced, scores = decide(task, parts, (linear.name, linear), deep, wide, encoded)
    by = metric(raced.by)
    values = {name: by(task.called(parts, task.along(parts, own)), references) for name, own in scores.items()}
    return replace(raced, scores=values), linear


def decide(
    task: ValueAnswer[Any],
    parts: AnyParts,
    linear: tuple[str, OrderFree],
    deep: Scores | None,
    wide: Scores,
    targets: Any,
    further: tuple[Scores, Any] | None = None,
    on: str = BY_FOLDS,
) -> tuple[Race, Mapping[str, Scores]]:
    """Let ``parts`` answer from now on by whoever has the least loss on some rows, each at the temperature that suits
    it; and give the losses, and the scores of each candidate.

    linear:     the linear model, and the candidate's name
    deep, wide: scores ``[n, k]`` of network and linear model, none of which learned from these rows; no network where
                there is none
    targets:    of these rows, as the head takes them
    further:    scores of the linear model, and targets, of rows that the network learned from
    on:         which rows they are, for people
    """
    name, model = linear

    def said(scores: Scores, right: Any) -> Said:
        return Said(scores, tensors_of(right), parts.module.head.loss)

    def scale(own: Said, more: Said | None = None) -> float:
        return temperature_scale(own, more) if task.tempered else 1.0

    of_linear, more = said(wide, targets), further and said(*further)
    weights = {name: (0.0, scale(of_linear, more))}
    if deep is not None:
        of_network = said(deep, targets)
        both = mixing_weights(of_network, of_linear, more)
        weights |= {NETWORK: (scale(of_network), 0.0)} | ({TOGETHER: both} if all(both) else {})
    none = np.zeros_like(wide) if deep is None else deep
    scores = {one: mixed(none, wide, pair).astype(np.float32) for one, pair in weights.items()}
    losses = {one: float(said(own, targets).missed()) / len(own) for one, own in scores.items()}
    chosen = min(losses, key=losses.__getitem__)
    task.answer_by(parts, model, weights[chosen])
    if chosen == name and further:
        own, right = weights[name][1] * further[0], further[1]
        task.keep(parts, np.concatenate([scores[name], own]), np.concatenate([targets, right]))
    else:
        task.keep(parts, scores[chosen], targets)
    return Race(task.metrics(parts.output)[0], {}, losses, chosen, len(wide), on), scores
