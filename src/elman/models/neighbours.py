# pyright: strict
"""How a text is read, learned from texts alone: each word says which come beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.errors import TaskError
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.encoders import Encoder
from elman.nn.heads import ClassHead, sum_steps
from elman.ragged import Ragged


class Neighbours(Network):
    """A language model in each direction in which the recurrence of another network goes: what was read until a word
    says which word is next, and read backwards which one was before (Dai & Le 2015; Peters et al. 2018).

    It has that network's own encoder and recurrent stack, so that what it learns of reading is there afterwards.

    tokens: words that there are; ``end`` is the mark beyond a text's ends
    Raises TaskError where directions have met before the last layer, which then has read what it is to say.
    """

    def __init__(self, encoder: Encoder, stack: RecurrentStack, tokens: int, *, end: int, negatives: int = 0):
        super().__init__()
        directions = stack.rnn.num_directions
        if directions == 2 and stack.rnn.num_layers > 1:
            raise TaskError(
                "of several layers in both directions, the second has read what it would have to say; for unlabelled "
                "texts pass --layers 1, or --set bidirectional=false"
            )
        self.encoder, self.stack, self.end = encoder, stack, end
        width = stack.output_size // directions
        tied = encoder.token_weight if encoder.learns_tokens else None
        size = width if tied is None else tied.shape[1]
        self.projects = nn.ModuleList(nn.Linear(width, size) for _ in range(directions))
        self.head = ClassHead(size, tokens, tied=tied, negatives=negatives)

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats per text ``[B]``, summed over its words and directions, and how many words were said ``[B]``."""
        steps, _ = self.stack(self.encoder(batch.inputs))
        ids: Ragged = batch.inputs.ids
        sides = zip(self.projects, steps.values.chunk(len(self.projects), dim=1), self.beside(ids), strict=True)
        nats = [self.head.loss_of(project(side), targets) for project, side, targets in sides]
        return sum_steps(ids.with_values(torch.stack(nats).sum(0))), ids.lengths.to(ids.device) * len(nats)

    def beside(self, ids: Ragged) -> list[Tensor]:
        """The word after each ``[N]``, and where the recurrence goes backwards too, the word before it."""
        end = ids.values.new_full((1,), self.end)
        last = ids.positions == ids.lengths.to(ids.device)[ids.sequence_ids] - 1
        after = torch.cat([ids.values[1:], end]).masked_fill(last, self.end)
        before = torch.cat([end, ids.values[:-1]]).masked_fill(ids.positions == 0, self.end)
        return [after, before][: len(self.projects)]


def neighbours(network: Any, tokens: int, *, end: int, negatives: int) -> Neighbours:
    """``Neighbours`` of a network that has an encoder of words and a recurrent stack. Raises TaskError for others."""
    encoder, stack = getattr(network, "encoder", None), getattr(network, "stack", None)
    if not isinstance(encoder, Encoder) or not isinstance(stack, RecurrentStack):
        raise TaskError(
            "this network has no recurrence over words alone that unlabelled texts could teach; leave them out"
        )
    return Neighbours(encoder, stack, tokens, end=end, negatives=negatives)
