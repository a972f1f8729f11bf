"""The same answer, however it is asked for: alone or in a batch, padded, in another order, streamed, on other threads.

Anything but rounding here would be a mistake: masked padding that leaks, a state that is carried over, a sum that
depends on its neighbours.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from elman.inspection.answers import answers, chosen
from elman.inspection.subject import Subject, recurrent_weights, stacks_of
from elman.inspection.trace import run_by
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.recurrent import State
from elman.ragged import Ragged

STEPS, ROWS, WORK = 2_000, 24, 1e9
ALIKE = 1e-4
"""Scores that differ by less, in units of the largest score, differ by the rounding of float32."""


@dataclass(frozen=True)
class Way:
    """Another way to the same answers: the largest difference of any score, relative to the largest score, and how many
    answers it changes; or why there is no such way."""

    name: str
    difference: float | None
    changes: int | None
    why_not: str = ""

    @property
    def alike(self) -> bool:
        return self.difference is None or self.difference < ALIKE


@dataclass(frozen=True)
class Audit:
    """All ways, over so many rows and answers."""

    ways: list[Way]
    rows: int
    answers: int


@torch.no_grad()
def audit(subject: Subject) -> Audit:
    network = subject.network
    rows = subject.within(min(STEPS, max(100, WORK / recurrent_weights(network))), ROWS)
    together = answers(network, subject.collate(rows))
    scale = float(together.values.abs().max()) if len(together.values) else 1.0
    best = chosen(network, together)

    def compare(name: str, found: Callable[[], Ragged]) -> Way:
        other = found()
        difference = float((other.values - together.values).abs().max() / scale) if scale else 0.0
        now = chosen(network, other)
        changes = None if best is None or now is None else int((best != now).sum())
        return Way(name, difference, changes)

    def alone() -> Ragged:
        return joined([answers(network, subject.collate([row])) for row in rows])

    def reordered() -> Ragged:
        return answers(network, subject.collate(rows[::-1])).select(torch.arange(len(rows)).flip(0))

    def with_stacks(run: Callable[[RecurrentStack, Ragged, State | None], tuple[Ragged, State]]) -> Ragged:
        with ExitStack() as all_of_them:
            for stack in stacks_of(network).values():
                all_of_them.enter_context(run_by(stack, run))
            return answers(network, subject.collate(rows))

    def on_threads(count: int) -> Ragged:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        try:
            return answers(network, subject.collate(rows))
        finally:
            torch.set_num_threads(before)

    threads = 1 if torch.get_num_threads() > 1 else 2
    ways = [
        compare("each row alone", alone),
        compare("the batch in another order", reordered),
        compare(f"with {threads} thread{'s' * (threads > 1)}", lambda: on_threads(threads)),
        compare("in float64", lambda: in_double(network, subject, rows)),
    ]
    if stacks_of(network):
        ways.insert(2, compare("padded to the longest, with lengths", lambda: with_stacks(padded)))
        if any(stack.rnn.bidirectional for stack in stacks_of(network).values()):
            why = "a direction that reads from the end can't go step by step"
            ways.append(Way("streamed, step by step", None, None, why))
        else:
            ways.append(compare("streamed, step by step", lambda: with_stacks(streamed)))
    return Audit(ways, len(rows), len(together.values))


def joined(several: list[Ragged]) -> Ragged:
    return Ragged(torch.cat([one.values for one in several]), torch.cat([one.lengths for one in several]))


def in_double(network: Network, subject: Subject, rows: list[int]) -> Ragged:
    """The answers with twice the digits, which tells what float32 rounds away."""
    found = answers(copy.deepcopy(network).double(), doubled(subject.collate(rows)))
    return found.with_values(found.values.float())


def doubled(value: Any) -> Any:
    """Numbers of a batch in float64; ids and pictures as they are."""
    if isinstance(value, Tensor):
        return value.double() if value.is_floating_point() else value
    if isinstance(value, Ragged):
        return value.map(doubled)
    if isinstance(value, tuple):
        return tuple(map(doubled, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: doubled(getattr(value, part.name)) for part in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value


# -- other ways through a stack -----------------------------------------------------------------


def padded(stack: RecurrentStack, x: Ragged, state: State | None) -> tuple[Ragged, State]:
    """Through ``torch.nn``'s way in: a padded tensor, filled with noise that must not be heard, and the lengths."""
    filled = x.padded(value=1e3).transpose(0, 1)
    hx = state[0] if state is not None and len(state) == 1 else state
    out, after = stack.rnn(filled, hx, lengths=x.lengths)
    return Ragged.from_padded(out.transpose(0, 1), x.lengths), after if isinstance(after, tuple) else (after,)


def streamed(stack: RecurrentStack, x: Ragged, state: State | None) -> tuple[Ragged, State]:
    """One step after the other, the state carried by hand."""
    outputs, finals = [], []
    for row, steps in enumerate(x):
        own = stack.rnn.initial_state(1) if state is None else tuple(part[:, row : row + 1] for part in state)
        for step in steps:
            out, own = stack.rnn.step(step.unsqueeze(0), own)
            outputs.append(out)
        finals.append(own)
    values = torch.cat(outputs) if outputs else x.values.new_zeros(0, stack.output_size)
    return x.with_values(values), tuple(torch.cat(parts, 1) for parts in zip(*finals, strict=True))
