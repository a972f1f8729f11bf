"""The input side for proteins."""

from __future__ import annotations

import torch
from torch import nn

from elman.graph import Name, Writer
from elman.graph.elementwise import Concat
from elman.graph.tokens import Embed
from elman.graph.writer import weight
from elman.nn.dropout import SequenceDropout
from elman.nn.encoders import Encoder
from elman.ragged import Ragged

HYDROPATHY = dict(zip("RKNDQEHPYWSTGAMCFLVI", (-4.5, -3.9, *[-3.5] * 4, -3.2, -1.6, -1.3, -0.9, -0.8, -0.7, -0.4, 1.8,
                  1.9, 2.5, 2.8, 3.8, 4.2, 4.5), strict=True))  # fmt: skip
"""How far each amino acid avoids water (Kyte & Doolittle 1982, table 2)."""


class AminoAcids(Encoder):
    """A vector that is learned for each amino acid, beside how far it avoids water, which is given.

    Ids ``Ragged [N] -> Ragged [N, size + 1]``
    """

    hydropathy: torch.Tensor

    def __init__(self, letters: str, size: int, dropout: float = 0.0):
        super().__init__()
        self.output_size = size + 1
        self.embedding = nn.Embedding(len(letters), size)
        self.dropout = SequenceDropout(dropout)
        given = torch.tensor([HYDROPATHY.get(letter, 0.0) for letter in letters])
        self.register_buffer("hydropathy", given[:, None] / max(HYDROPATHY.values()))

    def forward(self, proteins: Ragged) -> Ragged:
        return self.dropout(proteins.map(lambda ids: torch.cat([self.embedding(ids), self.hydropathy[ids]], dim=1)))

    def write(self, g: Writer) -> Name:
        """The same in a graph, so that a saved model needs no PyTorch."""
        ids = g.input("input", "int64")
        return g.add(
            Concat(), *(g.add(Embed(weight(table)), ids) for table in (self.embedding.weight, self.hydropathy))
        )

    def write_on(self, g: Writer) -> Name:
        """Of a protein that goes on: each amino acid is read by itself, so that nothing of those before is needed."""
        return self.write(g)
