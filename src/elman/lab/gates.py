"""How long a dependency each cell learns to bridge: the adding problem.

Two numbers of a long sequence are marked, one in each half; the answer is their sum (Hochreiter & Schmidhuber 1997,
section 5.4). Answering 1 every time errs by the variance of the sum of two uniform numbers, 1/6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from elman import cells, nn
from elman.drawing.figures import COLOURS, heading
from elman.lab.experiment import Experiment, Findings, Number, Trial
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HIDDEN, BATCH, LEARNING_RATE = 24, 20, 5e-3
SHORTEST, LONGEST, GROWTH = 10, 1000, 1.5  # lengths; by which factor they grow once learned
LEARNED, WINDOW = 0.02, 10  # mean squared error over so many updates
BUDGET = 1_200_000  # time steps that each network reads
FARTHER = 2  # a gated cell must get so many times as far
CLASSIC = sorted((cell for cell in map(cells.find, cells.CELLS.ours) if cell.torch), key=lambda cell: len(cell.gates))
"""The cells that PyTorch has too; those with fewer gates first."""
GATED = [cell.title for cell in CLASSIC if cell.gates]
NETWORKS = ("simple", "IRNN", *GATED)


def measure(seed: int, *, budget: int = BUDGET) -> Trial:
    numbers, arrays = {}, {}
    for name in NETWORKS:
        torch.manual_seed(seed)
        course = learn(layer_of(name), budget)
        numbers[f"{name}: longest sequence learned"] = Number(float(course[-1]), "steps")
        arrays[name] = course
    return Trial(numbers, arrays)


def layer_of(name: str) -> nn.Recurrent:
    """The cell with recurrent weights that start orthogonal; an IRNN's (Le, Jaitly & Hinton 2015) as the identity."""
    if name == "IRNN":
        layer = nn.RNN(2, HIDDEN, nonlinearity="relu")
        nn.init_recurrent_(layer)
        torch.nn.init.eye_(layer.get_parameter("weight_hh_l0"))
        return layer
    cell = next(cell for cell in CLASSIC if (cell.title if cell.gates else "simple") == name)
    layer = nn.recurrent_layer(cell.name, 2, HIDDEN)
    nn.init_recurrent_(layer)
    return layer


def learn(layer: nn.Recurrent, budget: int) -> np.ndarray:
    """Train on short sequences, and on longer ones each time they are learned, until the budget is read.

    The longest length learned after each hundredth of the budget ``[101]``, 0 at first.
    """
    readout = torch.nn.Linear(HIDDEN, 1)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    length, learned, read, errors = SHORTEST, 0, 0, []
    course = np.zeros(101)
    while read < budget and learned < LONGEST:
        x, wanted = adding(length)
        _, (h, *_) = layer.unroll(x)
        error = (readout(h[0]).squeeze(1) - wanted).square().mean()
        optimizer.zero_grad()
        error.backward()
        clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        read += length * BATCH
        errors.append(error.item())
        if len(errors) >= WINDOW and np.mean(errors[-WINDOW:]) < LEARNED:
            learned, errors = length, []
            length = min(LONGEST, math.ceil(length * GROWTH))
            course[min(100, math.ceil(100 * read / budget)) :] = learned
    return course


def adding(length: int) -> tuple[Ragged, Tensor]:
    """``BATCH`` sequences of a number and a mark per step, and the sums of the marked numbers."""
    numbers, marks, rows = torch.rand(BATCH, length), torch.zeros(BATCH, length), torch.arange(BATCH)
    marks[rows, torch.randint(length // 2, (BATCH,))] = 1
    marks[rows, torch.randint(length // 2, length, (BATCH,))] = 1
    return Ragged.from_list(list(torch.stack([numbers, marks], 2))), (numbers * marks).sum(1)


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    reached = {name: numbers[f"{name}: longest sequence learned"] for name in NETWORKS}
    return {
        f"the {name} learns sequences at least {FARTHER} times as long as the simple cell": reached[name] > 0
        and reached[name] >= FARTHER * reached["simple"]
        for name in GATED
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    read = np.linspace(0, BUDGET / 1000, 101)
    for name, colour in zip(NETWORKS, COLOURS, strict=False):
        for i, course in enumerate(findings.array(name)):
            shown = np.where(course > 0, course, np.nan)
            axes.step(read, shown, where="post", color=colour, linewidth=1.2, label=None if i else name, alpha=0.8)
            axes.plot(read[-1], shown[-1], "o", color=colour)
    axes.set_yscale("log")
    axes.set_yticks([10, 50, 100, 500, 1000], ["10", "50", "100", "500", "1,000"])
    axes.minorticks_off()
    axes.set_ylim(8, 1200)
    heading(axes, "adding problem: a line is a run", "thousand time steps read", "longest length learned", "upper left")


EXPERIMENT = Experiment(
    name="gates",
    claim="Gates (LSTM, GRU) let a network learn dependencies over spans where a simple one fails.",
    setup=(
        f"Adding problem: the sum of two marked numbers of a sequence. {HIDDEN} units; simple tanh cell, IRNN (relu, "
        f"recurrent weights start as the identity), GRU, LSTM. Lengths start at {SHORTEST} and grow by {GROWTH:g} "
        f"each time a length is learned (mean squared error below {LEARNED:g} over {WINDOW} batches of {BATCH}; "
        f"answering 1 gives {1 / 6:.3f}), up to {LONGEST:,}, until {BUDGET:,} time steps were read. Adam, learning "
        f"rate {LEARNING_RATE:g}, gradient norm clipped to 1."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "How the length that a network has learned grows with what it has read; every line is one run, dots are "
        "where it ended. All read equally many time steps, so that longer sequences mean fewer of them."
    ),
    seeds=3,
)
