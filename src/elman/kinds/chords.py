# pyright: strict
"""Music of any number of voices, as the chords that sound on a grid of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.kinds.base import Before
from elman.kinds.keyboard import KEYS, LOWEST, SILENCE, on_keyboard, pitch_name, pitch_of
from elman.kinds.midi import Note, Tune, by_start, is_midi
from elman.kinds.notes import Array, NotesKind
from elman.kinds.statistics import VectorFeatures
from elman.kinds.tunes import tune_of
from elman.kinds.vocabulary import END
from elman.sequences import Sequences


class ChordsKind(NotesKind):
    """Any number of voices: at each step of the grid, which of a piano's 88 keys sound. Its elements are ``[88]`` bool.

    That a note is struck again while it sounds isn't kept. The mark of begin and end is one more number.
    """

    name = "chords"
    continuation_metrics = ("nats_per_step",)
    by_role = True

    def elements(self, tune: Tune) -> Array:
        spans = [(round(self.grid * note.start), round(self.grid * note.end), note.pitch) for note in tune.notes]
        chords = np.zeros((round(self.grid * tune.length), KEYS), bool)
        for start, end, pitch in spans:
            chords[start : max(start + 1, end), on_keyboard(pitch)] = True
        return chords

    def opening_after(self, given: Any, before: Before) -> tuple[Array, Before]:
        """As a text, or as steps, each of them a pitch or a list of pitches; or a single pitch.

        Rests at the end of a piece count, as something may follow them.
        """
        if isinstance(given, str):
            return self.opening(given), before
        steps = [given] if isinstance(given, int) else given
        chords = self.elements(tune_of(steps, self.grid))
        return np.pad(chords, ((0, len(steps) - len(chords)), (0, 0))), before

    def with_begin(self, elements: Array) -> Array:
        return np.concatenate([np.zeros((1, KEYS), bool), elements])

    def going_on(self, sequences: Sequence[Array]) -> Sequences:
        """``[N, 88]``; the begin mark is the silent step that stands before a tune."""
        return Sequences.of(sequences, np.zeros((0, KEYS), np.float32))

    def targets(self, encoded: Sequence[Array]) -> Sequences:
        """``[N, 89]``; the last number says that the tune is over."""
        ended = [np.pad(tune, ((0, 1), (0, 1))) for tune in encoded]
        for tune in ended:
            tune[-1, KEYS] = True
        return Sequences.of(ended, np.zeros((0, KEYS + 1), np.float32))

    def names(self, targets: Array) -> list[str]:
        """Chords ``[M, 89]``, or the end where the last number says so."""
        keys, over = targets[:, :KEYS] > 0, targets[:, KEYS] > 0
        return [END if ended else self.written(chord[None]) for chord, ended in zip(keys, over, strict=True)]

    def transposed(self, encoded: Array, by: int) -> Array:
        return np.roll(encoded, by, axis=1)

    def keys_of(self, encoded: Array) -> Array:
        return np.flatnonzero(encoded.any(0))

    def opening(self, text: str) -> Array:
        """Chords separated by blanks, their pitches joined by +, each for one step; R is a rest."""
        if is_midi(text):
            return self.elements(self._opening_of(text))
        words = text.split()
        chords = np.zeros((len(words), KEYS), bool)
        for t, word in enumerate(words):
            for name in word.split("+") if word != SILENCE else ():
                chords[t, pitch_of(name) - LOWEST] = True
        return chords

    def tune(self, encoded: Array) -> Tune:
        notes: list[Note] = []
        for key in self.keys_of(encoded).tolist():
            edges = np.flatnonzero(np.diff(encoded[:, key].astype(np.int8), prepend=0, append=0))
            notes += [Note(a / self.grid, b / self.grid, LOWEST + key) for a, b in edges.reshape(-1, 2).tolist()]
        return Tune(tuple(sorted(notes, key=by_start)), self.tempo)

    def written(self, encoded: Array) -> str:
        chords = (np.flatnonzero(chord).tolist() for chord in encoded)
        return " ".join("+".join(pitch_name(LOWEST + key) for key in keys) or SILENCE for keys in chords)

    def next_elements(self, given: Array, scores: Array) -> list[tuple[str, float]]:
        return [(pitch_name(LOWEST + key), p) for key, p in enumerate((1 / (1 + np.exp(-scores[:KEYS]))).tolist())]

    @property
    def choices(self) -> int:
        return 0

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("order_free", "counting how long each key sounds")

    def summaries(self, encoded: Sequence[Array]) -> NDArray[np.float32]:
        """``[n, 88]``: for what share of the tune each key sounds."""
        sounding = [chords.mean(0) if len(chords) else np.zeros(KEYS) for chords in encoded]
        return np.array(sounding, np.float32).reshape(len(sounding), KEYS)
