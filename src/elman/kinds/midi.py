"""MIDI files as tunes, and tunes as MIDI files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from elman.errors import DataFileError
from elman.extras import needed
from elman.paths import existing_file, replacing

DRUMS = 9
"""The channel of General MIDI on which a note is a drum, and has no pitch."""
TEMPO = 100.0
"""Quarter notes per minute of a tune that doesn't say."""
TICKS, VELOCITY = 480, 80  # of a quarter note; how hard a key is struck, of 127


@dataclass(frozen=True)
class Note:
    """A pitch (MIDI's number: 60 is middle C) that sounds from ``start`` to ``end``, counted in quarter notes.

    voice: the name of the track that it stands in
    """

    start: float
    end: float
    pitch: int
    voice: str = ""


@dataclass(frozen=True)
class Tune:
    """Notes by their start, how fast they are played in quarter notes per minute, and the file that they are from."""

    notes: tuple[Note, ...]
    tempo: float = TEMPO
    source: str = ""

    @property
    def length(self) -> float:
        """Quarter notes from the beginning to the end of the last note."""
        return max((note.end for note in self.notes), default=0.0)

    def __str__(self) -> str:
        """The names of its pitches, one after another."""
        return " ".join(pitch_name(note.pitch) for note in self.notes)

    def of_voice(self, name: str) -> Tune:
        """The notes of one voice."""
        return replace(self, notes=tuple(note for note in self.notes if note.voice == name))

    def save(self, path: str | Path) -> None:
        """Write a MIDI file; see ``write_midi``."""
        write_midi(self, Path(path))


OCTAVE = 12
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def pitch_name(pitch: int) -> str:
    """60 is C4, 61 C#4."""
    return f"{PITCHES[pitch % OCTAVE]}{pitch // OCTAVE - 1}"


def is_midi(name: str) -> bool:
    """Whether a text is the name of a MIDI file."""
    return name.lower().endswith((".mid", ".midi"))


# -- reading ----------------------------------------------------------------------------------


def read_midi(path: str | Path) -> Tune:
    """All notes but drums of all tracks. Raises DataFileError for what isn't a MIDI file, or holds no note."""
    file = existing_file(str(path))
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=10_000)
def _read(path: Path, changed: int) -> Tune:
    """A tune is needed several times: to tell what is learned, to fit, to train, to measure."""
    mido = needed("mido")
    try:
        file = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, IndexError, KeyError, TypeError) as problem:
        raise DataFileError(
            f"isn't a MIDI file that can be read ({problem or 'it ends too early'}). Expected .mid or .midi: export it "
            "again, or leave it out.",
            path,
        ) from None
    if file.type == 2 or not 0 < file.ticks_per_beat < 1 << 15:
        raise DataFileError(
            "counts time in frames, or holds independent tracks (type 2). Expected a MIDI file of type 0 or 1 that "
            "counts in quarter notes: export it again, or leave it out.",
            path,
        )
    notes = [note for track in file.tracks for note in notes_of(track, file.ticks_per_beat)]
    if not notes:
        drums = any(m.type == "note_on" and m.channel == DRUMS for track in file.tracks for m in track)
        raise DataFileError(f"holds no notes{' but drums' if drums else ''}. Leave it out.", path)
    tempos = (message.tempo for track in file.tracks for message in track if message.type == "set_tempo")
    tempo = next((60e6 / microseconds for microseconds in tempos if microseconds), TEMPO)
    return Tune(tuple(sorted(notes, key=by_start)), tempo, str(path))


def by_start(note: Note) -> tuple[float, int]:
    return note.start, note.pitch


def notes_of(track: Any, ticks: int) -> Iterator[Note]:
    """The notes of a track, ``ticks`` to a quarter note; one that never ends, ends with the track."""
    now, sounding = 0, {}
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            continue
        key = message.channel, message.note
        if key in sounding and sounding[key] < now:  # struck again, it ends too
            yield Note(sounding[key] / ticks, now / ticks, message.note, track.name)
        sounding.pop(key, None)
        if message.type == "note_on" and message.velocity:
            sounding[key] = now
    for (_, pitch), start in sounding.items():
        if start < now:
            yield Note(start / ticks, now / ticks, pitch, track.name)


# -- writing ----------------------------------------------------------------------------------


def write_midi(tune: Tune, path: Path) -> None:
    """Write a MIDI file of one track, whole or not at all. Raises DataFileError where it can't be written."""
    mido = needed("mido")
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=round(60e6 / tune.tempo))])
    file.tracks.append(track)
    events = [
        (round(TICKS * at), velocity, note.pitch)  # of one time, ends come before starts
        for note in tune.notes
        for at, velocity in ((note.end, 0), (note.start, VELOCITY))
    ]
    before = 0
    for now, velocity, pitch in sorted(events):
        track.append(mido.Message("note_on", note=pitch, velocity=velocity, time=now - before))
        before = now
    try:
        with replacing(path) as beside:
            file.save(beside)
    except OSError as problem:
        raise DataFileError(f"can't be written: {problem.strerror or problem}. Choose another place.", path) from None
