"""Gradient flow through time in a trained model, drawn, and with what ``diagnosis`` says of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.diagnosis.flow import Curve, Flow, flow_of
from elman.diagnosis.verdict import SHORT, Verdict, judge
from elman.drawing.figures import COLOURS, heading, logarithmic
from elman.inspection.section import as_json
from elman.inspection.trace import LayerRun
from elman.settings import Settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORST_FIRST = ("exploding", "vanishing", SHORT, "healthy", "unmeasured")
FAINTEST = 1e-12

CAPTION = (
    "How much of a gradient is left so many steps before the loss, on a logarithmic axis: solid lines are of the "
    "whole state, which half-lives are read off, as geometric means over sequences, bands one (geometric) standard "
    "deviation; of a cell with a cell state, dashes are h alone, dots c. A straight line that "
    "falls loses the same share at each step; below the dashed line less than 1 % is left. Left: of a loss at the last"
    " step alone. Right: of the whole loss, as each step gets it; where there is an answer at each step, the line "
    "stays up, and tells nothing of what comes from afar."
)


@dataclass(frozen=True)
class Flows:
    """Per layer and direction how gradients flow, over all batches, and the verdict on it."""

    flows: list[Flow]
    verdicts: list[Verdict]

    def to_json(self) -> dict[str, Any]:
        return {"verdicts": [verdict.to_json() for verdict in self.verdicts], "flows": as_json(self.flows)}

    @property
    def worst(self) -> Verdict:
        return min(self.verdicts, key=lambda verdict: WORST_FIRST.index(verdict.state))


def flows(
    batches: Sequence[Sequence[LayerRun]],
    settings: Settings,
    used: Collection[str],
    memory: dict[str, int] | None = None,
) -> Flows | None:
    """From several batches, each watched with its backward pass; None where no gradient was recorded.

    used:   the names of the settings that the model used, so that no remedy names another
    memory: measured steps by stack, where they say better than the lengths how far a gradient has to reach
    """
    all_flows, all_verdicts = [], []
    for stack in dict.fromkeys(layer.stack for layers in batches for layer in layers):
        own = [[layer for layer in layers if layer.stack == stack] for layers in batches]
        looks = [
            [flow_of(layer.record, layer.name) for layer in layers if layer.record and layer.record.grad_h is not None]
            for layers in own
        ]
        looks = [look for look in looks if look]
        if not looks:
            continue
        lengths = [int(length) for layers in own for length in layers[0].lengths]
        needed, by = (lengths, "length") if memory is None else ([memory.get(stack, 1)], "measured memory")
        all_verdicts += judge(looks, needed, settings, used=used, by=by, both=any(layer.reverse for layer in own[0]))
        first, *others = looks
        for flow in first:
            same = [other for look in others for other in look if other.name == flow.name]
            all_flows.append(sum(same, flow))
    return Flows(all_flows, all_verdicts) if all_flows else None


def draw(figure: Figure, found: Flows) -> None:
    figure.set_size_inches(7.2, 3.4)
    left, right = figure.subplots(1, 2, sharey=True)
    for flow, colour in zip(found.flows, COLOURS * 4, strict=False):
        line(left, flow.state, flow.name, colour)
        for part, style in [(flow.h, "--"), (flow.c, ":")] if flow.c is not None else []:
            norms = np.maximum(part.norms[: part.horizon + 1], FAINTEST)
            left.plot(norms, color=colour, linestyle=style, linewidth=1.0)
        line(right, flow.whole, flow.name, colour)
    for axes in (left, right):
        axes.axhline(0.01, color="C3", linewidth=0.8, linestyle="--")
        logarithmic(axes)
    heading(left, "of a loss at the last step", "steps before the loss", "what is left of dL/dh", legend=False)
    heading(right, "of the whole loss", "steps before the end", legend=False)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def line(axes: Axes, curve: Curve, label: str, colour: str) -> None:
    steps = slice(0, max(1, curve.horizon + 1))
    norms, spread = np.maximum(curve.norms[steps], FAINTEST), curve.spread[steps]
    axes.plot(norms, color=colour, label=label, marker="o" if len(norms) < 16 else "")
    axes.fill_between(
        range(len(norms)), np.maximum(norms / spread, FAINTEST), norms * spread, color=colour, alpha=0.15, linewidth=0
    )
