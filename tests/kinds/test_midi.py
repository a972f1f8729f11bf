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
        (midi(melody([60]), division=0xE728), "counts time in frames"),
        (midi(note(0, 2**20, 60), division=1), r"lasts 100,663,296 quarter notes, more than 100,000: it is damaged"),
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
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataFileError, match="can't be written"):
        Tune((Note(0, 1, 60),)).save(tmp_path / "file" / "a.mid")


def test_writing_needs_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    tune = read(tmp_path / "a.mid", midi(melody([60])))
    with pytest.raises(ExtraMissingError, match=r'pip install "elman\[music\]"'):
        tune.save(tmp_path / "b.mid")


@pytest.mark.parametrize(
    "meta",
    [
        b"\xff\x59\x02\x0b\x02",  # a key signature of 11 sharps, in mode 2
        b"\xff\x59\x00",  # one that says nothing
        b"\xff\x51\x02\x07\xa1",  # a tempo of two bytes
        b"\xff\x54\x05\xff\xff\xff\xff\xff",  # a time code that there is none of
        b"\xff\x58\x01\x04",  # a measure without its unit
        b"\xff\x03\x04\xff\xfe\x80\x81",  # a name in no encoding
        b"\xff\x7e\x01\x00",  # an event of no meaning
        b"\xf0\x03\x7e\x7f\xf7",  # system exclusive
    ],
)
def test_what_is_no_music_may_be_broken(tmp_path, meta):
    tune = read(tmp_path / "a.mid", midi([(0, meta), *melody([60, 64])]))
    assert [(note.pitch, note.start, note.end) for note in tune.notes] == [(60, 0, 1), (64, 1, 2)]
    assert tune.tempo == 100.0


def test_running_status_and_other_messages(tmp_path):
    body = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xc0\x05\x00\x90\x40\x40\x60\x40\x00\x00\xff\x2f\x00"
    data = b"MThd\0\0\0\6\0\1\0\1\0\x60" + b"odd!\0\0\0\2xx" + b"MTrk" + len(body).to_bytes(4, "big") + body
    assert [(note.pitch, note.start, note.end) for note in read(tmp_path / "a.mid", data).notes] == [
        (60, 0, 1),
        (64, 1, 2),
    ]


@pytest.mark.parametrize("missing", range(1, 60, 3))
def test_a_file_that_is_cut_off_says_so(tmp_path, missing):
    with pytest.raises(DataFileError, match=r"a\.mid: .*\((it is cut off|it doesn't begin|it is empty|its header).*\)"):
        read(tmp_path / "a.mid", midi(melody([60, 62, 64, 65]))[:-missing])


def test_as_mido_reads_it(tmp_path):
    """Files of random events: mido is the oracle for those that it reads."""
    mido = pytest.importorskip("mido")
    rng = random.Random(3)
    for case in range(20):
        tracks = []
        for _ in range(rng.randint(1, 3)):
            events = [named("x"), tempo(0, rng.randint(200_000, 900_000))]
            for _ in range(rng.choice([0, 1, 2, 63])):
                at, channel = rng.randrange(0, 400) / 8, rng.choice([0, 1, 9])
                events += [on(at, rng.randrange(60, 66), rng.choice([0, 64]), channel)]
                events += [off(at + rng.randrange(4) / 8, rng.randrange(60, 66), channel)] * rng.randint(0, 2)
            tracks.append(events)
        path = tmp_path / f"{case}.mid"
        path.write_bytes(midi(*tracks))
        expected = [
            (start, end, pitch)
            for track in mido.MidiFile(path).tracks
            for start, end, pitch in sounded(track, mido.MidiFile(path).ticks_per_beat)
        ]
        try:
            found = [(note.start, note.end, note.pitch) for note in read_midi(path).notes]
        except DataFileError:
            found = []
        assert sorted(found) == sorted(expected)


def sounded(track, ticks):
    """Every stretch for which a key of a channel is down: from one message about it to the next."""
    now, messages = 0, {}
    for message in track:
        now += message.time
        if message.type in ("note_on", "note_off") and message.channel != 9:
            down = message.type == "note_on" and message.velocity > 0
            messages.setdefault((message.channel, message.note), []).append((now, down))
    for (_, pitch), about in messages.items():
        for (start, down), (end, _) in zip(about, [*about[1:], (now, False)], strict=True):
            if down and start < end:
                yield start / ticks, end / ticks, pitch


def test_independent_tracks_follow_each_other(tmp_path):
    first, second = [*note(0, 1, 60), *note(1, 3, 62)], [*note(0.5, 1, 64), *note(1, 2, 65)]
    (tmp_path / "a.mid").write_bytes(midi(first, [], second, kind=2))
    found = [(n.start, n.end, n.pitch) for n in read_midi(tmp_path / "a.mid").notes]
    assert found == [(0, 1, 60), (1, 3, 62), (3.5, 4, 64), (4, 5, 65)]
