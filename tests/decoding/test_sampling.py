"""Sampling keeps to what it was told to keep to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from chains import Chain, chance, table

from elman.decoding.sampling import narrowed, sample, sample_several, sampled
from elman.errors import ElmanError


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def logits(probabilities: list[float], rows: int) -> np.ndarray:
    return np.broadcast_to(np.log(np.array(probabilities, np.float32)), (rows, len(probabilities)))


def test_temperature_zero_is_the_likeliest():
    drawn = np.random.default_rng(0).normal(size=(5, 9))
    assert sample(drawn, temperature=0, generator=generator()).tolist() == drawn.argmax(-1).tolist()


def test_top_k_and_top_p_leave_out_the_tail():
    scores, draw = logits([0.5, 0.3, 0.15, 0.05], 4000), generator()
    assert set(sample(scores, top_k=2, generator=draw).tolist()) == {0, 1}
    assert set(sample(scores, top_k=9, generator=draw).tolist()) == {0, 1, 2, 3}
    assert set(sample(scores, top_p=0.79, generator=draw).tolist()) == {0, 1}
    assert set(sample(scores, top_p=0.81, generator=draw).tolist()) == {0, 1, 2}
    assert set(sample(scores, top_p=0.01, generator=draw).tolist()) == {0}


@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (3, 1.0), (0, 0.6), (4, 0.5), (63, 0.01)])
def test_narrowing_is_torchs_topk_and_cumulated_softmax(top_k, top_p):
    scores = np.random.default_rng(3).normal(size=(7, 11)).astype(np.float32) * 2
    expected = torch.from_numpy(scores)
    if top_k:
        expected = expected.masked_fill(expected < expected.topk(min(top_k, 11)).values[:, -1:], -torch.inf)
    ranked, order = expected.sort(descending=True)
    before = ranked.softmax(-1).cumsum(-1) - ranked.softmax(-1)
    beyond = (before >= top_p) & (torch.arange(11) > 0) if top_p < 1 else torch.zeros(7, 11, dtype=torch.bool)
    expected = torch.empty_like(expected).scatter_(1, order, ranked.masked_fill(beyond, -torch.inf))
    np.testing.assert_array_equal(narrowed(scores, top_k, top_p), expected.numpy())


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_sampling_follows_the_probabilities_and_the_temperature(temperature):
    probabilities = np.array([0.6, 0.0, 0.3, 0.1])
    with np.errstate(divide="ignore"):
        drawn = sample(logits(probabilities.tolist(), 20_000), temperature=temperature, generator=generator(1))
    expected = probabilities ** (1 / temperature) / (probabilities ** (1 / temperature)).sum()
    found = np.bincount(drawn, minlength=4) / 20_000
    assert found[1] == 0 and np.abs(found - expected).max() < 0.02


def test_what_has_no_chance_is_not_drawn_by_any_number():
    class Least(np.random.Generator):
        def random(self, *args: Any, **options: Any) -> Any:
            return np.zeros(*args)

    scores = np.array([[-np.inf, 0.0, -np.inf, 0.0]])
    assert sample(scores, generator=Least(np.random.PCG64(0))).tolist() == [1]


def test_several_are_drawn_each_by_itself():
    probabilities, draw = torch.tensor([0.9, 0.5, 0.2, 0.01]), generator(2)
    scores = probabilities.logit().expand(20_000, 4).numpy()
    for temperature in (1.0, 0.5):
        drawn = torch.from_numpy(sample_several(scores, temperature=temperature, generator=draw)).float()
        expected = (probabilities.logit() / temperature).sigmoid()
        assert (drawn.mean(0) - expected).abs().max() < 0.02
        assert torch.cov(drawn.T).fill_diagonal_(0).abs().max() < 0.01
    assert sample_several(scores, temperature=0, generator=draw)[0].tolist() == [True, False, False, False]
    assert sample_several(scores, top_k=2, generator=draw).any(0).tolist() == [True, True, False, False]


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ElmanError, match="aren't numbers"):
        sample(np.array([[0.0, np.nan]]), generator=generator())
    with np.errstate(invalid="ignore"), pytest.raises(ElmanError, match="aren't numbers"):
        sample(np.full((1, 3), -np.inf), generator=generator())


def test_sequences_are_drawn_until_the_end_mark():
    log_probs = table(6, 5)
    options: dict[str, Any] = {"end": 1, "never": [0], "max_length": 8}
    rows = sampled(Chain(log_probs), np.arange(6), generator=generator(4), **options)
    assert rows == sampled(Chain(log_probs), np.arange(6), generator=generator(4), **options)
    assert rows != sampled(Chain(log_probs), np.arange(6), generator=generator(5), **options)
    assert {token for row in rows for token in row} == {2, 3, 4} and max(map(len, rows)) <= 8
    assert all(
        row[:2] == [4, 3]
        for row in sampled(Chain(log_probs), np.arange(6), start=[4, 3], generator=generator(), **options)
    )
    assert sampled(Chain(log_probs), np.arange(0), generator=generator(), **options) == []
    options["max_length"] = 0
    assert sampled(Chain(log_probs), np.arange(2), generator=generator(), **options) == [[], []]


def test_sampled_sequences_are_as_likely_as_the_network_finds_them():
    log_probs = np.repeat(table(1, 3, sharpness=1.0), 20_000, axis=0)
    rows = sampled(Chain(log_probs), np.arange(20_000), end=1, max_length=30, generator=generator(6))
    for ids in [(), (0,), (2, 0)]:
        all_ids = (*ids, 1)
        expected = np.exp(sum(chance(log_probs[0], all_ids[: n + 1]) for n in range(len(all_ids))))
        share = sum(tuple(row) == ids for row in rows) / len(rows)
        assert share == pytest.approx(expected, abs=0.02)
