# pyright: strict
"""What is asked of a table: its columns, what they were found to be, and what the caller has settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from elman.data.records import Chosen, Happening, Telling
from elman.data.steps import acts
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.column import Profile, is_list
from elman.kinds.recognition import usual_inputs, usual_outputs
from elman.tasks import Task

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

    def values_beside(self, target: str) -> tuple[str, ...]:
        """All of these but one."""
        place = self.values.index(target) if target in self.values else len(self.values)
        return (*self.values[:place], *self.values[place + 1 :])

    @cached_property
    def last_class(self) -> str | None:
        """The last column, where it holds names and all others numbers."""
        names = [name for name in self.usable if not self.columns[name].numeric]
        return names[0] if names == self.usable[-1:] else None

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
        """Whether the sequences are series of dated steps, most of which begin or end on the same day."""
        times = next((name for name, found in self.columns.items() if found.kind.tells_time and not found.numeric), "")
        cells = [cell for cell in self.table.columns.get(times, []) if is_list(cell) and cell]
        if self.table.layout != "steps" or len(cells) < 2 or sum(map(len, cells)) < PANEL_STEPS * len(cells):
            return False
        return any(Counter(cell[end] for cell in cells).most_common(1)[0][1] > len(cells) / 2 for end in (0, -1))

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
            if self.kind(name).names_each_element and not self.columns[name].numeric and self._changes(name)
        )

    def _changes(self, name: str) -> bool:
        steps = [step for cell in self.table.columns[name] if is_list(cell) for step in pairwise(cell)]
        return 2 * sum(before != now for before, now in steps) > len(steps)

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
        """One answer per token, frame or step in every row; cells that are text are split at white space."""
        first, last = self.kind(elements), self.kind(answers)
        pairs = zip(self.table.columns[elements], self.table.columns[answers], strict=True)
        return all(first.count(cell) == last.count(answer) for cell, answer in pairs)

    @cached_property
    def telling(self) -> Telling:
        return Telling(self.table, self.columns)

    @cached_property
    def happening(self) -> Happening:
        return Happening(self.table, self.columns)

    def chosen(self, task: Task, target: str) -> Chosen:
        """The columns of a record, or of records, that may say something about ``target``, and why not the others."""
        if self.table.layout != "steps":
            return self.telling.about(target)
        if task.next_step:
            return self.happening.before_the_end(target, self.usual_outputs)
        return self.happening.about(target)

    @cached_property
    def about_texts(self) -> bool:
        """Whether this is a table of texts, and not of pictures, of tagged words or of series beside them."""
        foremost = any(found.kind.foremost for found in self.columns.values())
        return self.table.layout == "table" and not foremost and self.has_texts

    @property
    def only_pair(self) -> bool:
        return bool(self.inputs) or len(self.usable) == 2
