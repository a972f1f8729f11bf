"""What the cells do with their states: gates that open and shut, and units that one can name.

A gate that always stands open or shut has stopped choosing. Karpathy, Johnson & Fei-Fei (2015), "Visualizing and
understanding recurrent networks", call it left- and right-saturated below 0.1 and above 0.9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from elman.diagnosis.units import STEADY
from elman.drawing.figures import heading, heat, words_along
from elman.inspection.trace import LayerRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHUT, OPEN = 0.1, 0.9
UNITS, STEPS = 40, 60  # in a picture, at most


@dataclass(frozen=True)
class Gate:
    """A gate of one layer in one direction over all steps and units: shares shut and open, and their mean per step of
    the first sequence."""

    layer: str
    gate: str
    shut: float
    open: float
    mean: float
    by_step: list[float]


def gates(runs: Sequence[LayerRun]) -> list[Gate]:
    """Every gate of every layer."""
    found = []
    for run in runs:
        first = slice(0, int(run.lengths[0]))
        for name, values in run.open().items():
            found.append(
                Gate(
                    run.name,
                    name,
                    float((values < SHUT).float().mean()),
                    float((values > OPEN).float().mean()),
                    float(values.mean()),
                    values[first].mean(1).tolist(),
                )
            )
    return found


def caption(runs: Sequence[LayerRun]) -> str:
    """What the picture of their gates shows, and which of them keeps the past."""
    keeping = dict.fromkeys(run.spec.keeps for run in runs if run.spec.keeps is not None)
    said = [
        f" A {gate.name} gate near {'1' if gate.keeps == 'open' else '0'} keeps the past; where it "
        f"{'falls' if gate.keeps == 'open' else 'rises'}, the past is dropped."
        for gate in keeping
    ]
    return "The mean over all units of each gate, step by step: 1 lets everything pass, 0 nothing." + "".join(said)


def draw_gates(figure: Figure, found: Sequence[Gate], words: Sequence[str]) -> None:
    layers = list(dict.fromkeys(gate.layer for gate in found))
    figure.set_size_inches(7.2, 0.6 + 1.5 * len(layers))
    for axes, layer in zip(np.atleast_1d(figure.subplots(len(layers), 1, sharex=True)), layers, strict=True):
        for gate in found:
            if gate.layer == layer:
                axes.plot(gate.by_step, marker="" if len(gate.by_step) > 40 else "o", label=gate.gate)
        axes.set_ylim(0, 1)
        heading(axes, layer, y="open", legend=False)
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0)
        words_along(axes, words)


# -- units ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class States:
    """The hidden state of one layer over one sequence: ``values[unit][step]`` of the units that move most, of ``of``;
    dead ones never move."""

    layer: str
    units: list[int]
    values: list[list[float]]
    of: int
    dead: int


def states(run: LayerRun) -> States:
    """Of the first sequence of a run."""
    own = run.after.h[: int(run.lengths[0])]
    moving = own.std(0, correction=0) if len(own) else own.new_zeros(own.shape[1])
    all_moving = run.after.h.std(0, correction=0) if len(run.after.h) else moving
    units = sorted(moving.argsort(descending=True)[:UNITS].tolist())
    return States(run.name, units, own[-STEPS:, units].T.tolist(), own.shape[1], int((all_moving < STEADY).sum()))


STATES_CAPTION = (
    "Each row is a unit of the hidden state, each column a step. Blue is above zero, orange below, the stronger the "
    "larger. A row that takes a colour and keeps it over many steps remembers; one that changes at each step describes "
    "the present; one that is the same in every sequence is of no use."
)


def draw_states(figure: Figure, found: States, words: Sequence[str]) -> None:
    values = np.array(found.values)
    figure.set_size_inches(7.2, 1.0 + 0.085 * max(12, len(values)))
    axes = figure.add_subplot()
    heat(axes, values)
    which = f", the last {STEPS} of {len(words)} steps" if len(words) > STEPS else ""
    heading(axes, f"{found.layer}: {len(values)} of {found.of} units{which}", y="unit", legend=False)
    axes.set_yticks(range(0, len(found.units), 5), [str(unit) for unit in found.units[::5]])
    words_along(axes, words[-STEPS:])


@dataclass(frozen=True)
class Follower:
    """A unit whose state goes with something that has a name: Pearson's r on steps that it wasn't chosen by."""

    what: str
    layer: str
    unit: int
    r: float


Feature = Callable[[list[str]], list[float]]
PLACE = "steps since the beginning"
FEATURES: dict[str, Feature] = {
    PLACE: lambda words: [float(t) for t in range(len(words))],
    "inside quotes": lambda words: inside(words, '"', '"'),
    "inside brackets": lambda words: inside(words, "(", ")"),
    "a capital letter": lambda words: [float(word[:1].isupper()) for word in words],
    "a digit": lambda words: [float(any(c.isdigit() for c in word)) for word in words],
    "punctuation": lambda words: [float(not any(c.isalnum() for c in word)) for word in words],
    "just after punctuation": lambda words: [0.0, *(float(not any(c.isalnum() for c in w)) for w in words[:-1])],
    "the length of the word": lambda words: [float(len(word)) for word in words],
}
FOLLOWS = 0.5  # |r| at least, to be worth telling


def inside(words: list[str], begin: str, end: str) -> list[float]:
    """1 between ``begin`` and ``end``, which may be the same sign."""
    open_, found = False, []
    for word in words:
        if open_ and end in word:
            open_ = False
        elif begin in word:
            open_ = True
        found.append(float(open_))
    return found


def followers(
    runs: Sequence[LayerRun], words: Sequence[list[str]], named: Sequence[list[str]] = (), *, texts: bool = True
) -> list[Follower]:
    """For each feature the unit that goes with it best: found on one half of the sequences, measured on the other.

    words: what stands at each step of each sequence;  named: what is right to answer there, where steps have answers
    texts: words are those of a text, and not mere names of steps, of which only their place means something
    """
    candidates = FEATURES if texts else {PLACE: FEATURES[PLACE]}
    features = {name: [feature(steps) for steps in words] for name, feature in candidates.items()}
    for name in sorted({tag for row in named for tag in row})[:30]:
        features[f"the answer is {name}"] = [[float(tag == name) for tag in row] for row in named]
    half = len(words) // 2
    found = []
    for what, values in features.items():
        best = max((best_follower(run, values, half, what) for run in runs), key=lambda one: abs(one.r), default=None)
        if best and abs(best.r) >= FOLLOWS:
            found.append(best)
    return sorted(found, key=lambda one: -abs(one.r))


def best_follower(run: LayerRun, values: list[list[float]], half: int, what: str) -> Follower:
    at = int(run.lengths[:half].sum())
    feature = torch.tensor([value for row in values for value in row])
    if len(feature) != len(run.after.h):
        return Follower(what, run.name, 0, 0.0)
    unit = int(correlation(run.after.h[:at], feature[:at]).abs().argmax())
    r = correlation(run.after.h[at:, unit : unit + 1], feature[at:])
    return Follower(what, run.name, unit, float(r[0]))


def correlation(states: torch.Tensor, feature: torch.Tensor) -> torch.Tensor:
    """Pearson's r of each column of ``states`` ``[N, H]`` with ``feature`` ``[N]``; 0 where either is constant."""
    if len(feature) < 3:
        return states.new_zeros(states.shape[1])
    x, y = states - states.mean(0), feature - feature.mean()
    size = x.norm(dim=0) * y.norm()
    return torch.where(size > 1e-6, y @ x / size.clamp(min=1e-12), 0)
