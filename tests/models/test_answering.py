"""A torch network as answers ask for one: it searches, samples and reads on with the weights as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from elman import cells
from elman.decoding.beam import beam_search
from elman.decoding.sampling import sampled
from elman.kinds.text import TokenBatch
from elman.models import stack
from elman.models.answering import Answering
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_many import language_model
from elman.models.one_to_many import OneToMany
from elman.nn.encoders import TokenEmbedding, ValueEmbedding, Words
from elman.ragged import Ragged
from elman.sequences import Sequences

MODELS: dict[str, Any] = {
    "encoder-decoder": lambda cell: EncoderDecoder(TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=3),
    "without attention": lambda cell: EncoderDecoder(
        TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2, attention="none"
    ),
    "one-to-many": lambda cell: OneToMany(ValueEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2),
}


def searched(model: Any) -> list[Any]:
    inputs, network = torch.tensor([2, 5, 7]), Answering(model)
    options: dict[str, Any] = {"end": 1, "never": [0], "max_length": 9}
    if isinstance(model, EncoderDecoder):
        return beam_search(network, Words(Ragged(inputs, torch.tensor([2, 0, 1]))), beam_size=3, **options)
    drawn = sampled(network, inputs, generator=np.random.default_rng(0), **options)
    return [*beam_search(network, inputs, beam_size=3, **options), *drawn]


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


@pytest.mark.parametrize("cell", cells.names())
def test_a_language_model_reads_on_by_steps(cell):
    torch.manual_seed(6)
    model = language_model(TokenEmbedding(11, 6), 11, cell=cell, hidden_size=8, num_layers=2).double()
    network = Answering(model)
    for batch in (1, 5):
        ids = np.random.default_rng(batch).integers(2, 11, (batch, 4))
        whole, final = network.read_on(TokenBatch(Sequences(ids.ravel(), np.full(batch, 4))), None)
        one = np.ones(batch, np.int64)
        scores, state = network.read_on(TokenBatch(Sequences(ids[:, 0], one)), None)
        step, found = network.stepper(), [scores.values]
        for t in range(1, 4):
            scores, state = step(TokenBatch(Sequences(ids[:, t], one)), state)
            found.append(scores.values)
        np.testing.assert_allclose(np.stack(found, 1).reshape(4 * batch, 11), whole.values, rtol=1e-9, atol=1e-10)
        for ours, theirs in zip(state, final, strict=True):
            assert ours.shape == (2, batch, 8)
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)


def test_an_answering_network_drops_nothing_and_keeps_no_gradient():
    torch.manual_seed(7)
    model = language_model(TokenEmbedding(11, 6, dropout=0.5), 11, hidden_size=8, dropout=0.5).train()
    network, batch = Answering(model), TokenBatch(Sequences(np.arange(2, 9), np.array([4, 0, 3])))
    first, second = network.scores(batch), network.scores(batch)
    assert isinstance(first, Sequences) and isinstance(second, Sequences)
    assert first.lengths.tolist() == [4, 0, 3]
    np.testing.assert_array_equal(first.values, second.values)
    with torch.no_grad():
        expected, _ = model.eval()(Words(Ragged(torch.arange(2, 9), torch.tensor([4, 0, 3]))))
    np.testing.assert_array_equal(first.values, expected.values.numpy())
