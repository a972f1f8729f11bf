# pyright: strict
"""Files of a folder of classes that hold a sequence each: steps as the rows of a CSV file, or as an array."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elman.data.format import ReadingOptions
from elman.data.readers.arrays import is_arrays, load, plain
from elman.data.readers.delimited import open_delimited
from elman.data.readers.dialects import USUAL
from elman.data.readers.files import TextFile, unpacked_name
from elman.data.readers.header import MISSING, NUMBER
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKED_AT, FIRST_LINES, FEWEST_LINES = 3, 50, 5
"""Files, and lines of each, that show whether they hold numbers; so many lines at least."""
Labelled = Sequence[tuple[Path, str]]


def hold_steps(paths: Labelled) -> bool:
    """All are CSV (or TSV) files, or all are NumPy arrays, or text of nothing but numbers."""
    tables = [unpacked_name(path.name).lower().endswith(tuple(USUAL)) for path, _ in paths]
    return all(tables) or all(is_arrays(path) for path, _ in paths) or all(map(holds_numbers, first_of(paths)))


def first_of(paths: Labelled) -> list[Path]:
    return [path for path, _ in paths[:LOOKED_AT]]


def holds_numbers(path: Path) -> bool:
    """Whether the first lines of a text are equally many numbers each."""
    try:
        lines = [line for line in islice(TextFile(path).lines(), FIRST_LINES) if line.strip()]
    except DataFileError:
        return False  # which is said where it is read
    rows = [re.split(r"[\s,;]+", line.strip()) for line in lines]
    same = len(rows) >= FEWEST_LINES and len({*map(len, rows)}) == 1
    return same and all(NUMBER.fullmatch(cell) or cell in MISSING for row in rows for cell in row)


def open_class_sequences(paths: Labelled, options: ReadingOptions) -> Source:
    """A sequence per file, its label that of its folder."""
    return open_class_arrays(paths, options) if is_arrays(paths[0][0]) else open_class_tables(paths, options)


def open_recordings(paths: Sequence[Path], options: ReadingOptions) -> Source:
    """A row per step, with its file's columns; the files tell the sequences apart."""
    files = text_files([(path, "") for path in paths], options)
    return replace(open_delimited([file for file, _ in files]), layout="sequences")


def text_files(paths: Iterable[tuple[Path, str]], options: ReadingOptions) -> list[tuple[TextFile, str]]:
    """The files that are text, each with its label."""
    files: list[tuple[TextFile, str]] = []
    for path, label in paths:
        try:
            files.append((TextFile(path, options), label))
        except DataFileError as error:
            options.bad.add(error)
    return files


def open_class_tables(paths: Labelled, options: ReadingOptions) -> Source:
    """A row per step, with its file's columns and label; the files tell the sequences apart."""
    files = text_files(paths, options)
    labels, source = [label for _, label in files], open_delimited([file for file, _ in files])
    name = "label" if "label" not in source.names else "folder"

    def rows() -> Iterator[Sequence[Cell]]:
        every = source.rows()
        for label, (_, count) in zip(labels, source.files, strict=True):
            for row in islice(every, count):
                yield [*row, label]

    return replace(source, names=[*source.names, name], rows=rows, layout="sequences", texts=frozenset({name}))


def open_class_arrays(paths: Labelled, options: ReadingOptions) -> Source:
    """Columns "sequence" and "label": each file an array of steps, ``[T]`` or ``[T, D]``."""
    kept: list[tuple[Path, str]] = []
    width = 0
    for path, label in paths:
        try:
            found = width_of(steps_in(path))
            if kept and found != width:
                raise DataFileError(f"has {found} columns, but {kept[0][0].name} has {width}.", path)
        except DataFileError as error:
            options.bad.add(error)
        else:
            width = found
            kept.append((path, label))

    def rows() -> Iterator[Sequence[Cell]]:
        for path, label in kept:
            yield [plain(steps_in(path).tolist()), label]

    return Source(["sequence", "label"], rows, "folder", True, files=[(str(path), 1) for path, _ in kept])


def width_of(steps: NDArray[Any]) -> int:
    return 1 if steps.ndim == 1 else steps.shape[1]


def steps_in(path: Path) -> NDArray[Any]:
    """``[T]`` or ``[T, D]``. Raises DataFileError for anything else."""
    arrays = load(path)
    (array, *others) = arrays.values()
    if others or array.ndim > 2 or array.dtype.kind not in "iufb":
        listed = ", ".join(f"{name} {list(array.shape)} {array.dtype}" for name, array in arrays.items())
        raise DataFileError(f"holds {listed}. Expected one array of numbers, [steps] or [steps, columns].", path)
    return array
