# pyright: strict
"""Rows that follow each other in time: found, checked, and gathered into sequences, one list per column."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.data.alike import combined
from elman.data.bad import may_be_left_out
from elman.data.forms.columns import first_stray
from elman.data.forms.together import are_within
from elman.data.order import follow_each_other, goes_on_for_long, seconds_of
from elman.data.readers.delimited import line_of_row
from elman.data.readers.files import unpacked_name
from elman.data.readers.workbook import places_in_sheet
from elman.data.records import AT_THE_END
from elman.data.table import Cell, Table
from elman.data.unread_times import unread_times
from elman.errors import DataFileError, ElmanError, TaskError
from elman.kinds.column import ACTORS, YEARS, Profile, acts, is_list, name_words, names_things, who
from elman.kinds.recognition import OFTEN_OUTPUTS, spelled_plainly, usual_outputs
from elman.kinds.records import is_beside_steps
from elman.kinds.time import TimeKind
from elman.kinds.times import instants, of_another_era
from elman.stored import (
    BLOCK,
    Grouped,
    Rows,
    Stored,
    all_numbers,
    arange,
    blocks_of,
    copied,
    differences,
    each_of,
    grouped,
    keys_in,
    rows_but,
    taken,
    types_of,
)

SMOOTH, SMOOTH_ROWS = 0.9, 100
"""So great is the correlation of rows that follow each other, in at least so many of them, if nothing else tells."""
UNSORTED = 0.05
"""Where time falls at more of the rows than this, the rows aren't sorted; where at fewer, a time is wrong."""
NAMES_OF_SEQUENCES = ACTORS | frozenset(
    """
    machine sensor device station store shop item product article series symbol ticker stock asset country city plant
    meter vehicle unit engine host
    """.split()  # noqa: SIM905
)
"""What people call a column that says which sequence a step belongs to, in lower case."""
TIES = 0.2
"""Of what happens to somebody, no more than this happens at the time of the step before."""
NAMES_OF_STEPS = frozenset(
    """
    season cycle step t tick frame elapsed second seconds minute minutes hour hours day week quarter period round visit
    seq order position jd mjd hjd bjd julian_date decimal_date decimal_year datenum
    """.split()  # noqa: SIM905
)
"""What people call a column that counts steps, in lower case."""
SIDES, PLOTS = frozenset({"row", "col", "column", "rowpos", "colpos"}), frozenset({"plot", "block"})
"""What they call two that count along the sides of a field or a grid, and one of its parts."""
ABOUT = 0.1
"""By how much of their usual length steps of a signal may differ."""
GAPS_PER_BLOCK = 0.1
"""Blocks that stand out of order have no more gaps among their times than this each; a time that is wrong makes one."""
SAME_RISE = 1e-6
"""By how much of it the distances of equal steps may differ, as numbers are rounded."""
PANEL_YEARS = 5
"""Years that a panel has at least."""
OF_ROWS = frozenset("year time period date calendar fiscal data survey school academic reference".split())  # noqa: SIM905
"""Words in the name of a column of years that says when its row is of."""
BALANCED = 0.9
"""Of the pairs of a name and a year, those that have a row in a panel, at least."""
LONG_RUN = 5
"""Steps of a sequence, on the mean and at least, that show that a column counts them."""
MOST_KEYS, KEY_COLUMNS = 3, 12
"""So many columns together may name the sequences, of so many that might."""


@dataclass(frozen=True)
class Steps:
    """How the rows of a table make up sequences.

    by:   the columns that tell the sequences apart, mostly one; none where each file is one
    time: the column that orders the rows; None where they stand in order
    smooth: that they do shows in the numbers, which go on from row to row
    sorted: the rows have to be put in order of time first
    """

    by: tuple[str, ...] = ()
    time: str | None = None
    smooth: bool = False
    sorted: bool = False

    def describe(self, sequences: int) -> str:
        """One plain sentence for people."""
        order = f" by column {self.time!r}" if self.time else " as they stand"
        if self.sorted:
            order += ", by which they are sorted first"
        if self.smooth:
            order = ": each number is close to the one before it"
        if self.by:
            named = " and ".join(map(repr, self.by))
            return f"rows follow each other in time{order}; those with the same {named} are one sequence"
        whole = "the file is one sequence" if sequences == 1 else f"each of {sequences:,} files is one sequence"
        return f"rows follow each other in time{order}; {whole}"


def find_steps(
    table: Table,
    inputs: Collection[str] = (),
    *,
    asked: bool = False,
    each_step: bool = False,
    next_of: str | None = None,
    output: str | None = None,
) -> Steps | str:
    """How rows make up sequences; where each row stands for itself, why it does though there are times, or "".

    Rows are steps where a column holds times, by which they follow each other, and no column holds texts; or where all
    columns are numbers, and each number is close to the one before it, or the caller ``asked`` for it; who wants an
    answer at ``each_step`` means rows with times to be steps. Texts are steps where they are somebody's, of whom the
    ``output``, or what is called as one, says how it ended. Times must differ within each file, or else within the
    rows of the same name, number or label, of one column or a few. Where each file of a folder of classes is a
    sequence, that is plain. Where the next value was asked for ``next_of`` a column ("" for any), that one doesn't
    name sequences, a column called time is one, whatever its numbers are, numbers such as ``order_id`` sort the rows,
    and without either the rows of whoever acts follow each other as they stand. Raises DataFileError, with file and
    line, where times don't rise, and for text in a column of numbers.
    """
    if table.layout == "steps":
        return ""
    profiles = table.profiles
    time = next((name for name, column in profiles.items() if column.kind.tells_time), None)
    time = dates_of_years(table, time) or time
    if table.layout == "sequences":
        asked = True
    time = time or counted_steps(table) or years_of_panel(table) or evenly_spaced(table)
    if table.layout != "sequences" and time is None and is_smooth(table):
        return Steps(time=numbers_of_rows(table), smooth=True)
    if time is None and next_of is not None:
        time = next((name for name, found in profiles.items() if name.lower() == "time" and found.numeric), None)
        time = time or numbered_steps(table)
    if time is None and not asked and next_of is None:
        return ""
    refuse_texts_among_numbers(table, [name for name in profiles if not inputs or name in inputs])
    told_each = each_step or next_of is not None or end_tells(table, time, output)
    unread = unread_times(table) if asked else None
    for name, found in profiles.items():
        of_steps = found.kind.in_rows or found.kind.unused or names_sequences(name, found)
        if not (of_steps or name == unread or (told_each and are_beside_steps(found))):
            return ""  # a text stands for itself
    if time is None:
        by = [name for name in sequence_names(table, next_of) if is_usual_name(name)] if next_of is not None else []
        return Steps(tuple(by[:1]))
    if asked or each_step or next_of is not None or table.layout == "sequences":
        return ordered_by(table, time, next_of)
    return steps_or_rows(table, time)


def are_beside_steps(found: Profile) -> bool:
    """Whether a column of texts, or of several labels, can be read beside others at each step."""
    return is_beside_steps(found.kind) and not found.numeric and found.words > 1


def end_tells(table: Table, time: str | None, output: str | None) -> bool:
    """Whether what somebody did, said or wrote, one thing after another, has one outcome: the same in all rows of each,
    and none of the usual outputs changes from row to row."""
    by = next((name for name, found in table.profiles.items() if acts(name) and 2 * found.distinct <= found.rows), None)
    if by is None or time is None:
        return False
    of_rows = [name for name, found in table.profiles.items() if found.kind.in_rows and name not in (by, time)]
    usual = [output] if output else [name for name in of_rows if tells_end(name)]
    rows = rows_of_sequences(table, (by,))
    each = (own for name in usual for own in rows.lists(table.columns[name]))
    return bool(usual) and all(cell == own[0] for own in each for cell in own)


def tells_end(name: str) -> bool:
    """Whether a column is called as outputs are, or as what is known at an end."""
    plain = spelled_plainly(name) or name.lower()
    return plain in AT_THE_END or plain in usual_outputs() or plain.split("_")[-1] in OFTEN_OUTPUTS


def steps_or_rows(table: Table, time: str) -> Steps | str:
    """The sequences that times order; why rows stand for themselves, where they don't follow each other. What somebody
    does one after another is a sequence, whenever it is; so are numbers that nothing but times in their order stand
    beside."""
    found, problem, numbers = Steps((), time), None, lone_numbers(table, time)
    try:
        found = ordered_by(table, time, numbers)
    except ElmanError as error:
        problem = error
    if found.sorted and not found.by and table.profiles[time].numeric and not even_once_sorted(table, time):
        return (
            f"the numbers of column {time!r} stand in no order, as how long something took does: each row stands for "
            "itself. For series, name their task by --task (forecasting, tagging, anomaly)"
        )
    if numbers or any(map(acts, found.by)) or follow_each_other(table, time, rows_of_sequences(table, found.by)):
        if problem:
            raise problem
        return found
    if found.by and follow_each_other(table, time, rows_of_sequences(table, ())):
        fall = first_fall(table, time, ())
        if fall is None:
            return Steps((), time)
        raise not_rising(table, time, fall)
    falls = f" (but correct this first: {problem})" if problem else ""
    return (
        f"rows have times (column {time!r}), but at uneven distances, and no numbers close to those before them: each "
        f"row stands for itself. For series, name their task by --task (forecasting, tagging, anomaly){falls}"
    )


def ordered_by(table: Table, time: str, but: str | None = None) -> Steps:
    """The sequences within which times differ: what people name sequences by, then files, then any names ``but`` one,
    which is learned; where somebody acts, what happens at the same time then stands in the order of its rows.

    Raises DataFileError, with file and line, where there are none.
    """
    check_times(table, time)
    names = sequence_names(table, but)
    usual = [name for name in names if is_usual_name(name)]
    actors = [name for name in usual if acts(name)]
    if but is not None and actors:
        return Steps((actors[0],), time, sorted=not stands_sorted(table, time, actors[0]))
    single: list[tuple[str, ...]] = [*((name,) for name in usual), (), *((name,) for name in names)]
    for by in single:
        if first_fall(table, time, by) is None:
            return Steps(by, time)
    for by in actors:
        if are_few_ties(table, time, by):
            return Steps((by,), time, sorted=not stands_sorted(table, time, by))
    several = [by for many in range(2, MOST_KEYS + 1) for by in combinations(names[:KEY_COLUMNS], many)]
    falls = fall_count(table, time)
    unsorted = falls > UNSORTED * len(table) or even_once_sorted(table, time)
    for by in (*single, *several):
        rising = first_fall(table, time, by) is None
        if rising and (unsorted or len(rows_of_sequences(table, by)) == falls + 1):  # one sequence after another
            return Steps(by, time)
        if unsorted and differ(table, time, by):
            return Steps(by, time, sorted=True)
    raise not_rising(table, time, first_fall(table, time, ()) or 0)


def even_once_sorted(table: Table, time: str) -> bool:
    """Whether the times of each file are at equal distances but for gaps, so that nothing but their order is amiss, as
    where years stand one after another, the latest first."""
    for own in each_of(rows_of_sequences(table, ()).lists(table.columns[time])):
        seconds = seconds_of(own)
        steps = np.diff(np.sort(seconds))
        usual = float(np.median(steps)) if len(steps) else 0.0
        uneven = steps[np.abs(steps - usual) > ABOUT * usual]
        blocks = np.count_nonzero(np.diff(seconds) < 0)
        gaps = GAPS_PER_BLOCK * blocks if blocks <= UNSORTED * len(seconds) else 0
        if usual <= 0 or (uneven < usual).any() or len(uneven) > gaps:
            return False
    return True


def counted_steps(table: Table) -> str | None:
    """A column that counts the steps of each file, or of each of what people name sequences by."""
    usual = [name for name in sequence_names(table) if is_usual_name(name)]
    for name, found in table.profiles.items():
        if name.lower() in NAMES_OF_STEPS and found.numeric and found.distinct > 2 and not found.missing:
            ways: list[tuple[str, ...]] = [(), *((by,) for by in usual if by != name)]
            if any(first_fall(table, name, by) is None for by in ways):
                return name
    return counted_by_numbers(table)


def dates_of_years(table: Table, time: str | None) -> str | None:
    """The column of dates, each of which is in the year that stands beside it in the column that would tell time."""
    if time is None or not table.profiles[time].numeric or not counts_years(time):
        return None
    for name, found in table.profiles.items():
        if found.kind.tells_time and not found.numeric:
            pairs = set(zip(table.columns[name], table.columns[time], strict=True))
            if all(None in pair or str(pair[0])[:4] == f"{pair[1]:.0f}" for pair in pairs):
                return name
    return None


def years_of_panel(table: Table) -> str | None:
    """A column of years that goes with the names of another one through nearly all of their pairs, once each: figures
    of countries, year after year, in whatever order."""
    for name, found in table.profiles.items():
        if not counts_years(name) or not found.numeric or found.missing or found.distinct < PANEL_YEARS:
            continue
        for by in sequence_names(table, name):
            pairs = found.distinct * table.profiles[by].distinct
            few = BALANCED * pairs <= len(table) <= pairs and are_within(table.columns[name], YEARS)
            if few and len(rows_of_sequences(table, (by, name))) == len(table):
                return name
    return None


def counts_years(column: str) -> bool:
    """Whether a column is called by the year that its row is of, and not by that of something in it: ``birth_year``."""
    words = {*name_words(column)}
    return "year" in words and words <= OF_ROWS


def numbered_steps(table: Table) -> str | None:
    """A column of whole numbers, most of them different, that is called by the order of rows: ``order_id``."""
    for name, found in table.profiles.items():
        named = names_things(name) and who(name) in NAMES_OF_STEPS and 2 * found.distinct > found.rows
        if named and not found.missing and are_all(table.columns[name], int):
            return name
    return None


def counted_by_numbers(table: Table) -> str | None:
    """A column that goes on by equal steps from the same start, whatever it is called, for as long as another one stays
    the same, which then has a value that it never had before: the steps of one engine after the other. Where the other
    has numbers as well, both may be the sides of a grid, unless the one counts on from 0 or 1. Who acts is no step."""
    places = say_where(table.names)
    numeric = [
        name
        for name, found in table.profiles.items()
        if found.numeric and name not in places and not acts(name) and are_all(table.columns[name], int, float)
    ]
    whole = [name for name in numeric if are_all(table.columns[name], int)]
    named = [name for name, found in table.profiles.items() if not found.numeric and found.kind.names_sequences(found)]
    for name in numeric:
        counts = table.columns[name][:2] in ([0, 1], [1, 2])
        for by in (*(whole if counts else ()), *named):
            if by != name and counts_within(table.columns[name], table.columns[by]):
                return name
    return None


def say_where(columns: Sequence[str]) -> set[str]:
    """Those called as the parts or the sides of a field or a grid are, and so don't say when; a row, or a column, by
    itself may be one after another in time."""
    plots, sides = ({name for name in columns if name.lower() in called} for called in (PLOTS, SIDES))
    return plots | sides if plots or len(sides) > 1 else set()


def evenly_spaced(table: Table) -> str | None:
    """The first column, where it rises, or falls, by even steps within each file, but not by 1 as numbers of rows do,
    beside numbers alone: the times of a signal, the wavelengths of a spectrum."""
    name, *others = table.names
    found = table.profiles[name]
    lengths = np.array([count for _, count in table.files] or [len(table)], np.int64)
    enough = found.rows >= SMOOTH_ROWS and not found.missing and found.distinct * len(lengths) >= found.rows
    if not others or not enough or not all(column.numeric for column in table.profiles.values()):
        return None
    if any(list in types_of(cells) for cells in table.columns.values()):
        return None  # numbers, but those of lists
    times = all_numbers(table.columns[name])
    whole = are_whole(times)
    steps = differences(times)
    if len(lengths) > 1:  # but those from one file to the next
        steps = taken(steps, rows_but(len(steps), (np.cumsum(lengths)[:-1] - 1).tolist()))
    usual = float(np.median(copied(steps), overwrite_input=True))
    steps -= usual
    even = usual != 0 and bool((np.abs(steps, out=steps) <= ABOUT * abs(usual)).all())
    return name if even and (abs(usual) > 1 or not whole) else None


def are_whole(numbers: NDArray[np.float64]) -> bool:
    blocks = (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))
    return all((own == np.round(own)).all() for own in blocks)


def are_all(cells: Sequence[Cell], *types: type) -> bool:
    return all(type(cell) in types for cell in cells)


def counts_within(steps: Sequence[Cell], names: Sequence[Cell]) -> bool:
    """Whether steps go on by as much each time, from the same start, within each run of one name, of which there are
    several long ones."""
    seen: set[Cell] = set()
    first, before, name_before, rise = steps[0], steps[0], None, 0.0
    for step, name in zip(steps, names, strict=True):
        if seen and name == name_before:
            rise = rise or step - before
            if rise <= 0 or abs(step - before - rise) > SAME_RISE * rise:
                return False
        elif name in seen or step != first:
            return False
        seen.add(name)
        before, name_before = step, name
    return 1 < len(seen) <= len(steps) / LONG_RUN


def sequence_names(table: Table, but: str | None = None) -> list[str]:
    """The columns ``but`` one that may name sequences: those with usual names first, then texts, then whole numbers."""
    found = [name for name, column in table.profiles.items() if name != but and names_sequences(name, column)]
    return sorted(found, key=lambda name: (not acts(name), not is_usual_name(name), table.profiles[name].numeric))


def names_sequences(name: str, found: Profile) -> bool:
    """Whether the values of a column may say which sequence each step belongs to: also where they come again so seldom
    that they could be texts, if the column is called so."""
    called = is_usual_name(name) and found.kind.predicts_itself and found.words <= 1 and not found.missing
    return found.kind.names_sequences(found) or (called and found.distinct < found.rows)


def is_usual_name(column: str) -> bool:
    """Whether a column that comes again and again says by its name that it names things."""
    return names_things(column) or column.lower() in NAMES_OF_SEQUENCES


def is_smooth(table: Table) -> bool:
    """All columns are numbers that go on from row to row, but for one that says for long what goes on."""
    states = [name for name, found in table.profiles.items() if found.kind.names_classes]
    amounts = [table.columns[name] for name in table.names if name not in states]
    whole = all(found.kind.in_rows and not found.missing for found in table.profiles.values())
    if len(table) < SMOOTH_ROWS or not whole or not amounts or len(states) > 1:
        return False
    smooth = all(with_the_next(all_numbers(cells)) > SMOOTH for cells in amounts)
    return smooth and all(goes_on_for_long(table.columns[name]) for name in states) and not is_grid(table)


def numbers_of_rows(table: Table) -> str | None:
    """The first column, where it counts the rows of one file beside what was measured."""
    cells = table.columns[table.names[0]]
    counts = are_all(cells, int) and cells[0] in (0, 1) and len(table.files) < 2 and len(table.names) > 1
    return table.names[0] if counts and all(b - a == 1 for a, b in pairwise(cells)) else None


def is_grid(table: Table) -> bool:
    """Whether two columns of numbers go through all their pairs, once each: rows are places of a field, not times."""
    sides = [(name, found.distinct) for name, found in table.profiles.items() if 2 < found.distinct <= len(table) / 3]
    pairs = (one + other for one, other in combinations(sides, 2) if one[1] * other[1] == len(table))
    return any(len(rows_of_sequences(table, (a, b))) == len(table) for a, _, b, _ in pairs)


def with_the_next(numbers: NDArray[np.float64]) -> float:
    """The correlation of numbers ``[n]`` with those that follow them, some at a time."""
    means, sums = np.array([numbers[:-1].mean(), numbers[1:].mean()]), np.zeros((2, 2))
    for start in range(0, len(numbers) - 1, BLOCK):
        stop = min(len(numbers) - 1, start + BLOCK)
        pairs = np.stack([numbers[start:stop], numbers[start + 1 : stop + 1]]) - means[:, None]
        sums += pairs @ pairs.T
    return float(sums[0, 1] / np.sqrt(sums[0, 0] * sums[1, 1]))


def gather(table: Table, by: str, lists: Collection[str] = (), time: str | None = None) -> Table:
    """One row per sequence: columns become lists, but those that never change within a sequence keep one value.

    lists: columns that are lists in any case, as they were in the data that a model was trained on
    time: the column that the steps of each sequence are sorted by, where it is there; then it is the first of those
        that tell time
    """
    rows = rows_of_sequences(table, (by,) if by else ())
    if time in table.columns:
        rows = in_time(rows, table.columns[time], str(time))
    columns: dict[str, Any] = {}
    for name in with_time_before_others(table, time):
        cells = table.columns[name]
        parts = rows.lists(cells)
        columns[name] = parts if name in lists or change(parts) else rows.firsts(cells)
    files = [(path, 1) for path, _ in table.files] if not by else []
    return Table(columns, table.source, "steps", True, list(table.notes), files)


def with_time_before_others(table: Table, time: str | None) -> list[str]:
    """The names of columns, that of the ``time`` before others that tell time, too."""
    names = table.names
    others = [name for name in names if name != time and table.profiles[name].kind.tells_time]
    if time not in names or not others or names.index(time) < names.index(others[0]):
        return names
    names.remove(time)
    names.insert(names.index(others[0]), time)
    return names


def change(lists: Sequence[list[Any]]) -> bool:
    """Whether some element is another one than that before it in its list."""
    return any(now != before for own in each_of(lists) for before, now in pairwise(own))


TO_COME = " at the next step"
"""What the name of a column that is given ahead ends with, where it stands at the step before."""


def with_what_is_to_come(table: Table, ahead: Collection[str], output: str) -> Table:
    """A row per sequence, with what the columns given ``ahead`` say at the step after each. A last step that has no
    output yet is there to say that, and is left out once it has."""
    known = table.columns.get(output, [])
    ends = [len(cell) - (cell[-1] is None) if is_list(cell) else None for cell in known]
    to_come = {name + TO_COME: [[*cell[1:], None] for cell in table.column(name)] for name in ahead}
    columns = table.columns | to_come
    if ends:
        columns = {
            name: [cell[:end] if is_list(cell) else cell for cell, end in zip(cells, ends, strict=True)]
            for name, cells in columns.items()
        }
    return replace(table, columns=columns)


def rows_of_sequences(table: Table, by: Sequence[str]) -> Grouped:
    """The rows of each sequence, in their order: that has the same in these columns, or is of one file."""
    columns = [table.column(name) for name in by]
    if any(isinstance(cells, Stored) for cells in columns):
        return grouped(combined([keys_in(blocks_of(cells), len(cells), types_of(cells)) for cells in columns]))
    if not columns:
        files = table.files or [(table.source, len(table))]
        lengths = np.array([count for _, count in files if count], np.int64)
        return Grouped(arange(len(table)), np.cumsum(lengths) - lengths, lengths)
    places: dict[Any, int] = {}
    return grouped(np.array([places.setdefault(key, len(places)) for key in zip(*columns, strict=True)], np.int64))


def keys_of(table: Table, by: Sequence[str]) -> Iterator[Any]:
    """Of each row, which sequence it belongs to: by these columns, or by its file."""
    if by:
        return zip(*map(table.column, by), strict=True)
    files = table.files or [(table.source, len(table))]
    return chain.from_iterable(repeat(i, count) for i, (_, count) in enumerate(files))


def check_times(table: Table, time: str) -> None:
    """Raises DataFileError, with its line, for the first time that is missing, or is none."""
    for row, cell in enumerate(table.column(time)):
        if cell is None:
            last = "; a row of totals is to be removed" if row == len(table) - 1 else ""
            raise at_row(table, row, f"the time is missing (column {time!r}). Correct the cell{last}.", time)
        if isinstance(cell, str) and not TimeKind.is_date(cell):
            era = of_another_era(cell)
            raise at_row(table, row, f"{cell!r} is no date or time (column {time!r}){era}. Correct the cell.", time)


def in_time(rows: Grouped, times: Sequence[Cell], name: str) -> Grouped:
    """The rows of each sequence in the order of their times. Raises TaskError where these can't be compared."""
    order = None
    try:
        for start, own in zip(rows.starts.tolist(), each_of(rows.lists(times)), strict=True):
            if any(later < earlier for earlier, later in pairwise(own)):
                order = copied(rows.order) if order is None else order
                order[start : start + len(own)] = rows.order[start : start + len(own)][places_in_order(own)]
    except TypeError:
        raise TaskError(f"column {name!r} holds times that can't be put in order; expected all of one form") from None
    return rows if order is None else replace(rows, order=order)


def places_in_order(times: Sequence[Cell]) -> Rows | list[int]:
    """The places of times, from the first time to the last. Raises TypeError where these can't be compared."""
    if not isinstance(times, Stored):
        return sorted(range(len(times)), key=times.__getitem__)
    return np.argsort(times.numbers(slice(None)) if times.types <= {int, float} else instants(times), kind="stable")


def first_fall(table: Table, time: str, by: Sequence[str]) -> int | None:
    """The first row whose time isn't later than that of the step before it in its sequence."""
    latest: dict[Any, Cell] = {}
    for row, (key, now) in enumerate(zip(keys_of(table, by), table.column(time), strict=True)):
        if key in latest and not latest[key] < now:
            return row
        latest[key] = now
    return None


def fall_count(table: Table, time: str) -> int:
    """At how many rows time doesn't rise."""
    return sum(not earlier < later for earlier, later in pairwise(table.column(time)))


def lone_numbers(table: Table, time: str) -> str | None:
    """The column of numbers that nothing stands beside but times, which rise but for a few that are wrong."""
    others = [found for name, found in table.profiles.items() if name != time]
    if len(others) != 1 or not others[0].numeric or table.profiles[time].missing:
        return None
    return others[0].name if fall_count(table, time) <= UNSORTED * len(table) else None


def are_few_ties(table: Table, time: str, by: str) -> bool:
    """Whether little of what happens to somebody happens at once, and something other than numbers is said of it."""
    others = [found for name, found in table.profiles.items() if name not in (time, by)]
    if not any(found.kind.names_classes and not found.numeric for found in others):
        return False
    of_each = rows_of_sequences(table, (by,)).lists(table.column(time))
    return sum(len(own) - len(set(own)) for own in of_each) <= TIES * len(table)


def stands_sorted(table: Table, time: str, by: str) -> bool:
    """Whether the steps of each sequence are in order of time, though some may be of the same."""
    of_each = rows_of_sequences(table, (by,)).lists(table.column(time))
    return not any(later < earlier for own in each_of(of_each) for earlier, later in pairwise(own))


def differ(table: Table, time: str, by: Sequence[str]) -> bool:
    """Whether no time comes twice in a sequence, and each sequence has several steps, on the mean."""
    rows = rows_of_sequences(table, by)
    of_each = each_of(rows.lists(table.column(time)))
    return 2 * len(rows) <= len(table) and all(len(different_in(own)) == len(own) for own in of_each)


def different_in(cells: Sequence[Cell]) -> Collection[Cell]:
    return cells.counts() if isinstance(cells, Stored) else set(cells)


def refuse_nobody(table: Table, by: Sequence[str]) -> None:
    """Raises DataFileError, with its line, for the first row that doesn't say which sequence it belongs to."""
    for name in by:
        missing = table.profiles[name].missing
        if missing:
            row = table.columns[name].index(None)
            others = f", as in {missing:,} rows" if missing > 1 else ""
            hint = "Fill it in, remove such rows, or pass --alone if each row stands for itself."
            said = f"column {name!r}, which says whose steps rows are, is empty here{others}. {hint}"
            raise at_row(table, row, said, name)


def not_rising(table: Table, time: str, row: int) -> DataFileError | TaskError:
    cells = table.column(time)
    what = "comes again" if cells[row] == cells[row - 1] else f"stands after {cells[row - 1]!r}"
    copied = all(column[row] == column[row - 1] for column in table.columns.values())
    return at_row(
        table,
        row,
        f"the time {cells[row]!r} {what} (column {time!r}). Expected times that rise, in each file or for each value "
        f"of another column. Sort the rows, or remove repeated ones{how_to_keep_once(table) if copied else ''}; or "
        "pass --alone if each row stands for itself.",
        time,
    )


def how_to_keep_once(table: Table) -> str:
    """The command that leaves out lines that are copies of others, for a table that is a file of text."""
    path = Path(table.source)
    if not (table.format and table.format.of_tables and not table.format.sheet and path.is_file()):
        return ""
    if unpacked_name(path.name) != path.name:
        return ""
    named, once = shlex.quote(str(path)), shlex.quote(str(path.with_suffix(f".once{path.suffix}")))
    command = "import sys; sys.stdout.buffer.writelines(dict.fromkeys(sys.stdin.buffer))"
    return f' (this is a copy of the row above; python -c "{command}" < {named} > {once} keeps each line once)'


def refuse_texts_among_numbers(table: Table, columns: Iterable[str]) -> None:
    """``refuse_text_among_numbers`` for those of the columns that were found to hold texts, or names of classes."""
    for name in columns:
        found = table.profiles[name]
        if not found.numeric and (found.kind.predicts_itself or found.kind.names_classes):
            refuse_text_among_numbers(table, name)


def refuse_text_among_numbers(table: Table, name: str) -> None:
    """Raises DataFileError, with its line, for the first text in a column of numbers, or of dates."""
    if stray := first_stray(name, table.columns[name]):
        why = may_be_left_out(f"{stray.why} Correct the cell, or leave it empty")
        raise at_row(table, stray.row, why, name)


def at_row(table: Table, row: int, message: str, column: str | None = None) -> DataFileError | TaskError:
    """An error at the place of a row: its file and line where the reader gave them, of a sheet the cell."""
    first = 0
    for path, count in table.files:
        if row < first + count:
            # Of a file some rows of which were left out, a row's number doesn't give its line.
            found = table.format if not table.skipped else None
            line = line_of_row(Path(path), row - first, found) if found and found.of_tables else None
            if found and found.sheet and Path(path).is_file():
                path = f"{path}, {places_in_sheet(Path(path), found.sheet, [row - first], column)[0]}"
            return DataFileError(message, path, line)
        first += count
    return TaskError(f"{table.source}, row {row + 1}: {message}")
