# pyright: strict
"""Why a table is read as it is, in plain sentences; and what to ask of the caller where that isn't plain."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import repeat

from elman.data.question import Question
from elman.data.readings import SHOWN_COLUMNS, Reading, may_follow
from elman.data.records import summary
from elman.data.summaries import are_summaries
from elman.data.table import Table
from elman.data.totals import MOST_TOTALLED, may_name_totals, rows_of_totals
from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.kinds.column import Profile
from elman.kinds.recognition import KINDS
from elman.stored import types_of
from elman.tasks import NEXT_LABEL, TASKS

EXAMPLES = 4
"""Ways to answer a question that are shown, at most."""
SUMMARIES = "outputs are much shorter, and mostly in the words of their input: summaries"

LAYOUTS = {
    "text": "plain text, one line after another",
    "conll": "one token per line, sentences separated by blank lines",
    "sentences": "a sentence in each line, and the tags of its words in it",
    "lexicon": "a word in each line, and its phones",
    "parallel": "text files with equally many lines, line i of one belonging to line i of the other",
    "folder": "one file, or subfolder, for each class",
    "media": "a folder of files",
    "sequences": "a sequence in each file",
}

BY_FLAGS = "chosen by flags"


def evidence(asked: Question, best: Reading) -> list[str]:
    """Why this reading, in plain sentences."""
    columns = used = [*best.inputs, *([best.output] if best.output and best.output not in best.inputs else [])]
    said = [LAYOUTS[asked.table.layout]] if asked.table.layout in LAYOUTS else []
    if best.kind.of_parts:
        said += (
            asked.happening.summary(best.kinds, best.inputs) if best.kinds else [summary(asked.columns, best.inputs)]
        )
        columns = columns if len(columns) <= SHOWN_COLUMNS else columns[-1:]
    elif len(columns) > 4:
        steps = asked.as_vector(asked.columns[best.inputs[0]])
        length = f" in sequences of {steps.words:,.1f} steps" if steps.kind.side_by_side else ""
        said.append(f"{len(best.inputs)} columns of {'numbers' if length else 'values'}{length}")
        columns = columns[-1:]
    said += [as_read(asked, best, name).describe() for name in columns]
    said.append(remark(asked, best.kind, best.inputs[0]))
    if best.task.watches:
        said.append(f"steps marked in column {best.output!r} are unusual" if best.output else "no step is marked")
    elif best.output and best.task.each_step:
        said.append("input and output have equally many elements in every row")
        said.append(other_tags(asked, used))
        said.append(remark(asked, KINDS[best.task.classes], best.output) if best.task.classes else "")
    if best.task.forecasts and not best.output:
        said.append(few_values(asked, best.inputs))
    if best.task.text_to_text and are_summaries(*(asked.table.column(str(name)) for name in used)):
        said.append(SUMMARIES)
    said.append(what_follows(asked))
    said.append(why_these(asked, best, columns))
    return [*filter(None, said), *left_out(asked, best, used)]


def why_these(asked: Question, best: Reading, columns: Sequence[str]) -> str:
    """What settled which columns are read and learned; "" for their kinds alone."""
    if not asked.is_open:
        return BY_FLAGS
    if best.output and asked.place_tells and asked.stands_last(best.output):
        return f"the output is the last column, {best.output!r}; for another one, pass --output"
    usual = [name for name in columns if name.lower() in asked.usual_inputs or asked.is_usual_output(name)]
    return f"named as usual: {', '.join(usual)}" if usual else ""


def what_follows(asked: Question) -> str:
    """That what comes next in a sequence may be learned, and of which columns; "" where somebody has said what is."""
    if asked.table.layout != "steps" or not asked.is_open:
        return ""
    named = [name for name in asked.usable if name in asked.happening.listed and not asked.columns[name].numeric]
    named = [name for name in named if may_follow(asked, NEXT_LABEL, name)]
    return f"what comes next can be learned, too: {next_flags(named)}" if named else ""


def next_flags(names: Sequence[str]) -> str:
    return " or ".join(f"--next {shlex.quote(name)}" for name in names[:3])


def left_out(asked: Question, best: Reading, used: Sequence[str]) -> list[str]:
    """The columns that aren't read, each with why; of those that could be, where nobody has named others."""
    parts = best.kind.of_parts and best.output
    why = asked.chosen(parts, next_step=best.task.next_step).left_out if parts else {}
    others = [
        f"column {name!r}: {why[name]}" if name in why else what_it_holds(asked, found)
        for name, found in asked.columns.items()
        if name not in used
        and not (found.kind.tells_time and best.task.forecasts)
        and (found.kind.unused or not (asked.inputs or name in asked.numbers_of_steps))
    ]
    if len(others) > SHOWN_COLUMNS:
        others[SHOWN_COLUMNS:] = [f"{len(others) - SHOWN_COLUMNS:,} other columns"]
    return [f"left out, {sentence}" for sentence in others]


def what_it_holds(asked: Question, found: Profile) -> str:
    """Of a column that isn't read."""
    once = asked.table.layout == "steps" and list not in types_of(asked.table.columns[found.name])
    always = "; the same throughout each sequence" if once and not found.kind.unused else ""
    return f"{found.describe()}{always}"


def other_tags(asked: Question, used: Sequence[str | None]) -> str:
    """The columns that might have been learned as tags too, and the flag for it."""
    named = [name for name in asked.usable if name not in used and asked.kind(name).names_each_element]
    named = [name for name in named if asked.aligned(str(used[0]), name)]
    return f"other columns of tags: {', '.join(named)} (--output {named[-1]} learns it)" if named else ""


def remark(asked: Question, kind: type[Kind], name: str) -> str:
    """What else is to be said of a column that is read or written as this kind."""
    return kind.remark(asked.columns[name], asked.table.columns[name])


def few_values(asked: Question, inputs: Sequence[str]) -> str:
    """What else may be meant by whole numbers of few values that are forecast; "" where there are none."""
    few = [name for name in inputs if asked.columns[name].kind.names_each_element]
    if not few or len(few) == len(inputs):
        return ""
    listed = ", ".join(few[:4]) + (", ..." if len(few) > 4 else "")
    return (
        f"forecast too, though of few values: {listed}; name what to forecast by --output, and what is given for "
        "the steps to come by --ahead"
    )


def as_read(asked: Question, best: Reading, name: str) -> Profile:
    """A column as the reading takes it: whole numbers may be measurements."""
    return asked.as_vector(asked.columns[name]) if name in best.inputs else asked.columns[name]


def unsure(asked: Question, what: str, readings: Sequence[Reading]) -> TaskError:
    """The question to the caller, with flags that answer it, a line for each output: what comes next, where
    rows say what somebody did; of a table the last column first, which people mean most often."""
    last = asked.usable[-1] if asked.usable and asked.table.layout == "table" and not asked.about_files else None
    likeliest = sorted(readings, key=lambda reading: last is not None and reading.output != last)
    shown = dict[tuple[bool, str | None], str]()
    for one in likeliest:
        shown.setdefault((one.task.next_step, one.output), f"{one.flags}   ({one})")
    follow = [f"--next {shlex.quote(name)}   ({told_next(asked, name)})" for name in asked.done[:2]]
    lines = [*follow, *shown.values()] if asked.are_events else [*shown.values(), *follow]
    if asked.goes_on:
        lines.insert(2, "--task forecasting   (if each row follows the one before it in time, as its numbers do)")
    examples = "".join(f"\n  {line}" for line in lines[:EXAMPLES])
    columns = "".join(f"\n  {found.describe()}" for found in asked.columns.values())
    columns += "".join(map(of_totals, filter(may_name_totals, asked.columns.values()), repeat(asked.table)))
    return TaskError(
        f"{asked.table.source}: can't tell {what}. Say it by --input COL --output COL or --task NAME "
        f"({', '.join(TASKS)}){', for example' if examples else '.'}{examples}\nIts columns:{columns}"
    )


def of_totals(found: Profile, table: Table) -> str:
    """What is said of a column in which some rows are called as those of totals are."""
    may = table.layout == "table" and len(table) <= MOST_TOTALLED
    called = rows_of_totals(table.columns[found.name]) if may else []
    return f"\nRows called {called[0]!r} and the like hold totals of others: remove them." if called else ""


def told_next(asked: Question, name: str) -> str:
    return f"rows with the same {asked.somebody[0]!r}, one after another -> {name} of the next one"
