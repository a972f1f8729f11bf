"""Tunes of one voice as tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from elman.errors import TaskError
from elman.kinds import MelodyKind
from elman.kinds.keyboard import KEYS, LOWEST, pitch_name
from elman.kinds.midi import Note, Tune
from elman.kinds.tunes import is_melody, tune_of
from tunes import fitted, midi, note

RNG = np.random.default_rng(0)


def test_a_melody_is_pitches_and_lengths():
    column = fitted(MelodyKind, grid=2)
    (tune,) = column.encode([[60, 60, 62, None, -1, 64]])
    assert column.written(tune) == "C4 2 D4 1 R 2 E4 1"
    assert column.tune(tune).notes == (Note(0, 1, 60), Note(1, 1.5, 62), Note(2.5, 3, 64))
    assert np.array_equal(column.opening("C4 2 D4 1 R 2 E4 1"), tune)


@pytest.mark.parametrize("steps", [0, 1, 2, 63])
def test_batches_begin_and_end(steps: int):
    column = fitted(MelodyKind)
    pitches = [60 + i * 7 % 12 for i in range(steps)]
    (tune,) = column.encode([pitches])
    assert len(tune) == 2 * steps and column.steps(tune) == 2 * steps + 1
    end = column.vocabulary.end_id
    assert column.collate([tune, tune]).ids.values.tolist() == 2 * [end, *tune.tolist()]
    assert column.targets([tune, tune]).values.tolist() == 2 * [*tune.tolist(), end]
    assert [n.pitch for n in column.tune(tune).notes] == pitches


def test_long_notes_are_several_events():
    column = fitted(MelodyKind)
    assert column.written(column.encode([19 * [60]])[0]) == "C4 8 C4 8 C4 3"


def test_legato_is_cut_and_chords_are_refused(tmp_path: Path):
    (tmp_path / "legato.mid").write_bytes(midi([*note(0, 1.05, 60), *note(1, 2.1, 62), *note(2, 3, 64)]))
    (tmp_path / "chord.mid").write_bytes(midi([*note(0, 1, 60), *note(1, 2, 62), *note(1, 2, 65)]))
    column = fitted(MelodyKind, [str(tmp_path / "legato.mid")], grid=4)
    assert column.written(column.encode([str(tmp_path / "legato.mid")])[0]) == "C4 4 D4 4 E4 4"
    with pytest.raises(TaskError, match=r"chord\.mid has notes that sound together \(D4 and F4 at quarter note 2\)"):
        column.encode([str(tmp_path / "chord.mid")])
    assert is_melody(tune_of(str(tmp_path / "legato.mid")))
    assert not is_melody(tune_of(str(tmp_path / "chord.mid")))
    assert not is_melody(Tune((Note(0, 2, 60), Note(1, 3, 62))))


def test_a_pitch_follows_a_length_and_the_other_way_round():
    column = fitted(MelodyKind)
    keys = {pitch_name(pitch) for pitch in range(LOWEST, LOWEST + KEYS)}
    for given in ("", "R 2", "C4 1", "C8 2 A0 3"):
        named = dict(column.next_elements(column.opening(given), RNG.normal(size=len(column.vocabulary))))
        assert set(named) == {"</s>", "R", *keys}
        assert sum(named.values()) == pytest.approx(1.0, abs=1e-5)
        for token in column.fits_next(column.opening(given)).nonzero()[0].tolist():
            following = column.written(np.append(column.opening(given), token))
            assert token == column.vocabulary.end_id or following.split()[-1] in named
    for given in ("C4", "R", "C8 2 A0"):
        named = column.next_elements(column.opening(given), RNG.normal(size=len(column.vocabulary)))
        assert [name for name, _ in named] == list(map(str, range(1, 9)))


def test_later_pitches_count_from_the_first():
    column = fitted(MelodyKind)
    tunes = column.encode([[62, 64, -1, 59], [100, 102, -1, 97]])
    assert np.array_equal(tunes[0][1:], tunes[1][1:]) and tunes[0][0] != tunes[1][0]
    assert column.vocabulary.decode(tunes[0].tolist()) == ["D4", "1", "+2", "1", "R", "1", "-3", "1"]
    assert column.written(column.encode([[-1, 21, 108]])[0]) == "R 1 A0 1 C8 1"


def test_an_opening_may_leave_lengths_out():
    column = fitted(MelodyKind, grid=2)
    assert column.written(column.opening("c4 Bb3 1 R F#5")) == "C4 2 A#3 1 R 2 F#5"
    assert column.opening("").shape == (0,)
    for wrong, shown in (("H4", "H4"), ("C", "C"), ("4", "4"), ("C4 99", "99"), ("C9", "C9"), ("lovely", "lovely")):
        with pytest.raises(TaskError, match=rf"'{shown}' is no note of a piano"):
            column.opening(wrong)
