"""How many steps back a model's memory reaches, measured by taking memory away.

``windowed`` runs a stack so that the state of each step comes from that step and the ``k`` before it alone, all older
ones forgotten (in a bidirectional stack also from the ``k`` after it). With k = 0 the model ignores order; as k grows
the answers become those of the whole model, and the ``k`` where they do is how far it remembers. (Khandelwal et al.
2018 cut the context of language models in this way.)

``changed`` asks the other way round: one step's input is exchanged for another's, and the answers ``k`` steps later are
looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from elman.drawing.figures import heading
from elman.inspection.answers import answers, losses, moved, right, unit_of_movement, writes
from elman.inspection.section import number, percent
from elman.inspection.subject import Subject, recurrent_weights, stacks_of
from elman.inspection.trace import run_by
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.recurrent import State
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEFT = 0.1
"""A memory of k steps is enough where the answers are this close to the whole model's, k = 0 being 1."""
TOGETHER = 8
"""Above this many steps of memory, windows serve several steps each, whose memories differ by an eighth at most."""
MOST_STEPS, FEWEST_STEPS, WORK = 5_000, 200, 1e9


@dataclass(frozen=True)
class Point:
    """A memory of ``steps``: how far answers moved from the whole model's, their mean loss, the share that is right."""

    steps: int
    moved: float
    loss: float
    right: float | None


@dataclass(frozen=True)
class Memory:
    """Of one stack.

    points: from a memory of none up to the longest sequence;  whole: the model as it is
    uses:   the fewest steps of memory with which the answers are nearly the whole model's;  None: they never move
    changed: at ``k``, how far an answer moves on average when the input ``k`` steps before it is exchanged; empty where
             input and output aren't aligned
    longest: steps of the longest sequence looked at;  rows: how many sequences
    """

    stack: str
    points: list[Point]
    whole: Point
    uses: int | None
    changed: list[tuple[int, float]]
    longest: int
    rows: int
    both_directions: bool
    unit: str


@torch.no_grad()
def memory(subject: Subject) -> list[Memory]:
    """Each stack of the model in turn, the others as they are."""
    network = subject.network
    limit = min(MOST_STEPS, max(FEWEST_STEPS, WORK / recurrent_weights(network)))
    rows = subject.within(limit)
    batch = subject.collate(rows)
    return [_of_stack(network, batch, name, stack, len(rows)) for name, stack in stacks_of(network).items()]


def _of_stack(network: Network, batch: Batch, name: str, stack: RecurrentStack, rows: int) -> Memory:
    found = answers(network, batch)
    longest = max(1, int(lengths_read(network, stack, batch).max()))

    def point(k: int) -> Point:
        with run_by(stack, lambda own, x, state: windowed(own, x, state, k)):
            now = answers(network, batch)
        return _point(network, batch, k, now, found)

    points = {k: point(k) for k in doubling(longest - 1)}
    uses = _enough(points, point)
    exchanged = [] if writes(network) else changed(network, stack, batch, found)
    whole = _point(network, batch, longest - 1, found, found)
    ordered = [points[k] for k in sorted(points)]
    return Memory(
        name, ordered, whole, uses, exchanged, longest, rows, stack.rnn.bidirectional, unit_of_movement(network.head)
    )


def _point(network: Network, batch: Batch, k: int, now: Ragged, whole: Ragged) -> Point:
    hits = right(network, now, batch)
    return Point(
        k,
        float(moved(network.head, whole.values, now.values).mean()),
        float(losses(network, now, batch).mean()),
        None if hits is None else float(hits.float().mean()),
    )


def doubling(most: int) -> list[int]:
    """0, 1, 2, 4 ... and ``most``."""
    steps = [0]
    while steps[-1] < most:
        steps.append(min(most, max(1, 2 * steps[-1])))
    return steps


def _enough(points: dict[int, Point], point: Callable[[int], Point]) -> int | None:
    """The least k from which on answers are close to the whole model's: between two of the points, by halving."""
    if points[0].moved <= 1e-6:
        return None
    near = LEFT * points[0].moved
    far = [k for k in points if points[k].moved > near]
    low = max(far)
    above = [k for k in points if k > low]
    if not above:
        return low
    high = min(above)
    while high - low > max(1, low // TOGETHER):
        middle = (low + high) // 2
        points[middle] = point(middle)
        low, high = (middle, high) if points[middle].moved > near else (low, middle)
    return high


def lengths_read(network: Network, stack: RecurrentStack, batch: Batch) -> Tensor:
    """``[B]``: how many steps the stack reads of each sequence, which an encoder may have made fewer."""
    seen: list[Tensor] = []
    handle = stack.register_forward_pre_hook(lambda module, args: seen.append(args[0].lengths))
    try:
        answers(network, batch)
    finally:
        handle.remove()
    return seen[0]


# -- forgetting -------------------------------------------------------------------------------


def windowed(stack: RecurrentStack, x: Ragged, state: State | None, k: int) -> tuple[Ragged, State]:
    """The outputs at every step and the final state, each from a memory of ``k`` steps (``k`` to ``k + k // 8``).

    ``state`` is where each window begins: what a decoder holds of its source is not forgotten.
    """
    rnn, both = stack.rnn, stack.rnn.bidirectional
    block = max(1, k // TOGETHER)  # steps that a window serves
    owner, first = [], []
    for row, length in enumerate(x.lengths.tolist()):
        starts = range(0, length, block)
        owner += [row] * len(starts)
        first += starts
    rows, begin = torch.tensor(owner, dtype=torch.int64), torch.tensor(first, dtype=torch.int64)
    lengths = x.lengths[rows]
    past = torch.minimum(begin + block, lengths)
    low = (begin - k).clamp(min=0)
    high = torch.minimum(past + k, lengths) if both else past
    read = Ragged(x.values[ranges(x.offsets[rows] + low, high - low)], high - low)
    start = None if state is None else tuple(part[:, rows] for part in state)
    steps, final = rnn.unroll(read, start)
    kept = steps.values[ranges(read.offsets + begin - low, past - begin)]
    if state is None:
        state = rnn.initial_state(len(x))
    ends = _final_state(final, state, rows, begin == 0, past == lengths, rnn.num_directions)
    return x.with_values(kept), ends


def ranges(starts: Tensor, counts: Tensor) -> Tensor:
    """``counts[i]`` numbers from ``starts[i]`` on, one range after another."""
    first = torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    return torch.arange(int(counts.sum())) - first + torch.repeat_interleave(starts, counts)


def _final_state(final: State, state: State, rows: Tensor, first: Tensor, last: Tensor, directions: int) -> State:
    """Each sequence's final state: forward from its last window, backward from its first."""
    parts = []
    for old, new in zip(state, final, strict=True):
        part = old.clone()
        for layer in range(len(part)):
            ends = first if layer % directions else last
            part[layer, rows[ends]] = new[layer, ends]
        parts.append(part)
    return tuple(parts)


# -- exchanging -------------------------------------------------------------------------------


def changed(network: Network, stack: RecurrentStack, batch: Batch, found: Ragged) -> list[tuple[int, float]]:
    """At distances 0, 1, 2, 4 ..., how far the last answer moves when the input so many steps before the end becomes
    another step's."""
    generator = torch.Generator().manual_seed(0)
    lengths = lengths_read(network, stack, batch)
    moves = []
    for k in doubling(max(1, int(lengths.max())) - 1):
        some = lengths > k

        def exchange(module: Any, args: Any, k: int = k, some: Tensor = some) -> tuple[Any, ...]:
            x: Ragged = args[0]
            at = (x.offsets + x.lengths - 1 - k)[some]
            others = torch.randint(len(x.values), (len(at),), generator=generator)
            return (x.with_values(x.values.index_copy(0, at, x.values[others])), *args[1:])

        handle = stack.register_forward_pre_hook(exchange)
        try:
            now = answers(network, batch)
        finally:
            handle.remove()
        last = (found.offsets + found.lengths - 1)[some]
        moves.append((k, float(moved(network.head, found.values[last], now.values[last]).mean())))
    return moves


# -- for people -------------------------------------------------------------------------------


def describe(one: Memory) -> str:
    before = "to each side" if one.both_directions else "back"
    if one.uses is None:
        return f"The {one.stack}'s answers don't depend on earlier steps at all."
    steps = f"about {one.uses} step{'s' * (one.uses != 1)} {before}"
    text = f"The {one.stack} uses {steps} (of sequences of up to {one.longest:,} steps, {one.rows} looked at)."
    if one.uses >= one.longest - 1 > 0:
        text = f"The {one.stack} uses all of its {one.longest:,} steps: with one less, answers still move."
    first = one.points[0]
    if one.whole.right is not None and first.right is not None:
        lost = 100 * (one.whole.right - first.right)
        text += (
            f" With every step on its own, without any order, it would be right in {percent(first.right)} of the "
            f"answers instead of {percent(one.whole.right)}: {'a loss' if lost >= 0 else 'a gain'} of {abs(lost):.1f} "
            "points."
        )
    return text + f" The mean loss would be {number(first.loss)} instead of {number(one.whole.loss)}."


def caption(found: Sequence[Memory]) -> str:
    return (
        "Left: everything older than so many steps is forgotten; how far the answers move from the whole model's (in "
        f"{found[0].unit}). At 0 each step stands alone, without any order. Beside it the score, which falls as "
        "the memory is taken away if the memory was good for something. Right, where there is one: a single step's "
        "input is exchanged for another's, so many steps before the last answer. Where the lines reach the bottom (or "
        "the score its height), more memory is not used."
    )


def draw(figure: Figure, found: Sequence[Memory]) -> None:
    panels = 1 + any(one.whole.right is not None for one in found) + any(one.changed for one in found)
    figure.set_size_inches(7.2, 2.9)
    axes = list(np.atleast_1d(figure.subplots(1, panels)))
    for one in found:
        steps = [point.steps for point in one.points]
        axes[0].plot(steps, [point.moved for point in one.points], marker="o", label=one.stack)
        if panels > 1 and one.whole.right is not None:
            axes[1].plot(steps, [100 * (p.right or 0) for p in one.points], marker="o", label=one.stack)
        if one.changed:
            axes[-1].plot(*zip(*one.changed, strict=True), marker="o", label=one.stack)
    titles = ["older steps forgotten"] + ["the same: score"] * (found[0].whole.right is not None)
    titles += ["one step exchanged"] * any(one.changed for one in found)
    sides = {"older steps forgotten": "answers moved", "the same: score": "right, %", "one step exchanged": "moved"}
    for axis, title in zip(axes, titles, strict=True):
        axis.set_xscale("symlog", base=2, linthresh=1)
        ticks = sorted({0, 1, *(2**k for k in range(0, 14, 2 if found[0].longest > 40 else 1))})
        shown = [tick for tick in ticks if tick < max(one.longest for one in found)] or [0]
        axis.set_xticks(shown, [str(tick) for tick in shown])
        axis.set_ylim(0, 105 if title == "the same: score" else None)
        along = "steps before the end" if "exchanged" in title else "steps of memory"
        heading(axis, title, along, sides[title], legend=len(found) > 1)
