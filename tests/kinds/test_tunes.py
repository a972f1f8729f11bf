"""Cells of music as tunes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elman.errors import TaskError
from elman.kinds.midi import Note, Tune
from elman.kinds.tunes import fitting_grid, rows_of, tune_of
from tunes import melody, midi, named


@pytest.mark.parametrize(
    ("length", "offset", "grid"), [(1, 0, 1), (0.5, 0, 2), (1 / 3, 0, 3), (0.25, 0, 4), (0.125, 0.5, 8), (0.37, 0.1, 4)]
)
def test_the_coarsest_grid_that_fits(length: float, offset: float, grid: int):
    tune = Tune(tuple(Note(offset + i * length, offset + (i + 1) * length, 60 + i % 2) for i in range(400)))
    assert fitting_grid([tune]) == grid


def test_a_few_notes_between_do_no_harm():
    steady = [Note(i, i + 1, 60) for i in range(1_000)]
    assert fitting_grid([Tune((*steady, Note(1_000.5, 1_000.75, 60)))]) == 1
    assert fitting_grid([Tune((*steady, *(Note(i + 0.5, i + 0.75, 60) for i in range(20))))]) == 4


def test_voices(tmp_path: Path):
    path = tmp_path / "two.mid"
    path.write_bytes(midi([named("high"), *melody([72, 74])], [named("low"), *melody([48, 50])]))
    assert [n.pitch for n in tune_of(str(path), voice="low").notes] == [48, 50]
    with pytest.raises(TaskError, match=r"two\.mid has no voice 'tenor'; its voices are high, low"):
        tune_of(str(path), voice="tenor")
    parts = [[74, 70], [74, 69], [72, -1]]
    assert [n.pitch for n in tune_of(parts, voice="1").notes] == [74, 72]
    assert tune_of(parts, voice="2").notes == (Note(0, 1, 70, "2"), Note(1, 2, 69, "2"))
    assert len(tune_of(parts).notes) == 4
    assert [n.pitch for n in tune_of([60, 62], voice="soprano").notes] == [60, 62]


@pytest.mark.parametrize("cell", [[60, 200], [60.5], ["C4"], 60, None, [[60, [61]]], {"a": 1}])
def test_what_is_no_tune(cell: Any):
    with pytest.raises(TaskError, match="is no tune"):
        tune_of(cell)


@pytest.mark.parametrize(
    ("steps", "pitches"),
    [
        ([], True),
        ([60, -1, None], True),
        ([[60, 64], [], [127]], True),
        ([128], False),
        ([-2], False),
        ([60.0], False),
        ([True], False),
        (["C4"], False),
        ([[60, [1]]], False),
    ],
)
def test_pitches(steps: Any, pitches: bool):
    assert (rows_of(steps) is not None) is pitches
