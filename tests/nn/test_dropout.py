"""What is dropped is dropped together."""

from __future__ import annotations

import pytest
import torch

from elman.nn import EmbeddingDropout, SequenceDropout, WordDropout
from elman.ragged import Ragged


def test_one_mask_per_sequence():
    torch.manual_seed(0)
    x = Ragged(torch.ones(100, 512), torch.tensor([60, 0, 40]))
    first, empty, second = SequenceDropout(0.25)(x)
    assert len(empty) == 0
    for steps in (first, second):
        assert (steps == steps[0]).all()
        assert steps.unique().tolist() == pytest.approx([0, 4 / 3])
        assert 0.17 < (steps[0] == 0).float().mean() < 0.33
    assert not torch.equal(first[0], second[0])


def test_everything_may_be_dropped_and_nothing_in_evaluation():
    x = Ragged(torch.ones(3, 2), torch.tensor([3]))
    assert (SequenceDropout(1.0)(x).values == 0).all()
    assert SequenceDropout(0.9).eval()(x).values is x.values


def test_words_become_unknown_but_marks_stay():
    torch.manual_seed(0)
    tokens = Ragged(torch.arange(4).repeat(500), torch.tensor([2000]))
    dropped = WordDropout(0.3, unk=99, keep=(0, 1))(tokens).values.view(500, 4)
    assert (dropped[:, :2] == torch.tensor([0, 1])).all()
    assert 0.2 < (dropped[:, 2:] == 99).float().mean() < 0.4
    assert torch.equal(WordDropout(0.3, unk=99).eval()(tokens).values, tokens.values)


def test_a_dropped_word_is_dropped_everywhere():
    torch.manual_seed(0)
    layer = EmbeddingDropout(torch.nn.Embedding(50, 3), 0.5)
    ids = torch.arange(50).repeat(2, 1)
    vectors, plain = layer(ids), layer.embedding(ids)
    assert torch.equal(vectors[0], vectors[1])
    dropped = (vectors[0] == 0).all(1)
    assert 10 < int(dropped.sum()) < 40
    torch.testing.assert_close(vectors[0][~dropped], 2 * plain[0][~dropped])


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_probabilities_are_checked(p: float):
    with pytest.raises(ValueError, match="must lie in"):
        SequenceDropout(p)
