# pyright: strict
"""What reads a record: an encoder for each part of it, recurrent where the part is a sequence, and all side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.graph import Name, Writer
from elman.graph.elementwise import Activation, Compare, LayerNorm
from elman.graph.tokens import AsSteps
from elman.graph.writer import weight
from elman.models.pooled import Pooled, beside
from elman.nn.encoders import Encoder
from elman.ragged import Ragged

WEIGHS = 16
"""A text begins as heavy as so many standardised numbers, however long its vector is: else the few columns of a row
were drowned in it."""

WHOLE = 0.2
"""The share of texts that are left out whole in training, so that what other columns say is learned by itself, too, and
not only beside a text that can be learned by heart (Neverova et al. 2016, "ModDrop")."""


def scale_of(size: int) -> float:
    """What each feature of a text's vector begins with, of so many."""
    return (WEIGHS / size) ** 0.5


class SequenceReader(Pooled, Encoder):
    """A sequence as one vector: its encoder, a recurrent stack, its pooled states normalised (Ba et al. 2016).

    In training a share ``WHOLE`` of the texts is left out.

    encoder: batch -> ``Ragged [N, encoder.output_size]``;  recurrence: the arguments of ``Pooled``
    """

    def __init__(self, encoder: Encoder, *, dropout: float = 0.0, **recurrence: Any):
        super().__init__(encoder.output_size, dropout=dropout, **recurrence)
        self.encoder = encoder
        self.output_size = self.pooled_size
        self.norm = nn.LayerNorm(self.output_size)
        nn.init.constant_(self.norm.weight, scale_of(self.output_size))
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Any) -> Tensor:
        vectors = self.dropout(self.norm(self.pooled(self.encoder(inputs))))
        kept = F.dropout(vectors.new_ones(len(vectors), 1), WHOLE, self.training)
        return kept * vectors

    def write(self, g: Writer) -> Name:
        norm = LayerNorm(weight(self.norm.weight), weight(self.norm.bias), self.norm.eps)
        return g.add(norm, self.write_pooled(g, self.encoder.write(g)))


class SideBySide(nn.Module):
    """The vectors of a record's parts, one after another: a tuple of batches -> ``[B, F]``.

    encoders: those of the parts, each once;  which: of each part the place of its encoder, as parts may share one
    """

    def __init__(self, encoders: Sequence[Encoder], which: Sequence[int]):
        super().__init__()
        self.encoders, self.which = nn.ModuleList(encoders), list(which)

    def of(self, part: int) -> Any:
        """The encoder of a part."""
        return self.encoders[self.which[part]]

    def forward(self, record: tuple[Any, ...]) -> Tensor:
        return torch.cat([self.of(part)(batch) for part, batch in enumerate(record)], dim=-1)

    def write(self, g: Writer) -> list[Name]:
        """The vectors of the parts in a graph."""
        vectors: list[Name] = []
        for part in range(len(self.which)):
            with g.part(str(part)):
                vectors.append(self.of(part).write(g))
        return vectors


def hidden_layers(input_size: int, hidden: int) -> nn.Sequential:
    """Two of them."""
    return nn.Sequential(nn.Linear(input_size, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())


class RecordEncoder(Encoder):
    """A record as one vector: its parts' side by side, and beside them

    - where the first two are a pair of texts, ``u`` and ``v``: ``|u - v|`` and ``u * v``, the latter scaled;
    - what two hidden layers of their own make of all parts but the texts, which come last: so that what values say
      together is learned without the texts, in which it is soon drowned.

    pair:   whether the first two parts are such a pair, of one encoder
    hidden: units of each of those layers
    sizes:  how many features each number, category and sequence of the parts' vectors has, in their order
    """

    def __init__(self, encoders: Sequence[Encoder], which: Sequence[int], *, pair: bool = False, hidden: int = 64):
        super().__init__()
        self.parts = SideBySide(encoders, which)
        self.compared = encoders[0].output_size if pair else 0
        self.scale = 1 / scale_of(self.compared) if pair else 1.0  # so that products begin as large as their factors
        used = [encoders[place] for place in which]
        self.sizes = [size for encoder in used for size in getattr(encoder, "sizes", [encoder.output_size])]
        self.texts = sum(isinstance(encoder, SequenceReader) for encoder in used)
        self.width = values = sum(encoder.output_size for encoder in used[self.texts :])
        self.values = hidden_layers(values, hidden) if values else None
        self.output_size = sum(self.sizes) + 2 * self.compared + hidden * (values > 0)

    def forward(self, record: tuple[Any, ...]) -> Tensor:
        vectors = self.parts(record)
        found = [vectors]
        if self.compared:
            u, v = vectors[:, : self.compared], vectors[:, self.compared : 2 * self.compared]
            found += [(u - v).abs(), self.scale * (u * v)]
        if self.values is not None:
            found.append(self.values(vectors[:, -self.width :]))
        return torch.cat(found, dim=-1)

    def write(self, g: Writer) -> Name:
        vectors = self.parts.write(g)
        more = [g.add(Compare(self.scale), *vectors[:2])] if self.compared else []
        if self.values is not None:
            x = beside(g, vectors[self.texts :])
            for linear in (self.values[0], self.values[2]):
                x = g.add(Activation("relu"), g.linear(x, linear))
            more.append(x)
        return beside(g, [*vectors, *more])


class StepByStep(Encoder):
    """Records one after another, each read by itself: ``(Ragged [N], a batch of N records) -> Ragged [N, F]``.

    record: what reads one of them;  steps: any sequences of as many steps as there are records
    """

    def __init__(self, record: RecordEncoder):
        super().__init__()
        self.record = record
        self.output_size = record.output_size

    def forward(self, inputs: tuple[Ragged, Any]) -> Ragged:
        steps, records = inputs
        return steps.with_values(self.record(records))

    def write(self, g: Writer) -> Name:
        steps = g.input("0", "int64")
        with g.part("1"):
            return g.add(AsSteps(), self.record.write(g), steps)

    def write_on(self, g: Writer) -> Name:
        return self.write(g)
