"""From columns to a task: the shape of input and output picks the architecture.

Each task is a pair (kind of input, kind of output), and each pair has one architecture; the whole table stands in
``elman.tasks``. Detection is choosing the two columns; where that isn't plain, it asks, with the flags to pass.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from elman import tasks
from elman.data.media import files_of
from elman.data.profile import Profile, profile, profiles
from elman.data.steps import find_steps, gather, refuse_texts_among_numbers
from elman.data.summaries import are_summaries
from elman.data.table import Table, column_names
from elman.errors import TaskError
from elman.tasks import (
    MEDIA,
    OF_A_ROW,
    OF_VALUES_ALONE,
    READABLE,
    SEQUENCES,
    SERIES_TASKS,
    TASK_OF,
    TASKS,
    USABLE,
    VALUES,
    Architecture,
)

SUMMARIES = "outputs are much shorter, and mostly in the words of their input: summaries"

LAYOUTS = {
    "text": "plain text, one line after another",
    "conll": "one token per line, sentences apart by blank lines",
    "parallel": "text files with equally many lines, line i of one belonging to line i of the other",
    "folder": "a folder with one file or subfolder per class",
    "media": "a folder of files",
    "sequences": "a folder with one subfolder per class, a sequence in each file",
}

INPUT_NAMES = frozenset(
    {
        "text",
        "input",
        "source",
        "src",
        "sentence",
        "question",
        "message",
        "document",
        "content",
        "body",
        "word",
        "x",
        "abstract",
        "article",
    }
    | {"form", "token", "tokens", "words"}
    | {"image", "picture", "photo", "audio", "sound", "recording", "file", "filename", "path"}
    | {"clip", "video", "frames"}
)
OUTPUT_NAMES = frozenset(
    {
        "label",
        "labels",
        "output",
        "target",
        "tgt",
        "class",
        "category",
        "sentiment",
        "intent",
        "rating",
        "score",
        "y",
    }
    | {
        "tag",
        "tags",
        "ner_tags",
        "upos",
        "summary",
        "caption",
        "transcript",
        "translation",
        "answer",
        "species",
        "stars",
        "genre",
        "emotion",
        "headline",
        "tldr",
    }
)

MEDIA_FIRST = 3.0
"""Pictures and recordings are what a table that names them is about."""
MANY_TAGS = 100
MARGIN = 1.0
"""The best reading must lead by this much; otherwise detection asks."""


@dataclass(frozen=True)
class Detection:
    """What to learn from a table, and why.

    Attributes:
        inputs: the input column, or several columns of a row.
        output: the output column; None for a language model, which predicts its own input.
        evidence: plain sentences.
        runner_up: the next best reading, as {"architecture", "task", "why"}.
        sequences: where rows are the steps of sequences, the column that tells these apart, or "" where each file is
            one; None where each row stands for itself.
        ahead: columns of a series whose values are known ahead, also for the steps that are to be forecast.
    """

    architecture: Architecture
    task: str
    inputs: tuple[str, ...]
    output: str | None
    evidence: list[str] = field(default_factory=list)
    runner_up: dict[str, str] | None = None
    sequences: str | None = None
    ahead: list[str] = field(default_factory=list)

    @property
    def given(self) -> str:
        """The input columns as a person reads them."""
        return ", ".join(self.inputs)

    @property
    def answer(self) -> str:
        """The output column; where there is none, what comes next, in words."""
        return self.output or ("its next values" if self.task == "forecasting" else "its next element")

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "inputs": list(self.inputs)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Detection:
        return cls(**{**saved, "inputs": tuple(saved["inputs"])})


@dataclass(frozen=True)
class Reading:
    """One way to understand the table, and how readily a person would.

    Attributes:
        of_picture: the input is a picture, read as a whole.
        of_row: the inputs are the values of a row.
        by_name: naming the task leads here; else it would lead elsewhere.
    """

    task: str
    inputs: tuple[str, ...]
    output: str | None
    points: float
    of_picture: bool = False
    of_row: bool = False
    by_name: bool = True

    @property
    def architecture(self) -> Architecture:
        return TASKS[self.task].architecture_for("image" if self.of_picture else "row" if self.of_row else "text")

    @property
    def flags(self) -> str:
        """What to pass to get this reading."""
        named = ["--task", self.task] if self.by_name else []
        words = [*named, *(f"--input {shlex.quote(name)}" for name in self.inputs)]
        return " ".join(words + (["--output", shlex.quote(self.output)] if self.output else []))

    def __str__(self) -> str:
        given = ", ".join(self.inputs) if len(self.inputs) < 5 else f"{len(self.inputs)} columns"
        return f"{given} -> {self.output or 'the next element'}: {TASKS[self.task].meaning(self.architecture)}"

    def as_runner_up(self) -> dict[str, str]:
        return {
            "architecture": self.architecture,
            "task": self.task,
            "why": f"{self}; for this, pass {self.flags}",
        }


def detect(
    table: Table,
    *,
    input: str | Sequence[str] | None = None,
    output: str | None = None,
    task: str | None = None,
    ahead: Sequence[str] = (),
    alone: bool = False,
) -> Detection:
    """Chooses task, input and output of a table; what the caller names is kept.

    input: a column, or several
    alone: whether each row stands for itself, even where times say that rows follow each other
    ahead: columns whose values are known ahead; only forecasting has a use for them.
    Raises TaskError where the data allow several readings, with the flags that settle it.
    """
    if not len(table):
        raise TaskError(f"{table.source} has no rows: there is nothing to learn.")
    if task is not None:
        task = tasks.read_as(task).name
    inputs = column_names(input)
    if ahead:
        return with_known_ahead(table, inputs, output, task, list(dict.fromkeys(ahead)))
    known = profiles(table)
    steps = None if alone else find_steps(table, known, inputs, asked=task == "forecasting")
    if steps is None:
        if table.layout == "table" and not inputs:
            refuse_texts_among_numbers(table, {name: known[name] for name in known if name != output}, ("text",))
        return detect_rows(Question.about(table, known, inputs, output, task), alone)
    sequences = gather(table, steps.by)
    known = profiles(sequences)
    if steps.by:  # it names the sequences
        known[steps.by] = replace(known[steps.by], kind="id")
    question = Question.about(sequences, known, inputs, output, task)
    found = detect_rows(question)
    return replace(found, evidence=[steps.describe(len(sequences)), *found.evidence], sequences=steps.by)


def with_known_ahead(
    table: Table, inputs: tuple[str, ...], output: str | None, task: str | None, ahead: list[str]
) -> Detection:
    """``detect`` for series of which some columns are known ahead: these are neither forecast nor a choice."""
    if task not in (None, "forecasting"):
        raise TaskError(
            f"columns known ahead (--ahead) are for forecasting; the task is {task}. Leave out one of them."
        )
    for name in ahead:
        if name == output or name in inputs:
            raise TaskError(f"column {name!r} can't be both known ahead and --input or --output. Name another one.")
        column = profile(name, table.column(name))
        if not column.numeric or column.kind in ("constant", "empty"):
            raise TaskError(
                f"{table.source}: {column.describe()}. A column known ahead (--ahead) must hold numbers that change; "
                "write yes and no as 1 and 0, or leave it out."
            )
    rest = replace(table, columns={name: cells for name, cells in table.columns.items() if name not in ahead})
    found = detect(rest, input=inputs, output=output, task="forecasting")
    return replace(found, evidence=[*found.evidence, f"known ahead: {', '.join(ahead)}"], ahead=ahead)


def prepared(table: Table, found: Detection) -> Table:
    """The table with a row per sequence, as it was when ``found`` was detected."""
    if found.sequences is None:
        return replace(table, ahead=found.ahead) if found.ahead else table
    at_each_step = found.task in ("tagging", "forecasting", "step-regression") and found.output is not None
    lists = [*found.inputs, *([found.output] if at_each_step else []), *found.ahead]
    return replace(gather(table, found.sequences, [str(name) for name in lists]), ahead=found.ahead)


def detect_rows(question: Question, alone: bool = False) -> Detection:
    """``detect`` for a table whose rows stand for themselves; ``alone`` where the caller says so."""
    output, task = question.output, question.task
    question.refuse_single_value()
    readings = sorted(question.readings(), key=lambda reading: -reading.points)
    if not (output or task or alone):
        question.refuse_other_fields(readings)
    if not readings:
        raise question.unsure("what to learn: no input and output fit together", readings)
    best, *others = readings
    if others and best.points - others[0].points < MARGIN:
        raise question.unsure("what to learn", readings)
    return Detection(
        best.architecture,
        best.task,
        best.inputs,
        best.output,
        question.evidence(best),
        others[0].as_runner_up() if others else None,
    )


@dataclass(frozen=True)
class Question:
    """A table, what is known of its columns, and what the caller has settled already."""

    table: Table
    known: dict[str, Profile]
    inputs: tuple[str, ...]
    output: str | None
    task: str | None

    @classmethod
    def about(
        cls,
        table: Table,
        known: dict[str, Profile],
        inputs: tuple[str, ...],
        output: str | None,
        task: str | None,
    ) -> Question:
        chosen = [*inputs, *([output] if output is not None else [])]
        for name in chosen:
            table.column(name)
        if output in inputs:
            raise TaskError(f"column {output!r} can't be both --input and --output. Name another one.")
        return cls(table, known | {name: as_chosen(known[name], table) for name in chosen}, inputs, output, task)

    @property
    def usable(self) -> list[str]:
        return [name for name, column in self.known.items() if column.kind in USABLE]

    def refuse_single_value(self) -> None:
        """One class only: an output that is the same in every row."""
        for name, column in self.known.items():
            meant = name == self.output or (self.output is None and name.lower() in OUTPUT_NAMES)
            if column.kind == "constant" and meant and name not in self.inputs:
                raise TaskError(
                    f"{self.table.source}: {column.describe()}. With one value there is nothing to tell "
                    "apart: add rows with another one, or name another column by --output COL."
                )

    def refuse_other_fields(self, readings: Sequence[Reading]) -> None:
        """Series: reading the other columns alone would miss what the data are about."""
        kinds = {column.kind for column in self.known.values()}
        if "time" in kinds and all(reading.of_row for reading in readings):
            raise self.unsure("what to learn from rows that follow each other in time", readings)

    def readings(self) -> Iterator[Reading]:
        """Every way to read the table that the caller's choices leave open."""
        targets = [self.output] if self.output else [*self.usable, *self.numbers_of_steps]
        if self.output is None and self.task in (None, "forecasting"):
            yield from self.series()
        for source in self.inputs or self.usable if len(self.inputs) < 2 else ():
            if not self.output and self.task in (None, "language-model"):
                yield from self.alone(source)
            for target in targets:
                for task in self.pair_tasks(self.known[source], self.known[target]):
                    points = self.points(task, (source,), target)
                    yield Reading(task, (source,), target, points, self.known[source].kind == "image")
        for target in targets:
            yield from self.vectors(target)
            if self.task in (None, *OF_A_ROW):
                yield from self.row_of_values(target)

    def alone(self, source: str) -> Iterator[Reading]:
        """A language model of one column."""
        readable = [name for name in self.usable if self.known[name].kind in READABLE and not self.known[name].numeric]
        named = self.task == "language-model" and not readable  # lines that come back look like labels
        if source in readable or (named and self.known[source].kind in SEQUENCES):
            bonus = 3 * (len(self.usable) == 1) + (source.lower() in INPUT_NAMES)
            yield Reading("language-model", (source,), None, TASKS["language-model"].readiness + bonus)

    def series(self) -> Iterator[Reading]:
        """All columns of numbers that follow each other in time, or those that were named -> their next values."""
        steps = self.table.layout == "steps"
        found = self.inputs or tuple(name for name, column in self.known.items() if self.is_vector(column))
        if found and (steps or self.task == "forecasting") and all(self.is_vector(self.known[name]) for name in found):
            yield Reading("forecasting", found, None, TASKS["forecasting"].readiness)

    def vectors(self, target: str) -> Iterator[Reading]:
        """All columns of numbers that make up a sequence, or those that were named -> one more."""
        last, many = self.known[target], self.table.layout == "steps"
        found = [name for name, column in self.known.items() if self.is_vector(column) and name != target]
        inputs = self.inputs or tuple(found if many else found[:1])
        if self.output and self.is_vector(last) and self.task in (None, "forecasting"):
            inputs = inputs or (target,)  # a series alone
        if (
            not inputs
            or (target in inputs and not self.is_vector(last))
            or not all(self.is_vector(self.known[name]) for name in inputs)
        ):
            return
        task = self.task or TASK_OF.get(("vector", last.kind))
        if self.task is None and target in self.numbers_of_steps:
            task = "step-regression"
        if task in SERIES_TASKS and last.kind in TASKS[task].outputs:
            found_so = task == "tagging" or self.task is None  # what was asked for gets an error that names the row
            if task in ("tagging", "step-regression") and found_so and not self.aligned(inputs[0], target):
                return
            value = TASKS[task].readiness + 2 * (target.lower() in OUTPUT_NAMES) + 0.5 * (not last.numeric)
            beside_text = not self.inputs and any(column.kind in READABLE for column in self.known.values())
            yield Reading(task, inputs, target, value - 3 * (beside_text and last.kind != "tokens"))

    @cached_property
    def numbers_of_steps(self) -> list[str]:
        """Columns of a number for each step of another column. Steps of columns side by side are series instead."""
        if self.table.layout == "steps":
            return []
        vectors = [name for name, column in self.known.items() if self.is_vector(column)]
        return [
            name
            for name in vectors
            if not any(isinstance(step, list) for cell in self.table.columns[name] for step in (cell or [])[:1])
            and any(self.aligned(other, name) for other in vectors if other != name)
        ]

    def is_vector(self, column: Profile) -> bool:
        """Numbers in sequences; whole ones that take few values too, where columns are steps side by side."""
        steps = self.table.layout == "steps" and column.kind == "tokens" and column.numeric
        return column.kind == "vector" or steps

    def row_of_values(self, target: str) -> Iterator[Reading]:
        """All values of a row, or those that were named -> one more."""
        values = [name for name in self.usable if self.known[name].kind in VALUES and name != target]
        rows = self.inputs or tuple(values)
        fits = len(rows) > 1 or all(self.known[name].kind in VALUES for name in rows)
        last, one_label = self.known[target], len(rows) == 1 and self.known[rows[0]].kind == "label"
        if one_label and self.task:
            return  # where the task is named, it is a text that comes again and again
        task = self.task or ("regression" if last.kind == "number" else "classification")
        if rows and fits and target not in rows and last.kind in VALUES and (task != "regression" or last.numeric):
            ignores_text = not self.inputs and any(self.known[name].kind in READABLE for name in self.usable)
            points = self.points(task, rows, target, of_row=True) - 2 * ignores_text
            yield Reading(task, rows, target, points, of_row=True, by_name=not one_label)

    def pair_tasks(self, source: Profile, target: Profile) -> list[str]:
        """The sequence tasks that learn ``target`` from ``source``, the likelier first."""
        codes = source.kind == "tokens" and source.numeric  # numbers per token are tags, not words
        only_pair = bool(self.inputs) or len(self.usable) == 2
        if source.name == target.name or codes or self.task == "language-model":
            return []
        if source.kind == "label" and not only_pair and self.task in OF_A_ROW:  # one of the values of a row
            return []
        if source.kind == "vector":  # which ``vectors`` reads
            return []
        if self.task:
            fits = TASKS[self.task].takes(source.kind, target.kind)
            found = [self.task] if fits and (self.task != "regression" or target.numeric) else []
        elif only_pair and source.kind == target.kind == "label" and source.words > 1:
            found = ["classification"]  # a few short texts, each of them several times
        else:
            found = [TASK_OF[source.kind, target.kind]] if (source.kind, target.kind) in TASK_OF else []
            if found == ["classification"] and target.numeric and target.distinct > 2:
                found.append("regression")
        if found == ["tagging"] and not self.aligned(source.name, target.name):
            return [] if self.task or target.numeric else [TASK_OF[source.kind, "text"]]
        if found == ["captioning"] and source.kind == "frames" and not self.task and self.labels_frames(source, target):
            return ["tagging"]
        return found

    def labels_frames(self, clips: Profile, texts: Profile) -> bool:
        """Texts have a word for each frame, of clips that are unlike in length; captions don't happen to."""
        lengths = {element_count(text) for text in self.table.columns[texts.name]}
        return len(lengths) > 1 and self.aligned(clips.name, texts.name)

    def aligned(self, tokens: str, tags: str) -> bool:
        """One tag per token, or frame, in every row; cells that are text are split at white space."""
        pairs = zip(self.table.columns[tokens], self.table.columns[tags], strict=True)
        count = frame_count if self.known[tokens].kind == "frames" else element_count
        return all(count(token) == element_count(tag) for token, tag in pairs)

    def points(self, task: str, source: tuple[str, ...], target: str, *, of_row: bool = False) -> float:
        """How readily a person would read these columns so: by task, then by their kinds, names and order."""
        readiness = OF_VALUES_ALONE if of_row else TASKS[task].readiness
        value, first, last = readiness, self.known[source[0]], self.known[target]
        if task == "generation":  # names don't tell here: the label came last, and becomes the input
            return value + 2.5 * (last.words <= 3)
        value += MEDIA_FIRST * (first.kind in MEDIA)
        value += 2 * (target.lower() in OUTPUT_NAMES) - 2 * (target.lower() in INPUT_NAMES)
        value += 0.5 * (last.kind == "label" and not last.numeric)
        if len(source) == 1:
            value += 2.5 * (source[0].lower() in INPUT_NAMES) - 2 * (source[0].lower() in OUTPUT_NAMES)
        if of_row:
            return value - (last.kind == "number")
        if task == "tagging":  # there are fewer kinds of tags than of words
            value -= 4 * (last.distinct > first.distinct) + (last.distinct > MANY_TAGS)
        if task == "translation":
            names = list(self.known)
            value += names.index(source[0]) < names.index(target)
        if self.task:  # what the task wants, before what it can bear
            value -= TASKS[task].inputs.index(first.kind) + TASKS[task].outputs.index(last.kind)
        return value

    def evidence(self, best: Reading) -> list[str]:
        """Why this reading, in plain sentences."""
        columns = used = [*best.inputs, *([best.output] if best.output else [])]
        told = [LAYOUTS[self.table.layout]] if self.table.layout in LAYOUTS else []
        if len(columns) > 4:
            steps = self.known[best.inputs[0]]
            length = f" in sequences of {steps.words:,.1f} steps" if self.is_vector(steps) else ""
            told.append(f"{len(best.inputs)} columns of {'numbers' if length else 'values'}{length}")
            columns = columns[-1:]
        told += [self.as_read(best, name).describe() for name in columns]
        if best.of_picture:
            told.append("a picture is one value: what is learned is read off it as a whole")
        if best.task in ("tagging", "step-regression") and best.output:
            told.append("input and output have equally many elements in every row")
            tags = [str(tag) for tag, _ in self.known[best.output].top]
            if best.task == "tagging" and all(tag == "O" or tag[:2] in ("B-", "I-") for tag in tags):
                told.append("the tags are O or begin with B- and I-: they mark spans")
        if best.task == "translation" and are_summaries(*(self.table.column(str(name)) for name in used)):
            told.append(SUMMARIES)
        if self.inputs or self.output or self.task:
            told.append("chosen by flags")
        elif usual := [name for name in columns if name.lower() in INPUT_NAMES | OUTPUT_NAMES]:
            told.append(f"named as usual: {', '.join(usual)}")
        times = {"time"} if best.task == "forecasting" else set()
        others = [
            column for name, column in self.known.items() if column.kind not in {*USABLE, *times} and name not in used
        ]
        return told + [f"left out, {column.describe()}" for column in others]

    def as_read(self, best: Reading, name: str) -> Profile:
        """A column as the reading takes it: whole numbers may be measurements."""
        column = self.known[name]
        measured = name in best.inputs and self.is_vector(column)
        return replace(column, kind="vector") if measured else column

    def unsure(self, what: str, readings: Sequence[Reading]) -> TaskError:
        """The question to the caller, with flags that answer it."""
        examples = "".join(f"\n  {reading.flags}   ({reading})" for reading in readings[:3])
        columns = "".join(f"\n  {column.describe()}" for column in self.known.values())
        return TaskError(
            f"{self.table.source}: can't tell {what}. Say it by --input COL --output COL or --task NAME "
            f"({', '.join(TASKS)}){', for example' if examples else '.'}{examples}\nIts columns:{columns}"
        )


def as_chosen(column: Profile, table: Table) -> Profile:
    """A column that detection would leave alone is taken as what it can be, once the caller names it."""
    match column.kind:
        case "id" | "time":
            return replace(column, kind="number" if column.numeric else "text")
        case "split":
            return replace(column, kind="label")
        case "empty":
            raise TaskError(f"{table.source}: {column.describe()}, not learned from yet. Name another column.")
    return column


def frame_count(clip: Any) -> int:
    return len(clip) if isinstance(clip, list) else len(files_of(clip)) if clip else 0


def element_count(cell: Any) -> int:
    return len(cell) if isinstance(cell, list) else len(str(cell or "").split())
