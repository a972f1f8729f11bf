"""What melodies and chords have in common."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from conftest import shared_data
from elman.errors import TaskError
from elman.kinds import ChordsKind, MelodyKind, from_json, to_json
from elman.kinds.midi import Note
from elman.kinds.notes import NotesKind
from tunes import TUNES, fitted, melody, midi


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_other_keys_shift_every_note_alike(kind: type[NotesKind]):
    column = fitted(kind)
    (tune,) = column.encode([TUNES[0]])
    for by in (-39, -5, 0, 7, 44):
        shifted = column.tune(column.transposed(tune, by))
        assert shifted.notes == tuple(Note(n.start, n.end, n.pitch + by) for n in column.tune(tune).notes)
    drawn = {column.tune(column.varied(tune, np.random.default_rng(seed))).notes[0].pitch for seed in range(200)}
    assert drawn == set(range(54, 66))


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_no_other_keys_where_they_don_t_fit_or_all_tunes_are_in_one(kind: type[NotesKind]):
    column = fitted(kind)
    for pitch in (21, 108):
        (tune,) = column.encode([[pitch]])
        drawn = [column.tune(column.varied(tune, np.random.default_rng(seed))).notes[0].pitch for seed in range(9)]
        assert all(21 <= p <= 108 for p in drawn) and len(set(drawn)) > 1
    same = fitted(kind, [[64, 60], [67, 72], [62, 48], [60, 62]])
    assert same.one_key
    (tune,) = same.encode([[64, 60]])
    assert all(np.array_equal(same.varied(tune, np.random.default_rng(seed)), tune) for seed in range(9))


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_saved_and_loaded(kind: type[NotesKind]):
    column = fitted(kind, grid=3)
    again = from_json(json.loads(json.dumps(to_json(column))))
    assert isinstance(again, kind) and again.state() == column.state()
    assert all(map(np.array_equal, again.encode(TUNES), column.encode(TUNES)))
    assert again.written(again.encode(TUNES)[0]) == column.written(column.encode(TUNES)[0])


def test_tunes_without_notes():
    for kind in (MelodyKind, ChordsKind):
        with pytest.raises(TaskError, match="no notes at all"):
            fitted(kind, [[-1, -1], []])


def test_an_opening_is_the_first_quarter_notes_of_a_file(tmp_path: Path):
    path = tmp_path / "long.mid"
    path.write_bytes(midi(melody([60 + i % 3 for i in range(13)], 1.5)))
    chords, notes = (fitted(kind, [str(path)]).opening(str(path)) for kind in (ChordsKind, MelodyKind))
    assert len(chords) == 32 and len(notes) == 2 * 11
    assert fitted(MelodyKind, [str(path)]).tune(notes).length == 16


def test_real_chorales():
    """MIDI files and the lists that they were made from tell the same."""
    import gzip

    folder = shared_data("jsb_chorales")
    with gzip.open(folder / "Jsb16thSeparated.json.gz") as file:
        lists = json.load(file)["valid"][:20]
    paths = [str(folder / f"midi/valid/chorale_{i:03}.mid") for i in range(20)]
    from_files, from_lists = fitted(ChordsKind, paths), fitted(ChordsKind, lists, grid=4)
    assert from_files.grid == 4 and not from_files.one_key
    assert all(map(np.array_equal, from_files.encode(paths), from_lists.encode(lists)))
    soprano, first = fitted(MelodyKind, paths, voice="soprano"), fitted(MelodyKind, lists, grid=4, voice="1")
    assert all(map(np.array_equal, soprano.encode(paths), first.encode(lists)))
