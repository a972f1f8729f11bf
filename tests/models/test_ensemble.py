"""Several networks that answer together."""

from __future__ import annotations

import torch

from conftest import assert_close
from elman.models.batch import Batch
from elman.models.ensemble import Ensemble
from elman.models.many_to_one import ManyToOne
from elman.nn.encoders import VectorEncoder
from elman.nn.heads import NumberHead
from elman.ragged import Ragged


def members(count=3):
    torch.manual_seed(0)
    return [ManyToOne(VectorEncoder(2), NumberHead, hidden_size=4, dropout=0.0) for _ in range(count)]


def batch():
    torch.manual_seed(1)
    return Batch(Ragged(torch.randn(7, 2), torch.tensor([4, 1, 2])), torch.randn(3))


def test_the_answer_is_the_mean_of_the_members():
    several = Ensemble(members())
    inputs = batch().inputs
    expected = torch.stack([member(inputs) for member in several.members]).mean(0)
    assert not torch.allclose(several.members[0](inputs), several.members[1](inputs))
    assert_close(several(inputs), expected)
    scores = several.scores(inputs)
    assert isinstance(scores, torch.Tensor)
    assert_close(scores, expected)


def test_each_member_learns_as_if_it_were_alone():
    several, alone = Ensemble(members()), members()
    losses, counts = several.loss(batch())
    losses.sum().backward()
    assert counts.tolist() == [1.0, 1.0, 1.0]
    total = torch.zeros(3)
    for member, peer in zip(several.members, alone, strict=True):
        own, _ = peer.loss(batch())
        own.sum().backward()
        total = total + own
        for p, q in zip(member.parameters(), peer.parameters(), strict=True):
            assert_close(p.grad, q.grad, "gradient")
    assert_close(losses, total)
