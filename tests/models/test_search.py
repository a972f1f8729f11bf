"""Sampling keeps to what it was told to keep to; beam search goes on for what is likely."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from conftest import assert_close
from elman import cells
from elman.models import stack
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_many import language_model
from elman.models.one_to_many import OneToMany
from elman.models.search import beam_search, sample, sample_several
from elman.nn.encoders import TokenEmbedding, ValueEmbedding, Words
from elman.ragged import Ragged


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


MODELS: dict[str, Any] = {
    "encoder-decoder": lambda cell: EncoderDecoder(TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=3),
    "without attention": lambda cell: EncoderDecoder(
        TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2, attention="none"
    ),
    "one-to-many": lambda cell: OneToMany(ValueEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2),
}


def searched(model: Any) -> list[Any]:
    torch.manual_seed(5)
    inputs = torch.tensor([2, 5, 7])
    if isinstance(model, EncoderDecoder):
        return model.predict(Words(Ragged(inputs, torch.tensor([2, 0, 1]))), beam_size=3, max_length=9)
    return [*model.predict(inputs, beam_size=3, max_length=9), *model.generate(inputs, max_length=9)]


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("name", MODELS)
def test_each_search_decodes_with_the_weights_as_they_are_then(name, cell, monkeypatch):
    """The same as by ``layer.step``, whose weights are read at each call, before and after they change unseen."""
    torch.manual_seed(4)
    model = MODELS[name](cell).double().eval()
    found = []
    for _ in range(2):
        for parameter in model.parameters():
            parameter.data.mul_(-2)
        ours = searched(model)
        with monkeypatch.context() as patch:
            patch.setattr(stack, "stepper", lambda layer: layer.step)
            for a, b in zip(ours, searched(model), strict=True):
                assert getattr(a, "ids", a) == getattr(b, "ids", b)
                assert getattr(a, "score", 0.0) == pytest.approx(getattr(b, "score", 0.0))
        found.append(ours)
    assert found[0] != found[1]


@torch.no_grad()
@pytest.mark.parametrize("cell", cells.names())
def test_a_language_model_reads_on_by_steps(cell):
    torch.manual_seed(6)
    model = language_model(TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2).double().eval()
    for batch in (1, 5):
        ids = torch.randint(2, 11, (batch, 4))
        whole, final = model(Words(Ragged(ids.flatten(), torch.full((batch,), 4))))
        one = torch.ones(batch, dtype=torch.int64)
        scores, state = model(Words(Ragged(ids[:, 0], one)))
        step, found = model.stepper(), [scores.values]
        for t in range(1, 4):
            scores, state = step(Words(Ragged(ids[:, t], one)), state)
            found.append(scores.values)
        assert_close(torch.stack(found, 1).flatten(0, 1), whole.values)
        for ours, theirs in zip(state, final, strict=True):
            assert_close(ours, theirs)
