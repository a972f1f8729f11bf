# pyright: strict
"""Vectors that some tokens were given before training, beside those that are learned."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PretrainedTable(nn.Module):
    """A vector per token, ``[...]`` int64 -> ``[..., E]``: what it was given stays, that of others is learned.

    given:      ``[G, D]``
    places:     ``[V]``, which of them each token has, below 0 where it has none
    projection: ``[D, E]``, where a learned projection begins, if ``D`` isn't ``E``
    seen:       tokens from this id on aren't learned from, and have the learned vector of ``unk``
    unseen:     share of tokens that training reads as if they were such, where vectors are mixed
    mixed:      what was given and what is learned are mixed, feature by feature, by a gate that sees both (as Yang et
                al. 2017 mix words and characters)

    All of it depends on the token alone, so that after training it is a table like any other: ``settle``.
    """

    def __init__(
        self,
        given: Tensor,
        places: Tensor,
        projection: Tensor,
        *,
        seen: int,
        mixed: bool = False,
        unseen: float = 0.0,
        unk: int = 0,
    ):
        super().__init__()
        size, self.seen, self.unseen, self.unk = projection.shape[1], seen, unseen, unk
        self.num_embeddings = len(places)
        self.learned = nn.Embedding(len(places), size)
        nn.init.normal_(self.learned.weight, std=size**-0.5)
        self.register_buffer("given", given)
        self.register_buffer("places", places)
        self.project: nn.Module = nn.Identity()
        if given.shape[1] != size:
            self.project = nn.Linear(given.shape[1], size, bias=False)
            with torch.no_grad():
                self.project.weight.copy_(projection.T)
        self.gate = nn.Linear(2 * size, size) if mixed else None

    def forward(self, ids: Tensor) -> Tensor:
        places: Tensor = self.get_buffer("places")[ids]
        given, unseen = self.project(self.get_buffer("given")[places.clamp(min=0)]), ids >= self.seen
        if self.training and self.gate is not None:
            unseen |= (torch.rand(ids.shape, device=ids.device) < self.unseen) & (places >= 0)
        own = self.learned(ids.masked_fill(unseen, self.unk))
        if self.gate is not None:
            share = self.gate(torch.cat([given, own], dim=-1)).sigmoid()
            given = own + share * (given - own)
        return torch.where((places >= 0)[..., None], given, own)

    @property
    def weight(self) -> Tensor:
        """All vectors ``[V, E]`` as they are now, without gradients."""
        with torch.no_grad():
            return self(torch.arange(self.num_embeddings, device=self.learned.weight.device))

    def settled(self) -> nn.Embedding:
        """A plain embedding of these vectors."""
        weight = self.weight
        return nn.Embedding(len(weight), weight.shape[1], _weight=weight)


def settle(network: nn.Module) -> None:
    """Makes plain embeddings of the pretrained tables of a network, whose vectors are then as they are now."""
    tables = [module for module in network.modules() if isinstance(module, PretrainedTable)]
    plain = {table: table.settled() for table in tables}
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, PretrainedTable):
                setattr(module, name, plain[child])
