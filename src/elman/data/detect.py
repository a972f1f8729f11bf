# pyright: strict
"""From columns to a task: the shape of input and output picks the architecture.

Each task is a pair (kind of input, kind of output), and each pair has one architecture; the whole table stands in
``elman.tasks``. Detection is choosing the two columns; where that isn't plain, it asks, with the flags to pass.
"""

from __future__ import annotations

import heapq
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypedDict

from elman import tasks
from elman.data.belonging import with_part_of_names
from elman.data.combined import Combined, find_combined, is_plainly_a_series, refuse_flags, refuse_labels
from elman.data.detection import Detection
from elman.data.evidence import BY_FLAGS, evidence, unsure
from elman.data.format import ReadingOptions
from elman.data.joined import find_joined
from elman.data.next_step import next_task, refuse_no_next_step
from elman.data.order import counts_down, counts_steps, mostly_rise
from elman.data.question import USUAL, Question, lists_among
from elman.data.readers.foreign import VIDEOS, as_frames
from elman.data.readings import Reading, readings
from elman.data.series import latest, times_of
from elman.data.spellings import commonest_spellings, labels_of, misspelled, tidy
from elman.data.steps import (
    NAMES_OF_STEPS,
    TO_COME,
    Steps,
    are_beside_steps,
    find_steps,
    gather,
    refuse_nobody,
    refuse_texts_among_numbers,
    with_what_is_to_come,
)
from elman.data.summaries import are_summaries, go_together
from elman.data.table import Cell, Table, column_names
from elman.data.unread_times import refuse_unread_times
from elman.errors import TaskError
from elman.kinds.column import Profile, is_list
from elman.kinds.id import SequenceNameKind
from elman.kinds.recognition import spelled_plainly, usual_outputs
from elman.kinds.row import RowKind
from elman.kinds.time import TimeKind
from elman.kinds.times import named_days, weekdays_of
from elman.kinds.tokens import MANY_TAGS
from elman.stored import each_of, types_of
from elman.tasks import FORECASTING, Task

if TYPE_CHECKING:
    from elman.data.readers import Data

MOSTLY_APART = 0.9
"""Codes of sequences differ in this share of them, at least."""
LOOKED_AT = 200
"""Cells, from the first, by which it is seen that they name videos."""
MOST_READINGS = 200
"""The likeliest ways to read a table, of which one is chosen, and some are shown."""
COMPARISONS = frozenset("< > = <= >= == << >> ~ ≤ ≥ ≈".split())  # noqa: SIM905
"""Signs that say how the number beside them was measured."""
PLAIN_TEXT = frozenset({"", ".txt"})
LONG_LINE = 500
"""Signs of a line that is cut."""
MARGIN = 1.0
"""The best reading must lead by this much; otherwise detection asks."""


class Wanted(TypedDict, total=False):
    """What a caller says of what to learn, as ``detect`` takes it; the rest is found from the data."""

    input: str | Sequence[str] | None
    output: str | None
    task: str | None
    next: str | None
    ahead: Sequence[str]
    alone: bool
    group: str | None
    tidy_labels: bool


def reading_for(wanted: Wanted, options: ReadingOptions) -> ReadingOptions:
    """What is asked of readers where this is to be learned. ``a,b`` may be one input column, or two."""
    one_by_one = ("output", "next", "group")
    inputs = column_names(wanted.get("input"))
    named = [*inputs, *(part.strip() for name in inputs for part in name.split(",")), *wanted.get("ahead", ())]
    named += [name for key in one_by_one if (name := wanted.get(key)) is not None]
    return replace(options, wanted=frozenset(named), alone=wanted.get("alone", False))


def detect(
    table: Data,
    *,
    input: str | Sequence[str] | None = None,
    output: str | None = None,
    task: str | None = None,
    next: str | None = None,
    ahead: Sequence[str] = (),
    alone: bool = False,
    group: str | None = None,
    tidy_labels: bool = False,
) -> Detection:
    """Chooses task, input and output of a table, or of what is read as one; what the caller names is kept.

    input: a column, or several
    next: the column whose value at the next step of a sequence is the output
    alone: whether each row stands for itself, even where times say that rows follow each other
    ahead: columns whose values are given ahead, to forecast by or to say what comes next by
    group: the column whose equal cells say which rows, or sequences, stay together when parts are held out
    tidy_labels: whether labels that differ in their spelling alone are one label
    Raises TaskError where the data allow several readings, with the flags that settle it.
    """
    if not isinstance(table, Table):
        from elman.data.readers import table_of

        named = Wanted(input=input, output=output, next=next, ahead=ahead, alone=alone, group=group)
        table = table_of(table, reading_for(named, ReadingOptions()))
    if not len(table):
        raise TaskError(f"{table.source} has no rows: there is nothing to learn.")
    if group is not None:
        wanted = Wanted(input=input, output=output, task=task, next=next, ahead=ahead, alone=alone)
        return with_whole_groups(table, group, {**wanted, "tidy_labels": tidy_labels})
    line = None if task is None else tasks.read_as(task)
    if next is not None:
        output, line = next, next_task(table, next, output, line)
    inputs = column_names(input)
    if twice := [name for place, name in enumerate(inputs) if name in inputs[:place]]:
        raise TaskError(f"the input column {twice[0]!r} is named twice (--input). Name each input column once.")
    ahead = list(dict.fromkeys(ahead))
    if ahead and line and line.next_step:
        return next_by_what_is_ahead(table, inputs, output, line, ahead, alone=alone)
    if ahead:
        return with_given_ahead(table, inputs, output, line, ahead)
    joined = find_joined(table, output, line)
    for one in joined:
        table = one.add_to(table)
    together = find_combined(table, inputs, output, line, alone=alone)
    if together:
        if line is None and not inputs and together.how in ("labels", "marks"):
            refuse_flags(table, together)
        wide = together.how == "series" and is_plainly_a_series(table, together.sources)
        whole = together.add_to(table)
        found = detect_whole(whole, inputs, output, line, alone=alone, wide=wide)
        joined.append(together)
    else:
        if line is None and not inputs and output is None:
            refuse_labels(table)
        whole = table
        found = detect_whole(whole, inputs, output, line, alone=alone)
    if joined:
        said = [one.describe() for one in joined]
        found = replace(found, evidence=[*said, *found.evidence], combined=[*joined, *found.combined])
    if found.line.forecasts:
        times = together.times(table) if together else []
        found = with_weekdays(times or times_of(whole, found.order), found)
    return with_spellings(table, found) if tidy_labels else found


def with_weekdays(times: Sequence[Cell], found: Detection) -> Detection:
    """What was detected, of series of days with the days of the week that their times go through."""
    days = weekdays_of(times)
    said = [f"no rows are of other days than {named_days(days)}: these alone are steps"] if days else []
    return replace(found, weekdays=days, evidence=[*found.evidence, *said])


def with_whole_groups(table: Table, group: str, wanted: Wanted) -> Detection:
    """``detect`` for a table of which a column says what stays together, and nothing else is made of it."""
    table = with_part_of_names(table, group)
    table.column(group)
    learned = wanted.get("output"), wanted.get("next"), *wanted.get("ahead", ())
    if group in (*column_names(wanted.get("input")), *learned):
        raise TaskError(f"column {group!r} can't both keep rows together (--group) and be learned from, or learned.")
    found = detect(replace(table, group=group), **wanted)
    if found.line.forecasts:
        raise TaskError(
            "the end of each series is held out, and not whole ones: no rows are kept together (--group). Leave it out."
        )
    return replace(found, group=group, evidence=[*found.evidence, f"rows of one {group!r} stay in one part"])


def with_spellings(table: Table, found: Detection) -> Detection:
    """What was detected, with labels read whatever their case and blanks."""
    if found.output is None or found.classes is None:
        raise TaskError(
            f"labels are tidied (--tidy-labels) where an output is made of them; the task is {found.task}. Leave "
            "the flag out."
        )
    counts = labels_of(prepared(table, found), found.output, found.classes)
    spellings = commonest_spellings(counts)
    labels = len(set(spellings.values()))
    said = [f"labels are read whatever their case and blanks: {len(counts):,} spellings of {labels:,} labels"]
    slips = [f"{wrong!r} as {spellings[wrong]!r}" for wrong in misspelled(counts)]
    said += [f"read for what is meant: {', '.join(slips)}"] if slips else []
    return replace(found, spellings=spellings, evidence=[*found.evidence, *said])


def detect_whole(
    table: Table,
    inputs: tuple[str, ...],
    output: str | None,
    line: Task | None,
    *,
    alone: bool,
    wide: bool = False,
    ahead: Sequence[str] = (),
) -> Detection:
    """``detect`` for a table whose columns stand for themselves; ``wide`` where each row is plainly a series."""
    of_steps = line is not None and (line.forecasts or line.watches)
    next_of = (output or "") if line and line.next_step else None
    each_step = line is not None and line.each_step
    steps = (
        "" if alone else find_steps(table, inputs, asked=of_steps, each_step=each_step, next_of=next_of, output=output)
    )
    if isinstance(steps, str):
        if table.layout == "table" and not inputs:
            texts = [name for name, found in table.profiles.items() if not found.kind.names_classes]
            refuse_texts_among_numbers(table, [name for name in texts if name != output])
        return detect_table(table, inputs, output, line, alone=alone, why=steps, wide=wide)
    return detect_steps(table, steps, inputs, output, line, ahead)


def detect_table(
    table: Table,
    inputs: tuple[str, ...],
    output: str | None,
    line: Task | None,
    *,
    alone: bool,
    why: str,
    wide: bool,
) -> Detection:
    """``detect`` for a table whose rows stand for themselves; ``why`` they do, where they have times, each of which is
    one value of its row."""
    columns = table.profiles
    if alone or why:
        columns = columns | {
            name: found.kind.when_beside(found) for name, found in columns.items() if found.kind.tells_time
        }
    asked = replace(Question.about(table, columns, inputs, output, line), wide=wide)
    if not alone:
        refuse_events(asked)
        if not inputs:
            refuse_unread_times(table, output)
    found = detect_rows(asked, alone or bool(why))
    return replace(found, evidence=[why, *found.evidence]) if why else found


def detect_steps(
    table: Table,
    steps: Steps,
    inputs: tuple[str, ...],
    output: str | None,
    line: Task | None,
    ahead: Sequence[str] = (),
) -> Detection:
    """``detect`` for a table whose rows are the steps of sequences."""
    refuse_nobody(table, steps.by)
    names = [Combined(", ".join(steps.by), steps.by, "key")] if len(steps.by) > 1 else []
    by = ", ".join(steps.by)
    for together in names:
        table = together.add_to(table)
    sequences = gather(table, by, time=steps.time)
    if line is None and not ahead and (left := time_left(sequences, (*inputs, steps.time), output)):
        found = detect_steps(table, steps, inputs, left, tasks.read_as("step-regression"))
        said = f"column {left!r} counts down to the end of each sequence: it is learned at each step, and not forecast"
        return replace(found, evidence=[said, *(sentence for sentence in found.evidence if sentence != BY_FLAGS)])
    if ahead and output:
        refuse_held(sequences, ahead)
        sequences = with_what_is_to_come(sequences, ahead, output)
    columns = sequences.profiles | {
        name: sequences.profiles[name].as_kind(found.kind)
        for name, found in table.profiles.items()
        if found.kind.unused_at_steps(found) and name not in (*inputs, output)
    }
    columns |= {
        name: found  # of steps, not of sequences
        for name, found in table.profiles.items()
        if are_beside_steps(found) and list in types_of(sequences.columns[name])
    }
    if by:  # it names the sequences, and so does each code that goes with it
        codes = [name for name, found in columns.items() if name not in (*inputs, output) and tells_apart(found)]
        columns = columns | {name: columns[name].as_kind(SequenceNameKind) for name in (by, *codes)}
    if steps.time and columns[steps.time].numeric and not columns[steps.time].kind.tells_time:  # steps that are counted
        columns = columns | {steps.time: columns[steps.time].as_kind(TimeKind)}
    clocks = clocks_among(sequences, columns, [*inputs, output, steps.time])
    columns = columns | {name: columns[name].as_kind(TimeKind) for name in clocks}
    try:
        found = detect_rows(Question.about(sequences, columns, inputs, output, line))
    except TaskError as error:
        if not steps.smooth:
            raise
        raise TaskError(
            f"{error}\nRows are read as the steps of a recording, as their numbers go on from row to row; if each row "
            "stands for itself, pass --alone."
        ) from None
    said = [steps.describe(len(sequences)), *found.evidence]
    said += [f"left out, as they count steps, or tell the time: {', '.join(clocks)}"] if clocks else []
    return replace(found, evidence=said, sequences=by, order=steps.time, combined=names)


def clocks_among(sequences: Table, columns: Mapping[str, Profile], but: Sequence[str | None]) -> list[str]:
    """Columns of numbers that count the steps again, beside others that don't: numbers, or names none of which is to be
    learned by its own."""
    others = [name for name, found in columns.items() if name not in but and not found.kind.unused]
    lists = {name: sequences.columns[name] for name in others if columns[name].numeric}
    clocks = [
        name
        for name, cells in lists.items()
        if counts_steps(name, cells) or (name.lower() in NAMES_OF_STEPS and mostly_rise(each_of(lists_among(cells))))
    ]
    named = any(spelled_plainly(name) in usual_outputs() for name in others)
    return clocks if len(clocks) < (len(lists) if named else len(others)) else []


def time_left(sequences: Table, but: Sequence[str | None], output: str | None) -> str | None:
    """The one column that says how long each sequence will go on, where no other output is named."""
    may_be = [
        name
        for name, found in sequences.profiles.items()
        if name not in but and output in (None, name) and found.numeric and list in types_of(sequences.columns[name])
    ]
    amounts = [name for name in may_be if not is_code(sequences.profiles[name])]
    lists = [name for name in amounts if counts_down(each_of(sequences.columns[name]))]
    return lists[0] if len(lists) == 1 else None


def is_code(found: Profile) -> bool:
    """Whether numbers at steps take so few values that each may name something."""
    return not found.kind.side_by_side and found.kind.may_name_steps(found)


def tells_apart(found: Profile) -> bool:
    """Whether a word for each sequence is its own, as the codes of countries are."""
    once = found.distinct >= MOSTLY_APART * found.filled
    return once and found.kind.predicts_itself and not found.kind.names_each_element and found.words <= 1


def next_by_what_is_ahead(
    table: Table, inputs: tuple[str, ...], output: str | None, line: Task, ahead: Sequence[str], *, alone: bool
) -> Detection:
    """``detect`` for what one column says at the next step, where others are given for that step, too."""
    if output is None or output in ahead:
        what = f"column {output!r} is to be learned" if output else "name the column to be learned by --next COL"
        raise TaskError(f"{what}, and others can be given ahead of it (--ahead). Name another column.")
    for name in ahead:
        table.column(name)
    to_come = [name + TO_COME for name in ahead] if inputs else []
    found = detect_whole(table, (*inputs, *to_come), output, line, alone=alone, ahead=ahead)
    said = f"given of the next step: {', '.join(ahead)}; a last step without {output!r} says that, to be predicted"
    return replace(found, evidence=[*found.evidence, said], ahead=list(ahead))


def refuse_held(sequences: Table, ahead: Sequence[str]) -> None:
    """Raises TaskError for a column given ahead that never changes within a sequence."""
    for name in ahead:
        if not any(map(is_list, sequences.columns[name])):
            raise TaskError(
                f"{sequences.source}: column {name!r} never changes within a sequence, so that it is read at each step "
                "anyway; leave out --ahead for it."
            )


def with_given_ahead(
    table: Table, inputs: tuple[str, ...], output: str | None, task: Task | None, ahead: list[str]
) -> Detection:
    """``detect`` for series of which some columns are given ahead: these are neither forecast nor a choice."""
    if task is not None and not task.forecasts:
        raise TaskError(
            f"columns given ahead (--ahead) are for forecasting, and for what comes next (--next); the task is "
            f"{task.name}. Leave out one of them."
        )
    for name in ahead:
        if name == output or name in inputs:
            raise TaskError(f"column {name!r} can't be both given ahead and --input or --output. Name another one.")
        table.column(name)
        column = table.profiles[name]
        if not column.numeric or column.distinct < 2:
            raise TaskError(
                f"{table.source}: {column.describe()}. A column given ahead (--ahead) must hold numbers that change; "
                "write yes and no as 1 and 0, or leave it out; or name what comes next by --next COL."
            )
    rest = replace(table, columns={name: cells for name, cells in table.columns.items() if name not in ahead})
    found = detect(rest, input=inputs, output=output, task=FORECASTING.name)
    return replace(found, evidence=[*found.evidence, f"given ahead: {', '.join(ahead)}"], ahead=ahead)


def prepared(table: Table, found: Detection) -> Table:
    """The table with a row per sequence, as it was when ``found`` was detected."""
    if found.group:
        table = with_part_of_names(table, found.group).about(group=found.group)
    for together in found.combined:
        table = together.with_times(table) if found.line.forecasts else together.add_to(table)
    table = with_sequences(table, found)
    return tidy(table, found.output, found.classes, found.spellings) if found.output and found.classes else table


def with_sequences(table: Table, found: Detection) -> Table:
    """The table with a row per sequence, where rows are steps; of series to be forecast, the latest of these."""
    line = found.line
    if found.sequences is None:
        if not line.forecasts:
            return table
        return latest(table.about(ahead=found.ahead, weekdays=found.weekdays))
    at_each_step = found.output is not None and (line.each_step or line.next_step or line.forecasts)
    inputs = [name for name in found.inputs if name not in found.throughout]
    lists = [*inputs, *([found.output] if at_each_step else []), *found.ahead]
    gathered = gather(table, found.sequences, [str(name) for name in lists], found.order)
    if line.next_step and found.ahead and found.output:
        return with_what_is_to_come(gathered, found.ahead, found.output)
    gathered = replace(gathered, ahead=found.ahead, weekdays=found.weekdays)
    return latest(gathered) if line.forecasts else gathered


def detect_rows(asked: Question, alone: bool = False) -> Detection:
    """``detect`` for a table whose rows stand for themselves; ``alone`` where the caller says so."""
    refuse_single_value(asked)
    refuse_videos(asked)
    refuse_mixed_inputs(asked)
    refuse_no_next_step(asked)
    refuse_constants(asked)
    found = likeliest_first(asked)
    if not (asked.output or asked.task or alone):
        refuse_other_columns(asked, found)
    if not found:
        fits = f"no columns fit --task {asked.task.name}" if asked.task else "no input and output fit together"
        raise unsure(asked, f"what to learn: {fits}", found)
    best, *others = found
    refuse_single_row(asked, best)
    close = bool(others) and best.points - others[0].points < MARGIN
    if close or (asked.is_open and best.output and is_chance(asked, best)):
        raise unsure(asked, "what to learn", found)
    return Detection(
        best.architecture,
        best.task.name,
        best.inputs,
        best.output,
        evidence(asked, best),
        others[0].as_runner_up() if others else None,
        input_kind=best.kind.name,
        input_kinds=tuple(best.kinds.get(name, asked.columns[name].kind.name) for name in best.inputs),
        throughout=asked.happening.held(best.inputs) if best.kinds else [],
        output_kind=asked.columns[best.output].kind.name if best.output else None,
    )


def is_chance(asked: Question, best: Reading) -> bool:
    """Whether nothing but chance makes a column the output, which has no usual name: most of its cells are missing; it
    holds signs between numbers; it has too many names for tags; or it is a text, and none that another one was made
    into."""
    output = str(best.output)
    if asked.claim(output) >= USUAL:
        return False
    names_each = best.task.each_step and best.task.classes
    compares = all(str(value).strip("' ") in COMPARISONS for value, _ in asked.columns[output].top)
    if asked.is_sparse(output) or compares or (names_each and asked.columns[output].distinct > MANY_TAGS):
        return True
    if not best.task.text_to_text:
        return False
    pair = asked.table.column(best.inputs[0]), asked.table.column(output)
    return not (go_together(*pair) or are_summaries(*pair))


def refuse_single_value(asked: Question) -> None:
    """One class only: an output that is the same in every row, which is as it should be where that is normal."""
    if asked.task and asked.task.watches:
        return
    left = any(asked.is_usual_output(name) for name in asked.usable)
    for name, found in asked.columns.items():
        meant = name == asked.output or (asked.output is None and not left and name.lower() in asked.usual_outputs)
        if found.kind.never_changes and meant and name not in asked.inputs:
            raise TaskError(
                f"{asked.table.source}: {found.describe()}. With one value there is nothing to tell "
                "apart: add rows with another one, or name another column by --output COL."
            )


def refuse_constants(asked: Question) -> None:
    """Nothing changes but times, names and a class: a sensor that was stuck, or a column that was filled by default."""
    constant = [found for found in asked.columns.values() if found.kind.never_changes]
    others = [name for name, found in asked.columns.items() if not (found.kind.unused or found.kind.tells_time)]
    if not constant or not asked.is_open or len(others) > 1 or (others and not asked.kind(others[0]).names_classes):
        return
    if len(asked.table) == 1 and asked.table.layout != "steps":
        raise TaskError(
            f"{asked.table.source}: holds one row, or one line, and a model learns from several. Where it holds a "
            f"series, or texts, put each number, or each text, on a line of its own{how_to_cut(asked.table)}."
        )
    several = f", and so {len(constant) - 1:,} other columns" if len(constant) > 1 else ""
    raise TaskError(
        f"{asked.table.source}: {constant[0].describe()}{several}: nothing can be learned from what never changes. "
        "Check how the file was made, or add rows in which it changes."
    )


def refuse_single_row(asked: Question, best: Reading) -> None:
    """An answer is learned from several rows; a single one may hold a whole recording, list beside list."""
    if len(asked.table) == 1 and asked.table.layout == "table" and asked.is_open and best.output:
        raise TaskError(
            f"{asked.table.source}: holds one row, and a model learns {best.output!r} from several. If its lists are a "
            "recording, make each step a row, as in a table with a column per list; or name what is meant by --task."
        )


def refuse_videos(asked: Question) -> None:
    """Names of videos are no texts to learn from."""
    for name in asked.inputs or asked.columns:
        if name == asked.output or not asked.kind(name).predicts_itself:
            continue
        cells = [str(cell) for cell in asked.table.columns[name][:LOOKED_AT] if cell is not None]
        if cells and all(PurePath(cell).suffix.lower() in VIDEOS for cell in cells):
            video = PurePath(cells[0])
            raise TaskError(
                f"{asked.table.source}: column {name!r} names videos ({video.name}, ...), which aren't read. Cut each "
                f"into pictures, in a folder of its own, and name the folder instead: "
                f"{as_frames(video.name, video.stem)} . Or name what else is to be learned from by --input."
            )


def how_to_cut(table: Table) -> str:
    """The command that cuts a text of one long line into many, if the table holds such a one and is a file of text."""
    (cell,) = next(iter(table.columns.values()))
    path = Path(table.source)
    if not (isinstance(cell, str) and len(cell) > LONG_LINE and path.is_file() and path.suffix in PLAIN_TEXT):
        return ""
    text = "sys.stdin.buffer.read().decode()"
    command = f"import sys, textwrap; print('\\n'.join(textwrap.wrap({text}, {LONG_LINE})))"
    return f': python -c "{command}" < {shlex.quote(str(path))} > lines.txt cuts one long line at blanks'


def refuse_mixed_inputs(asked: Question) -> None:
    """Several inputs, one of which can't be read beside others: as a part of a record, or as one of sequences."""
    steps = asked.happening.roles if asked.table.layout == "steps" else {}
    beside = [name for name in asked.inputs if (steps[name] if steps else asked.kind(name).beside_as)]
    alone = [name for name in asked.inputs if name not in beside]
    if len(asked.inputs) > 1 and alone and not all(map(asked.is_vector, asked.inputs)):
        others = f" Columns that can be: {', '.join(map(repr, beside))}." if beside else ""
        raise TaskError(
            f"{asked.table.source}: {asked.columns[alone[0]].describe()}. It can't be read beside other columns; "
            f"name it alone by --input, or leave it out.{others}"
        )


def refuse_other_columns(asked: Question, found: Sequence[Reading]) -> None:
    """Series: reading the other columns alone would miss what the data are about."""
    if asked.in_time and all(reading.kind is RowKind for reading in found):
        raise unsure(asked, "what to learn from rows that follow each other in time", found)


def refuse_events(asked: Question) -> None:
    """What somebody did one after another: rows that are drawn by chance from between others of the same one tell less
    than these in order."""
    if asked.are_events:
        what = f"what to learn from what each {asked.somebody[0]!r} did (if each row stands for itself: --alone)"
        raise unsure(asked, what, likeliest_first(asked))


def likeliest_first(asked: Question) -> list[Reading]:
    """The ways to read the table, the one in which a person would read it most readily first; of thousands of columns,
    each of which may be the output, the first of these."""
    return heapq.nlargest(MOST_READINGS, readings(asked), key=lambda reading: reading.points)
