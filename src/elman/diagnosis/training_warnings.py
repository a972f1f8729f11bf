"""What goes wrong while a network trains, shown by several looks at its gradients that agree, and what helps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from elman import cells
from elman.diagnosis.flow import Flow
from elman.diagnosis.units import Units
from elman.diagnosis.verdict import Remedy, clipped, gated, remedies, share, slower, state_of, steps
from elman.settings import Settings

CLIPPED, CUT = 0.95, 20  # this share of the steps is clipped, and half of them to less than 1/20: that's exploding
SPIKE = 100  # times the usual gradient norm, where nothing clips
STUCK, DEAD = 0.5, 0.5  # shares of a layer's units
TRUNCATED = 0.1  # of the gradient is left where truncated backpropagation cuts it off
LONGER = 4  # times the length it was cut at: what is cut off shows only how much, not how far it would have gone, and
# the state learns to keep what it is taught to; doubled, benchmarks/remedies.py gained nothing before the next warning


@dataclass(frozen=True)
class Look:
    """What one training step showed.

    lengths:   of each layer's sequences, by its name
    continued: the batch goes on where the one before stopped, so that the gradient was cut there
    """

    flows: list[Flow]
    units: list[Units]
    lengths: dict[str, np.ndarray]
    continued: bool = False

    def needed(self, layer: str) -> np.ndarray:
        """How many steps lie before each sequence's last; with two directions, one of them is at most half away."""
        pair = {layer, layer.replace("forwards", "backwards"), layer.replace("backwards", "forwards")}
        both = len(pair & set(self.lengths)) == 2
        return self.lengths[layer] // 2 if both else self.lengths[layer] - 1

    @property
    def weakest(self) -> Flow | None:
        """The layer in which least of the gradient is left where it is needed."""
        reaching = [flow for flow in self.flows if flow.state.horizon >= 1]
        return min(reaching, key=lambda flow: self.left(flow), default=None)

    def left(self, flow: Flow) -> float:
        far = np.quantile(self.needed(flow.name), 0.9, method="higher")
        return float(flow.state.left(np.array([far]))[0])


@dataclass(frozen=True)
class Steps:
    """Gradient norms before clipping of the last steps, and how often the run was rolled back."""

    norms: np.ndarray
    rollbacks: int = 0

    def clipped(self, clip: float) -> float:
        """The share of steps whose gradient was longer than ``clip``."""
        return clipped_share(self.norms, clip)


def clipped_share(norms: Collection[float], clip: float) -> float:
    """Of gradients, those longer than ``clip``; 0 without clipping. Asked for at every step, of a few norms."""
    return sum(norm > clip for norm in norms) / len(norms) if clip and len(norms) else 0.0


@dataclass(frozen=True)
class TrainingWarning:
    """Something to warn of once: ``kind`` is "vanishing", "exploding", "truncated", "stuck" or "dead"."""

    kind: str
    words: str
    remedy: Remedy

    @property
    def message(self) -> str:
        return f"{self.words}; {self.remedy.flags} may help: {self.remedy.why}"


def training_warnings(
    looks: Sequence[Look], latest: Steps, settings: Settings, used: Collection[str]
) -> Iterator[TrainingWarning]:
    """All that the ``looks`` agree on, and the ``latest`` steps show.

    used: the names of the settings that the run uses, so that no remedy names another
    """
    yield from exploding(looks, latest, settings)
    if not looks:
        return
    out_of_use = [*stuck(looks, settings), *dead(looks, settings)]
    yield from out_of_use
    if not out_of_use:  # else that is why it vanishes
        yield from vanishing(looks, settings, used)
    yield from truncated(looks, settings)


def exploding(looks: Sequence[Look], latest: Steps, settings: Settings) -> Iterator[TrainingWarning]:
    """By what became of the updates: an exploding gradient that is clipped now and then does no harm."""
    usual = float(np.median(latest.norms)) if len(latest.norms) else 0.0
    cut = latest.clipped(settings.clip)
    trained = {flow.cell for look in looks for flow in look.flows} or {settings.cell}
    ungated = sorted(cell for cell in trained if cells.find(cell).keeps is None)
    if latest.rollbacks >= 2:
        yield TrainingWarning(
            "exploding",
            f"training was rolled back {latest.rollbacks} times",
            slower(settings) if settings.clip else clipped(settings),
        )
    elif settings.clip and cut >= CLIPPED and usual > CUT * settings.clip:
        words = f"the gradient explodes: {cut:.0%} of the steps are clipped, from a norm of about {usual:,.0f}"
        yield TrainingWarning("exploding", words, gated(ungated[0]) if ungated else slower(settings))
    elif not settings.clip and len(latest.norms) and latest.norms.max() > SPIKE * usual:
        words = (
            f"the gradient explodes now and then: its norm is {usual:.2g} as a rule, and was {latest.norms.max():.2g}"
        )
        yield TrainingWarning("exploding", words, clipped(settings))


def vanishing(looks: Sequence[Look], settings: Settings, used: Collection[str]) -> Iterator[TrainingWarning]:
    """The whole gradient, all losses together, doesn't come to the steps that are furthest from them."""
    for flow in looks[-1].flows:
        curves = [
            (each.whole, look.needed(each.name)) for look in looks for each in look.flows if each.name == flow.name
        ]
        found = remedies("vanishing", flow.cell, settings, used)
        if not found or any(state_of(curve, needed) != "vanishing" for curve, needed in curves):
            continue
        needed = np.concatenate([needed for _, needed in curves])
        lost = share(needed > flow.whole.reach)
        yield TrainingWarning(
            "vanishing",
            f"the gradient vanishes: half of it is left after {steps(flow.whole.half_life)} steps of {flow.name}, 1 % "
            f"after {steps(flow.whole.reach)}, and {lost:.0%} of the sequences are longer",
            found[0],
        )


def truncated(looks: Sequence[Look], settings: Settings) -> Iterator[TrainingWarning]:
    """Backpropagation is cut where much of the gradient is left."""
    for flow in looks[-1].flows:
        same = [(look, each) for look in looks for each in look.flows if each.name == flow.name]
        length = int(looks[-1].lengths[flow.name].max())
        if length < settings.bptt or not all(look.continued for look, _ in same):
            continue
        left = [float(each.state.left(np.array([settings.bptt - 1]))[0]) for _, each in same]
        if min(left) > TRUNCATED:
            words = f"backpropagation is cut after {settings.bptt} steps, where {left[-1]:.0%} of the gradient is left"
            why = "the loss then reaches what it depends on further back"
            yield TrainingWarning("truncated", words, Remedy({"bptt": LONGER * settings.bptt}, why))


def stuck(looks: Sequence[Look], settings: Settings) -> Iterator[TrainingWarning]:
    """Most of a layer's gates stand open or shut whatever comes."""
    for layer in looks[-1].units:
        same = [each for look in looks for each in look.units if each.name == layer.name]
        for gate, part in layer.stuck.items():
            if min(each.stuck[gate] for each in same) >= STUCK:
                what = "state" if gate == "state" else f"{gate} gate"
                words = f"the {what} of {part:.0%} of the units of {layer.name} is saturated at every step"
                yield TrainingWarning("stuck", words, gentler(settings))


def dead(looks: Sequence[Look], settings: Settings) -> Iterator[TrainingWarning]:
    """Most of a layer's units give the same value whatever comes."""
    for layer in looks[-1].units:
        same = [each for look in looks for each in look.units if each.name == layer.name]
        if min(each.dead / each.of for each in same) >= DEAD:
            words = f"{layer.dead} of {layer.of} units of {layer.name} are dead: their state never changes"
            yield TrainingWarning("dead", words, gentler(settings))


def gentler(settings: Settings) -> Remedy:
    """Clipping where there is none, else a lower rate."""
    remedy = slower(settings) if settings.clip else clipped(settings)
    return replace(remedy, why="no step then drives units to where they have no slope")
