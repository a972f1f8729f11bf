# pyright: strict
"""One-to-one: one value in, one value out. No recurrence: the plain network that the others are measured by."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from elman.graph import Graph, Writer
from elman.graph.elementwise import Activation
from elman.models.batch import Batch
from elman.models.network import Network
from elman.nn.encoders import Encoder


class OneToOne(Network):
    """A feed-forward network with ``num_layers`` hidden layers.

    encoder: batch -> ``[B, encoder.output_size]``;  head: ``[B, hidden_size] -> scores [B, ...]``
    """

    def __init__(
        self, encoder: Encoder, head: nn.Module, *, hidden_size: int = 128, num_layers: int = 1, dropout: float = 0.0
    ):
        super().__init__()
        sizes = [encoder.output_size, *[hidden_size] * num_layers]
        self.encoder, self.head = encoder, head
        self.hidden = nn.Sequential(
            *(
                nn.Sequential(nn.Linear(size, hidden_size), nn.ReLU(), nn.Dropout(dropout))
                for size in sizes[:num_layers]
            )
        )

    def features(self, inputs: Any) -> Tensor:
        """``[B, hidden_size]``: what is known of the value before the head."""
        return self.hidden(self.encoder(inputs))

    def forward(self, inputs: Any) -> Tensor:
        """Scores ``[B, ...]``."""
        return self.head(self.features(inputs))

    def write(self) -> dict[str, Graph]:
        """``scores``: of a batch ``[B, ...]``."""
        g = Writer()
        x = self.encoder.write(g)
        for linear in self.hidden.modules():
            if isinstance(linear, nn.Linear):
                x = g.add(Activation("relu"), g.linear(x, linear))
        return {"scores": g.graph(scores=self.head.write(g, x))}

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per row ``[B]``, and how many values each row counts for (one) ``[B]``."""
        losses = self.losses_of(self.features(batch.inputs), batch.targets)
        return losses, losses.new_ones(len(losses))
