"""What is learned from texts alone: the word after each, by what is read until it, and the one before, backwards."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from elman.errors import TaskError
from elman.models.batch import Batch
from elman.models.many_to_one import ManyToOne
from elman.models.neighbours import Neighbours, neighbours
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged

TOKENS, END = 11, 1
LENGTHS = torch.tensor([3, 0, 1, 5])
IDS = torch.tensor([2, 3, 4, 5, 6, 7, 8, 9, 10])
AFTER = [3, 4, END, END, 7, 8, 9, 10, END]
BEFORE = [END, 2, 3, END, END, 6, 7, 8, 9]


def made(**options: Any) -> tuple[Any, Neighbours]:
    torch.manual_seed(0)
    network = ManyToOne(TokenEmbedding(TOKENS, 6), lambda n: ClassHead(n, 2), hidden_size=4, **options)
    return network, neighbours(network, TOKENS, end=END, negatives=0)


def batch(ids: torch.Tensor = IDS) -> Batch:
    return Batch(Words(Ragged(ids, LENGTHS)))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_word_says_which_come_beside_it(bidirectional: bool):
    _, both = made(bidirectional=bidirectional)
    sides = [AFTER, BEFORE][: 1 + bidirectional]
    assert [ids.tolist() for ids in both.beside(Ragged(IDS, LENGTHS))] == sides
    losses, counts = both.eval().loss(batch())
    steps, _ = both.stack(both.encoder(batch().inputs))
    expected = torch.zeros(len(IDS))
    projects: list[Any] = list(both.projects)
    for project, features, targets in zip(projects, steps.values.split(4, dim=1), sides, strict=True):
        expected += F.cross_entropy(both.head(project(features)), torch.tensor(targets), reduction="none")
    torch.testing.assert_close(losses, torch.stack([part.sum() for part in expected.split(LENGTHS.tolist())]))
    assert counts.tolist() == (LENGTHS * len(sides)).tolist()


def test_no_direction_has_read_what_it_is_to_say():
    _, both = made()
    other = IDS.clone()
    other[6] = 3  # of the last text the third of five words
    before, after = (both.eval().stack(both.encoder(batch(ids).inputs))[0].values.detach() for ids in (IDS, other))
    changed = (before != after).view(len(IDS), 2, 4).any(-1)
    assert changed[:, 0].tolist() == [False] * 6 + [True] * 3
    assert changed[:, 1].tolist() == [False] * 4 + [True] * 3 + [False] * 2


def test_what_is_learned_is_there_afterwards():
    network, both = made()
    head = network.head.linear.weight.clone()
    before = [weight.clone() for weight in (network.encoder.token_weight, network.stack.rnn.weight_hh_l0)]
    optimizer = torch.optim.Adam(both.parameters(), lr=0.05)
    first = float(both.loss(batch())[0].sum().detach())
    for _ in range(40):
        optimizer.zero_grad()
        both.loss(batch())[0].sum().backward()
        optimizer.step()
    assert float(both.loss(batch())[0].sum().detach()) < 0.3 * first
    assert not torch.equal(network.encoder.token_weight, before[0])
    assert not torch.equal(network.stack.rnn.weight_hh_l0, before[1])
    assert torch.equal(network.head.linear.weight, head)


def test_directions_that_have_met_are_refused():
    with pytest.raises(TaskError, match="pass --layers 1, or --set bidirectional=false"):
        made(num_layers=2)
    made(num_layers=2, bidirectional=False)
    with pytest.raises(TaskError, match="no recurrence over words"):
        neighbours(nn.Linear(2, 2), TOKENS, end=END, negatives=0)
