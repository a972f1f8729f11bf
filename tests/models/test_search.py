"""Beam search over models that are written down by hand."""

from __future__ import annotations

import math

import pytest
import torch

from elman.models.search import beam_search

END, LONG = 1, 9


def sure_step(tokens: torch.Tensor, written: torch.Tensor):
    """A model that is sure of writing token 2 ``LONG`` times, and at any time gives each other token, the end among
    them, a chance of 2 %; ``written`` ``[M]`` counts the tokens so far."""
    likely = torch.where(written < LONG, 2, END)
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
        end=END,
        beam_size=beam_size,
        max_length=50,
        length_penalty=length_penalty,
    )
    for hypothesis in found:
        assert hypothesis.ids == [2] * LONG
        assert hypothesis.score == pytest.approx((LONG + 1) * math.log(0.9), rel=1e-5)
