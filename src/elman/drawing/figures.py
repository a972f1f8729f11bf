"""Figures as SVG: one look for all, in colours that colour-blind readers tell apart."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.extras import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[["Figure"], None]
"""Puts something onto an empty matplotlib figure."""

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


def svg(draw: Draw, name: str, title: str) -> str:
    """A figure as an SVG document; the same drawing under the same ``name`` gives the same text."""
    return drawn(draw, name, format="svg", metadata={"Date": None, "Title": title}).decode()


def png(draw: Draw, name: str) -> bytes:
    """A figure as a PNG file, on paper of its own."""
    return drawn(draw, name, format="png", dpi=160)


def drawn(draw: Draw, name: str, **how: Any) -> bytes:
    """What ``draw`` makes in the look that all figures share; ``how`` as ``Figure.savefig`` takes it."""
    needed("matplotlib")
    import matplotlib
    from cycler import cycler
    from matplotlib.figure import Figure

    look: Any = {**LOOK, "axes.prop_cycle": cycler(color=COLOURS), "svg.hashsalt": name}
    with matplotlib.rc_context(look):
        figure = Figure(layout="constrained")
        draw(figure)
        out = io.BytesIO()
        figure.savefig(out, **how)
    return out.getvalue()


def inside_html(figure: str, name: str, label: str) -> str:
    """An SVG document as an element of a page: with no XML head, named for those who can't see it, light or dark with
    the page, and with ids that no other figure of the page has."""
    element = in_page_colours(figure[figure.index("<svg") :])
    element = element.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", element)


def in_page_colours(figure: str) -> str:
    """The same figure in the ink and on the paper of the page that it stands in: CSS variables of these names."""
    for colour, variable in ((INK, "--ink"), (PAPER, "--paper"), (FAINT, "--faint")):
        figure = figure.replace(colour, f"var({variable})")
    return figure


def line(
    axes: Axes, x: Sequence[float] | np.ndarray, values: np.ndarray, label: str, marker: str = "o", **style: Any
) -> None:
    """``values`` ``[seeds, n]`` over ``x``: their median as a line, lowest to highest as a band."""
    middle = axes.plot(x, np.median(values, 0), marker=marker, label=label, **style)[0]
    axes.fill_between(x, values.min(0), values.max(0), color=middle.get_color(), alpha=0.2, linewidth=0)


def heading(axes: Axes, title: str, x: str = "", y: str = "", legend: bool | str = True) -> None:
    """Title, axes' names and, unless False, a legend; a string says where it stands."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        place: Any = legend if isinstance(legend, str) else "best"
        axes.legend(loc=place)


def logarithmic(axes: Axes) -> None:
    """What is drawn on ``axes`` on a logarithmic y axis, with few enough numbers beside it that none touch.

    Left to itself, matplotlib names every tenth of a decade where there is less than one.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    axes.set_yscale("log", nonpositive="mask")
    low, high = axes.get_ylim()
    axes.yaxis.set_minor_formatter(NullFormatter())
    if high < 20 * low:
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
        axes.yaxis.set_minor_locator(LogLocator(subs=()))
    else:
        axes.yaxis.set_major_locator(LogLocator(numticks=7))


def heat(axes: Axes, matrix: np.ndarray, reach: float | None = None, tiled: bool = False) -> None:
    """``matrix`` ``[rows, columns]`` as colours: blue above zero, orange below, the stronger the further from it; clear
    at zero, so that it is legible on any paper. ``reach`` is what stands out most, by default the largest.
    """
    if not matrix.size:
        return
    reach = reach or float(np.abs(matrix).max(initial=0.0)) or 1.0
    shade = np.clip(np.abs(matrix) / reach, 0, 1)
    colours = np.where(matrix[..., None] >= 0, rgb(COLOURS[0]), rgb(COLOURS[1]))
    axes.imshow(
        np.concatenate([colours, shade[..., None]], -1), aspect="equal" if tiled else "auto", interpolation="none"
    )
    axes.grid(visible=False)


def rgb(colour: str) -> np.ndarray:
    """``#rrggbb`` as three numbers from 0 to 1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def words_along(axes: Axes, words: Sequence[str], most: int = 60) -> None:
    """Words under the steps of the x axis, upright where there are more than a few; of too many, every n-th."""
    every = -(-len(words) // most) if words else 1
    upright = len(words) > 8 or max(map(len, words), default=0) * len(words) > 60
    places = range(0, len(words), every)
    axes.set_xticks(places, [words[place] for place in places], rotation=90 if upright else 0, fontsize=7)


def plain(axes: Axes) -> None:
    """No frame, no ticks: for drawings."""
    axes.set_axis_off()
