"""What happens inside the recurrent stacks of a network while it runs: inputs, states, gates, gradients.

``watched`` notes what each stack reads and hands on, and has the engine record dL/dh_t in its own backward pass.
``unrolled`` then gives every layer and direction with the state before and after each step and its gates, all steps at
once: the layer's output gives the states, so that no step has to be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from elman.cells import Cell
from elman.errors import TaskError
from elman.inspection.subject import stacks_of
from elman.kernels.reference import State
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.recurrent import Recurrent
from elman.ops import GradientRecord, record_gradients, recurrent
from elman.ragged import Ragged

Run = Callable[[RecurrentStack, Ragged, Any], tuple[Ragged, Any]]
"""What a stack does: inputs and the state to begin with, or None -> outputs and the final state."""


@dataclass
class StackRun:
    """One run of a stack: what it read, from which state on, what it handed on; a record per layer and direction."""

    name: str
    rnn: Recurrent
    inputs: Ragged
    state: Any
    outputs: Ragged
    records: list[GradientRecord] = field(default_factory=list)


@dataclass(frozen=True)
class LayerRun:
    """One layer in one direction over a batch, each ``[N, ...]`` with the rows where the inputs have theirs.

    gates:   the input projections ``[N, G*H]``;  product: ``h W_hh^T + b_hh`` ``[N, G*H]``, None without ``W_hh``
    before, after: the states ``[N, H]`` that a step begins and ends with
    """

    stack: str
    layer: int
    reverse: bool
    spec: Cell
    lengths: Tensor
    weight_hh: Tensor | None
    gates: Tensor
    product: Tensor | None
    before: State
    after: State
    record: GradientRecord | None = None

    @property
    def name(self) -> str:
        direction = ", backward" if self.reverse else ""
        return f"{self.stack}, layer {self.layer + 1}{direction}"

    def open(self) -> dict[str, Tensor]:
        """The gates proper by name, each ``[N, H]`` from 0 (shut) to 1 (open)."""
        return self.spec.opened(self.gates, self.product)


@contextmanager
def watched(network: Network) -> Iterator[list[StackRun]]:
    """Yields the runs of the network's stacks, in the order in which they end. Gradients are recorded with them."""
    runs: list[StackRun] = []
    handles = []
    with record_gradients() as records:
        for name, stack in stacks_of(network).items():
            begun: list[int] = []

            def before(module: Any, args: Any, begun: list[int] = begun) -> None:
                begun.append(len(records))

            def after(module: Any, args: Any, out: Any, name: str = name, begun: list[int] = begun) -> None:
                state = args[1] if len(args) > 1 else None
                runs.append(StackRun(name, module.rnn, args[0], state, out[0], records[begun.pop() :]))

            handles += [stack.register_forward_pre_hook(before), stack.register_forward_hook(after)]
        try:
            yield runs
        finally:
            for handle in handles:
                handle.remove()


@contextmanager
def run_by(stack: RecurrentStack, run: Run) -> Iterator[None]:
    """In this context ``run`` does what the stack does."""

    def instead(module: Any, args: Any, out: Any) -> tuple[Ragged, Any]:
        return run(stack, args[0], args[1] if len(args) > 1 else None)

    handle = stack.register_forward_hook(instead)
    try:
        yield
    finally:
        handle.remove()


def plain(rnn: Recurrent) -> bool:
    """Whether the cells are what their equations say, with nothing else inside, so that they can be opened."""
    return not rnn.is_stepwise and not rnn.proj_size and rnn.reset_after


@torch.no_grad()
def unrolled(run: StackRun) -> list[LayerRun]:
    """Every layer and direction of a run, in the order of the records. Dropout plays no part: networks are inspected as
    they are used."""
    rnn, x, lengths = run.rnn, run.inputs.values.detach(), run.inputs.lengths
    if not plain(rnn):
        raise TaskError(f"{rnn} changes the inside of its cell; only plain cells can be looked into")
    state = rnn.initial_state(len(lengths)) if run.state is None else run.state
    found: list[LayerRun] = []
    for layer, own in enumerate(rnn.by_layer(state)):
        outputs = []
        for direction in range(rnn.num_directions):
            start = State(*(part[direction].detach() for part in own))
            record = run.records[len(found)] if run.records else None
            found.append(_layer_run(run.name, rnn, layer, direction == 1, x, lengths, start, record))
            outputs.append(found[-1].after.h)
        x = torch.cat(outputs, 1)
    return found


def _layer_run(
    name: str, rnn: Recurrent, layer: int, reverse: bool, x: Tensor, lengths: Tensor, start: State, record: Any
) -> LayerRun:
    weight_ih, weight_hh, bias_ih, bias_hh = rnn.layer_parameters(layer, int(reverse))
    h, _, _ = recurrent(
        rnn.cell,
        x,
        lengths,
        weight_ih,
        weight_hh,
        bias_ih,
        bias_hh,
        start.h,
        start.c,
        reverse=reverse,
        nonlinearity=rnn.nonlinearity,
    )
    before_h = shifted(h, lengths, start.h, reverse)
    gates = linear(x, weight_ih, bias_ih)
    product = None if weight_hh is None else linear(before_h, weight_hh, bias_hh)
    before_c = after_c = None
    if start.c is not None:
        after_c = cell_states(rnn.spec, rnn.spec.activate(gates, product), lengths, start.c, reverse)
        before_c = shifted(after_c, lengths, start.c, reverse)
    return LayerRun(
        name,
        layer,
        reverse,
        rnn.spec,
        lengths,
        None if weight_hh is None else weight_hh.detach(),
        gates,
        product,
        State(before_h, before_c),
        State(h, after_c),
        record,
    )


def shifted(values: Tensor, lengths: Tensor, first: Tensor, reverse: bool) -> Tensor:
    """What each step begins with: the value ``[N, H]`` of the step before it, or ``first`` ``[B, H]``."""
    moved = torch.roll(values, -1 if reverse else 1, 0)
    some = lengths > 0
    ends = lengths.cumsum(0)
    at = (ends - 1 if reverse else ends - lengths)[some]
    return moved.index_copy(0, at.to(values.device), first[some.to(first.device)])


def cell_states(cell: Cell, values: Sequence[Tensor], lengths: Tensor, c0: Tensor, reverse: bool) -> Tensor:
    """The cell states ``[N, H]`` after each step, from what each step's blocks of rows became, each ``[N, H]``."""
    padded = [Ragged(value, lengths).padded() for value in values]
    mask = Ragged(values[0], lengths).mask()
    out, c = torch.empty_like(padded[0]), c0
    steps = range(mask.shape[1])
    for t in reversed(steps) if reverse else steps:  # where a sequence is over, or hasn't begun, c stays as it is
        c = torch.where(mask[:, t, None], cell.remember([value[:, t] for value in padded], c), c)
        out[:, t] = c
    return out[mask]
