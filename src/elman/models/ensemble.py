# pyright: strict
"""Several networks that answer together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from elman.graph import Graph
from elman.graph.elementwise import Mean
from elman.models.batch import Batch
from elman.models.network import Network


class Ensemble(Network):
    """Networks that are alike but for where they began, learned side by side from the same batches; the answer is the
    mean of theirs (Lakshminarayanan et al. 2017, "Simple and scalable predictive uncertainty estimation using deep
    ensembles").

    As they share no weights, the gradient of the summed losses is each one's own.
    """

    def __init__(self, members: Sequence[Network]):
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Any) -> Tensor:
        """The mean of the members' scores."""
        return torch.stack([member(inputs) for member in self.members]).mean(0)

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The members' losses per row, summed, and what each row counts."""
        losses, counts = zip(*(member.loss(batch) for member in self._networks()), strict=True)
        return torch.stack(losses).sum(0), counts[0]

    def anneal(self, done: float) -> None:
        for member in self._networks():
            member.anneal(done)

    def scale_scores(self, factor: float) -> None:
        for member in self._networks():
            member.scale_scores(factor)

    def write(self) -> dict[str, Graph]:
        """``scores``: the members' operators one after another, and the mean."""
        written = [member.write()["scores"] for member in self._networks()]
        return {"scores": Graph.joined(written, Mean(), "scores")}

    @property
    def head(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Of one of them: what its loss counts holds for the scores of all together."""
        return self._networks()[0].head

    def _networks(self) -> list[Network]:
        return [member for member in self.members if isinstance(member, Network)]


def together(members: Sequence[Network]) -> Network:
    """One network of several; of one, that itself."""
    return members[0] if len(members) == 1 else Ensemble(members)
