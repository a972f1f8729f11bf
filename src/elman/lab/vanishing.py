"""How fast the gradient shrinks on its way back, from what it is multiplied by at each step.

    dL/dh_(t-1) = W^T (f'(a_t) dL/dh_t)

A step can't stretch it by more than the largest singular value of W times the largest slope of f, which is 1/4 for
the sigmoid and 1 for tanh and relu (Pascanu, Mikolov & Bengio 2013, section 2.1; Hochreiter 1991). How far it does
shrink can be told beforehand too: W with all singular values g stretches everything by g, and a gradient that has no
preferred units loses the root mean square of the slopes, so that

    |dL/dh_(t-1)| / |dL/dh_t|  is about  g sqrt(mean f'(a_t)^2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from elman import nn
from elman.drawing.figures import COLOURS, heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial
from elman.ops import record_gradients
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, HIDDEN, SEQUENCES = 50, 64, 16
GAINS = (0.5, 0.75, 1.0, 1.25, 1.5)
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}  # the largest slope of each activation
CLOSE = 0.1  # predicted and measured factor differ by less than this share


def measure(seed: int, *, steps: int = STEPS, hidden: int = HIDDEN) -> Trial:
    numbers, arrays = {}, {}
    for activation, steepest in STEEPEST.items():
        measured, predicted = [], []
        for gain in GAINS:
            layer = network(activation, gain, hidden)
            norms, slopes = backward(layer, steps)
            measured.append(per_step(norms))
            predicted.append(gain * slopes)
            if gain == 1:
                arrays[f"norms {activation}"] = norms
                numbers |= {
                    f"{activation}: factor per step": Number(measured[-1]),
                    f"{activation}: predicted from the slopes": Number(predicted[-1]),
                    f"{activation}: bound": Number(steepest),
                    f"{activation}: largest factor of any step": Number(float((norms[1:] / norms[:-1]).max())),
                    f"{activation}: left after {steps - 1} steps": Number(norms[-1] / norms[0]),
                }
        arrays[f"measured {activation}"] = np.array(measured)
        arrays[f"predicted {activation}"] = np.array(predicted)
    return Trial(numbers, arrays)


def network(activation: str, gain: float, hidden: int) -> nn.RNN:
    """A simple RNN whose recurrent weights have all singular values ``gain``; no biases."""
    layer = nn.RNN(hidden, hidden, nonlinearity=activation, bias=False, dtype=torch.float64)
    with torch.no_grad():
        torch.nn.init.orthogonal_(layer.get_parameter("weight_hh_l0"), gain)
        layer.get_parameter("weight_ih_l0").copy_(torch.eye(hidden))
    return layer


def backward(layer: nn.RNN, steps: int) -> tuple[np.ndarray, float]:
    """The norms of dL/dh_t, last step first ``[T]``, and the root mean square slope of the activation.

    Inputs are noise, and so is the gradient that arrives at the last step. Norms are geometric means over sequences.
    """
    x = Ragged.from_list(list(torch.randn(SEQUENCES, steps, layer.input_size, dtype=torch.float64)))
    with record_gradients() as records:
        outputs, (h,) = layer.unroll(x)
    torch.autograd.backward(h, torch.randn_like(h))
    grad_h = records[0].grad_h
    assert grad_h is not None
    norms = grad_h.view(SEQUENCES, steps, -1).norm(dim=2).log().mean(0).exp().flip(0)
    passed = slope(layer.nonlinearity, outputs.values.detach()).view(SEQUENCES, steps, -1)[:, 1:]
    return norms.numpy(), passed.square().mean(2).sqrt().log().mean().exp().item()


def slope(activation: str, h: Tensor) -> Tensor:
    """f'(a), from h = f(a)."""
    return {"sigmoid": lambda: h * (1 - h), "tanh": lambda: 1 - h**2, "relu": lambda: (h > 0).to(h.dtype)}[activation]()


def per_step(norms: np.ndarray) -> float:
    """The factor by which a step changes the norm, as the geometric mean over all steps."""
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    parts = {}
    for activation, steepest in STEEPEST.items():
        measured = numbers[f"{activation}: factor per step"]
        predicted = numbers[f"{activation}: predicted from the slopes"]
        parts[f"{activation}: it shrinks, and no step stretches it by more than {steepest:g}"] = (
            measured < 1 and numbers[f"{activation}: largest factor of any step"] <= numbers[f"{activation}: bound"]
        )
        parts[f"{activation}: the predicted factor is right within {CLOSE:.0%}"] = abs(measured / predicted - 1) < CLOSE
    return parts


def draw(figure: Figure, findings: Findings) -> None:
    by_distance, by_gain = figure.subplots(1, 2)
    for activation in STEEPEST:
        norms = findings.array(f"norms {activation}")
        line(by_distance, np.arange(norms.shape[1]), norms / norms[:, :1], activation, marker="")
    by_distance.set_yscale("log")
    heading(by_distance, "singular values of 1", "steps back from the loss", "|dL/dh| (1 at the last step)")
    for activation, colour in zip(STEEPEST, COLOURS, strict=False):
        measured, predicted = (findings.array(f"{kind} {activation}") for kind in ("measured", "predicted"))
        line(by_gain, GAINS, measured, activation, color=colour)
        by_gain.plot(GAINS, np.median(predicted, 0), color=colour, linestyle="none", marker="x", markersize=7)
    by_gain.axhline(1, color=COLOURS[3], linewidth=0.8, linestyle="--")
    heading(
        by_gain, "lines measured, crosses predicted", "singular values of weight_hh", "factor per step", legend=False
    )


EXPERIMENT = Experiment(
    name="vanishing",
    claim=(
        "Gradients vanish: each step back multiplies them by the recurrent weights and the slope of the activation, "
        "at most 1/4 for a sigmoid."
    ),
    setup=(
        f"Untrained simple RNNs of {HIDDEN} units read {SEQUENCES} sequences of {STEPS} random inputs; recurrent "
        "weights orthogonal, so that all their singular values are equal. A random gradient enters at the last step; "
        "dL/dh_t comes from the layer's own backward pass (elman.ops.record_gradients). Numbers are for singular "
        "values of 1."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: what is left of the gradient, on a logarithmic axis, so that a straight line is the same loss at each "
        "step. Right: the factor per step for larger and smaller recurrent weights; below the dashed line it vanishes, "
        "above it explodes."
    ),
)
