# pyright: strict
"""Files of a folder of classes that hold a sequence each: steps as the rows of a CSV file, or as an array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elman.data.format import ReadingOptions
from elman.data.readers.arrays import is_arrays, load, plain
from elman.data.readers.delimited import open_delimited
from elman.data.readers.dialects import USUAL
from elman.data.readers.files import TextFile, unpacked_name
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Labelled = Sequence[tuple[Path, str]]


def hold_steps(paths: Labelled) -> bool:
    """All are CSV (or TSV) files, or all are NumPy arrays."""
    tables = [unpacked_name(path.name).lower().endswith(tuple(USUAL)) for path, _ in paths]
    return all(tables) or all(is_arrays(path) for path, _ in paths)


def open_class_sequences(paths: Labelled, options: ReadingOptions) -> Source:
    """A sequence per file, its label that of its folder."""
    return open_class_arrays(paths, options) if is_arrays(paths[0][0]) else open_class_tables(paths, options)


def open_class_tables(paths: Labelled, options: ReadingOptions) -> Source:
    """A row per step, with its file's columns and label; the files tell the sequences apart."""
    files: list[TextFile] = []
    labels: list[str] = []
    for path, label in paths:
        try:
            files.append(TextFile(path, options))
            labels.append(label)
        except DataFileError as error:
            options.bad.add(error)
    source = open_delimited(files)
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
