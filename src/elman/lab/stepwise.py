"""The state is all that a network keeps of what it read, so a stream can be read a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from elman import cells, nn
from elman.drawing.figures import heading, line
from elman.errors import ShapeError
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, INPUTS, HIDDEN, LAYERS, CHUNK = 63, 8, 32, 2, 10
CELLS = tuple(cells.CELLS.ours)
SAME = 1e-5  # what rounding explains, of values below 1
SOON = 5  # steps before the cut that count as near it


@torch.no_grad()
def measure(seed: int) -> Trial:
    numbers, arrays = {}, {}
    x = torch.randn(STEPS, INPUTS)
    for cell in CELLS:
        layer = nn.recurrent_layer(cell, INPUTS, HIDDEN, LAYERS)
        whole = layer.unroll(Ragged.from_list([x]))[0].values
        numbers[f"{cell}: largest difference, step by step"] = Number(largest(by_steps(layer, x) - whole))
        numbers[f"{cell}: largest difference, {CHUNK} steps at a time"] = Number(largest(by_chunks(layer, x) - whole))
    layer = nn.LSTM(INPUTS, HIDDEN, bidirectional=True)
    numbers["bidirectional: refuses a single step"] = Number(float(refuses(layer, x)), "1 = yes")
    whole, begun = (layer.unroll(Ragged.from_list([part]))[0].values for part in (x, x[: STEPS // 2]))
    change = (begun - whole[: STEPS // 2]).norm(dim=1) / whole[: STEPS // 2].norm(dim=1)
    numbers[f"bidirectional: last {SOON} answers change when more is read"] = percent(change[-SOON:].mean().item())
    arrays["change"] = 100 * change.flip(0).numpy()
    return Trial(numbers, arrays)


def by_steps(layer: nn.Recurrent, x: Tensor) -> Tensor:
    """A stream: one step in, one step out, and the state carried along."""
    state, outputs = layer.initial_state(1), []
    for step in x:
        output, state = layer.step(step.unsqueeze(0), state)
        outputs.append(output)
    return torch.cat(outputs)


def by_chunks(layer: nn.Recurrent, x: Tensor) -> Tensor:
    """A few steps at a time."""
    state, outputs = None, []
    for chunk in x.split(CHUNK):
        output, state = layer.unroll(Ragged.from_list([chunk]), state)
        outputs.append(output.values)
    return torch.cat(outputs)


def refuses(layer: nn.Recurrent, x: Tensor) -> bool:
    try:
        layer.step(x[:1], layer.initial_state(1))
    except ShapeError:
        return True
    return False


def largest(difference: Tensor) -> float:
    return difference.abs().max().item()


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    parts = {
        f"{cell}: reading step by step gives what the whole sequence gives (within {SAME:g})": max(
            numbers[f"{cell}: largest difference, step by step"],
            numbers[f"{cell}: largest difference, {CHUNK} steps at a time"],
        )
        < SAME
        for cell in CELLS
    }
    changed = numbers[f"bidirectional: last {SOON} answers change when more is read"]
    parts["a bidirectional network can't: answers change by more than 1 % when more is read"] = changed > 1
    return parts


def draw(figure: Figure, findings: Findings) -> None:
    same, changes = figure.subplots(1, 2)
    kinds = {"step by step": "o", f"{CHUNK} steps at a time": "x"}
    for kind, marker in kinds.items():
        values = [findings.numbers[f"{cell}: largest difference, {kind}"].by_seed for cell in CELLS]
        same.plot(range(len(CELLS)), np.maximum(values, 1e-9), marker, color=f"C{list(kinds).index(kind)}")
        same.plot([], [], marker, color=f"C{list(kinds).index(kind)}", label=kind)
    same.axhline(SAME, color="gray", linewidth=0.8, linestyle="--")
    same.set_xticks(range(len(CELLS)), [cells.find(cell).title for cell in CELLS])
    same.set_yscale("log")
    same.set_ylim(5e-10, 1e-3)
    heading(same, "one direction", y="largest difference to the whole")
    change = findings.array("change")
    line(changes, np.arange(1, change.shape[1] + 1), change, "", marker="")
    changes.set_yscale("log")
    heading(changes, "both directions", "steps before the cut", "change of the answer, %", legend=False)


EXPERIMENT = Experiment(
    name="stepwise",
    claim="Reading step by step with carried state gives what reading the whole gives, but in one direction only.",
    setup=(
        f"Untrained {LAYERS}-layer networks of {HIDDEN} units read {STEPS} random steps: at once, step by step, and "
        f"{CHUNK} at a time, in float32. A bidirectional LSTM is given the first half, then all of it."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: largest difference of any output to that of the whole sequence, a dot per seed; below the dashed line "
        "it is rounding, at the bottom there is none. Right: how much a bidirectional network's answers to the first "
        "half change once it has read the second, by distance from the cut."
    ),
)
