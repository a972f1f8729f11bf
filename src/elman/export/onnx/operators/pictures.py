"""Pictures and sound."""

from __future__ import annotations

from elman.export.onnx.builder import Builder, Name, Padded
from elman.export.onnx.operators.series import change
from elman.export.onnx.table import emits
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


@emits(Convolution)
def _(b: Builder, op: Convolution, x: Name) -> Name:
    margin = op.weight.shape[2] // 2
    weight = b.weight(op.weight, "convolution.weight")
    return b.add("Conv", x, weight, strides=[op.stride] * 2, pads=[margin] * 4)


@emits(MaxPool)
def _(b: Builder, op: MaxPool, x: Name) -> Name:
    return b.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)


@emits(BatchNorm)
def _(b: Builder, op: BatchNorm, x: Name | Padded) -> Name | Padded:
    weights = [b.weight(getattr(op, name), f"norm.{name}") for name in ("weight", "bias", "mean", "variance")]

    def norm(channels: Name) -> Name:
        return b.add("BatchNormalization", channels, *weights, epsilon=float(op.epsilon))

    return (
        x.with_values(b.transpose(norm(b.transpose(x.values, 0, 2, 1)), 0, 2, 1)) if isinstance(x, Padded) else norm(x)
    )


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
