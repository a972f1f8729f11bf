# pyright: strict
"""Every way to read a table, and how readily a person would read it so."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from elman.data.question import Question
from elman.kinds.alarms import AlarmsKind
from elman.kinds.base import Kind
from elman.kinds.classes import MAX_NUMBER_CLASSES
from elman.kinds.column import Profile, acts, name_words, names_things
from elman.kinds.label import LabelKind
from elman.kinds.number import NumberKind
from elman.kinds.numbers import NumbersKind
from elman.kinds.recognition import KINDS
from elman.kinds.record import RecordKind
from elman.kinds.records import RecordsKind, is_beside_steps
from elman.kinds.row import RowKind
from elman.kinds.text import TextKind
from elman.kinds.tokens import MANY_TAGS, TokensKind
from elman.kinds.vector import VectorKind
from elman.stored import types_of
from elman.tasks import FORECASTING, NEXT_LABEL, NOTHING, OF_VALUES_ALONE, TASK_OF, TASKS, Architecture, Task

FOREMOST = 3.0
"""Pictures and recordings are what a table that names them is about."""
BESIDE_OTHERS = 1.5
"""What is read together with all columns that may say something leads before it is read alone by so much."""
PANEL = 4.0
"""Series that go through the same days are to be forecast, rather than told apart."""
WIDE = 2.0
"""Series along a row are forecast rather than told apart by what nobody has named as an output."""
BESIDE_TEXT, NAMES = -3.0, 1.0
"""How readily numbers in sequences are read that stand beside texts; and, where series along rows are to be told apart
and these are of one word or come again, as names of who was measured do."""
FEW_SERIES = 5
"""Of so few sequences nothing can be learned that is the same throughout each of them."""
CODES, FLAG = 4.5, 5.5
"""How much less readily whole numbers at each step are read as names of classes than texts are: where times say no
more than their order; and where they are dates, so that numbers are mostly counts."""
STATE = 2.5
"""The same of those that say for long what goes on in a recording without dates."""
EVENT = 6.0
"""How much less readily something else is learned of what happens at a step than what happens next."""
BESIDE_EVENTS = 2.0
"""How much less readily numbers are forecast that stand beside what happens to somebody."""
ABOUT_VALUES = frozenset(
    "quality flag flags qc qf cd qualifier validity estimated approved provisional suspect 品質情報 均質番号".split()  # noqa: SIM905
)
"""Words in the names of columns that say how good the numbers beside them are."""
AHEAD_WORDS = ("holiday", "promo", "weekend", "workingday", "weekday", "festival")
"""In the names of columns that say of each day what was planned for it, in lower case."""
FEW_NUMBERS = 3
"""Of lists of no more numbers each, on the mean, nobody wants each named."""
SHOWN_COLUMNS = 8
"""Columns that are named one by one, at most, where many are left out or taken."""


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
        if self.task.next_step:
            return f"--next {shlex.quote(str(self.output))}"
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


def readings(asked: Question) -> Iterator[Reading]:
    """Every way to read the table that the caller's choices leave open."""
    if asked.task and asked.task.next_step:
        yield from next_steps(asked, asked.task)
        return
    if asked.task and asked.task.watches:
        yield from watched(asked, asked.task)
        return
    targets = [asked.output] if asked.output else [*asked.usable, *asked.numbers_of_steps]
    if asked.output is None:
        yield from series(asked)
    if asked.is_open and asked.in_time and not asked.is_panel:
        yield from next_steps(asked, NEXT_LABEL)
    fitting: dict[type[Kind], list[str]] = {}  # of each kind, the targets that may be learned from it
    for source in asked.inputs or asked.usable if len(asked.inputs) < 2 else ():
        if asked.output is None:
            yield from alone(asked, source)
        kind = asked.kind(source)
        if kind not in fitting:
            fits = {one for one in set(map(asked.kind, targets)) if may_pair(asked, kind, one)}
            fitting[kind] = [name for name in targets if asked.kind(name) in fits]
        for target in fitting[kind]:
            for task in pair_tasks(asked, asked.columns[source], asked.columns[target]):
                points = points_of(asked, task, (source,), target)
                points -= doubt_at_steps(asked, asked.columns[target], asked.columns[source])
                yield Reading(task, (source,), target, points, read_as(task, kind))
    for target in targets:
        yield from vectors(asked, target)
        yield from row_of_values(asked, target)
        yield from record(asked, target)
        yield from records(asked, target)


def alone(asked: Question, source: str) -> Iterator[Reading]:
    """A language model of one column."""
    kind = asked.kind(source)
    if asked.table.layout == "steps" and asked.task is None and any(map(asked.is_vector, asked.columns)):
        return  # a text that names the series
    task = task_of(kind, None) if source in asked.readable else None
    if asked.task and not asked.task.forecasts and not asked.readable and takes(asked.task, kind, None):
        task = asked.task  # lines that come back look like labels
    if task and asked.task in (None, task):
        bonus = 3 * (len(asked.usable) == 1) + (source.lower() in asked.usual_inputs)
        yield Reading(task, (source,), None, task.readiness + bonus, read_as(task, kind))


def series(asked: Question) -> Iterator[Reading]:
    """All columns of numbers that follow each other in time, or those that were named -> their next values."""
    found = asked.inputs or tuple(asked.vector_names)
    may_be = asked.task is FORECASTING or (asked.task is None and asked.table.layout == "steps")
    if found and may_be and all(map(asked.is_vector, found)):
        points = FORECASTING.readiness + max(PANEL * asked.is_panel, WIDE * asked.wide)
        points -= BESIDE_EVENTS * (asked.is_open and not asked.is_panel and bool(asked.events))
        yield Reading(FORECASTING, found, None, points, read_as(FORECASTING, VectorKind))


def watched(asked: Question, task: Task) -> Iterator[Reading]:
    """All columns of numbers that make up a sequence, or those that were named, but for one that marks steps."""
    named = [name for name in asked.columns if name.lower() in AlarmsKind.NAMES and name not in asked.inputs]
    output = asked.output or (named[0] if named else None)
    inputs = asked.inputs or tuple(name for name in asked.vector_names if name != output)
    if inputs and all(map(asked.is_vector, inputs)):
        yield Reading(task, inputs, output, task.readiness, read_as(task, VectorKind))


def vectors(asked: Question, target: str) -> Iterator[Reading]:
    """All columns of numbers that make up a sequence, or those that were named -> one more."""
    last, many = asked.columns[target], asked.table.layout == "steps"
    found = [name for name in asked.vector_names if name != target]
    inputs = asked.inputs or tuple(found if many else found[:1])
    if asked.output and asked.is_vector(target) and (asked.task is None or asked.task.forecasts):
        inputs = inputs or (target,)  # a series alone
    if not inputs or (target in inputs and not asked.is_vector(target)) or not all(map(asked.is_vector, inputs)):
        return
    beside_steps = target in asked.numbers_of_steps
    task = asked.task or task_of(VectorKind, NumbersKind if beside_steps else last.kind)
    if not task or not takes(task, VectorKind, last.kind):
        return
    # Numbers that were asked for get an error that names the row.
    if task.each_step and (asked.task is None or task.classes) and not asked.aligned(inputs[0], target):
        return
    points = task.readiness + 2 * asked.is_usual_output(target) + 0.5 * (not last.numeric)
    if not asked.inputs and not last.kind.names_each_element:
        texts = [found for found in asked.columns.values() if found.kind.predicts_itself]
        along = asked.wide and last.kind.names_classes
        names = along and all(one.words <= 1 or 2 * one.distinct <= one.rows for one in texts)
        points += (NAMES if names else BESIDE_TEXT) if texts else 0.0
        points -= 2 * names_things(target)
    points -= doubt_at_steps(asked, last)
    yield Reading(task, inputs, target, points, read_as(task, VectorKind))


def doubt_at_steps(asked: Question, target: Profile, source: Profile | None = None) -> float:
    """How much less readily a column is learned from sequences that are rows than its task is in general."""
    if asked.table.layout != "steps" or asked.output or asked.task:
        return 0.0
    if not target.kind.names_each_element:  # it is the same throughout each sequence
        return 3.0 * (len(asked.table) < FEW_SERIES)
    given = any(word in target.name.lower() for word in AHEAD_WORDS)
    if asked.is_usual_output(target.name):
        return 0.0
    if asked.has_dates and {*name_words(target.name)} & ABOUT_VALUES:
        return FLAG
    if not (target.numeric or given):
        both = source is not None and source.kind.names_each_element and source.distinct <= MANY_TAGS
        if both or asked.events:  # what somebody did is more than the numbers beside it
            return EVENT
        return FLAG if asked.has_dates and target.name != list(asked.columns)[-1] else 0.0  # what blew beside what fell
    if asked.in_time and not asked.has_dates and target.name == asked.state:
        return STATE
    counts = target.distinct > 2 or target.name != list(asked.columns)[-1] or given
    return FLAG if asked.has_dates and counts else CODES


def row_of_values(asked: Question, target: str) -> Iterator[Reading]:
    """All values of a row, or those that were named -> one more."""
    last = asked.columns[target]
    if not last.kind.in_rows:
        return
    rows = asked.inputs or asked.values_beside(target)
    fits = not asked.inputs or all(asked.kind(name).in_rows for name in rows)
    one_label = len(rows) == 1 and asked.kind(rows[0]).names_classes
    if one_label and asked.task:
        return  # where the task is named, it is a text that comes again and again
    task = asked.task or task_of(RowKind, last.kind)
    if not (rows and fits and target not in rows and task and task.of_rows):
        return
    if last.numeric or not task.numeric:
        ignores_text = not asked.inputs and asked.has_texts
        points = points_of(asked, task, rows, target, of_row=True) - 2 * ignores_text
        points += asked.place(target)
        yield Reading(task, rows, target, points, RowKind, by_name=not one_label)


def record(asked: Question, target: str) -> Iterator[Reading]:
    """Columns of several kinds beside each other, those that were named or all that may say something -> one."""
    if not (asked.inputs or asked.about_texts) or len(asked.columns) < 3:
        return
    inputs = asked.inputs or asked.chosen(target).taken
    kinds = [asked.kind(name) for name in inputs]
    if len(inputs) < 2 or target in inputs or not all(kind.beside_as for kind in kinds):
        return
    if all(kind.in_rows for kind in kinds):
        return
    last = asked.columns[target]
    for task in value_tasks(asked, RecordKind, last):
        if takes(task, RecordKind, last.kind) and (last.numeric or not task.numeric):
            alone = max(points_of(asked, task, (name,), target) for name in inputs if not asked.kind(name).in_rows)
            points = alone + BESIDE_OTHERS + asked.place(target)
            yield Reading(task, inputs, target, points, RecordKind, by_name=asked.task is not None)


def records(asked: Question, target: str) -> Iterator[Reading]:
    """Columns of several kinds at the steps of sequences, those that were named or all that may say something ->
    one more: what follows from a whole sequence, or at each step where that is asked for."""
    if asked.table.layout != "steps":
        return
    last, happening = asked.columns[target], asked.happening
    at_each_step = target in happening.listed
    if (at_each_step or asked.is_panel) and not (asked.output or asked.task):
        return
    inputs = asked.inputs or asked.chosen(target).taken
    if len(inputs) < 2 or target in inputs or not all(happening.roles[name] for name in inputs):
        return
    if all(map(asked.is_vector, inputs)) or not (asked.inputs or happening.are_mixed(inputs)):
        return
    if at_each_step and not last.kind.names_each_element and not asked.task:
        return  # numbers, which are forecast
    for task in value_tasks(asked, RecordsKind, last):
        if takes(task, RecordsKind, last.kind) and (last.numeric or not task.numeric):
            meant = asked.output or target == asked.usable[-1] or asked.is_usual_output(target)
            read = [name for name in inputs if asked.kind(name).in_tasks() in task.inputs]
            alone = max((points_of(asked, task, (name,), target) for name in read), default=task.readiness)
            points = alone + BESIDE_OTHERS - doubt_at_steps(asked, last) - (not meant)
            yield Reading(task, inputs, target, points, RecordsKind, kinds=happening.roles)


def may_follow(asked: Question, task: Task, target: str) -> bool:
    """Whether a column holds what a task says of the next step; codes may be classes, amounts aren't."""
    last = asked.columns[target]
    amounts = last.kind.side_by_side and last.distinct > MAX_NUMBER_CLASSES
    return takes(task, RecordsKind, last.kind) and not (task.classes and amounts) and not is_beside_steps(last.kind)


def next_steps(asked: Question, task: Task) -> Iterator[Reading]:
    """Columns at the steps of sequences, those that were named or all that may say something -> one of them at the next
    step."""
    happening = asked.happening
    for target in [asked.output] if asked.output else asked.columns:
        if target not in happening.listed or not may_follow(asked, task, target):
            continue
        if asked.task is None and asked.columns[target].numeric and asked.columns[target].distinct > 2:
            continue  # more often amounts than names of classes
        if asked.is_open and 2 * asked.columns[target].distinct > asked.columns[target].elements:
            continue  # names that seldom come again
        roles = happening.roles | ({target: LabelKind.name} if task.classes else {})
        about = {*asked.chosen(target, next_step=True).taken, target}
        inputs = asked.inputs or tuple(name for name in asked.columns if name in about)
        if all(roles[name] for name in inputs):
            points = task.readiness + 2 * asked.is_usual_output(target)
            yield Reading(task, inputs, target, points, RecordsKind, kinds=roles)


def value_tasks(asked: Question, source: type[Kind], target: Profile) -> list[Task]:
    """What is learned from a kind of input as one value, the likelier first: names of classes that are numbers may
    be amounts."""
    if asked.task:
        return [asked.task]
    found = task_of(source, target.kind)
    amounts = found and found.classes and target.kind.names_classes and target.numeric and target.distinct > 2
    return [task for task in (found, task_of(source, NumberKind) if amounts else None) if task]


def may_pair(asked: Question, source: type[Kind], target: type[Kind]) -> bool:
    """Whether any column of one kind can be learned from one of another, so that others need not be tried."""
    if asked.task:
        return takes(asked.task, source, target)
    few_texts = asked.only_pair and source is target and source.names_classes
    return few_texts or task_of(source, target) is not None


def pair_tasks(asked: Question, source: Profile, target: Profile) -> list[Task]:
    """The sequence tasks that learn ``target`` from ``source``, the likelier first."""
    # Numbers per token are tags, not words; where there are no words, they may be codes of what came one after another.
    codes = source.kind.names_each_element and source.numeric and bool(asked.readable)
    made = holds_tuples(asked, target) and not source.kind.names_each_element  # of a class, or a text
    amounts = not asked.is_usual_output(target.name) and (made or holds_tuples(asked, source))
    if source.name == target.name or codes or amounts or source.kind.side_by_side:  # which ``vectors`` reads
        return []
    if asked.task:
        return [asked.task] if takes_pair(asked, asked.task, source, target) else []
    if asked.only_pair and source.kind is target.kind and source.kind.names_classes:
        # A few short texts, each of them several times.
        found = task_of(TextKind, target.kind) if source.kind.are_texts(source) else None
        return [found] if found else []
    found = task_of(source.kind, target.kind)
    if found and found.each_step and not name_each(asked, source, target):
        found = None if target.numeric else task_of(source.kind, TextKind)
    elif found and source.kind.words_may_name_elements and name_elements(asked, target, source):
        found = task_of(source.kind, TokensKind)
    if not found:
        return []
    words = found.each_step and list not in types_of(asked.table.columns[target.name])
    other = task_of(source.kind, TextKind) if words else None
    return [found, *([other] if other else value_tasks(asked, source.kind, target)[1:])]


def holds_tuples(asked: Question, found: Profile) -> bool:
    """Whether lists are a few numbers that belong together, as a score and a place are, rather than sequences."""
    listed = found.kind.names_each_element and found.numeric and found.elements <= FEW_NUMBERS * found.filled
    return listed and asked.is_open and asked.table.layout == "table"


def takes_pair(asked: Question, task: Task, source: Profile, target: Profile) -> bool:
    """Whether the task that was named fits."""
    if source.kind.names_classes and task.of_rows and not asked.only_pair:  # one of the values of a row
        return False
    if not takes(task, source.kind, target.kind) or (task.numeric and not target.numeric):
        return False
    return not task.each_step or asked.aligned(source.name, target.name)


def name_each(asked: Question, source: Profile, target: Profile) -> bool:
    """One answer per element in every row. Lists of texts are read as one text, and not element by element."""
    texts = source.kind.predicts_itself and not source.kind.names_each_element
    sentences = texts and list in types_of(asked.table.columns[source.name])
    return not sentences and asked.aligned(source.name, target.name)


def name_elements(asked: Question, texts: Profile, elements: Profile) -> bool:
    """Texts have a word for each element, of cells that are unlike in length; captions don't happen to."""
    if not texts.kind.predicts_itself:
        return False
    lengths = {texts.kind.count(text) for text in asked.table.columns[texts.name]}
    return len(lengths) > 1 and asked.aligned(elements.name, texts.name)


def points_of(asked: Question, task: Task, source: tuple[str, ...], target: str, *, of_row: bool = False) -> float:
    """How readily a person would read these columns so: by task, then by their kinds, names and order."""
    value = OF_VALUES_ALONE if of_row else task.readiness
    first, last = asked.columns[source[0]], asked.columns[target]
    if task.backwards:  # names don't tell here: the label came last, and becomes the input
        return value + 2.5 * (last.words <= 3)
    value += FOREMOST * first.kind.foremost
    value += asked.claim(target) - 2 * (names_things(target) or acts(target))
    if target.lower() in asked.usual_inputs:  # beside a recording a text is what was spoken, and mostly it is read
        value += 2 if first.kind.foremost else -2
    value += 0.5 * (last.kind.names_classes and not last.numeric)
    if len(source) == 1:
        value += 2.5 * (source[0].lower() in asked.usual_inputs) - 2 * asked.is_usual_output(source[0])
    if of_row:
        return value - (not (last.kind.names_classes or asked.claim(target) or asked.place(target)))
    if task.each_step:  # there are fewer kinds of tags than of words
        value -= 4 * (last.distinct > first.distinct) + (last.distinct > MANY_TAGS)
    if task.text_to_text:
        names = list(asked.columns)
        value += names.index(source[0]) < names.index(target)
    if asked.task:  # what the task wants, before what it can bear
        value -= task.reluctance(first.kind.in_tasks(), last.kind.in_tasks())
    return value


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
