"""Given vectors stay as they are, or are mixed with learned ones; after training they are a table like any other."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from elman.errors import TaskError
from elman.nn.encoders import TokenEmbedding, WordEmbedding, Words
from elman.nn.pretrained import PretrainedTable, settle
from elman.ragged import Ragged

TOKENS, SEEN = 11, 9
PLACES = torch.tensor([-1, -1, 0, 1, -1, 2, -1, 3, 4, 5, 6])


def table(own: int = 5, size: int = 5, *, mixed: bool = False) -> PretrainedTable:
    torch.manual_seed(0)
    return PretrainedTable(torch.randn(7, own), PLACES, torch.eye(own, size), seen=SEEN, mixed=mixed)


def learn(embedding: nn.Module, ids: Tensor) -> None:
    """Some steps of AdamW, whose decay moves all that it may."""
    optimizer = torch.optim.AdamW(embedding.parameters(), lr=0.1, weight_decay=0.5)
    for _ in range(5):
        optimizer.zero_grad()
        embedding(ids).square().sum().backward()
        optimizer.step()


def test_given_vectors_stay_and_others_are_learned():
    kept = table()
    before, has = kept.weight.clone(), PLACES >= 0
    assert torch.equal(before[has], kept.get_buffer("given"))
    learn(kept, torch.arange(TOKENS))
    assert torch.equal(kept.weight[has], before[has])
    assert bool((kept.weight[~has] != before[~has]).all())


def test_a_projection_begins_as_it_was_given_and_is_learned():
    wide = table(7, 3)
    before = wide.weight.clone()
    assert torch.equal(before[PLACES >= 0], wide.get_buffer("given")[:, :3])
    learn(wide, torch.arange(TOKENS))
    assert bool((wide.weight[PLACES >= 0] != before[PLACES >= 0]).any())


@pytest.mark.parametrize("own, size", [(5, 5), (7, 5), (2, 5)])
def test_a_gate_mixes_feature_by_feature(own: int, size: int):
    mixed = table(own, size, mixed=True)
    assert mixed.gate is not None
    nn.init.normal_(mixed.gate.bias)
    given = mixed.project(mixed.get_buffer("given"))
    for token in range(TOKENS):
        learned = mixed.learned.weight[token if token < SEEN else 0]
        expected = learned
        if (place := int(PLACES[token])) >= 0:
            share = torch.sigmoid(mixed.gate(torch.cat([given[place], learned])))
            expected = share * given[place] + (1 - share) * learned
        torch.testing.assert_close(mixed(torch.tensor([token]))[0], expected)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("spelled", [False, True])
def test_a_settled_network_says_the_same_and_is_plain(mixed: bool, spelled: bool):
    tokens = TokenEmbedding(TOKENS, 5, table=table(7, mixed=mixed))
    encoder = WordEmbedding(tokens, pieces=3) if spelled else tokens
    plain = nn.ModuleList([nn.Linear(2, 2), encoder]).eval()
    words = Words(Ragged(torch.tensor([2, 0, 10, 5, 9, 1]), torch.tensor([4, 0, 2])))
    before = tokens(words).values
    with pytest.raises(TaskError, match="pass --set pretrained=tuned; or tied=false"):
        _ = tokens.token_weight
    settle(plain)
    assert not any(isinstance(module, PretrainedTable) for module in plain.modules())
    assert tokens.token_weight is tokens.embedding.weight
    assert tokens.vectors.embedding is tokens.embedding
    torch.testing.assert_close(tokens(words).values, before)
    assert tokens.embedding.weight.requires_grad
    same = TokenEmbedding(TOKENS, 5)
    same.load_state_dict(tokens.state_dict())


def test_training_reads_some_as_if_it_had_not_seen_them():
    mixed = table(mixed=True)
    mixed.unseen = 0.5
    ids = torch.full((400,), 2)
    both = (mixed(ids) * 1e4).round().unique(dim=0)
    unseen = mixed.learned.weight[2].clone()
    with torch.no_grad():
        mixed.learned.weight[2] = mixed.learned.weight[0]
        as_unk = (mixed.eval()(ids[:1]) * 1e4).round()
        mixed.learned.weight[2] = unseen
    assert len(both) == 2 and any(torch.equal(row, as_unk[0]) for row in both)
    assert len((mixed(ids) * 1e4).round().unique(dim=0)) == 1
    assert torch.equal(mixed.train()(torch.tensor([1] * 99)), mixed.learned.weight[[1] * 99])


def test_settling_leaves_others_alone():
    network = nn.Sequential(nn.Embedding(4, 3), nn.Linear(3, 2))
    before = copy.deepcopy(network.state_dict())
    settle(network)
    assert network.state_dict().keys() == before.keys()
