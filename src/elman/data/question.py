# pyright: strict
"""What is asked of a table: its columns, what they were found to be, and what the caller has settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from elman.data.combined import SHORT
from elman.data.order import LOOKED_AT, amounts_of, go_on, goes_on_for_long
from elman.data.records import Chosen, Happening, Telling
from elman.data.steps import PANEL_YEARS, SMOOTH_ROWS, counts_years, rows_of_sequences
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.column import Cell, Profile, acts, is_list, name_words
from elman.kinds.number import NumberKind
from elman.kinds.recognition import OFTEN_OUTPUTS, PLAIN_OUTPUTS, spelled_plainly, usual_inputs, usual_outputs
from elman.stored import Lists, each_of, ends_of, types_of
from elman.tasks import Task

PLAIN, USUAL, OFTEN = 3.0, 2.0, 1.5
"""How much more readily a column is learned whose name says that it is the output, that people call outputs by, or
whose name ends as those often do."""
LAST, UNNAMED, CODES, LONE, MANY = 1.5, 0.75, 1.0, 1.0, 2.5
"""The same of a column of values that stands last; that does so without a name; whose whole numbers may be codes; that
alone names classes; and that does so beside many numbers."""
MANY_VALUES = 30
"""Of so many numbers a person wants to know the class that stands beside them, and not one of the numbers."""
MANY_THINGS = 20
"""Different things that somebody does, at least, where what comes next is what a person may want to know."""
PANEL_STEPS = 30
"""Steps that a series of dated steps has, at least, to be one of a panel."""


@dataclass(frozen=True)
class Question:
    """A table, what its columns were found to be, and what the caller has settled already."""

    table: Table
    columns: Mapping[str, Profile]
    inputs: tuple[str, ...]
    output: str | None
    task: Task | None
    wide: bool = False

    @classmethod
    def about(
        cls,
        table: Table,
        columns: Mapping[str, Profile],
        inputs: tuple[str, ...],
        output: str | None,
        task: Task | None,
    ) -> Question:
        """What the caller names is taken as what it can be, also where detection would leave it alone."""
        chosen = [*inputs, *([output] if output is not None else [])]
        for name in chosen:
            table.column(name)
        if output in inputs and not (task and task.next_step):
            raise TaskError(f"column {output!r} can't be both --input and --output. Name another one.")
        try:
            named = {name: columns[name].kind.when_chosen(columns[name]) for name in chosen}
            if len(inputs) > 1:
                named |= {name: columns[name].kind.when_beside(columns[name]) for name in inputs}
        except TaskError as error:
            raise TaskError(f"{table.source}: {error}") from None
        columns = {**columns, **named}
        if table.layout == "steps":
            asked = output if task and task.classes else None  # names of classes were asked for
            columns |= {
                name: found.kind.at_steps(found)
                for name, found in columns.items()
                if name != asked and not found.kind.may_name_steps(found)
            }
        return cls(table, columns, inputs, output, task)

    @cached_property
    def usable(self) -> list[str]:
        """Columns that are read one by one, or beside others of a row."""
        return [name for name, found in self.columns.items() if not (found.kind.unused or found.kind.side_by_side)]

    @cached_property
    def values(self) -> list[str]:
        """Columns of a value in each row: a number or a class."""
        return [name for name in self.usable if self.kind(name).in_rows]

    @cached_property
    def readable(self) -> list[str]:
        """Columns of texts, which may be learned from alone."""
        return [name for name in self.usable if self.kind(name).predicts_itself and not self.columns[name].numeric]

    @cached_property
    def dates_of_rows(self) -> list[str]:
        """Columns of dates, in a table whose rows stand for themselves."""
        return [name for name, found in self.columns.items() if found.kind.tells_time and self.table.layout == "table"]

    def values_beside(self, target: str) -> tuple[str, ...]:
        """All of these but one, and dates."""
        place = self.values.index(target) if target in self.values else len(self.values)
        return (*self.values[:place], *self.values[place + 1 :], *self.dates_of_rows)

    def is_usual_output(self, name: str) -> bool:
        """Whether people call output columns so. ``y`` is a coordinate beside ``x`` and ``z``; amounts at the steps of
        a series, such as prices, are to be forecast like others, however few values they take."""
        plain, found = spelled_plainly(name) or name.lower(), self.columns[name]
        if plain == "y" and {"x", "z"} <= self._plain_names.keys():
            return False
        if self.table.layout == "steps" and not found.kind.in_rows and plain in NumberKind.usual_outputs:
            return False
        return plain in self.usual_outputs or self.is_plain_output(name)

    def is_plain_output(self, name: str) -> bool:
        """Whether the name of a column of a table says that it is the output, and no other's does."""
        last = last_word(name)
        named = self.table.layout == "table" and last in PLAIN_OUTPUTS and self.ends[last] == 1
        return named and not ("." in name and self.is_sparse(name))  # a part of some objects

    @cached_property
    def _plain_names(self) -> dict[str, str]:
        return {spelled_plainly(name): name for name in self.columns}

    @cached_property
    def ends(self) -> Counter[str]:
        """The last words of columns' names, which tell what these are about, and how many have each."""
        return Counter(last_word(name) for name in self.usable)

    def claim(self, name: str) -> float:
        """How much a column's name says that it is the one to be learned."""
        if self.is_plain_output(name):
            return PLAIN
        if self.is_usual_output(name):
            return USUAL
        end = last_word(name)
        often = self.table.layout == "table" and end in OFTEN_OUTPUTS and self.ends[end] == 1
        return OFTEN if often else 0.0

    def is_sparse(self, name: str) -> bool:
        """Whether most cells of a column are missing."""
        return self.columns[name].missing > self.columns[name].filled

    @cached_property
    def place_tells(self) -> bool:
        """Whether this is a table of values, and of names at most, in which people write what is to be learned last."""
        may = self.is_open and self.table.layout == "table" and len(self.usable) > 2 and not self.somebody
        may = may and not self.dates_of_rows
        return may and (self._are_short or not self.about_texts) and not self._is_recording

    @property
    def _are_short(self) -> bool:
        """Whether texts are names at most."""
        return max((self.columns[name].words for name in self.readable), default=0) < SHORT

    @property
    def _is_recording(self) -> bool:
        """Whether all columns are amounts that go on from row to row, so that none of them may be the answer."""
        amounts = amounts_of(self.table)
        return len(amounts) == len(self.usable) and go_on(amounts, [range(min(len(self.table), LOOKED_AT))])

    @cached_property
    def goes_on(self) -> bool:
        """Whether nothing is settled, and the numbers of rows that stand for themselves go on from row to row."""
        rows = range(min(len(self.table), LOOKED_AT))
        amounts = amounts_of(self.table) if self.is_open and self.table.layout == "table" else []
        return not self.readable and len(rows) >= SMOOTH_ROWS and go_on(amounts, [rows])

    def stands_last(self, name: str) -> bool:
        """Whether a column is the last one, and not called as outputs are."""
        return name == self.usable[-1] and not self.is_usual_output(name)

    def place(self, name: str) -> float:
        """How much a column's place in a table of values, and its kind beside those of the others, say the same."""
        usual = LONE * (self.is_open and self.table.layout == "table" and self.is_usual_output(name))
        if not self.place_tells:
            return usual
        found, (first, *_, last) = self.columns[name], self.usable
        classes, words = self._classes, self._words
        unnamed = not self.table.has_header
        points = [usual]
        if name == last or last_word(name) == last_word(last) in OFTEN_OUTPUTS:
            if name in classes:
                points.append(CODES if found.numeric and found.distinct > 2 and words else LAST)
            else:
                points.append(UNNAMED if unnamed and classes else LAST)
        if name == first and name in classes and (unnamed or classes == [name]):
            points.append(LONE)
        if words == [name]:
            points.append(MANY if len(self.values) > MANY_VALUES else LONE)
        return max(points)

    @cached_property
    def _classes(self) -> list[str]:
        return [name for name in self.values if self.kind(name).names_classes]

    @cached_property
    def _words(self) -> list[str]:
        """Those of the classes that are called by words, and not by numbers."""
        return [name for name in self._classes if not self.columns[name].numeric]

    @cached_property
    def somebody(self) -> list[str]:
        """Columns that say who did what stands in several rows, which may follow each other; lists name nobody."""
        named = [name for name, found in self.columns.items() if acts(name) and 2 * found.distinct <= found.rows]
        return [name for name in named if list not in types_of(self.table.columns[name])]

    @cached_property
    def done(self) -> list[str]:
        """What somebody did, row after row, in a table whose rows may stand for themselves: names that are others at
        most rows of the same one, first those that are called as outputs, then those of the most different things."""
        if self.table.layout != "table" or not (self.somebody and self.is_open):
            return []
        rows = rows_of_sequences(self.table, self.somebody[:1])
        names = [name for name in self.values if self.kind(name).names_classes and name not in self.somebody]
        usual = {name: self.claim(name) for name in names}
        told = [
            name
            for name in names
            if usual[name] or not (self.columns[name].numeric or is_seldom_new(rows.lists(self.table.columns[name])))
        ]
        return sorted(told, key=lambda name: (-usual[name], -self.columns[name].distinct))

    @property
    def are_events(self) -> bool:
        """Whether rows say what somebody did one after another, of many things, as what is bought and learned."""
        return self._are_short and any(self.columns[name].distinct >= MANY_THINGS for name in self.done)

    def kind(self, name: str) -> type[Kind]:
        return self.columns[name].kind

    @cached_property
    def usual_inputs(self) -> frozenset[str]:
        return usual_inputs()

    @cached_property
    def usual_outputs(self) -> frozenset[str]:
        return usual_outputs()

    def is_vector(self, name: str) -> bool:
        """Numbers in sequences; whole ones that take few values too, where columns are steps side by side."""
        return self.as_vector(self.columns[name]).kind.side_by_side

    def as_vector(self, found: Profile) -> Profile:
        return found.kind.at_steps(found) if self.table.layout == "steps" else found

    @cached_property
    def vector_names(self) -> list[str]:
        """Columns that are, or may be, numbers in sequences."""
        return [name for name in self.columns if self.is_vector(name)]

    @cached_property
    def is_panel(self) -> bool:
        """Whether the sequences are series of dated steps, or of years, most of which begin or end on the same day."""
        times = next((found for found in self.columns.values() if self._are_dated(found)), None)
        cells = self.table.columns[times.name] if times else []
        if self.table.layout != "steps" or times is None or list not in types_of(cells):
            return False
        ends = ends_of(lists_among(cells))
        if times.numeric and any(map(self._answers, self.columns)):
            return False
        least = PANEL_YEARS if times.numeric else PANEL_STEPS
        if len(ends) < 2 or sum(steps for steps, _, _ in ends) < least * len(ends):
            return False
        firsts, lasts = (Counter(end[place] for end in ends) for place in (1, 2))
        return any(times.most_common(1)[0][1] > len(ends) / 2 for times in (firsts, lasts))

    @staticmethod
    def _are_dated(found: Profile) -> bool:
        return found.kind.tells_time and (not found.numeric or counts_years(found.name))

    def _answers(self, name: str) -> bool:
        """Whether what stays the same throughout each sequence is called as outputs are, or stands last."""
        found = self.columns[name]
        stays = found.kind.names_classes and list not in types_of(self.table.columns[name])
        return stays and (self.is_usual_output(name) or name == self.table.names[-1])

    @property
    def is_open(self) -> bool:
        """Whether the caller has settled nothing yet."""
        return not (self.inputs or self.output or self.task)

    @cached_property
    def in_time(self) -> bool:
        """Whether a column tells time."""
        return any(found.kind.tells_time for found in self.columns.values())

    @cached_property
    def events(self) -> frozenset[str]:
        """The columns of names that say what a customer, a student or the like did: at most steps something else than
        at the step before."""
        named = any(found.kind.by_role and acts(name) for name, found in self.columns.items())
        return frozenset(
            name
            for name in (self.happening.listed if named and self.table.layout == "steps" else ())
            if self.kind(name).names_each_element
            and not self.columns[name].numeric
            and not is_seldom_new(lists_among(self.table.columns[name]))
        )

    @cached_property
    def state(self) -> str | None:
        """Of sequences of amounts, the one column of codes from 0 or 1 on that stay the same for long, and come again:
        what goes on."""
        codes = [name for name in self.vector_names if self.kind(name).names_each_element]
        if len(codes) != 1 or len(self.vector_names) < 2:
            return None
        lists = lists_among(self.table.columns[codes[0]])
        begin = min((min(own) for own in each_of(lists) if own and None not in own), default=None)
        return codes[0] if begin in (0, 1) and all(map(goes_on_for_long, each_of(lists))) else None

    @property
    def has_dates(self) -> bool:
        """Whether a column holds dates, rather than numbers that tell time."""
        return any(found.kind.tells_time and not found.numeric for found in self.columns.values())

    def holds_texts(self, names: Iterable[str]) -> bool:
        """Whether some of these columns are read from their beginning to their end, as texts are."""
        return any(self.kind(name).predicts_itself for name in names)

    @cached_property
    def has_texts(self) -> bool:
        """Whether a column that is learned from holds texts."""
        return self.holds_texts(self.usable)

    @cached_property
    def numbers_of_steps(self) -> list[str]:
        """Columns of a number for each step of another column. Steps of columns side by side are series instead."""
        if self.table.layout == "steps":
            return []
        vectors = self.vector_names
        return [
            name
            for name in vectors
            if not any(
                isinstance(step, list) for cell in self.table.columns[name] for step in list[Any](cell or [])[:1]
            )
            and any(self.aligned(other, name) for other in vectors if other != name)
        ]

    def aligned(self, elements: str, answers: str) -> bool:
        """One answer per token, frame or step in every row that has both; cells that are text are split at white
        space."""
        (first, last), columns = (self.kind(elements), self.kind(answers)), self.table.columns
        cells, others = columns[elements], columns[answers]
        if isinstance(cells, Lists) and isinstance(others, Lists):
            return np.array_equal(first.count_each(cells), last.count_each(others))
        rows = zip(cells, others, strict=True)
        both = ((cell, answer) for cell, answer in rows if cell is not None and answer is not None)
        alike = (first.count(cell) == last.count(answer) for cell, answer in both)
        return next(alike, False) and all(alike)

    @cached_property
    def telling(self) -> Telling:
        return Telling(self.table, self.columns)

    @cached_property
    def happening(self) -> Happening:
        return Happening(self.table, self.columns)

    def chosen(self, target: str, *, next_step: bool = False) -> Chosen:
        """The columns of a record, or of records, that may say something about ``target``, or about what it is at the
        next step; and why not the others."""
        if self.table.layout != "steps":
            return self.telling.about(target)
        if next_step:
            return self.happening.before_the_end(target, self.usual_outputs)
        return self.happening.about(target)

    @cached_property
    def about_texts(self) -> bool:
        """Whether this is a table of texts, and not of pictures, of tagged words or of series beside them."""
        return self.table.layout == "table" and not self.about_files and self.has_texts

    @property
    def about_files(self) -> bool:
        """Whether this is a table of pictures, recordings and the like."""
        return any(found.kind.foremost for found in self.columns.values())

    @property
    def only_pair(self) -> bool:
        return bool(self.inputs) or len(self.usable) == 2


def lists_among(cells: Sequence[Cell]) -> Sequence[list[Any]]:
    return cells if isinstance(cells, Lists) else list(filter(is_list, cells))


def is_seldom_new(lists: Sequence[list[Any]]) -> bool:
    """Whether at most steps something is what it was at the step before."""
    changes, steps = 0, 0
    for own in each_of(lists):
        changes += sum(before != now for before, now in pairwise(own))
        steps += max(0, len(own) - 1)
    return 2 * changes <= steps


def last_word(name: str) -> str:
    return (name_words(name) or [""])[-1]
