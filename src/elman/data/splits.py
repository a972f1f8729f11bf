# pyright: strict
"""Training, validation and test parts: seeded, stratified, and no input on two sides."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman import stored
from elman.data.alike import Keys, keys_of
from elman.data.detection import Detection
from elman.data.steps import at_row
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import Profile
from elman.kinds.split import SplitKind
from elman.stored import Grouped, Growing, Lists, Rows, blocks_of, chosen, lengths_of, sorted_by, stretches, taken

Fractions = tuple[float, float, float]
PARTS = ("train", "valid", "test")
OF_ROWS: Fractions = (0.8, 0.1, 0.1)
"""The share of each part, where none are given."""
OF_RUNNING_TEXT: Fractions = (0.85, 0.05, 0.1)
"""A few thousand elements are enough to see when to stop."""
OF_HISTORY: Fractions = (0.65, 0.15, 0.2)
OF_WATCHED: Fractions = (0.6, 0.3, 0.1)
"""Of what is normal, much is needed to tell how often it is odd."""
FORECAST_FROM = "forecast_from"
"""A column that says at which step of a series forecasting begins: what stands before is history."""
FEW_SEQUENCES = 10
"""Of fewer sequences than this with an output at each step, the end of each is held out, and not whole ones."""
LONG_LINE = 0.01
"""A line of running text that holds more of it than this may be cut in two."""
LONGEST_WORD = 200
PIECES, PIECE = 20, 1_000
"""Running text is validated on this many pieces of it, of at least so many characters each."""


@dataclass
class Splits:
    """The parts of a table; ``test`` is None where none was given and none asked for.

    keys: of each part and row, by "train", "valid" and "test", what is equal where inputs count as the same; nothing
        where that wasn't worked out for all parts together
    """

    train: Table
    valid: Table
    test: Table | None
    notes: list[str] = field(default_factory=list)
    keys: dict[str, Keys] = field(default_factory=dict[str, Keys])


def split(
    table: Table,
    *,
    inputs: Sequence[str],
    output: str | None,
    seed: int,
    fractions: Fractions | None = None,
    valid: Table | None = None,
    test: Table | None = None,
    history: bool = False,
    watches: bool = False,
    least: int = 0,
    group: str | None = None,
) -> Splits:
    """Parts for training, validation and test.

    Parts that are given, or that a column "split" names, are kept; the others are carved out of the training
    rows, in the given fractions of them, or the usual ones. Rows with the same input stay on one side, as do all
    references of a source; each label keeps its share in each part. Tunes are dealt out alike, each as a whole.
    Otherwise, without an output, the table is running text: its end is the test part, and pieces spread evenly over
    the rest are the validation part. A few long sequences with an output at each step are cut in time.

    history: each sequence is a series that is cut in time, and a later part keeps what came before, up to the step
        that the column ``forecast_from`` gives
    watches: what is normal is learned, whether or not an output says where it isn't
    least: steps that a part held out in time has at least
    group: the column whose equal cells say which rows stay on one side, whatever their inputs are

    Raises TaskError where there are too few rows to hold any out.
    """
    parts: dict[str, Table | None] = {"train": table, "valid": valid, "test": test}
    notes: list[str] = []
    if column := split_column(table):
        rows = rows_by_part(table.columns[column])
        parts["train"] = table.select(rows["train"])
        for name in ("valid", "test"):
            if parts[name] is None and rows[name]:
                parts[name] = table.select(rows[name])
        notes.append(f"parts as column {column!r} says: {sizes(parts)}")
    train = parts["train"]
    if train is None or not len(train):
        raise TaskError(f"{table.source} has no training rows. Expected some in column {column!r} or beside it.")
    running = output is None and not (history or watches) and as_used(table, inputs[0]).kind.runs_on
    usual = OF_HISTORY if history else OF_WATCHED if watches else OF_RUNNING_TEXT if running else OF_ROWS
    shares = zip(PARTS, fractions or usual, strict=True)
    wanted = {name: share for name, share in shares if share and parts[name] is None}
    alone = all(part is None for name, part in parts.items() if name != "train")
    keys: dict[str, Keys] = {}
    if wanted:
        if history or splits_in_time(train, output, watches):
            train, short = long_enough(train, wanted, least)
            notes += [f"{short:,} series of too few steps to hold any out are left out"] if short else []
            carved, how = in_time(train, wanted, history, least), "the end of each sequence"
        elif running:
            places = {"valid": "throughout the text", "test": "from its end"}
            carved, how = in_order(train, inputs[0], wanted), ", ".join(f"{name} {places[name]}" for name in wanted)
        else:
            columns = [as_used(table, name) for name in (*inputs, output or inputs[0])]
            carved, own = at_random(train, columns[:-1], columns[-1], wanted, seed, group)
            keys = own if alone else keys
            how = f"at random, seed {seed}" + (f", each {group!r} as a whole" if group else "")
        parts |= carved
        notes.append(f"held out {how}: {sizes(parts)}")
    if group:
        check_apart({name: part for name, part in parts.items() if part is not None}, group)
    if parts["valid"] is None:
        raise TaskError("training needs a validation part. Pass --valid FILE, or a fraction above 0.")
    return Splits(parts["train"] or train, parts["valid"], parts["test"], notes, keys)


def split_for(
    detection: Detection,
    train: Table,
    valid: Table | None = None,
    test: Table | None = None,
    *,
    seed: int,
    least: int = 0,
) -> Splits:
    """The parts of a run that learns what was detected: for all who learn from the data, or look at them before.

    The tables are ``prepared``. ``least`` as in ``split``, and the same errors.
    """
    return split(
        train,
        inputs=detection.inputs,
        output=detection.output,
        seed=seed,
        valid=valid,
        test=test,
        history=detection.line.forecasts,
        watches=detection.line.watches,
        least=least,
        group=detection.group,
    )


def as_used(table: Table, name: str) -> Profile:
    """A column as it is learned from. Raises TaskError where there is none."""
    table.column(name)
    found = table.profiles[name]
    return found.kind.when_chosen(found)


def sizes(parts: dict[str, Table | None]) -> str:
    return ", ".join(f"{name} {extent(part)}" for name, part in parts.items() if part is not None)


def extent(part: Table) -> str:
    """How much a part holds: rows, or steps of sequences without their history."""
    lists = next((cells for cells in part.columns.values() if part.layout == "steps" and are_lists(cells)), None)
    if lists is None:
        return f"{len(part):,} rows"
    return f"{lengths_of(lists).sum() - sum(part.columns.get(FORECAST_FROM, [])):,} steps"


def are_lists(cells: Sequence[Cell]) -> bool:
    """Whether a column changes within sequences."""
    return isinstance(cells, Lists) or isinstance(cells[0], list)


def split_column(table: Table) -> str | None:
    """The column that says which part each row belongs to, if there is one."""
    for name, cells in table.columns.items():
        if SplitKind.deals_out(name, cells):
            return name
    return None


def rows_by_part(cells: Sequence[Cell]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(cells):
        rows[SplitKind.part_of(cell) or ""].append(row)
    return rows


def at_random(
    table: Table,
    inputs: Sequence[Profile],
    output: Profile,
    wanted: dict[str, float],
    seed: int,
    group: str | None = None,
) -> tuple[dict[str, Table], dict[str, Keys]]:
    """Whole groups of rows with the same input, or of the same ``group``, dealt out label by label; and the ``keys`` of
    `Splits`, if what is grouped by is the input."""
    columns = [] if group else grouped_by(table, inputs, output)
    keys = names_of_groups(table, group) if group else keys_by(table, columns)
    groups = group_rows(keys, len(table))
    stored.shuffle(groups.firsts, random.Random(seed))
    labels = strata(table, inputs, output)
    if group and labels and any(len({labels[row] for row in rows}) > 1 for rows in groups.several):
        labels = None  # a group of several labels is of none
    rows = deal(groups, labels, {"train": 1 - sum(wanted.values())} | wanted, len(table))
    if group:
        rows = with_one_each(rows, groups)
    for name in wanted:
        if not len(rows[name]):
            different = f"different cells of {group!r}" if group else "different inputs"
            raise TaskError(
                f"{table.source}: {len(groups.firsts):,} {different} are too few to hold out a {name} part of "
                f"{wanted[name]:.0%}. Add rows, or pass --{name} FILE."
            )
    same: dict[str, Keys] = {}
    if columns == list(inputs) and keys is not None:
        same = {
            name: taken(keys, own) if isinstance(keys, np.ndarray) else chosen(keys, own) for name, own in rows.items()
        }
    return {name: table.select(own) for name, own in rows.items()}, same


def with_one_each(dealt: dict[str, Rows], groups: Groups) -> dict[str, Rows]:
    """Where groups are so large that a part got none, the smallest of those to train on goes there."""
    if all(map(len, dealt.values())):
        return dealt
    trained, several = set(dealt["train"].tolist()), {int(rows[0]): rows for rows in groups.several}
    of_train = (several.get(first, [first]) for first in groups.firsts.tolist() if first in trained)
    left = sorted(of_train, key=len, reverse=True)
    parts = {
        name: rows if len(rows) else np.array(left.pop() if len(left) > 1 else [], np.int64)
        for name, rows in dealt.items()
    }
    return parts | {"train": np.array(sorted(row for rows in left for row in rows), np.int64)}


def names_of_groups(table: Table, group: str) -> list[Hashable]:
    """Of each row, the group that it is of. Raises TaskError for one that says none, and for what changes within it."""
    cells = table.column(group)
    for row, cell in enumerate(cells):
        if cell is None or isinstance(cell, list):
            what = "is empty" if cell is None else "changes within the sequence"
            raise at_row(table, row, f"{group!r}, which says what stays together (--group), {what}")
    return list(cells)


def check_apart(parts: dict[str, Table], group: str) -> None:
    """Raise TaskError for parts, as they were given, that have a group in common."""
    seen: dict[Hashable, str] = {}
    for name, part in parts.items():
        for cell in dict.fromkeys(names_of_groups(part, group)):
            first = seen.setdefault(cell, name)
            if first != name:
                raise TaskError(
                    f"{group!r} {cell!r} stands in the {first} part and in the {name} part, as they are given: rows of "
                    "one can't stay together (--group). Give other parts, or leave the flag out."
                )


def grouped_by(table: Table, inputs: Sequence[Profile], output: Profile) -> list[Profile]:
    """The columns rows with the same cells of which mustn't be parted: inputs; or the output, where inputs are classes;
    none where that is a class or a number, too."""
    texts = [found for found in inputs if found.kind.predicts_itself and table.layout != "steps"]
    columns = texts if len(inputs) > 1 and texts else list(inputs)  # the same text with another number is no new one
    if len(inputs) == 1 and inputs[0].kind.comes_again and not inputs[0].kind.are_texts(inputs[0]):
        return [] if output.kind.in_rows else [output]  # a category comes back by nature
    return columns


def keys_by(table: Table, columns: Sequence[Profile]) -> Keys | None:
    """What is equal for rows that count as the same by these columns; None where there are none, and all differ."""
    return keys_of([(column.kind, table.column(column.name)) for column in columns]) if columns else None


@dataclass(frozen=True)
class Groups:
    """Rows that count as the same.

    firsts:   the first row of each group
    repeated: the first row of each group that has more than one
    sizes:    how many rows each of those has
    members:  their rows, group after group
    """

    firsts: Rows
    repeated: Rows
    sizes: Rows
    members: Rows

    @property
    def several(self) -> Iterator[Rows]:
        """The rows of each group that has more than one."""
        members, end = np.asarray(self.members), 0  # parts of a memmap take eight times as long to take
        for start in range(0, len(self.sizes), stored.BLOCK):
            for size in self.sizes[start : start + stored.BLOCK].tolist():
                yield members[end : end + size]
                end += size


def group_rows(keys: Keys | None, length: int) -> Groups:
    """The rows of each key; each row by itself where there are no keys."""
    if isinstance(keys, np.ndarray):
        return group_numbers(keys)
    if keys is None or len(set(keys)) == len(keys):
        none = np.zeros(0, np.int64)
        return Groups(stored.arange(length), none, none, none)
    firsts: dict[Hashable, int] = {}
    several: dict[int, list[int]] = {}
    for row, key in enumerate(keys):
        first = firsts.setdefault(key, row)
        if first != row:
            several.setdefault(first, [first]).append(row)
    sizes = list(map(len, several.values()))
    rows = (list(firsts.values()), list(several), sizes, [row for own in several.values() for row in own])
    return Groups(*(np.array(some, np.int64) for some in rows))


def group_numbers(keys: Rows) -> Groups:
    """The same of keys that are numbers, too many for a dict."""
    repeated, sizes, members = (Growing(np.int64) for _ in range(3))
    first = stored.empty(len(keys), np.bool_)
    first[:] = False
    for some in stored.alike(keys):
        firsts, again = some.first_rows, some.lengths > 1
        first[firsts] = True
        repeated.add(firsts[again])
        sizes.add(some.lengths[again])
        for rows, groups in some.blocks():
            members.add(rows[again[groups]])
    return Groups(stored.rows_where(first), repeated.array(), sizes.array(), members.array())


def strata(table: Table, inputs: Sequence[Profile], output: Profile) -> Sequence[Hashable] | None:
    """The label of each row, be it output or input; None where there are no labels."""
    for found in (output, *(inputs if len(inputs) == 1 else ())):
        if found.kind.names_classes:
            return table.columns[found.name]
    return None


def deal(
    groups: Groups, labels: Sequence[Hashable] | None, fractions: dict[str, float], length: int
) -> dict[str, Rows]:
    """The rows of each part, in order: each group goes to the part that lacks most rows, of its label and in all.

    Rare labels go first, and into train before anywhere else; the commonest label comes last and evens out
    what rounding left.
    """
    shares, train = list(fractions.values()), list(fractions).index("train")
    counts, part_of = stored.empty(length, np.int32), stored.empty(length, np.int8)
    counts[:], part_of[:] = 1, 0
    counts[groups.repeated] = groups.sizes
    held = [0] * len(shares)
    places = by_label(groups.firsts, labels)
    rows = taken(groups.firsts, places.order)
    sizes = taken(counts, rows)
    bounds = zip(places.starts.tolist(), places.lengths.tolist(), strict=True)
    of_labels = [slice(start, start + length) for start, length in bounds if length]
    for own in sorted(of_labels, key=lambda own: (int(sizes[own].sum(dtype=np.int64)), int(places.order[own.start]))):
        part_of[rows[own]] = parts = parts_of_groups(sizes[own], shares, held, train)
        held = [before + int(sizes[own].sum(where=parts == part, dtype=np.int64)) for part, before in enumerate(held)]
    part_of[groups.members] = np.repeat(part_of[groups.repeated], groups.sizes)
    return {name: stored.rows_where(part_of == part) for part, name in enumerate(fractions)}


def by_label(rows: Rows, labels: Sequence[Hashable] | None) -> Grouped:
    """The places of rows, label by label; all together where there are no labels."""
    if labels is None:
        return Grouped(stored.arange(len(rows)), np.zeros(1, np.int64), np.array([len(rows)]))
    codes: dict[Hashable, int] = {}
    every, start = stored.empty(len(labels), np.int32), 0
    for block in blocks_of(labels):
        every[start : start + len(block)] = [codes.setdefault(label, len(codes)) for label in block]
        start += len(block)
    return sorted_by(taken(every, rows), np.arange(len(codes)))


AT_ONCE = 1 << 16
"""Groups that are dealt out together."""


def parts_of_groups(
    counts: NDArray[np.int32], shares: Sequence[float], held: Sequence[int], train: int
) -> NDArray[np.int8]:
    """The part of each group of one label: the first is trained on.

    counts: rows of each group
    held:   rows that each part has of other labels
    """
    found, has, others = stored.empty(len(counts), np.int8), list(held), range(1, len(shares))
    total = sum(held)
    for start in range(0, len(counts), AT_ONCE):
        steps = 2 * counts[start : start + AT_ONCE].astype(np.int64)  # rows of this label count twice
        wanted = total + np.cumsum(steps)
        total = int(wanted[-1])
        wants = zip(*((share * wanted).tolist() for share in shares), strict=True)
        some: list[int] = []
        for step, wants_now in zip(steps.tolist(), wants, strict=True):
            part, most = 0, wants_now[0] - has[0]
            for other in others:
                if (lack := wants_now[other] - has[other]) > most:
                    part, most = other, lack
            if not (start or some):
                part = train
            has[part] += step
            some.append(part)
        found[start : start + len(some)] = some
    return found


def splits_in_time(table: Table, output: str | None, watches: bool) -> bool:
    """Too few sequences to hold whole ones out, of which each step has an output, or is watched."""
    if table.layout != "steps" or len(table) >= FEW_SEQUENCES:
        return False
    return watches or (output is not None and are_lists(table.column(output)))


def in_time(table: Table, wanted: dict[str, float], history: bool, least: int) -> dict[str, Table]:
    """Each sequence cut in time: its beginning to train on, then what is validated on, its end to test on."""
    lengths = steps_of(table)
    cuts = [*starts_of(lengths, wanted, least).items()]
    ends = [*(starts for _, starts in cuts[1:]), lengths]
    parts = {
        name: stretch(table, starts.tolist(), end.tolist(), history)
        for (name, starts), end in zip(cuts, ends, strict=True)
    }
    first = cuts[0][1].tolist()
    parts["train"] = stretch(table, [0] * len(first), first, history)
    return parts


def steps_of(table: Table) -> NDArray[np.int64]:
    """The steps of each sequence."""
    first = next(name for name, cells in table.columns.items() if are_lists(cells))
    return np.asarray(lengths_of(table.column(first)))


def starts_of(lengths: NDArray[np.int64], wanted: dict[str, float], least: int) -> dict[str, NDArray[np.int64]]:
    """Of each part, in the order of time, the step at which it starts in each sequence; below 1 where that is short."""
    starts, found = lengths, dict[str, NDArray[np.int64]]()
    for name in reversed([*wanted]):
        starts = starts - np.maximum(max(least, 1), np.round(wanted[name] * lengths).astype(np.int64))
        found[name] = starts
    return dict(reversed([*found.items()]))


def long_enough(table: Table, wanted: dict[str, float], least: int) -> tuple[Table, int]:
    """The table without the sequences that are too short to hold parts out, and how many these are. Raises TaskError
    where all are."""
    first, *_ = starts_of(steps_of(table), wanted, least).values()
    kept = np.flatnonzero(first >= 1)
    if not len(kept):
        raise TaskError(
            f"{table.source}: its sequences are too short to hold out {' and '.join(wanted)} parts. Add steps, or pass "
            f"--{[*wanted][-1]} FILE."
        )
    return (table if len(kept) == len(table) else table.select(kept)), len(table) - len(kept)


def stretch(table: Table, starts: list[int], ends: list[int], history: bool) -> Table:
    """Each sequence from its start to its end, or with all that came before the start."""
    begins = [0] * len(starts) if history else starts
    columns: dict[str, Any] = {name: stretches(cells, begins, ends) for name, cells in table.columns.items()}
    if history and any(starts):
        columns[FORECAST_FROM] = list(starts)
    return replace(table, columns=columns)


def in_order(table: Table, input: str, wanted: dict[str, float]) -> dict[str, Table]:
    """Running text: its end to test on, and pieces spread evenly over the rest to validate on.

    What stands near the test part says most about it, so none of that is kept from training for long.
    """
    rest = table.column(input)
    total = sum(map(size, rest))
    parts: dict[str, list[Cell]] = {}
    if "test" in wanted:
        rest, parts["test"] = cut(rest, round((1 - wanted["test"]) * total), total)
    if "valid" in wanted:
        rest, parts["valid"] = take_pieces(rest, wanted["valid"] * total, total)
    parts["train"] = rest
    for name, cells in parts.items():
        if not any(map(size, cells)):
            raise TaskError(
                f"{table.source}: the text is too short to hold out a {name} part of {wanted.get(name, 1):.0%}. Add "
                f"text, or pass --{name} FILE."
            )
    return {
        name: Table({input: cells}, table.source, table.layout, table.has_header, list(table.notes))
        for name, cells in parts.items()
    }


def take_pieces(cells: list[Cell], characters: float, total: int) -> tuple[list[Cell], list[Cell]]:
    """The lines without some pieces of about ``characters`` in all, and the lines of those pieces."""
    longest_whole = min(max(map(size, cells), default=0), LONG_LINE * total)
    count = min(PIECES, max(1, int(characters // max(PIECE, 2 * longest_whole))))
    section = sum(map(size, cells)) / count
    kept: list[Cell] = []
    taken: list[Cell] = []
    for i in range(count):
        ahead, cells = cut(cells, round(section), total) if i < count - 1 else (cells, [])
        keep, take = cut(ahead, round(section - characters / count), total)
        kept, taken = [*kept, *keep], [*taken, *take]
    return kept, taken


def cut(cells: list[Cell], position: int, total: int) -> tuple[list[Cell], list[Cell]]:
    """Two lists of lines, the first with about ``position`` characters; a long line is cut at white space."""
    ends = list(accumulate(size(cell) for cell in cells))
    row = bisect_right(ends, position)
    if row == len(cells):
        return cells, []
    line, into = cells[row], position - (ends[row - 1] if row else 0)
    if size(line) <= LONG_LINE * total or isinstance(line, list):
        return cells[:row], cells[row:]
    space = line.find(" ", into, into + LONGEST_WORD)
    into = space + 1 if space >= 0 else into
    return [*cells[:row], line[:into]], [line[into:], *cells[row + 1 :]]


def size(cell: Cell) -> int:
    """Characters of a line with its end, or tokens of a list."""
    return 0 if cell is None else len(cell) + isinstance(cell, str)
