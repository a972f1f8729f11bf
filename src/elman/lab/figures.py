"""The figures of experiments: numbers over seeds, in the look that all figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from elman.drawing import figures
from elman.drawing.figures import INK
from elman.lab.experiment import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def svg(findings: Findings) -> str:
    """The figure of an experiment as an SVG document; the same findings give the same text."""
    about = findings.experiment
    return figures.svg(lambda figure: about.draw(figure, findings), about.name, about.claim)


def bars(axes: Axes, findings: Findings, groups: dict[str, dict[str, str]]) -> None:
    """Numbers side by side: ``groups[series][place]`` is the name of a number; whiskers from lowest to highest."""
    places = list(next(iter(groups.values())))
    width = 0.8 / len(groups)
    for i, (series, names) in enumerate(groups.items()):
        at = np.arange(len(places)) + (i - (len(groups) - 1) / 2) * width
        found = [findings.numbers[names[place]] for place in places]
        values = np.array([number.value for number in found])
        whiskers = np.array([[number.value - number.low, number.high - number.value] for number in found]).T
        axes.bar(at, values, width * 0.92, yerr=whiskers, label=series, ecolor=INK, error_kw={"linewidth": 1})
    axes.set_xticks(range(len(places)), places)
    axes.grid(visible=False, axis="x")
