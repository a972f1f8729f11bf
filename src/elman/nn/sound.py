# pyright: strict
"""The input side for frames of sound: what training varies, and convolutions over time."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.graph import Name, Operator, Writer, pictures
from elman.graph.elementwise import Activation, LayerNorm, Standardise
from elman.graph.writer import weight
from elman.nn.dropout import SequenceDropout
from elman.nn.encoders import Encoder
from elman.ragged import Ragged

MASKS = 2
WIDEST = 0.2  # of the bands, or of a recording's frames, that one mask covers at most


class SpecAugment(nn.Module):
    """In training, some bands and some stretches of each recording are silenced (Park et al. 2019): ``MASKS`` of
    either, each as wide as chance says, up to ``strength * WIDEST`` of the whole.

    ``Ragged [N, bands]`` of standardised frames -> the same, with zeros, the mean, where something is silenced.
    """

    def __init__(self, strength: float):
        super().__init__()
        self.strength = strength

    def forward(self, frames: Ragged) -> Ragged:
        if not (self.training and self.strength):
            return frames
        bands = torch.full_like(frames.lengths, frames.values.shape[1])
        silent = torch.zeros_like(frames.values, dtype=torch.bool)
        for _ in range(MASKS):
            first, past = self._stretches(bands)
            band = torch.arange(frames.values.shape[1])
            covered = (band >= first[:, None]) & (band < past[:, None])  # [B, bands]
            silent |= covered.to(frames.device)[frames.sequence_ids]
            first, past = (edge.to(frames.device)[frames.sequence_ids] for edge in self._stretches(frames.lengths))
            silent |= ((frames.positions >= first) & (frames.positions < past))[:, None]
        return frames.map(lambda values: values.masked_fill(silent, 0.0))

    def _stretches(self, sizes: Tensor) -> tuple[Tensor, Tensor]:
        """Of each size ``[B]``, where a stretch of it begins and ends."""
        widths = (torch.rand(len(sizes)) * min(1.0, self.strength * WIDEST) * (sizes + 1)).long()
        first = (torch.rand(len(sizes)) * (sizes - widths + 1)).long()
        return first, first + widths

    def extra_repr(self) -> str:
        return f"strength={self.strength}"


class TimeConvolution(nn.Module):
    """A convolution over ``kernel`` steps of time, an odd number, normalisation of each step or ``by_batch``, ReLU:
    ``Ragged [N, I] -> Ragged [N', O]``, of each sequence every ``stride``-th step."""

    def __init__(self, input_size: int, output_size: int, stride: int, kernel: int = 3, *, by_batch: bool = False):
        super().__init__()
        self.convolution = nn.Conv1d(input_size, output_size, kernel, stride, padding=kernel // 2, bias=False)
        self.stride = stride
        self.norm: StepNorm | nn.LayerNorm = StepNorm(output_size) if by_batch else nn.LayerNorm(output_size)

    def forward(self, x: Ragged) -> Ragged:
        longest = max(1, int(x.lengths.max()))
        steps = self.convolution(x.padded(length=longest).transpose(1, 2)).transpose(1, 2)
        kept = Ragged.from_padded(steps, (x.lengths + self.stride - 1) // self.stride)
        return kept.map(lambda values: self.norm(values).relu())

    def write(self, g: Writer, x: Name) -> Name:
        """Its steps in a graph."""
        steps = g.add(pictures.TimeConvolution(weight(self.convolution.weight), self.stride), x)
        norm = normalisation(self.norm)
        return g.add(Activation("relu"), g.add(norm, steps))


class TimeConvolutions(nn.Sequential):
    """One ``TimeConvolution`` after another."""

    def write(self, g: Writer, x: Name) -> Name:
        """Their steps in a graph."""
        for convolution in self:
            assert isinstance(convolution, TimeConvolution)
            x = convolution.write(g, x)
        return x


class StepNorm(nn.BatchNorm1d):
    """Batch normalisation of steps ``[N, C]``; a single one, which has no spread, by what was seen before it."""

    def forward(self, input: Tensor) -> Tensor:
        if len(input) > 1 or not self.training:
            return super().forward(input)
        assert self.running_mean is not None and self.running_var is not None
        return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


def normalisation(norm: nn.Module) -> Operator:
    """Layer or batch normalisation as an operator."""
    if isinstance(norm, StepNorm):
        mean, variance = weight(norm.running_mean), weight(norm.running_var)
        return pictures.BatchNorm(mean, variance, weight(norm.weight), weight(norm.bias), norm.eps)
    assert isinstance(norm, nn.LayerNorm)
    return LayerNorm(weight(norm.weight), weight(norm.bias), norm.eps)


class FrameEncoder(Encoder):
    """Frames ``Ragged [N, bands]`` -> ``Ragged [N', size]``: standardised, silenced here and there in training, and
    through two convolutions over time that leave one step of ``subsampling`` frames (1, 2 or 4)."""

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        mean: list[float],
        scale: list[float],
        size: int,
        *,
        subsampling: int = 2,
        augmentation: float = 1.0,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.output_size = size
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(scale))
        self.silence = SpecAugment(augmentation)
        first, second = {1: (1, 1), 2: (2, 1), 4: (2, 2)}[subsampling]
        self.convolutions = TimeConvolutions(
            TimeConvolution(len(mean), size, first), TimeConvolution(size, size, second)
        )
        self.dropout = SequenceDropout(dropout)

    def forward(self, frames: Ragged) -> Ragged:
        standardised = frames.map(lambda values: (values - self.mean) / self.scale)
        return self.dropout(self.convolutions(self.silence(standardised)))

    def write(self, g: Writer) -> Name:
        steps = g.input("input", "float32", len(self.mean))
        return self.convolutions.write(g, g.add(Standardise(weight(self.mean), weight(self.scale)), steps))


class StackedFrames(Encoder):
    """Steps of ``stacked`` frames side by side, ``Ragged [N, stacked * bands]`` -> the same, standardised, and silenced
    here and there in training; no step sees the frames of others (Sak et al. 2015)."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: list[float], scale: list[float], stacked: int, *, augmentation: float = 1.0):
        super().__init__()
        self.bands, self.stacked, self.output_size = len(mean), stacked, len(mean) * stacked
        self.register_buffer("mean", torch.tensor(mean * stacked))
        self.register_buffer("scale", torch.tensor(scale * stacked))
        self.silence = SpecAugment(augmentation)

    def forward(self, steps: Ragged) -> Ragged:
        standardised = (steps.values - self.mean) / self.scale
        frames = Ragged(standardised.view(-1, self.bands), steps.lengths * self.stacked)
        return steps.with_values(self.silence(frames).values.view(-1, self.output_size))

    def write(self, g: Writer) -> Name:
        return g.add(Standardise(weight(self.mean), weight(self.scale)), g.input("input", "float32", self.output_size))

    def write_on(self, g: Writer) -> Name:
        return self.write(g)
