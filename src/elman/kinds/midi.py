# pyright: strict
"""MIDI files as tunes, and tunes as MIDI files."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from elman.errors import DataFileError
from elman.extras import needed
from elman.kinds.keyboard import pitch_name
from elman.paths import existing_file, replacing

DRUMS = 9
"""The channel of General MIDI on which a note is a drum, and has no pitch."""
TEMPO = 100.0
"""Quarter notes per minute of a tune that doesn't say."""
LONGEST = 100_000
"""Quarter notes of a tune at most, as many as are played in half a day. What makes a step of each sixteenth of one that
says that it lasts for years, as a damaged one does, has no end."""
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
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise DataFileError(f"can't be read: {problem.strerror or problem}.", path) from None
    try:
        form, ticks, tracks = chunks_of(data)
        if not 0 < ticks < 1 << 15:
            raise DataFileError(
                "counts time in frames. Expected one that counts in quarter notes: export it again, or leave it out.",
                path,
            )
        played = [Track.of(track, ticks) for track in tracks]
        if form == ONE_AFTER_ANOTHER:
            played = in_turn(played)
    except Unreadable as problem:
        raise DataFileError(
            f"isn't a MIDI file that can be read ({problem}). Expected .mid or .midi: export it again, or leave it "
            "out.",
            path,
        ) from None
    notes = [note for track in played for note in track.notes]
    if not notes:
        drums = any(track.drums for track in played)
        raise DataFileError(f"holds no notes{' but drums' if drums else ''}. Leave it out.", path)
    if (length := max(note.end for note in notes)) > LONGEST:
        raise DataFileError(
            f"lasts {length:,.0f} quarter notes, more than {LONGEST:,}: it is damaged, or counts otherwise. Leave it "
            "out.",
            path,
        )
    tempo = next((60e6 / track.tempo for track in played if track.tempo), TEMPO)
    return Tune(tuple(sorted(notes, key=by_start)), tempo, str(path))


def in_turn(tracks: Sequence[Track]) -> list[Track]:
    """The tracks, each from where the one before it ended."""
    starts = accumulate((track.end for track in tracks), initial=0.0)
    return [track.later(start) for track, start in zip(tracks, starts, strict=False)]


def by_start(note: Note) -> tuple[float, int]:
    return note.start, note.pitch


class Unreadable(ValueError):
    """What is wrong with the bytes of a MIDI file."""


def chunks_of(data: bytes) -> tuple[int, int, list[bytes]]:
    """The type of a file, its ticks to a quarter note, and its tracks (Standard MIDI Files 1.0, 1996).

    Chunks of other names, and what stands behind the last track, are no music. Raises Unreadable.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"RMID" and b"MThd" in data[:64]:  # a MIDI file in a frame of Windows
        data = data[data.index(b"MThd") :]
    if not data:
        raise Unreadable("it is empty")
    if data[:4] != b"MThd" or len(data) < 14:
        raise Unreadable("it doesn't begin with a MIDI header" if data[:4] != b"MThd" else "its header is cut off")
    size, form, count, ticks = struct.unpack(">IHHH", data[4:14])
    tracks, at = list[bytes](), 8 + max(6, size)
    while len(tracks) < count:
        if at + 8 > len(data):
            raise Unreadable(f"it is cut off: of {count} tracks that it says it has, {len(tracks)} are there")
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if at + 8 + length > len(data):
            lacking = at + 8 + length - len(data)
            raise Unreadable(
                f"it is cut off: of the {length:,} bytes of track {len(tracks) + 1}, {lacking:,} are missing"
            )
        if name == b"MTrk":
            tracks.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    return form, ticks, tracks


@dataclass(frozen=True)
class Track:
    """What is played in a track: notes, whether drums are among it, the first tempo, in microseconds a quarter; and its
    end, in quarters."""

    notes: list[Note]
    drums: bool = False
    tempo: int = 0
    end: float = 0.0

    def later(self, start: float) -> Track:
        """The same, so many quarters later."""
        notes = [replace(note, start=note.start + start, end=note.end + start) for note in self.notes]
        return replace(self, notes=notes, end=self.end + start)

    @classmethod
    def of(cls, data: bytes, ticks: int) -> Track:
        """Raises Unreadable for events that can't be told apart."""
        now, sounding = 0, dict[tuple[int, int], int]()
        notes = list[tuple[int, int, int]]()
        name, tempo, drums = "", 0, False
        for now, status, event in events_of(data):
            if status == TRACK_NAME and not name:
                name = event.decode("latin-1")
            elif status == SET_TEMPO and len(event) == 3 and not tempo:
                tempo = int.from_bytes(event, "big")
            elif status < META and status >> 4 in (NOTE_ON, NOTE_OFF):
                if status & 15 == DRUMS:
                    drums = drums or status >> 4 == NOTE_ON
                    continue
                key = status & 15, event[0]
                start = sounding.pop(key, now)
                if start < now:  # struck again, it ends too
                    notes.append((start, now, event[0]))
                if status >> 4 == NOTE_ON and event[1]:
                    sounding[key] = now
        notes += [(start, now, pitch) for (_, pitch), start in sounding.items() if start < now]
        return cls(
            [Note(start / ticks, end / ticks, pitch, name) for start, end, pitch in notes], drums, tempo, now / ticks
        )


ONE_AFTER_ANOTHER = 2
"""The type of files whose tracks are tunes of their own, rather than voices of one."""
NOTE_OFF, NOTE_ON = 0x8, 0x9
META, SYSTEM = 0xFF00, (0xF0, 0xF7)
TRACK_NAME, SET_TEMPO, END_OF_TRACK = 0xFF03, 0xFF51, 0xFF2F
OPERANDS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
"""Bytes that follow a status of a channel, by its upper half."""


def events_of(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """When, in ticks, what, and its bytes; last of all the end of the track. What ``META`` counts from are meta events.

    What meta events say isn't looked at here: most of it is no music, and some programs write it wrongly.
    """
    at, now, running = 0, 0, 0
    while at < len(data):
        delta, at = quantity(data, at)
        now += delta
        status = data[at] if at < len(data) else 0
        if status < 0x80:  # the status of the event before goes on
            status = running
        else:
            at += 1
        if status == 0xFF:
            kind = data[at] if at < len(data) else 0
            length, at = quantity(data, at + 1)
            if kind == END_OF_TRACK & 0xFF:
                break
            status = META | kind
        elif status in SYSTEM:
            length, at = quantity(data, at)
        elif status >> 4 in OPERANDS:
            running, length = status, OPERANDS[status >> 4]
        else:
            raise Unreadable(f"byte {at + 1} of a track is no event")
        if at + length > len(data):
            raise Unreadable("a track ends in the middle of an event")
        event = data[at : at + length]
        yield now, status, bytes(min(value, 127) for value in event) if status < META else event
        at += length
    yield now, END_OF_TRACK, b""


def quantity(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the highest bit set on all but the last; and where the next byte stands."""
    value = 0
    for _ in range(4):
        if at >= len(data):
            break
        value, at = value << 7 | data[at] & 0x7F, at + 1
        if data[at - 1] < 0x80:
            return value, at
    raise Unreadable("a track ends in the middle of a number" if at >= len(data) else "a number has too many bytes")


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
