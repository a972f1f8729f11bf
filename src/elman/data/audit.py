# pyright: strict
"""What is wrong, or odd, with data that are about to be learned from."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from statistics import median
from typing import Any, Literal

from elman.data.detect import Detection
from elman.data.records import giving_away
from elman.data.series import series_of, time_column
from elman.data.table import Cell, Table
from elman.kinds.base import Kind
from elman.kinds.column import is_list
from elman.kinds.recognition import KINDS

RARE = 5
"""A label with fewer training rows than this is hardly learned."""
UNEVEN = 0.9
EXTREME = 20
LONG = 1000
"""A sequence is extreme that is this many times as long as the median, and as long as this."""


@dataclass(frozen=True)
class Finding:
    level: Literal["info", "warning"]
    message: str


def audit(train: Table, valid: Table | None, test: Table | None, detection: Detection) -> list[Finding]:
    """Leakage, labels that training never sees, missing and empty cells, extreme lengths, class balance.

    A source that comes back with another reference inside a part is no duplicate; it is leakage only where it
    stands in two parts.
    """
    parts = {"training": train, "validation": valid, "test": test}
    present = {name: part for name, part in parts.items() if part is not None}
    findings = [*missing_cells(present, detection), *empty_inputs(present, detection), *absent(present, detection)]
    findings += [*missing_numbers(present, detection), *constant_columns(train, detection)]
    if detection.line.forecasts:
        findings += [*gaps_and_seasons(train, detection)]
    running = detection.output is None and detection.reads.runs_on
    if not (detection.line.forecasts or running):  # the lines of a running text come again by nature
        findings += leakage(present, detection)
        findings += contradictions(train, detection)
    findings += extreme_lengths(train, detection)
    if detection.reads.of_parts:
        findings += given_away(train, detection)
    if detection.classes:
        findings += unseen_labels(present, detection, detection.classes)
        findings += balance(train, detection, detection.classes)
    return findings


def leakage(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Rows of one part that stand in an earlier part as well: up to case and spacing, or by what a file holds."""
    new, kind = detection.inputs, detection.reads
    if kind.comes_again and len(new) == 1:
        if detection.writes is None or detection.writes.in_rows:
            return  # a single category comes back by nature
        new, kind = (str(detection.output),), detection.writes  # what must not come again
    keys = identities(parts, new, kind)
    for earlier, later in combinations(parts, 2):
        seen = set(keys[earlier])
        shared = [row for row, key in enumerate(keys[later]) if key in seen]
        if shared:
            rows = len(parts[later])
            example = shown(parts[later].column(detection.inputs[0])[shared[0]])
            yield Finding(
                "warning",
                f"{len(shared):,} of {rows:,} {later} rows ({len(shared) / rows:.1%}) also stand in the "
                f"{earlier} part, {kind.same_by}, for example {example}: they make its score too good",
            )


def identities(parts: dict[str, Table], columns: Sequence[str], kind: type[Kind]) -> dict[str, list[Hashable]]:
    """Of each part and row, what is equal where the cells of these columns count as the same."""
    cells = [[cell for part in parts.values() for cell in part.column(name)] for name in columns]
    keys = iter(zip(*map(kind.identities, cells), strict=True))
    return {name: list(islice(keys, len(part))) for name, part in parts.items()}


def contradictions(train: Table, detection: Detection) -> Iterator[Finding]:
    """The same input with several labels: nobody can get all of them right."""
    if detection.classes is None or not detection.classes.is_value:
        return
    answers: dict[Hashable, set[Hashable]] = defaultdict(set)
    keys = identities({"training": train}, detection.inputs, detection.reads)["training"]
    for key, label in zip(keys, train.column(str(detection.output)), strict=True):
        answers[key].add(label)
    several = sum(len(labels) > 1 for labels in answers.values())
    if several:
        yield Finding("info", f"{several:,} inputs have several different labels; no model can get all of them right")


def missing_cells(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    for name, part in parts.items():
        for column in columns_to_fill(detection):
            missing = sum(cell is None for cell in part.column(column))
            if missing:
                yield Finding(
                    "warning",
                    f"{missing:,} of {len(part):,} cells of column {column!r} are missing in the {name} part",
                )


def absent(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Pictures, recordings and clips that a cell names, and that aren't there."""
    for name, part in parts.items():
        for column in detection.inputs:
            cells = [cell for cell in part.column(column) if cell is not None]
            files = [file for cell in cells for file in detection.reads.files(cell)]
            lost = [file for file in files if not os.path.exists(file)]
            if lost:
                yield Finding(
                    "warning",
                    f"{len(lost):,} of {len(files):,} files or folders that {column!r} names in the {name} part aren't "
                    f"there, for example {lost[0]}; they are looked for beside the table, and in the folders beside it",
                )


def columns_used(detection: Detection) -> list[str]:
    return [*detection.inputs, *([detection.output] if detection.output else [])]


def columns_to_fill(detection: Detection) -> list[str]:
    """The columns used in which an empty cell says nothing; where a row has several labels, it says: none of them."""
    says = detection.classes is not None and detection.classes.empty_says_none
    kinds = detection.columns if detection.reads.of_parts else {}
    inputs = [name for name in detection.inputs if name not in kinds or not KINDS[kinds[name]].empty_says_none]
    return inputs if says else [*inputs, *columns_used(detection)[len(detection.inputs) :]]


def numbers_of(table: Table, column: str, detection: Detection) -> list[float | None]:
    """All numbers in the sequences of a column; missing ones are None."""
    return [number for cell in table.column(column) for number in detection.reads.numbers_in(cell)]


def missing_numbers(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Numbers that are missing in sequences of vectors, which a mask tells the model."""
    for name, part in parts.items():
        for column in detection.inputs:
            numbers = numbers_of(part, column, detection)
            missing = sum(number is None for number in numbers)
            if missing and missing < len(numbers):
                yield Finding(
                    "warning",
                    f"{missing:,} of {len(numbers):,} numbers of column {column!r} are missing in the {name} part; "
                    "they are taken as the mean, and a mask says where",
                )


def constant_columns(train: Table, detection: Detection) -> Iterator[Finding]:
    """Columns of vectors that say nothing."""
    for column in detection.inputs if detection.sequences is not None else ():
        values = set(numbers_of(train, column, detection))
        if len(values) == 1:
            yield Finding("warning", f"column {column!r} is {values.pop()} at every step of the training part")


def gaps_and_seasons(train: Table, detection: Detection) -> Iterator[Finding]:
    """What a forecast has to live with: steps that no row was given for, irregular times, and the season found."""
    series = series_of(train, detection.inputs, detection.output)
    gaps = [(one, step) for one in series if one.grid for step in one.grid.gaps]
    if gaps:
        one, step = gaps[0]
        yield Finding(
            "warning",
            f"{len(gaps):,} steps of time are missing, the first {one.time(step)}: they are kept as steps without a "
            "value",
        )
    if time_column(train) and any(one.grid is None for one in series):
        yield Finding("warning", "times aren't equally far apart; rows are taken as equal steps, in their order")
    longest = max(series, key=len)
    step = f" of {longest.grid.step}" if longest.grid else ""
    season = longest.season()
    found = f"the training part repeats itself after {season:,} steps" if season else "no season was found"
    yield Finding("info", f"{len(longest):,} steps{step} to train on; {found}")


def empty_inputs(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Sequences without an element. In running text they are blank lines, which are nothing odd."""
    if detection.output is None or detection.line.forecasts or detection.architecture == "one-to-one":
        return
    for name, part in parts.items():
        for column in columns_to_fill(detection):
            empty = sum(cell == [] or (isinstance(cell, str) and not cell.strip()) for cell in part.column(column))
            if empty:
                yield Finding(
                    "warning",
                    f"{empty:,} of {len(part):,} sequences of column {column!r} are empty in the {name} part",
                )


def given_away(train: Table, detection: Detection) -> Iterator[Finding]:
    """Columns beside others from each value of which the output follows without the others."""
    for name in giving_away(train, detection.inputs, str(detection.output)):
        yield Finding(
            "warning",
            f"column {name!r} gives the output away: in the training part each of its values has one "
            f"{detection.output!r} alone. If it isn't there before the output is, leave it out: name the other columns "
            "by --input",
        )


def extreme_lengths(train: Table, detection: Detection) -> Iterator[Finding]:
    used = columns_used(detection)
    for column in used[:1] if detection.sequences is not None else used:  # all lists of a row have its steps
        cells: list[str | list[Any]] = [cell for cell in train.column(column) if isinstance(cell, str | list) and cell]
        if not cells:
            continue
        longest = max(cells, key=len)
        usual = median(map(len, cells))
        if len(longest) >= LONG and len(longest) > EXTREME * usual:
            unit = "elements" if isinstance(longest, list) else "characters"
            many = sum(len(cell) >= LONG and len(cell) > EXTREME * usual for cell in cells)
            yield Finding(
                "info",
                f"column {column!r}: {many:,} rows are over {EXTREME} times as long as the median "
                f"({usual:,.0f} {unit}); the longest has {len(longest):,}: {shown(longest)}",
            )


def labels_of(table: Table, output: str, classes: type[Kind]) -> Counter[str]:
    """How often each label stands in the output column, as the kind of the answer parses its cells."""
    return Counter(label for cell in table.column(output) if cell is not None for label in classes.names_in(cell))


def unseen_labels(parts: dict[str, Table], detection: Detection, classes: type[Kind]) -> Iterator[Finding]:
    output = str(detection.output)
    seen = labels_of(parts["training"], output, classes)
    for name in list(parts)[1:]:
        counts = labels_of(parts[name], output, classes)
        unseen = [label for label in counts if label not in seen]
        if unseen:
            listed = ", ".join(f"{label} ({counts[label]:,})" for label in unseen[:5])
            more = ", ..." if len(unseen) > 5 else ""
            yield Finding(
                "warning",
                f"{len(unseen):,} labels stand in the {name} part but not in the training part, so they are "
                f"never predicted: {listed}{more}",
            )


def balance(train: Table, detection: Detection, classes: type[Kind]) -> Iterator[Finding]:
    counts = labels_of(train, str(detection.output), classes)
    total = counts.total()
    if not counts:
        return
    (most, most_count), (least, least_count) = counts.most_common()[0], counts.most_common()[-1]
    uneven = most_count > UNEVEN * total and not classes.mostly_one
    yield Finding(
        "warning" if uneven else "info",
        f"{len(counts):,} {classes.names_are}: {most} is the commonest ({most_count:,}, {most_count / total:.1%}), "
        f"{least} the rarest ({least_count:,}, {least_count / total:.2%})",
    )
    rare = [label for label, count in counts.items() if count < RARE]
    if rare:
        listed = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
        yield Finding("warning", f"{len(rare):,} {classes.names_are} have fewer than {RARE} training rows: {listed}")


def shown(cell: Cell) -> str:
    text = " ".join(map(str, cell)) if is_list(cell) else str(cell)
    return repr(text if len(text) <= 60 else text[:57] + "...")
