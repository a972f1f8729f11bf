"""Sampling keeps to what it was told to keep to; beam search goes on for what is likely."""

from __future__ import annotations

import math

import pytest
import torch

from elman.models.search import beam_search, sample, sample_several


def test_temperature_zero_is_the_likeliest():
    logits = torch.randn(5, 9)
    assert sample(logits, temperature=0).tolist() == logits.argmax(-1).tolist()


def test_top_k_and_top_p_leave_out_the_tail():
    probabilities = torch.tensor([0.5, 0.3, 0.15, 0.05])
    logits = probabilities.log().expand(4000, 4)
    generator = torch.Generator().manual_seed(0)
    assert set(sample(logits, top_k=2, generator=generator).tolist()) == {0, 1}
    assert set(sample(logits, top_p=0.79, generator=generator).tolist()) == {0, 1}
    assert set(sample(logits, top_p=0.81, generator=generator).tolist()) == {0, 1, 2}
    assert set(sample(logits, top_p=0.01, generator=generator).tolist()) == {0}


def test_sampling_follows_the_probabilities_and_the_temperature():
    generator = torch.Generator().manual_seed(1)
    probabilities = torch.tensor([0.6, 0.3, 0.1])
    for temperature in (1.0, 0.5):
        expected = (probabilities ** (1 / temperature)) / (probabilities ** (1 / temperature)).sum()
        drawn = sample(probabilities.log().expand(20_000, 3), temperature=temperature, generator=generator)
        found = torch.bincount(drawn, minlength=3) / 20_000
        assert (found - expected).abs().max() < 0.02


def test_several_are_drawn_each_by_itself():
    generator = torch.Generator().manual_seed(2)
    probabilities = torch.tensor([0.9, 0.5, 0.2, 0.01])
    logits = probabilities.logit().expand(20_000, 4)
    for temperature in (1.0, 0.5):
        drawn = sample_several(logits, temperature=temperature, generator=generator).float()
        expected = (probabilities.logit() / temperature).sigmoid()
        assert (drawn.mean(0) - expected).abs().max() < 0.02
        assert torch.cov(drawn.T).fill_diagonal_(0).abs().max() < 0.01
    assert sample_several(logits, temperature=0)[0].tolist() == [True, False, False, False]
    assert sample_several(logits, top_k=2, generator=generator).any(0).tolist() == [True, True, False, False]


def sure_step(tokens: torch.Tensor, written: torch.Tensor):
    """A model that is sure of writing token 2 nine times, and at any time gives each other token, the end among
    them, a chance of 2 %; ``written`` ``[M]`` counts the tokens so far."""
    likely = torch.where(written < 9, 2, 1)
    probabilities = torch.full((len(tokens), 6), 0.02).scatter_(1, likely[:, None], 0.9)
    return probabilities.log(), written + 1, None


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("beam_size", [1, 2, 5])
def test_unlikely_ends_dont_end_the_search_for_what_a_sure_model_says(beam_size, length_penalty):
    found = beam_search(
        sure_step,
        lambda written, rows: written[rows],
        torch.zeros(3 * beam_size, dtype=torch.int64),
        batch=3,
        end=1,
        beam_size=beam_size,
        max_length=50,
        length_penalty=length_penalty,
    )
    for hypothesis in found:
        assert hypothesis.ids == [2] * 9
        assert hypothesis.score == pytest.approx((9 + 1) * math.log(0.9), rel=1e-5)
