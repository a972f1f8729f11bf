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
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
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
    h, c = state
    if cell == "rnn":
        return State(NONLINEARITIES[nonlinearity](gates + linear(h, weight_hh, bias_hh)))
    if cell == "lstm":
        assert c is not None
        i, f, g, o = (gates + linear(h, weight_hh, bias_hh)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return State(torch.sigmoid(o) * torch.tanh(c), c)
    hidden = h.shape[1]
    if reset_after:
        recurrent_rz, recurrent_n = linear(h, weight_hh, bias_hh).split([2 * hidden, hidden], 1)
        r, z = torch.sigmoid(gates[:, : 2 * hidden] + recurrent_rz).chunk(2, 1)
        n = torch.tanh(gates[:, 2 * hidden :] + r * recurrent_n)
    else:
        bias_rz, bias_n = (None, None) if bias_hh is None else bias_hh.split([2 * hidden, hidden])
        recurrent_rz = linear(h, weight_hh[: 2 * hidden], bias_rz)
        r, z = torch.sigmoid(gates[:, : 2 * hidden] + recurrent_rz).chunk(2, 1)
        n = torch.tanh(gates[:, 2 * hidden :] + linear(r * h, weight_hh[2 * hidden :], bias_n))
    return State(n + z * (h - n))


def recurrent(
    cell: str,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor,
    c0: Tensor | None,
    *,
    reverse: bool = False,
    nonlinearity: str = "tanh",
    reset_after: bool = True,
    on_state: Callable[[Tensor, State], None] | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run ``cell`` over every sequence of a ragged batch; ``elman.ops.recurrent`` states the shapes.

    Sequences stand in order of falling length, so that those still running at time step ``t`` are always the
    first rows of the state. ``on_state(rows, state)`` sees each step's new state and its rows of ``x``.
    """
    order = lengths.argsort(descending=True, stable=True)
    ranked = lengths[order]
    first = (lengths.cumsum(0) - lengths)[order]
    projected = linear(x, weight_ih, bias_ih)

    state = State(h0, c0).of(order.to(x.device))
    outputs, rows, ended = [], [], []
    for t in range(int(ranked[0]) if len(ranked) else 0):
        running = int((ranked > t).sum())
        ended.append(state.of(slice(running, None)))
        row = (first[:running] + (ranked[:running] - 1 - t if reverse else t)).to(x.device)
        state = step(
            cell, projected[row], state.of(slice(running)), weight_hh, bias_hh,
            nonlinearity=nonlinearity, reset_after=reset_after,
        )  # fmt: skip
        if on_state is not None:
            on_state(row, state)
        outputs.append(state.h)
        rows.append(row)

    back = order.argsort().to(x.device)
    final = [state, *reversed(ended)]  # the last to end have the lowest ranks
    h_n = torch.cat([s.h for s in final])[back]
    c_n = None if c0 is None else torch.cat([s.c for s in final if s.c is not None])[back]
    output = torch.cat(outputs)[torch.cat(rows).argsort()] if rows else projected[:, : h0.shape[1]]
    return output, h_n, c_n
