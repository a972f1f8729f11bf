# pyright: strict
"""The input side for signals, many small steps of which mean something only together: what training varies, and
convolutions over time."""

from __future__ import annotations

import torch
from torch import nn

from elman.graph import Name, Writer
from elman.nn.dropout import SequenceDropout
from elman.nn.encoders import Encoder, VectorEncoder
from elman.nn.sound import TimeConvolution, TimeConvolutions
from elman.ragged import Ragged

MOVED, STRETCHED, SCALED = 0.1, 0.1, 0.2
"""At strength 1, how far a sequence is moved at most, as a share of its length, and by what share it is stretched and
its numbers are scaled."""


class RandomTime(nn.Module):
    """In training, each sequence is moved and stretched in time a little, and its numbers are scaled (Le Guennec et al.
    2016, "Data augmentation for time series classification using convolutional neural networks").

    ``Ragged [N, F] -> Ragged [N, F]`` of the same lengths. Each step is the nearest one of the sequence: a line between
    two of them would be smoother than any real signal, and teach what is never seen again. What comes in from outside
    mirrors what is within.
    """

    def __init__(self, strength: float):
        super().__init__()
        self.strength = strength

    def forward(self, x: Ragged) -> Ragged:
        if not (self.training and self.strength):
            return x
        drawn = self.strength * (2 * torch.rand(3, len(x)) - 1)
        moved, faster, scale = drawn.to(x.device)[:, x.sequence_ids]
        last = (x.lengths - 1).to(x.device)[x.sequence_ids]
        middle = last / 2
        place = middle + (x.positions - middle) * (1 + STRETCHED * faster) + MOVED * last * moved
        mirrored = (last - (last - place.abs()).abs()).round().long()
        first = x.offsets.to(x.device)[x.sequence_ids]
        return x.with_values(x.values[first + mirrored] * (1 + SCALED * scale)[:, None])

    def extra_repr(self) -> str:
        return f"strength={self.strength}"


class SignalEncoder(Encoder):
    """Vectors ``Ragged [N, F] -> Ragged [N', size]``: varied in training, and through ``convolutions`` over ``kernel``
    steps each, which leave every other step (as before an LSTM: Sainath et al. 2015)."""

    def __init__(
        self,
        vectors: VectorEncoder,
        size: int,
        *,
        convolutions: int,
        kernel: int = 9,
        augmentation: float = 1.0,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.output_size, self.sizes = size, vectors.sizes  # of the vectors before any convolution
        self.vary, self.vectors = RandomTime(augmentation), vectors
        sizes = [vectors.output_size] + [size] * convolutions
        self.convolutions = TimeConvolutions(
            *(TimeConvolution(inputs, size, 2, kernel, by_batch=True) for inputs in sizes[:-1])
        )
        self.dropout = SequenceDropout(dropout)

    def forward(self, steps: Ragged) -> Ragged:
        return self.dropout(self.convolutions(self.vectors(self.vary(steps))))

    def write(self, g: Writer) -> Name:
        return self.convolutions.write(g, self.vectors.write(g))
