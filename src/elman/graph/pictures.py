"""Operators on pictures ``[B, C, H, W]``, and on frames of sound over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from elman.graph.operator import Array, Operator, Value, on_values
from elman.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Convolution(Operator):
    """A convolution of odd size over pictures ``[B, C, H, W]``, filled up with zeros; ``weight`` ``[O, C, k, k]``."""

    name: ClassVar[str] = "convolution"
    weight: Array
    stride: int = 1

    def __call__(self, x: Array) -> Array:
        outputs, size = len(self.weight), self.weight.shape[2]
        batch, channels, tall, wide = x.shape
        margin, stride = size // 2, self.stride
        height, width = -(-tall // stride), -(-wide // stride)
        padded = np.zeros((batch, channels, tall + 2 * margin, wide + 2 * margin), x.dtype)
        padded[:, :, margin : margin + tall, margin : margin + wide] = x
        # What each weight meets lies in rows as long as the picture's, so that copying and multiplying are fast.
        met = np.empty((batch, channels, size, size, height, width), x.dtype)
        for k in range(size):
            for l in range(size):
                met[:, :, k, l] = padded[:, :, k : k + tall : stride, l : l + wide : stride]
        columns = met.reshape(batch, channels * size * size, height * width)
        return (self.weight.reshape(outputs, -1) @ columns).reshape(batch, outputs, height, width)


@dataclass(frozen=True, eq=False)
class MaxPool(Operator):
    """The largest of each 2 x 2 pixels, or of what is left of them at an edge: ``[B, C, ceil(H/2), ceil(W/2)]``."""

    name: ClassVar[str] = "max_pool"

    def __call__(self, x: Array) -> Array:
        height, width = x.shape[2:]
        tall = x[:, :, ::2].copy()
        pairs = tall[:, :, : height // 2]
        np.maximum(pairs, x[:, :, 1::2], out=pairs)
        pooled = tall[..., ::2].copy()
        pairs = pooled[..., : width // 2]
        np.maximum(pairs, tall[..., 1::2], out=pairs)
        return pooled


@dataclass(frozen=True, eq=False)
class BatchNorm(Operator):
    """Each channel less its mean, over its standard deviation, times ``weight`` plus ``bias``, all ``[C]``; mean and
    variance are those of training (Ioffe & Szegedy 2015). Of pictures ``[B, C, H, W]``, or of steps ``[N, C]``."""

    name: ClassVar[str] = "batch_norm"
    mean: Array
    variance: Array
    weight: Array
    bias: Array
    epsilon: float = 1e-5

    @cached_property
    def factor(self) -> Array:
        """What each channel is multiplied by."""
        return self.weight / np.sqrt(self.variance + np.float32(self.epsilon))

    @cached_property
    def shift(self) -> Array:
        """What is added to each channel then."""
        return self.bias - self.mean * self.factor

    def __call__(self, x: Value) -> Value:
        def norm(values: Array) -> Array:
            channels = (-1, *[1] * (values.ndim - 2))
            return values * self.factor.reshape(channels) + self.shift.reshape(channels)

        return on_values(norm, x)


@dataclass(frozen=True, eq=False)
class WithChange(Operator):
    """On top of each frame, how it differs from the one before it in its clip; a first frame doesn't.

    ``[N, C, H, W] -> [N, 2 C, H, W]``, the clips as ``Sequences``; without, no two pictures are of one clip.
    """

    name: ClassVar[str] = "with_change"

    def __call__(self, frames: Array, clips: Sequences | None = None) -> Array:
        change = np.zeros_like(frames)
        if clips is not None:
            change[1:] = frames[1:] - frames[:-1]
            change[clips.positions == 0] = 0
        return np.concatenate([frames, change], axis=1)


@dataclass(frozen=True, eq=False)
class Flatten(Operator):
    """All numbers of a row side by side: ``[B, ...] -> [B, F]``."""

    name: ClassVar[str] = "flatten"

    def __call__(self, x: Array) -> Array:
        return np.ascontiguousarray(x).reshape(len(x), math.prod(x.shape[1:]))


@dataclass(frozen=True, eq=False)
class Places(Operator):
    """The places of pictures row by row, as attention looks at them: ``Sequences [B * H * W, F]``.

    Of each: its channels in ``fine`` ``[B, C, H, W]``, those of the next maps around it (the nearest place of
    ``coarse``, where there is one; hypercolumns, Hariharan et al. 2015), and ``where`` ``[H * W, K]`` it is.
    """

    name: ClassVar[str] = "places"
    where: Array

    def __call__(self, fine: Array, coarse: Array | None = None) -> Sequences:
        maps = [fine] if coarse is None else [fine, nearest(coarse, fine.shape[2:])]
        features = (
            np.concatenate(maps, axis=1)
            .reshape(len(fine), sum(m.shape[1] for m in maps), len(self.where))
            .transpose(0, 2, 1)
        )
        where = np.broadcast_to(self.where, (len(fine), *self.where.shape))
        places = np.concatenate([features, where], axis=-1)
        return Sequences(places.reshape(-1, places.shape[2]), np.full(len(fine), len(self.where)))


def nearest(maps: Array, size: tuple[int, ...]) -> Array:
    """``[B, C, h, w] -> [B, C, *size]``, each place of the larger maps having its nearest of the smaller."""
    down, across = (np.arange(n) * had // n for n, had in zip(size, maps.shape[2:], strict=True))
    return maps[:, :, down[:, None], across]


@dataclass(frozen=True, eq=False)
class Rows(Operator):
    """A picture as the sequence of its rows: ``[B, C, H, W] -> Sequences [B * H, C * W]``."""

    name: ClassVar[str] = "rows"

    def __call__(self, x: Array) -> Sequences:
        rows = x.transpose(0, 2, 1, 3).reshape(len(x) * x.shape[2], x.shape[1] * x.shape[3])
        return Sequences(rows, np.full(len(x), x.shape[2]))


@dataclass(frozen=True, eq=False)
class TimeConvolution(Operator):
    """A convolution of odd size over time, zeros before and after each sequence; of it every ``stride``-th step.

    ``Sequences [N, I] -> [N', O]``; ``weight`` ``[O, I, k]``
    """

    name: ClassVar[str] = "time_convolution"
    weight: Array
    stride: int = 1

    def __call__(self, x: Sequences) -> Sequences:
        outputs, inputs, size = self.weight.shape
        margin = size // 2
        lengths = -(-x.lengths // self.stride)
        # Each sequence stands between zeros of its own, so that no window reaches into another.
        starts = np.cumsum(x.lengths + 2 * margin) - (x.lengths + 2 * margin)
        spread = np.zeros((len(x.values) + 2 * margin * len(x), inputs), x.values.dtype)
        spread[(starts + margin)[x.sequence_ids] + x.positions] = x.values
        kept = Sequences(np.zeros((int(lengths.sum()), 0), x.values.dtype), lengths)
        first = starts[kept.sequence_ids] + self.stride * kept.positions
        columns = spread[first[:, None] + np.arange(size)].transpose(0, 2, 1).reshape(-1, inputs * size)
        return kept.with_values(columns @ self.weight.reshape(outputs, -1).T)
