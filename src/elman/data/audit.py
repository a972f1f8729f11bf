# pyright: strict
"""What is wrong, or odd, with data that are about to be learned from."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, islice
from types import MappingProxyType, NoneType
from typing import Any, Literal

import numpy as np

from elman.data.alike import Keys, alike, keys_of, shared_rows
from elman.data.belonging import belonging, with_parts_of_keys
from elman.data.detection import Detection
from elman.data.forms.numbers import is_finite_number
from elman.data.order import with_the_one_before
from elman.data.records import giving_away
from elman.data.series import series_of, time_column
from elman.data.spellings import bare, case_and_blanks, labels_of, misspelled, spelled_alike
from elman.data.splits import PARTS, group_rows, splits_in_time
from elman.data.steps import SMOOTH_ROWS
from elman.data.summaries import bare_words
from elman.data.table import Cell, Table
from elman.data.totals import MOST_TOTALLED, may_name_totals, rows_of_totals
from elman.kinds.base import Kind
from elman.kinds.column import Profile, is_list, name_words, names_codes, names_things
from elman.kinds.id import IdKind
from elman.kinds.recognition import KINDS
from elman.kinds.seasons import LONGEST_SEASON
from elman.kinds.series import season_of_several
from elman.stored import (
    BLOCK,
    Growing,
    Lists,
    Rows,
    Stored,
    cells_of,
    from_each,
    lengths_of,
    rows_where,
    taken,
    types_of,
)

RARE = 5
"""A label with fewer training rows than this is hardly learned."""
UNEVEN = 0.9
MANY_ALIKE = 0.05
"""Where more rows than this are like some in training, but for their numbers, the score is in doubt."""
STRAIGHT, FEWEST_PAIRS = 0.99999, 5
"""So great is the correlation of a number with the same one in another unit, of at least so many pairs."""
MOSTLY = 0.9
LOOKED_AT = 5_000
"""Rows, spread evenly, of which texts are looked at for their labels."""
MARKS = 3
"""Of first words, as many stand for one label, at most, where they were put there to name it."""
TWO_NUMBERS = re.compile(
    r"[<>~$€£¥₹ ]*\d+(?:[.,]\d+)?( ?[^\W\d_]{1,6})? ?[-–/x×@:]? ?[<>~$€£¥₹ ]*\d+(?:[.,]\d+)?( ?[^\W\d_]{1,6})?"
)
NO_AMOUNTS = frozenset("phone tel telephone fax mobile version address ip zip postcode time date score result".split())  # noqa: SIM905
"""Words in the names of columns of figures that are no amounts."""
CLOSE = 0.8
"""So great is the correlation of the output, and of most numbers, with those in the row before, where rows are like
their neighbours."""
FEW_WORDS, MANY_NUMBERS = 3, 20
"""Different words, at most, that stand beside different numbers, at least, in a column that was meant to hold these."""
SHOWN_SIGNS = 40
"""Signs of a text that are shown."""
SHOWN_SLIPS = 4
EXTREME = 20
FIRST_NUMBERS, FEWEST_STAND_INS, FEWEST_OTHERS, FAR = 100_000, 3, 5, 0.5
"""Of so many numbers one that comes so often, beside so many different others, is one that stands for what is missing,
where it is away from them by more than this share of their range, and than the greatest of them."""
LONG = 1000
"""A sequence is extreme that is this many times as long as the median, and as long as this."""


@dataclass(frozen=True)
class Finding:
    level: Literal["info", "warning"]
    message: str


def audit(
    train: Table,
    valid: Table | None,
    test: Table | None,
    detection: Detection,
    profiles: Mapping[str, Profile] = MappingProxyType({}),
    keys: Mapping[str, Keys] = MappingProxyType({}),
) -> list[Finding]:
    """Leakage, what gives the output away, labels that training never sees or that are spelled in several ways, missing
    and empty cells, extreme lengths, class balance.

    A source that comes back with another reference inside a part is no duplicate; it is leakage only where it
    stands in two parts.

    profiles: what the columns were found to be; only of these something is said where they aren't used
    keys: of the inputs, as `Splits` has them
    """
    parts = {"training": train, "validation": valid, "test": test}
    present = {name: part for name, part in parts.items() if part is not None}
    findings = [*missing_cells(present, detection), *empty_inputs(present, detection), *absent(present, detection)]
    findings += [*missing_numbers(present, detection), *constant_columns(train, detection)]
    findings += stand_ins(train, detection, profiles)
    if detection.line.forecasts:
        findings += [*gaps_and_seasons(train, detection)]
    running = detection.output is None and detection.reads.runs_on
    if not (detection.line.forecasts or running):  # the lines of a running text come again by nature
        if keys:
            same = {name: keys[part] for name, part in zip(parts, PARTS, strict=True) if name in present}
        else:
            same = identities(present, detection.inputs, detection.reads)
        findings += leakage(present, detection, same)
        findings += near_duplicates(present, detection, same)
        findings += contradictions(train, detection, same["training"])
        findings += parted(present, detection)
    if detection.sequences is None:
        findings += [*totals(present, profiles), *earlier_rows(present, profiles)]
        findings += same_as_output(train, detection, profiles)
        findings += like_their_neighbours(train, detection)
    findings += extreme_lengths(train, detection, profiles)
    if detection.classes or detection.line.numeric:
        findings += figures_as_texts(train, detection)
    findings += words_among_numbers(train, detection, profiles)
    findings += written_wrongly(train, detection)
    if detection.reads.of_parts:
        findings += given_away(train, detection)
    if detection.classes:
        counts = {name: labels_of(part, str(detection.output), detection.classes) for name, part in present.items()}
        findings += given_away_in_text(train, detection, detection.classes)
        findings += spellings(counts)
        findings += unseen_labels(counts)
        findings += balance(counts["training"], detection.classes)
    return findings


PartKeys = Mapping[str, Keys]
"""Of each part and row, what is equal where rows count as the same."""


def leakage(parts: dict[str, Table], detection: Detection, keys: PartKeys) -> Iterator[Finding]:
    """Rows of one part that stand in an earlier part as well: up to case and spacing, or by what a file holds."""
    kind = detection.reads
    if kind.comes_again and len(detection.inputs) == 1:
        if detection.writes is None or detection.writes.in_rows:
            return  # a single category comes back by nature
        kind = detection.writes
        keys = identities(parts, [str(detection.output)], kind)  # what must not come again
    for earlier, later in combinations(parts, 2):
        shared = shared_rows(keys[later], keys[earlier])
        if len(shared):
            rows = len(parts[later])
            example = shown(parts[later].column(detection.inputs[0])[int(shared[0])])
            yield Finding(
                "warning",
                f"{len(shared):,} of {rows:,} {later} rows ({len(shared) / rows:.1%}) also stand in the "
                f"{earlier} part, {kind.same_by}, for example {example}: they make its score too good",
            )


def near_duplicates(parts: dict[str, Table], detection: Detection, keys: PartKeys) -> Iterator[Finding]:
    """Rows of a part that are like one of the training part but for numbers and punctuation."""
    column, *others = detection.inputs
    alone = {} if others else parts
    patterns = {name: patterns_of(detection.reads, part.column(column)) for name, part in alone.items()}
    if not any(map(len, patterns.values())):
        return
    for name in list(parts)[1:]:
        after = shared_rows(patterns[name], patterns["training"])
        alike = np.setdiff1d(after, shared_rows(keys[name], keys["training"]), assume_unique=True)
        alike = [row for row in alike.tolist() if patterns[name][row] not in (None, NO_PATTERN)]
        if alike:
            rows = len(parts[name])
            yield Finding(
                "warning" if len(alike) > MANY_ALIKE * rows else "info",
                f"{len(alike):,} of {rows:,} {name} rows ({len(alike) / rows:.1%}) differ from training rows in "
                f"numbers and punctuation alone, for example {shown(parts[name].column(column)[alike[0]])}: if they "
                "are copies, they make the score too good; keep them on one side by a column 'split', or by --test",
            )


def parted(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Rows of one person, or of one recording, that stand in the training part and in another one."""
    if detection.group or splits_in_time(parts["training"], detection.output, detection.line.watches):
        return
    apart = {name: with_parts_of_keys(part, detection) for name, part in parts.items()}
    found = belonging(apart["training"], detection)
    if found is None or any(found.column not in part.columns for part in apart.values()):
        return
    keys = identities(apart, [found.column], IdKind)
    for name in list(parts)[:0:-1]:
        if len(shared := shared_rows(keys[name], keys["training"])):
            rows, example = len(parts[name]), shown(apart[name].column(found.column)[int(shared[0])])
            meant = "" if found.sure else "if that says of whom they are, "
            yield Finding(
                "warning" if found.sure else "info",
                f"{len(shared):,} of {rows:,} {name} rows ({len(shared) / rows:.1%}) are of a {found.column!r} that "
                f"training rows are of, too, for example {example}: {meant}the score is too good for others, whom the "
                f"model hasn't met; pass --group {shlex.quote(found.column)} to keep all rows of one in one part",
            )
            return


def figures_as_texts(train: Table, detection: Detection) -> Iterator[Finding]:
    """Columns of texts that may have been meant as amounts, in a form that isn't read: ``120/80``."""
    kinds = detection.columns or {detection.given: detection.input_kind}
    for column, kind in kinds.items():
        if not KINDS[kind].predicts_itself or KINDS[kind].foremost or KINDS[kind].names_each_element:
            continue
        if NO_AMOUNTS.intersection(name_words(column)) or names_things(column) or names_codes(column):
            continue
        cells = [cell for cell in some_of(train, column) if isinstance(cell, str) and cell.strip()]
        figures = [cell for cell in cells if are_figures(cell)]
        if cells and len(figures) >= MOSTLY * len(cells) and len(set(figures)) > RARE:
            yield Finding(
                "warning",
                f"column {column!r}: cells such as {shown(max(figures, key=len))} are read as texts, by their signs, "
                "and not as numbers. If they are amounts, write each as one number, in columns of their own where a "
                "cell holds several",
            )


def written_wrongly(train: Table, detection: Detection) -> Iterator[Finding]:
    """Texts whose UTF-8 somebody took for another encoding before they were written: ``cafÃ©``."""
    for column in columns_used(detection):
        cells = {cell for cell in some_of(train, column) if isinstance(cell, str) and not cell.isascii()}
        meant = {cell: found for cell in cells if (found := meant_as(cell)) is not None}
        if len(meant) > RARE and 2 * len(meant) > len(cells):
            cell = min(meant, key=lambda cell: (len(cell), cell))
            right, encoding = meant[cell]
            yield Finding(
                "warning",
                f"column {column!r} holds texts such as {cell[:SHOWN_SIGNS]!r}, which was meant as "
                f"{right[:SHOWN_SIGNS]!r}: their UTF-8 was taken for another encoding before they were written. In "
                f"Python, text.encode({encoding!r}).decode() gives what was meant",
            )


def meant_as(text: str) -> tuple[str, str] | None:
    """What a text was whose UTF-8 was taken for Windows' encoding or Latin-1, and which of these; None for others."""
    for encoding in ("cp1252", "latin-1"):
        with suppress(UnicodeError):
            return text.encode(encoding).decode(), encoding
    return None


def words_among_numbers(train: Table, detection: Detection, profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    """Columns of numbers that are read as texts, or as names of classes, for a word that stands in many cells."""
    for column in columns_used(detection):
        if column in profiles and profiles[column].numeric:
            continue
        counts = Counter(cell.strip() for cell in some_of(train, column) if isinstance(cell, str))
        words = {cell: count for cell, count in counts.items() if cell and not is_finite_number(cell)}
        numbers = len(counts) - len(words)
        if 0 < len(words) <= FEW_WORDS and numbers >= MANY_NUMBERS and 2 * sum(words.values()) < counts.total():
            word = max(words, key=lambda word: words[word])
            yield Finding(
                "warning",
                f"column {column!r} holds numbers, and {word!r} in {words[word]:,} of the rows looked at, so that it "
                f"isn't read as numbers. If {word!r} stands for a missing number, leave those cells empty; else write "
                "the number that it stands for",
            )


def some_of(table: Table, column: str) -> Sequence[Cell]:
    """Cells of a column from all over it; none where there is no such column."""
    cells = table.columns.get(column, [])
    return cells[:: max(1, len(cells) // LOOKED_AT)]


def are_figures(text: str) -> bool:
    """Whether a text is two numbers with a sign between them, or with a few letters behind each."""
    return TWO_NUMBERS.fullmatch(text.strip()) is not None


NO_PATTERN = -1
"""Of a text too short to tell, among patterns that are numbers."""


def patterns_of(kind: type[Kind], cells: Sequence[Cell]) -> Keys:
    """The kind's ``patterns``; of a column too large for memory as numbers."""
    if not isinstance(cells, Stored):
        return kind.patterns(cells)
    found = Growing(np.int64)
    for block in cells.blocks():
        own: list[Any] = kind.patterns(block)
        found.add([NO_PATTERN if pattern is None else pattern for pattern in own])
    return found.array()


def totals(parts: dict[str, Table], profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    """Rows among numbers that are called a total, or a mean: they tell of others."""
    if not any(found.numeric for found in profiles.values()) or sum(map(len, parts.values())) > MOST_TOTALLED:
        return
    for name in filter(lambda name: may_name_totals(profiles[name]), profiles):
        cells = [cell for table in parts.values() for cell in table.columns.get(name, [])]
        called = rows_of_totals(cells)
        different = {*called}
        rows = sum(isinstance(cell, str) and cell in different for cell in cells)
        if called:
            which = (
                f"{rows:,} rows are called {called[0]!r} and the like" if rows > 1 else f"a row is called {called[0]!r}"
            )
            yield Finding(
                "warning", f"{which} (column {name!r}), as rows of totals are, which tell of others: remove them"
            )


def earlier_rows(parts: dict[str, Table], profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    """Rows to test on that are older than some that are learned from, where a column holds dates."""
    dated = [name for name, found in profiles.items() if found.kind.tells_time and not found.numeric]
    test = parts.get("test")
    if test is None or not dated or dated[0] not in test.columns:
        return
    if list in types_of(test.columns[dated[0]]):  # the times of a series' steps
        return
    latest = max((str(cell) for cell in parts["training"].columns[dated[0]] if cell), default="")
    tested = Counter(str(cell) < latest for cell in test.columns[dated[0]] if cell)
    earlier = tested[True]
    if earlier:
        yield Finding(
            "info" if earlier > tested.total() / 2 else "warning",
            f"{earlier:,} of {tested.total():,} test rows are older than the latest training row (column {dated[0]!r}, "
            f"{latest}): a model that is to predict what comes later is better measured on the latest rows; pass them "
            "by --test, or name the parts in a column 'split'",
        )


def like_their_neighbours(train: Table, detection: Detection) -> Iterator[Finding]:
    """Rows that stand for themselves, though nearly all of their numbers, and the output, go on from row to row."""
    rows, output = range(min(len(train), LOOKED_AT)), str(detection.output)
    if not detection.line.numeric or train.layout != "table" or len(rows) < SMOOTH_ROWS:
        return
    numbers = [name for name in columns_used(detection) if types_of(train.columns[name]) <= {int, float, NoneType}]
    found = {name: with_the_one_before(train.columns[name], [rows]) for name in numbers}
    close = {name: correlation for name, correlation in found.items() if correlation is not None}
    if len(close) > 1 and min(float(np.median(list(close.values()))), close.get(output, 0.0)) > CLOSE:
        yield Finding(
            "warning",
            f"numbers go on from row to row (those of {output!r} have a correlation of {close[output]:.2f} with the "
            "ones before them): rows held out at random are like their neighbours, and the score is too good for rows "
            "to come. If rows follow each other in time, pass --task forecasting, or the latest rows by --test",
        )


def same_as_output(train: Table, detection: Detection, profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    """Columns that say the output in other words, or its number in another unit."""
    output = detection.output
    if output is None or output not in profiles or output not in train.columns:
        return
    answers = train.columns[output]
    every = max(1, len(train) // LOOKED_AT)
    names_classes = detection.classes is not None and detection.classes.is_value
    numbers = detection.line.numeric and profiles[output].numeric
    for name, found in profiles.items():
        if name == output or name not in train.columns:
            continue
        how, cells = "", train.columns[name]
        read = name in detection.inputs
        if names_classes and not read and found.kind.names_classes and same_classes(cells[::every], answers[::every]):
            how = same_classes(cells, answers)
        elif numbers and found.numeric and found.kind.in_rows:
            how = same_numbers(cells[::every], answers[::every])
        if how:
            without = "it is read; if it isn't there when the model is used, name the inputs without it (--input)"
            yield Finding(
                "warning" if read else "info",
                f"column {name!r} gives {output!r} away: {how}; {without if read else 'it is left out'}",
            )


def same_classes(cells: Sequence[Cell], answers: Sequence[Cell]) -> str:
    """How values stand for labels, where each stands with one alone, and the other way; "" where they don't."""
    pairs = {pair for pair in zip(cells, answers, strict=True) if None not in pair}
    values, labels = {value for value, _ in pairs}, {label for _, label in pairs}
    if not len(pairs) == len(values) == len(labels) > 1:
        return ""
    listed = ", ".join(f"{value} is {label}" for value, label in sorted(pairs, key=str)[:3])
    return f"each of its values stands with one label ({listed}{', ...' if len(pairs) > 3 else ''})"


def same_numbers(cells: Sequence[Cell], answers: Sequence[Cell]) -> str:
    """That the one number follows from the other; "" where it doesn't."""
    block = np.array([cells, answers], np.float64)
    both = block[:, ~np.isnan(block).any(0)]
    if both.shape[1] < FEWEST_PAIRS or not both.std(1).all():
        return ""
    correlation = float(np.corrcoef(both[0], both[1]).min())  # of a 2 by 2 matrix whose diagonal is 1
    return "one follows from the other by a straight line" if abs(correlation) > STRAIGHT else ""


def given_away_in_text(train: Table, detection: Detection, classes: type[Kind]) -> Iterator[Finding]:
    """A text that names its label, or begins or ends with a word that no text of another label does."""
    kinds = detection.columns or {detection.given: detection.input_kind}
    texts = [name for name, kind in kinds.items() if KINDS[kind].predicts_itself and not KINDS[kind].foremost]
    if not classes.is_value or train.layout == "steps":
        return
    every = max(1, len(train) // LOOKED_AT)
    for column in texts:
        rows = zip(train.column(column)[::every], train.column(str(detection.output))[::every], strict=True)
        pairs = [
            (text, classes.names_in(label)[0])
            for text, label in rows
            if isinstance(text, str) and text.strip() and label is not None
        ]
        how = label_by_word(pairs, "first", 0) or label_by_word(pairs, "last", -1) or label_among_words(pairs)
        if how:
            off = "If that isn't there when the model is used, take it off"
            yield Finding("warning", f"column {column!r} gives the label away: {how}. {off}")


def label_by_word(pairs: Sequence[tuple[str, str]], called: str, place: int) -> str:
    """How often, and which, words at this place stand in texts of one label alone; "" where they tell too little."""
    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, label in pairs:
        words[text.split()[place]][label] += 1
    sure = {word: next(iter(labels)) for word, labels in words.items() if len(labels) == 1 and labels.total() >= RARE}
    told = sum(words[word].total() for word in sure)
    if told < MOSTLY * len(pairs) or not 1 < len(set(sure.values())) <= len(sure) <= MARKS * len(set(sure.values())):
        return ""
    listed = ", ".join(f"{word!r} is {label}" for word, label in list(sure.items())[:3])
    return f"the {called} word says it in {told / len(pairs):.0%} of the training rows ({listed})"


def label_among_words(pairs: Sequence[tuple[str, str]]) -> str:
    """How often texts hold their label as a word, and no other one; "" where they seldom do."""
    labels = {bare(label) for _, label in pairs if label.isalpha()}
    named = sum(labels.intersection(bare_words(text)) == {bare(label)} for text, label in pairs)
    if len(labels) < 2 or named < MOSTLY * len(pairs):
        return ""
    return f"{named / len(pairs):.0%} of the training rows name it"


LabelCounts = dict[str, Counter[str]]
"""Of each part, how often each label stands in it."""


def spellings(parts: LabelCounts) -> Iterator[Finding]:
    """Labels that differ in their spelling alone, and those that may be slips."""
    counts = sum(parts.values(), Counter[str]())
    groups = spelled_alike(counts)
    if groups:
        listed = "; ".join(", ".join(f"{label!r} ({counts[label]:,})" for label in group[:4]) for group in groups[:3])
        more = "; ..." if len(groups) > 3 else ""
        alike = all(len({*map(case_and_blanks, group)}) == 1 for group in groups)
        how = "case or blanks" if alike else "case, blanks, accents or hyphens"
        yield Finding(
            "warning",
            f"{sum(map(len, groups)):,} labels differ in {how} alone: {listed}{more}. They are learned as "
            f"different classes; pass --tidy-labels to read them as {len(groups):,}",
        )
    if slips := misspelled(counts):
        listed = "; ".join(f"{wrong!r}, maybe {meant!r}" for wrong, meant in list(slips.items())[:SHOWN_SLIPS])
        more = "; ..." if len(slips) > SHOWN_SLIPS else ""
        yield Finding(
            "warning",
            f"{len(slips):,} rare label{'s are' if len(slips) > 1 else ' is'} one letter away from a far commoner one: "
            f"{listed}{more}. Pass --tidy-labels to read what is misspelled as what is meant",
        )


def identities(parts: dict[str, Table], columns: Sequence[str], kind: type[Kind]) -> PartKeys:
    """Of each part and row, what is equal where the cells of these columns count as the same."""
    if any(isinstance(part.column(name), Stored) for part in parts.values() for name in columns):
        return {
            name: keys_of([(kind, part.column(one)) for one in columns], as_numbers=True)
            for name, part in parts.items()
        }
    found = [kind.identities([cell for part in parts.values() for cell in part.column(name)]) for name in columns]
    keys = iter(alike(found))
    return {name: list(islice(keys, len(part))) for name, part in parts.items()}


def contradictions(train: Table, detection: Detection, keys: Keys) -> Iterator[Finding]:
    """The same input with several labels: nobody can get all of them right."""
    if detection.classes is None or not detection.classes.is_value:
        return
    answers = train.column(str(detection.output))
    if not isinstance(keys, np.ndarray) and len(set(keys)) == len(keys):
        return
    several = sum(are_several(answers, rows) for rows in group_rows(keys, len(keys)).several)
    if several:
        which = "1 input has" if several == 1 else f"{several:,} inputs have"
        yield Finding("info", f"{which} several different labels; no model can get all of them right")


def are_several(cells: Sequence[Cell], rows: Rows) -> bool:
    """Whether the cells of these rows differ."""
    first = cells[int(rows[0])]
    blocks = (cells_of(cells, rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK))
    return any(cell != first for block in blocks for cell in block)


def missing_cells(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    for name, part in parts.items():
        for column in columns_to_fill(detection):
            missing = part.missing(column)
            if missing:
                few = column == detection.output and missing > len(part) / 2
                left = f"; the {len(part) - missing:,} rows that have one are used, and no others" if few else ""
                marked = detection.reads.of_parts and column in detection.inputs
                what = f"{left}{'; they are marked as missing' * marked}"
                yield Finding(
                    "warning",
                    f"{missing:,} of {len(part):,} cells of column {column!r} are missing in the {name} part{what}",
                )


def absent(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Pictures, recordings and clips that a cell names, and that aren't there."""
    for name, part in parts.items():
        for column in detection.inputs:
            files = detection.reads.files_in(part.column(column))
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


def numbers_of(table: Table, column: str, detection: Detection) -> Sequence[float | None]:
    """All numbers in the sequences of a column; missing ones are None."""
    numbers_in, cells = detection.reads.numbers_in, table.column(column)
    if isinstance(cells, Lists):
        return cells.elements() if numbers_in([0.0]) else ()
    lists = cells if list in types_of(cells) else ()
    return [number for cell in lists if isinstance(cell, list) for number in numbers_in(cell)]


def missing_numbers(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Numbers that are missing in sequences of vectors, which a mask tells the model."""
    if detection.reads.is_value:
        return
    for name, part in parts.items():
        for column in detection.inputs:
            numbers = numbers_of(part, column, detection)
            missing = numbers.count(None)
            if missing and missing < len(numbers):
                yield Finding(
                    "warning",
                    f"{missing:,} of {len(numbers):,} numbers of column {column!r} are missing in the {name} part; "
                    "they are taken as the mean, and a mask says where",
                )


def constant_columns(train: Table, detection: Detection) -> Iterator[Finding]:
    """Columns of vectors that say nothing."""
    refused = detection.line.forecasts and detection.output is None
    for column in detection.inputs if detection.sequences is not None else ():
        numbers = numbers_of(train, column, detection)
        if len(numbers) and all(number == numbers[0] for number in numbers):
            what = ": there is nothing to forecast, and training refuses it; leave it out by --input" if refused else ""
            yield Finding("warning", f"column {column!r} is {numbers[0]} at every step of the training part{what}")


def stand_ins(train: Table, detection: Detection, profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    """One number that comes several times, far below or above all others, as loggers write what is missing."""
    for column in (*detection.inputs, *([detection.output] if detection.output else [])):
        if column not in train.columns or (column in profiles and not profiles[column].numeric):
            continue
        cells = train.columns[column]
        numbers = numbers_of(train, column, detection) if list in types_of(cells) else cells
        some = [x for x in islice(numbers, FIRST_NUMBERS) if isinstance(x, int | float) and math.isfinite(x)]
        counts = Counter(some)
        if len(counts) < FEWEST_OTHERS:
            continue
        low, *_, high = sorted(counts)
        for end, others in ((low, [x for x in counts if x != low]), (high, [x for x in counts if x != high])):
            least, most = min(others), max(others)
            far = max(least - end, end - most) > max(FAR * (most - least), abs(most), abs(least))
            if far and end and counts[end] >= FEWEST_STAND_INS:
                yield Finding(
                    "warning",
                    f"{counts[end]:,} numbers of column {column!r} are {end:g}, far from all others ({least:g} to "
                    f"{most:g}): if that stands for missing ones, leave those cells empty",
                )


def gaps_and_seasons(train: Table, detection: Detection) -> Iterator[Finding]:
    """What a forecast has to live with: steps that no row was given for, irregular times, and the season found."""
    series = series_of(train, detection.inputs, detection.output)
    lacking = [(one, one.grid.gaps) for one in series if one.grid and len(one.grid.gaps)]
    if lacking:
        one, gaps = lacking[0]
        yield Finding(
            "warning",
            f"{sum(len(gaps) for _, gaps in lacking):,} steps of time are missing, the first {one.time(int(gaps[0]))}: "
            "they are kept as steps without a value",
        )
    if time_column(train) and any(one.grid is None for one in series):
        yield Finding("warning", "times aren't equally far apart; rows are taken as equal steps, in their order")
    longest = max(series, key=len)
    step = f" of {longest.grid.step}" if longest.grid else ""
    season = season_of_several(series)
    found = f"the training part repeats itself after {season:,} steps" if season else "no season was found"
    if season > LONGEST_SEASON:
        found += ", more than a forecast is made from: take means of several rows, or pass --set season=N for less"
    yield Finding("info", f"{len(longest):,} steps{step} to train on; {found}")


def empty_inputs(parts: dict[str, Table], detection: Detection) -> Iterator[Finding]:
    """Sequences without an element. In running text they are blank lines, which are nothing odd."""
    if detection.output is None or detection.line.forecasts or detection.architecture == "one-to-one":
        return
    for name, part in parts.items():
        for column in columns_to_fill(detection):
            cells = part.column(column)
            if types_of(cells) == {str}:
                empty = len(cells) - sum(map(bool, map(str.strip, cells)))
            elif isinstance(cells, Lists):
                empty = int((cells.lengths == 0).sum())
            else:
                empty = sum(not cell.strip() for cell in cells if isinstance(cell, str)) + cells.count([])
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


def extreme_lengths(train: Table, detection: Detection, profiles: Mapping[str, Profile]) -> Iterator[Finding]:
    numbers = {name for name, found in profiles.items() if found.numeric and found.kind.is_value}
    used = [name for name in columns_used(detection) if name not in numbers]
    for column in used[:1] if detection.sequences is not None else used:  # all lists of a row have its steps
        cells = train.column(column)
        if not any(issubclass(one, str | list) for one in types_of(cells)):
            continue
        if types_of(cells) <= {str, list}:
            lengths = lengths_of(cells)
        else:  # what is missing, as what is empty, says nothing
            sized = (cell if isinstance(cell, str) or is_list(cell) else "" for cell in cells)
            lengths = from_each(map(len, sized), len(cells), np.int64)
        if (most := int(lengths.max(initial=0))) < LONG:
            continue
        usual = float(np.median(taken(lengths, rows_where(lengths > 0)), overwrite_input=True))
        if most > EXTREME * usual:
            longest = cells[int(np.argmax(lengths))]
            unit = "elements" if isinstance(longest, list) else "characters"
            many = int(((lengths >= LONG) & (lengths > EXTREME * usual)).sum())
            yield Finding(
                "info",
                f"column {column!r}: {many:,} rows are over {EXTREME} times as long as the median "
                f"({usual:,.0f} {unit}); the longest has {most:,}: {shown(longest)}",
            )


def unseen_labels(parts: LabelCounts) -> Iterator[Finding]:
    seen = parts["training"]
    for name, counts in list(parts.items())[1:]:
        unseen = [label for label in counts if label not in seen]
        if unseen:
            listed = ", ".join(f"{label} ({counts[label]:,})" for label in unseen[:5])
            more = ", ..." if len(unseen) > 5 else ""
            yield Finding(
                "warning",
                f"{len(unseen):,} labels stand in the {name} part but not in the training part, so they are "
                f"never predicted: {listed}{more}",
            )


def balance(counts: Counter[str], classes: type[Kind]) -> Iterator[Finding]:
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
