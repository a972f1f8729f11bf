"""Attention against the papers' equations written out, one pair of query and memory step at a time."""

from __future__ import annotations

import pytest
import torch

from conftest import assert_close
from elman.errors import ShapeError
from elman.nn import AdditiveAttention, AttentionPooling, DotAttention
from elman.ragged import Ragged

F64 = torch.float64


def ragged(lengths: list[int], size: int) -> Ragged:
    return Ragged(torch.randn(sum(lengths), size, dtype=F64), torch.tensor(lengths))


def attentions():
    torch.manual_seed(3)
    additive = AdditiveAttention(5, 7, 11).to(F64)
    general = DotAttention(5, 7, general=True, scaled=False).to(F64)
    queried = DotAttention(5, 7, general=True, long_memory=True).to(F64)
    scaled = DotAttention(7, 7).to(F64)
    w, v = additive.query, additive.score.weight[0]
    return {
        "additive": (additive, lambda s, h: v @ torch.tanh(w(s) + additive.memory.weight @ h)),
        "general": (general, lambda s, h: s @ general.memory.weight @ h),
        "long memory": (queried, lambda s, h: s @ queried.memory.weight @ h / 5**0.5),
        "scaled": (scaled, lambda s, h: s @ h / 7**0.5),
    }


@pytest.mark.parametrize("name", ["additive", "general", "long memory", "scaled"])
def test_context_is_what_the_equations_give(name: str):
    attention, score = attentions()[name]
    size = 7 if name == "scaled" else 5
    memory, queries = ragged([3, 0, 1, 4], 7), ragged([2, 3, 0, 1], size)
    context, weights = attention(queries, memory)
    expected = []
    for own_queries, steps in zip(queries, memory, strict=True):
        for query in own_queries:
            scores = [score(query, step) for step in steps]
            probabilities = torch.stack(scores).softmax(0) if scores else steps.new_zeros(0)
            expected.append(probabilities @ steps)
    assert_close(context.values, torch.stack(expected))
    assert_close(weights[0, :2].sum(1), torch.ones(2, dtype=F64))
    assert (weights[0, :, 3:] == 0).all() and (weights[1] == 0).all()


@pytest.mark.parametrize("name", ["additive", "general", "long memory", "scaled"])
def test_one_step_equals_all_steps(name: str):
    attention, _ = attentions()[name]
    memory, queries = ragged([3, 0, 2], 7), ragged([2, 2, 2], 7 if name == "scaled" else 5)
    prepared = attention.prepare(memory)
    together, weights = attention(queries, memory)
    for t in range(2):
        context, at_t = attention(queries.padded()[:, t], prepared)
        assert_close(context, together.padded()[:, t])
        assert_close(at_t, weights[:, t])


def test_select_follows_the_sequences():
    attention, _ = attentions()["additive"]
    memory, query = ragged([3, 0, 2], 7), torch.randn(3, 5, dtype=F64)
    rows = torch.tensor([2, 0, 0])
    expected, _ = attention(query[rows], memory.select(rows))
    context, _ = attention(query[rows], attention.prepare(memory).select(rows))
    assert_close(context, expected)


def test_empty_memories_give_zeros_and_no_nan_gradients():
    attention, _ = attentions()["additive"]
    memory = Ragged(torch.empty(0, 7, dtype=F64), torch.tensor([0, 0]))
    query = torch.randn(2, 5, dtype=F64, requires_grad=True)
    context, weights = attention(query, memory)
    assert (context == 0).all() and weights.shape == (2, 0)
    attention(query, ragged([0, 2], 7))[0].sum().backward()
    assert query.grad is not None and query.grad.isfinite().all() and (query.grad[0] == 0).all()


def test_pooling_is_a_weighted_mean():
    torch.manual_seed(0)
    pool, x = AttentionPooling(5, 3).to(F64), ragged([4, 0, 1], 5)
    expected = []
    for steps in x:
        weights = pool.score(torch.tanh(pool.hidden(steps))).softmax(0)
        expected.append((weights * steps).sum(0))
    assert_close(pool(x), torch.stack(expected))
    assert_close(pool.weights(x).values[:4].sum(), torch.ones((), dtype=F64))


def test_wrong_sizes_are_refused():
    with pytest.raises(ShapeError, match="general=True"):
        DotAttention(5, 7)
    with pytest.raises(ShapeError, match="queries of 2 sequences"):
        DotAttention(7, 7)(torch.zeros(2, 7, dtype=F64), ragged([1, 2, 3], 7))
