"""MIDI files, read from bytes that mido didn't write, and written so that it reads them back."""

from __future__ import annotations

import random
import sys

import pytest

from elman.errors import DataFileError, ExtraMissingError
from elman.kinds.midi import Note, Tune, read_midi
from tunes import melody, midi, named, note, off, on, tempo


def read(path, data):
    path.write_bytes(data)
    return read_midi(path)


def test_all_tracks_but_drums(tmp_path):
    soprano = [named("soprano"), tempo(0, 400_000), *note(0, 1, 72), *note(1.5, 2.25, 74)]
    bass = [named("bass"), *note(0, 2, 48), *note(1, 2, 36, channel=9)]
    tune = read(tmp_path / "a.mid", midi(soprano, bass))
    assert tune.notes == (
        Note(0, 2, 48, "bass"),
        Note(0, 1, 72, "soprano"),
        Note(1.5, 2.25, 74, "soprano"),
    )
    assert (tune.tempo, tune.length, tune.source) == (150.0, 2.25, str(tmp_path / "a.mid"))
    assert tune.of_voice("bass").notes == (Note(0, 2, 48, "bass"),)


def test_ends_by_silence_and_by_being_struck_again_and_by_the_track_s_end(tmp_path):
    events = [on(0, 60), on(1, 60, velocity=0), on(1, 62), on(2, 62), off(3, 62), on(3, 64), *note(3, 4, 65)]
    tune = read(tmp_path / "a.mid", midi(events, kind=0))
    assert tune.notes == (Note(0, 1, 60), Note(1, 2, 62), Note(2, 3, 62), Note(3, 4, 64), Note(3, 4, 65))
    assert tune.tempo == 100.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "isn't a MIDI file"),
        (b"plain text, and no music", "isn't a MIDI file"),
        (midi(melody([60, 62]))[:-9], "isn't a MIDI file"),
        (midi([tempo(0, 500_000)]), "holds no notes. Leave it out"),
        (midi(note(0, 1, 36, channel=9)), "holds no notes but drums"),
        (midi(melody([60]), kind=2), "independent tracks"),
        (midi(melody([60]), division=0xE728), "counts time in frames"),
    ],
)
def test_bad_files_are_named(tmp_path, data, message):
    with pytest.raises(DataFileError, match=rf"bad\.mid: .*{message}"):
        read(tmp_path / "bad.mid", data)


def test_a_lost_file_and_a_changed_one(tmp_path):
    with pytest.raises(DataFileError, match="no such file"):
        read_midi(tmp_path / "a.mid")
    read(tmp_path / "a.mid", midi(melody([60])))
    assert [n.pitch for n in read(tmp_path / "a.mid", midi(melody([61, 63]))).notes] == [61, 63]


def test_damage_anywhere_is_told_or_harmless(tmp_path):
    """Random bytes changed: a tune, or one clear error."""
    whole = midi([named("a"), tempo(0, 400_000), *melody([60, 62, 64, 65])], note(0, 4, 40))
    rng = random.Random(1)
    errors = 0
    for i in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            read(tmp_path / f"{i}.mid", bytes(data))
        except DataFileError:
            errors += 1
    assert 0 < errors < 150


def test_what_is_written_is_read_again(tmp_path):
    rng = random.Random(2)
    ends = [0.0] * 128
    notes = []
    for _ in range(63):
        pitch = rng.randrange(21, 109)
        start = ends[pitch] + rng.randrange(8) / 4
        ends[pitch] = start + rng.randrange(1, 9) / 4
        notes.append(Note(start, ends[pitch], pitch))
    tune = Tune(tuple(sorted(notes, key=lambda n: (n.start, n.pitch))), tempo=96.0)
    tune.save(tmp_path / "a.mid")
    again = read_midi(tmp_path / "a.mid")
    assert again.notes == tune.notes and again.tempo == pytest.approx(96.0, abs=1e-3)
    assert [item.name for item in tmp_path.iterdir()] == ["a.mid"]


def test_nothing_half_written(tmp_path):
    with pytest.raises(DataFileError, match="can't be written"):
        Tune((Note(0, 1, 60),)).save(tmp_path / "no" / "a.mid")


def test_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(ExtraMissingError, match=r'pip install "elman\[music\]"'):
        read(tmp_path / "a.mid", midi(melody([60])))
