# pyright: strict
"""Music of one voice, as the pitches and lengths of its notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from elman.errors import TaskError
from elman.kinds.base import Before
from elman.kinds.keyboard import KEYS, LOWEST, SILENCE, on_keyboard, pitch_name, pitch_of
from elman.kinds.midi import Note, Tune, is_midi
from elman.kinds.notes import Array, NotesKind
from elman.kinds.text import NO_IDS, TokenBatch
from elman.kinds.tunes import shown
from elman.kinds.vocabulary import END, UNK, Vocabulary
from elman.sequences import Sequences

LONGEST = 8
"""Quarter notes of one event; longer notes are several."""
NONE = -1
"""In place of a key."""

Event = tuple[int | None, int | None]
"""A key, counted from the piano's lowest, or None for a rest; and its length in steps, or None where that is open."""


class MelodyKind(NotesKind):
    """One voice: pitch, length, pitch, length, ...; its elements are token ids.

    The first pitch is a key of the piano, and all later ones count semitones from it, so that a tune reads alike in
    every key. A rest stands for a pitch; a length counts steps of the grid.
    """

    name = "melody"
    continuation_metrics = ("nats_per_pitch", "nats_per_token")
    nothing_before = (NONE, 0)  # the first key, and whether the last pitch waits for its length
    turns = 2
    by_role = True

    def fit(self, cells: Sequence[Any]) -> None:
        super().fit(cells)
        self._name_tokens()

    def _name_tokens(self) -> None:
        """The same ones for all tunes: the marks, a rest, first pitches, later ones, lengths."""
        keys = [pitch_name(LOWEST + key) for key in range(KEYS)]
        later = [f"{semitones:+}" for semitones in range(1 - KEYS, KEYS)]
        self.vocabulary = Vocabulary([UNK, END, SILENCE, *keys, *later, *map(str, self.lengths)])
        ids = self.vocabulary.ids
        self.rest, self.first_key = ids[SILENCE], ids[keys[0]]
        self.same_key, self.first_length = ids["+0"], ids["1"]

    @property
    def lengths(self) -> range:
        return range(1, LONGEST * self.grid + 1)

    # -- events -------------------------------------------------------------------------------

    def elements(self, tune: Tune) -> Array:
        return self._ids(self._events_of(tune))

    def _ids(self, events: Sequence[Event]) -> Array:
        first, ids = NONE, list[int]()
        for key, steps in events:
            token, first = self._pitch(key, first)
            ids += [token] if steps is None else [token, self._length(steps)]
        return np.array(ids, np.int64)

    def _pitch(self, key: int | None, first: int) -> tuple[int, int]:
        """The token of a key, or of a rest, and the tune's first key then, which is ``NONE`` as long as none came."""
        if key is None:
            return self.rest, first
        return (self.first_key + key, key) if first == NONE else (self.same_key + key - first, first)

    def _length(self, steps: int) -> int:
        return self.first_length + steps - 1

    def _events(self, encoded: Array) -> list[Event]:
        """What ``_ids`` was given."""
        first: int | None = None
        events: list[Event] = []
        for token in encoded.tolist():
            if token >= self.first_length:
                events[-1] = events[-1][0], token - self.first_length + 1
            elif token == self.rest:
                events.append((None, None))
            elif first is None:
                first = token - self.first_key
                events.append((first, None))
            else:
                events.append((first + token - self.same_key, None))
        return events

    def _events_of(self, tune: Tune) -> list[Event]:
        """Notes and rests, one after another; a note ends where the next one begins."""
        starts = [round(self.grid * note.start) for note in tune.notes]
        together = next((i for i, (one, other) in enumerate(pairwise(starts)) if one == other), None)
        if together is not None:
            one, other = tune.notes[together : together + 2]
            raise TaskError(
                f"{shown(tune)} has notes that sound together ({pitch_name(one.pitch)} and {pitch_name(other.pitch)} "
                f"at quarter note {one.start + 1:g}), so it is no melody; pass --set notes=chords, or one of its "
                "voices by --set voice=NAME"
            )
        events, now = list[Event](), 0
        ends = [*starts[1:], None][: len(starts)]
        for note, start, following in zip(tune.notes, starts, ends, strict=True):
            end = max(start + 1, round(self.grid * note.end))
            end = end if following is None else min(end, following)
            events += [*self._split(None, start - now), *self._split(on_keyboard(note.pitch), end - start)]
            now = end
        return events

    def _split(self, key: int | None, steps: int) -> Iterator[Event]:
        """One event, or several where it lasts too long for one."""
        longest = self.lengths[-1]
        while steps > 0:
            yield key, min(steps, longest)
            steps -= longest

    def tune(self, encoded: Array) -> Tune:
        notes, now = list[Note](), 0
        for key, steps in self._events(encoded):
            end = now + (steps or 0)
            if key is not None and steps:
                notes.append(Note(now / self.grid, end / self.grid, LOWEST + key))
            now = end
        return Tune(tuple(notes), self.tempo)

    def written(self, encoded: Array) -> str:
        words: list[str] = []
        for key, steps in self._events(encoded):
            words += [SILENCE if key is None else pitch_name(LOWEST + key), *([str(steps)] if steps else [])]
        return " ".join(words)

    def opening(self, text: str) -> Array:
        """Pitches, each followed by its length in steps or else one quarter note; the last one's length is open."""
        if is_midi(text):
            return self.elements(self._opening_of(text))
        events: list[Event] = []
        for word in text.split():
            if word.isdecimal() and events and events[-1][1] is None and int(word) in self.lengths:
                events[-1] = events[-1][0], int(word)
                continue
            events = [(key, steps or self.grid) for key, steps in events]
            events.append((None if word == SILENCE else pitch_of(word) - LOWEST, None))
        return self._ids(events)

    def opening_after(self, given: Any, before: Before) -> tuple[Array, Before]:
        """Pitches and lengths, one or several, separated by blanks; a pitch that a pitch follows lasts a quarter."""
        if not isinstance(given, str):
            raise TaskError(f"a piece of a melody is a text such as 'C4' or 'C4 {self.grid} R'; got {str(given)[:60]}")
        (first, waits), ids = before, list[int]()
        for word in given.split():
            if waits and word.isdecimal() and int(word) in self.lengths:
                ids.append(self._length(int(word)))
                waits = 0
                continue
            token, first = self._pitch(None if word == SILENCE else pitch_of(word) - LOWEST, first)
            ids += [self._length(self.grid), token] if waits else [token]
            waits = 1
        return np.array(ids, np.int64), (first, waits)

    def can_follow(self, before: Before) -> bool:
        first, waits = before
        return NONE <= first < KEYS and waits in (0, 1)

    def given_by(self, before: Before) -> Array:
        first, waits = before
        events: list[Event] = [] if first == NONE else [(first, 1)]
        return self._ids([*events, (None, None)] if waits else events)

    # -- batches ------------------------------------------------------------------------------

    def with_begin(self, elements: Array) -> Array:
        return np.concatenate([[self.vocabulary.end_id], elements])

    def going_on(self, sequences: Sequence[Array]) -> TokenBatch:
        return TokenBatch(Sequences.of(sequences, NO_IDS))

    def targets(self, encoded: Sequence[Array]) -> Sequences:
        end = [self.vocabulary.end_id]
        return Sequences.of([np.append(tune, end) for tune in encoded], NO_IDS)

    def names(self, targets: Array) -> list[str]:
        return self.vocabulary.decode(targets.tolist())

    def transposed(self, encoded: Array, by: int) -> Array:
        first = (self.first_key <= encoded) & (encoded < self.first_key + KEYS)
        return np.where(first, encoded + by, encoded)

    def keys_of(self, encoded: Array) -> Array:
        return np.array([key for key, _ in self._events(encoded) if key is not None], np.int64)

    @property
    def choices(self) -> int:
        return len(self.vocabulary)

    def ends(self, element: Array) -> bool:
        return int(element[0]) == self.vocabulary.end_id

    def counted(self, encoded: Array) -> list[int]:
        """Token ids with the end mark."""
        return self.targets([encoded]).values.tolist()

    def fits_next(self, given: Array) -> Array:
        """Which tokens ``[tokens]`` may follow: after a pitch a length, else a piano's pitch, a rest or the end."""
        fits = np.zeros(len(self.vocabulary), bool)
        if len(given) % 2:
            fits[self.first_length :] = True
            return fits
        fits[[self.vocabulary.end_id, self.rest]] = True
        keys = self.keys_of(given)
        lowest = self.same_key - int(keys[0]) if len(keys) else self.first_key
        fits[lowest : lowest + KEYS] = True
        return fits

    def next_elements(self, given: Array, scores: Array) -> list[tuple[str, float]]:
        fits = self.fits_next(given)
        likely = np.where(fits, scores, -np.inf)
        likely = np.exp(likely - likely.max())
        chances = likely / likely.sum()
        first = next(iter(self.keys_of(given).tolist()), None)
        names = self.vocabulary.tokens
        if first is not None:  # later pitches by their own names
            names = [
                pitch_name(LOWEST + first + i - self.same_key) if i < self.first_length else names[i]
                for i in range(len(names))
            ]
            names[self.vocabulary.end_id], names[self.rest] = END, SILENCE
        return [(names[i], float(chances[i])) for i in np.flatnonzero(fits).tolist()]

    # -- the two sides ------------------------------------------------------------------------

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self._name_tokens()
