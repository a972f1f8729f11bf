"""Exploding gradients, and two ways to clip them.

By norm (Pascanu, Mikolov & Bengio 2013, section 3.2): g <- g min(1, c / |g|), which keeps the direction. By value
(Mikolov 2012, section 3.2.2): each entry is cut to [-c, c], which turns it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector

from elman import nn
from elman.drawing.figures import COLOURS, heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial
from elman.lab.vanishing import backward, network, per_step
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GAIN, HIDDEN, STEPS = 1.5, 32, 30  # singular values of weight_hh, units, length of the sequences
SMALL = 1e-6  # inputs so small that tanh stays in its linear part
UPDATES, BATCH, LEARNING_RATE, CLIP = 250, 16, 0.05, 1.0
CLIPPING = {"none": "no clipping", "norm": "clipped by norm", "value": "clipped by value"}


def measure(seed: int, *, steps: int = STEPS, hidden: int = HIDDEN, updates: int = UPDATES) -> Trial:
    numbers, arrays = {}, {}
    for name, size in (("small", SMALL), ("full", 1.0)):
        layer = network("tanh", GAIN, hidden)
        with torch.no_grad():
            layer.get_parameter("weight_ih_l0").mul_(size)
        norms, _ = backward(layer, steps)
        numbers[f"factor per step, {name} inputs"] = Number(per_step(norms))
        arrays[f"norms {name}"] = norms
    for kind, words in CLIPPING.items():
        torch.manual_seed(seed)  # the same network and the same batches for each
        losses, angles = train(kind, steps, hidden, updates)
        numbers[f"{words}: loss at the end"] = Number(float(np.mean(losses[-updates // 5 :])), "x variance")
        if kind != "none":
            numbers[f"{words}: gradient turned by"] = Number(float(np.median(angles)) if angles else 0.0, "degrees")
        arrays[f"loss {kind}"] = np.array(losses)
    return Trial(numbers, arrays)


def train(kind: str, steps: int, hidden: int, updates: int) -> tuple[list[float], list[float]]:
    """Learn the mean of a sequence of random numbers by plain gradient descent.

    The loss at each update, where 1 is the target's variance; and by which angle clipping turned the gradient, in
    degrees, wherever it changed it.
    """
    layer, readout = nn.RNN(1, hidden), torch.nn.Linear(hidden, 1)
    with torch.no_grad():
        torch.nn.init.orthogonal_(layer.get_parameter("weight_hh_l0"), GAIN)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
    losses, angles = [], []
    for _ in range(updates):
        x = torch.rand(BATCH, steps, 1) - 0.5
        wanted = x.mean(1) * math.sqrt(12 * steps)  # of variance 1
        _, (h,) = layer.unroll(Ragged.from_list(list(x)))
        loss = (readout(h[0]) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        before = gradient(parameters)
        if kind == "norm":
            clip_grad_norm_(parameters, CLIP)
        elif kind == "value":
            clip_grad_value_(parameters, CLIP)
        after = gradient(parameters)
        if not torch.equal(before, after):
            angles.append(angle(before, after))
        optimizer.step()
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            return losses + [math.inf] * (updates - len(losses)), angles
    return losses, angles


def gradient(parameters: list[torch.nn.Parameter]) -> Tensor:
    """The gradients of all parameters as one vector."""
    return parameters_to_vector([p.grad for p in parameters if p.grad is not None]).double()


def angle(a: Tensor, b: Tensor) -> float:
    """Between two vectors, in degrees; from the difference of their directions, which is exact for small angles."""
    return 2 * math.degrees(math.asin(min(1.0, (a / a.norm() - b / b.norm()).norm().item() / 2)))


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    ends = {kind: numbers[f"{words}: loss at the end"] for kind, words in CLIPPING.items()}
    return {
        f"weights of {GAIN:g} make the gradient grow, inputs small": numbers["factor per step, small inputs"] > 1,
        f"weights of {GAIN:g} make the gradient grow, inputs of size 1": numbers["factor per step, full inputs"] > 1,
        "unclipped training ends no better than a constant answer": not ends["none"] < 1,
        "clipped by norm, it ends better than a constant answer": ends["norm"] < 1,
        "clipping by norm keeps the direction (below 0.1 degrees)": numbers["clipped by norm: gradient turned by"]
        < 0.1,
        "clipping by value turns it (by more than 1 degree)": numbers["clipped by value: gradient turned by"] > 1,
    }


def draw(figure: Figure, findings: Findings) -> None:
    growth, training = figure.subplots(1, 2)
    for name, label in (("small", "small inputs"), ("full", "inputs of size 1")):
        norms = findings.array(f"norms {name}")
        line(growth, np.arange(norms.shape[1]), norms / norms[:, :1], label, marker="")
    growth.set_yscale("log")
    heading(growth, f"singular values of {GAIN:g}", "steps back from the loss", "|dL/dh| (1 at the last step)")
    for (kind, words), colour in zip(CLIPPING.items(), COLOURS[2:], strict=False):
        losses = findings.array(f"loss {kind}")
        for seed, run in enumerate(losses):  # single runs: what diverges has no useful median
            shown = smooth(run)
            training.plot(shown, color=colour, linewidth=1, label=words if seed == 0 else None)
            if not math.isfinite(run[-1]):
                last = int(np.isfinite(shown).sum()) - 1
                training.plot(last, min(shown[last], 20), color=colour, marker="x", markersize=7, clip_on=False)
    training.axhline(1, color=COLOURS[0], linewidth=0.8, linestyle="--")
    training.set_yscale("log")
    training.set_ylim(0.3, 20)
    heading(training, "training: each run; x = not finite", "updates", "loss (1: constant answer)", "upper right")


def smooth(values: np.ndarray, window: int = 10) -> np.ndarray:
    """Running mean over the last ``window`` values."""
    return np.array([values[max(0, i + 1 - window) : i + 1].mean() for i in range(len(values))])


EXPERIMENT = Experiment(
    name="exploding",
    claim="Recurrent weights above one make gradients explode; clipping the gradient makes training possible.",
    setup=(
        f"tanh RNNs of {HIDDEN} units, recurrent weights orthogonal with singular values of {GAIN:g}. First the size "
        f"of dL/dh_t over {STEPS} steps, untrained, for inputs so small that tanh is nearly linear, and for inputs of "
        f"size 1. Then training by plain gradient descent (learning rate {LEARNING_RATE:g}, {UPDATES} updates of "
        f"{BATCH} sequences) to give the mean of {STEPS} random numbers, unclipped, clipped by norm to {CLIP:g}, and "
        f"by value to {CLIP:g}."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: size of the gradient on its way back; it grows only where tanh isn't saturated. Right: each training "
        "run as a line; below the dashed line it has learned something, a cross is where it left the finite numbers."
    ),
)
