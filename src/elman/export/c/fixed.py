# pyright: strict
"""A recurrence in whole numbers, as microcontrollers count: what a C program with int16 activations is held against.

Weights are int8, inputs and ``h`` int16, the sums of their products int32; gates, states and what cells make
of them are fixed-point numbers, in units of 1 / 32768. So no sum depends on its order, and every machine answers alike,
to the bit. Jacob et al. (2018), "Quantization and training of neural networks for efficient integer-arithmetic-only
inference"; a step of the input is found by running the network on data, as there in section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.cells import Cell
from elman.errors import ExportError
from elman.export.inputs import leading_to
from elman.graph import Graph, Node, Operator, Value
from elman.graph.elementwise import Concat, Standardise
from elman.graph.operator import values_of
from elman.graph.raw import Missing, Observed
from elman.graph.recurrence import Recurrent
from elman.graph.series import Change
from elman.graph.tokens import Embed, Pick
from elman.int8 import quantised
from elman.kernels.arrays import after_step, over_time
from elman.sequences import Sequences

Array = NDArray[Any]

ONE = 32768
"""What stands for 1."""
STATE_STEP = 1 / ONE
"""The step of ``h``, which lies between -1 and 1, as int16."""
LARGEST = 32767
"""The most steps that an input can have."""
SHIFT = 2**28
"""A row's scale is so many times what a product is multiplied with."""
MOST = 2**29
"""What the sums of a row are kept within: two of them fit int32."""
INTERVALS = 256
"""Of the sigmoid's table, from 0 to 16."""
SIGMOIDS = np.minimum(np.rint(ONE / (1 + np.exp(-np.arange(INTERVALS + 1) / 16))), ONE - 1).astype(np.int16)
"""Below 1 also at 16, so that no memory grows without end."""
EXACT = Standardise, Observed, Missing, Embed, Pick, Concat, Change, Recurrent
"""Operators that give the same floating numbers in C as here, to the bit: of others a step of int16 may differ."""


def divided(x: Array, by: int) -> Array:
    """The nearest whole number; away from zero at a half, as C has it without shifts of negative numbers."""
    return np.sign(x) * ((np.abs(x) + by // 2) // by)


class Fixed:
    """Whole numbers ``[..., G*H]`` that stand for so many parts of ``ONE``, in a cell's equations."""

    def __init__(self, numbers: Array):
        self.numbers = numbers
        self.shape = numbers.shape

    def __getitem__(self, key: Any) -> Fixed:
        return Fixed(self.numbers[key])

    def __add__(self, other: Any) -> Fixed:
        return Fixed(self.numbers + numbers_of(other))

    def __sub__(self, other: Any) -> Fixed:
        return Fixed(self.numbers - numbers_of(other))

    def __rsub__(self, other: Any) -> Fixed:
        return Fixed(numbers_of(other) - self.numbers)

    def __mul__(self, other: Any) -> Fixed:
        return Fixed(divided(self.numbers * numbers_of(other), ONE))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Fixed:
        return Fixed(-self.numbers)

    def sigmoid(self) -> Fixed:
        """By a table with lines between; less than 7e-5 off."""
        size = np.minimum(np.abs(self.numbers), INTERVALS * 2048 - 1)
        below, above = (SIGMOIDS[size // 2048 + k].astype(np.int64) for k in (0, 1))
        y = below + ((above - below) * (size % 2048) + 1024) // 2048
        return Fixed(np.where(self.numbers < 0, ONE - y, y))

    def relu(self) -> Fixed:
        return Fixed(np.maximum(self.numbers, 0))

    def tanh(self) -> Fixed:
        return Fixed(2 * Fixed(2 * np.clip(self.numbers, -MOST, MOST)).sigmoid().numbers - ONE)


def numbers_of(value: Any) -> Any:
    return value.numbers if isinstance(value, Fixed) else round(value * ONE)


def as_int16(x: Array, step: float) -> Array:
    """The nearest of -32767 ... 32767 steps, 0 for NaN; in float32, as C has it."""
    steps = np.clip(np.nan_to_num(x * np.float32(1 / step)), np.float32(-LARGEST), np.float32(LARGEST))
    return np.trunc(steps + np.copysign(np.float32(0.5), steps)).astype(np.int64)


@dataclass(frozen=True)
class Rows:
    """Rows of weights that int16 numbers are multiplied with.

    int8:  ``[rows, columns]``
    scale: of each row, so many parts of ``SHIFT``, from sums of products to units of ``1 / ONE``
    bias:  in these units
    """

    int8: Array
    scale: Array
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        """``[B, columns]`` steps as ``[B, rows]``."""
        y = np.clip(divided((x @ self.int8.T) * self.scale, SHIFT), -MOST, MOST)
        return y if self.bias is None else y + self.bias

    def __getitem__(self, rows: slice) -> Rows:
        return Rows(self.int8[rows], self.scale[rows], None if self.bias is None else self.bias[rows])


def rows_of(weight: Array, bias: Array | None, step: float) -> Rows:
    """A matrix for numbers in such steps. Raises ExportError where its products are beyond what int32 can hold."""
    kept = quantised(np.asarray(weight, np.float32))
    if 127 * LARGEST * weight.shape[1] >= 2**31:
        raise ExportError(
            f"rows of {weight.shape[1]} weights are too long for int16 activations, summed in int32; leave them out"
        )
    scale = np.where(kept["int8"].any(axis=1), kept["scale"], 0.0)
    scale = np.rint(scale.astype(np.float64) * (step * ONE * SHIFT))
    whole = None if bias is None else np.rint(np.asarray(bias, np.float64) * ONE)
    if scale.max(initial=0) >= 2**31 or (whole is not None and np.abs(whole).max(initial=0) > MOST):
        raise ExportError(
            "a recurrent layer's weights are too large for int16 activations: leave --activations int16 out, or train "
            "with decay (--set weight_decay=...)"
        )
    return Rows(
        kept["int8"].astype(np.int64), scale.astype(np.int64), None if whole is None else whole.astype(np.int64)
    )


@dataclass(frozen=True, eq=False)
class FixedRecurrent(Recurrent):
    """``Recurrent`` over whole numbers; ``step`` is that of its input."""

    step: float

    @cached_property
    def whole(self) -> list[list[tuple[Rows, Rows | None]]]:
        """Of each layer and direction the weights of its input, and those of its state."""
        steps = [self.step, *[STATE_STEP] * (len(self.layers) - 1)]
        return [
            [
                (rows_of(ih, bias_ih, step), None if hh is None else rows_of(hh, bias_hh, STATE_STEP))
                for ih, hh, bias_ih, bias_hh in layer
            ]
            for step, layer in zip(steps, self.layers, strict=True)
        ]

    def __call__(self, x: Sequences, *state: Array | None) -> tuple[Sequences | Array, ...]:
        if any(part is not None for part in state):
            raise ExportError("a recurrence in whole numbers begins with zeros")
        values, step, after = x.values, self.step, list[list[Array]]()
        for layer in self.whole:
            given = as_int16(values, step)
            made = [advanced(self.spec, given, x.lengths, *rows, reverse=d == 1) for d, rows in enumerate(layer)]
            after += [ends for _, *ends in made]
            values, step = np.concatenate([output for output, *_ in made], axis=1), STATE_STEP
        return x.with_values(values), *map(np.stack, zip(*after, strict=True))


def advanced(
    cell: Cell, x: Array, lengths: Array, of_input: Rows, of_state: Rows | None, *, reverse: bool
) -> list[Array]:
    """All steps of sequences that lie one after another: outputs ``[N, H]`` and the final state, as float32."""

    def product(x: Fixed, rows: slice) -> Fixed:
        assert of_state is not None
        return Fixed(of_state[rows](x.numbers))

    def after(gates: Array, now: list[Array]) -> list[Array]:
        found = after_step(cell, Fixed(gates), product if of_state is not None else None, [*map(Fixed, now)])
        return [part.numbers for part in found]

    hidden = len(of_input.int8) // len(cell.rows)
    zeros = [np.zeros((len(lengths), hidden), np.int64) for _ in cell.states]
    return [as_float(part) for part in over_time(of_input(x), lengths, zeros, after, reverse=reverse)]


def as_float(numbers: Array) -> Array:
    return numbers.astype(np.float32) / np.float32(ONE)


# -- which step an input has --------------------------------------------------------------------------------


def calibrated(graph: Graph, rows: Iterable[Mapping[str, Value | None]]) -> tuple[float, ...]:
    """The step of the input of each recurrence, in their order: the largest number that one is given is 32767 of them.

    Raises ExportError for a network that can't run so, and where no row says how large its inputs are.
    """
    check(graph)
    largest: dict[int, float] = {}

    def watched(place: int, node: Node) -> Node:
        return replace(node, operator=Watched(node.operator, place, largest)) if is_recurrent(node) else node

    watching = replace(graph, nodes=tuple(watched(place, node) for place, node in enumerate(graph.nodes)))
    for row in rows:
        watching(row)
    if not largest or not all(largest.values()):
        raise ExportError("int16 activations need rows of data with steps in them: pass a file that has some by --data")
    return tuple(largest[place] / LARGEST for place in sorted(largest))


@dataclass(frozen=True, eq=False)
class Watched(Operator):
    """An operator whose largest input is noted."""

    operator: Operator
    place: int
    largest: dict[int, float]

    def __call__(self, *values: Any, **named: Any) -> Any:
        here = float(np.abs(values_of(values[0])).max(initial=0))
        self.largest[self.place] = max(self.largest.get(self.place, 0.0), here)
        return self.operator(*values, **named)


def is_recurrent(node: Node) -> bool:
    return isinstance(node.operator, Recurrent)


def check(graph: Graph) -> None:
    """Raise ExportError for a network that can't have int16 activations."""
    why = next(reasons(graph), None)
    if why:
        raise ExportError(f"int16 activations can't be: {why}. Leave them out: int8 weights alone may do")


def reasons(graph: Graph) -> Iterator[str]:
    """Why a network can't have int16 activations."""
    recurrences = [node for node in graph.nodes if is_recurrent(node)]
    zeros = {"", *(one.name for one in graph.inputs if one.form == "state")}
    if not recurrences:
        yield "this network has no recurrent layer"
    for node in recurrences:
        assert isinstance(node.operator, Recurrent)
        cell = node.operator.spec
        if cell.nonlinearity not in cell.bounded_by:
            yield f"the state of this {cell.title} isn't kept between -1 and 1"
        if not zeros.issuperset(node.inputs[1:]):
            yield "its recurrence begins with what another part of the network makes"
        before = leading_to(graph, node.inputs[0])
        makers = [one.operator for one in graph.nodes if before.intersection(one.outputs)]
        if inexact := sorted({one.name for one in makers if not isinstance(one, EXACT)}):
            yield f"before its recurrence it has {', '.join(inexact)}, whose floating numbers differ between machines"
