"""The network drawn over time: one column per step, the same weights in the same colour at each of them.

Drawn from a real row: under the steps stands what is read there, above them what is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import torch

from elman.cells import find
from elman.drawing.figures import COLOURS, FAINT, INK, PAPER, plain
from elman.inspection.answers import aligned, answers, writes
from elman.inspection.subject import Subject, stacks_of
from elman.inspection.trace import StackRun, watched
from elman.inspection.words import said, short
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_one import ManyToOne
from elman.models.one_to_many import OneToMany
from elman.models.one_to_one import OneToOne

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 30  # steps drawn; of more, the first and the last
START, REPEATED = "<start>", "repeated"
ABOVE, BELOW = 21, 12  # letters of words above and below the cells
INCH, LETTER = 0.55, 0.13  # of a row of cells; of such a row, a letter's width

CAPTION = (
    "Time runs from left to right. Each column is a step: below it what is read, above it what is answered (and in "
    "brackets what would be right, where that is something else). Cells of one colour are one and the same set of "
    "weights, used again at every step. Numbers on the arrows are sizes: how many numbers pass there. The horizontal "
    "arrows are the memory; there is no other way from an early step to a late one, but attention, or a mean and a "
    "maximum over all steps, where they are drawn. A drawing that is wider than the page can be scrolled sideways."
)


@dataclass(frozen=True)
class Lane:
    """One layer in one direction."""

    name: str
    cell: str
    reverse: bool
    size: int


@dataclass(frozen=True)
class Part:
    """A stack over its steps.

    below: what is read at each step;  above: what is answered at each, or []
    right: the answers that would be right, where the data give them;  width: of what a step reads
    """

    name: str
    below: list[str]
    lanes: list[Lane]
    above: list[str]
    right: list[str]
    width: int
    steps: int


@dataclass(frozen=True)
class Unrolled:
    """A network over one row.

    value: the one answer, where there is one;  wanted: what it should be
    pooled: by what the steps become one answer, or "";  start: what the first state is made of, or ""
    fed_back: each answer is read at the next step;  attends: the decoder looks at every step of the encoder
    """

    row: str
    parts: list[Part]
    value: str
    wanted: str
    pooled: str
    start: str
    fed_back: bool
    attends: bool
    shapes: list[tuple[str, int]]


@torch.no_grad()
def unrolled(subject: Subject, row: int) -> Unrolled:
    """The drawing of a row, as data."""
    network = subject.network
    batch = subject.collate([row])
    with watched(network) as runs:
        found = answers(network, batch)
    answer, wanted = said(subject, found)[0], subject.outcomes(row)
    by_name = {run.name: run for run in runs}
    parts = [
        part_of(subject, row, by_name[name], answer, wanted)
        for name in stacks_of(network)
        if name in by_name and name != "decoder above the attention"
    ]
    if upper := by_name.get("decoder above the attention"):
        parts[-1].lanes.extend(lanes_of(upper))
    one_value = not (writes(network) or aligned(network))
    source = subject.elements(row, 1)
    return Unrolled(
        subject.name(row),
        parts,
        value=answer[0] if one_value and answer else "",
        wanted=", ".join(wanted) if one_value else "",
        pooled=" and ".join(network.pooling) if isinstance(network, ManyToOne) else "",
        start=(source[0] if isinstance(network, OneToMany) else "source, summed up") if writes(network) else "",
        fed_back=isinstance(network, EncoderDecoder) or (isinstance(network, OneToMany) and network.feed == "back"),
        attends=isinstance(network, EncoderDecoder) and network.attention is not None,
        shapes=[] if parts else hidden_layers(source[0], network),
    )


def part_of(subject: Subject, row: int, run: StackRun, answer: list[str], wanted: list[str]) -> Part:
    steps = len(run.inputs.values)
    above, right = [], []
    if decodes(subject, run) or aligned(subject.network):
        above, right = answer, wanted if len(wanted) == len(answer) else []
    below = read_by(subject, run, row, steps)
    return Part(run.name, below, lanes_of(run), above, right, run.inputs.values.shape[1], steps)


def decodes(subject: Subject, run: StackRun) -> bool:
    """Whether the stack writes."""
    return run.name.startswith("decoder") or (writes(subject.network) and run.name == "recurrence")


def read_by(subject: Subject, run: StackRun, row: int, steps: int) -> list[str]:
    """What a stack reads at each of its ``steps`` over a row, as text."""
    network = subject.network
    if not decodes(subject, run):
        return subject.elements(row, steps)[:steps]
    if isinstance(network, OneToMany) and network.feed != "back":
        return [REPEATED] * steps
    return [START, *subject.outcomes(row)][:steps]


def lanes_of(run: StackRun) -> list[Lane]:
    rnn = run.rnn
    return [
        Lane(f"{run.name}, layer {layer + 1}", rnn.cell, direction == 1, rnn.hidden_sizes[layer])
        for layer in range(rnn.num_layers)
        for direction in range(rnn.num_directions)
    ]


def hidden_layers(source: str, network: torch.nn.Module) -> list[tuple[str, int]]:
    """Of a network without recurrence: what is read, its layers, and how many numbers each hands on."""
    assert isinstance(network, OneToOne)
    layers = [layer for layer in network.hidden.modules() if isinstance(layer, torch.nn.Linear)]
    sizes = [(f"layer {i + 1}", layer.out_features) for i, layer in enumerate(layers)]
    return [(source, network.encoder.output_size), *sizes]


# -- the drawing ------------------------------------------------------------------------------


def shown_steps(steps: int) -> list[int | None]:
    """The columns: all steps, or the first and the last with a gap (None) between."""
    if steps <= COLUMNS:
        return list(range(steps))
    half = COLUMNS // 2
    return [*range(half), None, *range(steps - half, steps)]


def width_of(drawing: Unrolled) -> float:
    """In inches, so that columns are wide enough to read."""
    columns = sum(len(shown_steps(part.steps)) + 1.6 for part in drawing.parts) or 1 + len(drawing.shapes) * 1.6
    return max(5.0, 0.42 * columns + 1.4) if columns > 12 else max(5.0, 0.62 * columns + 1.2)


def draw(figure: Figure, drawing: Unrolled) -> None:
    """Parts side by side."""
    tallest = max((len(part.lanes) for part in drawing.parts), default=1)
    top = tallest + 0.9 + max(1.2, LETTER * longest([word for part in drawing.parts for word in above(part)], ABOVE))
    bottom = -0.6 - max(0.9, LETTER * longest([word for part in drawing.parts for word in part.below], BELOW))
    figure.set_size_inches(width_of(drawing), INCH * (top - bottom))
    axes = figure.add_subplot()
    plain(axes)
    if not drawing.parts:
        draw_layers(axes, drawing)
        return
    left, ends = 0.0, []
    for index, part in enumerate(drawing.parts):
        first = 4 * index
        ends.append((left, draw_part(axes, part, left, tallest, first, drawing)))
        left = ends[-1][1] + 2.4
    if len(ends) > 1 and drawing.attends:
        draw_attention(axes, ends[0], ends[1][0], tallest + 0.75)
    axes.set_xlim(-1.7, left - 0.9 + (1.0 if drawing.value else 0))
    axes.set_ylim(bottom, top)
    for part, (left, _) in zip(drawing.parts, ends, strict=True):
        axes.text(left - 0.4, bottom + 0.05, part.name, fontsize=8, fontweight="bold", va="bottom")


def draw_part(axes: Axes, part: Part, left: float, tallest: int, colour: int, drawing: Unrolled) -> float:
    """A stack from ``left`` on; returns where its last column is."""
    columns = shown_steps(part.steps)
    xs = {step: left + i for i, step in enumerate(columns) if step is not None}
    last = left + len(columns) - 1
    turn = 90 if len(columns) > 6 or max(map(len, [*part.below, *part.above]), default=0) > 7 else 0
    top = len(part.lanes)
    for i, lane in enumerate(part.lanes):
        draw_lane(axes, lane, 1.0 + i, columns, left, COLOURS[(colour + i) % len(COLOURS)])
    for step, x in xs.items():
        if step < len(part.below):
            word(axes, x, 0.05, part.below[step], turn, "top")
        draw_column(axes, part, x)
        if step < len(part.above):
            wrong = step < len(part.right) and part.right[step] != part.above[step]
            word(axes, x, top + 0.8, above(part)[step], turn, "bottom", COLOURS[1] if wrong else INK, most=ABOVE)
    first = xs[0] if xs else left
    size(axes, first - 0.42, 0.36, part.width, "right")
    if top:
        size(
            axes,
            first - 0.42,
            top + 0.5,
            sum(lane.size for lane in part.lanes[-2:] if lane.reverse)
            + part.lanes[-1 if not part.lanes[-1].reverse else -2].size,
            "right",
        )
    if drawing.start and part is drawing.parts[-1] and part.lanes:
        axes.text(left - 0.95, 0.9, drawing.start, fontsize=7, ha="center", va="top", rotation=90)
        arrow(axes, (left - 1.2, 1.0), (left - 0.4, 1.0))
    if drawing.fed_back and part.above:
        draw_feedback(axes, columns, left, top)
    if drawing.value and part is drawing.parts[-1]:
        draw_value(axes, part, left, last, top, drawing)
    return last


def above(part: Part) -> list[str]:
    """What is answered at each step, and in brackets what would be right."""
    pairs = zip_longest(part.above, part.right[: len(part.above)])
    return [f"{short(said, 9)} ({short(right, 9)})" if right not in (None, said) else said for said, right in pairs]


def longest(words: Sequence[str], most: int) -> int:
    """Letters, of words that are cut at ``most``."""
    return min(most, max(map(len, words), default=0))


def draw_column(axes: Axes, part: Part, x: float) -> None:
    """What goes upwards at a step: both directions of a layer read the same, and hand on side by side."""
    lanes = part.lanes
    answered = bool(part.above)
    for i, lane in enumerate(lanes):
        y, from_below = 1.0 + i, 0.15 if i - lane.reverse == 0 else i + 0.38 - lane.reverse
        if not lane.reverse:
            arrow(axes, (x, from_below), (x, y - 0.38))
            continue
        aside(axes, x, from_below, y - 0.38, -0.38)  # past the forward cell, on its left
        if i + 1 < len(lanes) or answered:
            aside(axes, x, y - 0.62, y + 0.62, 0.38)  # and from that past this one, on its right
    if answered:
        arrow(axes, (x, len(lanes) + 0.38), (x, len(lanes) + 0.72))


def aside(axes: Axes, x: float, low: float, high: float, by: float) -> None:
    axes.plot([x + by / 3, x + by, x + by], [low + 0.04, low + 0.2, high - 0.2], color=INK, linewidth=0.7)
    arrow(axes, (x + by, high - 0.2), (x + by / 3, high))


def draw_lane(axes: Axes, lane: Lane, y: float, columns: Sequence[int | None], left: float, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    for i, step in enumerate(columns):
        x = left + i
        if step is None:
            axes.text(x, y, "…", ha="center", va="center", fontsize=10)
        else:
            axes.add_patch(
                FancyBboxPatch(
                    (x - 0.3, y - 0.3),
                    0.6,
                    0.6,
                    boxstyle="round,pad=0,rounding_size=0.1",
                    facecolor=colour,
                    edgecolor="none",
                )
            )
            axes.text(x, y, find(lane.cell).title, ha="center", va="center", fontsize=5.5, color=PAPER)
        if i + 1 < len(columns):
            ends = ((x + 0.66, y), (x + 0.34, y)) if lane.reverse else ((x + 0.34, y), (x + 0.66, y))
            arrow(axes, *ends)
    if len(columns) > 1:
        size(axes, left + 0.46, y + 0.1, lane.size, "center")


def draw_value(axes: Axes, part: Part, left: float, last: float, top: int, drawing: Unrolled) -> None:
    """One answer for the whole sequence: from its ends, or from all steps together."""
    y = top + 1.0
    at = last + 0.9
    if drawing.pooled == "last":
        for i, lane in enumerate(part.lanes[-2:] if part.lanes[-1].reverse else part.lanes[-1:]):
            x, lane_y = left if lane.reverse else last, top - (1 if part.lanes[-1].reverse else 0) + i
            axes.plot([x, x], [lane_y + 0.34, y], color=INK, linewidth=0.8)
            axes.plot([x, at - 0.3], [y, y], color=INK, linewidth=0.8)
    else:
        axes.plot([left - 0.35, at - 0.3], [y, y], color=INK, linewidth=2.5, solid_capstyle="butt")
        axes.text(left - 0.35, y + 0.12, f"{drawing.pooled} over all steps", fontsize=7, va="bottom")
        for x in range(int(last - left) + 1):
            axes.plot([left + x] * 2, [top + 0.34, y], color=FAINT, linewidth=0.8, zorder=0)
    arrow(axes, (at - 0.35, y), (at - 0.05, y))
    wrong = drawing.wanted and drawing.wanted != drawing.value
    text = f"{short(drawing.value, 16)}" + (f"\n(right: {short(drawing.wanted, 16)})" if wrong else "")
    axes.text(at, y, text, fontsize=8, fontweight="bold", va="center", color=COLOURS[1] if wrong else INK)


def draw_feedback(axes: Axes, columns: Sequence[int | None], left: float, top: int) -> None:
    """What is written is read at the next step."""
    for i, step in enumerate(columns[:-1]):
        if step is None or columns[i + 1] is None:
            continue
        x = left + i
        path = [(x + 0.08, top + 0.6), (x + 0.5, top + 0.6), (x + 0.5, 0.4), (x + 0.9, 0.25)]
        axes.plot(*zip(*path, strict=True), color=COLOURS[3], linewidth=0.8, linestyle=(0, (2, 1.5)))
    if len(columns) > 1:
        axes.text(left + 0.54, 0.45, "fed back", fontsize=5.5, color=COLOURS[3], va="bottom", rotation=90)


def draw_layers(axes: Axes, drawing: Unrolled) -> None:
    """A network without recurrence: one value in, layers, one value out."""
    for i, (name, features) in enumerate(drawing.shapes):
        axes.text(
            2.2 * i,
            1,
            short(name, 16),
            ha="center",
            va="center",
            fontsize=8,
            bbox={"boxstyle": "round", "facecolor": "none", "edgecolor": INK},
        )
        arrow(axes, (2.2 * i + 0.75, 1), (2.2 * i + 1.45, 1))
        size(axes, 2.2 * i + 1.1, 1.08, features, "center")
    axes.text(2.2 * len(drawing.shapes), 1, drawing.value, ha="center", va="center", fontsize=8, fontweight="bold")
    axes.set_xlim(-1, 2.2 * len(drawing.shapes) + 1.2)
    axes.set_ylim(0, 2)


def draw_attention(axes: Axes, source: tuple[float, float], target: float, y: float) -> None:
    """A bar over all steps of the source, that leads to the decoder."""
    axes.plot([source[0] - 0.3, source[1] + 0.3], [y, y], color=COLOURS[2], linewidth=2.5, solid_capstyle="butt")
    axes.plot([source[1] + 0.3, target - 1.0, target - 1.0], [y, y, 2.0], color=COLOURS[2], linewidth=0.9)
    arrow(axes, (target - 1.0, 2.0), (target - 0.4, 1.4))
    axes.text(
        source[0] - 0.3,
        y + 0.1,
        "attention: each step of the decoder looks at all of these",
        fontsize=7,
        color=COLOURS[2],
        va="bottom",
    )


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": INK,
            "linewidth": 0.7,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 6,
        },
    )


def size(axes: Axes, x: float, y: float, number: int, side: str) -> None:
    axes.text(x, y, f"{number:,}", fontsize=5.5, ha=side, va="center" if side == "right" else "bottom")


def word(axes: Axes, x: float, y: float, text: str, turn: int, side: str, colour: str = INK, most: int = BELOW) -> None:
    axes.text(x, y, short(text, most), fontsize=7, ha="center", va=side, rotation=turn, color=colour)
