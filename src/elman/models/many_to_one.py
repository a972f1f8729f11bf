# pyright: strict
"""Many-to-one: a sequence in, one value out."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from elman.graph import Graph, Name, Writer
from elman.graph.carried import PoolSince
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.pooled import Pooled, beside
from elman.nn.encoders import Encoder


class ManyToOne(Pooled, Network):
    """Read a sequence with a recurrent stack, pool its states into one vector, and answer from that.

    encoder: batch -> ``Ragged [N, encoder.output_size]``;  head: ``[B, F] -> scores [B, ...]``, made by
    ``head(F)`` since the pooling decides ``F``;  recurrence: the arguments of ``Pooled``
    """

    def __init__(self, encoder: Encoder, head: Any, *, dropout: float = 0.0, **recurrence: Any):
        super().__init__(encoder.output_size, dropout=dropout, **recurrence)
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = head(self.pooled_size)

    def features(self, inputs: Any) -> Tensor:
        """``[B, F]``: what the sequence comes down to."""
        return self.pooled(self.encoder(inputs))

    def forward(self, inputs: Any) -> Tensor:
        """Scores ``[B, ...]``."""
        return self.head(self.dropout(self.features(inputs)))

    def write(self) -> dict[str, Graph]:
        """``scores``: of a batch ``[B, ...]``; and ``read_on``."""
        g = Writer()
        features = self.write_pooled(g, self.encoder.write(g))
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
        features = beside(g, [pools[name]() for name in self.pooling])
        return {"read_on": g.graph(scores=self.head.write(g, features))}

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per row ``[B]``, and how many values each row counts for (one) ``[B]``."""
        losses = self.losses_of(self.dropout(self.features(batch.inputs)), batch.targets)
        return losses, losses.new_ones(len(losses))
