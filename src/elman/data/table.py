# pyright: strict
"""Columns of cells, the form in which every kind of file reaches the rest of Elman."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from elman.data.bad import BadItem
from elman.errors import TaskError, similar
from elman.kinds.column import Cell, Profile
from elman.kinds.id import GroupKind
from elman.kinds.recognition import recognise_table
from elman.stored import Rows, chosen

if TYPE_CHECKING:
    from elman.data.format import Format

Layout = Literal["table", "conll", "sentences", "lexicon", "parallel", "text", "folder", "media", "steps", "sequences"]


@dataclass
class Table:
    """Named columns of equal length.

    Attributes:
        columns: cells by column name, in the order of the file.
        source: the names of the files, for people.
        layout: how the rows were laid out. "text" is plain text: one row per line, in order; "steps" is a row per
            sequence, whose steps stand in lists; "sequences" is a row per step, each file a sequence.
        has_header: the column names stood in the file (otherwise Elman chose them).
        notes: what a careful reader should know, such as "read as Latin-1".
        files: the files that the rows came from, in order, and how many came from each; empty where no reader said.
        skipped: bad items that were left out when the files were read.
        ahead: columns of series that are given ahead, also for the steps that are to be forecast.
        weekdays: the days of the week, Monday is 0, that series of days go through, where some never come.
        format: how the files were written that it was read from; None where none were text.
        group: the column whose equal cells say which rows stay together in one part, if one was named.

    >>> table = elman.Table({"text": ["a good plot", "a dull cast"], "label": ["good", "bad"]})
    >>> len(table), table.names
    (2, ['text', 'label'])
    >>> table.select([1]).columns
    {'text': ['a dull cast'], 'label': ['bad']}
    """

    columns: dict[str, list[Cell]]
    source: str = "data"
    layout: Layout = "table"
    has_header: bool = True
    notes: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    skipped: list[BadItem] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    weekdays: list[int] = field(default_factory=list)
    format: Format | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(cells) for name, cells in self.columns.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{name!r} has {n}" for name, n in lengths.items())
            raise TaskError(f"{self.source}: columns must have equally many cells, but {listed}.")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), list[Cell]()))

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """What each column was found to be. Columns are looked at once: a table's cells don't change."""
        found = recognise_table(self.columns)
        return found if self.group not in found else found | {self.group: found[self.group].as_kind(GroupKind)}

    @cached_property
    def whole(self) -> frozenset[str]:
        """Columns of which it was seen that no cell is missing."""
        return frozenset(name for name, found in self.profiles.items() if not found.missing)

    def missing(self, name: str) -> int:
        """How many cells of a column are missing."""
        return 0 if name in vars(self).get("whole", ()) else self.column(name).count(None)

    @property
    def names(self) -> list[str]:
        return list(self.columns)

    def column(self, name: str) -> list[Cell]:
        """The cells of one column. Raises TaskError, with the nearest names, where there is none."""
        if name not in self.columns:
            near = similar(name, self.names, 3, 0.5)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "choose one of these."
            if any(own.startswith(f"{name}.") for own in self.names):
                hint = (
                    "its objects became columns by their keys; elman.fit, given the path, keeps it whole as the output."
                )
            listed = ", ".join(map(repr, self.names))
            raise TaskError(f"{self.source} has no column {name!r}; {hint} Its columns: {listed}.")
        return self.columns[name]

    def named_as(self, names: Sequence[str]) -> Table:
        """A table without a header of its own under the column names of another; otherwise the same table.

        A table that already has those names, in whatever order, stays as it is.
        """
        if self.has_header or len(names) != len(self.columns) or set(names) == set(self.columns):
            return self
        columns = dict(zip(names, self.columns.values(), strict=True))
        return replace(self, columns=columns)

    def about(self, **said: Any) -> Table:
        """The same columns, of which something else is said; they were looked at already."""
        same = replace(self, **said)
        if "profiles" in vars(self):
            vars(same)["profiles"] = self.profiles
        return same

    def select(self, rows: Sequence[int] | Rows) -> Table:
        """The given rows, in the given order."""
        columns = {name: chosen(cells, rows) for name, cells in self.columns.items()}
        part = replace(self, columns=columns, files=[], skipped=[])
        if "profiles" in vars(self) or "whole" in vars(self):
            vars(part)["whole"] = self.whole
        return part


def column_names(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    """One column or several, as who calls may name them: a name is one column, whatever stands in it."""
    return (columns,) if isinstance(columns, str) else tuple(columns or ())


def from_rows(names: Sequence[str], rows: Iterable[Sequence[Cell]], **about: Any) -> Table:
    """A table from rows of cells in the order of ``names``; ``about`` as in `Table`."""
    columns: dict[str, list[Cell]] = {name: [] for name in names}
    seen: dict[str, dict[str, str]] = {name: {} for name in names}
    for block in blocks_of(rows, len(columns)):
        for (name, cells), column in zip(columns.items(), zip(*block, strict=True), strict=True):
            cells.extend(shared(column, seen[name]))
    return Table(columns, **about)


def blocks_of(rows: Iterable[Sequence[Cell]], width: int) -> Iterator[list[Sequence[Cell]]]:
    """Rows of so many columns, some together."""
    rows, count = iter(rows), max(1, min(BLOCK, BLOCK_CELLS // max(1, width)))
    while block := list(islice(rows, count)):
        yield block


BLOCK, BLOCK_CELLS = 1_024, 65_536
"""Rows that are turned into columns at once, and cells: no more than stay in the processor's cache."""
FEW = 64
"""Different texts of a column that each stand in memory once, if there are no more."""


def shared(cells: Sequence[Cell], seen: dict[str, str]) -> Sequence[Cell]:
    """The cells, those that are equal texts as one: a column of labels takes little memory. ``seen`` are the texts that
    came before, and come to be too many in a column of other texts."""
    if len(seen) > FEW or set(map(type, cells)) != {str}:
        return cells
    return [seen.setdefault(cell, cell) for cell in cells]
