"""Tunes that tests make: as lists, and as MIDI files byte by byte (The MIDI Association, Standard MIDI Files 1.0)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from elman.kinds.notes import NotesKind

Music = TypeVar("Music", bound=NotesKind)

TUNES: list[Any] = [[60, 60, 62, -1, 64, 64], [67, 65, 65], [62]]


def fitted(kind: type[Music], cells: Sequence[Any] = TUNES, **options: Any) -> Music:
    """A kind of music that has seen these tunes."""
    column = kind(**options)
    column.fit(cells)
    return column


TICKS = 96

Event = tuple[int, bytes]
"""When, in ticks from the beginning, and what."""


def on(at: float, pitch: int, velocity: int = 64, channel: int = 0) -> Event:
    return round(TICKS * at), bytes([0x90 | channel, pitch, velocity])


def off(at: float, pitch: int, channel: int = 0) -> Event:
    return round(TICKS * at), bytes([0x80 | channel, pitch, 0])


def tempo(at: float, microseconds: int) -> Event:
    return round(TICKS * at), b"\xff\x51\x03" + microseconds.to_bytes(3, "big")


def named(name: str) -> Event:
    return 0, b"\xff\x03" + bytes([len(name)]) + name.encode()


def note(start: float, end: float, pitch: int, channel: int = 0) -> list[Event]:
    return [on(start, pitch, channel=channel), off(end, pitch, channel)]


def midi(*tracks: Sequence[Event], kind: int = 1, division: int = TICKS) -> bytes:
    """A file of these tracks, each of them closed by its end mark."""
    data = b"MThd" + struct.pack(">IHHH", 6, kind, len(tracks), division)
    for events in tracks:
        body, now = b"", 0
        for at, message in sorted(events, key=lambda event: (event[0], event[1][0] != 0x80)):
            body, now = body + variable(at - now) + message, at
        body += b"\x00\xff\x2f\x00"
        data += b"MTrk" + struct.pack(">I", len(body)) + body
    return data


def variable(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the highest bit set on all but the last."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def melody(pitches: Sequence[int], length: float = 1.0, first: float = 0.0) -> list[Event]:
    """Notes of one length, one after another."""
    return [
        event for i, pitch in enumerate(pitches) for event in note(first + i * length, first + (i + 1) * length, pitch)
    ]


def folder_of_melodies(folder: Path, each: int = 12) -> Path:
    """``folder/tune<n>.mid``: scales in several keys, upwards and down again, that end where they began."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(each):
        scale = [60 + n % 5 + step for step in (0, 2, 4, 5, 7, 9, 11, 12)][: 5 + n % 4]
        (folder / f"tune{n}.mid").write_bytes(midi(melody([*scale, *scale[-2::-1]], 0.5)))
    return folder
