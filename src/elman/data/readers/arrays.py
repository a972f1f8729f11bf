# pyright: strict
"""NumPy's ``.npy`` and ``.npz``: arrays whose first axis counts the rows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.split import SplitKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = frozenset({".npy", ".npz"})
LENGTHS = "lengths"
"""An array of this name says how many steps of each padded sequence are real."""


def is_arrays(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def open_arrays(paths: Sequence[Path]) -> Source:
    """One column per array: of each ``.npy`` file named after it, of an ``.npz`` named by its keys.

    ``[N, T, D]`` and ``[N, T]`` are sequences, ``[N]`` values. An array ``lengths`` ``[N]`` cuts padded sequences to
    their real steps. Keys such as ``x_train`` and ``x_test`` are parts of one column ``x``. NaN is a missing value.
    """
    arrays = {name: array for path in paths for name, array in load(path).items()}
    parts = by_part(arrays, paths[0])
    names = list(next(iter(parts.values())))
    for part, columns in parts.items():
        check(part, columns, names, paths[0])
    shown = [name for name in names if name != LENGTHS]

    def rows() -> Iterator[Sequence[Cell]]:
        for part, columns in parts.items():
            for row in range(len(columns[names[0]])):
                cells = [cell(columns[name][row], columns, row) for name in shown]
                yield [*cells, part] if part else cells

    return Source([*shown, "split"] if "" not in parts else shown, rows, "table", True)


def load(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file by name. Never unpickles: raises DataFileError for arrays of objects."""
    import numpy as np

    try:
        loaded: Any = np.load(path, allow_pickle=False)
        found: dict[str, NDArray[Any]] = {path.stem: loaded}
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                found = {name: loaded[name] for name in loaded.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        why = "it holds objects of Python" if "pickle" in str(error) else error
        raise DataFileError(
            f"isn't readable as NumPy arrays ({why}). Expected numbers or text; arrays of objects, such as sequences "
            "of unequal length, must be padded and saved with an array 'lengths'.",
            path,
        ) from error
    if not found or any(array.ndim == 0 for array in found.values()):
        raise DataFileError("holds no array with a first axis of rows.", path)
    return found


def by_part(arrays: dict[str, NDArray[Any]], path: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """{part: {column: array}}; the only part is "" where names don't say ``train`` and the like at their end."""
    parts: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        stem, _, last = name.rpartition("_")
        part = (SplitKind.part_of(last) or "") if stem else ""
        parts.setdefault(part, {})[stem if part else name] = array
    if len(parts) > 1 and "" in parts:
        raise DataFileError(f"holds arrays with and without a part in their names ({', '.join(arrays)}).", path)
    return parts


def check(part: str, columns: dict[str, NDArray[Any]], names: list[str], path: Path) -> None:
    """Each part has the same columns, and they have equally many rows."""
    if set(columns) != set(names):
        raise DataFileError(
            f"the part {part!r} has the arrays {', '.join(columns)}; expected {', '.join(names)}.", path
        )
    rows = {name: len(array) for name, array in columns.items()}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{name} {count:,}" for name, count in rows.items())
        raise DataFileError(f"arrays must have equally many rows along their first axis, but there are {listed}.", path)


def cell(value: NDArray[Any], columns: dict[str, NDArray[Any]], row: int) -> Cell:
    """Python's own numbers and lists; NaN is missing; sequences end where ``lengths`` says."""
    steps = value[: int(columns[LENGTHS][row])] if LENGTHS in columns and value.ndim else value
    return plain(steps.tolist())


def plain(value: Cell) -> Cell:
    if isinstance(value, list):
        return [plain(item) for item in cast(list[Cell], value)]
    return None if isinstance(value, float) and value != value else value


READER = Reader("arrays", "NumPy arrays", open_arrays, suffixes=SUFFIXES, holds=is_arrays, precedence=100)
