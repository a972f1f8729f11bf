"""How the experiments train: Adam on batches that are drawn afresh, in a loop that fits a screen."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from elman.models.batch import Batch
from elman.models.network import Network


def fit(
    network: Network, draw: Callable[[], Batch], *, steps: int, learning_rate: float = 1e-2, clip: float = 1.0
) -> list[float]:
    """Train in place for ``steps`` steps; the loss per value in nats (or squared error) at each.

    The gradient's norm is clipped to ``clip``. The learning rate falls linearly to zero over the second half.
    """
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / steps))
    losses = []
    network.train()
    for _ in range(steps):
        loss, count = network.loss(draw())
        mean = loss.sum() / count.sum()
        optimizer.zero_grad()
        mean.backward()
        nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimizer.step()
        schedule.step()
        losses.append(mean.item())
    network.eval()
    return losses


def size(network: nn.Module) -> int:
    """How many weights there are."""
    return sum(parameter.numel() for parameter in network.parameters())
