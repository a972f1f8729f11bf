"""Figures as SVG: one look for all, in colours that colour-blind readers tell apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.errors import BackendUnavailableError
from elman.lab.experiment import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PAPER, FAINT = "#1b1d21", "#fefdfc", "#b9bec6"  # written nowhere else, so that they can be told apart in the SVG
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]  # Okabe & Ito (2008)
LOOK: dict[str, Any] = {
    "figure.figsize": (7.2, 3.2),
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "font.size": 9,
    "font.family": "sans-serif",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "svg.fonttype": "none",
}


def require_matplotlib() -> None:
    """Raises BackendUnavailableError, with the command that mends it, where matplotlib isn't installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise BackendUnavailableError(
            "figures are drawn with matplotlib, which is not installed: pip install 'elman[plot]'"
        ) from error


def svg(findings: Findings) -> str:
    """The figure of an experiment as an SVG document; the same findings give the same text."""
    require_matplotlib()
    import matplotlib
    from cycler import cycler
    from matplotlib.figure import Figure

    name = findings.experiment.name
    look: Any = {**LOOK, "axes.prop_cycle": cycler(color=COLOURS), "svg.hashsalt": name}
    with matplotlib.rc_context(look):
        figure = Figure(layout="constrained")
        findings.experiment.draw(figure, findings)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": findings.experiment.claim})
    return out.getvalue()


def in_page_colours(drawn: str) -> str:
    """The same figure in the ink and on the paper of the page that it stands in: CSS variables of these names."""
    for colour, variable in ((INK, "--ink"), (PAPER, "--paper"), (FAINT, "--faint")):
        drawn = drawn.replace(colour, f"var({variable})")
    return drawn


def line(
    axes: Axes, x: Sequence[float] | np.ndarray, values: np.ndarray, label: str, marker: str = "o", **style: Any
) -> None:
    """``values`` ``[seeds, n]`` over ``x``: their median as a line, lowest to highest as a band."""
    drawn = axes.plot(x, np.median(values, 0), marker=marker, label=label, **style)[0]
    axes.fill_between(x, values.min(0), values.max(0), color=drawn.get_color(), alpha=0.2, linewidth=0)


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


def heading(axes: Axes, title: str, x: str = "", y: str = "", legend: bool | str = True) -> None:
    """Title, axes' names and, unless False, a legend; a string says where it stands."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        place: Any = legend if isinstance(legend, str) else "best"
        axes.legend(loc=place)
