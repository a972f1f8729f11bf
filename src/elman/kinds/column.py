# pyright: strict
"""A raw column, looked at once, and what was found in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeGuard

from elman.kinds.lines import count_words, holding
from elman.stored import Counts, Lists, Stored, at_least, lengths_of, types_of

if TYPE_CHECKING:
    from elman.kinds.base import Kind

Cell = Any
"""str, int, float, bool, None (missing), or a list (tokens or tags of a sentence; list columns;
numbers, or lists of equally many numbers, of a sequence)."""


def is_list(cell: object) -> TypeGuard[list[Any]]:
    """``isinstance``, in the words of type checkers: that what is in it is cells, of any type."""
    return isinstance(cell, list)


def is_sequence(thing: object) -> TypeGuard[Sequence[Any]]:
    """The same of a list, a tuple or the like, but no text."""
    return not isinstance(thing, (str, bytes)) and isinstance(thing, Sequence)


def is_mapping(thing: object) -> TypeGuard[Mapping[Any, Any]]:
    """The same of a dict."""
    return isinstance(thing, Mapping)


THINGS = (
    "account article album artist author book brand campaign case category claim client comment course customer device "
    "doc document driver employee encounter event film game image invoice item job listing loan machine member message "
    "movie news order patient player policy post problem product question review row sample sensor session shop site "
    "skill song station store student subject ticket track transaction trip tweet unit user vendor video visit visitor"
)
"""What is numbered, in words that ``id`` stands right behind, in small letters: ``itemid``."""
NAMES_OF_THINGS = re.compile(
    r"(.*[_ .])?(q?id\d*|idx|index|uuid|guid|key)|[iI][dD][_ ].+|[uU]nnamed.*|.*I[dD]|row|row[_. ]?names?"
    rf"|(.*[_ .])?({'|'.join(THINGS.split())})id",
    re.ASCII,
)
"""What columns are called whose whole numbers are names: of rows, of films, of customers."""


ROW_NAMES = re.compile(r"row[_. ]?names?")
"""What programs call the column of the names that R gives the rows of a table."""
NAMELESS = re.compile(r"column_\d+")
"""What Elman calls the columns of a table without names."""
YEARS = range(1800, 2200)
"""Whole numbers that may count years, where nothing else says that they do."""


def names_things(column: str) -> bool:
    """Whether numbers in a column called so are names, and no amounts."""
    return bool(NAMES_OF_THINGS.fullmatch(column.strip(" ?#:.")))


PEOPLE = frozenset(
    """
    customer user client patient subject person player student learner driver member visitor
    kunde kunden nutzer benutzer mitglied schüler spieler besucher fahrer patientin
    utilisateur élève joueur visiteur cliente usuario alumno paciente jugador klient klant gebruiker
    """.split()  # noqa: SIM905
)
"""What people call the one that steps happen to, in lower case: also in German, French, Spanish and Dutch."""
ACTORS = PEOPLE | frozenset("session trip ticket conversation thread dialogue dialog chat".split())  # noqa: SIM905
"""The same, and the occasion, so that other names are of what happens."""
BESIDE = re.compile(r"[_ .\-]?(id|no|nr|number|nummer|key|name)$")


def who(column: str) -> str:
    """What a column is called, in lower case, but for what says that it names it, and for the object that holds it:
    ``UserID`` and ``event.user.id`` are a ``user``."""
    return BESIDE.sub("", column.lower()).rpartition(".")[2]


def acts(column: str) -> bool:
    """Whether a column is called by whom steps happen to: ``customer``, ``customer_id``, ``UserID``."""
    return who(column) in ACTORS


NAMES_OF_PAPERS = re.compile(r"(.* )?invoice|ticket|.+ (no|nr)")
NAMES_OF_CODES = re.compile(r"(.* )?(code|sku|postcode|zip)")
"""What columns are called whose cells are names where some have letters: of papers, or of other things; ``no`` alone is
a language."""
COMMONEST = 4
"""So many of the commonest values are kept, to be shown."""


def name_words(name: str) -> list[str]:
    """``unixReviewTime``, ``is-duplicate`` and ``created_at`` in words, in lower case."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+", apart.lower())


def names_papers(column: str) -> bool:
    """Whether words with letters in a column called so are names of papers, each of which may stand in several rows."""
    return bool(NAMES_OF_PAPERS.fullmatch(" ".join(name_words(column))))


def names_codes(column: str) -> bool:
    """Whether words with letters in a column called so are names."""
    return names_papers(column) or bool(NAMES_OF_CODES.fullmatch(" ".join(name_words(column))))


class Column:
    """The cells of a column as kinds look at them; each figure is worked out when it is first asked for.

    Where some cell is a list, all of them count as lists, and its values are the elements of these.
    """

    def __init__(self, name: str, cells: Sequence[Cell]):
        self.name, self.cells = name, cells

    @cached_property
    def filled(self) -> Sequence[Cell]:
        """The cells that aren't missing."""
        if isinstance(self.cells, Stored):
            return self.cells.filled()
        return [cell for cell in self.cells if cell is not None]

    @property
    def missing(self) -> int:
        return len(self.cells) - len(self.filled)

    @cached_property
    def holds_lists(self) -> bool:
        return any(issubclass(one, list) for one in types_of(self.filled))

    @cached_property
    def lists(self) -> Sequence[list[Any]]:
        """The cells as lists; one that stands alone is a list of one."""
        if isinstance(self.filled, Lists):
            return self.filled
        return [cell if is_list(cell) else [cell] for cell in self.filled]

    @cached_property
    def lengths(self) -> list[int | None]:
        """Of each cell that is a list, how many elements it has."""
        return [len(cell) if is_list(cell) else None for cell in self.cells]

    @cached_property
    def blanks(self) -> int:
        """Elements of lists that are missing."""
        if self.holds_lists and self._stored is not None:
            return self._stored.count(None)
        return sum(element is None for elements in self.lists for element in elements) if self.holds_lists else 0

    @cached_property
    def _stored(self) -> Stored | None:
        """Of a column too large for memory the cells that aren't missing, or all elements of its lists."""
        if isinstance(self.filled, Lists):
            return self.filled.elements()
        return self.filled if isinstance(self.filled, Stored) else None

    @cached_property
    def values(self) -> Counter[Any] | Counts:
        """How often each value comes: a cell, or an element of a list, be it a text or a number."""
        if self._stored is not None:
            return self._stored.counts()
        if not self.holds_lists:
            return Counter(self.filled)
        return Counter(element for element in chain.from_iterable(self.lists) if isinstance(element, str | int | float))

    @cached_property
    def numeric(self) -> bool:
        """Whether all values are numbers, or there are none; whole ones under a name such as ``film_id`` are names, and
        so are all that R calls the rows by (``3.2`` of the third subject)."""
        names = names_things(self.name) and (ROW_NAMES.fullmatch(self.name) or self.whole)
        return self._of_numbers and not (self.values and names)

    @cached_property
    def _of_numbers(self) -> bool:
        return all(issubclass(one, int | float) for one in self._types)

    @cached_property
    def _types(self) -> set[type]:
        """Of the values."""
        return types_of(self.values) if self._stored is None else self._stored.types - {NoneType}

    @cached_property
    def whole(self) -> bool:
        """Whether all values are whole numbers, though they may be written with a point."""
        return self._of_numbers and all(float(value).is_integer() for value in self.values)

    @cached_property
    def counts_up(self) -> bool:
        """Whether each cell is a number, one more than that of the row before."""
        return self.numeric and not self.holds_lists and all(b - a == 1 for a, b in pairwise(self.filled))

    @cached_property
    def words_each(self) -> float:
        """Mean number of words in a value; a number is one."""
        if self.numeric:
            return 1.0
        several = sum(len(str(value).split()) * (n - 1) for value, n in at_least(self.values, 2))
        return (sum(map(count_words, self.texts)) + several) / self.values.total()

    @property
    def texts(self) -> Iterator[list[str]]:
        """The different values, as text; of columns too large for memory some at a time, else all at once."""
        values = self.values
        return (list(map(str, some)) for some in (values.cells.blocks() if isinstance(values, Counts) else [values]))

    @cached_property
    def words(self) -> float:
        """Mean number of words in a cell; of lists, of elements."""
        return float(lengths_of(self.lists).sum()) / len(self.lists) if self.holds_lists else self.words_each

    def count_of(self, sign: str) -> int:
        """How many cells hold this sign."""
        if self._stored is not None:
            texts, blocks = self._types == {str}, self._stored.filled().blocks()
            return sum(len(list(holding(block if texts else list(map(str, block)), sign))) for block in blocks)
        if all(issubclass(one, str) for one in self._types):
            return sum(self.values[text] for texts in self.texts for text in holding(texts, sign))
        return sum(n for value, n in self.values.items() if sign in str(value))

    def is_called(self, names: frozenset[str]) -> bool:
        return self.name.lower() in names

    def profile(self, kind: type[Kind], **figures: Any) -> Profile:
        """The column found to be of this kind; ``figures`` are those that it counts in another way."""
        distinct, top = len(self.values), tuple(self.values.most_common(COMMONEST))
        words = self.words if self.filled else 0.0
        found = Profile(self.name, kind, len(self.cells), self.missing, distinct, words, top, self.numeric, self.blanks)
        return replace(found, **figures)


@dataclass(frozen=True)
class Profile:
    """A column in figures.

    Attributes:
        kind: what it was found to be.
        rows: all cells; ``missing`` of them are None.
        distinct: how many different values (of lists: different elements; of joined labels: different labels).
        words: mean number of words per cell (elements, for lists).
        top: the commonest values with their counts.
        numeric: the values are numbers, whichever kind they were found to be.
        blanks: of lists, how many of their elements are missing.
    """

    name: str
    kind: type[Kind]
    rows: int
    missing: int
    distinct: int
    words: float = 0.0
    top: tuple[tuple[Cell, int], ...] = ()
    numeric: bool = False
    blanks: int = 0

    @property
    def filled(self) -> int:
        """How many cells aren't missing."""
        return self.rows - self.missing

    @property
    def elements(self) -> int:
        """Of lists, how many elements they have in all, missing ones too."""
        return round(self.words * self.filled)

    def describe(self) -> str:
        """One plain sentence for people."""
        return f"column {self.name!r}: {self.kind.describe(self)}"

    def as_kind(self, kind: type[Kind]) -> Profile:
        """The same column, taken as another kind."""
        return replace(self, kind=kind)
