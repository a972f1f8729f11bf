# pyright: strict
"""Records one after another: what happened, step by step, in columns of several kinds, and what holds throughout."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate, chain, islice, pairwise
from types import NoneType
from typing import TYPE_CHECKING, Any, Self, cast, overload

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, ExportError, TaskError
from elman.graph import Input, Node, Value
from elman.graph.elementwise import Concat
from elman.graph.operator import values_of
from elman.graph.raw import DAY, Since, on_logarithms
from elman.graph.tokens import Pick
from elman.kinds.base import Before, Kind, text_of, within
from elman.kinds.column import Profile, is_list, is_mapping, is_sequence
from elman.kinds.dates import days, is_missing
from elman.kinds.events import EventsKind
from elman.kinds.label import LabelKind
from elman.kinds.labels import LabelsKind
from elman.kinds.names import NamesKind
from elman.kinds.number import NumberKind
from elman.kinds.recognition import KINDS
from elman.kinds.record import ColumnsKind, RecordKind, role_of
from elman.kinds.row import DATES, NUMBERS, EncodedRow, RowKind, from_object, in_order
from elman.kinds.text import TextKind
from elman.kinds.time import TimeKind
from elman.kinds.times import moment
from elman.kinds.tokens import TokensKind
from elman.kinds.union import UnionFeatures, UnionRow
from elman.kinds.word_vectors import VectorSource
from elman.sequences import Sequences
from elman.stored import (
    BLOCK,
    Beside,
    Growing,
    Lists,
    Mapped,
    Writer,
    blocks_of,
    chosen,
    columns_of,
    kept,
    mapped,
    owners,
    rows_where,
    taken,
    types_of,
)

if TYPE_CHECKING:
    from elman.export.around import Meaning
    from elman.graph import Graph
    from elman.settings import Settings

MOST_SEEN = 200
"""Figures of a step, at most, that linear models look at where they look at steps one by one."""


class RecordsKind(ColumnsKind):
    """Steps, each of which is a record. A cell is a tuple, a value per column: a list of as many values as there are
    steps; or one value that holds at all of them, as a region or an age does.

    A step is read as ``RecordKind`` reads a row, texts and several labels among it: of its own values, of those that
    hold throughout, and of how long each of its times is after that of the step before, on a scale of logarithms.
    Categories are categories though they be numbers. What is missing is marked, so that first steps are, too.

    columns: their names, and the kinds that their values are read as by name; found from the cells where none are given
    """

    name = "records"
    by_role = of_parts = of_numbers = in_pieces = True
    short = False
    one_is = "sequence of records"
    goes_in = "a sequence of records in"
    example = '{"product": ["lamp", "rug"], "amount": [12.5, 40], "region": "north"}'

    def __init__(self, columns: Mapping[str, str] | None = None):
        super().__init__(columns)
        self.throughout: list[int] | None = None
        self.units: dict[int, float] = {}
        self.record = RecordKind()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        kind = cls()
        kind.record = RecordKind.from_settings(settings)
        return kind

    @property
    def has_texts(self) -> bool:
        """Whether a step holds a text, which is then read word by word."""
        return bool(self._texts())

    def _texts(self) -> list[int]:
        """The places of the columns that hold texts."""
        return [i for i, kind in enumerate(self.columns.values()) if KINDS[kind].beside_as == TextKind.name]

    @property
    def uses(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.record.uses if self.has_texts else frozenset()

    def taking_vectors(self, source: VectorSource, *, fills: bool) -> Self:
        self.record.taking_vectors(source, fills=fills)
        return self

    def how_read(self) -> str:
        return self.record.how_read()

    def texts_in(self, cells: Sequence[Any]) -> list[str]:
        texts = self._texts()
        return [text for cell in cells for i in texts for text in as_list(cell[i]) if isinstance(text, str)]

    @classmethod
    def count(cls, cell: Any) -> int:
        """Steps."""
        return max((len(column) for column in cell or () if is_list(column)), default=0)

    # -- fitting ------------------------------------------------------------------------------

    def fit(self, cells: Sequence[Any]) -> None:
        self.throughout = throughout(cells)
        if not self.columns:
            found = (
                role_of([*chain.from_iterable(as_list(value) for value in column)])
                for column in zip(*cells, strict=True)
            )
            self.columns = {f"column_{i}": role for i, role in enumerate(found, start=1)}
        columns = list(columns_of(cells))
        found = {i: all_gaps(columns[i]) for i in self._times()}
        self.units = {i: usual(own) for i, own in found.items()}
        record = RecordKind(self._columns_of_a_step())
        record.new_text, self.record = self.record.new_text, record
        if isinstance(cells, Beside):
            self.record.fit(Beside([*self._columns_of_all_steps(cells), *map(self._all_since, found.items())]))
        else:
            self.record.fit([step for cell in cells for step in self.steps_of(cell)])

    def _all_since(self, gaps: tuple[int, NDArray[np.float64]]) -> Sequence[Any]:
        """``since`` of all steps, by the place of the column of times and all of its gaps."""
        (place, every), writer = gaps, Writer()
        for start in range(0, len(every), BLOCK):
            writer.add(in_usual_ones(every[start : start + BLOCK], self.units[place]))
        return writer.written()

    def _columns_of_all_steps(self, cells: Beside) -> list[Sequence[Any]]:
        """The values in ``steps_of`` all cells of a column too large for memory, one after another, column by
        column."""
        rows = owners(self.count_each(cells))
        columns: list[Sequence[Any]] = []
        for kind, column in zip(self.columns.values(), cells.columns, strict=True):
            own = column.elements() if isinstance(column, Lists) else chosen(column, rows)
            category = kind == LabelKind.name
            columns.append(mapped(own, lambda some: [*map(as_category, some)], {str, NoneType}) if category else own)
        return columns

    def _times(self) -> list[int]:
        """The columns that have a time for each step."""
        held = self.throughout or ()
        return [i for i, kind in enumerate(self.columns.values()) if kind == TimeKind.name and i not in held]

    def _columns_of_a_step(self) -> dict[str, str]:
        names = self.names_of_columns
        return self.columns | {f"{names[i]}, since the step before": NumberKind.name for i in self.units}

    def steps_of(self, cell: Sequence[Any], before: Sequence[float | None] = ()) -> list[tuple[Any, ...]]:
        """The records of a cell, step by step; ``before``: the times of the step before them."""
        count = self.count(cell)
        columns: list[Sequence[Any]] = []
        for i, (kind, values) in enumerate(zip(self.columns.values(), cell, strict=True)):
            own = [held(values)] * count if i in (self.throughout or ()) else values
            columns.append([*map(as_category, own)] if kind == LabelKind.name else own)
        columns += [
            since(cell[i], unit, last)
            for (i, unit), last in zip(self.units.items(), before or [None] * len(self.units), strict=True)
        ]
        return list(zip(*columns, strict=True))

    # -- encoding -----------------------------------------------------------------------------

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        kind = self._as_if(throughout(cells)) if self.throughout is None else self
        wrong = (kind._wrong_with(cell) or kind._wrong_value(cell) for cell in cells)
        return {row: TaskError(said) for row, said in enumerate(wrong) if said}

    def _as_if(self, held: list[int]) -> RecordsKind:
        """The same, not fitted yet, of which these columns hold throughout."""
        kind = RecordsKind(self.columns)
        kind.throughout, kind.record = held, RecordKind(self.columns)
        return kind

    def _wrong_with(self, cell: Any) -> str:
        """Why a cell isn't made of as many columns as there are, of equally many steps; "" where it is."""
        if cell is None:
            return "a sequence of records is missing; give it its steps, or leave it out"
        names = ", ".join(self.columns)
        if isinstance(cell, str) or (self.columns and len(cell) != len(self.columns)):
            return f"is {cell!r}, expected {len(self.columns)} columns of a sequence of records: {names}"
        held = self.throughout or ()
        called = self.names_of_columns or [f"column_{i + 1}" for i in range(len(cell))]
        for i, values in enumerate(cell):
            if i in held and is_list(values) and any(value != values[0] for value in values):
                changes = " to ".join(dict.fromkeys(map(repr, values)))
                return f"column {called[i]!r} changes from {changes}, and held throughout each sequence in training"
            if i not in held and not is_list(values):
                return f"column {called[i]!r} holds {values!r}, expected a list, a value for each step"
        counts = {called[i]: len(values) for i, values in enumerate(cell) if i not in held}
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{name} {count}" for name, count in counts.items())
            return f"its columns have different numbers of steps ({listed}), expected as many in each"
        return ""

    def _wrong_value(self, cell: Sequence[Any]) -> str:
        """Why one of its steps can't be a record, and which; "" where all can."""
        if not self.columns:
            return ""
        return self._wrong_times(cell) or self._wrong_step(self.steps_of(cell))

    def _wrong_times(self, cell: Sequence[Any]) -> str:
        """Which of its times is none, and at which step; "" where all are."""
        for i in self._times():
            if wrong := wrong_time(cell[i]):
                return f"column {self.names_of_columns[i]!r} {wrong}"
        return ""

    def _wrong_step(self, steps: Sequence[tuple[Any, ...]]) -> str:
        """Why one of them can't be a record, and which; "" where all can."""
        wrong = self.record.faults(steps)
        return f"step {min(wrong) + 1}: {wrong[min(wrong)]}" if wrong else ""

    def encode(self, cells: Sequence[Any]) -> Sequence[Sequence[tuple[Any, ...]]]:
        """Of each cell the encoded records."""
        if not self._are_rows:
            return self._encoded(cells, [self.nothing_before] * len(cells))
        blocks = (self._encoded(block, [self.nothing_before] * len(block)) for block in blocks_of(cells))
        return ManyRows.of(chain.from_iterable(blocks), self._row)

    def encoded_cells(self, cells: Sequence[Any]) -> Sequence[Any]:
        return self.encode(cells) if self._are_rows else super().encoded_cells(cells)

    def _encoded(self, cells: Sequence[Any], before: Sequence[Before]) -> list[Sequence[tuple[Any, ...]]]:
        for cell in cells:
            if wrong := self._wrong_with(cell):
                raise TaskError(wrong)
        try:
            steps = [self.steps_of(cell, times_of(last)) for cell, last in zip(cells, before, strict=True)]
            encoded = self._encoded_steps([*chain.from_iterable(steps)])
        except TaskError:
            raise next(TaskError(wrong) for cell in cells if (wrong := self._wrong_value(cell))) from None
        return [encoded[end - len(own) : end] for own, end in zip(steps, accumulate(map(len, steps)), strict=True)]

    def _encoded_steps(self, steps: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """The encoded records. Raises TaskError where one can't be."""
        if not (self._are_rows and steps):
            return self.record.encode(steps)
        columns = [*zip(*steps, strict=True)]
        if self._row.may_be_at_fault(columns) and (wrong := self.record.faults(steps)):
            raise wrong[min(wrong)]
        return Rows(*self._row.encode_columns(columns, len(steps)))

    @property
    def _are_rows(self) -> bool:
        """Whether a step is a row of values, and nothing beside it."""
        return [type(part.kind) for part in self.record.parts] == [RowKind]

    def sizes(self, encoded: Sequence[Any]) -> Sequence[int] | NDArray[np.int32]:
        if isinstance(encoded, Mapped):
            return self.count_each(encoded.cells).astype(np.int32)
        return encoded.lengths.astype(np.int32) if isinstance(encoded, ManyRows) else super().sizes(encoded)

    def collate(self, encoded: Sequence[Sequence[tuple[Any, ...]]]) -> tuple[Sequences, tuple[Any, ...]]:
        """Sequences of as many steps as each has records, of zeros; and all of their records, a batch of ``N``."""
        steps = [np.zeros(len(records), np.int64) for records in encoded]
        rows = [records for records in encoded if isinstance(records, Rows)]
        if rows and len(rows) == len(encoded):
            row = np.concatenate([own.figures for own in rows]), np.concatenate([own.ids for own in rows])
            records: tuple[Any, ...] = (row,)
        else:
            records = self.record.collate([*chain.from_iterable(encoded)])
        return Sequences.of(steps, np.zeros(0, np.int64)), records

    # -- outside Elman ------------------------------------------------------------------------

    def before(self, graph: Graph, part: str = "") -> Graph:
        """How long it is since the step before follows from the times themselves."""
        from elman.export.around import preceded

        graph = self.record.before(graph, within(part, "1"))
        if not self.units:
            return graph
        numbers, own = within(part, self._of_row(NUMBERS)), len(self._row.numbers) - len(self.units)
        since = [self._since(i, part) for i in self.units]
        parts = [numbers] * (own > 0) + [nodes[-1].outputs[0] for nodes in since]
        nodes = [*chain.from_iterable(since), Node(Concat(), tuple(parts), (f"{numbers}.all",))]
        return preceded(graph, numbers, [Input(numbers, "float32", "rows", (own,))] * (own > 0), nodes)

    def _since(self, column: int, part: str) -> list[Node]:
        """What makes of a column of times how long it is since the step before. Raises ExportError."""
        place, unit, row = self._place_of_row[column], self.units[column], self._row
        name, of_dates = self.names_of_columns[column], place in row.dates
        columns = row.dates if of_dates else row.numbers
        mean, scale = row.numbers.get(place, (0.0, 0.0))
        if place not in columns or (abs(mean) + 3 * scale) / 2**24 > unit / 1000:
            raise ExportError(
                f"the times of column {name!r} can't be told apart as a float in C, as steps of {unit:g} around "
                f"{mean:,.0f} can't; write them as dates (2024-12-31 23:59), which are read in double"
            )
        times = within(part, self._of_row(DATES if of_dates else NUMBERS))
        time, since = f"{times}.{column}", Since(unit * DAY if of_dates else unit)
        pick = Node(Pick([*columns].index(place)), (times,), (time,))
        return [pick, Node(since, (time, within(part, "0")), (f"{time}.since",))]

    @property
    def _row(self) -> RowKind:
        """What reads the numbers, dates and categories of a step: the last part of its record."""
        return cast("RowKind", self.record.parts[-1].kind)

    @property
    def _place_of_row(self) -> dict[int, int]:
        """The places, among the values of that row, of columns."""
        return {column: place for place, column in enumerate(self.record.parts[-1].columns)}

    def _of_row(self, input: str) -> str:
        """The name of what that row is given, in a graph."""
        return f"1.{len(self.record.parts) - 1}.{input}"

    def before_arrays(self, examples: Sequence[Sequence[tuple[Any, ...]]], part: str = "") -> dict[str, Value]:
        steps, _ = self.collate(examples)
        found = self.record.before_arrays([*chain.from_iterable(examples)], within(part, "1"))
        if self.units:
            numbers = within(part, self._of_row(NUMBERS))
            found[numbers] = values_of(found[numbers])[:, : -len(self.units)]
        return {within(part, "0"): steps, **found}

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        found = self.record.meanings(within(part, "1"))
        if self.units:
            given = copy(self._row)
            given.numbers = dict(islice(given.numbers.items(), len(given.numbers) - len(self.units)))
            found |= given.meanings(within(part, f"1.{len(self.record.parts) - 1}"))
        return found

    # -- piece by piece -----------------------------------------------------------------------

    @property
    def nothing_before(self) -> Before:  # pyright: ignore[reportIncompatibleVariableOverride]
        return remembered([None] * len(self.units))

    def piece(self, given: Any) -> tuple[Any, ...]:
        """A step, or some: a value or a list for each column, in their order or by their names; a column that isn't
        named is missing. Raises TaskError."""
        names = self.names_of_columns
        if is_mapping(given):
            values = in_order(given, names)
        elif is_sequence(given) and len(given) == len(names):
            values = tuple(given)
        else:
            raise TaskError(
                f"{given!r} is no step of a sequence of records; push a value for each of {', '.join(names)}"
            )
        places = [i for i in range(len(names)) if i not in (self.throughout or ())]
        several = {len(values[i]) for i in places if is_list(values[i])}
        if several == {0}:
            raise TaskError("there is no step in what was pushed; push one, or some")
        count = max(several, default=1)
        return tuple(
            [value] * count if i in places and not is_list(value) and (value is None or not several) else value
            for i, value in enumerate(values)
        )

    def next_batch(self, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        """The last time of each of its times is what is remembered."""
        cells = [self.piece(piece) for piece in given]
        batch = self.collate(self._encoded(cells, before))
        return batch, [remembered([moment_in_days(cell[i][-1]) for i in self.units]) for cell in cells]

    def can_follow(self, before: Before) -> bool:
        return len(before) == len(self.units) and not any(math.isinf(time or 0.0) for time in times_of(before))

    def steps(self, encoded: Sequence[Any]) -> int:
        return len(encoded)

    def cut(self, encoded: Sequence[Any], steps: int) -> Sequence[Any]:
        return encoded[-steps:]

    # -- beside the network -------------------------------------------------------------------

    def linear_features(self) -> UnionFeatures:
        texts = self.record.linear_features().texts
        return UnionFeatures(texts, self.record.values + 1, "taking the mean of all steps")

    def linear_inputs(self, cells: Sequence[Any]) -> list[UnionRow]:
        """The mean of the records of each cell, and how many there are: nothing of their order."""
        return [mean_of(self.record.linear_inputs(self.steps_of(cell)), self.record.values) for cell in cells]

    def linear_elements(self, cells: Sequence[Any]) -> list[Any]:
        """The figures and categories of each step."""
        size = min(MOST_SEEN, self.record.values)
        return [[dense(row, size) for row in self.record.linear_inputs(self.steps_of(cell))] for cell in cells]

    # -- for people ---------------------------------------------------------------------------

    def in_short(self, cell: Any) -> str:
        return f"{self.count(cell):,} steps"

    def elements_in(self, cell: Any) -> list[str]:
        """The values of each step with a stroke between them."""
        changing = [column for column in cell if is_list(column)]
        return ["|".join(map(text_of, step)) for step in zip(*changing, strict=True)]

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> tuple[Any, ...]:
        """A JSON object of the columns: a list of each that changes from step to step."""
        if not text.lstrip().startswith("{"):
            names = ", ".join(columns)
            raise TaskError(f"{text!r} is no sequence of records; expected a JSON object of lists of {names}")
        return from_object(text, columns)

    def values_dealt_out(self, values: list[Any], place: int, generator: random.Random) -> list[Any]:
        """Values for steps are dealt out among the steps of all cells; times are then put in order again."""
        if place in (self.throughout or ()):
            return super().values_dealt_out(values, place, generator)
        pool = iter(super().values_dealt_out([*chain.from_iterable(values)], place, generator))
        dealt = [[*islice(pool, len(own))] for own in values]
        if [*self.columns.values()][place] == TimeKind.name:
            dealt = [sorted(times, key=lambda time: (is_missing(time), time)) for times in dealt]
        return dealt

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "throughout": self.throughout,
            "units": {str(i): unit for i, unit in self.units.items()},
            "record": self.record.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.columns, self.throughout = dict(state["columns"]), [int(i) for i in state["throughout"]]
        self.units = {int(i): float(unit) for i, unit in state["units"].items()}
        self.record = RecordKind()
        self.record.load_state(state["record"])
        if self.record.columns != self._columns_of_a_step():
            raise ValueError("the records of its steps aren't made of their columns")


@dataclass(frozen=True, eq=False)
class Rows(Sequence[tuple[EncodedRow]]):
    """The records of a sequence, where they are rows alone: figures ``[T, M]`` float32 and ids ``[T, C]`` int64."""

    figures: NDArray[np.float32]
    ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.figures)

    @overload
    def __getitem__(self, place: int) -> tuple[EncodedRow]: ...
    @overload
    def __getitem__(self, place: slice) -> Rows: ...
    def __getitem__(self, place: int | slice) -> tuple[EncodedRow] | Rows:
        if isinstance(place, slice):
            return Rows(self.figures[place], self.ids[place])
        return ((self.figures[place], self.ids[place]),)


@dataclass(frozen=True, eq=False)
class ManyRows(Sequence[Rows]):
    """The records of many sequences, one after another; in files where they are large.

    ends, lengths: where there each sequence ends, and how many steps it has
    """

    all: Rows
    ends: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Iterable[Any], row: RowKind) -> ManyRows:
        figures, ids, lengths = Growing(np.float32), Growing(np.int64), Growing(np.int64)
        for own in sequences:
            lengths.add([len(own)])
            if len(own):
                figures.add(np.ravel(own.figures))
                ids.add(np.ravel(own.ids))
        counts = lengths.array()
        steps = int(counts.sum())
        # Parts of a memmap take eight times as long to take.
        plain, names = np.asarray(figures.array()), np.asarray(ids.array())
        own = plain.reshape(steps, row.figures), names.reshape(steps, len(row.categories))
        return cls(Rows(*own), kept(np.cumsum(counts)), counts)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, place: int) -> Rows: ...
    @overload
    def __getitem__(self, place: slice) -> list[Rows]: ...
    def __getitem__(self, place: int | slice) -> Rows | list[Rows]:
        if isinstance(place, slice):
            return [self[i] for i in range(len(self))[place]]
        end = int(self.ends[place])
        return self.all[end - int(self.lengths[place]) : end]


def is_beside_steps(kind: type[Kind]) -> bool:
    """Whether there may be a cell of this kind at each step, beside others: a text, or several labels."""
    return kind.beside_as in (TextKind.name, NamesKind.name) and not kind.names_each_element


def role_in_records(found: Profile, *, listed: bool) -> str:
    """The kind, by name, as which the values of a column are read in sequences of records; "" where they can't be.

    listed: it has a value for each step
    """
    kind = found.kind
    if kind.tells_time:
        return TimeKind.name
    if kind.unused and not issubclass(kind, EventsKind):
        return ""
    if found.numeric:
        return NumberKind.name
    if listed and is_beside_steps(kind):
        return kind.name
    if listed:
        return LabelKind.name if issubclass(kind, (TokensKind, LabelsKind, EventsKind)) else ""
    return kind.name if kind.in_rows or issubclass(kind, LabelsKind) else ""


def throughout(cells: Sequence[Any]) -> list[int]:
    """The places of the columns that never have a list."""
    if isinstance(cells, Beside):
        return [i for i, column in enumerate(cells.columns) if list not in types_of(column)]
    whole = [cell for cell in cells if cell is not None and not isinstance(cell, str)]
    count = max(map(len, whole), default=0)
    return [i for i in range(count) if not any(is_list(cell[i]) for cell in whole if i < len(cell))]


def as_list(values: Any) -> list[Any]:
    return values if is_list(values) else [values]


def held(values: Any) -> Any:
    """The one value of a column that holds throughout, though it be written at each step."""
    return next(iter(values), None) if is_list(values) else values


def as_category(value: Any) -> str | None:
    return None if is_missing(value) else text_of(value)


# -- times ------------------------------------------------------------------------------------


def wrong_time(times: Sequence[Any]) -> str:
    """Why one of these is no time, and which; "" where all are, or are missing."""
    for step, time in enumerate(times, start=1):
        if isinstance(time, str) and time and not TimeKind.is_date(time):
            return f"holds {time!r} at step {step}, expected a date or time; correct it, or leave it empty"
    return ""


def gaps(times: Sequence[Any], before: float | None = None) -> list[float | None]:
    """How long each is after the one before, in days or in their own unit; None beside one that is missing.

    before: the time of the step before the first, if there is one
    """
    passed = [before, *map(moment_in_days, times)]
    return [None if a is None or b is None else b - a for a, b in pairwise(passed)]


def moment_in_days(time: Any) -> float | None:
    """None for one that is missing."""
    return None if is_missing(time) else days(moment(time)) if isinstance(time, str) else float(time)


def remembered(times: Iterable[float | None]) -> Before:
    """Times as whole numbers, those that have the same bits."""
    return tuple(np.array([math.nan if time is None else time for time in times], np.float64).view(np.int64).tolist())


def times_of(before: Before) -> list[float | None]:
    """What was ``remembered``."""
    times = np.array(before, np.int64).view(np.float64).tolist()
    return [None if math.isnan(time) else time for time in times]


def all_gaps(column: Sequence[Any]) -> NDArray[np.float64]:
    """``gaps`` of all sequences, one after another; NaN where there is none."""
    found = Growing(np.float64)
    for times in column:
        found.add([math.nan if gap is None else gap for gap in gaps(times)])
    return found.array()


def usual(gaps: NDArray[np.float64]) -> float:
    """The median of the gaps that there are, by which they are measured."""
    there = taken(gaps, rows_where(~np.isnan(gaps) & (gaps != 0)))
    return float(np.median(np.abs(there, out=there), overwrite_input=True)) if len(there) else 1.0


def since(times: Sequence[Any], unit: float, before: float | None = None) -> list[float | None]:
    """``gaps`` in usual ones, on a scale of logarithms."""
    found = [math.nan if gap is None else gap for gap in gaps(times, before)]
    return in_usual_ones(np.array(found, np.float64), unit)


def in_usual_ones(gaps: NDArray[np.float64], unit: float) -> list[float | None]:
    return [None if math.isnan(gap) else gap for gap in on_logarithms(gaps / unit).tolist()]


# -- linear models ----------------------------------------------------------------------------


def mean_of(steps: Sequence[UnionRow], values: int) -> UnionRow:
    """The mean of the steps' values; beside them, after the last, the logarithm of how many there are."""
    ids = np.concatenate([np.zeros(0, np.int64), *(step.ids for step in steps)])
    weights = np.concatenate([np.zeros(0, np.float32), *(step.weights for step in steps)])
    distinct, places = np.unique(ids, return_inverse=True)
    means = np.bincount(places, weights, len(distinct)) / max(1, len(steps))
    own, mean = np.array([*distinct, values], np.int64), np.array([*means, math.log1p(len(steps))], np.float32)
    texts = tuple(" ".join(some) for some in zip(*(step.texts for step in steps), strict=True))
    return UnionRow(texts, own, mean)


def dense(row: UnionRow, size: int) -> NDArray[np.float32]:
    """The first ``size`` values of a step, one by one."""
    found = np.zeros(size, np.float32)
    inside = row.ids < size
    np.add.at(found, row.ids[inside], row.weights[inside])
    return found
