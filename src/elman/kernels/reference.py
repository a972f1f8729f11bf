"""The specification: every cell in plain PyTorch, any dtype and device, differentiable any number of times.

A batch is ragged: the steps of all sequences lie one after another in ``x`` ``[N, I]``, and step ``t`` of
sequence ``b`` is row ``offsets[b] + t``. Every faster kernel is held against this file, and this file against
``torch.nn``.

A cell advances the state by one step. ``gates`` is the step's input projection ``x_t W_ih^T + b_ih``
``[B, G*H]``; a gate's own rows of a matrix carry its letter:

    rnn    h' = f(gates + h W_hh^T + b_hh)                            Elman (1990)
    lstm   i, f, g, o = gates + h W_hh^T + b_hh                       Hochreiter & Schmidhuber (1997);
           c' = sigmoid(f) c + sigmoid(i) tanh(g)                     forget gate: Gers et al. (2000)
           h' = sigmoid(o) tanh(c')
    gru    r, z = sigmoid(gates + h W_hh^T + b_hh)                    Cho et al. (2014)
           n = tanh(gates_n + r (h W_n^T + b_n))                      reset after the product (torch, cuDNN)
           n = tanh(gates_n + (r h) W_n^T + b_n)                      or before it (the paper)
           h' = (1 - z) n + z h
    mgu    f = sigmoid(gates + h W_hh^T + b_hh)                       Zhou et al. (2016): a GRU whose one gate
           n, as in a GRU with f for r;  h' = f n + (1 - f) h         f is both r and 1 - z
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

GATES = {"rnn": 1, "lstm": 4, "gru": 3, "mgu": 2}
NONLINEARITIES: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
}


class State(NamedTuple):
    """Hidden state ``h`` ``[B, H]`` and, for an LSTM, cell state ``c`` ``[B, H]``."""

    h: Tensor
    c: Tensor | None = None

    def of(self, rows: slice | Tensor) -> State:
        """The state of some of the sequences."""
        return State(self.h[rows], None if self.c is None else self.c[rows])


def zero_state(cell: str, weight_hh: Tensor, batch: int) -> State:
    """Where ``batch`` sequences start unless told otherwise; of the kind and width of ``weight_hh`` ``[G*H, H]``."""
    h = weight_hh.new_zeros(batch, weight_hh.shape[1])
    return State(h, h if cell == "lstm" else None)


OnState = Callable[[Tensor, State], None]


def combine(
    cell: str,
    gates: Tensor,
    product: Tensor,
    state: State,
    *,
    nonlinearity: str = "tanh",
    see: Callable[[Tensor], Tensor] = lambda c: c,
) -> State:
    """The next state from a step's two products, ``gates`` of the input and ``product`` of ``h``, each ``[B, G*H]``.

    ``see`` is what an LSTM's output makes of ``c`` before the tanh.
    """
    h, c = state
    if cell == "rnn":
        return State(NONLINEARITIES[nonlinearity](gates + product))
    if cell == "lstm":
        assert c is not None
        i, f, g, o = (gates + product).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return State(torch.sigmoid(o) * torch.tanh(see(c)), c)
    gated = gates.shape[1] - h.shape[1]  # columns of the gates proper, before those of the candidate
    reset, keep = _reset_and_keep(cell, torch.sigmoid(gates[:, :gated] + product[:, :gated]))
    n = torch.tanh(gates[:, gated:] + reset * product[:, gated:])
    return State(n + keep * (h - n))


def _reset_and_keep(cell: str, gates: Tensor) -> tuple[Tensor, Tensor]:
    """What a candidate hears of ``h``, and how much of ``h`` is kept."""
    if cell == "mgu":
        return gates, 1 - gates
    r, z = gates.chunk(2, 1)
    return r, z


def step(
    cell: str,
    gates: Tensor,
    state: State,
    weight_hh: Tensor,
    bias_hh: Tensor | None,
    *,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
) -> State:
    """Advance ``state`` by one step, given the input projection ``gates`` ``[B, G*H]``."""
    if reset_after or cell not in ("gru", "mgu"):
        return combine(cell, gates, linear(state.h, weight_hh, bias_hh), state, nonlinearity=nonlinearity)
    h, gated = state.h, weight_hh.shape[0] - weight_hh.shape[1]
    bias_gated, bias_n = (None, None) if bias_hh is None else (bias_hh[:gated], bias_hh[gated:])
    product = linear(h, weight_hh[:gated], bias_gated)
    reset, keep = _reset_and_keep(cell, torch.sigmoid(gates[:, :gated] + product))
    n = torch.tanh(gates[:, gated:] + linear(reset * h, weight_hh[gated:], bias_n))
    return State(n + keep * (h - n))


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
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

    def advance(gates: Tensor, state: State) -> State:
        return step(cell, gates, state, weight_hh, bias_hh, nonlinearity=nonlinearity, reset_after=reset_after)

    projected = linear(x, weight_ih, bias_ih)
    start = zero_state(cell, weight_hh, len(lengths)) if h0 is None else State(h0, c0)
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
    ``projected`` ``[N, G*H]``.
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
        state = advance(projected[row], state.of(slice(running)))
        if on_state is not None:
            on_state(row, state)
        outputs.append(state.h)
        rows.append(row)

    back = order.argsort().to(device)
    final = [state, *reversed(ended)]  # the last to end have the lowest ranks
    h_n = torch.cat([s.h for s in final])[back]
    c_n = None if start.c is None else torch.cat([s.c for s in final if s.c is not None])[back]
    output = torch.cat(outputs)[torch.cat(rows).argsort()] if rows else projected[:, : start.h.shape[1]]
    return output, h_n, c_n
