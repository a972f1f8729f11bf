"""What gradient flow means for the data at hand: vanishing, exploding or healthy, and what to change."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from elman import cells
from elman.diagnosis.flow import LEFT, Curve, Flow, gathered
from elman.settings import Settings
from elman.settings.setting import typed

CONCERNED = 0.1
"""A gradient vanishes (or explodes) for the data when it does so over the length of this share of the sequences."""
SHORT = "short-ranged"
GENTLE = 0.01
"""A learning rate above which no recurrent network should need to go."""


@dataclass(frozen=True)
class Remedy:
    """What to change, as flags of ``elman train``, and why it helps.

    changes: the same as settings, ``{"cell": "lstm"}``
    """

    changes: dict[str, Any]
    why: str

    @property
    def flags(self) -> str:
        return " ".join(flag(key, value) for key, value in self.changes.items())


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one layer's gradient flow.

    state:     "vanishing", "exploding", "short-ranged" or "healthy"; "unmeasured" where no sequence has two steps.
               Short-ranged: it fades before the length, but by gates, which learn how long to keep what, and every
               step meets some loss nearby, so that nothing is left untaught but links across many steps
    layer:     its name, as ``Flow`` has it
    half_life: steps, over all batches; low, high: the smallest and largest of one batch alone
    reach:     steps after which 1 % of the gradient is left
    growth:    what is left of it at the length that nine tenths of the data don't exceed (above 1 where it grew)
    longer:    the share of the data's sequences that need more steps than the half-life
    beyond:    the share that need more than ``reach``: for these it vanishes
    agree, batches: how many batches, taken alone, lead to the same ``state``
    needed:    what ``longer`` and ``beyond`` count: "length", or how it was measured
    remedies:  the likeliest first
    """

    state: str
    layer: str
    half_life: float
    low: float
    high: float
    reach: float
    growth: float
    longer: float
    beyond: float
    agree: int
    batches: int
    needed: str
    remedies: list[Remedy]

    @property
    def words(self) -> str:
        """One or two sentences, with the numbers."""
        if self.state == "unmeasured":
            return f"{self.layer}: no sequence has two steps, so no gradient flows through time."
        across = f" ({steps(self.low)} to {steps(self.high)} across {self.batches} batches)" if self.batches > 1 else ""
        half, little = steps(self.half_life), steps(self.reach)
        faded = f"half of the gradient is left after {half} steps{across}, 1 % after {little}"
        if self.state == "exploding":
            what = f"the gradient explodes: it grows {self.growth:,.0f}-fold on its way through a long sequence"
        elif math.isinf(self.half_life):
            what = "the gradient is healthy: it doesn't shrink on its way back"
        elif self.state == SHORT:
            what = f"every step meets the loss, but links between steps are learned over short ranges only: {faded}"
        else:
            what = f"the gradient {'vanishes' if self.state == 'vanishing' else 'is healthy'}: {faded}"
        reaches = "are longer than" if self.needed == "length" else f"have, by {self.needed}, a use for more than"
        compared = f"{self.longer:.0%} of the sequences {reaches} the first, {self.beyond:.0%} the second"
        told = f"{self.layer}: {what}. {compared}."
        return told + (f" {self.agree} of {self.batches} batches agree." if self.batches > 1 else "")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings; None for what is infinite or not a number."""
        record = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}
        remedies = [{"flags": r.flags, "changes": r.changes, "why": r.why} for r in self.remedies]
        return record | {"words": self.words, "remedies": remedies}


def judge(
    looks: Sequence[Sequence[Flow]],
    needed: Sequence[int] | np.ndarray,
    settings: Settings,
    *,
    used: Collection[str] = (),
    by: str = "length",
    both: bool = False,
) -> list[Verdict]:
    """A verdict for every layer and direction, from the flows of several batches (``looks``; more make it surer).

    needed:       how many steps back each of the data's sequences needs a gradient: their lengths, which is the most
                  that they can need, or a measured lag
    by:           which of the two ("length", "measured memory")
    settings:     of the run, so that the remedy is something that it doesn't have yet
    used:         the names of the settings that the run uses, so that no remedy names another
    both:         the stack reads in two directions, so that each step is at most half a sequence from one's end
    """
    steps_needed = np.asarray(needed) - 1 if by == "length" else np.asarray(needed)
    verdicts = []
    for flow in gathered(looks):
        same = [each for look in looks for each in look if each.name == flow.name]
        states = [state_of_flow(each, steps_needed, both) for each in same]
        state, half_lives = state_of_flow(flow, steps_needed, both), [each.state.half_life for each in same]
        long = np.quantile(steps_needed, 1 - CONCERNED, method="higher") if len(steps_needed) else 0
        verdicts.append(
            Verdict(
                state=state,
                layer=flow.name,
                half_life=flow.state.half_life,
                low=min(half_lives),
                high=max(half_lives),
                reach=flow.state.reach,
                growth=float(flow.state.left(np.array([long]))[0]),
                longer=share(steps_needed > flow.state.half_life),
                beyond=share(flow.state.left(steps_needed) < LEFT),
                agree=states.count(state),
                batches=len(same),
                needed=by,
                remedies=remedies(state, flow.cell, settings, used),
            )
        )
    return verdicts


def state_of_flow(flow: Flow, needed: np.ndarray, both: bool) -> str:
    """What is to be said of a layer: see ``Verdict.state``. A cell without a gate that keeps the past fades by its
    weights, whatever is to be kept; gates fade what wasn't worth keeping, which is no warning as long as the loss comes
    to every step."""
    state = state_of(flow.state, needed)
    if state != "vanishing" or cells.find(flow.cell).keeps is None:
        return state
    return state if state_of(flow.whole, needed // 2 if both else needed) == state else SHORT


def state_of(curve: Curve, needed: np.ndarray) -> str:
    """Whether the gradient vanishes or explodes over ``needed`` steps, for at least ``CONCERNED`` of them."""
    if math.isnan(curve.factor):
        return "unmeasured"
    left = curve.left(needed)
    if share(left < LEFT) >= CONCERNED:
        return "vanishing"
    return "exploding" if share(left > 1 / LEFT) >= CONCERNED else "healthy"


def remedies(state: str, cell: str, settings: Settings, used: Collection[str]) -> list[Remedy]:
    """What can be changed about ``state``, the likeliest to help first."""
    own, better = cells.find(cell), cells.keeper()
    ungated = [gated(cell)] if own.keeps is None else []
    if state == "exploding":
        return [clipped(settings), *ungated, slower(settings)]
    if state not in ("vanishing", SHORT):
        return []
    found = list(ungated)
    if "pooling" in used and settings.pooling == "last":
        found.append(
            Remedy({"pooling": "last+mean+max"}, "each step's output then meets the loss, without a way through time")
        )
    if "bidirectional" in used and "attention" not in used and not (settings.bidirectional or settings.causal):
        found.append(Remedy({"bidirectional": True}, "read backwards too, the first steps are the last"))
    if "attention" in used and settings.attention == "none":
        found.append(Remedy({"attention": "dot"}, "the decoder then looks at each step of the source directly"))
    if better.keeps is not None and own.keeps is not None and "c" not in own.states:
        why = f"its cell state keeps what its {better.keeps.name} gate, open at first, lets stay"
        found.append(Remedy({"cell": better.name}, why))
    return found


def gated(cell: str) -> Remedy:
    """A cell that keeps the past by a gate, in place of one that has none."""
    return Remedy(
        {"cell": cells.keeper().name},
        f"its cell state carries the gradient on, where the {cell}'s weights shrink or stretch it",
    )


def clipped(settings: Settings) -> Remedy:
    """Clipping where there is none, or at half the norm."""
    if not settings.clip:
        return Remedy({"clip": 1.0}, "no step then follows a gradient longer than 1 (Pascanu, Mikolov & Bengio 2013)")
    return Remedy({"clip": settings.clip / 2}, "no step then follows a gradient as long as before")


def slower(settings: Settings) -> Remedy:
    rate = min(GENTLE, float(f"{settings.learning_rate / 4:.1g}"))
    return Remedy({"learning_rate": rate}, "smaller steps keep the recurrent weights where gradients stay finite")


def flag(key: str, value: Any) -> str:
    """A setting as one types it: ``--cell lstm``, ``--set clip=1``."""
    short = {"cell": "--cell", "hidden_size": "--hidden", "num_layers": "--layers"}
    return f"{short[key]} {typed(value)}" if key in short else f"--set {key}={typed(value)}"


def share(true: np.ndarray) -> float:
    return float(np.mean(true)) if len(true) else 0.0


def steps(number: float) -> str:
    """A number of steps, as a person reads it."""
    return "endless" if math.isinf(number) else f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
