# pyright: strict
"""Several columns that are one: labels as columns of 0 and 1, a series written along a row, a name in parts."""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, pairwise
from types import NoneType
from typing import Any

import numpy as np

from elman.data.forms.moments import ALIKE, ORDERS, layout_of, moment_in
from elman.data.forms.numbers import NO_NUMBER, PLAIN
from elman.data.naming import free_name
from elman.data.steps import at_row, counted_by_numbers
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import Profile, is_list, name_words
from elman.kinds.number import NumberKind
from elman.kinds.recognition import usual_outputs
from elman.kinds.time import TimeKind
from elman.stored import types_of
from elman.tasks import Task

TRUTH: dict[Cell, int] = {
    **dict.fromkeys(["True", "TRUE", "true", "yes", "Yes", "YES", "Y", "y", "t", "T"], 1),
    **dict.fromkeys(["False", "FALSE", "false", "no", "No", "NO", "N", "n", "f", "F", -1], 0),
}
"""What stands for 1 and 0 in columns of these."""
MARKS = frozenset({"x", "X", "✓", "✔", "1", 1, *(word for word, value in TRUTH.items() if value)})
"""What stands in the cells that are marked, where the others are empty."""
MONTH_AND_YEAR, OF_YEARS = re.compile(r"[^\W\d_]{3,9}\.? \d\d(\d\d)?"), frozenset({"word", "month", "quarter", "week"})
"""What a name that is a month of a year looks like, and what a date has besides its year to be one."""
FEWEST_LABELS = 3
"""Columns of 0 and 1 that are labels though nobody says so; two may be anything."""
SHORT = 4
"""Texts of fewer words, on the mean, are names rather than what a table is about."""
MOSTLY = 0.75
"""Labels without any text are so large a share of all columns, at least."""
FEWEST_STEPS = 10
"""Columns that may be the steps of a series."""
NUMBERED = re.compile(r"(.*?)(\d{1,18})( ?[^\W\d_]{0,3})")
"""What a name is before a number, the number, and a unit that may stand behind it: ``400nm``."""
PIXELS = re.compile(r"px|pix|pixel", re.ASCII)
SPANS = frozenset({"d_", "day", "week", "month", "quarter", "year", "hour"})
"""What columns are called, before a number, that are steps in time, in lower case."""
GOES_ON = 0.5
"""So great is the correlation of the numbers that follow each other along a row, on the mean, where it is a series."""
TIMES = "time of the step"
"""The column of when each step was, of series whose steps are columns that are called by times."""
LOOKED_AT = 300
"""Rows of a table, from its start, of which the numbers are compared."""


@dataclass(frozen=True)
class Combined:
    """Columns of a table that are taken together as one, which stands in their place.

    name: of the new column
    sources: the columns, in their order
    how: what they make, by its name in ``MAKE``
    """

    name: str
    sources: tuple[str, ...]
    how: str

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Combined:
        """Raises KeyError, TypeError or ValueError for anything but what ``dataclasses.asdict`` gave."""
        one = cls(saved["name"], tuple(saved["sources"]), saved["how"])
        if one.how not in MAKE or not all(isinstance(name, str) for name in [saved["name"], *saved["sources"]]):
            raise ValueError("the columns that are taken together aren't named as expected")
        return one

    def add_to(self, table: Table) -> Table:
        """The table with the new column; as it is where it has none of the sources, as rows to predict may.

        A series may have more steps, or fewer, than the one that was learned from.
        """
        sources = self.steps_in(table) if self.how == "series" else [s for s in self.sources if s in table.columns]
        if not sources or (self.how != "series" and len(sources) < len(self.sources)):
            return table
        cells = MAKE[self.how](sources, [table.columns[name] for name in sources])
        taken, columns = set(sources), dict[str, list[Cell]]()
        for name, column in table.columns.items():
            if name == sources[0]:
                columns[self.name] = cells
            if name not in taken or name == table.group:
                columns[name] = column
        return replace(table, columns=columns, layout="steps" if self.how == "series" else table.layout)

    def with_times(self, table: Table) -> Table:
        """``add_to``, with a column ``TIMES`` of when each step of a series was, where the sources are called by times
        in their order: years, or dates."""
        made, times = self.add_to(table), self.times(table)
        if not times or TIMES in table.columns:
            return made
        rows = zip(*(table.columns[name] for name in self.steps_in(table)), strict=True)
        return replace(made, columns={**made.columns, TIMES: [times[filled_span(cells)] for cells in rows]})

    def times(self, table: Table) -> list[Cell]:
        """What the names of a series' columns say of when its steps were: years as numbers, dates as ISO 8601 has them;
        nothing where they are called otherwise, or don't rise."""
        names = self.steps_in(table) if self.how == "series" else []
        _, times = rising_times(names)
        if all(map(is_year, names)):
            return [time.year for time in times]
        monthly = all(time.day == 1 for time in times)
        return [f"{time:%Y-%m}" if monthly else time.date().isoformat() for time in times]

    def steps_in(self, table: Table) -> list[str]:
        """The columns that hold the steps of a series, in their order, with those of later times."""
        numbered = NUMBERED.fullmatch(self.sources[0])
        if numbered is None or self.sources[0].isdigit() or is_date(self.sources[0]):
            return [*(name for name in self.sources if name in table.columns), *later_steps(table, self.sources)]
        first = int(numbered[2])
        found = [match for name in table.columns if (match := NUMBERED.fullmatch(name)) and are_alike(match, numbered)]
        later = [match[0] for match in found if int(match[2]) >= first]
        return [name for name in later if types_of(table.columns[name]) <= {int, float, NoneType}]

    def describe(self) -> str:
        """One plain sentence for people."""
        named = ", ".join(self.sources[:3]) + (", ..." if len(self.sources) > 3 else "")
        return DESCRIBE[self.how].format(count=len(self.sources), named=named, name=self.name)


def key(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    return [", ".join(map(str, cells)) for cells in zip(*columns, strict=True)]


def labels(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    """The names of the columns that have a 1; none of a row that has no number at all."""
    rows = zip(*columns, strict=True)
    return [
        None
        if all(cell is None for cell in cells)
        else [name for name, cell in zip(names, cells, strict=True) if is_true(cell)]
        for cells in rows
    ]


def is_true(cell: Cell) -> bool:
    return TRUTH.get(cell, cell) == 1


def marks(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    """The names of the columns that are marked; none of a row without a mark."""
    rows = zip(*columns, strict=True)
    return [[name for name, cell in zip(names, cells, strict=True) if cell in MARKS] for cells in rows]


def label(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    """The name of the column that has the 1."""
    found: list[list[str] | None] = labels(names, columns)
    return [None if several is None else " + ".join(several) for several in found]


def series(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    """The numbers of each row, from the first that is there to the last."""
    return [list(cells[filled_span(cells)]) for cells in zip(*columns, strict=True)]


def filled_span(cells: Sequence[Cell]) -> slice:
    """From the first cell that isn't missing to the last."""
    there = [place for place, cell in enumerate(cells) if cell is not None]
    return slice(there[0], there[-1] + 1) if there else slice(0)


def parted(cell: Cell, sign: str) -> list[str]:
    """What stands between the signs of a text."""
    return [part.strip() for part in str(cell).split(sign)]


def at(sign: str | None) -> Callable[[Sequence[str], Sequence[list[Cell]]], list[Cell]]:
    """Of one column the cells, each parted at a sign, or at white space; a list is so already."""

    def apart(cell: Cell) -> Cell:
        if cell is None or is_list(cell):
            return cell
        return parted(cell, sign) if sign else str(cell).split()

    return lambda names, columns: list(map(apart, columns[0]))


def alone(names: Sequence[str], columns: Sequence[list[Cell]]) -> list[Cell]:
    """Of one column the cells, and of a list of one what is in it."""
    return [cell[0] if is_list(cell) and len(cell) == 1 else cell for cell in columns[0]]


PARTED = {"|": "parted at bars", ";": "parted at semicolons", ",": "parted at commas"}
BLANKS, ALONE = "parted at blanks", "alone"
"""How the cells of one column are read in another form: words that a sign joins, labels with blanks between, lists of
one."""
MAKE: dict[str, Callable[[Sequence[str], Sequence[list[Cell]]], list[Cell]]] = {
    "key": key,
    "labels": labels,
    "label": label,
    "marks": marks,
    "series": series,
    **{how: at(sign) for sign, how in PARTED.items()},
    BLANKS: at(None),
    ALONE: alone,
}
DESCRIBE = {
    "key": "the columns {named} together name the sequences",
    "labels": "{count} columns of 0 and 1 ({named}) are labels of each row, {name!r}: those with a 1 apply",
    "label": "{count} columns of 0 and 1 ({named}), of which one is 1 in each row, are its {name!r}",
    "marks": "{count} columns with marks ({named}) are labels of each row, {name!r}: those that are marked apply",
    "series": (
        "each row is a series: its {count:,} numbers ({named}) are steps, {name!r}; pass --alone if they are values "
        "without order"
    ),
    **{how: f"column {{name!r}}: {how}, one word after another" for how in PARTED.values()},
    BLANKS: f"column {{name!r}}: {BLANKS}, each a label",
    ALONE: "column {name!r}: one thing in each list, read by itself",
}


LABELS_ARE_CALLED = (["label"], ["labels"], ["target"], ["targets"])
"""The first words of the names of columns that are answers."""
CLASS_ROWS, CLASSES_IN = 5, 200
"""Rows of each class, on the mean and at least, and how many rows are looked at."""


def find_combined(
    table: Table, inputs: Sequence[str], output: str | None, task: Task | None, *, alone: bool
) -> Combined | None:
    """Columns that a person would read as one; none of those that the caller has chosen one by one."""
    if table.layout != "table":
        return None
    chosen = [*inputs, *([output] if output else [])]
    labels = labels_of_columns(table, chosen, task) if output is None else None
    return labels or (None if alone else series_of_columns(table, chosen))


# -- labels -----------------------------------------------------------------------------------


def labels_of_columns(table: Table, chosen: Sequence[str], task: Task | None) -> Combined | None:
    """Columns of 0 and 1 side by side, beside something to read, and nothing else that is named like an output."""
    profiles = table.profiles
    if task and (task.each_step or not task.classes):
        return None
    others = [found for name, found in profiles.items() if not found.numeric or name in chosen]
    if not any(found.kind.predicts_itself or found.kind.foremost for found in others):
        return None
    asked = task is not None and not task.of_rows  # several labels were asked for
    flags, marked = longest_run(profiles, is_indicator), longest_run(profiles, is_marked)
    fewest = 2 if asked else FEWEST_LABELS
    if sum(profiles[name].distinct == 2 for name in flags) >= fewest:
        rows = zip(*(table.columns[name] for name in flags), strict=True)
        how = "label" if not asked and all(sum(map(is_true, cells)) == 1 for cells in rows) else "labels"
        names = flags
    elif len(marked) >= fewest:
        how, names = "marks", marked
    else:
        return None
    answers = how != "marks" and any(are_words(profiles[name]) for name in names)
    if answers and not asked and any(found.kind.in_rows for name, found in profiles.items() if name not in names):
        return None  # yes and no to this and that, beside other answers
    if any(name in chosen for name in names) or any(is_called_output(name, names) for name in profiles):
        return None
    return Combined(free_name("label" if how == "label" else "labels", table.columns), tuple(names), how)


def longest_run(profiles: Mapping[str, Profile], fits: Callable[[Profile], bool]) -> list[str]:
    """The most columns side by side that fit."""
    runs = [list(run) for yes, run in groupby(profiles, lambda name: fits(profiles[name])) if yes]
    return max(runs, key=len, default=list[str]())


def is_called_output(name: str, labels: Sequence[str]) -> bool:
    """Whether a column is called as outputs are, of which labels beside it may tell. One of these may have the
    name of an amount: what a text says of a price."""
    return name.lower() in usual_outputs() - (NumberKind.usual_outputs if name in labels else frozenset[str]())


def refuse_flags(table: Table, labels: Combined) -> None:
    """Raises TaskError where columns of 0 and 1 stand beside names and as many other values, which they may be like."""
    profiles, count = table.profiles, len(labels.sources)
    others = [found for name, found in profiles.items() if name not in labels.sources]
    read = any(found.kind.foremost or (found.kind.predicts_itself and found.words >= SHORT) for found in others)
    if not read and count < MOSTLY * len(profiles) and any(found.kind.in_rows for found in others):
        named = ", ".join(labels.sources[:3])
        raise TaskError(
            f"{table.source}: {count} columns of 0 and 1 ({named}, ...) may be labels of each row, or values beside "
            "the others. Say which: --task multilabel, or --output COL for the column that is to be learned."
        )


def refuse_labels(table: Table) -> None:
    """Raises TaskError where several columns of 0 and 1 are called labels: one would be learned from others."""
    called = [
        name
        for name, found in table.profiles.items()
        if name_words(name)[:1] in LABELS_ARE_CALLED and found.filled and is_indicator(found)
    ]
    if len(called) > 1 and not any([name.lower()] in LABELS_ARE_CALLED for name in table.names):
        raise TaskError(
            f"{table.source}: {len(called)} columns are called labels ({', '.join(called[:3])}"
            f"{', ...' if len(called) > 3 else ''}), and none of them is there to learn another one from. Say which by "
            f"--output {shlex.quote(called[0])}, and what it is learned from by --input COL --input COL, or remove the "
            "others."
        )


def is_indicator(found: Profile) -> bool:
    """It holds 0 and 1, or one of them; -1 and 1; or True and False, yes and no."""
    values = [value for value, _ in found.top]
    plain = {value if found.numeric else TRUTH.get(value) for value in values}
    return 1 <= found.distinct <= 2 and (plain <= {0, 1} or {*values} == {-1, 1})


def are_words(found: Profile) -> bool:
    """Yes and no, or the like, as people write them, and no program."""
    return not found.numeric and any(str(value).lower() not in ("true", "false") for value, _ in found.top)


def is_marked(found: Profile) -> bool:
    """Some cells hold a mark, and the others nothing."""
    return found.distinct == 1 and found.missing > 0 and found.top[0][0] in MARKS


# -- series -----------------------------------------------------------------------------------


def series_of_columns(table: Table, chosen: Sequence[str]) -> Combined | None:
    """Columns of numbers with numbers or dates for names, along which the numbers go on, or end before the last."""
    if any(found.kind.tells_time for found in table.profiles.values()):
        return None
    refuse_texts_in_a_series(table)
    names = without_classes(table, max(runs_of_steps(table), key=len, default=list[str]()))
    names = names[1:] if names and numbers_rows(table, names[0]) else names
    if len(names) < FEWEST_STEPS or any(name in chosen for name in names):
        return None
    if not is_plainly_a_series(table, names) and (not goes_on(table, names) or counted_by_numbers(table)):
        return None
    return Combined(free_name(f"{names[0]} to {names[-1]}", table.columns), tuple(names), "series")


def refuse_texts_in_a_series(table: Table) -> None:
    """Raises DataFileError, with file and line, for a column that isn't of numbers between dated ones that are, so that
    the series would end there."""
    dated = [name for name in table.names if is_date(name) or is_year(name)]
    texts = {name: row for name in dated if (row := first_text(table.columns[name])) is not None}
    if texts and len(texts) < len(dated) / 2 and len(dated) - len(texts) >= FEWEST_STEPS:
        name, row = next(iter(texts.items()))
        cells = table.columns[name]
        raise at_row(
            table,
            row,
            f"column {name!r} holds {cells[row]!r}, where the columns of other times hold numbers. Correct the cell or "
            "leave it empty; or pass --alone if the columns are values without order.",
            name,
        )


def first_text(cells: Sequence[Cell]) -> int | None:
    """The row of the first text that is no number, and doesn't say that there is none."""
    if str not in types_of(cells):
        return None
    texts = ((row, cell.strip()) for row, cell in enumerate(cells) if isinstance(cell, str))
    return next((row for row, text in texts if text not in NO_NUMBER and not PLAIN.fullmatch(text)), None)


def without_classes(table: Table, names: list[str]) -> list[str]:
    """The columns of a series but for a first one that names its class, where no header says so; none where the last
    one does, since longer series may follow, whose last column is a step."""
    if table.has_header or len(names) < FEWEST_STEPS:
        return names
    if are_classes(table, names[-1], names[:-1]):
        return []
    return names[1:] if are_classes(table, names[0], names[1:]) else names


def numbers_rows(table: Table, name: str) -> bool:
    """Whether a column goes up by one from row to row, be it with letters: M4's ``W1``, ``W2``."""
    cells = table.columns[name]
    return types_of(cells) == {int} and all(b - a == 1 for a, b in pairwise(cells))


def are_classes(table: Table, name: str, others: Sequence[str]) -> bool:
    """Whether a column is of whole numbers that come again and again, beside others that are none."""
    found = table.profiles[name]
    comes_again = CLASS_ROWS * found.distinct <= found.rows
    return comes_again and share_whole(table, [name]) == 1 and share_whole(table, others) < 0.5


def share_whole(table: Table, names: Sequence[str]) -> float:
    """Of the first numbers in columns, the share that is whole. Zeros may fill up the ends of series."""
    cells = [cell for name in names for cell in table.columns[name][:CLASSES_IN] if cell]
    return sum(float(cell).is_integer() for cell in cells) / len(cells) if cells else 1.0


def is_plainly_a_series(table: Table, names: Sequence[str]) -> bool:
    """Whether the names of columns, or where their rows end, leave no doubt that these are steps in time."""
    return are_dates(names) or ends_early(table, names)


def runs_of_steps(table: Table) -> list[list[str]]:
    """Columns of numbers side by side whose names are dates, or count on; the last first where that is the latest."""
    profiles = table.profiles
    numeric = [list(run) for yes, run in groupby(table.names, lambda name: profiles[name].numeric) if yes]
    rising = [run for names in numeric for run in runs_that_count_on(names)]
    falling = [run for names in numeric for run in runs_that_count_on(names[::-1]) if are_dates(run)]
    return rising + falling


def runs_that_count_on(names: list[str]) -> list[list[str]]:
    ends = [i for i, (before, after) in enumerate(pairwise(names), start=1) if not counts_on(before, after)]
    return [names[start:end] for start, end in pairwise([0, *ends, len(names)])]


def counts_on(before: str, after: str) -> bool:
    """``V2`` after ``V1``, ``30`` after ``20``, or one date after another."""
    if is_date(before) and is_date(after):
        return any(
            first < second for first, second in zip(times_of(before), times_of(after), strict=True) if first and second
        )
    first, second = NUMBERED.fullmatch(before), NUMBERED.fullmatch(after)
    if not (first and second) or not are_alike(first, second) or PIXELS.fullmatch(first[1].lower().strip("_ ")):
        return False
    return int(second[2]) == int(first[2]) + 1 or (first[1] == "" and int(second[2]) > int(first[2]))


def are_alike(first: re.Match[str], second: re.Match[str]) -> bool:
    """Whether names are the same but for their numbers."""
    return first.group(1, 3) == second.group(1, 3)


def is_date(name: str) -> bool:
    """``2021-05``, ``1/22/20``, ``2021-Q1``, ``May 21``."""
    if TimeKind.ISO_DATE.fullmatch(name) or re.fullmatch(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}", name):
        return True
    written = spelled_as_date(name)
    layout = layout_of(written.translate(ALIKE))
    return bool(layout and OF_YEARS & layout.keys() and moment_in(written, layout, "day-first"))


def times_of(name: str) -> list[datetime.datetime | None]:
    """Of a date: what it is in each order of day, month and year; None where it is none in that order."""
    written = f"{name}-01" if is_year(name) else spelled_as_date(name)
    layout = layout_of(written.translate(ALIKE))
    found = [moment_in(written, layout, order) if layout else None for order in ORDERS]
    return [moment.time if moment else None for moment in found]


def spelled_as_date(name: str) -> str:
    """A month and a year with a dash between them, as dates in cells have it."""
    return name.strip().replace(" ", "-") if MONTH_AND_YEAR.fullmatch(name.strip()) else name.strip()


def are_dates(names: Sequence[str]) -> bool:
    """Whether names are dates, years, or days and the like by their numbers."""
    return any(all(map(fits, names)) for fits in (is_year, is_date, is_numbered_span))


def later_steps(table: Table, names: Sequence[str]) -> list[str]:
    """Columns of numbers that are called by later times than the last of a series, in their order."""
    place, times = rising_times(names)
    if not times:
        return []
    fits = is_year if all(map(is_year, names)) else is_date
    dated = {name: times_of(name)[place] for name in filter(fits, table.columns)}
    later = {name: time for name, time in dated.items() if time and time > times[-1]}
    numeric = (name for name in later if types_of(table.columns[name]) <= {int, float, NoneType})
    return sorted(numeric, key=later.__getitem__)


def rising_times(names: Sequence[str]) -> tuple[int, list[datetime.datetime]]:
    """Which order of day, month and year it is in which names, all years or all dates, are times that rise, and these
    times; none where there is no such order."""
    if any(all(map(fits, names)) for fits in (is_year, is_date)):
        for place in range(len(ORDERS)):
            times = [time for name in names if (time := times_of(name)[place])]
            if len(times) == len(names) and all(before < after for before, after in pairwise(times)):
                return place, times
    return 0, []


def is_year(name: str) -> bool:
    return name.isdigit() and len(name) == 4 and name[:2] in ("17", "18", "19", "20")


def is_numbered_span(name: str) -> bool:
    """``d_1``, ``Week 12``."""
    numbered = NUMBERED.fullmatch(name.strip().lower())
    return numbered is not None and not numbered[3] and {numbered[1], numbered[1].rstrip("_ ")} & SPANS != set()


def ends_early(table: Table, names: Sequence[str]) -> bool:
    """Whether rows have numbers up to some column and none after it, each as many as it has."""
    rows = list(islice(zip(*(table.columns[name] for name in names), strict=True), LOOKED_AT))
    filled = [sum(cell is not None for cell in cells) for cells in rows]
    ends = [cells[:count] for cells, count in zip(rows, filled, strict=True) if count < len(names)]
    whole = sum(None not in cells for cells in ends)
    return bool(ends) and len(set(filled)) > 1 and whole >= 0.9 * len(ends)


def goes_on(table: Table, names: Sequence[str]) -> bool:
    """Whether numbers are like the one before them in their row, more than like the one above them."""
    block = np.array([table.columns[name][:LOOKED_AT] for name in names], np.float64).T
    along, down = (mean_correlation(lines) for lines in (block, block.T))
    return along > GOES_ON and along > down


def mean_correlation(lines: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Of each number in ``[n, T]`` with the next in its line, the mean over lines; constant lines say nothing."""
    lines = lines[~np.isnan(lines).all(axis=1)]
    centred = lines - np.nanmean(lines, axis=1, keepdims=True)
    products = np.nansum(centred[:, 1:] * centred[:, :-1], axis=1)
    squares = np.nansum(centred**2, axis=1)
    found = products[squares > 0] / squares[squares > 0]
    return float(found.mean()) if len(found) else 0.0
