"""Input sides for pictures: a small convolutional network, or their rows one after another."""

from __future__ import annotations

import math
from itertools import chain, repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.nn.encoders import Encoder
from elman.ragged import Ragged

LARGE = 32  # pixels of the longer side; of larger pictures the first convolution looks at every other place
COARSEST = 4  # pixels that are left of the longer side after the last pooling


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


class Jiggle(nn.Module):
    """In training, each picture is turned, scaled and moved a little, as if it had been taken slightly otherwise.

    ``[B, C, H, W] -> [B, C, H, W]``. ``strength`` 1: up to 10 degrees, 10 % and 8 % of the side; 0: not at all. What
    comes in from outside repeats the edge. Nothing is mirrored or coloured anew: that may change what a picture means.
    """

    def __init__(self, strength: float):
        super().__init__()
        self.strength = strength

    def forward(self, pictures: Tensor) -> Tensor:
        if not (self.training and self.strength):
            return pictures
        angle, grown, right, down = self.strength * (2 * torch.rand(4, len(pictures), device=pictures.device) - 1)
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

    uint8 ``[B, C, H, W] -> [B, size]``
    """

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
    ):
        """``shape``: C, H, W;  ``filters``: of the first convolution; later ones have twice and four times as many."""
        super().__init__()
        channels, height, width = shape
        self.output_size = size
        self.prepare = nn.Sequential(Standardise(mean, scale), Jiggle(augmentation))
        layers: list[nn.Module] = []
        stride = 2 if max(height, width) > LARGE else 1
        for factor in chain((1, 2), repeat(4)):
            layers += [nn.Conv2d(channels, factor * filters, 3, stride=stride, padding=1, bias=False)]
            channels, height, width = factor * filters, math.ceil(height / stride), math.ceil(width / stride)
            last = max(height, width) <= COARSEST
            if not last:
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
                height, width = math.ceil(height / 2), math.ceil(width / 2)
            layers += [nn.BatchNorm2d(channels), nn.ReLU()]
            if last:
                break
            stride = 1
        self.convolutions = nn.Sequential(*layers)
        self.together = nn.Sequential(nn.Dropout(dropout), nn.Linear(channels * height * width, size), nn.ReLU())

    def forward(self, pictures: Tensor) -> Tensor:
        # Channels side by side in memory make convolution and pooling a third faster on CPUs.
        prepared = self.prepare(pictures).contiguous(memory_format=torch.channels_last)
        return self.together(self.convolutions(prepared).flatten(1))


class PictureRows(Encoder):
    """A picture as the sequence of its rows, from top to bottom: uint8 ``[B, C, H, W] -> Ragged [B * H, C * W]``."""

    def __init__(
        self, shape: tuple[int, int, int], mean: list[float], scale: list[float], *, augmentation: float = 1.0
    ):
        super().__init__()
        channels, self.height, width = shape
        self.output_size = channels * width
        self.prepare = nn.Sequential(Standardise(mean, scale), Jiggle(augmentation))

    def forward(self, pictures: Tensor) -> Ragged:
        rows = self.prepare(pictures).transpose(1, 2).flatten(2)  # [B, H, C * W]
        return Ragged(rows.flatten(0, 1), torch.full((len(rows),), self.height))
