# pyright: strict
"""Input sides for pictures: a small convolutional network, or their rows one after another."""

from __future__ import annotations

import math
from itertools import chain, repeat
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman import graph as ops
from elman.graph import Name, Operator, Writer
from elman.graph.writer import weight
from elman.nn.encoders import Encoder
from elman.ragged import Ragged

LARGE = 32  # pixels of the longer side; of larger pictures the first convolution looks at every other place
COARSEST = 4  # pixels that are left of the longer side after the last pooling
PLACES = 16  # places side by side, at most, that attention can tell apart
WAVES = 4  # of each coordinate of a place


class Standardise(nn.Module):
    """Pixels ``[B, C, H, W]`` from 0 to 255 -> float, less the mean and over the scale of their channel."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: list[float], scale: list[float]):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("scale", torch.tensor(scale).view(-1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        return (pixels.float() - self.mean) / self.scale

    def write(self, g: Writer, pixels: Name) -> Name:
        """The standardised pixels in a graph."""
        return g.add(ops.elementwise.Standardise(weight(self.mean), weight(self.scale)), pixels)


class RandomAffine(nn.Module):
    """In training, each picture is turned, scaled and moved a little, as if it had been taken slightly otherwise.

    ``[B, C, H, W] -> [B, C, H, W]``. ``strength`` 1: up to 10 degrees, 10 % and 8 % of the side; 0: not at all. What
    comes in from outside repeats the edge. Nothing is mirrored or coloured anew: that may change what a picture means.
    Pictures with the same number in ``together`` ``[B]`` are varied alike; by default, each by itself.
    """

    def __init__(self, strength: float):
        super().__init__()
        self.strength = strength

    def forward(self, pictures: Tensor, together: Tensor | None = None) -> Tensor:
        if not (self.training and self.strength):
            return pictures
        drawn = 2 * torch.rand(4, len(pictures), device=pictures.device) - 1
        angle, grown, right, down = self.strength * (drawn if together is None else drawn[:, together])
        angle, grown = math.radians(10) * angle, 1 + 0.1 * grown
        cos, sin = grown * angle.cos(), grown * angle.sin()
        # Coordinates run from -1 to 1, so that a side has the length 2.
        rows = torch.stack([cos, -sin, 0.16 * right, sin, cos, 0.16 * down], dim=1).view(-1, 2, 3)
        grid = F.affine_grid(rows, list(pictures.shape), align_corners=False)
        return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)

    def extra_repr(self) -> str:
        return f"strength={self.strength}"


class PictureEncoder(Encoder):
    """Convolutions of 3 x 3, each with pooling of 2 x 2, batch normalisation and ReLU, until few pixels are left, which
    are put together as one vector (LeCun et al. 1998; Ioffe & Szegedy 2015).

    uint8 ``[B, C, H, W] -> [B, size]``; in training, frames with the same number in ``clips`` ``[B]`` are varied alike.
    ``look`` also gives the places of each picture, for attention (Xu et al. 2015): what a convolution made of it, what
    the next one made of its surroundings (hypercolumns, Hariharan et al. 2015), and where it is.
    """

    where: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        mean: list[float],
        scale: list[float],
        size: int,
        *,
        filters: int = 32,
        augmentation: float = 1.0,
        dropout: float = 0.0,
        changes: bool = False,
    ):
        """``shape``: C, H, W;  ``filters``: of the first convolution; later ones have twice and four times as many.

        changes: on top of each frame of a clip lies what has changed in it since the frame before, so that convolutions
                 see what moves and where to, wherever it is (after Furui 1986, of pixels)
        """
        super().__init__()
        channels, height, width = shape
        self.output_size, self.shape = size, shape
        self.standardise, self.random_affine = Standardise(mean, scale), RandomAffine(augmentation)
        self.changes = changes
        channels *= 2 if changes else 1
        blocks: list[nn.Module] = []
        stride = 2 if max(height, width) > LARGE else 1
        for factor in chain((1, 2), repeat(4)):
            layers: list[nn.Module] = [nn.Conv2d(channels, factor * filters, 3, stride=stride, padding=1, bias=False)]
            channels, height, width = factor * filters, math.ceil(height / stride), math.ceil(width / stride)
            last = max(height, width) <= COARSEST
            if not last:
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
                height, width = math.ceil(height / 2), math.ceil(width / 2)
            blocks.append(nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU()))
            if not self.memory_size:
                if max(height, width) <= PLACES:
                    self.near, self.memory_size = nn.Sequential(*blocks), channels + 2 * WAVES
                    self.register_buffer("where", waves(height, width), persistent=False)
                    blocks = []
            elif len(blocks) == 1:
                self.memory_size += channels
            if last:
                break
            stride = 1
        self.far = nn.Sequential(*blocks)
        self.together = nn.Sequential(nn.Dropout(dropout), nn.Linear(channels * height * width, size), nn.ReLU())

    def forward(self, pictures: Tensor, clips: Tensor | None = None) -> Tensor:
        return self.together(self.far(self._maps(pictures, clips)).flatten(1))

    def look(self, inputs: Tensor) -> tuple[Tensor, Ragged]:
        """``[B, size]``, and the places of each picture row by row, ``Ragged [B * P, memory_size]``."""
        fine = self._maps(inputs)
        coarse = self.far[:1](fine)
        around = [F.interpolate(coarse, size=fine.shape[2:])] if len(self.far) else []
        features = torch.cat([fine, *around], dim=1).flatten(2).transpose(1, 2)  # [B, P, C]
        places = torch.cat([features, self.where.expand(len(features), -1, -1)], dim=-1)
        as_one = self.together(self.far[1:](coarse).flatten(1))
        return as_one, Ragged(places.flatten(0, 1), torch.full((len(places),), places.shape[1]))

    def write(self, g: Writer) -> Name:
        return self.write_of(g, self.write_pictures(g))

    def write_look(self, g: Writer) -> tuple[Name, Name]:
        fine = self._write_maps(g, self.write_pictures(g))
        coarse = _write_blocks(g, self.far[:1], fine)
        around = [coarse] if len(self.far) else []
        places = g.add(ops.pictures.Places(weight(self.where)), fine, *around)
        return self._write_together(g, _write_blocks(g, self.far[1:], coarse)), places

    def write_pictures(self, g: Writer) -> Name:
        """The pictures as they come."""
        return g.input("input", "uint8", *self.shape, form="rows")

    def write_of(self, g: Writer, pictures: Name, clips: Name = "") -> Name:
        """The vector of each of these pictures in a graph; ``clips``: the clips whose frames they are."""
        return self._write_together(g, _write_blocks(g, self.far, self._write_maps(g, pictures, clips)))

    def _write_maps(self, g: Writer, pictures: Name, clips: Name = "") -> Name:
        prepared = self.standardise.write(g, pictures)
        if self.changes:
            prepared = g.add(ops.pictures.WithChange(), prepared, clips)
        return _write_blocks(g, self.near, prepared)

    def _write_together(self, g: Writer, maps: Name) -> Name:
        linear: Any = self.together[1]
        return g.add(ops.elementwise.Activation("relu"), g.linear(g.add(ops.pictures.Flatten(), maps), linear))

    def _maps(self, pictures: Tensor, clips: Tensor | None = None) -> Tensor:
        prepared = self.random_affine(self.standardise(pictures), clips)
        if self.changes:
            prepared = torch.cat([prepared, changed(prepared, clips)], dim=1)
        # Channels side by side in memory make convolution and pooling a third faster on CPUs.
        return self.near(prepared.contiguous(memory_format=torch.channels_last))


def _write_blocks(g: Writer, blocks: Any, maps: Name) -> Name:
    """Blocks of convolution, pooling, batch normalisation and ReLU in a graph."""
    for block in blocks:
        for layer in block:
            maps = g.add(_operator(layer), maps)
    return maps


def _operator(layer: nn.Module) -> Operator:
    """A layer of a block as an operator."""
    match layer:
        case nn.Conv2d():
            return ops.pictures.Convolution(weight(layer.weight), layer.stride[0])
        case nn.MaxPool2d():
            return ops.pictures.MaxPool()
        case nn.BatchNorm2d():
            running = weight(layer.running_mean), weight(layer.running_var)
            return ops.pictures.BatchNorm(*running, weight(layer.weight), weight(layer.bias), layer.eps)
        case nn.ReLU():
            return ops.elementwise.Activation("relu")
        case _:
            raise TypeError(f"no operator for {layer}")


def changed(frames: Tensor, clips: Tensor | None) -> Tensor:
    """How each of ``frames`` ``[B, ...]`` differs from the one before it; a clip's first doesn't.

    ``clips`` ``[B]`` says by its number which clip each is of; None: no two are of one.
    """
    change = torch.zeros_like(frames)
    if clips is not None:
        follows = (clips[1:] == clips[:-1]).view(-1, *[1] * (frames.dim() - 1))
        change[1:] = (frames[1:] - frames[:-1]) * follows
    return change


def waves(height: int, width: int) -> Tensor:
    """``[height * width, 2 * WAVES]``: where a place is, as cosines of 1 to ``WAVES`` half turns down and across.

    Coordinates stand beside features as in Liu et al. (2018), in the form of Vaswani et al. (2017).
    """
    turns = math.pi * torch.arange(1, WAVES + 1)
    down, across = (torch.cos(turns * ((torch.arange(n) + 0.5) / n)[:, None]) for n in (height, width))
    return torch.cat([down.repeat_interleave(width, 0), across.repeat(height, 1)], dim=1)


class FrameByFrame(Encoder):
    """The frames of clips, each seen as a picture: uint8 ``Ragged [N, C, H, W] -> Ragged [N, size]``.

    In training all frames of a clip are varied alike, so that what moves in it is what moved.
    """

    def __init__(self, pictures: PictureEncoder):
        super().__init__()
        self.pictures, self.output_size = pictures, pictures.output_size

    def forward(self, clips: Ragged) -> Ragged:
        return clips.with_values(self.pictures(clips.values, clips.sequence_ids))

    def write(self, g: Writer) -> Name:
        clips = g.input("input", "uint8", *self.pictures.shape)
        vectors = self.pictures.write_of(g, g.add(ops.recurrence.Steps(), clips), clips)
        return g.add(ops.recurrence.Like(), vectors, clips)


class PictureRows(Encoder):
    """A picture as the sequence of its rows, from top to bottom: uint8 ``[B, C, H, W] -> Ragged [B * H, C * W]``."""

    def __init__(
        self, shape: tuple[int, int, int], mean: list[float], scale: list[float], *, augmentation: float = 1.0
    ):
        super().__init__()
        channels, self.height, width = self.shape = shape
        self.output_size = channels * width
        self.prepare = nn.Sequential(Standardise(mean, scale), RandomAffine(augmentation))

    def forward(self, pictures: Tensor) -> Ragged:
        rows = self.prepare(pictures).transpose(1, 2).flatten(2)  # [B, H, C * W]
        return Ragged(rows.flatten(0, 1), torch.full((len(rows),), self.height))

    def write(self, g: Writer) -> Name:
        standardise: Any = self.prepare[0]
        return g.add(ops.pictures.Rows(), standardise.write(g, g.input("input", "uint8", *self.shape, form="rows")))
