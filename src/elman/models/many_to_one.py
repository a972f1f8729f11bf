"""Many-to-one: a sequence in, one value out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.graph import Graph, Name, Writer
from elman.graph.carried import PoolSince
from elman.graph.elementwise import Concat
from elman.graph.pooling import Pool
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.attention import AttentionPooling
from elman.nn.encoders import Encoder
from elman.nn.pooling import max_pool, mean_pool


class ManyToOne(Network):
    """Read a sequence with a recurrent stack, pool its states into one vector, and answer from that.

    encoder: batch -> ``Ragged [N, encoder.output_size]``;  head: ``[B, F] -> scores [B, ...]``, made by
    ``head(F)`` since the pooling decides ``F``.
    pooling: "last" (the final state of each direction), "mean", "max" or "attention" over all steps, or "inputs"
    (the mean of the encoder's vectors, past the recurrence); several joined by "+" stand side by side. A sequence
    of no steps pools to zeros.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Any,
        *,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        pooling: str = "last",
    ):
        super().__init__()
        self.encoder = encoder
        self.stack = RecurrentStack(
            cell, encoder.output_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout
        )
        self.pooling = pooling.split("+")
        if "attention" in self.pooling:
            self.attention = AttentionPooling(self.stack.output_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        sizes = {"inputs": encoder.output_size}
        self.head = head(sum(sizes.get(pool, self.stack.output_size) for pool in self.pooling))

    def features(self, inputs: Any) -> Tensor:
        """``[B, F]``: what the sequence comes down to."""
        vectors = self.encoder(inputs)
        steps, state = self.stack(vectors)
        pools = {
            "last": lambda: self.stack.last_output(state),
            "mean": lambda: mean_pool(steps),
            "max": lambda: max_pool(steps),
            "inputs": lambda: mean_pool(vectors),
            "attention": lambda: self.attention(steps),
        }
        return torch.cat([pools[name]() for name in self.pooling], dim=-1)

    def forward(self, inputs: Any) -> Tensor:
        """Scores ``[B, ...]``."""
        return self.head(self.dropout(self.features(inputs)))

    def write(self) -> dict[str, Graph]:
        """``scores``: of a batch ``[B, ...]``; and ``read_on``."""
        g = Writer()
        vectors = self.encoder.write(g)
        steps, h, *_ = self.stack.write(g, vectors)
        pools = {
            "last": lambda: self.stack.write_last_output(g, h),
            "mean": lambda: g.add(Pool("mean"), steps),
            "max": lambda: g.add(Pool("max"), steps),
            "inputs": lambda: g.add(Pool("mean"), vectors),
            "attention": lambda: self.attention.write(g, steps),
        }
        features = _beside(g, [pools[name]() for name in self.pooling])
        return {"scores": g.graph(scores=self.head.write(g, features)), **self._write_on()}

    def _write_on(self) -> dict[str, Graph]:
        """``read_on``: the scores of all that was read until now, of a sequence that comes in pieces; of networks that
        can go on so."""
        g = Writer()
        causal = self.stack.rnn.num_directions == 1 and "attention" not in self.pooling
        vectors = self.encoder.write_on(g) if causal else None
        if vectors is None:
            return {}
        steps, h = self.stack.write_on(g, vectors)

        def pooled(by: str, x: Name, size: int, name: str) -> Name:
            pool, after = g.add_several(2, PoolSince(by), x, g.carry(name, size, "float64"), g.count(x))
            g.carried(**{name: after})
            return pool

        size = self.stack.output_size
        pools = {
            "last": lambda: self.stack.write_last_output(g, h),
            "mean": lambda: pooled("mean", steps, size, "sum"),
            "max": lambda: pooled("max", steps, size, "max"),
            "inputs": lambda: pooled("mean", vectors, self.encoder.output_size, "sum_of_inputs"),
        }
        features = _beside(g, [pools[name]() for name in self.pooling])
        return {"read_on": g.graph(scores=self.head.write(g, features))}

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per row ``[B]``, and how many values each row counts for (one) ``[B]``."""
        losses = self.head.loss(self(batch.inputs), batch.targets)
        return losses, losses.new_ones(len(losses))


def _beside(g: Writer, pools: list[Name]) -> Name:
    return pools[0] if len(pools) == 1 else g.add(Concat(), *pools)
