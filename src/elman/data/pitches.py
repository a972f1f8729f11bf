"""Music as lists: of each step of time the pitches that sound, as MIDI numbers them."""

from __future__ import annotations

from typing import Any

MUSIC_COLUMNS = frozenset({"notes", "pitches", "chords", "melody", "music", "tune"})
"""Columns that hold whole numbers, of which only their names tell that they are pitches."""
REST, HIGHEST = -1, 127


def is_pitches(steps: list[Any]) -> bool:
    """Whether every step is a pitch, a list of pitches, or missing; -1 is a rest."""
    return all(
        step is None or is_pitch(step) or (isinstance(step, list) and all(map(is_pitch, step))) for step in steps
    )


def is_pitch(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and REST <= value <= HIGHEST
