"""MiniRocket by torch: dilated convolutions with the 84 patterns of the paper, and shares of what is above biases."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from elman.graph.patterns import Patterns


def drawn_patterns(columns: int, widths: tuple[int, ...] = (1, 2, 5), seed: int = 0) -> Patterns:
    """With biases that normal numbers are above as often as not, and in each pattern's first column at least."""
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, 2, (len(widths), 84, columns))
    chosen[..., 0] = 1
    counts = tuple(range(1, len(widths) + 1))
    biases = generator.normal(size=(84, sum(counts))).astype(np.float32)
    return Patterns(widths, counts, biases, chosen)


def shares_by_torch(op: Patterns, x: NDArray[Any]) -> NDArray[np.float64]:
    """Of one sequence ``[T, D]``: ``[84, biases]``."""
    patterns = -torch.ones(84, 9, dtype=torch.float64)
    for row, high in zip(patterns, combinations(range(9), 3), strict=True):
        row[list(high)] = 2
    shares, first = np.zeros(op.biases.shape), 0
    for place, (width, count) in enumerate(zip(op.widths, op.counts, strict=True)):
        weight = patterns[:, None] * torch.tensor(op.columns[place])[..., None]
        signal = torch.tensor(np.asarray(x, np.float64).T)[None]
        found = F.conv1d(signal, weight, padding=4 * width, dilation=width)[0]
        for column in range(first, first + count):
            above = found > torch.tensor(op.biases[:, column])[:, None]
            within = above[:, 4 * width : len(x) - 4 * width]
            for pattern in range(84):
                inside = (pattern + column) % 2 == 1 and within.shape[1] > 0
                shares[pattern, column] = (within if inside else above)[pattern].double().mean()
        first += count
    return shares
