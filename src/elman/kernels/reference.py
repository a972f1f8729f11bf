"""The time loop in plain PyTorch: any cell, dtype and device, differentiable any number of times.

A batch is ragged: the steps of all sequences lie one after another in ``x`` ``[N, I]``, and step ``t`` of
sequence ``b`` is row ``offsets[b] + t``. What a step does, a cell's own equations say (``elman.cells``). Together they
are the specification: every faster kernel is held against them, and they against ``torch.nn``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from elman import cells
from elman.cells import Cell, ResettingCell


class State(NamedTuple):
    """Hidden state ``h`` ``[B, H]`` and, of a cell that has one, cell state ``c`` ``[B, H]``."""

    h: Tensor
    c: Tensor | None = None

    @property
    def memory(self) -> Tensor:
        """What is carried on: ``c`` where there is one, else ``h``."""
        return self.h if self.c is None else self.c

    def of(self, rows: slice | Tensor) -> State:
        """The state of some of the sequences."""
        if isinstance(rows, slice):
            return State(self.h[rows], None if self.c is None else self.c[rows])
        return State(self.h.index_select(0, rows), None if self.c is None else self.c.index_select(0, rows))


def zero_state(cell: Cell, weight_ih: Tensor, batch: int) -> State:
    """Where ``batch`` sequences start unless given; of the kind and width of ``weight_ih`` ``[G*H, I]``."""
    h = weight_ih.new_zeros(batch, weight_ih.shape[0] // len(cell.rows))
    return State(*(h for _ in cell.states))


OnState = Callable[[Tensor, State], None]


def combine(
    cell: Cell, gates: Tensor, product: Tensor | None, state: State, *, see: Callable[[Tensor], Tensor] = lambda c: c
) -> State:
    """The next state from a step's two products, ``gates`` of the input and ``product`` of ``h``, each ``[B, G*H]``
    (the second None for a cell without ``weight_hh``).

    ``see`` is what a cell's output makes of ``c``.
    """
    return _advanced(cell, cell.activate(gates, product), state, see)


def _advanced(
    cell: Cell, values: tuple[Tensor, ...], state: State, see: Callable[[Tensor], Tensor] = lambda c: c
) -> State:
    memory = cell.remember(values, state.memory)
    if state.c is None:
        return State(cell.output(values, memory))
    return State(cell.output(values, see(memory)), memory)


def step(cell: Cell, gates: Tensor, state: State, weight_hh: Tensor | None, bias_hh: Tensor | None) -> State:
    """Advance ``state`` by one step, given the input projection ``gates`` ``[B, G*H]``."""
    h = state.h
    if weight_hh is None:
        return combine(cell, gates, None, state)
    if cell.reset_after or not isinstance(cell, ResettingCell):
        return combine(cell, gates, linear(h, weight_hh, bias_hh), state)
    gated = weight_hh.shape[0] - h.shape[1]  # rows of the gates proper, before those of the candidate
    bias_gated, bias_n = (None, None) if bias_hh is None else (bias_hh[:gated], bias_hh[gated:])
    product = linear(h, weight_hh[:gated], bias_gated)
    values = cell.activate(gates, product, lambda reset: linear(reset * h, weight_hh[gated:], bias_n))
    return _advanced(cell, values, state)


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
    on_state: OnState | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run ``cell`` over every sequence of a ragged batch; ``elman.ops.recurrent`` states the shapes."""
    own = cells.find(cell, nonlinearity=nonlinearity, reset_after=reset_after)

    def advance(gates: Tensor, state: State) -> State:
        return step(own, gates, state, weight_hh, bias_hh)

    projected = linear(x, weight_ih, bias_ih)
    start = zero_state(own, weight_ih, len(lengths)) if h0 is None else State(h0, c0)
    return time_loop(advance, projected, lengths, start, reverse=reverse, on_state=on_state)


def time_loop(
    advance: Callable[[Tensor, State], State],
    projected: Tensor,
    lengths: Tensor,
    start: State,
    *,
    reverse: bool = False,
    on_state: OnState | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """All steps of a ragged batch by ``advance(gates [B', G*H], state) -> state``: outputs and final states.

    Sequences stand in order of falling length, so that those still running at time step ``t``, ``B'`` of them, are
    always the first rows of the state. ``on_state(rows, state)`` sees each step's new state and its rows of
    ``projected`` ``[N, G*H]``. (Rows are taken by ``index_select``, whose gradient any batching rule of PyTorch knows.)
    """
    device = projected.device
    order = lengths.argsort(descending=True, stable=True)
    ranked = lengths[order]
    first = (lengths.cumsum(0) - lengths)[order]

    state = start.of(order.to(device))
    outputs, rows, ended = [], [], []
    for t in range(int(ranked[0]) if len(ranked) else 0):
        running = int((ranked > t).sum())
        ended.append(state.of(slice(running, None)))
        row = (first[:running] + (ranked[:running] - 1 - t if reverse else t)).to(device)
        state = advance(projected.index_select(0, row), state.of(slice(running)))
        if on_state is not None:
            on_state(row, state)
        outputs.append(state.h)
        rows.append(row)

    back = order.argsort().to(device)
    final = [state, *reversed(ended)]  # the last to end have the lowest ranks
    h_n = torch.cat([s.h for s in final]).index_select(0, back)
    c_n = None if start.c is None else torch.cat([s.c for s in final if s.c is not None]).index_select(0, back)
    if not rows:
        return projected[:, : start.h.shape[1]], h_n, c_n
    return torch.cat(outputs).index_select(0, torch.cat(rows).argsort()), h_n, c_n
