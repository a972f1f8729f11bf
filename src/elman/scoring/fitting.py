"""Fitting linear models exactly: logistic regression and ridge regression by L-BFGS. What needs torch of scoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from elman.kinds.ngrams import Bags, occurrences
from elman.scoring.linear import Features, Floats, Linear, LossName, Trial
from elman.stages import each

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # C: weight of the loss against the L2 penalty
TOGETHER = 1 << 20  # numbers of a sparse matrix that are sorted at once
FEW = 1 << 31  # so many numbers can be counted in 32 bits
ROUNDS = 8  # of EM, after which hardly anything moves
SMOOTHING = 0.01  # of naive Bayes: what each n-gram is counted more often in each class than it was seen
STEPS = 40  # of L-BFGS for each strength, each starting from the solution before


Loss = Callable[[Tensor, Tensor], Tensor]
"""(scores ``[n, k]``, targets ``[n, k]``) -> the sum over rows."""


def softmax_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Targets are how often each class was seen with the row: one-hot, or counts."""
    return -(targets * F.log_softmax(scores, dim=1)).sum()


def logistic_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Targets are 0 or 1, each label by itself."""
    return F.binary_cross_entropy_with_logits(scores, targets, reduction="sum")


def squared_loss(scores: Tensor, targets: Tensor) -> Tensor:
    return 0.5 * (scores - targets).square().sum()


LOSSES: dict[LossName, Loss] = {"softmax": softmax_loss, "logistic": logistic_loss, "squared": squared_loss}
BIASES: dict[LossName, Callable[[Tensor], Tensor]] = {
    "softmax": lambda y: (y.sum(0) + 0.5).log(),  # half a row more of each class: none is impossible
    "logistic": lambda y: torch.logit((y.sum(0) + 0.5) / (len(y) + 1)),
    "squared": lambda y: y.mean(0),
}
"""Of targets ``[n, k]`` the bias ``[k]`` that is best alone."""


class Sparse:
    """A sparse matrix ``[n, size]`` whose product with a dense one is a sum of weighted rows."""

    def __init__(self, ids: Tensor, offsets: Tensor, weights: Tensor, size: int):
        self.ids, self.offsets, self.weights = ids, offsets, weights
        self.shape = (len(offsets) - 1, size)

    @classmethod
    def from_bags(cls, bags: Bags) -> Sparse:
        index = np.int32 if len(bags.ids) < FEW else np.int64  # one for both, or each product copies them
        ids, offsets = bags.ids.astype(index, copy=False), bags.offsets.astype(index, copy=False)
        return cls.of(ids, offsets, bags.weights, bags.size)

    @classmethod
    def of(cls, ids: NDArray[Any], offsets: NDArray[Any], weights: Floats, size: int) -> Sparse:
        """The same as arrays."""
        return cls(torch.from_numpy(ids), torch.from_numpy(offsets), torch.from_numpy(weights), size)

    def __matmul__(self, dense: Tensor) -> Tensor:
        """``[n, size] @ [size, k] -> [n, k]``."""
        return F.embedding_bag(
            self.ids,
            dense,
            self.offsets,
            mode="sum",
            per_sample_weights=self.weights,
            include_last_offset=True,
        )

    def transposed(self) -> Sparse:
        """Part after part, each sorted by its ids, and laid behind those before it in their rows."""
        ids, weights = self.ids.numpy(), self.weights.numpy()
        offsets = np.concatenate([[0], np.cumsum(np.bincount(ids, minlength=self.shape[1]))])
        row_of, sorted_weights, free = np.empty_like(ids), np.empty_like(weights), offsets[:-1].copy()
        for start in range(0, len(ids), TOGETHER):
            part = slice(start, start + TOGETHER)
            order = np.argsort(ids[part], kind="stable")
            own, counts = occurrences(ids[part][order])
            places = np.repeat(free[own] - (np.cumsum(counts) - counts), counts) + np.arange(len(order))
            row_of[places] = np.searchsorted(self.offsets.numpy(), start + order, side="right") - 1
            sorted_weights[places] = weights[part][order]
            free[own] += counts
        return Sparse.of(row_of, offsets.astype(ids.dtype), sorted_weights, self.shape[0])


class Dense:
    """A matrix ``[n, size]`` with all its numbers."""

    def __init__(self, rows: Tensor):
        self.rows = rows
        self.shape = rows.shape

    def __matmul__(self, dense: Tensor) -> Tensor:
        return self.rows @ dense

    def transposed(self) -> Dense:
        return Dense(self.rows.T)


Matrix = Sparse | Dense


def matrix_of(features: Features) -> Matrix:
    return Sparse.from_bags(features) if isinstance(features, Bags) else Dense(torch.from_numpy(features))


@dataclass
class Solution:
    """``scores = x @ weight + bias`` as tensors: weight ``[size, k]``, bias ``[k]``."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Matrix) -> Tensor:
        return x @ self.weight + self.bias


def fit_linear(trials: Sequence[Trial], loss: LossName, or_bias: bool = False) -> list[Linear]:
    """Of each trial, minimise ``C * loss + |weight|^2 / 2``, with the C of ``STRENGTHS`` that has the least loss on all
    that they hold out; if ``or_bias``, with weights of 0 where that is best, so that nothing but a bias is left.

    From the strongest penalty to the weakest, until the loss rises.
    """
    measure = LOSSES[loss]
    fits = [Fit.of(trial, measure) for trial in trials]
    solutions = best = [fit.bias_alone(loss) for fit in fits]
    least, before = missed(fits, solutions) if or_bias else float("inf"), float("inf")
    for strength in each(STRENGTHS, "fitting a linear model", len(STRENGTHS)):
        solutions = [fit.minimised(one, strength) for fit, one in zip(fits, solutions, strict=True)]
        now = missed(fits, solutions)
        if now >= before:
            break
        if now < least:
            best, least = solutions, now
        before = now
    return [Linear(one.weight.numpy(), one.bias.numpy()) for one in best]


@dataclass
class Fit:
    """A trial as tensors: what is fitted, and what it is judged by."""

    x: Matrix
    transposed: Matrix
    y: Tensor
    x_held: Matrix
    y_held: Tensor
    loss: Loss

    @classmethod
    def of(cls, trial: Trial, loss: Loss) -> Fit:
        x, x_held = matrix_of(trial.x), matrix_of(trial.x_held)
        return cls(x, x.transposed(), torch.from_numpy(trial.y), x_held, torch.from_numpy(trial.y_held), loss)

    def bias_alone(self, loss: LossName) -> Solution:
        """What is answered without a look at the features."""
        return Solution(torch.zeros(self.x.shape[1], self.y.shape[1]), BIASES[loss](self.y))

    def minimised(self, start: Solution, strength: float) -> Solution:
        return minimised(start, self.x, self.transposed, self.y, self.loss, strength)

    def missed(self, solution: Solution) -> float:
        """The loss on what is held out."""
        return float(self.loss(solution(self.x_held), self.y_held))


def missed(fits: Sequence[Fit], solutions: Sequence[Solution]) -> float:
    return sum(fit.missed(one) for fit, one in zip(fits, solutions, strict=True))


def minimised(start: Solution, x: Matrix, transposed: Matrix, y: Tensor, loss: Loss, strength: float) -> Solution:
    """The least of the penalised loss for one strength, looked for from ``start``."""
    model = Solution(start.weight.clone(), start.bias.clone())
    scale = 1 / len(y)
    optimizer = torch.optim.LBFGS(
        [model.weight, model.bias],
        max_iter=STEPS,
        history_size=5,
        tolerance_grad=1e-5,
        tolerance_change=1e-9,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        # By hand past the scores: the gradient of the product is the transposed product, found once.
        scores = model(x).requires_grad_()
        with torch.enable_grad():
            total = scale * loss(scores, y)
        (grad,) = torch.autograd.grad(total, scores)
        decay = scale / strength
        model.weight.grad = transposed @ grad + decay * model.weight
        model.bias.grad = grad.sum(0)
        return total.detach() + 0.5 * decay * model.weight.square().sum()

    optimizer.step(closure)
    return model


def naive_bayes(x: Bags, y: Floats, beside: Bags) -> Linear:
    """Multinomial naive Bayes of rows with classes, ``x`` ``[n, size]`` and ``y`` ``[n, k]``, and of rows without,
    ``beside`` ``[m, size]``, by EM (Nigam et al. 2000): each of these counts for every class by how likely it is, and
    all of them together for no more than those with a class (their EM-lambda).

    Scores are log-likelihoods of a row with each class; what is counted are TF-IDF weights (Rennie et al. 2003).
    """
    labelled, others, targets = matrix_of(x), matrix_of(beside), torch.from_numpy(y)
    from_labelled, from_others = labelled.transposed(), others.transposed()
    counted, rows = from_labelled @ targets, targets.sum(0)
    share = min(1.0, float(rows.sum()) / max(1, len(beside)))
    model = likeliest(counted, rows)
    for _ in range(ROUNDS if len(beside) else 0):
        likely = share * F.softmax(model(others), dim=1)
        model = likeliest(counted + from_others @ likely, rows + likely.sum(0))
    return Linear(model.weight.numpy(), model.bias.numpy())


def likeliest(counted: Tensor, rows: Tensor) -> Solution:
    """Naive Bayes where each class has so much of each feature ``[size, k]``, and so many rows ``[k]``."""
    smooth, seen = counted + SMOOTHING, rows.clamp(min=SMOOTHING)
    return Solution((smooth / smooth.sum(0)).log(), (seen / seen.sum()).log())
