# pyright: strict
"""The time loop over NumPy arrays: by the compiled kernels where they run, else by the cell's own equations.

The same passes and the same numbers as for tensors (``ops.compiled``), without gradients, and without torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.cells import Cell, ResettingCell
from elman.kernels import cpu

Array: TypeAlias = NDArray[Any]
Weights: TypeAlias = tuple[Array, Array | None, Array | None, Array | None]
"""``weight_ih [G*H, I], weight_hh [G*H, H], bias_ih [G*H], bias_hh [G*H]``; None for what isn't there."""
State: TypeAlias = Sequence[Array]
"""``[h]`` or ``[h, c]``, each ``[B, H]``."""
Step: TypeAlias = Callable[[Array, State, State], Array]
"""``(x [B, I], state, where the next one is written) -> h [B, H]``"""


def recurrent(
    cell: Cell, x: Array, lengths: Array, weights: Weights, state: State | None, *, reverse: bool = False
) -> tuple[Array, ...]:
    """All steps of sequences that lie one after another, ``x`` ``[N, I]``: outputs ``[N, H]``, and the final state."""
    batch, hidden = len(lengths), weights[0].shape[0] // len(cell.rows)
    zeros = np.zeros((batch, hidden), x.dtype)
    start = [zeros for _ in cell.states] if state is None else state
    run = _compiled if compiled(cell, x.dtype) else _equations
    return run(cell, np.ascontiguousarray(x), lengths, weights, start, reverse)


def step_of(cell: Cell, weights: Weights) -> Step:
    """One step after another on these weights, which are packed once; several threads may call it."""
    return _packed(cell, weights) if compiled(cell, weights[0].dtype) else _plain(cell, weights)


def compiled(cell: Cell, dtype: Any) -> bool:
    """Whether the extension runs this cell on numbers of this type."""
    return (
        dtype in (np.float32, np.float64)
        and getattr(cell, "reset_after", True)
        and cpu.available()
        and (cell.name, cell.nonlinearity) in cpu.cells()
    )


@cache
def threads() -> int:
    """How many threads a pass may take: ``OMP_NUM_THREADS``, or the CPUs that this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# -- compiled -----------------------------------------------------------------------------------------------


class NumPy:
    """Its arrays, as passes ask for them."""

    def empty(self, like: Array, rows: int, columns: int) -> Array:
        return np.empty((rows, columns), like.dtype)

    def address(self, array: Array | None) -> int:
        return 0 if array is None else array.ctypes.data


NUMPY = NumPy()


def _compiled(cell: Cell, x: Array, lengths: Array, weights: Weights, state: State, reverse: bool) -> tuple[Array, ...]:
    arrays = [None if array is None else np.ascontiguousarray(array, x.dtype) for array in (*weights, *state, None)]
    weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, *_ = arrays
    assert weight_ih is not None and weight_hh is not None  # of any cell that is compiled
    output, h_n, c_n, *_ = cpu.forward(
        NUMPY,
        getattr(cpu.extension(), f"forward_{x.dtype.name}"),
        cpu.cells()[cell.name, cell.nonlinearity],
        x,
        np.ascontiguousarray(lengths, np.int64),
        (weight_ih, weight_hh, bias_ih, bias_hh),
        h0,
        c0,
        has_c="c" in cell.states,
        threads=threads(),
        reverse=reverse,
    )
    return (output, h_n) if c_n is None else (output, h_n, c_n)


def _packed(cell: Cell, weights: Weights) -> Step:
    dtype = weights[0].dtype
    kept = [None if array is None else np.ascontiguousarray(array) for array in weights]
    names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
    step = getattr(cpu.extension(), f"Stepper_{dtype.name}")(
        cell=cpu.cells()[cell.name, cell.nonlinearity].number,
        inputs=weights[0].shape[1],
        hidden=weights[0].shape[0] // len(cell.rows),
        **{name: NUMPY.address(array) for name, array in zip(names, kept, strict=True)},
    ).step

    def advance(x: Array, state: State, after: State) -> Array:
        x = np.ascontiguousarray(x, dtype)
        before = [np.ascontiguousarray(part, dtype) for part in state]
        (h, c), (h_next, c_next) = ((*map(NUMPY.address, parts), 0)[:2] for parts in (before, after))
        step(len(x), NUMPY.address(x), h, c, h_next, c_next)
        return after[0]

    return advance


# -- by the cell's equations --------------------------------------------------------------------------------


def _plain(cell: Cell, weights: Weights) -> Step:
    def advance(x: Array, state: State, after: State) -> Array:
        for part, new in zip(after, _advanced(cell, _product(x, weights[0], weights[2]), weights, state), strict=True):
            part[...] = new
        return after[0]

    return advance


def _equations(
    cell: Cell, x: Array, lengths: Array, weights: Weights, state: State, reverse: bool
) -> tuple[Array, ...]:
    gates = _product(x, weights[0], weights[2])
    return over_time(gates, lengths, state, lambda gates, now: _advanced(cell, gates, weights, now), reverse=reverse)


def over_time(
    gates: Array, lengths: Array, state: State, after: Callable[[Array, list[Array]], list[Array]], *, reverse: bool
) -> tuple[Array, ...]:
    """All steps of sequences that lie one after another: outputs ``[N, H]``, and the final state.

    gates: the input's products ``[N, G*H]``;  after: from those of a step, and the state, the state after it
    """
    now = [part.copy() for part in state]
    output = np.empty((len(gates), now[0].shape[1]), gates.dtype)
    order = np.argsort(-lengths, kind="stable")
    first, ranked = (np.cumsum(lengths) - lengths)[order], lengths[order]
    for t in range(int(ranked[0]) if len(ranked) else 0):
        running = int((ranked > t).sum())
        rows, at = order[:running], first[:running] + (ranked[:running] - 1 - t if reverse else t)
        for part, new in zip(now, after(gates[at], [part[rows] for part in now]), strict=True):
            part[rows] = new
        output[at] = now[0][rows]
    return output, *now


def _advanced(cell: Cell, gates: Array, weights: Weights, state: State) -> list[Array]:
    """The state after a step, from the input's product ``[B, G*H]``."""
    _, weight_hh, _, bias_hh = weights
    if weight_hh is None:
        return after_step(cell, gates, None, state)
    return after_step(
        cell, gates, lambda x, rows: _product(x, weight_hh[rows], None if bias_hh is None else bias_hh[rows]), state
    )


def after_step(cell: Cell, gates: Any, product: Callable[[Any, slice], Any] | None, state: Sequence[Any]) -> list[Any]:
    """The state after a step, of whatever numbers the cell's equations take.

    gates:   the input's product ``[B, G*H]``
    product: ``(x [B, H], which rows) -> `` that of the state's weights and ``x``; None for a cell without them
    """
    h, *cells = state
    if product is None:
        values = cell.activate(gates, None)
    elif isinstance(cell, ResettingCell) and not cell.reset_after:
        gated = gates.shape[-1] - h.shape[-1]
        values = cell.activate(gates, product(h, slice(gated)), lambda reset: product(reset * h, slice(gated, None)))
    else:
        values = cell.activate(gates, product(h, slice(None)))
    memory = cell.remember(values, cells[0] if cells else h)
    return [cell.output(values, memory), *([memory] if cells else [])]


def _product(x: Array, weight: Array, bias: Array | None) -> Array:
    y = x @ weight.T
    return y if bias is None else y + bias
