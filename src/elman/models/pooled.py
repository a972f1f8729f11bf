# pyright: strict
"""A recurrent stack whose states become one vector: what reads a sequence as a whole."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from elman.graph import Name, Writer
from elman.graph.elementwise import Concat
from elman.graph.pooling import Pool
from elman.models.stack import RecurrentStack
from elman.nn.attention import AttentionPooling
from elman.nn.pooling import max_pool, mean_pool
from elman.ragged import Ragged


class Pooled(nn.Module):
    """``Ragged [N, input_size] -> [B, pooled_size]``, to be inherited by what has an encoder before it.

    pooling: "last" (the final state of each direction), "mean", "max" or "attention" over all steps, or "inputs"
    (the mean of what was read, past the recurrence); several joined by "+" stand side by side. A sequence of no steps
    pools to zeros.
    """

    def __init__(
        self,
        input_size: int,
        *,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        pooling: str = "last",
    ):
        super().__init__()
        self.stack = RecurrentStack(
            cell, input_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout
        )
        self.pooling = pooling.split("+")
        if "attention" in self.pooling:
            self.attention = AttentionPooling(self.stack.output_size, hidden_size)
        sizes = {"inputs": input_size}
        self.pooled_size = sum(sizes.get(pool, self.stack.output_size) for pool in self.pooling)

    def pooled(self, vectors: Ragged) -> Tensor:
        """``[B, pooled_size]``: what each sequence comes down to."""
        steps, state = self.stack(vectors)
        pools = {
            "last": lambda: self.stack.last_output(state),
            "mean": lambda: mean_pool(steps),
            "max": lambda: max_pool(steps),
            "inputs": lambda: mean_pool(vectors),
            "attention": lambda: self.attention(steps),
        }
        return torch.cat([pools[name]() for name in self.pooling], dim=-1)

    def write_pooled(self, g: Writer, vectors: Name) -> Name:
        """``pooled`` in a graph."""
        steps, h, *_ = self.stack.write(g, vectors)
        pools = {
            "last": lambda: self.stack.write_last_output(g, h),
            "mean": lambda: g.add(Pool("mean"), steps),
            "max": lambda: g.add(Pool("max"), steps),
            "inputs": lambda: g.add(Pool("mean"), vectors),
            "attention": lambda: self.attention.write(g, steps),
        }
        return beside(g, [pools[name]() for name in self.pooling])


def beside(g: Writer, vectors: list[Name]) -> Name:
    """Vectors side by side in a graph."""
    return vectors[0] if len(vectors) == 1 else g.add(Concat(), *vectors)
