"""Recurrent layers, their states, and steps by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from elman.errors import ExportError
from elman.export.onnx.builder import Builder, Name, Padded, Value, values_of
from elman.export.onnx.table import emits
from elman.graph.recurrence import (
    EachAlone,
    ExpandState,
    FirstState,
    LastOutput,
    Layers,
    Like,
    Recurrent,
    Stack,
    Steps,
)


@emits(Recurrent)
def _(b: Builder, op: Recurrent, x: Padded, *state: Name | None) -> tuple[Padded | Name, ...]:
    given = [part for part in state if part is not None]
    lengths = b.add("Cast", x.lengths, to=b.type("int32"))
    values, after = b.transpose(x.values, 1, 0, 2), []
    for k in range(len(op.layers)):
        own = [b.slice(part, 0, k * op.directions, (k + 1) * op.directions) for part in given]
        output, *ends = recurrent_layer(b, op, k, values, lengths, own)
        # ONNX Runtime ends a sequence of no steps with zeros, whatever state it was given.
        after.append(
            [b.add("Where", b.any(x.lengths), end, start) for end, start in zip(ends, own, strict=False)] or ends
        )
        values = b.reshape(b.transpose(output, 0, 2, 1, 3), 0, 0, -1)
    ends = [b.add("Concat", *parts, axis=0) for parts in zip(*after, strict=True)]
    return x.with_values(b.transpose(values, 1, 0, 2)), *ends


def recurrent_layer(b: Builder, op: Recurrent, layer: int, x: Name, lengths: Name, state: list[Name]) -> list[Name]:
    """One node of RNN, LSTM or GRU: ``[T, B, I]`` -> ``[T, D, B, H]``, and the final state.

    Biases are written even where there are none (ONNX Runtime computed some cells wrongly without), and lengths are
    always given (without them, it aborts the process where no sequence has a step).
    """
    cell = op.spec
    if cell.onnx is None or not cell.recurrent_weight:
        raise ExportError(f"ONNX has no operator for the cell {cell.title!r}; train with --cell lstm, gru or rnn")
    order = list(cell.onnx)

    def arranged(array: Any, rows: int) -> Any:
        blocks = np.zeros(rows, np.float32) if array is None else np.asarray(array, np.float32)
        return np.concatenate([np.split(blocks, len(order))[place] for place in order])

    directions = op.layers[layer]
    rows, hidden = len(directions[0][0]), len(directions[0][0]) // len(order)
    weights = [[arranged(array, rows) for array in own] for own in directions]
    return b.add_several(
        1 + len(cell.states),
        cell.title,
        x,
        b.weight(np.stack([own[0] for own in weights]), f"{cell.name}{layer}.weight_ih"),
        b.weight(np.stack([own[1] for own in weights]), f"{cell.name}{layer}.weight_hh"),
        b.weight(np.stack([np.concatenate(own[2:]) for own in weights]), f"{cell.name}{layer}.bias"),
        lengths,
        *state,
        hidden_size=hidden,
        direction="bidirectional" if len(directions) == 2 else "forward",
        **cell.onnx_attributes(len(directions)),
    )


@emits(LastOutput)
def _(b: Builder, op: LastOutput, h: Name) -> Name:
    last = b.slice(h, 0, -op.directions, np.iinfo(np.int64).max)
    return b.reshape(b.transpose(last, 1, 0, 2), 0, -1)


@emits(FirstState)
def _(b: Builder, op: FirstState, x: Name) -> tuple[Name, ...]:
    parts = b.transpose(b.reshape(x, 0, op.states, op.layers, -1), 1, 2, 0, 3)
    return tuple(b.add("Gather", parts, b.constant(k), axis=0) for k in range(op.states))


@emits(Layers)
def _(b: Builder, op: Layers, state: Name) -> Name:
    return b.slice(state, 0, op.first, op.past)


@emits(Stack)
def _(b: Builder, op: Stack, *states: Name) -> Name:
    return b.add("Concat", *states, axis=0)


@emits(EachAlone)
def _(b: Builder, op: EachAlone, x: Padded) -> Padded:
    alone = b.reshape(x.values, -1, 1, b.shape(x.values, 2))
    return Padded(alone, b.same_length(alone, 1), x.step_dimensions)


@emits(Steps)
def _(b: Builder, op: Steps, x: Padded) -> Name:
    return b.reshape(x.values, -1, b.shape(x.values, 2))


@emits(Like)
def _(b: Builder, op: Like, x: Value, as_in: Padded) -> Padded:
    sizes = b.shape(x.values, 2) if isinstance(x, Padded) else b.shape(x, 1)
    return as_in.with_values(b.reshape(values_of(x), b.shape(as_in.values, 0, 2), sizes), 1)


@emits(ExpandState)
def _(b: Builder, op: ExpandState, state: Name, as_in: Padded) -> Name:
    steps = b.shape(as_in.values, 1, 2)
    sizes = b.sizes(b.shape(state, 0, 2), steps, b.shape(state, 2))
    each = b.add("Expand", b.unsqueeze(state, 2), sizes)
    return b.reshape(each, 0, -1, b.shape(state, 2))
