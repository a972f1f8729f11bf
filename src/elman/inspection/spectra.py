"""What the recurrent weights and the Jacobians stretch and shrink: singular values, which say what gradients can do.

A gradient that goes k steps back is multiplied by a product of k Jacobians. Its largest singular value bounds what is
left of any gradient; where the others fall far below it, the state keeps only few directions. (Pascanu, Mikolov &
Bengio 2013; Saxe, McClelland & Ganguli 2014.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from elman.drawing.figures import heading, logarithmic
from elman.inspection.slopes import jacobian, slopes
from elman.inspection.trace import LayerRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_STEPS, WORK = 32, 2e10
"""Steps that are multiplied, at most, and multiplications in all: a large state allows fewer, a very large one none."""


@dataclass(frozen=True)
class Spectrum:
    """Of one layer in one direction.

    weights: by the names of its blocks of rows the singular values of weight_hh, largest first; {} without one
    steps, largest, median: singular values of the product of so many Jacobians, back from the end of a real sequence
    """

    layer: str
    weights: dict[str, list[float]]
    steps: list[int]
    largest: list[float]
    median: list[float]


def spectrum(run: LayerRun) -> Spectrum:
    """Of the first sequence of a run."""
    rows = run.spec.rows
    parts = () if run.weight_hh is None else run.weight_hh.chunk(len(rows))
    weights = {own.name: torch.linalg.svdvals(part).tolist() for own, part in zip(rows, parts, strict=False)}
    size = run.before.h.shape[1] * len(run.spec.states)
    affordable = int(WORK / (2 * size**3))
    length = int(run.lengths[0])
    local = slopes(first_sequence(run))
    steps, largest, median = [], [], []
    product = torch.eye(size, dtype=torch.float64)
    order = range(length) if run.reverse else range(length - 1, -1, -1)  # back from where the reading ends
    for k, step in enumerate(list(order)[: min(MOST_STEPS, affordable)], start=1):
        product = product @ jacobian(run, local, step).double()
        if k & (k - 1) == 0 or k == min(MOST_STEPS, affordable, length):
            values = torch.linalg.svdvals(product)
            steps.append(k)
            largest.append(float(values[0]))
            median.append(float(values[len(values) // 2]))
    return Spectrum(run.name, weights, steps, largest, median)


def first_sequence(run: LayerRun) -> LayerRun:
    """The run of the first sequence alone."""
    import dataclasses

    rows = slice(0, int(run.lengths[0]))
    return dataclasses.replace(
        run,
        lengths=run.lengths[:1],
        gates=run.gates[rows],
        product=None if run.product is None else run.product[rows],
        before=run.before.of(rows),
        after=run.after.of(rows),
        record=None,
    )


CAPTION = (
    "Left: how much the recurrent weights stretch, direction by direction; 1 keeps lengths. Right: how much a change "
    "of the state is stretched over several steps of a real sequence, on logarithmic axes: the most (line), and the "
    "median over directions (dashed). A line that falls is a gradient that vanishes, one that rises explodes; where "
    "the dashed line falls and the other doesn't, only few directions are remembered."
)


def draw(figure: Figure, found: Sequence[Spectrum]) -> None:
    figure.set_size_inches(7.2, 3.0)
    left, right = figure.subplots(1, 2)
    for one in found[:3]:
        for name, values in one.weights.items():
            left.plot(
                np.linspace(0, 1, len(values)),
                values,
                label=name if one is found[0] else None,
                color=f"C{list(one.weights).index(name)}",
                linewidth=1,
            )
    left.axhline(1, color="C3", linewidth=0.8, linestyle="--")
    heading(left, "weight_hh", "share of directions", "singular value")
    tiny = 1e-12
    for i, one in enumerate(found[:6]):
        right.plot(one.steps, np.maximum(one.largest, tiny), color=f"C{i}", label=one.layer)
        right.plot(one.steps, np.maximum(one.median, tiny), color=f"C{i}", linestyle="--", linewidth=1)
    right.axhline(1, color="C3", linewidth=0.8, linestyle="--")
    if any(one.steps for one in found):
        right.set_xscale("log", base=2)
        logarithmic(right)
    heading(right, "product of Jacobians", "steps", "singular value")
