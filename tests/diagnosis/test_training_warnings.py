"""What is warned of, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from elman.diagnosis.flow import Curve, Flow
from elman.diagnosis.training_warnings import Look, Steps, TrainingWarning, training_warnings
from elman.diagnosis.units import Units
from elman.settings import Settings

LAYER, BACK = "stack.rnn, layer 1, forwards", "stack.rnn, layer 1, backwards"
QUIET = Steps(np.ones(100))


def curve(factor: float, length: int = 40) -> Curve:
    return Curve.of([factor ** np.arange(length)])


def look(
    *,
    state: float = 0.9,
    whole: float = 1.0,
    length: int = 40,
    cell: str = "rnn",
    stuck: float = 0.0,
    dead: int = 0,
    continued: bool = False,
    layers: tuple[str, ...] = (LAYER,),
) -> Look:
    flows = [Flow(name, cell, curve(state), curve(state), None, curve(whole)) for name in layers]
    units = [Units(name, cell, {"state": stuck}, dead, 10) for name in layers]
    return Look(flows, units, {name: np.full(9, length) for name in layers}, continued)


def found(looks: list[Look], latest: Steps = QUIET, settings: Settings | None = None) -> list[TrainingWarning]:
    settings = settings or Settings(cell="rnn", bidirectional=False)
    return list(training_warnings(looks, latest, settings, {"pooling", "bidirectional", "bptt"}))


def test_a_healthy_run_is_not_warned_of() -> None:
    assert found([look()] * 5) == [] and found([]) == []


def test_what_comes_from_one_loss_may_fade_when_each_step_meets_one() -> None:
    assert found([look(state=0.3, whole=1.0)] * 5) == []


def test_early_steps_without_gradient_are_warned_of() -> None:
    (only,) = found([look(whole=0.7)] * 5)
    assert only.kind == "vanishing" and only.remedy.flags == "--cell lstm"
    assert "100% of the sequences are longer" in only.message and "half of it is left after 1.9 steps" in only.message


def test_one_look_that_differs_keeps_it_quiet() -> None:
    assert found([look(whole=0.7)] * 4 + [look(whole=0.95)]) == []


def test_two_directions_halve_the_way() -> None:
    one, both = 0.01 ** (1 / 30), (LAYER, BACK)
    assert [a.kind for a in found([look(whole=one)] * 5)] == ["vanishing"]
    assert found([look(whole=one, layers=both)] * 5) == []


def test_nothing_is_said_where_nothing_helps() -> None:
    settings = Settings(cell="lstm", pooling="last+mean", bidirectional=True)
    assert found([look(whole=0.5, cell="lstm")] * 5, settings=settings) == []


@pytest.mark.parametrize(
    "latest, settings, flags",
    [
        (Steps(np.full(100, 30.0)), Settings(cell="rnn", clip=1.0), "--cell lstm"),
        (Steps(np.full(100, 30.0)), Settings(cell="lstm", clip=1.0, learning_rate=0.004), "--set learning_rate=0.001"),
        (Steps(np.array([1.0] * 99 + [500.0])), Settings(cell="rnn", clip=0.0), "--set clip=1"),
        (Steps(np.ones(100), rollbacks=2), Settings(cell="rnn", clip=0.0), "--set clip=1"),
        (
            Steps(np.ones(100), rollbacks=2),
            Settings(cell="rnn", clip=1.0, learning_rate=0.2),
            "--set learning_rate=0.01",
        ),
    ],
)
def test_exploding_gradients_are_warned_of(latest: Steps, settings: Settings, flags: str) -> None:
    looks = [look(cell=settings.cell)] * 5
    (only,) = found(looks, latest, settings)
    assert only.kind == "exploding" and only.remedy.flags == flags


@pytest.mark.parametrize("norms", [np.full(100, 10.0), np.array([0.5] * 30 + [900.0] * 70)])
def test_clipping_that_does_its_work_is_no_ailment(norms: np.ndarray) -> None:
    assert found([look()] * 5, Steps(norms), Settings(cell="rnn", clip=1.0)) == []


def test_truncation_is_warned_of_where_much_is_cut() -> None:
    settings = Settings(cell="lstm", bptt=40)
    (only,) = found([look(state=0.98, continued=True)] * 5, settings=settings)
    assert only.kind == "truncated" and only.remedy.flags == "--set bptt=160"
    assert found([look(state=0.9, continued=True)] * 5, settings=settings) == []
    assert found([look(state=0.98, continued=False)] * 5, settings=settings) == []


def test_units_out_of_use_are_why_a_gradient_vanishes() -> None:
    (only,) = found([look(whole=0.5, dead=10)] * 5, settings=Settings(cell="rnn", clip=0.0, bidirectional=False))
    assert only.kind == "dead" and only.remedy.flags == "--set clip=1"
    (only,) = found([look(whole=0.5, stuck=1.0)] * 5, settings=Settings(cell="rnn", learning_rate=0.2))
    assert only.kind == "stuck" and only.remedy.flags == "--set learning_rate=0.01"


def test_stuck_gates_and_dead_units_are_warned_of() -> None:
    assert [a.kind for a in found([look(stuck=0.6)] * 5)] == ["stuck"]
    assert [a.kind for a in found([look(dead=6)] * 5)] == ["dead"]
    assert found([look(stuck=0.4, dead=4)] * 5) == []
