# pyright: strict
"""Music: what its two ways of being read share, as a melody and as chords."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Before
from elman.kinds.column import is_list
from elman.kinds.continued import ContinuedKind
from elman.kinds.files import faults_of
from elman.kinds.keyboard import KEYS, OCTAVE
from elman.kinds.midi import Tune
from elman.kinds.naming import FileKind
from elman.kinds.tunes import final, fitting_grid, rows_of, tune_of

if TYPE_CHECKING:
    from elman.kinds.column import Cell, Column, Profile
    from elman.settings import Settings

OPENING = 16
"""Quarter notes of a file that writing begins with."""
BEGIN = "<begin>"
FINEST = 10_000
"""Steps of a quarter note, at most: MIDI files count 960 of them."""

Array = NDArray[Any]


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
        return [] if is_list(cell) else [str(cell)]

    @classmethod
    def identities(cls, cells: Sequence[Cell]) -> list[Hashable]:
        """What the files hold, or the steps of the lists."""
        if any(is_list(cell) for cell in cells):
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
        if self.grid > FINEST:
            raise TaskError(f"a grid of {self.grid:,} steps of a quarter note is finer than music is; pass fewer, as 4")
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
        self.grid, self.voice = int(state["grid"]), str(state["voice"])
        self.tempo, self.one_key = float(state["tempo"]), bool(state["one_key"])
        if not 1 <= self.grid <= FINEST or not 0 < self.tempo < math.inf:
            raise ValueError(f"a grid of {self.grid} steps of a quarter note at a tempo of {self.tempo} can't be")
