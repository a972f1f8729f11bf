"""What a sequence comes down to, against the same by hand from the stack's outputs."""

from __future__ import annotations

import pytest
import torch

from conftest import assert_close
from elman.models.many_to_one import ManyToOne
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged

LENGTHS = [5, 1, 9, 2]


def model(pooling: str, **options: float) -> ManyToOne:
    torch.manual_seed(0)
    encoder = TokenEmbedding(20, 6)
    return ManyToOne(encoder, lambda size: ClassHead(size, 3), hidden_size=7, pooling=pooling, **options).double()


def ids() -> Words:
    torch.manual_seed(1)
    return Words(Ragged(torch.randint(20, (sum(LENGTHS),)), torch.tensor(LENGTHS)))


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "inputs"])
def test_each_way_to_pool(pooling):
    network = model(pooling).eval()
    vectors = network.encoder(ids())
    steps, _ = network.stack(vectors)
    by_hand = {
        "last": lambda rows, _: torch.cat([rows[-1, :7], rows[0, 7:]]),  # either direction's last is at another end
        "mean": lambda rows, _: rows.mean(0),
        "max": lambda rows, _: rows.max(0).values,
        "inputs": lambda _, inputs: inputs.mean(0),
    }[pooling]
    expected = torch.stack([by_hand(rows, inputs) for rows, inputs in zip(steps, vectors, strict=True)])
    assert_close(network.features(ids()), expected)


def test_dropout_acts_on_what_is_pooled_in_training_only():
    network, words = model("mean", dropout=0.5), ids()
    network.stack.dropout.p = network.stack.rnn.variational_dropout = 0.0  # leave only the one before the head
    assert not torch.equal(network(words), network(words))
    network.eval()
    assert torch.equal(network(words), network(words))
