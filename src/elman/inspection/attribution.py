"""Which inputs decided an answer: by the gradient, and by leaving each out.

gradient x input (Shrikumar et al. 2017) multiplies each step's input vector by the gradient of the answer's score; with
inputs of zero as the reference, the parts should add up to what the score gained over an input of nothing. They do so
only as far as the network is linear: the rest is the completeness gap (Sundararajan, Taly & Yan 2017), which is
reported. Occlusion leaves one step after the other out (puts zeros there) and looks how the score falls; it needs no
gradient, and sees what saturated gates hide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from elman.drawing.figures import INK, heading, heat, words_along
from elman.inspection.answers import answers, is_classes
from elman.inspection.subject import Subject, recurrent_weights
from elman.inspection.words import said, short
from elman.models.network import Network
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from elman.inspection.within import Columns

STEPS, FEWEST, WORK = 60, 6, 6e10
"""Steps that are left out, one after the other; of more, and in large networks, stretches of several: at most so many,
and at least, and what passes times steps times weights come to. A row of which one pass is more isn't looked at."""
NOTHING = 1e-3  # of the score
MATRIX = 40  # answers of a sequence that are looked at


@dataclass(frozen=True)
class Attribution:
    """What decided one answer of a row, step by step.

    answer: which, as text;  gradient: gradient x input;  occlusion: how far the score falls without the step
    gap: the completeness gap of the gradient's parts, as a share of what they should add up to
    matrix: of a sequence of answers, ``[answers][steps]``: how far each one's score falls; [] for a single answer
    outcomes: those answers, as text
    """

    row: str
    words: list[str]
    answer: str
    gradient: list[float]
    occlusion: list[float]
    gap: float
    matrix: list[list[float]]
    outcomes: list[str]


@dataclass(frozen=True)
class Weighed:
    """What a part of the network handed on, by what it meant for one answer.

    found: the answers;  at: which of them;  scores: ``[M]``, of each one's choice
    parts: gradient x input, of the shape of what was handed on;  gap: the completeness gap
    """

    found: Ragged
    at: int
    scores: Tensor
    parts: Tensor
    gap: float


def weighed(network: Network, batch: Any, module: nn.Module) -> Weighed | None:
    """By the answer that the model is least sure of; None where ``module`` handed on nothing, or there is no answer."""
    seen: list[Tensor] = []

    def watch(handed: Tensor) -> Tensor:
        seen.append(handed.detach().requires_grad_())
        return seen[0]

    with rewritten(module, watch):
        found = answers(network, batch)
    if not seen or not len(found.values):
        return None
    at, scores = scored(network, found)
    (grad,) = torch.autograd.grad(scores[at], seen[0])
    parts, scores = grad * seen[0].detach(), scores.detach()
    found = found.with_values(found.values.detach())
    gained = float(fall(network, batch, module, torch.zeros_like, found)[at])
    return Weighed(found, at, scores, parts, abs(float(parts.sum()) - gained) / max(abs(gained), 1e-9))


@torch.no_grad()
def fall(network: Network, batch: Any, module: nn.Module, change: Callable[[Tensor], Tensor], whole: Ragged) -> Tensor:
    """``[M]``: by how much each answer's score is less with what ``module`` hands on changed."""
    with rewritten(module, change):
        now = answers(network, batch).values
    return column(network, whole.values, whole.values) - column(network, now, whole.values)


def decided_by(answer: str, named: Sequence[tuple[str, float]], what: str) -> str:
    """What an answer rests on: steps or columns, and by how much its score falls (or rises, below 0) without each."""
    parts = {sign: [f"{name!r} ({fall:+.2g})" for name, fall in named if fall * sign > NOTHING] for sign in (1, -1)}
    said = [f"rests on {', '.join(parts[1])}"] if parts[1] else []
    said += [f"has {', '.join(parts[-1])} against it"] if parts[-1] else []
    if not said:
        return f"{answer!r} rests on none of the {what} by itself: left out one by one, nothing changes."
    return f"{answer!r} {' and '.join(said)}, by how far its score falls when each is left out."


def attribution(subject: Subject, row: int) -> Attribution | None:
    """Of the answer to a row that the model is least sure of; None where it is no sequence, or too long a one."""
    network, encoder = subject.network, subject.network.get_submodule("encoder")
    if too_long(subject, row):
        return None
    batch = subject.collate([row])
    seen = weighed(network, batch, encoder)
    if seen is None or len(seen.parts) < 2:
        return None
    parts, at = seen.parts.sum(1), seen.at
    left_out = stretches(len(parts), recurrent_weights(network))
    falls = torch.stack([fall(network, batch, encoder, without(stretch), seen.found) for stretch in left_out])
    sizes = [len(stretch) for stretch in left_out]
    words = subject.elements(row, len(parts))
    words = [words[stretch[0]] if stretch[0] < len(words) else "" for stretch in left_out]
    outcomes = said(subject, seen.found)[0]
    several = len(outcomes) > 1
    return Attribution(
        subject.name(row),
        words,
        outcomes[at],
        [float(part.sum()) for part in parts.split(sizes)],
        falls[:, at].tolist(),
        seen.gap,
        falls[:, :MATRIX].T.tolist() if several else [],
        outcomes[:MATRIX] if several else [],
    )


def too_long(subject: Subject, row: int) -> bool:
    return subject.sizes[row] * recurrent_weights(subject.network) > WORK


def scored(network: Network, found: Ragged) -> tuple[int, Tensor]:
    """Which answer is looked at, and the score ``[M]`` of each one's choice.

    It is the least sure; where none is surer than another, the last, which has most steps before it.
    """
    scores = column(network, found.values, found.values)
    if len(scores) == 1 or not is_classes(network.head):
        return len(scores) - 1, scores
    return int(found.values.detach().softmax(-1).max(-1).values.argmin()), scores


def column(network: Network, values: Tensor, whole: Tensor) -> Tensor:
    """``[M]``: the scores ``values`` of what the whole input led to: the best class, or the number itself."""
    if is_classes(network.head):
        return values.gather(1, whole.detach().argmax(-1, keepdim=True)).squeeze(1)
    if values.dim() == 3:  # a forecast: the mean of its first step
        return values[:, 0, 0]
    return values.gather(1, whole.detach().abs().argmax(-1, keepdim=True)).squeeze(1)


def stretches(steps: int, weights: int) -> list[range]:
    """All steps in some stretches of one size."""
    size = -(-steps // int(min(STEPS, max(FEWEST, WORK / (steps * weights)))))
    return [range(start, min(start + size, steps)) for start in range(0, steps, size)]


def without(stretch: range) -> Callable[[Tensor], Tensor]:
    """Puts zeros where these steps are."""

    def change(vectors: Tensor) -> Tensor:
        out = vectors.clone()
        out[stretch.start : stretch.stop] = 0
        return out

    return change


@contextmanager
def rewritten(module: nn.Module, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """In this context others read something other than what ``module`` hands on."""

    def after(module: Any, args: Any, out: Any) -> Any:
        return out.map(change) if isinstance(out, Ragged) else change(out)

    handle = module.register_forward_hook(after)
    try:
        yield
    finally:
        handle.remove()


CAPTION = (
    "Bars above zero spoke for the answer, bars below against it. The two ways need not agree: the gradient tells what"
    " a small change would do, leaving out what the whole step did. The completeness gap says how far the gradient's "
    "parts are from adding up to what they should explain; above a third, trust leaving out."
)
MATRIX_CAPTION = (
    "Each row is an answer, each column a step of the input that was left out: blue where the answer lost by it, "
    "orange where it gained. A diagonal means that the steps answer for themselves; colours beside it are context that"
    " is used."
)


def draw(figure: Figure, found: Attribution) -> None:
    draw_parts(figure, found, found.words)


def draw_parts(figure: Figure, found: Attribution | Columns, names: Sequence[str]) -> None:
    """What each part of an input said for an answer, or against it, measured in both ways."""
    figure.set_size_inches(7.2, 2.8)
    axes = figure.add_subplot()
    places = np.arange(len(names))
    axes.bar(places - 0.2, found.occlusion, 0.4, label="leaving out")
    axes.bar(places + 0.2, found.gradient, 0.4, label="gradient × input")
    axes.axhline(0, color=INK, linewidth=0.6)
    heading(axes, f"the score of {short(found.answer, 30)!r} ({found.row})", y="score")
    words_along(axes, [short(name) for name in names])
    axes.grid(visible=False, axis="x")


def draw_matrix(figure: Figure, found: Attribution) -> None:
    matrix = np.array(found.matrix)
    figure.set_size_inches(7.2, 1.2 + 0.16 * len(matrix))
    axes = figure.add_subplot()
    heat(axes, matrix)
    words_along(axes, [short(word, 10) for word in found.words])
    axes.set_yticks(range(len(found.outcomes)), [short(word, 12) for word in found.outcomes], fontsize=7)
    heading(axes, found.row, "step left out", "answer", legend=False)
