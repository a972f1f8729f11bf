# pyright: strict
"""From columns to a task: the shape of input and output picks the architecture.

Each task is a pair (kind of input, kind of output), and each pair has one architecture; the whole table stands in
``elman.tasks``. Detection is choosing the two columns; where that isn't plain, it asks, with the flags to pass.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypedDict

from elman import tasks
from elman.data.combined import Combined, find_combined, is_plainly_a_series
from elman.data.detection import Detection
from elman.data.records import Happening, Telling, summary
from elman.data.spellings import commonest_spellings, labels_of, tidy
from elman.data.steps import Steps, find_steps, gather, refuse_texts_among_numbers
from elman.data.summaries import are_summaries
from elman.data.table import Table, column_names
from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.column import Profile, is_list
from elman.kinds.id import SequenceNameKind
from elman.kinds.number import NumberKind
from elman.kinds.numbers import NumbersKind
from elman.kinds.recognition import KINDS, usual_inputs, usual_outputs
from elman.kinds.record import RecordKind
from elman.kinds.records import RecordsKind
from elman.kinds.row import RowKind
from elman.kinds.text import TextKind
from elman.kinds.time import TimeKind
from elman.kinds.tokens import MANY_TAGS, TokensKind
from elman.kinds.vector import VectorKind
from elman.tasks import FORECASTING, NOTHING, OF_VALUES_ALONE, TASK_OF, TASKS, Architecture, Task

SUMMARIES = "outputs are much shorter, and mostly in the words of their input: summaries"

LAYOUTS = {
    "text": "plain text, one line after another",
    "conll": "one token per line, sentences separated by blank lines",
    "parallel": "text files with equally many lines, line i of one belonging to line i of the other",
    "folder": "a folder with one file or subfolder per class",
    "media": "a folder of files",
    "sequences": "a sequence in each file",
}

FOREMOST = 3.0
"""Pictures and recordings are what a table that names them is about."""
BESIDE_OTHERS = 1.5
"""What is read together with all columns that may say something leads before it is read alone by so much."""
PANEL = 4.0
"""Series that go through the same days are to be forecast, rather than told apart."""
WIDE = 2.0
"""Series along a row are forecast rather than told apart by what nobody has named as an output."""
PANEL_STEPS = 30
FEW_SERIES = 5
"""Of so few sequences nothing can be learned that is the same throughout each of them."""
CODES, FLAG = 4.5, 5.5
"""How much less readily whole numbers at each step are read as names of classes than texts are: where times say no
more than their order; and where they are dates, so that numbers are mostly counts."""
AHEAD_WORDS = ("holiday", "promo", "weekend", "workingday", "weekday", "festival")
"""In the names of columns that say of each day what was planned for it, in lower case."""
MANY_VALUES = 30
"""Of so many numbers a person wants to know the class that stands after them, and not one of the numbers."""
SHOWN_COLUMNS = 8
"""Columns that are named one by one, at most, where many are left out or taken."""
MARGIN = 1.0
"""The best reading must lead by this much; otherwise detection asks."""


@dataclass(frozen=True)
class Reading:
    """One way to understand the table, and how readily a person would.

    Attributes:
        kind: what the input is read as; of several columns, all together.
        by_name: naming the task leads here; else it would lead elsewhere.
        kinds: by the name of each input, the kind as which it is read, where that isn't what it was found to be.
    """

    task: Task
    inputs: tuple[str, ...]
    output: str | None
    points: float
    kind: type[Kind]
    by_name: bool = True
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def architecture(self) -> Architecture:
        return self.task.architecture_for(one_value=self.kind.is_value)

    @property
    def flags(self) -> str:
        """What to pass to get this reading."""
        named = ["--task", self.task.name] if self.by_name else []
        few = self.inputs if len(self.inputs) <= SHOWN_COLUMNS else ()  # the output says which reading it is
        words = [*named, *(f"--input {shlex.quote(name)}" for name in few)]
        return " ".join(words + (["--output", shlex.quote(self.output)] if self.output else []))

    def __str__(self) -> str:
        given = ", ".join(self.inputs) if len(self.inputs) < 5 else f"{len(self.inputs)} columns"
        return (
            f"{given} -> {self.output or 'the next element'}: {self.task.meaning(self.architecture, self.kind.goes_in)}"
        )

    def as_runner_up(self) -> dict[str, str]:
        return {
            "architecture": self.architecture,
            "task": self.task.name,
            "why": f"{self}; for this, pass {self.flags}",
        }


class Wanted(TypedDict, total=False):
    """What a caller says of what to learn, as ``detect`` takes it; the rest is found from the data."""

    input: str | Sequence[str] | None
    output: str | None
    task: str | None
    ahead: Sequence[str]
    alone: bool
    tidy_labels: bool


def detect(
    table: Table,
    *,
    input: str | Sequence[str] | None = None,
    output: str | None = None,
    task: str | None = None,
    ahead: Sequence[str] = (),
    alone: bool = False,
    tidy_labels: bool = False,
) -> Detection:
    """Chooses task, input and output of a table; what the caller names is kept.

    input: a column, or several
    alone: whether each row stands for itself, even where times say that rows follow each other
    ahead: columns whose values are given ahead; only forecasting has a use for them
    tidy_labels: whether labels that differ in case or blanks alone are one label
    Raises TaskError where the data allow several readings, with the flags that settle it.
    """
    if not len(table):
        raise TaskError(f"{table.source} has no rows: there is nothing to learn.")
    line = None if task is None else tasks.read_as(task)
    inputs = column_names(input)
    if twice := [name for place, name in enumerate(inputs) if name in inputs[:place]]:
        raise TaskError(f"the input column {twice[0]!r} is named twice (--input). Name each input column once.")
    if ahead:
        return with_given_ahead(table, inputs, output, line, list(dict.fromkeys(ahead)))
    together = find_combined(table, inputs, output, line, alone=alone)
    if together:
        wide = together.how == "series" and is_plainly_a_series(table, together.sources)
        found = detect_whole(together.add_to(table), inputs, output, line, alone=alone, wide=wide)
        found = replace(found, evidence=[together.describe(), *found.evidence], combined=[together, *found.combined])
    else:
        found = detect_whole(table, inputs, output, line, alone=alone)
    return with_spellings(table, found) if tidy_labels else found


def with_spellings(table: Table, found: Detection) -> Detection:
    """What was detected, with labels read whatever their case and blanks."""
    if found.output is None or found.classes is None:
        raise TaskError(
            f"labels are tidied (--tidy-labels) where an output is made of them; the task is {found.task}. Leave "
            "the flag out."
        )
    counts = labels_of(prepared(table, found), found.output, found.classes)
    spellings = commonest_spellings(counts)
    said = f"labels are read whatever their case and blanks: {len(counts):,} spellings of {len(spellings):,} labels"
    return replace(found, spellings=spellings, evidence=[*found.evidence, said])


def detect_whole(
    table: Table, inputs: tuple[str, ...], output: str | None, line: Task | None, *, alone: bool, wide: bool = False
) -> Detection:
    """``detect`` for a table whose columns stand for themselves; ``wide`` where each row is plainly a series."""
    steps = None if alone else find_steps(table, inputs, asked=line is not None and line.forecasts)
    if steps is None:
        if table.layout == "table" and not inputs:
            texts = [name for name, found in table.profiles.items() if not found.kind.names_classes]
            refuse_texts_among_numbers(table, [name for name in texts if name != output])
        return detect_rows(replace(Question.about(table, table.profiles, inputs, output, line), wide=wide), alone)
    return detect_steps(table, steps, inputs, output, line)


def detect_steps(
    table: Table, steps: Steps, inputs: tuple[str, ...], output: str | None, line: Task | None
) -> Detection:
    """``detect`` for a table whose rows are the steps of sequences."""
    names = [Combined(", ".join(steps.by), steps.by, "key")] if len(steps.by) > 1 else []
    by = ", ".join(steps.by)
    for together in names:
        table = together.add_to(table)
    sequences = gather(table, by, time=steps.time)
    columns = sequences.profiles | {
        name: sequences.profiles[name].as_kind(found.kind)
        for name, found in table.profiles.items()
        if found.kind.unused and not found.kind.tells_time and name not in (*inputs, output)
    }
    if by:  # it names the sequences
        columns = columns | {by: columns[by].as_kind(SequenceNameKind)}
    if steps.time and not columns[steps.time].kind.tells_time:  # steps that are counted
        columns = columns | {steps.time: columns[steps.time].as_kind(TimeKind)}
    found = detect_rows(Question.about(sequences, columns, inputs, output, line))
    said = [steps.describe(len(sequences)), *found.evidence]
    return replace(found, evidence=said, sequences=by, order=steps.time, combined=names)


def with_given_ahead(
    table: Table, inputs: tuple[str, ...], output: str | None, task: Task | None, ahead: list[str]
) -> Detection:
    """``detect`` for series of which some columns are given ahead: these are neither forecast nor a choice."""
    if task is not None and not task.forecasts:
        raise TaskError(
            f"columns given ahead (--ahead) are for forecasting; the task is {task.name}. Leave out one of them."
        )
    for name in ahead:
        if name == output or name in inputs:
            raise TaskError(f"column {name!r} can't be both given ahead and --input or --output. Name another one.")
        table.column(name)
        column = table.profiles[name]
        if not column.numeric or column.distinct < 2:
            raise TaskError(
                f"{table.source}: {column.describe()}. A column given ahead (--ahead) must hold numbers that change; "
                "write yes and no as 1 and 0, or leave it out."
            )
    rest = replace(table, columns={name: cells for name, cells in table.columns.items() if name not in ahead})
    found = detect(rest, input=inputs, output=output, task=FORECASTING.name)
    return replace(found, evidence=[*found.evidence, f"given ahead: {', '.join(ahead)}"], ahead=ahead)


def prepared(table: Table, found: Detection) -> Table:
    """The table with a row per sequence, as it was when ``found`` was detected."""
    for together in found.combined:
        table = together.add_to(table)
    table = with_sequences(table, found)
    return tidy(table, found.output, found.classes, found.spellings) if found.output and found.classes else table


def with_sequences(table: Table, found: Detection) -> Table:
    """The table with a row per sequence, where rows are steps."""
    if found.sequences is None:
        return table.about(ahead=found.ahead) if found.ahead else table
    at_each_step = found.output is not None and (found.line.each_step or found.line.forecasts)
    inputs = [name for name in found.inputs if name not in found.throughout]
    lists = [*inputs, *([found.output] if at_each_step else []), *found.ahead]
    gathered = gather(table, found.sequences, [str(name) for name in lists], found.order)
    return replace(gathered, ahead=found.ahead)


def detect_rows(question: Question, alone: bool = False) -> Detection:
    """``detect`` for a table whose rows stand for themselves; ``alone`` where the caller says so."""
    output, task = question.output, question.task
    question.refuse_single_value()
    question.refuse_mixed_inputs()
    readings = sorted(question.readings(), key=lambda reading: -reading.points)
    if not (output or task or alone):
        question.refuse_other_columns(readings)
    if not readings:
        raise question.unsure("what to learn: no input and output fit together", readings)
    best, *others = readings
    if others and best.points - others[0].points < MARGIN:
        raise question.unsure("what to learn", readings)
    return Detection(
        best.architecture,
        best.task.name,
        best.inputs,
        best.output,
        question.evidence(best),
        others[0].as_runner_up() if others else None,
        input_kind=best.kind.name,
        input_kinds=tuple(best.kinds.get(name, question.columns[name].kind.name) for name in best.inputs),
        throughout=question.happening.held(best.inputs) if best.kinds else [],
        output_kind=question.columns[best.output].kind.name if best.output else None,
    )


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
        if output in inputs:
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

    # -- columns ------------------------------------------------------------------------------

    @cached_property
    def usable(self) -> list[str]:
        """Columns that are read one by one, or beside others of a row."""
        return [name for name, found in self.columns.items() if not (found.kind.unused or found.kind.side_by_side)]

    @cached_property
    def values(self) -> list[str]:
        """Columns of a value in each row: a number or a class."""
        return [name for name in self.usable if self.kind(name).in_rows]

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

    # -- what can't be learned from -----------------------------------------------------------

    def refuse_single_value(self) -> None:
        """One class only: an output that is the same in every row."""
        for name, found in self.columns.items():
            meant = name == self.output or (self.output is None and name.lower() in self.usual_outputs)
            if found.kind.never_changes and meant and name not in self.inputs:
                raise TaskError(
                    f"{self.table.source}: {found.describe()}. With one value there is nothing to tell "
                    "apart: add rows with another one, or name another column by --output COL."
                )

    def refuse_mixed_inputs(self) -> None:
        """Several inputs, one of which can't be read beside others: as a part of a record, or as one of sequences."""
        steps = self.happening.roles if self.table.layout == "steps" else {}
        beside = [name for name in self.inputs if (steps[name] if steps else self.kind(name).beside_as)]
        alone = [name for name in self.inputs if name not in beside]
        if len(self.inputs) > 1 and alone and not all(map(self.is_vector, self.inputs)):
            others = f" Columns that can be: {', '.join(map(repr, beside))}." if beside else ""
            raise TaskError(
                f"{self.table.source}: {self.columns[alone[0]].describe()}. It can't be read beside other columns; "
                f"name it alone by --input, or leave it out.{others}"
            )

    def refuse_other_columns(self, readings: Sequence[Reading]) -> None:
        """Series: reading the other columns alone would miss what the data are about."""
        in_time = any(found.kind.tells_time for found in self.columns.values())
        if in_time and all(reading.kind is RowKind for reading in readings):
            raise self.unsure("what to learn from rows that follow each other in time", readings)

    # -- readings -----------------------------------------------------------------------------

    def readings(self) -> Iterator[Reading]:
        """Every way to read the table that the caller's choices leave open."""
        targets = [self.output] if self.output else [*self.usable, *self.numbers_of_steps]
        if self.output is None:
            yield from self.series()
        kinds = {self.kind(name) for name in targets}
        fits = {
            source: {kind for kind in kinds if self.may_pair(source, kind)}
            for source in {found.kind for found in self.columns.values()}
        }
        for source in self.inputs or self.usable if len(self.inputs) < 2 else ():
            if self.output is None:
                yield from self.alone(source)
            fitting = fits[self.kind(source)]
            for target in targets if fitting else ():
                if self.kind(target) not in fitting:
                    continue
                for task in self.pair_tasks(self.columns[source], self.columns[target]):
                    points = self.points(task, (source,), target) - self.doubt_at_steps(self.columns[target])
                    yield Reading(task, (source,), target, points, read_as(task, self.kind(source)))
        for target in targets:
            yield from self.vectors(target)
            yield from self.row_of_values(target)
            yield from self.record(target)
            yield from self.records(target)

    def alone(self, source: str) -> Iterator[Reading]:
        """A language model of one column."""
        kind = self.kind(source)
        readable = [name for name in self.usable if self.kind(name).predicts_itself and not self.columns[name].numeric]
        if self.table.layout == "steps" and self.task is None and any(map(self.is_vector, self.columns)):
            return  # a text that names the series
        task = task_of(kind, None) if source in readable else None
        if self.task and not readable and takes(self.task, kind, None):
            task = self.task  # lines that come back look like labels
        if task and self.task in (None, task):
            bonus = 3 * (len(self.usable) == 1) + (source.lower() in self.usual_inputs)
            yield Reading(task, (source,), None, task.readiness + bonus, read_as(task, kind))

    def series(self) -> Iterator[Reading]:
        """All columns of numbers that follow each other in time, or those that were named -> their next values."""
        found = self.inputs or tuple(self.vector_names)
        asked = self.task is FORECASTING or (self.task is None and self.table.layout == "steps")
        if found and asked and all(map(self.is_vector, found)):
            points = FORECASTING.readiness + max(PANEL * self.is_panel, WIDE * self.wide)
            yield Reading(FORECASTING, found, None, points, read_as(FORECASTING, VectorKind))

    def vectors(self, target: str) -> Iterator[Reading]:
        """All columns of numbers that make up a sequence, or those that were named -> one more."""
        last, many = self.columns[target], self.table.layout == "steps"
        found = [name for name in self.vector_names if name != target]
        inputs = self.inputs or tuple(found if many else found[:1])
        if self.output and self.is_vector(target) and (self.task is None or self.task.forecasts):
            inputs = inputs or (target,)  # a series alone
        if not inputs or (target in inputs and not self.is_vector(target)) or not all(map(self.is_vector, inputs)):
            return
        beside_steps = target in self.numbers_of_steps
        task = self.task or task_of(VectorKind, NumbersKind if beside_steps else last.kind)
        if not task or not takes(task, VectorKind, last.kind):
            return
        # Numbers that were asked for get an error that names the row.
        if task.each_step and (self.task is None or task.classes) and not self.aligned(inputs[0], target):
            return
        points = task.readiness + 2 * (target.lower() in self.usual_outputs) + 0.5 * (not last.numeric)
        beside_text = not self.inputs and self.holds_texts(self.columns)
        points -= 3 * (beside_text and not last.kind.names_each_element) + self.doubt_at_steps(last)
        yield Reading(task, inputs, target, points, read_as(task, VectorKind))

    def doubt_at_steps(self, target: Profile) -> float:
        """How much less readily a column is learned from sequences that are rows than its task is in general."""
        if self.table.layout != "steps" or self.output or self.task:
            return 0.0
        if not target.kind.names_each_element:  # it is the same throughout each sequence
            return 3.0 * (len(self.table) < FEW_SERIES)
        given = any(word in target.name.lower() for word in AHEAD_WORDS)
        if target.name.lower() in self.usual_outputs or not (target.numeric or given):
            return 0.0
        counts = target.distinct > 2 or target.name != list(self.columns)[-1] or given
        return FLAG if self.has_dates and counts else CODES

    def row_of_values(self, target: str) -> Iterator[Reading]:
        """All values of a row, or those that were named -> one more."""
        last = self.columns[target]
        if not last.kind.in_rows:
            return
        rows = self.inputs or tuple(name for name in self.values if name != target)
        fits = not self.inputs or all(self.kind(name).in_rows for name in rows)
        one_label = len(rows) == 1 and self.kind(rows[0]).names_classes
        if one_label and self.task:
            return  # where the task is named, it is a text that comes again and again
        task = self.task or task_of(RowKind, last.kind)
        if not (rows and fits and target not in rows and task and task.of_rows):
            return
        if last.numeric or not task.numeric:
            ignores_text = not self.inputs and self.has_texts
            points = self.points(task, rows, target, of_row=True) - 2 * ignores_text
            points += len(rows) >= MANY_VALUES and target == self.last_class
            yield Reading(task, rows, target, points, RowKind, by_name=not one_label)

    @cached_property
    def telling(self) -> Telling:
        return Telling(self.table, self.columns)

    def record(self, target: str) -> Iterator[Reading]:
        """Columns of several kinds beside each other, those that were named or all that may say something -> one."""
        if not (self.inputs or self.about_texts):
            return
        inputs = self.inputs or self.telling.about(target).taken
        kinds = [self.kind(name) for name in inputs]
        if len(inputs) < 2 or target in inputs or not all(kind.beside_as for kind in kinds):
            return
        if all(kind.in_rows for kind in kinds):
            return
        last = self.columns[target]
        for task in self.value_tasks(RecordKind, last):
            if takes(task, RecordKind, last.kind) and (last.numeric or not task.numeric):
                alone = max(self.points(task, (name,), target) for name in inputs if not self.kind(name).in_rows)
                yield Reading(task, inputs, target, alone + BESIDE_OTHERS, RecordKind, by_name=self.task is not None)

    @cached_property
    def happening(self) -> Happening:
        return Happening(self.table, self.columns)

    def records(self, target: str) -> Iterator[Reading]:
        """Columns of several kinds at the steps of sequences, those that were named or all that may say something ->
        one more: what follows from a whole sequence, or at each step where that is asked for."""
        last, happening = self.columns[target], self.happening
        at_each_step, asked = target in happening.listed, self.output or self.task
        if self.table.layout != "steps" or ((at_each_step or self.is_panel) and not asked):
            return
        inputs = self.inputs or happening.about(target).taken
        if len(inputs) < 2 or target in inputs or not all(happening.roles[name] for name in inputs):
            return
        if all(map(self.is_vector, inputs)) or not (self.inputs or happening.are_mixed(inputs)):
            return
        if at_each_step and not last.kind.names_each_element and not self.task:
            return  # numbers, which are forecast
        for task in self.value_tasks(RecordsKind, last):
            if takes(task, RecordsKind, last.kind) and (last.numeric or not task.numeric):
                meant = self.output or target == self.usable[-1] or target.lower() in self.usual_outputs
                read = [name for name in inputs if self.kind(name).in_tasks() in task.inputs]
                alone = max((self.points(task, (name,), target) for name in read), default=task.readiness)
                points = alone + BESIDE_OTHERS - self.doubt_at_steps(last) - (not meant)
                yield Reading(task, inputs, target, points, RecordsKind, kinds=happening.roles)

    @cached_property
    def about_texts(self) -> bool:
        """Whether this is a table of texts, and not of pictures, of tagged words or of series beside them."""
        foremost = any(found.kind.foremost for found in self.columns.values())
        return self.table.layout == "table" and not foremost and self.has_texts

    def value_tasks(self, source: type[Kind], target: Profile) -> list[Task]:
        """What is learned from a kind of input as one value, the likelier first: names of classes that are numbers may
        be amounts."""
        if self.task:
            return [self.task]
        found = task_of(source, target.kind)
        amounts = found and found.classes and target.kind.names_classes and target.numeric and target.distinct > 2
        return [task for task in (found, task_of(source, NumberKind) if amounts else None) if task]

    def may_pair(self, source: type[Kind], target: type[Kind]) -> bool:
        """Whether any column of one kind can be learned from one of another, so that others need not be tried."""
        if self.task:
            return takes(self.task, source, target)
        few_texts = self.only_pair and source is target and source.names_classes
        return few_texts or task_of(source, target) is not None

    def pair_tasks(self, source: Profile, target: Profile) -> list[Task]:
        """The sequence tasks that learn ``target`` from ``source``, the likelier first."""
        codes = source.kind.names_each_element and source.numeric  # numbers per token are tags, not words
        if source.name == target.name or codes or source.kind.side_by_side:  # which ``vectors`` reads
            return []
        if self.task:
            return [self.task] if self.takes_pair(self.task, source, target) else []
        if self.only_pair and source.kind is target.kind and source.kind.names_classes:
            # A few short texts, each of them several times.
            found = task_of(TextKind, target.kind) if source.kind.are_texts(source) else None
            return [found] if found else []
        found = task_of(source.kind, target.kind)
        if found and found.each_step and not self.name_each(source, target):
            found = None if target.numeric else task_of(source.kind, TextKind)
        elif found and source.kind.words_may_name_elements and self.name_elements(target, source):
            found = task_of(source.kind, TokensKind)
        if not found:
            return []
        words = found.each_step and not any(map(is_list, self.table.columns[target.name]))
        other = task_of(source.kind, TextKind) if words else None
        return [found, *([other] if other else self.value_tasks(source.kind, target)[1:])]

    @property
    def only_pair(self) -> bool:
        return bool(self.inputs) or len(self.usable) == 2

    def takes_pair(self, task: Task, source: Profile, target: Profile) -> bool:
        """Whether the task that was named fits."""
        if source.kind.names_classes and task.of_rows and not self.only_pair:  # one of the values of a row
            return False
        if not takes(task, source.kind, target.kind) or (task.numeric and not target.numeric):
            return False
        return not task.each_step or self.aligned(source.name, target.name)

    def name_each(self, source: Profile, target: Profile) -> bool:
        """One answer per element in every row. Lists of texts are read as one text, and not element by element."""
        texts = source.kind.predicts_itself and not source.kind.names_each_element
        sentences = texts and any(map(is_list, self.table.columns[source.name]))
        return not sentences and self.aligned(source.name, target.name)

    def name_elements(self, texts: Profile, elements: Profile) -> bool:
        """Texts have a word for each element, of cells that are unlike in length; captions don't happen to."""
        if not texts.kind.predicts_itself:
            return False
        lengths = {texts.kind.count(text) for text in self.table.columns[texts.name]}
        return len(lengths) > 1 and self.aligned(elements.name, texts.name)

    def points(self, task: Task, source: tuple[str, ...], target: str, *, of_row: bool = False) -> float:
        """How readily a person would read these columns so: by task, then by their kinds, names and order."""
        value = OF_VALUES_ALONE if of_row else task.readiness
        first, last = self.columns[source[0]], self.columns[target]
        if task.backwards:  # names don't tell here: the label came last, and becomes the input
            return value + 2.5 * (last.words <= 3)
        value += FOREMOST * first.kind.foremost
        value += 2 * (target.lower() in self.usual_outputs) - 2 * (target.lower() in self.usual_inputs)
        value += 0.5 * (last.kind.names_classes and not last.numeric)
        if len(source) == 1:
            value += 2.5 * (source[0].lower() in self.usual_inputs) - 2 * (source[0].lower() in self.usual_outputs)
        if of_row:
            return value - (not last.kind.names_classes and target.lower() not in self.usual_outputs)
        if task.each_step:  # there are fewer kinds of tags than of words
            value -= 4 * (last.distinct > first.distinct) + (last.distinct > MANY_TAGS)
        if task.text_to_text:
            names = list(self.columns)
            value += names.index(source[0]) < names.index(target)
        if self.task:  # what the task wants, before what it can bear
            value -= task.reluctance(first.kind.in_tasks(), last.kind.in_tasks())
        return value

    # -- saying why ---------------------------------------------------------------------------

    def evidence(self, best: Reading) -> list[str]:
        """Why this reading, in plain sentences."""
        columns = used = [*best.inputs, *([best.output] if best.output else [])]
        said = [LAYOUTS[self.table.layout]] if self.table.layout in LAYOUTS else []
        if best.kind.of_parts:
            said += self.happening.summary(best.inputs) if best.kinds else [summary(self.columns, best.inputs)]
            columns = columns if len(columns) <= SHOWN_COLUMNS else columns[-1:]
        elif len(columns) > 4:
            steps = self.as_vector(self.columns[best.inputs[0]])
            length = f" in sequences of {steps.words:,.1f} steps" if steps.kind.side_by_side else ""
            said.append(f"{len(best.inputs)} columns of {'numbers' if length else 'values'}{length}")
            columns = columns[-1:]
        said += [self.as_read(best, name).describe() for name in columns]
        said.append(self.remark(best.kind, best.inputs[0]))
        if best.output and best.task.each_step:
            said.append("input and output have equally many elements in every row")
            said.append(self.other_tags(used))
            said.append(self.remark(KINDS[best.task.classes], best.output) if best.task.classes else "")
        if best.task.forecasts and not best.output:
            said.append(self.few_values(best.inputs))
        if best.task.text_to_text and are_summaries(*(self.table.column(str(name)) for name in used)):
            said.append(SUMMARIES)
        if self.inputs or self.output or self.task:
            said.append("chosen by flags")
        elif usual := [name for name in columns if name.lower() in self.usual_inputs | self.usual_outputs]:
            said.append(f"named as usual: {', '.join(usual)}")
        return [*filter(None, said), *self.left_out(best, used)]

    def left_out(self, best: Reading, used: Sequence[str]) -> list[str]:
        """The columns that aren't read, each with why; of those that could be, where nobody has named others."""
        asked = self.happening if best.kinds else self.telling
        why = asked.about(best.output).left_out if best.kind.of_parts and best.output else {}
        others = [
            f"column {name!r}: {why[name]}" if name in why else self.what_it_holds(found)
            for name, found in self.columns.items()
            if name not in used
            and not (found.kind.tells_time and best.task.forecasts)
            and (found.kind.unused or not (self.inputs or name in self.numbers_of_steps))
        ]
        if len(others) > SHOWN_COLUMNS:
            others[SHOWN_COLUMNS:] = [f"{len(others) - SHOWN_COLUMNS:,} other columns"]
        return [f"left out, {sentence}" for sentence in others]

    def what_it_holds(self, found: Profile) -> str:
        """Of a column that isn't read."""
        once = self.table.layout == "steps" and not is_list(self.table.columns[found.name][0])
        always = "; the same throughout each sequence" if once and not found.kind.unused else ""
        return f"{found.describe()}{always}"

    def other_tags(self, used: Sequence[str | None]) -> str:
        """The columns that might have been learned as tags too, and the flag for it."""
        named = [name for name in self.usable if name not in used and self.kind(name).names_each_element]
        named = [name for name in named if self.aligned(str(used[0]), name)]
        return f"other columns of tags: {', '.join(named)} (--output {named[-1]} learns it)" if named else ""

    def remark(self, kind: type[Kind], name: str) -> str:
        """What else is to be said of a column that is read or written as this kind."""
        return kind.remark(self.columns[name], self.table.columns[name])

    def few_values(self, inputs: Sequence[str]) -> str:
        """What else may be meant by whole numbers of few values that are forecast; "" where there are none."""
        few = [name for name in inputs if self.columns[name].kind.names_each_element]
        if not few or len(few) == len(inputs):
            return ""
        listed = ", ".join(few[:4]) + (", ..." if len(few) > 4 else "")
        return (
            f"forecast too, though of few values: {listed}; name what to forecast by --output, and what is given for "
            "the steps to come by --ahead"
        )

    def as_read(self, best: Reading, name: str) -> Profile:
        """A column as the reading takes it: whole numbers may be measurements."""
        return self.as_vector(self.columns[name]) if name in best.inputs else self.columns[name]

    def unsure(self, what: str, readings: Sequence[Reading]) -> TaskError:
        """The question to the caller, with flags that answer it."""
        examples = "".join(f"\n  {reading.flags}   ({reading})" for reading in readings[:3])
        columns = "".join(f"\n  {found.describe()}" for found in self.columns.values())
        return TaskError(
            f"{self.table.source}: can't tell {what}. Say it by --input COL --output COL or --task NAME "
            f"({', '.join(TASKS)}){', for example' if examples else '.'}{examples}\nIts columns:{columns}"
        )


def task_of(input: type[Kind], output: type[Kind] | None) -> Task | None:
    """The task that two columns of these kinds make, or one that predicts itself; None where they make none."""
    name = TASK_OF.get((input.in_tasks(), output.in_tasks() if output else NOTHING))
    return TASKS[name] if name else None


def takes(task: Task, input: type[Kind], output: type[Kind] | None) -> bool:
    """Whether a task that was named can be learned from these kinds."""
    return task.takes(input.in_tasks(), output.in_tasks() if output else NOTHING)


def read_as(task: Task, kind: type[Kind]) -> type[Kind]:
    """The kind that an input is read as."""
    return KINDS[task.reads or kind.read_as or kind.name]
