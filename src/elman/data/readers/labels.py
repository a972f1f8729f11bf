"""Labels in a table of their own, a row for each file that they are about: found beside the files, or named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from elman.data.format import ReadingOptions
from elman.data.naming import free_name
from elman.data.readers.cells import spelled_source
from elman.data.readers.files import TextFile
from elman.data.readers.folder import SHOWN, files_of, open_items, suffix_of, visible, within
from elman.data.readers.media import prevailing
from elman.data.readers.reader import table_suffixes
from elman.data.readers.source import Source
from elman.data.readers.transcripts import ENDING as TRANSCRIPTS
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.classes import MAX_LABEL_WORDS
from elman.kinds.recognition import kind_of_files
from elman.paths import existing_file

DIGITS = re.compile(r"[0-9]+")
MOSTLY = 0.9
"""So many of the files, at least, a table names that is found beside them."""
SOME = 0.5
"""The same of one that the caller names; or so many of its rows name a file."""
LONGEST = 18
"""Figures of a number that a file goes by, at most."""
FEWEST = 3
"""Files at least that are called alike but for their numbers."""
MOST_TABLES = 5
LISTS = {".txt", ".lst", ".list"}
"""Endings of texts that may list files with their labels."""

Key = str | int


def number_in(name: str) -> Key | None:
    """The last one in a file's name: 7 in ``x_007.csv``."""
    digits = DIGITS.findall(PurePosixPath(name).stem)
    return int(digits[-1]) if digits else None


def number_of(cell: str) -> Key | None:
    return int(cell) if cell.isdecimal() and len(cell) <= LONGEST else None


def ending_off(name: str) -> Key | None:
    return PurePosixPath(name).stem or None


WAYS: dict[str, tuple[Callable[[str], Key | None], Callable[[str], Key | None]]] = {
    "path": (str, str),
    "name": (lambda file: PurePosixPath(file).name, lambda cell: PurePosixPath(cell).name or None),
    "name without its ending": (ending_off, lambda cell: PurePosixPath(cell).name or None),
    "number": (number_in, number_of),
}
"""How a cell may name a file, in order of preference: what is looked for of a file's path, and what of a cell."""


@dataclass(frozen=True)
class Join:
    """The rows of a table of labels, each with its file.

    column: the one whose cells name the files
    way:    how they do
    files:  by row; None for a row that names no file
    """

    column: int
    way: str
    files: list[Path | None]

    @property
    def found(self) -> set[Path]:
        return {file for file in self.files if file is not None}


def join(folder: Path, files: Sequence[Path], rows: Sequence[Sequence[Cell]]) -> Join | None:
    """The column, and the way of naming, by which the most files are found; None where that is no half of either.

    Only whole names may come in several rows: other cells that come again are no names.
    """
    best: Join | None = None
    for way, (of_file, of_cell) in WAYS.items():
        named = by_key(files, lambda file, of_file=of_file: of_file(file.relative_to(folder).as_posix()))
        for column in range(len(rows[0]) if rows and named else 0):
            joined = Join(column, way, [named.get(of_cell(text_of(row[column]))) for row in rows])
            found = len(joined.found)
            once = way in ("path", "name") or found == sum(file is not None for file in joined.files)
            enough = found >= SOME * min(len(files), len(rows))
            if found and once and enough and (best is None or found > len(best.found)):
                best = joined
    return best


def by_key(files: Sequence[Path], key: Callable[[Path], Key | None]) -> Mapping[Key | None, Path]:
    """Those of the files that have a key, by it; none where two of them share one."""
    keyed = [(found, file) for file in files if (found := key(file)) is not None]
    named: dict[Key | None, Path] = dict(keyed)
    return named if len(named) == len(keyed) else {}


def text_of(cell: Cell) -> str:
    """A cell as a name: whole numbers are written without a point."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


# -- opening ----------------------------------------------------------------------------------


Opener = Callable[[Sequence[Path], ReadingOptions], Source]
"""What opens a table."""


def with_named_labels(paths: Sequence[Path], options: ReadingOptions, open_table: Opener) -> Source:
    """The files, or those of a folder, with the labels of the table that the caller names.

    Raises DataFileError where it names too few of them.
    """
    labels = existing_file(str(options.said.labels))
    options = replace(options, said=replace(options.said, labels=None))
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    every = [file for path in paths for file in (all_files(path) if path.is_dir() else [path])]
    files = of_one_kind([file for file in every if not file.samefile(labels)])
    if not files:
        raise DataFileError(
            "is the table of labels itself (--labels): pass the folder of the files that it names as the data. A table "
            "that holds its labels needs no --labels.",
            labels,
        )
    table = spelled_source(open_table([labels], options), options)
    rows = list(table.rows())
    joined = join(folder, files, rows) if all(file.is_relative_to(folder) for file in files) else None
    if joined is None:
        columns = "; ".join(
            f"{name}: {listed([text_of(row[i]) for row in rows])}" for i, name in enumerate(table.names)
        )
        raise DataFileError(
            f"doesn't name the files (--labels). They are called {listed([file.name for file in files])}; its columns "
            f"hold {columns}. Expected a column of their names or numbers.",
            labels,
        )
    return labelled(files, labels, table, rows, joined, options)


def with_labels_beside(folder: Path, options: ReadingOptions, open_table: Opener) -> Source | None:
    """The files of a folder with the labels of a table that lies beside them; None where there is no such table."""
    for files, labels in candidates(folder):
        try:
            table = open_lists(labels, options) or spelled_source(open_table([labels], options), options)
        except DataFileError:
            continue
        rows = list(table.rows())
        if len(table.names) < 2 or any(kind_of_files(names_in(rows, i)) for i in range(len(table.names))):
            continue  # cells that are whole names of media are found where the table lies
        joined = join(folder, files, rows)
        if joined is not None and len(joined.found) >= MOSTLY * len(files):
            return labelled(files, labels, table, rows, joined, options)
    return None


def open_lists(path: Path, options: ReadingOptions) -> Source | None:
    """A text whose lines are a name and a label with a blank between, ``7.txt positive``; None for any other file."""
    if path.suffix.lower() in table_suffixes():
        return None
    lines = [line.split(None, 1) for line in TextFile(path, options).lines() if line.strip()]
    named = all(len(line) == 2 and len(line[1].split()) <= MAX_LABEL_WORDS for line in lines)
    rows = [[name, label.strip()] for name, label in lines] if named else []
    return Source(["file", "label"], lambda: iter(rows), "table") if rows else None


def of_one_kind(files: Sequence[Path]) -> list[Path]:
    """Media, where most are such; else those with the commonest ending."""
    if kind := prevailing(files):
        return [file for file in files if kind.is_named(file)]
    endings = Counter(suffix_of(file) for file in files).most_common(1)
    return [file for file in files if suffix_of(file) == endings[0][0]]


def names_in(rows: Sequence[Sequence[Cell]], column: int) -> list[Cell]:
    return [row[column] for row in rows[:200] if row[column] is not None]


def candidates(folder: Path) -> Iterator[tuple[list[Path], Path]]:
    """Files that may be recordings, and tables that may hold their labels."""
    files = files_of(folder)
    tables = dict.fromkeys(tables_of(files))
    media = [file for item in within(folder) for file in files_of(item)]
    if kind := prevailing([file for file in media if file not in tables]):
        recordings = [file for file in media if kind.is_named(file)]
    elif within_one := [file for item in visible(folder) if item.is_dir() for file in files_of(item)]:
        recordings = within_one
    else:
        patterns = Counter(DIGITS.sub("0", file.name.lower()) for file in files)
        pattern, count = patterns.most_common(1)[0] if patterns else ("", 0)
        recordings = [file for file in files if file not in tables]
        if len(recordings) < count:
            recordings = [file for file in files if DIGITS.sub("0", file.name.lower()) == pattern]
        elif count < FEWEST:
            recordings = []
    taken = set(recordings)
    beside = [table for table in tables if table not in taken]
    if len(beside) <= MOST_TABLES and len(recordings) >= FEWEST:
        yield from ((recordings, table) for table in beside)


def tables_of(files: Sequence[Path]) -> list[Path]:
    """Tables, and texts that may be lists of names and labels, but for those that are known to be something else."""
    suffixes = table_suffixes() | LISTS
    return [file for file in files if file.suffix.lower() in suffixes and not file.name.endswith(TRANSCRIPTS)]


def all_files(folder: Path) -> list[Path]:
    return [file for item in within(folder) for file in files_of(item)]


def labelled(
    files: Sequence[Path],
    labels: Path,
    table: Source,
    rows: Sequence[Sequence[Cell]],
    joined: Join,
    options: ReadingOptions,
) -> Source:
    """A row for each row of the table that names a file: what the file holds, then the other columns of the row."""
    items = open_items([(file, str(row)) for row, file in enumerate(joined.files) if file is not None], options)
    others = [i for i in range(len(table.names)) if i != joined.column]
    names = items.names[:-1]
    for i in others:
        names = [*names, free_name(table.names[i], names)]

    def cells() -> Iterator[Sequence[Cell]]:
        for *item, row in items.rows():
            yield [*item, *(rows[int(row)][i] for i in others)]

    notes = [
        f"labels are from {labels.name}, whose column {table.names[joined.column]!r} gives the {joined.way} of a file",
        *left_out(f"files without a row in {labels.name}", [file.name for file in files if file not in joined.found]),
        *left_out(
            f"rows of {labels.name} without a file",
            [text_of(row[joined.column]) for row, file in zip(rows, joined.files, strict=True) if file is None],
        ),
    ]
    layout = "media" if items.layout == "folder" else items.layout
    return replace(
        items,
        names=names,
        rows=cells,
        layout=layout,
        notes=[*notes, *table.notes, *items.notes],
        texts=table.texts,
    )


def left_out(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what}, which were left out: {len(names):,} ({listed(names)})"] if names else []


def listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
