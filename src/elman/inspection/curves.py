"""How training went: losses, gradients, clipping and learning rate over the epochs, as the model's own record tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.drawing.figures import heading, logarithmic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "Each point stands for the time until an evaluation: loss and scores are of the validation part, the rest of the "
    "training steps before it. The dashed line is the epoch whose weights were kept. A loss that falls and then rises "
    "was learned by heart after that."
)
LOGARITHMIC = ("gradient_norm", "learning_rate")


def curves(history: Sequence[dict[str, Any]]) -> dict[str, list[float | None]]:
    """What was noted at each evaluation, by name; without what only counts time."""
    names = dict.fromkeys(name for entry in history for name in entry if name not in ("seconds",))
    return {name: [entry.get(name) for entry in history] for name in names}


def draw(figure: Figure, found: dict[str, list[float | None]], best: float) -> None:
    shown = [name for name in found if name != "epoch" and any(value is not None for value in found[name])]
    columns = min(3, len(shown)) or 1
    rows = -(-len(shown) // columns)
    figure.set_size_inches(7.2, 0.4 + 2.0 * rows)
    panels = np.atleast_1d(figure.subplots(rows, columns)).flatten()
    for axes, name in zip(panels, shown, strict=False):
        values = [np.nan if value is None else value for value in found[name]]
        axes.plot(found["epoch"], values, marker="o" if len(values) < 30 else "")
        axes.axvline(best, color="C3", linewidth=0.8, linestyle="--")
        if name in LOGARITHMIC and np.nanmax(values) > 0:
            logarithmic(axes)
        heading(axes, name.replace("_", " "), "epoch", legend=False)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
