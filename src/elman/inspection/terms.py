"""The gradient of the recurrent weights as a sum of one term per time step.

    dL/dW_hh = sum over t of dL/dp_t h_(t-1)^T,    p_t = W_hh h_(t-1) + b_hh

The weights are used at every step, and each use adds a term (Werbos 1990). How large each is says which steps the
weights learn from; that they add up to what autograd gives is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from elman.drawing.figures import heading, logarithmic, words_along
from elman.inspection.slopes import grad_product, slopes
from elman.inspection.trace import LayerRun
from elman.inspection.words import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "How much each step adds to dL/dW_hh, on a logarithmic axis. Weights learn from the steps whose terms are "
    "large; where the line falls away from the loss, early steps teach nothing."
)


@dataclass(frozen=True)
class Terms:
    """Of one layer in one direction, over the steps of one sequence.

    norms: the size of each step's term;  whole: the size of their sum
    error: the largest difference between their sum and the gradient, in units of its largest entry
    """

    layer: str
    norms: list[float]
    whole: float
    error: float


def products_of_steps(run: LayerRun) -> Tensor:
    """dL/dp ``[N, G*H]``, from the gradients that the engine's backward pass recorded."""
    assert run.record is not None and run.record.grad_h is not None, "the backward pass has to be over"
    return grad_product(slopes(run), run.record.grad_h, run.record.grad_c)


def terms(run: LayerRun, grad_weight: Tensor, row: int = 0) -> Terms:
    """The terms of one sequence of the batch, and their sum over all of it held against ``grad_weight``."""
    delta = products_of_steps(run)
    whole = delta.T @ run.before.h
    error = (whole - grad_weight).abs().max() / grad_weight.abs().max().clamp(min=torch.finfo(whole.dtype).tiny)
    ends = [0, *np.cumsum(run.lengths.tolist())]
    own = slice(ends[row], ends[row + 1])
    sizes = delta[own].norm(dim=1) * run.before.h[own].norm(dim=1)  # |a b^T| = |a| |b|
    return Terms(run.name, sizes.tolist(), float((delta[own].T @ run.before.h[own]).norm()), float(error))


def draw(figure: Figure, found: Sequence[Terms], read: Sequence[str]) -> None:
    """``read``: what stands at each step."""
    axes = figure.add_subplot()
    for each in found[:6]:
        axes.plot(
            np.where(np.array(each.norms) > 0, each.norms, np.nan),
            marker="" if len(each.norms) > 60 else "o",
            label=each.layer,
        )
    logarithmic(axes)
    heading(axes, "", "step", "size of the step's term")
    if len({len(each.norms) for each in found}) == 1 and len(read) == len(found[0].norms):
        words_along(axes, [short(word, 10) for word in read])
