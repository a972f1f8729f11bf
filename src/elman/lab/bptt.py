"""Backpropagation through time, written out for three steps as on paper.

    h_t = tanh(a_t),  a_t = U x_t + W h_(t-1) + b,  L = 1/2 |h_3 - y|^2

    delta_3 = dL/da_3 = (h_3 - y) (1 - h_3^2)
    delta_2 = dL/da_2 = (W^T delta_3) (1 - h_2^2)
    delta_1 = dL/da_1 = (W^T delta_2) (1 - h_1^2)

    dL/dW = delta_1 h_0^T + delta_2 h_1^T + delta_3 h_2^T         one term per step, since W is used at each

Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from elman import nn
from elman.lab.experiment import Experiment, Findings, Number, Trial
from elman.ops import record_gradients
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, INPUTS, HIDDEN = 3, 2, 4
EXACT, NUMERIC = 1e-12, 1e-7  # errors that rounding explains: of one formula against another, of finite differences


class Paper(NamedTuple):
    """What the chain rule gives: the terms of dL/dW ``[3, H, H]``, and dL/dh_t ``[3, H]``."""

    terms: Tensor
    grad_h: Tensor


class Example(NamedTuple):
    """Three inputs ``[3, I]``, the state before them ``[H]``, the wanted state after them ``[H]``, and the weights."""

    x: Tensor
    h0: Tensor
    y: Tensor
    u: Tensor
    w: Tensor
    b: Tensor


def measure(seed: int) -> Trial:
    example = Example(
        *(
            torch.randn(shape, dtype=torch.float64)
            for shape in [
                (STEPS, INPUTS),
                (HIDDEN,),
                (HIDDEN,),
                (HIDDEN, INPUTS),
                (HIDDEN, HIDDEN),
                (HIDDEN,),
            ]
        )
    )
    paper, (engine_w, engine_h) = on_paper(example), by_engine(example)
    whole = paper.terms.sum(0)
    numbers = {
        f"size of step {t + 1}'s term |delta_{t + 1} h_{t}^T|": Number(paper.terms[t].norm().item())
        for t in range(STEPS)
    }
    numbers |= {
        "size of their sum |dL/dW|": Number(whole.norm().item()),
        "error against the layer's gradient": Number(error(whole, engine_w)),
        "error of dL/dh_t against the layer's record": Number(error(paper.grad_h, engine_h)),
        "error of single terms against copies of W": Number(error(paper.terms, by_copies(example))),
        "error against finite differences": Number(error(whole, by_differences(example))),
    }
    return Trial(numbers, {"terms": paper.terms.numpy(), "engine": engine_w.numpy()})


def error(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference, in units of the largest entry."""
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


# -- four ways to the same gradient -------------------------------------------------------------------


def on_paper(e: Example) -> Paper:
    """The chain rule, line by line."""
    h1 = torch.tanh(e.u @ e.x[0] + e.w @ e.h0 + e.b)
    h2 = torch.tanh(e.u @ e.x[1] + e.w @ h1 + e.b)
    h3 = torch.tanh(e.u @ e.x[2] + e.w @ h2 + e.b)

    grad_h3 = h3 - e.y
    delta3 = grad_h3 * (1 - h3**2)
    grad_h2 = e.w.T @ delta3
    delta2 = grad_h2 * (1 - h2**2)
    grad_h1 = e.w.T @ delta2
    delta1 = grad_h1 * (1 - h1**2)

    terms = [torch.outer(delta1, e.h0), torch.outer(delta2, h1), torch.outer(delta3, h2)]
    return Paper(torch.stack(terms), torch.stack([grad_h1, grad_h2, grad_h3]))


def by_engine(e: Example) -> tuple[Tensor, Tensor]:
    """dL/dW and dL/dh_t from ``elman.nn.RNN`` and its own backward pass."""
    layer = nn.RNN(INPUTS, HIDDEN, dtype=torch.float64)
    layer.load_state_dict({"weight_ih_l0": e.u, "weight_hh_l0": e.w, "bias_ih_l0": e.b, "bias_hh_l0": 0 * e.b})
    with record_gradients() as records:
        _, (h3,) = layer.unroll(Ragged.from_list([e.x]), (e.h0.view(1, 1, HIDDEN),))
    loss_of(h3.flatten(), e.y).backward()
    grad_w, grad_h = layer.get_parameter("weight_hh_l0").grad, records[0].grad_h
    assert grad_w is not None and grad_h is not None
    return grad_w, grad_h


def by_copies(e: Example) -> Tensor:
    """Give every step a W of its own; autograd's gradient of that copy is the step's term."""
    copies = [e.w.clone().requires_grad_() for _ in range(STEPS)]
    return torch.stack(torch.autograd.grad(loss_of(run(e, copies), e.y), copies))


def by_differences(e: Example, step: float = 1e-6) -> Tensor:
    """Change one entry of W after the other a little, up and down."""

    def loss(w: Tensor) -> Tensor:
        return loss_of(run(e, [w] * STEPS), e.y)

    return central_differences(loss, e.w, step)


def run(e: Example, weights: list[Tensor]) -> Tensor:
    """h_3, with ``weights[t]`` as the recurrent matrix of step t."""
    h = e.h0
    for x, w in zip(e.x, weights, strict=True):
        h = torch.tanh(e.u @ x + w @ h + e.b)
    return h


def loss_of(h3: Tensor, y: Tensor) -> Tensor:
    return 0.5 * (h3 - y).square().sum()


def central_differences(function: Callable[[Tensor], Tensor], at: Tensor, step: float) -> Tensor:
    """The gradient of a scalar function, from two values per entry."""
    slopes = torch.empty_like(at)
    for i in range(at.numel()):
        change = torch.zeros_like(at)
        change.view(-1)[i] = step
        slopes.view(-1)[i] = (function(at + change) - function(at - change)) / (2 * step)
    return slopes


# -- what it says -------------------------------------------------------------------------------------


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    return {
        f"the terms add up to the layer's gradient (error below {EXACT:g})": numbers[
            "error against the layer's gradient"
        ]
        < EXACT,
        f"dL/dh_t on paper is what the layer passes back (error below {EXACT:g})": numbers[
            "error of dL/dh_t against the layer's record"
        ]
        < EXACT,
        f"each term is the gradient of that step's copy of W (error below {EXACT:g})": numbers[
            "error of single terms against copies of W"
        ]
        < EXACT,
        f"finite differences agree (error below {NUMERIC:g})": numbers["error against finite differences"] < NUMERIC,
    }


def draw(figure: Figure, findings: Findings) -> None:
    terms, engine = findings.array("terms")[0], findings.array("engine")[0]
    titles = [
        "step 1: $\\delta_1 h_0^T$",
        "step 2: $\\delta_2 h_1^T$",
        "step 3: $\\delta_3 h_2^T$",
        "their sum",
        "the layer: dL/dW",
    ]
    matrices = [*terms, terms.sum(0), engine]
    reach = max(abs(matrix).max() for matrix in matrices)
    figure.set_size_inches(7.2, 2.1)
    panels, images = figure.subplots(1, len(matrices)), []
    for axes, title, matrix, sign in zip(panels, titles, matrices, ["", "+", "+", "=", "≡"], strict=True):
        images.append(axes.pcolormesh(matrix[::-1], cmap="RdBu", vmin=-reach, vmax=reach))
        axes.set_aspect("equal")
        axes.set_title(title, fontsize=8, loc="center")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(visible=False)
        axes.text(-0.12, 0.5, sign, transform=axes.transAxes, ha="center", va="center", fontsize=12)
    figure.colorbar(images[-1], ax=panels, shrink=0.7, label="dL/dW entry")


EXPERIMENT = Experiment(
    name="bptt",
    claim="The gradient of a recurrent weight is a sum of one term per time step, by the chain rule.",
    setup=(
        f"A simple RNN of {HIDDEN} units reads {STEPS} random inputs; random weights, state and target; float64. "
        "dL/dW is computed in four ways: the chain rule written out, the layer's own backward pass, autograd with a "
        "copy of W for each step, and finite differences. Errors are the largest difference over the largest entry."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "One random network. The three terms on the left, one per step, add up to the gradient that the layer computes "
        "(right). Columns are the units of the state before the step, rows those after it; the colour scale is shared."
    ),
)
