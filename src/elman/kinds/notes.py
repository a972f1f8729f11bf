"""Music: a tune as the notes of one voice, or as chords on a grid of time."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Before
from elman.kinds.continued import ContinuedKind
from elman.kinds.files import faults_of
from elman.kinds.midi import OCTAVE, Note, Tune, by_start, is_midi, pitch_name, read_midi
from elman.kinds.naming import FileKind
from elman.kinds.statistics import VectorFeatures
from elman.kinds.text import NO_IDS, TokenBatch
from elman.kinds.vocabulary import END, UNK, Vocabulary
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.column import Cell, Column, Profile
    from elman.settings import Settings

LOWEST, KEYS = 21, 88
"""A piano's: A0 to C8. Pitches beyond them are read as many octaves nearer as they need."""
GRIDS = (1, 2, 3, 4, 6, 8, 12)
PERFORMED = 4
"""Steps of a quarter note for tunes that fit no grid, as somebody played them: sixteenths."""
FITS, TOLERANCE = 0.995, 0.02
"""A grid fits where this share of all beginnings and ends lie on it, within so many quarter notes."""
OVERLAP = 0.125
"""Quarter notes for which a note of a melody may go on while the next one begins."""
OPENING = 16
"""Quarter notes of a file that writing begins with."""
LONGEST = 8
"""Quarter notes of one event of a melody; longer notes are several."""
BEGIN = "<begin>"
SILENCE, REST = "R", -1
NONE = -1  # in place of a key
"""A rest as people write it, and as lists do."""

Array = NDArray[Any]

Event = tuple[int | None, int | None]
"""A key, counted from the piano's lowest, or None for a rest; and its length in steps, or None where that is open."""


class NotesKind(FileKind, ContinuedKind):
    """A MIDI file (by its path), or a list of steps, each of them a pitch or a list of the pitches that sound.

    As an output it predicts itself: ``collate`` puts the begin mark before a tune's elements, and ``targets`` the end
    mark after them.

    grid:  steps of a quarter note; 0 for the coarsest that fits the training part. A step of a list is one of the grid.
    voice: of MIDI files, the track of this name alone; of lists with equally many pitches in every step, those at
           this place, counted from 1; "" for all. A tune that has only one voice is that voice.
    """

    name = "notes"
    fitted_as = "chords"  # whatever its voices, all that sounds
    example = "tune.mid"
    precedence = 95
    predicts_itself = True
    runs_on = False
    in_pieces = True
    begins = "C4"
    suffixes = frozenset({".mid", ".midi"})
    files_are, one_is = "tunes", "tune"
    same_by = "with the same content"  # of files, or of lists
    NAMES: ClassVar[frozenset[str]] = frozenset({"notes", "pitches", "chords", "melody", "music", "tune"})
    """Columns that hold whole numbers, of which only their names tell that they are pitches."""

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if not column.holds_lists:
            return super().recognises(column) if len(column.values) > 1 else None
        if not column.is_called(cls.NAMES) or not all(rows_of(cell) is not None for cell in column.lists):
            return None
        return column.profile(cls, distinct=len(column.lists), top=(), numeric=False)

    @classmethod
    def describe(cls, profile: Profile) -> str:
        if not profile.top:
            return f"{profile.rows:,} tunes of {profile.words:,.1f} steps"
        return super().describe(profile)

    @classmethod
    def files(cls, cell: Cell) -> list[str]:
        return [] if isinstance(cell, list) else [str(cell)]

    @classmethod
    def identities(cls, cells: Sequence[Cell]) -> list[Hashable]:
        """What the files hold, or the steps of the lists."""
        if any(isinstance(cell, list) for cell in cells):
            return [None if cell is None else repr(cell) for cell in cells]
        return super().identities(cells)

    uses = frozenset({"grid", "voice"})

    def __init__(self, grid: int = 0, voice: str = ""):
        self.grid, self.voice = grid, voice

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return faults_of(cells, "tune", lambda cell: tune_of(cell, self.grid, self.voice))

    def fit(self, cells: Sequence[Any]) -> None:
        """Learns the grid, the tempo, and whether tunes end on the same tone (by which all are in one key)."""
        tunes = [tune_of(cell, self.grid, self.voice) for cell in cells]
        finals = Counter(final(tune) % OCTAVE for tune in tunes if tune.notes)
        if not finals:
            raise TaskError("the tunes hold no notes at all: there is nothing to learn from")
        self.grid = self.grid or fitting_grid(tunes)
        self.tempo = median(tune.tempo for tune in tunes)
        self.one_key = 2 * max(finals.values()) > finals.total()

    def encode(self, cells: Sequence[Any]) -> list[Array]:
        return [self.elements(tune_of(cell, self.grid, self.voice)) for cell in cells]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.grid, settings.voice)

    def why_whole(self) -> str:
        return "which voice of a tune is read depends on all of its voices" if self.voice else ""

    def next_batch(self, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        elements, after = zip(*map(self.opening_after, given, before), strict=True)
        return self.going_on(elements), list(after)

    def begun(self) -> Any:
        return self.collate([self.opening("")])

    def steps(self, encoded: Array) -> int:
        return len(encoded) + 1

    def element_names(self, encoded: Array, steps: int) -> list[str]:
        return [BEGIN, *self.target_names(encoded)][:steps]

    def collate(self, encoded: Sequence[Array]) -> Any:
        return self.going_on([self.with_begin(tune) for tune in encoded])

    @abstractmethod
    def elements(self, tune: Tune) -> Array:
        """What the recurrence steps through ``[T, ...]``. Raises TaskError for a tune that can't be written so."""

    @abstractmethod
    def transposed(self, encoded: Array, by: int) -> Array:
        """All notes ``by`` semitones higher; they must stay on the keyboard."""

    @abstractmethod
    def keys_of(self, encoded: Array) -> Array:
        """The keys that sound somewhere, counted from the lowest."""

    @abstractmethod
    def opening(self, text: str) -> Array:
        """The elements that a person names: the beginning of a MIDI file, or notes such as ``C4``. Raises TaskError."""

    @abstractmethod
    def tune(self, encoded: Array) -> Tune:
        """Elements as a tune that can be played."""

    def continued(self, start: str, drawn: Array) -> Tune:
        return self.tune(np.concatenate([self.opening(start), drawn]))

    def varied(self, encoded: Array, generator: np.random.Generator) -> Array:
        """A tune in a key drawn from all twelve; in its own, where the training tunes are all in one key."""
        keys = self.keys_of(encoded)
        if self.one_key or not len(keys):
            return encoded
        by = int(generator.integers(-OCTAVE // 2, OCTAVE // 2))
        return self.transposed(encoded, max(-int(keys.min()), min(KEYS - 1 - int(keys.max()), by)))

    def _opening_of(self, path: str) -> Tune:
        """The first quarter notes of a MIDI file."""
        tune = tune_of(path, voice=self.voice)
        notes = (note for note in tune.notes if note.start < OPENING)
        return replace(tune, notes=tuple(replace(note, end=min(note.end, OPENING)) for note in notes))

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("grid", "voice", "tempo", "one_key")}

    def load_state(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


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
        first, events = None, []
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
        events, now = [], 0
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
        notes, now = [], 0
        for key, steps in self._events(encoded):
            end = now + (steps or 0)
            if key is not None and steps:
                notes.append(Note(now / self.grid, end / self.grid, LOWEST + key))
            now = end
        return Tune(tuple(notes), self.tempo)

    def written(self, encoded: Array) -> str:
        words = []
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
        notes = []
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


# -- tunes ------------------------------------------------------------------------------------


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
    if not isinstance(cell, list | tuple):
        return None
    rows = [step if isinstance(step, list | tuple) else [step] for step in cell]
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
    notes = []
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


# -- names of pitches -------------------------------------------------------------------------

PITCH = re.compile(r"([A-Ga-g])([#b♯♭]?)(-?\d)")
TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


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
