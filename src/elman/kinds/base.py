# pyright: strict
"""What a kind is: all that is particular to one sort of column, from how it is recognised to how it is read out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from itertools import repeat
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.graph import Value, inputs_of
from elman.kinds.column import is_list, is_sequence
from elman.kinds.lines import all_same_words, same_words
from elman.sequences import Sequences
from elman.stored import Lists, Rows, Stored, from_each, keys_in, mapped, stored_lengths, types_of

if TYPE_CHECKING:
    import random

    from elman.export.around import Meaning
    from elman.graph import Graph
    from elman.kinds.column import Cell, Column, Profile
    from elman.kinds.ngrams import NgramFeatures
    from elman.kinds.statistics import VectorFeatures
    from elman.kinds.union import UnionFeatures
    from elman.kinds.word_vectors import VectorSource
    from elman.settings import Settings

    Features = NgramFeatures | VectorFeatures | UnionFeatures


Before: TypeAlias = tuple[int, ...]
"""What has to be remembered of the elements before, to read those that follow."""


class Kind(ABC):
    """One column of the data: cells as people write them <-> arrays as a network takes them.

    A kind is fitted on the training part, encodes cells once, and collates encoded cells into a batch: an array
    ``[B, ...]`` of single values, ``Sequences``, or a tuple or dataclass of them. Each encoded cell is a row of
    batches, unless ``examples`` makes several of it. It needs no torch: which module reads its batches, and which
    writes its answers, stands in ``models/sides.py``; one that isn't in those tables brings its own, by the methods
    ``encoder(settings)`` and ``head(input_size, settings)``.
    """

    name: ClassVar[str]
    """What it is called in saved models, in tables and in messages."""

    # -- recognising: asked of the class, by detection, splits and audit ----------------------

    precedence: ClassVar[int] = 50
    """The greater it is, the sooner the kind is asked whether a column is of it."""
    by_role: ClassVar[bool] = False
    """It is what a column of another kind is fitted as in some role, so that no column is found to be of it."""
    unused: ClassVar[bool] = False
    """Nothing is learned from it."""
    never_changes: ClassVar[bool] = False
    """It holds one value alone, so that there is nothing to tell apart."""
    tells_time: ClassVar[bool] = False
    """It orders rows that follow each other in time."""
    stands_for: ClassVar[str] = ""
    """The kind as which it stands in the table of tasks, where that isn't itself: a kind of another package may stand
    for the one of ours that it is most like."""
    fitted_as: ClassVar[str] = ""
    """The kind that an input of it is fitted as; it itself, if it is left empty."""
    read_as: ClassVar[str] = ""
    """The kind that an input of it is read as where a sequence is wanted; it itself, if it is left empty."""
    beside_as: ClassVar[str] = ""
    """The kind as which it is read beside columns of other kinds, in a record; "" where it can't be."""
    is_value: ClassVar[bool] = False
    """As an input it is one value, and no sequence."""
    row_by_row: ClassVar[bool] = False
    """It is one value whose rows can be read one after another, as a sequence."""
    in_rows: ClassVar[bool] = False
    """Several columns of it, beside each other, make a row of values."""
    side_by_side: ClassVar[bool] = False
    """Several columns of it, beside each other, make one sequence of vectors."""
    names_classes: ClassVar[bool] = False
    """Its values are names of a few classes, each in many rows."""
    names_are: ClassVar[str] = "labels"
    """What the names of its classes are called, for people."""
    mostly_one: ClassVar[bool] = False
    """That nearly all of its elements are of one class says nothing about the data."""
    empty_says_none: ClassVar[bool] = False
    """An empty cell isn't missing: it says that no class applies."""
    comes_again: ClassVar[bool] = False
    """The same cell in several rows is what is to be expected, and no repetition."""
    names_each_element: ClassVar[bool] = False
    """A cell may hold a name for each element of another column's cell: a tag."""
    words_may_name_elements: ClassVar[bool] = False
    """Texts beside it are tags where they have a word for each of its elements."""
    predicts_itself: ClassVar[bool] = False
    """What comes next in it follows from what came before: a language model can be learned from it alone."""
    runs_on: ClassVar[bool] = True
    """The rows that a language model learns from are one running text, and not pieces each by itself."""
    foremost: ClassVar[bool] = False
    """Where a table has such a column, it is what the table is about."""
    usual_inputs: ClassVar[frozenset[str]] = frozenset()
    """What people call such a column where it is the input, in lower case."""
    usual_outputs: ClassVar[frozenset[str]] = frozenset()
    """What people call such a column where it is the output, in lower case."""
    same_by: ClassVar[str] = "up to case and spacing"
    """In what two cells are alike whose ``identities`` are equal."""

    @classmethod
    def together(cls, columns: Sequence[Sequence[Any]]) -> Any:
        """The cells of columns that are read as one: of the first, unless a kind is made of several."""
        return columns[0] if isinstance(columns[0], Stored) else list(columns[0])

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        """The column in figures where it is of this kind; else None. It never raises: any column is asked about."""
        return None

    @classmethod
    def among(cls, profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
        """A column of this kind, seen again with those of its table, itself among them."""
        return profile

    @classmethod
    def describe(cls, profile: Profile) -> str:
        """What a column of this kind holds, for people: the end of a sentence on one line that begins with its name."""
        return f"{profile.rows:,} cells of the kind {cls.name}, {profile.distinct:,} different ones"

    @classmethod
    def remark(cls, profile: Profile, cells: Sequence[Cell]) -> str:
        """What else is to be said of a column that is read or written as this kind; "" for nothing."""
        return ""

    @property
    def outcomes(self) -> int:
        """How many scores an answer of it is chosen from: one for each class."""
        return 1

    @classmethod
    def classes_in(cls, cells: Sequence[Cell]) -> int:
        """How many classes these cells name; 0 where cells are no names of classes."""
        return 0

    @classmethod
    def in_tasks(cls) -> str:
        """Its name in the table of tasks."""
        return cls.stands_for or cls.name

    @classmethod
    def when_chosen(cls, profile: Profile) -> Profile:
        """The column as it is learned from once a person names it. Raises TaskError where that can't be."""
        return profile

    @classmethod
    def when_beside(cls, profile: Profile) -> Profile:
        """The column as it is read beside others, once a person names them as inputs. Raises TaskError."""
        return cls.when_chosen(profile)

    @classmethod
    def at_steps(cls, profile: Profile) -> Profile:
        """The column as it is learned from where the rows of its table were steps of sequences."""
        return profile

    @classmethod
    def unused_at_steps(cls, profile: Profile) -> bool:
        """Whether nothing is learned from it where the rows of its table were steps of sequences."""
        return cls.unused and not cls.tells_time

    @classmethod
    def may_name_steps(cls, profile: Profile) -> bool:
        """Whether its elements may be names of classes, one for each step of sequences that are rows."""
        return cls.names_each_element

    @classmethod
    def are_texts(cls, profile: Profile) -> bool:
        """Whether its cells may be read as texts of several words."""
        return False

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        """Whether its values may say which sequence each step belongs to."""
        return False

    @classmethod
    def count(cls, cell: Cell) -> int:
        """How many elements a cell has: of a list; or words, separated by white space."""
        return len(cell) if is_list(cell) else len(str(cell or "").split())

    @classmethod
    def count_each(cls, cells: Sequence[Cell]) -> NDArray[np.int64]:
        """``count`` of each of many cells."""
        lengths = stored_lengths(cells)
        return np.fromiter(map(cls.count, cells), np.int64, len(cells)) if lengths is None else lengths

    @classmethod
    def names_in(cls, cell: Cell) -> list[str]:
        """The names of classes in a cell that isn't missing."""
        return []

    @classmethod
    def numbers_in(cls, cell: Cell) -> list[float | None]:
        """All numbers in a cell that is a sequence of them, one after another; a missing one is None."""
        return []

    @classmethod
    def files_in(cls, cells: Sequence[Cell]) -> list[str]:
        """The files and folders that cells name."""
        return []

    @classmethod
    def identities(cls, cells: Sequence[Cell]) -> list[Hashable]:
        """What is equal for two cells that count as the same: texts in the same words, whatever the case; lists that
        are equal. Of texts it is a hash, as they take much memory."""
        types = types_of(cells)
        if types == {str}:
            return list(map(hash, all_same_words(cells)))
        if not any(issubclass(one, str | list) for one in types):  # numbers, of which there may be many columns
            return list(cells)
        return [
            hash(same_words(cell)) if isinstance(cell, str) else repr(cell) if is_list(cell) else cell for cell in cells
        ]

    @classmethod
    def keys(cls, cells: Stored) -> Rows:
        """The ``identities`` of a column too large for memory, each as a number."""
        if isinstance(cells, Lists) and cells.alike_by_bits:
            return cells.keys()
        return keys_in(map(cls.identities, cells.blocks()), len(cells), cells.types)

    @classmethod
    def patterns(cls, cells: Sequence[Cell]) -> list[Hashable]:
        """What is equal for two cells that were written after one pattern, though they aren't the same; None for a cell
        too short to tell, [] for a kind without patterns."""
        return []

    # -- as an input --------------------------------------------------------------------------

    of_numbers: ClassVar[bool] = False
    """Its cells are numbers, in rows or sequences, and no texts or files."""
    of_parts: ClassVar[bool] = False
    """A cell has a value of each of several columns, which are read by encoders of their own."""
    as_one_vector: ClassVar[bool] = False
    """What reads a cell makes one vector of it, though it has several elements."""
    has_ngrams: ClassVar[bool] = False
    """Linear models count its n-grams, so that one may answer together with a network."""
    has_signals: ClassVar[bool] = False
    """Fixed patterns are found in it, so that a linear model on how often may answer, alone or beside a network."""
    pictured: ClassVar[bool] = False
    """Its cells name pictures, which can be shown beside the answers to them."""
    goes_in: ClassVar[str] = ""
    """What goes in, for people, where the architecture doesn't say it."""
    one_is: ClassVar[str] = "input"
    """What one cell is, for people."""
    element: ClassVar[str] = "step"
    """What an element of a cell is, for people."""

    # -- fitted: asked of an instance, which is one column ------------------------------------

    example: ClassVar[str] = "TEXT"
    """How a cell is written on a command line, for people to see."""
    of_tokens: ClassVar[bool] = False
    """Whether the names of its elements are tokens of a text, whose letters mean something."""
    short: ClassVar[bool] = True
    """Whether a cell is short enough to be typed, and to be repeated beside what is predicted of it."""
    decodes: ClassVar[bool] = False
    """Whether collating takes time of its own, since it reads files; batches are then made ready ahead."""
    aligned: ClassVar[bool] = False
    """Whether each of its elements stands beside an element of the input, as tags do beside words."""
    mixed: ClassVar[bool] = False
    """Whether a batch holds rows of all lengths, drawn by chance, rather than of similar ones: what an encoder with
    batch normalisation needs, whose batches must be like the data."""
    longest: int = 0
    """Steps of the longest sequence that it was fitted on, where it keeps that."""
    uses: ClassVar[frozenset[str]] = frozenset()
    """The settings that one of this kind is made from."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """A new kind, not yet fitted, made as the settings say."""
        return cls()

    def reading(self, columns: Mapping[str, str]) -> Self:
        """The same, not yet fitted, of columns of these names; by name, the kind that each was found to be."""
        return self

    def texts_in(self, cells: Sequence[Any]) -> Sequence[str]:
        """The texts that cells hold, as they were written."""
        if isinstance(cells, Stored) and types_of(cells) <= {str, NoneType}:
            return cells.filled()
        return [cell for cell in cells if isinstance(cell, str)]

    @property
    def names_of_columns(self) -> list[str]:
        """What the columns are called whose values stand in a cell, each by itself; [] where they don't."""
        return []

    def dealt_out(self, cells: Sequence[Any], place: int, generator: random.Random) -> list[Any]:
        """Cells whose values of one of those columns are dealt out anew among them."""
        dealt = self.values_dealt_out([cell[place] for cell in cells], place, generator)
        return [(*cell[:place], own, *cell[place + 1 :]) for cell, own in zip(cells, dealt, strict=True)]

    def values_dealt_out(self, values: list[Any], place: int, generator: random.Random) -> list[Any]:
        """The values of that column, one per cell, in another order."""
        generator.shuffle(values)
        return values

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        """What is wrong with cells that can't be encoded, by row from 0; the kind need not be fitted yet."""
        return {}

    @abstractmethod
    def fit(self, cells: Sequence[Any]) -> None:
        """Learn vocabularies, classes or scales from the training cells."""

    @abstractmethod
    def encode(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Each cell as arrays; one that names a file may stay its path, to be read by ``collate``."""

    def element_by_element(self) -> Self:
        """The kind, not fitted yet, as an input each of whose elements has an answer of its own."""
        return self

    def go_on_from(self, old: Kind) -> None:
        """Fitted to new data, take over what a kind like it was fitted to before, and keep what is new beyond that.

        Raises TaskError where one doesn't go on from the other.
        """
        raise TaskError(f"a model can't go on from another one that has a {self.name} column; leave out --from")

    def names_of_rows(self) -> list[list[str]]:
        """The words or classes for each of which there is a row of weights, by the tables that these are in."""
        return []

    def taking_vectors(self, source: VectorSource, *, fills: bool) -> Self:
        """The same, not fitted yet, whose words take their vectors from a source; by default, there are no words.

        fills: the vocabulary may have words that are the source's alone
        """
        return self

    def how_read(self) -> str:
        """What a model's card says of how its cells are written, where that isn't plain; "" for nothing."""
        return ""

    def examples(self, encoded: Sequence[Any]) -> Any:
        """What batches are made of: a sequence of the encoded cells themselves; of a series, of all windows in it."""
        return encoded

    def before(self, graph: Graph, part: str = "") -> Graph:
        """A network's graph that reads numbers as the cells have them; as it is, where it reads what a cell comes to:
        ids, pixels, frames of sound. ``part``: by which name the graph has this column, where it is one of several.

        Raises ExportError where ``encode`` does more with the numbers than a graph can.
        """
        return graph

    def before_arrays(self, examples: Any, part: str = "") -> dict[str, Value]:
        """A batch of ``examples`` as the graph of ``before`` reads them, but that numbers are standardised, and times
        the days since their mean, over their scale."""
        return inputs_of(self.collate(examples), part)

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        """What the inputs of the graph of ``before`` are, by their names, where there may be several."""
        return {}

    @abstractmethod
    def collate(self, encoded: Sequence[Any]) -> Any:
        """A batch of ``examples``."""

    def targets(self, encoded: Sequence[Any]) -> Any:
        """A batch of ``examples`` as the head is trained on them."""
        return self.collate(encoded)

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """All that was fitted, as JSON; ``load_state`` takes it back."""

    @abstractmethod
    def load_state(self, state: dict[str, Any]) -> None: ...

    # -- piece by piece -----------------------------------------------------------------------

    in_pieces: ClassVar[bool] = False
    """Whether a sequence of it may come in pieces, which together are encoded as the whole is."""
    nothing_before: ClassVar[Before] = ()
    """What is remembered of a sequence before its first piece."""

    def why_whole(self) -> str:
        """Why this column's sequences can't come in pieces; "" where they can."""
        return "" if self.in_pieces else f"each {self.one_is} is read as a whole"

    def piece(self, given: Any) -> Any:
        """What was given of a sequence, one element or several, as a cell."""
        return given

    def next_batch(self, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        """A batch of one more piece of each sequence, and what is remembered then. Raises TaskError."""
        return self.collate(self.encode([self.piece(piece) for piece in given])), list(before)

    def begun(self) -> Any:
        """A batch of what stands before the first element of a sequence; None for nothing."""
        return None

    def can_follow(self, before: Before) -> bool:
        """Whether this can be what is remembered after some pieces."""
        return before == self.nothing_before

    # -- beside the network -------------------------------------------------------------------

    def linear_features(self) -> Features | None:
        """New features, not yet fitted, of what linear models see of an input, which tells nothing of the order of its
        elements; None where there are none."""
        return None

    def linear_inputs(self, cells: Sequence[Any]) -> list[Any]:
        """Input cells as baselines, and ``linear_features``, take them."""
        return [self.parse(cell) for cell in cells]

    encodes_all: ClassVar[bool] = False
    """Whether encoded cells of columns too large for memory are kept, in files; else they are encoded when a batch asks
    for them."""

    def encoded_cells(self, cells: Sequence[Any]) -> Sequence[Any]:
        """``encode``, of columns too large for memory as it is asked for."""
        return self.encode(cells) if self.encodes_all else mapped(cells, self.encode, {object})

    def summaries(self, encoded: Sequence[Any]) -> NDArray[np.float32]:
        """``[n, F]``: encoded cells as linear models see them, whatever their length or size."""
        raise TaskError(f"a {self.name} column has no summary")

    def linear_elements(self, cells: Sequence[Any]) -> list[Any]:
        """The elements of each cell as linear models see them one by one."""
        return [self.elements_in(cell) for cell in cells]

    # -- elements -----------------------------------------------------------------------------

    def steps(self, encoded: Any) -> int:
        """How many elements an encoded cell has; single values have one."""
        return 1

    def sizes(self, encoded: Sequence[Any]) -> Sequence[int] | NDArray[np.int32]:
        """``steps`` of each of many encoded cells."""
        if isinstance(encoded, Stored):
            alike = type(self).steps is Kind.steps  # then none needs to be encoded for it
            return from_each(repeat(1) if alike else map(self.steps, encoded), len(encoded), np.int32)
        return [self.steps(one) for one in encoded]

    def cut(self, encoded: Any, steps: int) -> Any:
        """The last ``steps`` elements of an encoded cell; all of one that can't be cut."""
        if not isinstance(encoded, np.ndarray):
            return encoded
        array = cast("NDArray[Any]", encoded)
        return array[-steps:] if array.ndim else array

    def element_names(self, encoded: Any, steps: int) -> list[str]:
        """What stands at each of the ``steps`` that a network takes over an encoded input, in short."""
        return [self.name] if steps == 1 else [str(step + 1) for step in range(steps)]

    def tokens_by_count(self) -> list[str]:
        """By their ids, the tokens of a vocabulary that was counted; [] without one."""
        return []

    def target_names(self, encoded: Any) -> list[str]:
        """What is to be predicted of an encoded output, element by element."""
        targets = self.targets([encoded])
        return self.names(targets.values if isinstance(targets, Sequences) else targets)

    def names(self, targets: NDArray[Any]) -> list[str]:
        """Elements ``[M, ...]`` of ``targets``, or of predictions of the same form, as a person reads them."""
        return [str(target) for target in targets.tolist()]

    def source_columns(self) -> list[int]:
        """Of each number or category of an encoded element, which column of the cells it is of; [] without columns."""
        return []

    # -- cells --------------------------------------------------------------------------------

    @staticmethod
    def parse(cell: Any) -> Any:
        """What a cell says, as metrics and baselines take it."""
        return cell

    def can_encode(self, cell: Any) -> bool:
        """Whether a cell without fault says only what training has seen, where that matters."""
        return True

    def allowed_values(self) -> list[str]:
        """What a cell can say, where that is one of a few classes."""
        return []

    def elements_in(self, cell: Any) -> list[str]:
        """The elements of a cell as it was written, where they are separate in it: words of a text, files of a clip."""
        return []

    def in_short(self, cell: Any) -> str:
        """A cell on one line."""
        return " ".join(map(str, cell)) if is_sequence(cell) else str(cell)

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> Any:
        """The cell that a person typed; ``columns`` are the names of those that it is made of. Raises TaskError."""
        return text

    def wrong_cell(self, value: Any) -> Any:
        """A cell like the predicted ``value`` that it has an error on, where being right leaves nothing to look at."""
        return value


def text_of(cell: Any) -> str:
    """A cell as text; a missing one is empty, and a whole number has no decimals, however it was read."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def within(part: str, name: str) -> str:
    """The name of an input of a graph that belongs to a part of a batch, or to the only one."""
    return f"{part}.{name}" if part else name


def other_columns(names: Sequence[str]) -> TaskError:
    """What to raise where columns aren't those of the model to go on from."""
    return TaskError(
        f"the columns {', '.join(names)} aren't those that the model to go on from has learned from, or hold other "
        "things; leave out --from"
    )
