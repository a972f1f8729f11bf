"""What each operator of a graph is in ONNX: a function that writes its nodes, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np

from elman.errors import ExportError
from elman.export.onnx.builder import Builder, Name, Padded, Value, like, linear, softmax_where, values_of
from elman.graph import Operator
from elman.graph.attention import Attend, Pad
from elman.graph.carried import ChangeSince, Count, PoolSince
from elman.graph.copying import Copy, LookedAt, RunBias, Runs
from elman.graph.elementwise import (
    Activation,
    Add,
    AddConstant,
    Compare,
    Concat,
    LayerNorm,
    Linear,
    LogSoftmax,
    Mean,
    Standardise,
)
from elman.graph.pictures import (
    BatchNorm,
    Convolution,
    Flatten,
    MaxPool,
    Places,
    Rows,
    TimeConvolution,
    WithChange,
)
from elman.graph.pooling import AttentionPool, Pool
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
from elman.graph.series import AddPattern, Change, Horizon, Segments
from elman.graph.tokens import Bag, Embed, Expand, Pick, Take, Window

Emit: TypeAlias = Callable[..., Any]
"""``(builder, operator, *its inputs) -> its output``, a tuple where it has several; None for an input left out."""
EMITTERS: dict[type[Operator], Emit] = {}
"""By operator. What isn't here can't be exported."""

Function = TypeVar("Function", bound=Emit)


def emits(operator: type[Operator]) -> Callable[[Function], Function]:
    """Enter a function in the table."""

    def enter(function: Function) -> Function:
        EMITTERS[operator] = function
        return function

    return enter


def emit(b: Builder, operator: Operator, inputs: Iterable[Value | None]) -> tuple[Any, ...]:
    """The outputs of an operator. Raises ExportError for one that ONNX can't have."""
    function = EMITTERS.get(type(operator))
    if function is None:
        raise ExportError(f"ONNX can't have the operator {operator.name!r}, which this model uses")
    found = function(b, operator, *inputs)
    return found if isinstance(found, tuple) else (found,)


# -- each row or step by itself -----------------------------------------------------------------------------


@emits(Linear)
def _(b: Builder, op: Linear, x: Value) -> Value:
    return like(x, linear(b, values_of(x), op.weight, op.bias))


@emits(Activation)
def _(b: Builder, op: Activation, x: Value) -> Value:
    return like(x, b.add(op.function.title(), values_of(x)))


@emits(Add)
def _(b: Builder, op: Add, *parts: Value) -> Value:
    return like(parts[0], b.add("Sum", *map(values_of, parts)))


@emits(AddConstant)
def _(b: Builder, op: AddConstant, x: Value) -> Value:
    return like(x, b.add("Add", values_of(x), b.weight(op.constant, op.name)))


@emits(Mean)
def _(b: Builder, op: Mean, *parts: Value) -> Value:
    return like(parts[0], b.add("Mean", *map(values_of, parts)))


@emits(Concat)
def _(b: Builder, op: Concat, *parts: Value) -> Value:
    return like(parts[0], b.add("Concat", *map(values_of, parts), axis=-1))


@emits(Compare)
def _(b: Builder, op: Compare, u: Name, v: Name) -> Name:
    apart = b.add("Abs", b.add("Sub", u, v))
    return b.add("Concat", apart, b.add("Mul", u, v), axis=-1)


@emits(Standardise)
def _(b: Builder, op: Standardise, x: Value) -> Value:
    numbers = b.add("Cast", values_of(x), to=b.type("float32"))
    apart = b.add("Sub", numbers, b.weight(op.mean, "mean"))
    return like(x, b.add("Div", apart, b.weight(op.scale, "scale")))


@emits(LayerNorm)
def _(b: Builder, op: LayerNorm, x: Value) -> Value:
    weights = b.weight(op.weight, "norm.weight"), b.weight(op.bias, "norm.bias")
    return like(x, b.add("LayerNormalization", values_of(x), *weights, axis=-1, epsilon=float(op.epsilon)))


@emits(LogSoftmax)
def _(b: Builder, op: LogSoftmax, x: Value) -> Value:
    return like(x, b.add("LogSoftmax", values_of(x), axis=-1))


# -- tokens -------------------------------------------------------------------------------------------------


@emits(Embed)
def _(b: Builder, op: Embed, ids: Value) -> Value:
    vectors = b.add("Gather", b.weight(op.weight, "embedding"), values_of(ids))
    return ids.with_values(vectors, 1) if isinstance(ids, Padded) else vectors


@emits(Bag)
def _(b: Builder, op: Bag, ids: Padded) -> Name:
    vectors = ids.with_values(b.add("Gather", b.weight(op.weight, "pieces"), ids.values), 1)
    return b.add("Div", summed(b, vectors), b.at_least_one(ids.lengths))


@emits(Take)
def _(b: Builder, op: Take, rows: Name, index: Value, as_in: Padded) -> Padded:
    # Of steps that aren't there the index isn't either; they show row 0.
    of_steps = b.reshape(values_of(index), b.shape(as_in.values, 0, 2))
    shown = b.filled(as_in.with_values(of_steps, 0), b.constant(0))
    return as_in.with_values(b.add("Gather", rows, shown), 1)


@emits(Expand)
def _(b: Builder, op: Expand, rows: Name, as_in: Padded) -> Padded:
    sizes = b.sizes(b.shape(as_in.values, 0, 2), b.shape(rows, 1))
    return as_in.with_values(b.add("Expand", b.unsqueeze(rows, 1), sizes), 1)


@emits(Window)
def _(b: Builder, op: Window, x: Padded) -> Name:
    longer = b.add("Pad", b.filled(x, b.number(0)), b.constant([0, 0, 0, 0, op.size, 0]))
    return b.reshape(b.slice(longer, 1, 0, op.size), 0, -1)


@emits(Pick)
def _(b: Builder, op: Pick, x: Name) -> Name:
    return b.add("Gather", x, b.constant(op.column), axis=1)


# -- from a sequence to one vector --------------------------------------------------------------------------


@emits(Pool)
def _(b: Builder, op: Pool, x: Padded) -> Name:
    if op.by == "max":
        return largest(b, x)
    total = summed(b, x)
    return b.add("Div", total, b.at_least_one(x.lengths)) if op.by == "mean" else total


@emits(AttentionPool)
def _(b: Builder, op: AttentionPool, x: Padded) -> Name:
    hidden = b.add("Tanh", linear(b, x.values, op.weight, op.bias, "pool"))
    scores = linear(b, hidden, op.score, None, "pool.score")
    weights = softmax_where(b, b.add("Squeeze", scores, b.constant([2])), b.real(x))
    return summed(b, x.with_values(b.add("Mul", x.values, b.unsqueeze(weights, 2))))


def largest(b: Builder, x: Padded) -> Name:
    """The maximum over the steps of each sequence, ``[B, F]``; zeros for one of no steps."""
    found = b.add("ReduceMax", b.filled(x, b.number(-np.inf)), axes=[1], keepdims=0)
    return b.add("Where", b.any(x.lengths), found, b.number(0))


def summed(b: Builder, x: Padded) -> Name:
    """The sum over the steps of each sequence, ``[B, F]``."""
    return b.add("ReduceSum", b.filled(x, b.number(0)), b.constant([1]), keepdims=0)


# -- recurrence ---------------------------------------------------------------------------------------------


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


# -- going on from what was read before ---------------------------------------------------------------------


@emits(Count)
def _(b: Builder, op: Count, x: Padded, before: Name) -> Name:
    return b.add("Add", before, b.unsqueeze(x.lengths, 0, 2))


@emits(ChangeSince)
def _(b: Builder, op: ChangeSince, x: Padded, last: Name, count: Name) -> tuple[Padded, Name]:
    begun = b.add("Greater", b.transpose(count, 1, 0, 2), b.constant(0))
    before_first = b.add("Where", begun, b.transpose(last, 1, 0, 2), b.slice(x.values, 1, 0, 1))
    before = b.add("Concat", before_first, b.slice(x.values, 1, 0, -1), axis=1)
    place = b.add("Sub", b.unsqueeze(x.lengths, 1), b.constant(1))
    is_last = b.unsqueeze(b.add("Equal", b.range(b.shape(x.values, 1, 2)), place), 2)
    latest = b.add("ReduceSum", b.add("Where", is_last, x.values, b.number(0)), b.constant([1]), keepdims=0)
    after = b.add("Where", b.any(x.lengths), latest, b.add("Squeeze", last, b.constant([0])))
    return x.with_values(b.add("Sub", x.values, before)), b.unsqueeze(after, 0)


@emits(PoolSince)
def _(b: Builder, op: PoolSince, x: Padded, carried: Name, count: Name) -> tuple[Name, Name]:
    double, single = b.type("float64"), b.type("float32")
    now, read = (b.add("Squeeze", part, b.constant([0])) for part in (carried, count))
    if op.by == "max":
        new = b.add("Cast", largest(b, x), to=double)
        both = b.add("Where", b.add("Greater", read, b.constant(0)), b.add("Max", now, new), new)
        after = b.add("Where", b.any(x.lengths), both, now)
        return b.add("Cast", after, to=single), b.unsqueeze(after, 0)
    new = b.add("ReduceSum", b.add("Cast", b.filled(x, b.number(0)), to=double), b.constant([1]), keepdims=0)
    after = b.add("Add", now, new)
    steps = b.add("Max", b.add("Add", read, b.unsqueeze(x.lengths, 1)), b.constant(1))
    return b.add("Cast", b.add("Div", after, b.add("Cast", steps, to=double)), to=single), b.unsqueeze(after, 0)


# -- attention and copying ----------------------------------------------------------------------------------


@emits(Pad)
def _(b: Builder, op: Pad, x: Padded) -> tuple[Name, Name]:
    value = b.constant(int(op.value)) if x.step_dimensions == 0 else b.number(op.value)
    return b.filled(x, value), x.lengths


@emits(Attend)
def _(
    b: Builder, op: Attend, queries: Padded, keys: Name, values: Name, lengths: Name, bias: Padded | None = None
) -> tuple[Padded, Padded]:
    if op.score is None:
        scaled = b.add("Mul", queries.values, b.number(op.scale))
        scores = b.add("MatMul", scaled, b.transpose(keys, 0, 2, 1))
    else:
        pairs = b.add("Add", b.unsqueeze(queries.values, 2), b.unsqueeze(keys, 1))
        scores = b.add("Squeeze", linear(b, b.add("Tanh", pairs), op.score, None, "score"), b.constant([3]))
    if bias is not None:
        scores = b.add("Add", scores, bias.values)
    steps = b.range(b.shape(keys, 1, 2))
    real = b.add("Less", steps, b.unsqueeze(lengths, 1, 2))
    weights = softmax_where(b, scores, real)
    return queries.with_values(b.add("MatMul", weights, values)), queries.with_values(weights)


@emits(Runs)
def _(b: Builder, op: Runs, before: Name, token: Padded, source: Name) -> Name:
    earlier = b.unsqueeze(b.slice(source, 1, 0, -1), 1)  # [B, 1, S - 1]
    same = b.add("Equal", earlier, b.unsqueeze(token.values, 2))
    of_each = b.reshape(before, b.shape(token.values, 0, 2), b.shape(before, 1))
    longer = b.add("Min", b.add("Add", b.slice(of_each, 2, 0, -1), b.constant(1)), b.constant(op.longest))
    runs = b.add("Where", same, longer, b.constant(0))
    begun = b.add("Pad", runs, b.constant([0, 0, 1, 0, 0, 0]))  # nothing stands before the first step
    return b.reshape(begun, b.shape(before))


@emits(RunBias)
def _(b: Builder, op: RunBias, runs: Name, as_in: Padded) -> Padded:
    gains = np.concatenate([np.zeros(1, np.float32), np.asarray(op.gain, np.float32)])
    bias = b.add("Gather", b.weight(gains, "run_bias"), runs)
    return as_in.with_values(b.reshape(bias, b.shape(as_in.values, 0, 2), -1), 1)


@emits(LookedAt)
def _(b: Builder, op: LookedAt, weights: Padded, source: Name | None = None) -> Name:
    looks = weights.values
    if source is not None:
        unknown = b.unsqueeze(b.add("Equal", source, b.constant(op.unknown)), 1)
        copied = b.add("And", unknown, b.add("Greater", looks, b.number(0)))
        looks = b.add("Add", looks, b.add("Cast", copied, to=b.type("float32")))
    return b.reshape(b.add("ArgMax", looks, axis=-1, keepdims=0), -1)


@emits(Copy)
def _(b: Builder, op: Copy, scores: Padded, gate: Padded, weights: Padded, source: Name) -> Padded:
    looks = weights.values
    total = b.add("ReduceSum", looks, b.constant([-1]), keepdims=1)
    p_gen = b.add("Where", b.add("Greater", total, b.number(0)), gate.values, b.number(np.inf))
    generated = b.add("Add", log_sigmoid(b, p_gen), b.add("LogSoftmax", scores.values, axis=-1))
    tokens = b.unsqueeze(b.add("Max", source, b.constant(0)), 1)
    nothing = b.add("Mul", scores.values, b.number(0))
    by_token = b.add(
        "ScatterElements",
        nothing,
        b.add("Expand", tokens, b.shape(looks)),
        looks,
        axis=2,
        reduction="add",
    )
    copied = b.add("Log", b.add("Max", by_token, b.number(float(np.finfo(np.float32).tiny))))
    return scores.with_values(log_add_exp(b, generated, b.add("Add", log_sigmoid(b, b.add("Neg", p_gen)), copied)))


def log_sigmoid(b: Builder, x: Name) -> Name:
    return b.add("Neg", b.add("Softplus", b.add("Neg", x)))


def log_add_exp(b: Builder, x: Name, y: Name) -> Name:
    """``log(exp(x) + exp(y))``, of which one may be minus infinity."""
    apart = b.add("Abs", b.add("Sub", x, y))
    return b.add("Add", b.add("Max", x, y), b.add("Softplus", b.add("Neg", apart)))


# -- vectors in time ----------------------------------------------------------------------------------------


@emits(Change)
def _(b: Builder, op: Change, x: Padded) -> Padded:
    return x.with_values(change(b, x.values))


def change(b: Builder, x: Name) -> Name:
    """``[B, T, ...]`` less the step before; the first step less itself."""
    before = b.add("Concat", b.slice(x, 1, 0, 1), b.slice(x, 1, 0, -1), axis=1)
    return b.add("Sub", x, before)


@emits(Segments)
def _(b: Builder, op: Segments, x: Padded) -> Padded:
    lengths = b.add("Div", x.lengths, b.constant(op.length))
    steps = filled_up(b, x.values, op.length)
    width = b.add("Mul", b.shape(x.values, 2), b.constant([op.length]))
    return Padded(b.reshape(steps, 0, -1, width), lengths)


def filled_up(b: Builder, x: Name, to_multiple_of: int) -> Name:
    """``[B, T, F]`` with zeros behind, so that the steps can be parted."""
    steps = b.shape(x, 1, 2)
    lacking = b.add("Mod", b.add("Neg", steps), b.constant([to_multiple_of]))
    return b.add("Pad", x, b.sizes(0, 0, 0, 0, lacking, 0))


@emits(Horizon)
def _(b: Builder, op: Horizon, ahead: Name, column: Name) -> Padded:
    count, size = op.places.shape
    vectors = b.unsqueeze(b.weight(op.places, "places"), 0)
    if op.columns is not None:
        own = b.add("Gather", b.weight(op.columns, "columns"), column)
        vectors = b.add("Add", vectors, b.unsqueeze(own, 1))
    if op.weight is not None:
        segments = b.reshape(filled_up(b, ahead, op.segment), 0, count, -1)
        vectors = b.add("Add", vectors, linear(b, segments, op.weight, None, "ahead"))
    of_all = b.add("Expand", vectors, b.sizes(b.shape(column, 0, 1), count, size))
    return Padded(of_all, b.same_length(of_all, count))


@emits(AddPattern)
def _(b: Builder, op: AddPattern, segments: Padded, gates: Padded | None, pattern: Name) -> Name:
    batch, horizon = b.shape(pattern, 0, 1), b.shape(pattern, 1, 2)
    width = b.add("Div", b.shape(segments.values, 2), b.constant([op.segment]))
    scores = b.slice(b.reshape(segments.values, batch, -1, width), 1, 0, horizon)
    if gates is None:
        shares = b.number(-1)
    else:
        each = b.add("Expand", b.reshape(gates.values, -1, 1), b.constant([1, op.segment]))
        shares = b.slice(b.reshape(each, batch, -1), 1, 0, horizon)
    return b.add("Add", scores, b.unsqueeze(b.add("Mul", shares, pattern), 2))


# -- pictures and sound -------------------------------------------------------------------------------------


@emits(Convolution)
def _(b: Builder, op: Convolution, x: Name) -> Name:
    margin = op.weight.shape[2] // 2
    weight = b.weight(op.weight, "convolution.weight")
    return b.add("Conv", x, weight, strides=[op.stride] * 2, pads=[margin] * 4)


@emits(MaxPool)
def _(b: Builder, op: MaxPool, x: Name) -> Name:
    return b.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)


@emits(BatchNorm)
def _(b: Builder, op: BatchNorm, x: Name) -> Name:
    weights = (b.weight(getattr(op, name), f"norm.{name}") for name in ("weight", "bias", "mean", "variance"))
    return b.add("BatchNormalization", x, *weights, epsilon=float(op.epsilon))


@emits(WithChange)
def _(b: Builder, op: WithChange, frames: Name, clips: Padded | None = None) -> Name:
    if clips is None:
        changed = b.add("Mul", frames, b.number(0))
    else:
        in_clips = b.reshape(frames, b.shape(clips.values, 0, 2), b.shape(frames, 1))
        changed = b.reshape(change(b, in_clips), b.shape(frames))
    return b.add("Concat", frames, changed, axis=1)


@emits(Flatten)
def _(b: Builder, op: Flatten, x: Name) -> Name:
    return b.add("Flatten", x, axis=1)


@emits(Places)
def _(b: Builder, op: Places, fine: Name, coarse: Name | None = None) -> Padded:
    count, where = op.where.shape
    maps = fine if coarse is None else b.add("Concat", fine, nearest(b, coarse, fine), axis=1)
    features = b.transpose(b.reshape(maps, 0, 0, count), 0, 2, 1)
    batch = b.shape(fine, 0, 1)
    wheres = b.add("Expand", b.weight(op.where, "where"), b.sizes(batch, count, where))
    places = b.add("Concat", features, wheres, axis=-1)
    return Padded(places, b.same_length(places, count))


def nearest(b: Builder, maps: Name, larger: Name) -> Name:
    """``[B, C, h, w]`` as large as ``larger``, each place having its nearest of the smaller."""
    for axis in (2, 3):
        size, had = b.shape(larger, axis, axis + 1), b.shape(maps, axis, axis + 1)
        places = b.add("Div", b.add("Mul", b.range(size), had), size)
        maps = b.add("Gather", maps, places, axis=axis)
    return maps


@emits(Rows)
def _(b: Builder, op: Rows, x: Name) -> Padded:
    rows = b.reshape(b.transpose(x, 0, 2, 1, 3), 0, 0, -1)
    return Padded(rows, b.same_length(rows, b.shape(rows, 1, 2)))


@emits(TimeConvolution)
def _(b: Builder, op: TimeConvolution, x: Padded) -> Padded:
    margin = op.weight.shape[2] // 2
    channels = b.transpose(b.filled(x, b.number(0)), 0, 2, 1)
    weight = b.weight(op.weight, "convolution.weight")
    steps = b.add("Conv", channels, weight, strides=[op.stride], pads=[margin] * 2)
    kept = b.add("Div", b.add("Add", x.lengths, b.constant(op.stride - 1)), b.constant(op.stride))
    return Padded(b.transpose(steps, 0, 2, 1), kept)
