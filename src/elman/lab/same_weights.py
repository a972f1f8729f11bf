"""Why the weights are the same at every step: what was learned at one place holds at any other.

Somewhere in a sequence of noise stands one of four marks, and the question is which. A network with weights of its own
for each step has to learn every mark anew at each place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from elman import nn
from elman.drawing.figures import heading
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import size
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS, NOISE = 4, 8  # ids 0 to 3 are marks, the rest is noise
SHORT, LONG, PLACES = 6, 12, 3  # steps in training, in the longest test, and places where training shows a mark
UPDATES, BATCH, TEST = 300, 32, 400
SHARED, SEPARATE, NARROW = "the same weights", "weights per step", "weights per step, as many in all"
HIDDEN = {SHARED: 24, SEPARATE: 24, NARROW: 7}
TESTS = {  # length, and the places of the mark
    "as in training": (SHORT, (0, PLACES)),
    "mark at later places": (SHORT, (PLACES, SHORT)),
    "longer sequences": (LONG, (0, PLACES)),
}


class Shared(torch.nn.Module):
    """A simple RNN on one-hot symbols, and a linear layer on its last state."""

    def __init__(self, hidden: int):
        super().__init__()
        self.rnn = nn.RNN(MARKS + NOISE, hidden)
        nn.init_recurrent_(self.rnn)
        self.readout = torch.nn.Linear(hidden, MARKS)

    def forward(self, symbols: Tensor) -> Tensor:
        """``[B, T]`` -> scores ``[B, marks]``."""
        _, (h,) = self.rnn.unroll(Ragged.from_list(list(one_hot(symbols))))
        return self.readout(h[0])


class Separate(torch.nn.Module):
    """The same with a cell of its own for each of ``LONG`` steps; those past the trained ones stay as they began."""

    def __init__(self, hidden: int):
        super().__init__()
        self.cells = torch.nn.ModuleList(nn.RNNCell(MARKS + NOISE, hidden) for _ in range(LONG))
        for cell in self.cells:
            torch.nn.init.orthogonal_(cell.get_parameter("weight_hh"))
        self.readout = torch.nn.Linear(hidden, MARKS)

    def forward(self, symbols: Tensor) -> Tensor:
        """``[B, T]`` -> scores ``[B, marks]``."""
        h = None
        for x, cell in zip(one_hot(symbols).unbind(1), self.cells, strict=False):
            h = cell(x, h)
        assert h is not None
        return self.readout(h)


def one_hot(symbols: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(symbols, MARKS + NOISE).float()


def measure(seed: int, *, updates: int = UPDATES, test: int = TEST) -> Trial:
    numbers = {}
    for name, hidden in HIDDEN.items():
        network = Shared(hidden) if name == SHARED else Separate(hidden)
        learn(network, updates)
        for what, (length, places) in TESTS.items():
            symbols, marks = batch(test, length, *places)
            with torch.no_grad():
                right = network(symbols).argmax(1) == marks
            numbers[f"{name}: right, {what}"] = percent(right.double().mean().item())
        unused = 0 if name == SHARED else size(network.get_submodule("cells.0")) * (LONG - SHORT)
        numbers[f"{name}: size for {SHORT} steps"] = Number(size(network) - unused, "weights")
    return Trial(numbers)


def learn(network: torch.nn.Module, updates: int) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(updates):
        symbols, marks = batch(BATCH, SHORT, 0, PLACES)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(symbols), marks).backward()
        optimizer.step()


def batch(count: int, length: int, first: int, last: int) -> tuple[Tensor, Tensor]:
    """Noise with a mark from place ``first`` to before ``last``: symbols ``[count, length]``, and which mark it is."""
    symbols, marks = torch.randint(MARKS, MARKS + NOISE, (count, length)), torch.randint(MARKS, (count,))
    symbols[torch.arange(count), torch.randint(first, last, (count,))] = marks
    return symbols, marks


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    def lost(name: str, what: str) -> float:
        return numbers[f"{name}: right, as in training"] - numbers[f"{name}: right, {what}"]

    _, *moved = TESTS
    learned = min(numbers[f"{name}: right, as in training"] for name in HIDDEN) >= 90
    return {
        f"once all have learned it (90 %), the same weights lose less than 10 points on {what}": learned
        and lost(SHARED, what) < 10
        for what in moved
    } | {
        f"once all have learned it (90 %), weights per step lose more than 20 points more on {what}": learned
        and min(lost(SEPARATE, what), lost(NARROW, what)) > lost(SHARED, what) + 20
        for what in moved
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    bars(axes, findings, {name: {what: f"{name}: right, {what}" for what in TESTS} for name in HIDDEN})
    axes.axhline(100 / MARKS, color="gray", linewidth=0.8, linestyle="--")
    axes.set_ylim(0, 125)
    axes.set_yticks(range(0, 101, 20))
    heading(axes, "which mark was it?  guessing: dashed", y="right answers, %", legend="upper right")


EXPERIMENT = Experiment(
    name="same-weights",
    claim="The weights must be the same at every step: with weights per step, what was learned doesn't carry over.",
    setup=(
        f"Which of {MARKS} marks stands somewhere in a sequence of noise? Trained on {SHORT} steps with the mark "
        f"among the first {PLACES}; tested so, with the mark at the other places, and on {LONG} steps. A simple RNN "
        f"of {HIDDEN[SHARED]} units, one with weights per step, and one with weights per step of {HIDDEN[NARROW]} "
        f"units, so that it has about as many in all. {UPDATES} steps of {BATCH} sequences."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption="Right answers on tests like the training, with the mark at other places, and on longer sequences.",
)
