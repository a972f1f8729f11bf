# pyright: strict
"""A piano's keys: pitches by their names, and the key that plays a pitch."""

from __future__ import annotations

import re

from elman.errors import TaskError

LOWEST, KEYS = 21, 88
"""A piano's: A0 to C8. Pitches beyond them are read as many octaves nearer as they need."""
OCTAVE = 12
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
PITCH = re.compile(r"([A-Ga-g])([#b♯♭]?)(-?\d)")
TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SILENCE = "R"
"""A rest, as people write it."""


def pitch_name(pitch: int) -> str:
    """60 is C4, 61 C#4."""
    return f"{PITCHES[pitch % OCTAVE]}{pitch // OCTAVE - 1}"


def pitch_of(name: str) -> int:
    """The pitch of a piano's key by its name, such as C4, F#3, Bb5. Raises TaskError for anything else."""
    match = PITCH.fullmatch(name)
    if match:
        letter, sign, octave = match.groups()
        pitch = OCTAVE * (int(octave) + 1) + TONES[letter.upper()] + {"": 0, "#": 1, "♯": 1}.get(sign, -1)
        if LOWEST <= pitch < LOWEST + KEYS:
            return pitch
    raise TaskError(
        f"{name!r} is no note of a piano; expected one from A0 to C8, such as C4, F#3 or Bb5, or a MIDI file"
    )


def on_keyboard(pitch: int) -> int:
    """The key, counted from the lowest, of a pitch or of its nearest octave on the keyboard."""
    key = pitch - LOWEST
    if key < 0:
        return key % OCTAVE
    return key if key < KEYS else KEYS - OCTAVE + (key - KEYS) % OCTAVE
