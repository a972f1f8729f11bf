# pyright: strict
"""Data that are in Python already: dicts, lists, pairs, and the tables of pandas, Polars and Arrow."""

from __future__ import annotations

import datetime
import decimal
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

import numpy as np

from elman.data.missing import is_missing, kind_of_array
from elman.data.naming import free_name
from elman.data.readers.class_names import as_text, called, names_in_metadata, names_of
from elman.data.readers.nested import flat, too_many
from elman.data.table import Cell, Table
from elman.errors import TaskError
from elman.kinds.column import is_mapping, is_sequence

EXPECTED = (
    "Expected a dict of lists, a list of dicts, a list of strings, a pair (inputs, outputs), a list of pairs "
    "(input, output), or a pandas, Polars or Arrow table."
)
INDEXES_OF_TIMES = frozenset({"DatetimeIndex", "PeriodIndex", "TimedeltaIndex"})
"""What pandas calls the indexes whose values are times."""


class Frame(Protocol):
    """A table of pandas or Polars."""

    def to_dict(self, *args: Any, **kwargs: Any) -> Any: ...


class ArrowTable(Protocol):
    """A table of Arrow."""

    def to_pydict(self) -> dict[Any, Any]: ...


class ColumnArray(Protocol):
    """A column by itself, of pandas or NumPy: an array of one dimension."""

    @property
    def ndim(self) -> int: ...
    def tolist(self) -> Any: ...


Container = (
    Table
    | Mapping[str, Iterable[Cell]]
    | Sequence[Mapping[str, Cell]]
    | Sequence[str]
    | tuple[Iterable[Cell], Iterable[Cell]]
    | Sequence[tuple[Cell, Cell]]
    | Frame
    | ArrowTable
    | ColumnArray
)
"""A ``Table``, a dict of columns, a list of dicts, of texts or of pairs, a pair (inputs, outputs), a table of pandas,
Polars or Arrow, or a column by itself."""


def from_python(data: Container) -> Table:
    """A table from Python's containers.

    A dict of lists, a list of dicts, or a pandas, Polars or Arrow table keeps its column names; a tuple
    ``(inputs, outputs)``, and a list of tuples ``(input, output)``, become the columns "input" and "output"; a list of
    strings the column "text". Of pandas an index of times, of several levels or with a name is read as columns, too.
    Dicts in cells become columns by their paths, as in JSON.

    Raises TaskError for anything else, and for columns of unequal length.
    """
    if isinstance(data, Table):
        return data
    columns = {str(name): [cell(value) for value in values] for name, values in as_columns(data).items()}
    return Table(with_paths_in_cells(columns))


def with_paths_in_cells(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The same without dicts in cells: a column for each path in them."""
    found: dict[str, list[Any]] = {}
    for name, cells in columns.items():
        if not any(map(is_mapping, cells)):
            found[name] = cells
            continue
        rows = [flat({name: value}) for value in cells]
        paths = dict.fromkeys(path for row in rows for path in row)
        if too_many(paths):
            rows = [flat({name: value}, (name,)) for value in cells]
            paths = dict.fromkeys([name])
        filled = [path for path in paths if path != name or any(row.get(name) is not None for row in rows)]
        found |= {path: [row.get(path) for row in rows] for path in filled}
    return found


def as_columns(data: Any) -> Mapping[Any, Sequence[Any]]:
    if is_mapping(data):
        return with_parts(data) if data and all(map(is_dataset, data.values())) else data
    if hasattr(data, "to_pydict"):  # Arrow
        said: Mapping[bytes, bytes] = getattr(getattr(data, "schema", None), "metadata", None) or {}
        return with_names(data.to_pydict(), names_in_metadata(as_text(said)))
    if is_dataset(data):
        return with_names(data.to_dict(), names_of(data.features))
    if getattr(data, "ndim", 0) == 1 and hasattr(data, "tolist"):  # a column by itself: pandas, NumPy
        if len(data) and kind_of_array(data) in NUMBERS:
            return {**index_of(data, ()), str(getattr(data, "name", None) or "value"): data.tolist()}
        return as_columns(data.tolist())
    if hasattr(data, "to_dict"):
        return data.to_dict(as_series=False) if hasattr(data, "iter_rows") else columns_of_pandas(data)  # or Polars
    if not is_sequence(data):
        raise TaskError(f"can't read {type(data).__name__} as data. {EXPECTED}")
    if isinstance(data, tuple) and len(data) == 2:
        return {"input": list(data[0]), "output": answers_in(*data)}
    if not data:
        raise TaskError(f"the {type(data).__name__} of data is empty: there is nothing to learn from. {EXPECTED}")
    if all(map(is_pair, data)):
        return {"input": [row[0] for row in data], "output": [row[1] for row in data]}
    if all(map(is_mapping, data)):
        names = dict.fromkeys(name for row in data for name in row)
        return {name: [row.get(name) for row in data] for name in names}
    if all(isinstance(row, str) or is_missing(row) for row in data) and not all(map(is_missing, data)):
        return {"text": data}
    raise TaskError(f"can't read {type(data).__name__} as data. {EXPECTED}")


def is_pair(row: Any) -> bool:
    return isinstance(row, tuple) and len(cast("tuple[Any, ...]", row)) == 2


def answers_in(inputs: Any, outputs: Any) -> list[Any]:
    """The second of a pair as a column; of an array ``[N, 1]`` its numbers.

    Raises TaskError for a one-hot array ``[N, C]``.
    """
    if getattr(outputs, "ndim", 0) != 2 or tuple(outputs.shape[1:2]) == tuple(getattr(inputs, "shape", ())[1:2]):
        return list(outputs)  # of each step
    if outputs.shape[1] == 1:
        return [row[0] for row in outputs]
    array = np.asarray(outputs)
    if array.dtype.kind in "biuf" and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all():
        raise TaskError(
            f"the outputs are one-hot: each row of {array.shape[1]} numbers has a 1, at the place of its class. Pass "
            "the classes: outputs.argmax(1)."
        )
    return list(outputs)


def columns_of_pandas(frame: Any) -> Mapping[str, Sequence[Any]]:
    """The columns of a table of pandas: names of several levels are put together, and none comes twice."""
    columns: dict[str, Sequence[Any]] = {}
    for place, name in enumerate(frame.columns):
        parts = list(map(str, cast("tuple[Any, ...]", name))) if isinstance(name, tuple) else [str(name)]
        columns[free_name(".".join(filter(None, parts)), columns)] = frame.iloc[:, place].tolist()
    return {**index_of(frame, columns), **columns}


def index_of(data: Any, columns: Collection[str]) -> dict[str, list[Any]]:
    """The index of a table or column of pandas, as columns, unless it says no more than where rows stand or stood, or
    is one of the ``columns``."""
    index = getattr(data, "index", None)
    names: list[Any] = list(getattr(index, "names", []))
    if index is None or callable(index) or type(index).__name__ == "RangeIndex":
        return {}
    times = type(index).__name__ in INDEXES_OF_TIMES
    if names == [None] and not times:
        return {}
    called = [
        ("time" if times else f"level_{level}") if name is None else str(name) for level, name in enumerate(names)
    ]
    return {name: index.get_level_values(level).tolist() for level, name in enumerate(called) if name not in columns}


def is_dataset(data: Any) -> bool:
    """A ``Dataset`` of Hugging Face."""
    return hasattr(data, "to_dict") and is_mapping(getattr(data, "features", None))


def with_names(columns: Mapping[Any, Sequence[Any]], classes: Mapping[str, list[str]]) -> Mapping[Any, Sequence[Any]]:
    """The columns with names of classes for the numbers that stand for them."""
    named = {name: [called(value, classes[name]) for value in columns[name]] for name in columns if name in classes}
    return {**columns, **named}


def with_parts(parts: Mapping[Any, Any]) -> Mapping[Any, Sequence[Any]]:
    """The rows of a ``DatasetDict``, with a column that says which part each is of."""
    found = {str(name): as_columns(part) for name, part in parts.items()}
    names = dict.fromkeys(name for columns in found.values() for name in columns)
    lengths = {part: len(next(iter(columns.values()), ())) for part, columns in found.items()}
    together = {
        name: [value for part, columns in found.items() for value in columns.get(name, [None] * lengths[part])]
        for name in names
    }
    return {**together, free_name("split", together): [part for part in found for _ in range(lengths[part])]}


def cell(value: Any) -> Cell:
    """Python's own number for NumPy's; a list for an array or tuple; ISO 8601 for dates and times, seconds for lengths
    of time; None for what stands for missing."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        return str(value)  # NumPy's texts are of a class of their own
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if (kind := kind_of_array(value)) in TIMES:  # of which NumPy's own lists hold whole numbers
        if value.ndim:
            return [cell(item) for item in value]
        return as_iso(value) if kind == "M" else float(value / np.timedelta64(1, "s"))
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return cell(value.tolist())
    if is_sequence(value):
        return [cell(item) for item in value]
    if isinstance(value, set | frozenset):
        return [cell(item) for item in sorted(cast("set[Any]", value), key=str)]
    if hasattr(value, "start_time"):  # a period of pandas
        return cell(value.start_time)
    if is_mapping(value):
        return cast(Cell, {str(key): cell(item) for key, item in value.items()})
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TaskError(f"a cell holds {type(value).__name__} {value!r:.40}. Expected text, a number, or a list of them.")


TIMES, NUMBERS = ("m", "M"), ("i", "u", "f")
"""Kinds of NumPy's values that are dates and lengths of time, and numbers."""


def as_iso(value: Any) -> str:
    """A date or time of NumPy's, without zeros below a second."""
    text = str(value)
    return value.astype("datetime64[us]").item().isoformat(sep=" ") if "T" in text else text
