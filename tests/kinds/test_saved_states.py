"""What a saved kind can't have held is refused when it is loaded: later it would divide by it, or take all memory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from elman.kinds import (
    AlarmsKind,
    AudioKind,
    ChordsKind,
    ImageKind,
    Kind,
    MelodyKind,
    NumberKind,
    RowKind,
    TextKind,
    VectorKind,
    WatchedKind,
)

ROWS = [(1.0, "2024-01-01"), (3.0, "2024-02-01")]
STEPS = [[[1.0, 2.0], [3.0, None]]]
TUNES = [[60, 62, 64, 60]]


def picture() -> dict[str, Any]:
    sizes = {"picture_size": 0, "rows": False, "height": 8, "width": 9}
    return sizes | {"coloured": True, "transparent": False, "bits": 8, "mean": [1.0] * 3, "scale": [2.0] * 3}


def sound() -> dict[str, Any]:
    return {"mels": 2, "stacked": 0, "rate": 8000, "mean": [0.0, 0.0], "scale": [1.0, 1.0]}


def fitted(kind: Kind, cells: list[Any]) -> dict[str, Any]:
    kind.fit(cells)
    return json.loads(json.dumps(kind.state()))


STATES: dict[type[Kind], Any] = {
    RowKind: lambda: fitted(RowKind(), ROWS),
    TextKind: lambda: fitted(TextKind(pieces=50), ["the cat", "a dog"]),
    NumberKind: lambda: fitted(NumberKind(), [1.0, 2.0]),
    VectorKind: lambda: fitted(VectorKind(), STEPS),
    WatchedKind: lambda: fitted(WatchedKind(), STEPS),
    AlarmsKind: lambda: AlarmsKind(4).state(),
    MelodyKind: lambda: fitted(MelodyKind(), TUNES),
    ChordsKind: lambda: fitted(ChordsKind(), TUNES),
    ImageKind: picture,
    AudioKind: sound,
}
CHANGED: list[tuple[type[Kind], dict[str, Any]]] = [
    (RowKind, {"numbers": {"0": [2.0, 0]}}),
    (RowKind, {"dates": {"1": [2.0, 0.0, []]}}),
    (RowKind, {"dates": {"1": [2.0, 1.0, ["century"]]}}),
    (TextKind, {"pieces": "x"}),
    (TextKind, {"pieces": -1}),
    (NumberKind, {"scale": 0}),
    (NumberKind, {"mean": "x"}),
    (VectorKind, {"mean": [1.0, "x"]}),
    (VectorKind, {"mean": [[1.0], [2.0]]}),
    (VectorKind, {"scale": [1.0]}),
    (VectorKind, {"masked": [2]}),
    (WatchedKind, {"labels": ["only one"]}),
    (WatchedKind, {"seconds": "x"}),
    (AlarmsKind, {"window": 10**9}),
    (AlarmsKind, {"window": 0}),
    (AlarmsKind, {"width": 3}),
    (AlarmsKind, {"scales": None}),
    (AlarmsKind, {"usual": [1.0, 2.0]}),
    (AlarmsKind, {"usual": [1.0, 2.0, 0.0]}),
    (AlarmsKind, {"known": [[0.0]]}),
    (MelodyKind, {"grid": 10**9}),
    (MelodyKind, {"tempo": 0}),
    (ChordsKind, {"grid": 0}),
    (ImageKind, {"height": 10**9}),
    (ImageKind, {"width": 0}),
    (ImageKind, {"coloured": False}),
    (ImageKind, {"bits": 40}),
    (AudioKind, {"mels": 10**9}),
    (AudioKind, {"rate": -1}),
    (AudioKind, {"stacked": 3}),
]


@pytest.mark.parametrize(("kind", "change"), CHANGED)
def test_a_state_that_cannot_be_is_refused(kind: type[Kind], change: dict[str, Any]):
    with pytest.raises((ValueError, TypeError)):
        kind().load_state(STATES[kind]() | change)


@pytest.mark.parametrize("kind", STATES)
def test_a_state_comes_back(kind: type[Kind]):
    again = kind()
    again.load_state(STATES[kind]())
    assert_same(again.state(), STATES[kind]())


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {*found} == {*expected}
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
