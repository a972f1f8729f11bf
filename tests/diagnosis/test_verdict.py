"""Verdicts on networks whose warning was planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from elman.diagnosis.flow import Curve, Flow, flows
from elman.diagnosis.verdict import Verdict, flag, judge
from elman.nn import LSTM, RNN
from elman.nn.initialization import init_recurrent_
from elman.nn.stack import Recurrent
from elman.ops import record_gradients
from elman.ragged import Ragged
from elman.settings import Settings

STEPS, HIDDEN = 50, 32
SEEDS = range(5)
USED = {"pooling", "bidirectional"}
SMALL = 1e-6  # inputs so small that tanh stays in its linear part: saturated, it holds back what would explode


def planted(kind: str) -> Recurrent:
    layer = (
        LSTM(4, HIDDEN) if kind == "lstm" else RNN(4, HIDDEN, nonlinearity="sigmoid" if kind == "sigmoid" else "tanh")
    )
    init_recurrent_(layer)
    with torch.no_grad():
        if kind == "lstm":  # a forget gate that keeps nearly all
            layer.get_parameter("bias_ih_l0").chunk(4)[1].fill_(4.0)
        else:
            layer.get_parameter("weight_hh_l0").mul_({"sigmoid": 0.5, "stretched": 1.2, "orthogonal": 1.0}[kind])
            layer.get_parameter("weight_ih_l0").mul_(SMALL)
    return layer


def looks(kind: str, seed: int, batches: int = 4) -> list[list[Flow]]:
    torch.manual_seed(seed)
    layer, found = planted(kind), []
    for _ in range(batches):
        x = Ragged.from_list([torch.randn(n, 4) for n in (STEPS, STEPS - 7, STEPS // 2, 1, 0)])
        with record_gradients() as records:
            outputs, _ = layer.unroll(x)
        torch.autograd.backward(outputs.values, torch.randn_like(outputs.values))
        found.append(flows(records, layer))
    return found


def verdict(kind: str, seed: int = 0, *, needed=(STEPS,) * 20, settings: Settings | None = None) -> Verdict:
    settings = settings or Settings(cell="lstm" if kind == "lstm" else "rnn")
    (only,) = judge(looks(kind, seed), needed, settings)
    return only


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "kind, state",
    [("sigmoid", "vanishing"), ("stretched", "exploding"), ("orthogonal", "healthy"), ("lstm", "healthy")],
)
def test_what_was_planted_is_found(kind: str, state: str, seed: int) -> None:
    found = verdict(kind, seed)
    assert (found.state, found.agree, found.batches) == (state, 4, 4)


def test_what_vanishes_over_long_sequences_is_enough_for_short_ones() -> None:
    assert verdict("sigmoid", needed=[2] * 20).state == "healthy"
    found = verdict("sigmoid", needed=[2] * 16 + [STEPS] * 4)
    assert found.state == "vanishing" and found.beyond == 0.2 and found.longer == 1
    assert verdict("sigmoid", needed=[2] * 19 + [STEPS]).state == "healthy"


def test_a_sequence_needs_a_step_less_than_it_is_long() -> None:
    reach = int(np.flatnonzero(looks("sigmoid", 0, 1)[0][0].state.norms < 0.01)[0])  # the first distance that is lost
    assert verdict("sigmoid", needed=[reach]).beyond == 0 and verdict("sigmoid", needed=[reach + 1]).beyond == 1


def test_numbers_stand_in_the_words_and_the_remedy_is_what_one_types() -> None:
    found = verdict("sigmoid")
    assert "vanishes" in found.words and f"{found.half_life:.1f} steps" in found.words and "4 of 4" in found.words
    assert found.low <= found.half_life <= found.high
    assert found.remedies[0].flags == "--cell lstm"
    assert found.to_json()["remedies"][0]["changes"] == {"cell": "lstm"}


def test_an_exploding_gradient_is_clipped_first() -> None:
    found = verdict("stretched", settings=Settings(cell="rnn", clip=0.0))
    assert found.remedies[0].flags == "--set clip=1" and "explodes" in found.words and found.growth > 100
    assert verdict("stretched", settings=Settings(cell="rnn", clip=1.0)).remedies[0].flags == "--set clip=0.5"


def test_a_remedy_is_something_that_the_run_did_not_have() -> None:
    for settings in (
        Settings(cell="gru", bidirectional=False),
        Settings(cell="rnn", bidirectional=True),
        Settings(cell="rnn", pooling="mean", bidirectional=False),
    ):
        for remedy in judge(looks("sigmoid", 0), [STEPS], settings, used=USED)[0].remedies:
            changed = settings.with_changes(remedy.changes)
            assert changed != settings
            assert remedy.flags == " ".join(flag(*pair) for pair in remedy.changes.items())


@pytest.mark.parametrize("used", [set(), {"pooling"}, {"bidirectional"}, {"attention", "bidirectional"}, USED])
def test_a_remedy_names_only_what_the_run_uses(used: set[str]) -> None:
    settings = Settings(cell="rnn", bidirectional=False, pooling="last", attention="none")
    (found,) = judge(looks("sigmoid", 0), [STEPS], settings, used=used)
    changes = {name for remedy in found.remedies for name in remedy.changes}
    decoder = {"bidirectional"} if "attention" in used else set()  # it can't read what it hasn't written
    assert changes == used - decoder | {"cell"}


def test_flags_are_those_that_train_takes() -> None:
    assert [flag("cell", "gru"), flag("bidirectional", True), flag("learning_rate", 5e-4)] == [
        "--cell gru",
        "--set bidirectional=true",
        "--set learning_rate=0.0005",
    ]


def test_a_measured_lag_counts_as_it_is() -> None:
    (found,) = judge(looks("sigmoid", 0), np.array([1, 100_000]), Settings(cell="rnn"), by="measured memory")
    assert found.beyond == 0.5 and "by measured memory" in found.words


def faded(cell: str, whole: float, length: int = 60) -> Flow:
    """A layer in which little is left of a loss at the last step, and ``whole`` a step of all losses together."""
    state, reached = (Curve.of([factor ** np.arange(length)]) for factor in (0.7, whole))
    return Flow("a layer", cell, state, state, None, reached)


@pytest.mark.parametrize(
    "cell, whole, both, state",
    [
        ("lstm", 1.0, False, "short-ranged"),
        ("gru", 1.0, True, "short-ranged"),
        ("lstm", 0.7, False, "vanishing"),
        ("lstm", 0.9, True, "short-ranged"),
        ("lstm", 0.9, False, "vanishing"),
        ("rnn", 1.0, False, "vanishing"),
    ],
)
def test_gates_that_fade_what_they_need_not_keep_are_no_ailment(
    cell: str, whole: float, both: bool, state: str
) -> None:
    (found,) = judge([[faded(cell, whole)]] * 4, [60] * 20, Settings(cell=cell), both=both)
    assert (found.state, found.agree) == (state, 4)
    assert ("vanishes" in found.words) == (state == "vanishing") and "1 % after 13" in found.words
