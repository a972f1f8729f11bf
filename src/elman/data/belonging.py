# pyright: strict
"""Which rows belong together: of one person, or one recording, as a column says it, or the names of files do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import PurePath

from elman.data.detection import Detection
from elman.data.readers.media import SEPARATORS
from elman.data.table import Cell, Table
from elman.kinds.column import PEOPLE, who
from elman.kinds.recognition import file_kinds
from elman.stored import Stored, types_of

WHO = PEOPLE | frozenset(
    "animal author child participant rider signer speaker subj volunteer wearer".split()  # noqa: SIM905
)
"""What people call the one that rows are of, in lower case."""
PART = re.compile(r"part_([1-9]\d*)")
NUMBERED = re.compile(r"([^\W\d_]*?)s?\d*[a-z]?", re.IGNORECASE)
FEWEST = 3
"""Groups, without which there is none for each part."""


@dataclass(frozen=True)
class Belonging:
    """A column whose equal cells may say what belongs together.

    sure: its name, or all of its values, say that they are people; else they only come again
    """

    column: str
    sure: bool


def belonging(table: Table, detection: Detection) -> Belonging | None:
    """What may say best who the rows of a prepared table are of: a column that is called so, or a part of the names of
    files. Of columns too large for memory only the name says it."""
    used = {detection.output, detection.order, detection.sequences, *detection.ahead}
    found: list[Belonging] = []
    for name, cells in table.columns.items():
        if name in used or not (is_who(name) or PART.fullmatch(name)):
            continue
        profile = table.profiles[name]
        if list in types_of(cells) or profile.missing or not comes_again(profile.distinct, profile.rows):
            continue
        if is_who(name):
            found.append(Belonging(name, sure=True))
        elif not isinstance(cells, Stored):
            found += part_of_names(name, list(map(str, cells)), table.columns.get(detection.output or "", []))
    return min(found, key=lambda one: not one.sure, default=None)


def is_who(name: str) -> bool:
    """Whether a column is called by the one that rows are of: ``subject``, ``Patient ID``, ``speaker_name``."""
    return who(name) in WHO


def comes_again(distinct: int, rows: int) -> bool:
    return FEWEST <= distinct <= rows / 2


def with_parts_of_keys(table: Table, detection: Detection) -> Table:
    """The table with the columns that name its sequences together, each by itself again, where that can be told."""
    columns = dict(table.columns)
    for together in detection.combined:
        keys = [str(cell).split(", ") for cell in table.columns[together.name]] if together.how == "key" else []
        if keys and all(len(key) == len(together.sources) for key in keys):
            columns |= {name: [*cells] for name, cells in zip(together.sources, zip(*keys, strict=True), strict=True)}
    return table if len(columns) == len(table.columns) else replace(table, columns=columns)


# -- names of files ---------------------------------------------------------------------------


def with_part_of_names(table: Table, column: str) -> Table:
    """The table with a part of the names of its files as a column: ``part_1`` of ``subject01_2.csv`` is ``subject01``.

    The same table where it has such a column, and where its rows aren't of files whose names have as many parts.
    """
    wanted = None if column in table.columns else PART.fullmatch(column)
    parts = parts_of_names(table) if wanted else []
    if wanted is None or int(wanted[1]) > len(parts):
        return table
    cells: list[Cell] = [*parts[int(wanted[1]) - 1]]
    return replace(table, columns={**table.columns, column: cells})


def part_saying_who(table: Table, output: str | None) -> str:
    """The part of the names of its files that may say who the rows of a table are of; "" where there is none, or where
    such parts are columns already."""
    if any(map(PART.fullmatch, table.columns)):
        return ""
    outputs, parts = table.columns.get(output or "", []), parts_of_names(table)
    found = [one for place, cells in enumerate(parts, 1) for one in part_of_names(f"part_{place}", cells, outputs)]
    return min(found, key=lambda one: not one.sure).column if found else ""


def part_of_names(name: str, cells: Sequence[str], outputs: Sequence[Cell]) -> Iterator[Belonging]:
    """The part, if it says who its file is of, as ``subject01`` does; or may, as letters that come again with several
    outputs."""
    different = set(cells)
    if not comes_again(len(different), len(cells)):
        return
    if all((found := NUMBERED.fullmatch(cell)) and found[1].lower() in WHO for cell in different):
        yield Belonging(name, sure=True)
    elif all(any(map(str.isalpha, cell)) for cell in different) and are_several(cells, outputs):
        yield Belonging(name, sure=False)


def are_several(cells: Sequence[str], outputs: Sequence[Cell]) -> bool:
    """Whether equal cells come with different outputs, which they else may be another name of."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for cell, output in zip(cells, outputs, strict=False):
        seen[cell].add(str(output))
    return any(len(some) > 1 for some in seen.values())


def parts_of_names(table: Table) -> list[list[str]]:
    """Of each part of the names of files, what it is in each row; none where rows aren't of files that are named alike.
    Either each row names its file, or the table was read from several."""
    if len(table.files) > 1 and sum(count for _, count in table.files) == len(table):
        stems = [stem for path, count in table.files for stem in repeat(PurePath(path).stem, count)]
    elif table.layout != "steps" and (of_files := [n for n, one in table.profiles.items() if one.kind in file_kinds()]):
        stems = [PurePath(str(cell)).stem for cell in table.columns[of_files[0]]]
    else:
        return []
    split = {stem: SEPARATORS.split(stem) for stem in set(stems)}
    if len({len(parts) for parts in split.values()}) != 1:
        return []
    return [list(cells) for cells in zip(*(split[stem] for stem in stems), strict=True)]
