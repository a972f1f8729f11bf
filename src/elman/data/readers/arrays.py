# pyright: strict
"""NumPy's ``.npy`` and ``.npz``: arrays whose first axis counts the rows."""

from __future__ import annotations

import re
import shlex
import struct
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from elman import memory
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.split import SplitKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = frozenset({".npy", ".npz"})
BROKEN = (
    *(ValueError, OSError, EOFError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError),
    *(SyntaxError, RecursionError, RuntimeError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What NumPy raises for damaged files: it reads their headers as Python."""
NPY = b"\x93NUMPY"
"""What a file of one array begins with."""
SHOWN = 200
"""Characters of what NumPy says, which may show a whole header."""
HALVES = 0xD800 >> 11
"""Of characters of Unicode, which are no characters: how their numbers begin."""
LENGTHS = "lengths"
"""An array of this name says how many steps of each padded sequence are real."""


def is_arrays(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def open_arrays(paths: Sequence[Path]) -> Source:
    """One column per array: of each ``.npy`` file named after it, of an ``.npz`` named by its keys.

    ``[N, T, D]`` and ``[N, T]`` are sequences, ``[N]`` values; of records, each field is an array. An array ``lengths``
    ``[N]`` cuts padded sequences to their real steps. Keys such as ``x_train`` and ``x_test`` are parts of one column
    ``x``, as are those of files ``train.npz`` and ``test.npz``. NaN is a missing value.
    """
    parts = by_part(arrays_of(paths), paths[0])
    names = list(next(iter(parts.values())))
    for part, columns in parts.items():
        check(part, columns, names, paths[0])
    shown = [name for name in names if name != LENGTHS]

    def rows() -> Iterator[Sequence[Cell]]:
        for part, columns in parts.items():
            for row in range(len(columns[names[0]])):
                cells = [cell(columns[name][row], columns, row) for name in shown]
                yield [*cells, part] if part else cells

    count = sum(len(columns[names[0]]) for columns in parts.values())
    counts = [(str(paths[0]), count)] if len(paths) == 1 else []
    return Source([*shown, "split"] if "" not in parts else shown, rows, "table", True, files=counts)


def arrays_of(paths: Sequence[Path]) -> dict[str, NDArray[Any]]:
    """Those of all files, each under a name of its own. Raises DataFileError where two have one name, and the files
    aren't called as parts of a data set are: they may be rows of one array, or a sequence each."""
    named = {path: SplitKind.part_of(path.stem) for path in paths if path.suffix.lower() == ".npz"}
    are_parts = len(named) == len(paths) and None not in named.values() and len({*named.values()}) == len(named)
    found: dict[str, NDArray[Any]] = {}
    for path in paths:
        for name, array in load(path).items():
            name = f"{name}_{named[path]}" if are_parts else name
            if name in found:
                raise DataFileError(f"holds an array {name!r}, and so does a file before it. {how_to_join(path)}", path)
            found[name] = array
    return found


def how_to_join(path: Path) -> str:
    files = str(path.with_name(f"*{path.suffix}"))
    arrays = "[numpy.load(p) for p in sorted(glob.glob(sys.argv[1]))]"
    joined = "{k: numpy.concatenate([a[k] for a in f]) for k in f[0]}"
    command = f"import glob, sys, numpy; f = {arrays}; numpy.savez('all.npz', **{joined})"
    return (
        f'If they hold rows, one after another, put them together: python -c "{command}" {shlex.quote(files)}. If each '
        "file is one sequence, pad these to one length, stack them, and save an array 'lengths' beside them."
    )


def load(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file by name. Never unpickles: raises DataFileError for arrays of objects."""
    import numpy as np

    try:
        check_shape(path)
        loaded: Any = np.load(path, mmap_mode="r")  # so that a header that promises terabytes takes none
        found: dict[str, Any] = {path.stem: loaded}
        if not isinstance(loaded, np.ndarray):
            with loaded as archive:
                check_unpacked(path, sum(info.file_size for info in archive.zip.infolist()))
                found = {name: archive[name] for name in archive.files}
    except BROKEN as error:
        why = str(error)[:SHOWN] or "it ends too early"
        why = "it holds objects of Python" if re.search("pickle|objects", why) else why
        raise DataFileError(
            f"isn't readable as NumPy arrays ({why}). Expected numbers or text; arrays of objects, such as sequences "
            "of unequal length, must be padded and saved with an array 'lengths'.",
            path,
        ) from error
    arrays = {name: array.view(np.ndarray) for name, array in found.items() if isinstance(array, np.ndarray)}
    if not found or len(arrays) < len(found) or any(array.ndim == 0 for array in arrays.values()):
        raise DataFileError("holds no array with a first axis of rows, or something else beside arrays.", path)
    fields = {
        (f"{name}.{field}" if field else name): (array[field] if field else array)
        for name, array in arrays.items()
        for field in array.dtype.names or [""]
    }
    if hollow := next((name for name, array in fields.items() if len(array) and not array.nbytes), None):
        raise DataFileError(f"the array {hollow!r} has {len(fields[hollow]):,} rows, and nothing in them.", path)
    return {name: readable(name, array, path) for name, array in fields.items()}


def check_shape(path: Path) -> None:
    """Raises ValueError for axes that are shorter than nothing: NumPy divides by zero where it maps such an array of
    empty cells, which ends the process."""
    import numpy as np

    with path.open("rb") as stream:
        if stream.read(len(NPY)) != NPY:
            return  # an archive, of which nothing is mapped
        stream.seek(0)
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        if any(length < 0 for length in read(stream)[0]):
            raise ValueError("its header says that it has fewer than no rows")


def readable(name: str, array: NDArray[Any], path: Path) -> NDArray[Any]:
    """The array as numbers, true and false, or texts; dates are ISO 8601. Raises DataFileError for any other."""
    import numpy as np

    match array.dtype.kind:
        case "b" | "i" | "u":
            return array
        case "f":
            return array if array.dtype.itemsize <= 8 else array.astype(np.float64)
        case "M":
            return np.where(np.isnat(array), "", np.datetime_as_string(array))
        case "S":
            return np.char.decode(array, "utf-8", "replace")
        case "U" if is_unicode(array):
            return array
        case "U":
            raise DataFileError(f"the array {name!r} holds texts with signs that there are not: it is damaged.", path)
        case _:
            raise DataFileError(f"the array {name!r} is of {array.dtype}. Expected numbers, text or dates.", path)


def is_unicode(array: NDArray[Any]) -> bool:
    """Whether all its characters exist; surrogates are halves of some."""
    import numpy as np

    points = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).view(np.uint32)
    return not ((points > sys.maxunicode) | ((points >> 11) == HALVES)).any()


def check_unpacked(path: Path, size: int) -> None:
    """Raise DataFileError for arrays that take more memory than there is once they are unpacked."""
    if said := memory.lacking(size):
        raise DataFileError(
            f"holds arrays that take {said}. Save each as a file of its own by numpy.save, or pass a part of them.",
            path,
        )


def by_part(arrays: dict[str, NDArray[Any]], path: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """{part: {column: array}}; the only part is "" where names don't say ``train`` and the like at their end."""
    parts: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        stem, _, last = name.rpartition("_")
        part = (SplitKind.part_of(last) or "") if stem else ""
        parts.setdefault(part, {})[stem if part else name] = array
    if len(parts) > 1 and "" in parts:
        raise DataFileError(
            f"holds arrays with and without a part in their names ({', '.join(arrays)}). Call all as x_train and "
            "x_test are, or none.",
            path,
        )
    return parts


def check(part: str, columns: dict[str, NDArray[Any]], names: list[str], path: Path) -> None:
    """Each part has the same columns, and they have equally many rows."""
    if set(columns) != set(names):
        raise DataFileError(
            f"the part {part!r} has the arrays {', '.join(columns)}; expected {', '.join(names)}, as another part has.",
            path,
        )
    rows = {name: len(array) for name, array in columns.items()}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{name} {count:,}" for name, count in rows.items())
        raise DataFileError(
            f"arrays must have equally many rows along their first axis, but there are {listed}. Save those alone that "
            "belong together.",
            path,
        )
    if LENGTHS in columns:
        check_lengths(columns, path)


def check_lengths(columns: dict[str, NDArray[Any]], path: Path) -> None:
    """They say of each row how many steps it has, and no more than there are."""
    lengths = columns[LENGTHS]
    most = max((array.shape[1] for array in columns.values() if array.ndim > 1), default=0)
    if not most:
        return  # they are of something else
    numbers = lengths.ndim == 1 and lengths.dtype.kind in "iuf"
    if not numbers or not ((lengths % 1 == 0) & (lengths >= 0) & (lengths <= most)).all():
        raise DataFileError(
            f"the array {LENGTHS!r} must say of each row how many of its steps are real: a whole number from 0 to "
            f"{most:,}.",
            path,
        )


def cell(value: NDArray[Any], columns: dict[str, NDArray[Any]], row: int) -> Cell:
    """Python's own numbers and lists; NaN is missing; sequences end where ``lengths`` says."""
    steps = value[: int(columns[LENGTHS][row])] if LENGTHS in columns and value.ndim else value
    return plain(steps.tolist())


def plain(value: Cell) -> Cell:
    if isinstance(value, list):
        return [plain(item) for item in cast(list[Cell], value)]
    return None if isinstance(value, float) and value != value else value


READER = Reader("arrays", "NumPy arrays", open_arrays, suffixes=SUFFIXES, holds=is_arrays, precedence=100)
