"""Memory that is taken away, against brute force and against tasks whose lag is given."""

from __future__ import annotations

import random

import pytest
import torch
from inspected import looked_at

from elman import answers
from elman.inspection.memory import doubling, memory, windowed
from elman.inspection.subject import subject
from elman.models.stack import RecurrentStack
from elman.ragged import Ragged
from elman.settings import Settings


def stack(bidirectional: bool, cell: str = "lstm") -> RecurrentStack:
    torch.manual_seed(0)
    return RecurrentStack(cell, 3, 4, 2, bidirectional=bidirectional).double().eval()


@torch.no_grad()
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("k", [0, 1, 5])
def test_a_window_is_a_run_over_the_last_steps_alone(bidirectional, k):
    own, x = stack(bidirectional), Ragged.from_list([torch.randn(n, 3).double() for n in (6, 0, 1, 13)])
    steps, final = windowed(own, x, None, k)
    for sequence, outputs in zip(x, steps, strict=True):
        for t in range(len(sequence)):
            low, high = max(0, t - k), t + 1 + (k if bidirectional else 0)
            alone, after = own(Ragged.from_list([sequence[low:high]]))
            torch.testing.assert_close(outputs[t], alone.values[t - low], atol=1e-12, rtol=0)
    last = x.unbind()[3][-1 - k :]
    _, after = own(Ragged.from_list([last]))
    for ours, theirs in zip(final, after, strict=True):  # forward layers end at the last step
        torch.testing.assert_close(ours[0, 3], theirs[0, 0], atol=1e-12, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_memory_longer_than_the_sequence_forgets_nothing(bidirectional):
    own, x = stack(bidirectional, "gru"), Ragged.from_list([torch.randn(n, 3).double() for n in (6, 0, 40)])
    state = tuple(torch.randn_like(part) for part in own.rnn.initial_state(3))
    for start in (None, state):
        whole, after = own(x, start)
        steps, final = windowed(own, x, start, 40)
        torch.testing.assert_close(steps.values, whole.values, atol=1e-12, rtol=0)
        for ours, theirs in zip(final, after, strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)


@torch.no_grad()
def test_long_memories_are_right_within_an_eighth():
    own, x = stack(False), Ragged.from_list([torch.randn(100, 3).double()])
    steps, _ = windowed(own, x, None, 32)
    for t in (50, 77, 99):
        reached = [own(Ragged.from_list([x.values[t - k : t + 1]]))[0].values[-1] for k in range(32, 37)]
        assert min(float((steps.values[t] - one).abs().max()) for one in reached) < 1e-12


def test_doubling_ends_where_it_should():
    assert doubling(0) == [0] and doubling(1) == [0, 1] and doubling(9) == [0, 1, 2, 4, 8, 9]


def delay_line(lag: int):
    """A tagger that says the letter of ``lag`` steps ago, by construction: a simple RNN whose units hand on what they
    hold, block by block, and whose last block is read out."""
    chance = random.Random(0)
    letters = [[chance.choice("abcd") for _ in range(2 * lag + 9)] for _ in range(12)]
    tags = [(["_"] * lag + row)[: len(row)] for row in letters]
    task = answers.find("tagging", "text")
    settings = Settings().with_changes(
        {
            "cell": "rnn",
            "bidirectional": False,
            "hidden_size": 4 * (lag + 1),
            "embedding_size": 4,
            "characters": False,
            "min_count": 1,
        }
    )
    parts = task.parts(letters, tags, settings)
    rnn, head, tokens = parts.module.stack.rnn, parts.module.head.classes.linear, parts.input.vocabulary.tokens
    with torch.no_grad():
        for parameter in parts.module.parameters():
            parameter.zero_()
        for i, letter in enumerate("abcd"):
            parts.module.encoder.embedding.weight[tokens.index(letter)] = -1.0
            parts.module.encoder.embedding.weight[tokens.index(letter), i] = 1.0
            head.weight[parts.output.ids[letter], 4 * lag + i] = 8.0
        rnn.weight_ih_l0[:4] = 3 * torch.eye(4)  # tanh(3 x) keeps a sign for any number of steps
        rnn.weight_hh_l0[4:, :-4] = 3 * torch.eye(4 * lag)
        head.bias[parts.output.ids["_"]] = 4.0
    return task, parts, letters, tags


@pytest.mark.parametrize("lag", [5, 20, 80])
def test_what_copies_after_a_lag_uses_as_many_steps(lag):
    seen = subject(*delay_line(lag))
    (found,) = memory(seen)
    assert found.uses is not None and abs(found.uses / lag - 1) <= 0.2
    assert found.whole.right == 1.0 and found.points[0].right is not None and found.points[0].right < 0.6
    exchanged = dict(found.changed)
    assert all(move < 1e-3 for k, move in exchanged.items() if k != lag)


def test_what_knows_no_order_uses_no_step():
    """A stack whose recurrent weights are nothing remembers nothing."""
    seen = looked_at("tagging", cell="rnn", bidirectional=False, characters=False)
    with torch.no_grad():
        for name, weight in seen.network.named_parameters():
            if "weight_hh" in name:
                weight.zero_()
    (found,) = memory(seen)
    assert found.uses is None and all(point.moved < 1e-6 for point in found.points)
    assert [k for k, move in found.changed if move > 1e-6] == [0]


def test_decoder_and_encoder_are_measured_apart():
    found = memory(looked_at("translation"))
    assert [one.stack for one in found] == ["encoder", "decoder"]
    assert all(one.points[-1].moved < 1e-5 for one in found)
