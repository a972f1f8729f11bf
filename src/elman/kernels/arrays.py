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


def _compiled(cell: Cell, x: Array, lengths: Array, weights: Weights, state: State, reverse: bool) -> tuple[Array, ...]:
    kernel = cpu.cells()[cell.name, cell.nonlinearity]
    steps, (batch, hidden) = len(x), state[0].shape
    arrays = [None if array is None else np.ascontiguousarray(array, x.dtype) for array in (*weights, *state)]
    weight_ih, weight_hh, bias_ih, bias_hh, *start = arrays
    inside = cpu.projects_inside(batch, threads(), sum(array.nbytes for array in arrays[:2] if array is not None))
    gates = None if inside else np.empty((steps, kernel.width * hidden), x.dtype)
    output = gates if gates is not None and kernel.width == 1 else np.empty((steps, hidden), x.dtype)
    ends = [np.empty((batch, hidden), x.dtype) for _ in state]
    lengths = np.ascontiguousarray(lengths, np.int64)
    getattr(cpu.extension(), f"forward_{x.dtype.name}")(
        cell=kernel.number,
        threads=threads(),
        batch=batch,
        hidden=hidden,
        inputs=x.shape[1],
        reverse=reverse,
        inside=inside,
        lengths=_address(lengths),
        x=_address(x),
        weight_ih=_address(weight_ih),
        weight_hh=_address(weight_hh),
        bias_ih=_address(bias_ih),
        bias_hh=_address(bias_hh),
        h0=_address(start[0]),
        c0=_address(start[1]) if len(start) > 1 else 0,
        gates=_address(gates),
        output=_address(output),
        cells=0,
        h_n=_address(ends[0]),
        c_n=_address(ends[1]) if len(ends) > 1 else 0,
    )
    return output, *ends


def _packed(cell: Cell, weights: Weights) -> Step:
    dtype = weights[0].dtype
    kept = [None if array is None else np.ascontiguousarray(array) for array in weights]
    names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
    step = getattr(cpu.extension(), f"Stepper_{dtype.name}")(
        cell=cpu.cells()[cell.name, cell.nonlinearity].number,
        inputs=weights[0].shape[1],
        hidden=weights[0].shape[0] // len(cell.rows),
        **{name: _address(array) for name, array in zip(names, kept, strict=True)},
    ).step

    def advance(x: Array, state: State, after: State) -> Array:
        x = np.ascontiguousarray(x, dtype)
        before = [np.ascontiguousarray(part, dtype) for part in state]
        (h, c), (h_next, c_next) = ((*map(_address, parts), 0)[:2] for parts in (before, after))
        step(len(x), _address(x), h, c, h_next, c_next)
        return after[0]

    return advance


def _address(array: Array | None) -> int:
    return 0 if array is None else array.ctypes.data


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
    projected = _product(x, weights[0], weights[2])
    now = [part.copy() for part in state]
    output = np.empty((len(x), now[0].shape[1]), x.dtype)
    order = np.argsort(-lengths, kind="stable")
    first, ranked = (np.cumsum(lengths) - lengths)[order], lengths[order]
    for t in range(int(ranked[0]) if len(ranked) else 0):
        running = int((ranked > t).sum())
        rows, at = order[:running], first[:running] + (ranked[:running] - 1 - t if reverse else t)
        for part, new in zip(now, _advanced(cell, projected[at], weights, [p[rows] for p in now]), strict=True):
            part[rows] = new
        output[at] = now[0][rows]
    return output, *now


def _advanced(cell: Cell, gates: Array, weights: Weights, state: State) -> list[Array]:
    """The state after a step, from the input's product ``[B, G*H]``."""
    (h, *cells), (_, weight_hh, _, bias_hh) = state, weights
    if weight_hh is None:
        values = cell.activate(gates, None)
    elif isinstance(cell, ResettingCell) and not cell.reset_after:
        gated = len(weight_hh) - h.shape[1]
        of_gates, of_candidate = (None, None) if bias_hh is None else (bias_hh[:gated], bias_hh[gated:])
        product = _product(h, weight_hh[:gated], of_gates)
        values = cell.activate(gates, product, lambda reset: _product(reset * h, weight_hh[gated:], of_candidate))
    else:
        values = cell.activate(gates, _product(h, weight_hh, bias_hh))
    memory = cell.remember(values, cells[0] if cells else h)
    return [cell.output(values, memory), *([memory] if cells else [])]


def _product(x: Array, weight: Array, bias: Array | None) -> Array:
    y = x @ weight.T
    return y if bias is None else y + bias
