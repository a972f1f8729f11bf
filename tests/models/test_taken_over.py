"""Weights are taken over row by row: those of words and labels that were there, wherever they are now."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from elman.errors import TaskError
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
from elman.models.taken_over import Rows, fill, take_over, weights_in
from elman.nn.encoders import TokenEmbedding
from elman.nn.heads import ClassHead, CRFTagHead

OLD, NEW = ["<unk>", "a", "b"], ["<unk>", "a", "b", "c", "d"]
TAGS, MORE = ["B-x", "I-x", "O"], ["B-a", "B-x", "I-a", "I-x", "O"]


def lm(words: int, **options: Any) -> ManyToMany:
    torch.manual_seed(words)
    return language_model(TokenEmbedding(words, 6), words, hidden_size=6, **options)


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
def test_rows_go_where_their_names_are(axes: tuple[int, ...]):
    rows = [Rows.of(TAGS, MORE)]
    old, new = (
        torch.rand([3 if axis in axes else 4 for axis in range(2)]),
        torch.rand([5 if axis in axes else 4 for axis in range(2)]),
    )
    before = new.clone()
    assert fill(new, old, rows)
    for i in range(new.shape[0]):
        for j in range(new.shape[1]):
            at = [TAGS.index(MORE[k]) if axis in axes and MORE[k] in TAGS else k for axis, k in enumerate((i, j))]
            there = all(MORE[k] in TAGS for axis, k in enumerate((i, j)) if axis in axes)
            assert new[i, j] == (old[tuple(at)] if there else before[i, j])


def test_other_shapes_are_left_alone():
    new = torch.zeros(5, 4)
    assert not fill(new, torch.ones(3, 3), [Rows.of(OLD, NEW)]) and not fill(new, torch.ones(4, 4), [])
    assert not fill(new, torch.ones(5), []) and bool((new == 0).all())


def test_a_language_model_goes_on_with_new_words():
    old, new = lm(3, dropout=0.2, weight_dropout=0.5), lm(5)
    fresh = {name: tensor.clone() for name, tensor in weights_in(new).items()}
    take_over(new, old, [(OLD, NEW)], [(OLD, NEW)], whole=True)
    there = weights_in(old)
    assert weights_in(new).keys() == there.keys()
    for name, tensor in weights_in(new).items():
        if len(tensor) == 5:
            assert torch.equal(tensor[:3], there[name]) and torch.equal(tensor[3:], fresh[name][3:])
        else:
            assert torch.equal(tensor, there[name])


def test_what_reads_goes_on_in_another_network():
    old: Any = lm(3)
    new: Any = ManyToOne(TokenEmbedding(5, 6), lambda n: ClassHead(n, 2), hidden_size=6, bidirectional=False)
    head = new.head.linear.weight.clone()
    take_over(new, old, [(OLD, NEW)], [], whole=False)
    assert torch.equal(new.stack.rnn.weight_hh_l0, old.stack.rnn.weight_hh_l0)
    assert torch.equal(new.head.linear.weight, head)


def test_tags_that_are_chosen_together_keep_what_follows_what():
    def tagger(tags: list[str]) -> ManyToMany:
        return ManyToMany(TokenEmbedding(3, 6), lambda n: CRFTagHead(n, tags), hidden_size=4)

    old, new = tagger(TAGS), tagger(MORE)
    for weights in old.parameters():
        nn.init.normal_(weights)
    allowed = new.head.crf.allowed_transitions.clone()
    take_over(new, old, [(OLD, OLD)], [(TAGS, MORE)], whole=True)
    places = [MORE.index(tag) for tag in TAGS]
    found = {name: tensor for name, tensor in weights_in(new).items() if tensor.shape == (5, 5)}
    for name, tensor in found.items():
        assert torch.equal(tensor[places][:, places], weights_in(old)[name])
    assert len(found) >= 2 and torch.equal(new.head.crf.allowed_transitions, allowed)


def test_another_network_is_refused():
    other = ManyToOne(TokenEmbedding(5, 6), lambda n: ClassHead(n, 2), hidden_size=9, bidirectional=False)
    with pytest.raises(TaskError, match=r"stack.rnn.weight_ih_l0 is \(24, 6\) there, and would be \(36, 6\)"):
        take_over(other, lm(3), [(OLD, NEW)], [], whole=False)
    both = ManyToOne(TokenEmbedding(5, 6), lambda n: ClassHead(n, 2), hidden_size=6)
    with pytest.raises(TaskError, match="weight_ih_l0_reverse isn't there"):
        take_over(both, lm(3), [(OLD, NEW)], [], whole=False)
