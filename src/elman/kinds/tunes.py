# pyright: strict
"""What a cell of music says, as a tune: a MIDI file, or a list of steps; and the grid of time that tunes fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from elman.errors import TaskError
from elman.kinds.column import is_sequence
from elman.kinds.keyboard import pitch_name
from elman.kinds.midi import Note, Tune, by_start, read_midi

GRIDS = (1, 2, 3, 4, 6, 8, 12)
PERFORMED = 4
"""Steps of a quarter note for tunes that fit no grid, as somebody played them: sixteenths."""
FITS, TOLERANCE = 0.995, 0.02
"""A grid fits where this share of all beginnings and ends lie on it, within so many quarter notes."""
OVERLAP = 0.125
"""Quarter notes for which a note of a melody may go on while the next one begins."""
REST = -1
"""A rest, as lists write it."""


def tune_of(cell: Any, grid: int = 0, voice: str = "") -> Tune:
    """The tune of a cell. Raises DataFileError, or TaskError for what is no tune or lacks the voice.

    grid: steps of a list that make up a quarter note; 0 for one
    """
    if isinstance(cell, str | Path):
        tune = read_midi(cell)
    elif (rows := rows_of(cell)) is not None:
        tune = tune_of_rows(rows, grid or 1)
    else:
        raise TaskError(
            f"{str(cell)[:60]!r} is no tune; expected the path of a MIDI file, or a list of steps, each of them a "
            "pitch (-1 to 127) or a list of pitches; correct the row, or leave it out"
        )
    voices = sorted({note.voice for note in tune.notes})
    if not voice or len(voices) <= 1:
        return tune
    if voice not in voices:
        there = ", ".join(name or "(no name)" for name in voices)
        raise TaskError(f"{shown(tune)} has no voice {voice!r}; its voices are {there}")
    return tune.of_voice(voice)


def rows_of(cell: Any) -> Sequence[Sequence[Any]] | None:
    """The pitches of each step of a list; None where it holds anything else than pitches."""
    if not is_sequence(cell):
        return None
    rows = [step if is_sequence(step) else [step] for step in cell]
    valid = all(pitch is None or (type(pitch) is int and REST <= pitch < 128) for row in rows for pitch in row)
    return rows if valid else None


def tune_of_rows(rows: Sequence[Sequence[Any]], grid: int) -> Tune:
    """Pitches on a grid; one that stands in steps that follow each other is held."""
    if len({len(row) for row in rows}) != 1:  # no voices: which pitches sound is all there is
        return Tune(tuple(sorted(held_notes([set(row) for row in rows], grid, ""), key=by_start)))
    voices = [
        held_notes([{pitch} for pitch in column], grid, str(i)) for i, column in enumerate(zip(*rows, strict=True), 1)
    ]
    return Tune(tuple(sorted((note for voice in voices for note in voice), key=by_start)))


def held_notes(sounding: Sequence[set[Any]], grid: int, voice: str) -> list[Note]:
    """Of each step the pitches that sound -> notes."""
    since: dict[int, int] = {}
    notes: list[Note] = []
    for t, pitches in enumerate([*sounding, set()]):
        for pitch in [pitch for pitch in since if pitch not in pitches]:
            notes.append(Note(since.pop(pitch) / grid, t / grid, pitch, voice))
        for pitch in pitches - since.keys() - {REST, None}:
            since[pitch] = t
    return notes


def is_melody(tune: Tune) -> bool:
    """Whether each note ends before the next one begins, or soon after."""
    return all(other.start >= max(one.end - OVERLAP, one.start + OVERLAP / 2) for one, other in pairwise(tune.notes))


def final(tune: Tune) -> int:
    """The lowest pitch that sounds at the end: most tunes end on the tonic."""
    return min(note.pitch for note in tune.notes if note.end == tune.length)


def fitting_grid(tunes: Sequence[Tune]) -> int:
    """The fewest steps of a quarter note on which nearly all notes begin and end."""
    at = np.array([time for tune in tunes for note in tune.notes for time in (note.start, note.end)])
    fitting = (grid for grid in GRIDS if np.mean(np.abs(at - np.round(at * grid) / grid) <= TOLERANCE) >= FITS)
    return next(fitting, PERFORMED)


def shown(tune: Tune) -> str:
    """A tune in a message: its file, or its first notes."""
    return tune.source or f"the tune that begins {' '.join(pitch_name(note.pitch) for note in tune.notes[:6])}"
