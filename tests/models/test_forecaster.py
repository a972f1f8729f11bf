"""The forecaster: segments in, segments out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from conftest import assert_close, there
from elman.models.forecaster import Forecaster
from elman.nn.encoders import HorizonEncoder, WindowEncoder, Windows
from elman.nn.heads import ForecastHead
from elman.ragged import Ragged

B, CONTEXT, SEGMENT, HORIZON, SIZE = 3, 8, 4, 11, 6


def windows():
    steps = Ragged(torch.randn(B * CONTEXT, 2), torch.full((B,), CONTEXT))
    ahead, columns = torch.randn(B, HORIZON, 1), torch.arange(B) % 2
    return Windows(steps, torch.zeros(B, HORIZON), torch.ones(B), torch.randn(B, HORIZON), ahead, columns)


def network(decoding, layers=1):
    torch.manual_seed(0)
    steps = HORIZON if decoding == "direct" else SEGMENT
    made = Forecaster(
        WindowEncoder(2, SEGMENT, SIZE),
        HorizonEncoder(1, HORIZON, steps, SIZE, columns=2),
        lambda size: ForecastHead(size, steps, (0.1,)),
        recurrent=decoding == "recurrent",
        hidden_size=5,
        num_layers=layers,
    )
    for linear in (made.head.linear, there(made.gate)):
        nn.init.normal_(linear.weight)
    return made.eval()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("decoding", ["direct", "parallel", "recurrent"])
def test_against_torchs_gru_one_window_at_a_time(decoding, layers):
    made, batch = network(decoding, layers), windows()
    peer = nn.GRU(SIZE, 5, layers, batch_first=True)
    peer.load_state_dict(made.stack.rnn.state_dict())
    past = made.encoder(batch).padded()
    ahead = made.ahead(batch)
    for row in range(B):
        _, state = peer(past[row : row + 1])
        if decoding != "recurrent":
            segments = ahead[row].split(1)
            states = torch.cat([peer(segment[None], state)[0] for segment in segments], dim=1)
        else:
            states, _ = peer(ahead[row : row + 1], state)
        expected = made.head.linear(states[0]).view(-1, 2)[:HORIZON]
        for step in range(HORIZON):
            gate = there(made.gate)(states[0, 0 if decoding == "direct" else step // SEGMENT])
            expected[step] += gate * batch.pattern[row, step]
        assert_close(made(batch)[row], expected)
    assert made(batch).shape == (B, HORIZON, 2)


def test_learning_begins_at_the_base_forecast():
    for decoding in ("direct", "parallel", "recurrent"):
        made = network(decoding)
        nn.init.zeros_(made.head.linear.weight)
        nn.init.zeros_(there(made.gate).weight)
        assert not made(windows()).any()


def test_from_the_last_value():
    """All of the pattern is taken back, so that what is left of base and scores is the last value and the answer."""
    torch.manual_seed(0)
    made = Forecaster(
        WindowEncoder(2, SEGMENT, SIZE),
        HorizonEncoder(1, HORIZON, SEGMENT, SIZE, columns=2),
        lambda size: ForecastHead(size, SEGMENT, (0.1,)),
        from_last=True,
        hidden_size=5,
    )
    batch = windows()
    assert_close(made(batch), -batch.pattern[..., None].expand(-1, -1, 2))
    made(batch).sum().backward()
    assert all(p.grad is not None for p in made.parameters())


def test_in_parallel_segments_know_nothing_of_each_other():
    batch = windows()
    for decoding, others in (("parallel", 0), ("recurrent", HORIZON - SEGMENT)):
        batch.ahead.requires_grad_().grad = None
        network(decoding)(batch)[:, -1].sum().backward()  # a step of the last segment
        touched = there(batch.ahead.grad).abs().sum((0, 2)) > 0
        assert touched[2 * SEGMENT :].all() and bool(touched[: 2 * SEGMENT].any()) == bool(others)
