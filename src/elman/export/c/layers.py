"""A recurrent layer as a C function that takes its state one step on, in floating or in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from elman.export.c.cells import FLOATS, WHOLE, Arithmetic, CellInC, cell_in_c
from elman.export.c.fixed import ONE, SIGMOIDS, STATE_STEP, FixedRecurrent, rows_of
from elman.export.c.program import Array, Program, indented, literal, memory_of
from elman.graph.recurrence import Recurrent
from elman.kernels.arrays import Weights


@dataclass(frozen=True)
class Numbers:
    """The numbers that a recurrence counts in: how its cell is written, and the function that reads its state."""

    arithmetic: Arithmetic
    read: str

    @property
    def type(self) -> str:
        return self.arithmetic.type


FLOATING = Numbers(FLOATS, "copy")
FIXED = Numbers(Arithmetic("int32_t", ("times({}, {})", WHOLE), None, "{}_fixed", ONE), "as_float")


def numbers_of(op: Recurrent) -> Numbers:
    return FIXED if isinstance(op, FixedRecurrent) else FLOATING


def write_layer(
    p: Program, op: Recurrent, weights: Weights, what: str, inputs: int, hidden: int, *, first: bool
) -> str:
    """The function of a layer, which is the ``first`` of its operator or reads one; there is one, though two operators
    share the layer."""
    step = (op.step if first else STATE_STEP) if isinstance(op, FixedRecurrent) else None
    same = step, *(None if array is None else memory_of(array) for array in weights)
    if same in p.layer_names:
        return p.layer_names[same]
    name = p.layer_names[same] = p.unique(what)
    numbers = numbers_of(op)
    cell = cell_in_c(op.spec, hidden, numbers.arithmetic)
    p.use(*cell.calls)
    if step is None:
        lines = floating(p, cell, weights, name, inputs, hidden)
    else:
        lines = fixed(p, cell, weights, name, inputs, hidden, step)
    lines += over_units(hidden, cell.lines)
    parts = ", ".join(f"{numbers.type} *{part}" for part in op.spec.states)
    p.layers.append(
        f"/* {op.spec.title}, {inputs} -> {hidden} */\n"
        f"static void {name}(const float *x, {parts})\n{{\n{indented(lines)}}}\n"
    )
    return name


def floating(p: Program, cell: CellInC, weights: Weights, name: str, inputs: int, hidden: int) -> list[str]:
    """The products of a layer: ``in`` of the input, ``of`` of the state, and ``again`` of what a gate lets through."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    rows = len(weight_ih)
    w, b = p.matrix(weight_ih, "weight_ih", inputs), p.constant(bias_ih, "bias_ih", rows)
    p.use(f"linear{w.suffix}")
    lines = [f"float in[{rows}];", f"linear{w.suffix}({w}, {b}, x, {rows}, {inputs}, in);"]
    p.scratch[f"{name}_in"] = rows
    if weight_hh is None:
        return lines
    w, b = p.matrix(weight_hh, "weight_hh", hidden), p.constant(bias_hh, "bias_hh", rows)
    linear, first = f"linear{w.suffix}", rows - hidden if cell.reset else rows
    p.use(linear)
    lines += [f"float of[{first}];", f"{linear}({w}, {b}, h, {first}, {hidden}, of);"]
    p.scratch[f"{name}_of"] = first
    if cell.reset:
        w, b = w.below(first, hidden), b if b == "NULL" else f"{b} + {first}"
        lines += [f"float reset[{hidden}], again[{hidden}];", *over_units(hidden, cell.reset)]
        lines.append(f"{linear}({w}, {b}, reset, {hidden}, {hidden}, again);")
        p.scratch[f"{name}_reset"] = 2 * hidden
    return lines


def fixed(p: Program, cell: CellInC, weights: Weights, name: str, inputs: int, hidden: int, step: float) -> list[str]:
    """The same in whole numbers, of an input in such steps."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    rows = len(weight_ih)
    p.constants["sigmoid_table"] = SIGMOIDS
    p.use("as_int16", "linear_fixed")
    lines = [
        f"int16_t x16[{inputs}];",
        f"int32_t in[{rows}];",
        f"as_int16(x, {inputs}, {literal(float(np.float32(1 / step)))}, x16);",
        f"linear_fixed({fixed_rows(p, weight_ih, bias_ih, 'weight_ih', step)}, x16, {rows}, {inputs}, in);",
    ]
    p.scratch[f"{name}_in"] = rows + -(-inputs // 2)
    if weight_hh is None:
        return lines
    first = rows - hidden if cell.reset else rows
    again = fixed_rows(p, weight_hh, bias_hh, "weight_again", STATE_STEP, first) if cell.reset else ""
    gates = fixed_rows(p, weight_hh, bias_hh, "weight_hh", STATE_STEP, 0, first)
    p.use("narrowed")
    lines += [
        f"int16_t h16[{hidden}];",
        f"int32_t of[{first}];",
        f"narrowed(h, {hidden}, h16);",
        f"linear_fixed({gates}, h16, {first}, {hidden}, of);",
    ]
    p.scratch[f"{name}_of"] = first + -(-hidden // 2)
    if cell.reset:
        lines += [f"int32_t reset[{hidden}], again[{hidden}];", *over_units(hidden, cell.reset)]
        lines += [f"narrowed(reset, {hidden}, h16);", f"linear_fixed({again}, h16, {hidden}, {hidden}, again);"]
        p.scratch[f"{name}_reset"] = 2 * hidden
    return lines


def fixed_rows(
    p: Program, weight: Array, bias: Array | None, what: str, step: float, first: int = 0, past: int | None = None
) -> str:
    """The arguments of ``linear_fixed`` for rows of a layer's weights."""
    rows = rows_of(weight, bias, step)[first:past]
    name = p.unique(what)
    p.constants |= {name: rows.int8.astype(np.int8), f"{name}_scale": rows.scale.astype(np.int32)}
    if rows.bias is None:
        return f"{name}, {name}_scale, NULL"
    p.constants[f"{name}_bias"] = rows.bias.astype(np.int32)
    return f"{name}, {name}_scale, {name}_bias"


def over_units(hidden: int, lines: Sequence[str]) -> list[str]:
    """A loop over the units of a layer."""
    return [f"for (int j = 0; j < {hidden}; j++) {{", *(f"    {line}" for line in lines), "}"]
