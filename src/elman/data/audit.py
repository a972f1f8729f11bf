"""What is wrong, or odd, with data that are about to be learned from."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Literal

from elman.data.detect import Detection
from elman.data.media import common_medium, contents
from elman.data.profile import LABEL_SEPARATORS
from elman.data.series import series_of, time_column
from elman.data.splits import same_input
from elman.data.table import Cell, Table
from elman.tasks import SERIES_TASKS

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
    if detection.task == "forecasting":
        findings += [*gaps_and_seasons(train, detection)]
    running = detection.task == "language-model" and not common_medium(train.columns.get(detection.inputs[0], []))
    if detection.task != "forecasting" and not running:  # the lines of a running text come again by nature
        findings += leakage(present, detection)
        findings += contradictions(train, detection)
    findings += extreme_lengths(train, detection)
    if has_labels(train, detection):
        findings += unseen_labels(present, detection)
        findings += balance(train, detection)
    return findings


def has_labels(train: Table, detection: Detection) -> bool:
    """The output is one of a few values, so that it matters how often each of them comes."""
    return detection.task in ("classification", "multilabel", "tagging")


def inputs(table: Table, columns: Sequence[str], files: Mapping[str, Hashable]) -> list[Hashable]:
    """The input of each row, such that equal ones count as the same; of ``files``, what they hold."""
    rows = zip(*(table.column(name) for name in columns), strict=True)
    return [tuple(same_input(cell, files) for cell in cells) for cells in rows]


def files_named(parts: Mapping[str, Table], columns: Sequence[str]) -> dict[str, Hashable]:
    """What the pictures, recordings, clips and tunes hold that the columns name."""
    cells = [cell for part in parts.values() for name in columns for cell in part.column(name) if cell is not None]
    return contents(cells) if common_medium(cells) else {}


def leakage(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Rows of one part that stand in an earlier part as well: up to case and spacing, or by what a file holds."""
    new = (str(detection.output),) if detection.task == "generation" else detection.inputs  # must not come again
    files = files_named(parts, new)
    if detection.architecture == "one-to-one" and not files and len(detection.inputs) == 1:
        return  # a single category comes back by nature
    keys = {name: inputs(part, new, files) for name, part in parts.items()}
    same = "files with the same content" if files else "up to case and spacing"
    for earlier, later in combinations(parts, 2):
        seen = set(keys[earlier])
        shared = [row for row, key in enumerate(keys[later]) if key in seen]
        if shared:
            rows = len(parts[later])
            example = shown(parts[later].column(columns_used(detection)[0])[shared[0]])
            yield Finding(
                "warning",
                f"{len(shared):,} of {rows:,} {later} rows ({len(shared) / rows:.1%}) also stand in the "
                f"{earlier} part, {same}, for example {example}: they flatter its score",
            )


def contradictions(train: Table, detection: Detection) -> Iterator[Finding]:
    """The same input with several labels: nobody can get all of them right."""
    if detection.task != "classification":
        return
    answers: dict[Hashable, set[Hashable]] = defaultdict(set)
    files = files_named({"training": train}, detection.inputs)
    for key, label in zip(inputs(train, detection.inputs, files), train.column(str(detection.output)), strict=True):
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
        for column in columns_used(detection):
            cells = [cell for cell in part.column(column) if cell is not None]
            if not common_medium(cells):
                continue
            files = [file for cell in cells for file in (cell if isinstance(cell, list) else [cell])]
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
    used = columns_used(detection)
    return [name for name in used if name != detection.output] if detection.task == "multilabel" else used


def numbers_of(table: Table, column: str) -> list[Cell]:
    """All numbers in the lists of a column, steps of several numbers one after another; missing ones are None."""
    lists = [cell for cell in table.column(column) if isinstance(cell, list)]
    return [
        number
        for cell in lists
        for step in cell
        for number in (step if isinstance(step, list) else (step,))
        if number is None or isinstance(number, int | float)
    ]


def missing_numbers(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Numbers that are missing in sequences of vectors, which a mask tells the model."""
    if detection.task not in SERIES_TASKS:
        return
    for name, part in parts.items():
        for column in detection.inputs:
            numbers = numbers_of(part, column)
            missing = sum(number is None for number in numbers)
            if missing and missing < len(numbers):
                yield Finding(
                    "warning",
                    f"{missing:,} of {len(numbers):,} numbers of column {column!r} are missing in the {name} part; "
                    "they are taken as the mean, and a mask says where",
                )


def constant_columns(train: Table, detection: Detection) -> Iterator[Finding]:
    """Columns of vectors that say nothing."""
    if detection.task in SERIES_TASKS and detection.sequences is not None:
        for column in detection.inputs:
            values = set(numbers_of(train, column))
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
    if detection.output is None or detection.task == "forecasting" or detection.architecture == "one-to-one":
        return
    for name, part in parts.items():
        for column in columns_to_fill(detection):
            empty = sum(cell == [] or (isinstance(cell, str) and not cell.strip()) for cell in part.column(column))
            if empty:
                yield Finding(
                    "warning",
                    f"{empty:,} of {len(part):,} sequences of column {column!r} are empty in the {name} part",
                )


def extreme_lengths(train: Table, detection: Detection) -> Iterator[Finding]:
    used = columns_used(detection)
    for column in used[:1] if detection.sequences is not None else used:  # all lists of a row have its steps
        cells = [cell for cell in train.column(column) if isinstance(cell, str | list) and cell]
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


def labels_of(table: Table, detection: Detection) -> Counter[str]:
    """How often each label stands in the output column; lists and joined labels bring several each."""
    cells = [cell for cell in table.column(str(detection.output)) if cell is not None]
    if detection.task == "multilabel":
        joined = re.compile(f"[{re.escape(LABEL_SEPARATORS)}]")
        cells = [cell if isinstance(cell, list) else map(str.strip, joined.split(str(cell))) for cell in cells]
        return Counter(str(label) for labels in cells for label in labels)
    return Counter(str(label) for cell in cells for label in (cell if isinstance(cell, list) else [cell]))


def unseen_labels(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    known = labels_of(parts["training"], detection)
    for name in list(parts)[1:]:
        counts = labels_of(parts[name], detection)
        unseen = [label for label in counts if label not in known]
        if unseen:
            listed = ", ".join(f"{label} ({counts[label]:,})" for label in unseen[:5])
            more = ", ..." if len(unseen) > 5 else ""
            yield Finding(
                "warning",
                f"{len(unseen):,} labels stand in the {name} part but not in the training part, so they are "
                f"never predicted: {listed}{more}",
            )


def balance(train: Table, detection: Detection) -> Iterator[Finding]:
    counts = labels_of(train, detection)
    total = counts.total()
    if not counts:
        return
    (most, most_count), (least, least_count) = counts.most_common()[0], counts.most_common()[-1]
    what = "tags" if detection.task == "tagging" else "labels"
    uneven = most_count > UNEVEN * total and detection.task != "tagging"  # most tags are O by nature
    yield Finding(
        "warning" if uneven else "info",
        f"{len(counts):,} {what}: {most} is the commonest ({most_count:,}, {most_count / total:.1%}), "
        f"{least} the rarest ({least_count:,}, {least_count / total:.2%})",
    )
    rare = [label for label, count in counts.items() if count < RARE]
    if rare:
        listed = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
        yield Finding("warning", f"{len(rare):,} {what} have fewer than {RARE} training rows: {listed}")


def shown(cell: Cell) -> str:
    text = " ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
    return repr(text if len(text) <= 60 else text[:57] + "...")
