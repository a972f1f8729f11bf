"""Sampling keeps to what it was told to keep to."""

from __future__ import annotations

import torch

from elman.models.search import sample, sample_several


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
