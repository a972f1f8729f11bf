"""Which recipe answers where rows are few: a network, a linear model beside it, or both together, by what each says of
rows that it hasn't learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import NETWORK
from elman.decoding.probabilities import mixed
from elman.models.tensors import tensors_of
from elman.scoring.metrics import metric
from elman.scoring.report import Race
from elman.scoring.weighing import mixing_weights, temperature_scale

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

    The linear model, which is quickly fitted, is always there; a network is where the settings have one. The least
    loss wins, each at the temperature that suits it.
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
    targets, loss = tensors_of(encoded), parts.module.head.loss

    def scale(scores: Scores) -> float:
        return temperature_scale(tensors_of(scores), targets, loss) if task.tempered else 1.0

    weights = {linear.name: (0.0, scale(wide))}
    if deep is not None:
        both = mixing_weights(deep, wide, targets, loss)
        weights |= {NETWORK: (scale(deep), 0.0), TOGETHER: both}
    of_network = np.zeros_like(wide) if deep is None else deep
    scores = {name: mixed(of_network, wide, pair).astype(np.float32) for name, pair in weights.items()}
    losses = {name: float(loss(tensors_of(own), targets).mean()) for name, own in scores.items()}
    chosen = min(losses, key=losses.__getitem__)
    task.answer_by(parts, linear, weights[chosen])
    task.keep(parts, scores[chosen], encoded)
    by = metric(task.metrics(parts.output)[0])
    values = {name: by(task.called(parts, task.along(parts, own)), references) for name, own in scores.items()}
    return Race(by.name, values, losses, chosen, len(references)), linear
