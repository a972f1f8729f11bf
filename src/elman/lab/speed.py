"""Steps that wait for each other: what they cost, what fused kernels change, and a convolution beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from elman import nn
from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial
from elman.lab.timing import best_times
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LENGTHS = (32, 128, 512)
BATCH, HIDDEN, REPEATS = 8, 64, 3
CELLS, TORCH, ELMAN, CONVOLUTION = "a cell per step", "torch.nn.LSTM", "elman.nn.LSTM", "convolutions"
NAMES = (CELLS, TORCH, ELMAN, CONVOLUTION)


class Convolutions(torch.nn.Module):
    """Causal convolutions of two taps whose spacing doubles, so that the last step sees ``reach`` steps back.

    van den Oord et al. (2016), "WaveNet"; ``[B, H, T] -> [B, H, T]``.
    """

    def __init__(self, reach: int, hidden: int):
        super().__init__()
        depth = max(1, (reach - 1).bit_length())
        self.layers = torch.nn.ModuleList(torch.nn.Conv1d(hidden, hidden, 2, dilation=2**k) for k in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for k, layer in enumerate(self.layers):
            x = torch.relu(layer(torch.nn.functional.pad(x, (2**k, 0))))
        return x


def measure(seed: int, *, hidden: int = HIDDEN, repeats: int = REPEATS) -> Trial:
    numbers, arrays = {}, {name: np.zeros(len(LENGTHS)) for name in NAMES}
    for i, length in enumerate(LENGTHS):
        for name, milliseconds in best_times(readers_of(length, hidden), repeats).items():
            arrays[name][i] = milliseconds
            numbers[f"{name}, {length} steps"] = Number(milliseconds, "CPU ms")
    for name in NAMES:
        longest, shortest = arrays[name][-1], arrays[name][0]
        numbers[f"{name}: time for {LENGTHS[-1] // LENGTHS[0]} times the steps"] = Number(longest / shortest, "times")
    return Trial(numbers, arrays)


def readers_of(length: int, hidden: int) -> dict[str, Callable[[], Tensor]]:
    """Four ways to read the same sequences, each from its inputs to all its outputs."""
    x = torch.randn(BATCH, length, hidden)
    cell, torchs, ours = nn.LSTMCell(hidden, hidden), torch.nn.LSTM(hidden, hidden), nn.LSTM(hidden, hidden)
    convolutions = Convolutions(length, hidden)
    by_step, channels, ragged = (
        x.transpose(0, 1).contiguous(),
        x.transpose(1, 2).contiguous(),
        Ragged.from_list(list(x)),
    )

    def cells() -> Tensor:
        state, outputs = None, []
        for step in by_step:
            state = cell(step, state)
            outputs.append(state[0])
        return torch.stack(outputs)

    return {
        CELLS: cells,
        TORCH: lambda: torchs(by_step)[0],
        ELMAN: lambda: ours.unroll(ragged)[0].values,
        CONVOLUTION: lambda: convolutions(channels),
    }


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    last = f"{LENGTHS[-1]} steps"
    times = {name: numbers[f"{name}, {last}"] for name in NAMES}
    return {
        f"a fused layer takes less than half the time of a cell per step, at {last}": 2 * times[ELMAN] < times[CELLS],
        f"Elman's layer takes no more time than torch's, at {last}": times[ELMAN] <= times[TORCH],
        f"convolutions of the same reach take less time than a cell per step, at {last}": times[CONVOLUTION]
        < times[CELLS],
        f"and less time than the fused layer, at {last}": times[CONVOLUTION] < times[ELMAN],
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    for name in NAMES:
        line(axes, LENGTHS, findings.array(name), name)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(LENGTHS, list(map(str, LENGTHS)))
    heading(axes, f"{BATCH} sequences, {HIDDEN} units, one forward and backward pass", "steps", "CPU ms")


EXPERIMENT = Experiment(
    name="speed",
    claim="Steps that wait for each other make recurrence slow; fused kernels help, and a convolution avoids it.",
    setup=(
        f"{BATCH} sequences of {', '.join(map(str, LENGTHS))} steps, {HIDDEN} features in and out, forward and "
        "backward pass in float32: an LSTM cell called at each step from Python, torch.nn.LSTM, elman.nn.LSTM, and "
        "causal convolutions of two taps whose spacing doubles until the last step sees the first. Processor time, "
        f"best of {REPEATS} passes that take turns. A convolution's work also grows with its reach: a layer for each "
        "doubling."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Processor time by length, both axes logarithmic; a band is the spread over seeds. "
        "Times belong to the machine that measured."
    ),
)
