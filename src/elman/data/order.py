# pyright: strict
"""Whether rows that have times follow each other, or stand for themselves: bookings, houses sold, patients seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from elman import stored
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import is_list, name_words
from elman.kinds.times import moment
from elman.stored import Rows, cells_of

EVEN, ABOUT = 0.5, 0.1
"""Steps are even where more than this share of them is as long as their median, to within this share of it."""
GOES_ON = 0.5
"""Numbers go on where those of most columns are correlated with the ones before them by so much."""
LONG_STATE = 20
"""Rows for which what goes on stays the same, on the mean and at least, in a recording."""
COUNTS = 0.95
"""A counter goes on by one and the same step at so many of its rows: at the others it begins anew, or missed some."""
LATE = 0.2
"""What counts rounds falls this often at most for each time that it rises: where one was put off."""
OF_COUNTERS = frozenset(
    """
    time timestamp ms millis us secs seconds elapsed uptime epoch tick ticks clock sample index idx counter packet
    seq sequence frame
    """.split()  # noqa: SIM905
)
"""Words in the names of columns that count steps, or tell the time again."""
LOOKED_AT = 2_000
"""Rows, of whole sequences where these are shorter, that show it."""


def follow_each_other(table: Table, time: str, sequences: Iterable[Rows]) -> bool:
    """Whether rows are steps: at even distances in time, or with numbers that go on from row to row. Where nothing but
    names stands beside the times, they are; but beside other times, as of orders sent and received, names say nothing,
    and several columns of which some are numbers may be what people answered, each for himself.

    sequences: the rows of each, in any order
    """
    looked_at: list[Sequence[int]] = []
    for rows in sequences:
        looked_at.append(first_in_order(table.columns[time], rows))
        if sum(map(len, looked_at)) >= LOOKED_AT:
            break
    amounts = amounts_of(table, but=time)
    beside = [found for found in table.profiles.values() if not found.kind.tells_time and not found.kind.unused]
    answers = len(beside) > 1 and any(found.numeric for found in beside)
    only_names = not amounts and not answers and sum(found.kind.tells_time for found in table.profiles.values()) < 2
    return only_names or are_even(table.columns[time], looked_at) or go_on(amounts, looked_at)


def amounts_of(table: Table, but: str = "") -> list[list[Cell]]:
    """The columns of numbers that are no names of classes."""
    return [
        table.columns[name]
        for name, found in table.profiles.items()
        if name != but and found.numeric and found.kind.in_rows and not found.kind.names_classes
    ]


def first_in_order(times: Sequence[Cell], rows: Rows) -> list[int]:
    """The first rows that have a time, sorted by it; as they stand where times are of several forms."""
    try:
        return [row for _, row in nsmallest(LOOKED_AT, dated(times, rows), key=itemgetter(0))]
    except TypeError:
        return [row for _, row in islice(dated(times, rows), LOOKED_AT)]


def dated(times: Sequence[Cell], rows: Rows) -> Iterator[tuple[Cell, int]]:
    """The times of rows that have one, each with its row."""
    for start in range(0, len(rows), stored.BLOCK):
        some = rows[start : start + stored.BLOCK]
        pairs = zip(cells_of(times, some), some.tolist(), strict=True)
        yield from ((time, row) for time, row in pairs if time is not None)


def are_even(times: Sequence[Cell], sequences: Iterable[Sequence[int]]) -> bool:
    try:
        steps = np.array([b - a for rows in sequences for a, b in pairwise(seconds_of(those(times, rows)))])
    except (TaskError, TypeError, ValueError):
        return True  # what is wrong with them is said where they are checked
    if not len(steps):
        return False
    usual = float(np.median(steps))
    return usual > 0 and float((np.abs(steps - usual) <= ABOUT * usual).mean()) > EVEN


def those(cells: Sequence[Cell], rows: Sequence[int]) -> list[Cell]:
    """The cells of these rows."""
    return cells_of(cells, np.array(rows, np.int64))


def seconds_of(times: Iterable[Cell]) -> list[float]:
    """Numbers stay what they are."""
    return [moment(time).timestamp() if isinstance(time, str) else float(time) for time in times]


def go_on(columns: Iterable[Sequence[Cell]], sequences: Sequence[Sequence[int]]) -> bool:
    """Whether the median over columns of the correlation of numbers with those before them is great."""
    found = [correlation for cells in columns if (correlation := with_the_one_before(cells, sequences)) is not None]
    return bool(found) and float(np.median(found)) > GOES_ON


def with_the_one_before(cells: Sequence[Cell], sequences: Iterable[Sequence[int]]) -> float | None:
    """The correlation of a column's numbers with those before them in their sequence, which are taken less its mean;
    None where they never change."""
    products = squares = 0.0
    for rows in sequences:
        values: NDArray[np.float64] = np.array(those(cells, rows), np.float64)
        values = values[np.isfinite(values)]
        if len(values) > 1:
            values -= values.mean()
            products += float(values[1:] @ values[:-1])
            squares += float(values @ values)
    return products / squares if squares else None


def counts_down(lists: Iterable[Sequence[Cell]]) -> bool:
    """Whether numbers fall by the same step to the same end in each of several sequences, though these are of several
    lengths: how long each will go on. They may begin with one that is as great as any."""
    ends, falls, lengths = set[float](), set[float](), set[int]()
    for cells in lists:
        if len(cells) < 2 or not all(isinstance(cell, int | float) for cell in cells):
            return False
        steps = np.diff(np.array(cells, np.float64))
        falling = steps[np.argmax(steps != 0) :]
        if not (falling == falling[0]).all() or falling[0] >= 0:
            return False
        ends.add(float(cells[-1]))
        falls.add(float(falling[0]))
        lengths.add(len(cells))
    return len(lengths) > 1 and len(ends) == len(falls) == 1


def goes_on_for_long(states: Sequence[Cell]) -> bool:
    """Whether each state lasts for many rows and comes again; in a table that is sorted by classes none does."""
    runs = 1 + sum(before != now for before, now in pairwise(states))
    return len(set(states)) < runs <= len(states) / LONG_STATE


def mostly_rise(lists: Iterable[Sequence[Cell]]) -> bool:
    """Whether numbers rise from step to step, or stay as they are, but for a few that are late."""
    rises = falls = 0
    for own in lists:
        steps = np.diff(np.array(own, np.float64))
        rises, falls = rises + int((steps > 0).sum()), falls + int((steps < 0).sum())
    return rises > 0 and falls <= LATE * rises


def counts_steps(name: str, cells: Sequence[Cell]) -> bool:
    """Whether a column of lists goes on by one from step to step; or is called as counters and clocks are, and goes on
    as these do: ``Sample Index`` from 0 to 199, and again."""
    steps: list[NDArray[np.float64]] = []
    for own in islice(filter(is_list, cells), LOOKED_AT):
        steps.append(np.diff(np.array(own[:LOOKED_AT], np.float64)))
        if sum(map(len, steps)) >= LOOKED_AT:
            break
    every = np.concatenate([*steps, np.empty(0)])
    every = every[np.isfinite(every)]
    if not len(every) or bool((every == 1).all()):
        return len(every) > 0
    usual = float(np.median(every)) if {*name_words(name)} & OF_COUNTERS else 0.0
    return usual != 0 and float((np.abs(every - usual) <= ABOUT * abs(usual)).mean()) >= COUNTS
