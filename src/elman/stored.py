# pyright: strict
"""Columns that are too large for memory: their cells in files that are mapped, behind the interface of a list.

What is mapped isn't counted as the program's own memory: the system keeps of it what there is room for. Small columns
stay lists, and nothing is written for them.
"""

from __future__ import annotations

import os
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from types import NoneType
from typing import IO, Any, Protocol, TypeAlias, cast, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from elman.cache import naming_room, new_file

LARGE = 50_000_000
"""Bytes: a table that takes more lies in files."""
SHARE = 3
"""An array with a place for each row does where it takes more than this part of it: there are several at a time."""
BLOCK = 16_384
"""Cells that are read together."""
FEW = 255
"""Different cells of a column that are kept as their numbers."""
EXACT = 2**53
"""Below it a float64 has every whole number."""
LINE_END, MISSING = "\n", "\0"
"""What stands behind each text, and for one that is missing."""

Rows: TypeAlias = NDArray[np.int64]
Array: TypeAlias = NDArray[Any]


# -- arrays -----------------------------------------------------------------------------------


def empty(length: int, dtype: DTypeLike) -> Array:
    """A new array ``[length]``: in memory, or in a file if it is large. Raises DataFileError where the disk is full."""
    size = length * np.dtype(dtype).itemsize
    if SHARE * size <= LARGE:
        return np.empty(length, dtype)
    file = new_file()
    with naming_room():  # now, as nobody is told when a page of a mapped file finds no room
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            for start in range(0, size, 1 << 20):
                file.write(bytes(min(1 << 20, size - start)))
            file.flush()
    return np.memmap(file, dtype, "r+", shape=(length,))


def arange(length: int) -> Rows:
    """``0, 1, ... length - 1``, as ``empty`` makes it."""
    return array_of(range(length))


def array_of(rows: range) -> Rows:
    """These numbers, as ``empty`` makes it."""
    found = empty(len(rows), np.int64)
    for start in range(0, len(rows), BLOCK):
        own = rows[start : start + BLOCK]
        found[start : start + len(own)] = np.arange(own.start, own.stop, own.step)
    return found


def from_each(numbers: Iterable[Any], length: int, dtype: DTypeLike) -> Array:
    """So many numbers, one after another, as ``empty`` makes an array."""
    found, numbers = empty(length, dtype), iter(numbers)
    for start in range(0, length, BLOCK):
        own = found[start : start + BLOCK]
        own[:] = np.fromiter(islice(numbers, len(own)), dtype, len(own))
    return found


def kept(values: Array) -> Array:
    """The same array; in a file if it is large."""
    return values if SHARE * values.nbytes <= LARGE or isinstance(values, np.memmap) else copied(values)


def copied(values: Array) -> Array:
    """The same numbers in a new array, as ``empty`` makes it."""
    found = empty(len(values), values.dtype)
    found[:] = values
    return found


def taken(values: Array, rows: Rows) -> Array:
    """The values of these rows, in any order, as ``empty`` makes an array; some at a time, as NumPy takes them in
    memory."""
    found = empty(len(rows), values.dtype)
    for start in range(0, len(rows), BLOCK):
        found[start : start + BLOCK] = values[rows[start : start + BLOCK]]
    return found


def differences(values: Array) -> Array:
    """``np.diff``, as ``empty`` makes an array."""
    steps = empty(max(0, len(values) - 1), (values[:0] - values[:0]).dtype)
    np.subtract(values[1:], values[:-1], out=steps)
    return steps


def shuffle(rows: Rows, generator: random.Random) -> None:
    """As ``generator.shuffle`` does it with a list of the same."""
    generator.shuffle(cast("MutableSequence[int]", memoryview(cast("Any", rows))))  # whose numbers are Python's own


def rows_where(marks: Array, mark: int = True) -> Rows:
    """The rows that are marked so, in order."""
    if SHARE * 8 * len(marks) <= LARGE:
        return np.flatnonzero(marks == mark)
    found = Growing(np.int64)
    for start in range(0, len(marks), BLOCK):
        found.add(start + np.flatnonzero(marks[start : start + BLOCK] == mark))
    return found.array()


def each_number(values: Array) -> Iterator[Any]:
    """The values one after another, as Python's own numbers."""
    return chain.from_iterable(values[start : start + BLOCK].tolist() for start in range(0, len(values), BLOCK))


class Growing:
    """An array that grows at its end; in a file once it takes more bytes than these."""

    def __init__(self, dtype: DTypeLike, most: int | None = None):
        self.dtype, self.length, self.most = np.dtype(dtype), 0, LARGE // SHARE if most is None else most
        self.parts: list[Array] = []
        self.file: IO[bytes] | None = None

    def add(self, values: Array | Sequence[Any]) -> None:
        own = np.array(values, self.dtype)
        self.length += len(own)
        if self.file is not None:
            self._write(own)
            return
        self.parts.append(own)
        if self.length * self.dtype.itemsize > self.most:
            self.file = new_file()
            for part in self.parts:
                self._write(part)
            self.parts.clear()

    def _write(self, values: Array) -> None:
        assert self.file is not None
        with naming_room():
            self.file.write(values.data)

    def array(self) -> Array:
        """All that was added."""
        if self.file is None:
            return np.concatenate([np.empty(0, self.dtype), *self.parts])
        with naming_room():
            self.file.flush()
        return np.memmap(self.file, self.dtype, "r+", shape=(self.length,))


def mean_and_deviation(values: NDArray[np.float64]) -> tuple[float, float]:
    """As ``mean`` and ``std(ddof=1)`` of NumPy give them to the last digit, without an array beside it in memory."""
    apart = empty(len(values), np.float64)
    np.subtract(values, mean := values.mean(), out=apart)
    np.multiply(apart, apart, out=apart)
    return float(mean), float(np.sqrt(apart.sum() / (len(values) - 1))) if len(values) > 1 else 0.0


# -- columns ----------------------------------------------------------------------------------


class Stored(Sequence[Any], ABC):
    """Cells that stand in files. A slice of many of them, as a choice of rows, is such a column again; of few, a list.

    types: of its cells, with that of None where some are missing
    """

    types: set[type]

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    def together(self) -> int:
        """How many cells are read at once."""
        return BLOCK

    @abstractmethod
    def of(self, rows: Rows) -> list[Any]:
        """The cells of these rows, in any order."""

    def numbers(self, rows: Rows | slice) -> NDArray[np.float64]:
        """Those cells as numbers, NaN where one is missing; of several columns beside each other ``[n, D]``."""
        return np.array(self[rows] if isinstance(rows, slice) else self.of(rows), np.float64)

    def between(self, start: int, stop: int) -> list[Any]:
        """The cells of the rows from ``start`` to before ``stop``."""
        return self.of(np.arange(start, stop))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, slice):
            row = range(len(self))[index]
            return self.between(row, row + 1)[0]
        rows = range(len(self))[index]
        if len(rows) > self.together:
            return self.select(array_of(rows))
        return self.between(rows.start, rows.stop) if rows.step == 1 else self.of(np.array(rows, np.int64))

    def blocks(self) -> Iterator[list[Any]]:
        """All cells, some at a time."""
        for start in range(0, len(self), self.together):
            yield self.between(start, min(len(self), start + self.together))

    def numbered_blocks(self) -> Iterator[tuple[int, list[Any]]]:
        """The same, each with the number of its first row."""
        return zip(range(0, len(self), self.together), self.blocks(), strict=True)

    def __iter__(self) -> Iterator[Any]:
        for block in self.blocks():
            yield from block

    def count(self, value: Any) -> int:
        if value is None and NoneType not in self.types:
            return 0
        return sum(block.count(value) for block in self.blocks())

    def __contains__(self, value: object) -> bool:
        return not (value is None and NoneType not in self.types) and any(value in block for block in self.blocks())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.concatenate([np.array(block, dtype) for block in self.blocks()])

    def select(self, rows: Rows) -> Stored:
        """The cells of these rows, in their order, as a column."""
        return Part(self, rows)

    def filled(self) -> Stored:
        """The cells that aren't missing."""
        if NoneType not in self.types:
            return self
        there = self.select(filled_rows(self))
        there.types = self.types - {NoneType}
        return there

    def counts(self) -> Counts:
        """How often each different cell comes; those that are missing don't count."""
        return Counts.of(self.filled())


class Texts(Stored):
    """Texts, a line for each in one file, and where it ends in another."""

    def __init__(self, signs: NDArray[np.uint8], ends: NDArray[np.int64], types: set[type]):
        self.signs, self.ends, self.types = signs, ends, types

    def __len__(self) -> int:
        return len(self.ends)

    def between(self, start: int, stop: int) -> list[Any]:
        if start >= stop:
            return []
        first = int(self.ends[start - 1]) if start else 0
        lines = str(self.signs[first : int(self.ends[stop - 1]) - 1].data, "utf-8", "surrogatepass")
        return self._given(lines.split(LINE_END))

    def of(self, rows: Rows) -> list[Any]:
        ends = self.ends[rows]
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        signs = self.signs.data
        pairs = zip(starts.tolist(), (ends - 1).tolist(), strict=True)
        return self._given([str(signs[start:end], "utf-8", "surrogatepass") for start, end in pairs])

    def _given(self, texts: list[Any]) -> list[Any]:
        if NoneType in self.types:
            return [None if text == MISSING else text for text in texts]
        return texts


class Numbers(Stored):
    """Numbers as float64, and which of them are whole (1), missing (2), or neither (0)."""

    def __init__(self, values: NDArray[np.float64], marks: NDArray[np.uint8], types: set[type]):
        self.values, self.marks, self.types = values, marks, types

    def __len__(self) -> int:
        return len(self.values)

    def between(self, start: int, stop: int) -> list[Any]:
        return self._given(self.values[start:stop], self.marks[start:stop])

    def of(self, rows: Rows) -> list[Any]:
        return self._given(self.values[rows], self.marks[rows])

    def numbers(self, rows: Rows | slice) -> NDArray[np.float64]:
        return np.array(self.values[rows])

    def _given(self, values: NDArray[np.float64], marks: NDArray[np.uint8]) -> list[Any]:
        if self.types == {float}:
            return values.tolist()
        if self.types == {int}:
            return values.astype(np.int64).tolist()
        pairs = zip(values.tolist(), marks.tolist(), strict=True)
        return [None if mark == 2 else int(value) if mark else value for value, mark in pairs]


class Codes(Stored):
    """Cells of which few differ, as their numbers."""

    def __init__(self, codes: NDArray[np.uint8], values: list[Any]):
        self.codes, self.values = codes, values
        self.types = set[type](map(type, values))

    def __len__(self) -> int:
        return len(self.codes)

    def between(self, start: int, stop: int) -> list[Any]:
        return list(map(self.values.__getitem__, self.codes[start:stop].tolist()))

    def of(self, rows: Rows) -> list[Any]:
        return list(map(self.values.__getitem__, self.codes[rows].tolist()))


class Part(Stored):
    """Some rows of a column, in any order."""

    def __init__(self, whole: Stored, rows: Rows):
        self.whole, self.rows = (whole.whole, taken(whole.rows, rows)) if isinstance(whole, Part) else (whole, rows)
        self.types = whole.types

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def together(self) -> int:
        return self.whole.together

    def between(self, start: int, stop: int) -> list[Any]:
        rows = self.rows[start:stop]
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (np.diff(rows) == 1).all():  # which is faster to read
            return self.whole.between(int(rows[0]), int(rows[-1]) + 1)
        return self.whole.of(rows)

    def of(self, rows: Rows) -> list[Any]:
        return self.whole.of(self.rows[rows])

    def numbers(self, rows: Rows | slice) -> NDArray[np.float64]:
        return self.whole.numbers(self.rows[rows])


class Stretches(Stored):
    """Cells that are parts of something else, in which they stand one after another.

    starts, lengths: the place there of each cell's first element, and how many it has
    """

    starts: Rows
    lengths: Rows

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def together(self) -> int:
        """As many as have a block of elements, on average."""
        return max(1, BLOCK * len(self) // max(1, int(self.lengths.sum())))


class Lists(Stretches):
    """Lists of the elements of another column."""

    types: set[type] = {list}  # noqa: RUF012

    def __init__(self, flat: Stored, starts: Rows, lengths: Rows):
        self.flat, self.starts, self.lengths = flat, starts, lengths

    def of(self, rows: Rows) -> list[Any]:
        places, ends = self._places(rows)
        cells = self.flat.between(places.start, places.stop) if isinstance(places, slice) else self.flat.of(places)
        return [cells[end - length : end] for end, length in zip(ends, self.lengths[rows].tolist(), strict=True)]

    @property
    def alike_by_bits(self) -> bool:
        """Whether lists of one column are equal where their numbers' bits are: these are all whole, or none is."""
        types = self.flat.types - {NoneType}
        return types in ({int}, {float})

    def keys(self) -> Rows:
        """A hash of each list's numbers."""
        hashes = (hash(array.tobytes()) for arrays in self.array_blocks() for array in arrays)
        return from_each(hashes, len(self), np.int64)

    @property
    def of_numbers(self) -> bool:
        """Whether all elements are numbers, or tuples of them, or missing."""
        columns = self.flat.columns if isinstance(self.flat, Beside) else [self.flat]
        return all(types_of(column) <= {int, float, NoneType} for column in columns)

    def arrays(self, rows: Rows) -> list[NDArray[np.float64]]:
        """Lists of numbers as arrays ``[T]``, NaN where one is missing; of several columns' tuples ``[T, D]``."""
        places, ends = self._places(rows)
        numbers = self.flat.numbers(places)
        return [numbers[end - length : end] for end, length in zip(ends, self.lengths[rows].tolist(), strict=True)]

    def array_blocks(self) -> Iterator[list[NDArray[np.float64]]]:
        """The same of all lists, some at a time."""
        for start in range(0, len(self), self.together):
            yield self.arrays(np.arange(start, min(len(self), start + self.together)))

    def each(self) -> Iterator[Sequence[Any]]:
        for start in range(0, len(self), self.together):
            rows = np.arange(start, min(len(self), start + self.together))
            first, length = int(self.starts[start]), int(self.lengths[start])
            yield from self.of(rows) if len(rows) > 1 else [self.flat[first : first + length]]

    def _places(self, rows: Rows) -> tuple[Rows | slice, list[int]]:
        """Where the elements of these lists are, and, among them, the end of each list."""
        starts, lengths = np.asarray(self.starts[rows]), np.asarray(self.lengths[rows])
        ends = np.cumsum(lengths)
        if len(rows) and np.array_equal(starts[1:], starts[:-1] + lengths[:-1]):
            return slice(int(starts[0]), int(starts[0] + ends[-1])), ends.tolist()
        return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(rows) else 0), ends.tolist()

    def select(self, rows: Rows) -> Lists:
        return Lists(self.flat, taken(self.starts, rows), taken(self.lengths, rows))

    def elements(self) -> Stored:
        """Those of all lists, one after another, as a column."""
        count = int(self.lengths.sum())
        first = int(self.starts[0]) if len(self) else 0
        if np.array_equal(self.starts[1:], self.starts[:-1] + self.lengths[:-1]):
            return self.flat if count == len(self.flat) else self.flat.select(array_of(range(first, first + count)))
        places = Growing(np.int64)
        for start in range(0, len(self), self.together):
            own, _ = self._places(np.arange(start, min(len(self), start + self.together)))
            places.add(np.r_[own])
        return self.flat.select(places.array())

    def stretches(self, begins: Sequence[int] | Rows, ends: Sequence[int] | Rows) -> Lists:
        """Of each list the elements from one place in it to before another."""
        starts = np.asarray(begins, np.int64)
        return Lists(self.flat, kept(self.starts + starts), kept(np.asarray(ends, np.int64) - starts))


class Arrays(Stretches):
    """Arrays ``[T, ...]`` of the steps of another."""

    types: set[type] = {np.ndarray}  # noqa: RUF012

    def __init__(self, steps: Array, starts: Rows, lengths: Rows):
        self.steps, self.starts, self.lengths = steps, starts, lengths

    @classmethod
    def made(cls, arrays: Iterable[Array], none: Array) -> Arrays:
        """Arrays such as ``none``, which has no step; in files where they are large."""
        steps, lengths = Growing(none.dtype), Growing(np.int64)
        for array in arrays:
            steps.add(np.ravel(array))
            lengths.add([len(array)])
        found = lengths.array()
        plain = np.asarray(steps.array())  # parts of a memmap take eight times as long to take
        return cls(plain.reshape(-1, *none.shape[1:]), kept(np.cumsum(found) - found), found)

    def of(self, rows: Rows) -> list[Any]:
        pairs = zip(self.starts[rows].tolist(), self.lengths[rows].tolist(), strict=True)
        return [self.steps[start : start + length] for start, length in pairs]

    def select(self, rows: Rows) -> Arrays:
        return Arrays(self.steps, taken(self.starts, rows), taken(self.lengths, rows))


class Beside(Stored):
    """Columns as one, whose cells are the tuples of theirs."""

    types: set[type] = {tuple}  # noqa: RUF012

    def __init__(self, columns: Sequence[Sequence[Any]]):
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def together(self) -> int:
        return min(column.together for column in self.columns if isinstance(column, Stored))

    def numbers(self, rows: Rows | slice) -> NDArray[np.float64]:
        return np.stack([numbers_of(column, rows) for column in self.columns], axis=1)

    def between(self, start: int, stop: int) -> list[Any]:
        return list(zip(*(column[start:stop] for column in self.columns), strict=True))

    def of(self, rows: Rows) -> list[Any]:
        return list(zip(*(cells_of(column, rows) for column in self.columns), strict=True))

    def select(self, rows: Rows) -> Stored:
        return Beside([chosen(column, rows) for column in self.columns])


def columns_of(cells: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The columns whose cells stand beside each other in tuples."""
    return cells.columns if isinstance(cells, Beside) else zip(*cells, strict=True)


def stored_lengths(cells: Sequence[Any]) -> Rows | None:
    """How many elements each cell has, of lists in files, or of several such beside each other; None of all else."""
    if isinstance(cells, Beside):
        return next((found for column in cells.columns if (found := stored_lengths(column)) is not None), None)
    return cells.lengths if isinstance(cells, Lists) else None


class Mapped(Stored):
    """What a function makes of the cells of a column, block by block, each time that they are asked for."""

    def __init__(self, cells: Sequence[Any], function: Callable[[list[Any]], Sequence[Any]], types: set[type]):
        self.cells, self.function, self.types = cells, function, types

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def together(self) -> int:
        return self.cells.together if isinstance(self.cells, Stored) else BLOCK

    def between(self, start: int, stop: int) -> list[Any]:
        return list(self.function(list(self.cells[start:stop])))

    def of(self, rows: Rows) -> list[Any]:
        return list(self.function(cells_of(self.cells, rows)))


def mapped(cells: Sequence[Any], function: Callable[[Any], Sequence[Any]], types: set[type]) -> Sequence[Any]:
    """What a function makes of cells; of a column too large for memory when it is asked for.

    types: of what it makes
    """
    return Mapped(cells, function, types) if isinstance(cells, Stored) else function(cells)


def beside(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Columns as one, whose cells are the tuples of theirs."""
    large = any(isinstance(column, Stored) for column in columns)
    return Beside(columns) if large else list(zip(*columns, strict=True))


def lists_beside(columns: Sequence[Sequence[Any]]) -> Lists | None:
    """Columns of lists that are equally long in each row as one, of lists of the tuples of their elements; None where
    they aren't all too large for memory, and gathered together."""
    lists = [column for column in columns if isinstance(column, Lists)]
    if not lists or len(lists) < len(columns):
        return None
    first, *others = lists
    alike = all(same(one.starts, first.starts) and same(one.lengths, first.lengths) for one in others)
    return Lists(Beside([one.flat for one in lists]), first.starts, first.lengths) if alike else None


def owners(lengths: Rows) -> Rows:
    """Of each element of lists of these lengths, one list after another, the number of its list."""
    found = Growing(np.int64)
    for start in range(0, len(lengths), BLOCK):
        own = lengths[start : start + BLOCK]
        found.add(np.repeat(np.arange(start, start + len(own)), own))
    return found.array()


def same(one: Array, other: Array) -> bool:
    return one is other or np.array_equal(one, other)


def lengths_of(cells: Sequence[Any]) -> Rows:
    """How many elements each of some lists has."""
    return cells.lengths if isinstance(cells, Lists) else from_each(map(len, cells), len(cells), np.int64)


def stretches(cells: Sequence[Any], begins: Sequence[int], ends: Sequence[int]) -> Sequence[Any]:
    """Of each list the elements from one place in it to before another; all else as it is."""
    if isinstance(cells, Lists):
        return cells.stretches(begins, ends)
    if list not in types_of(cells):
        return cells
    rows = zip(cells, begins, ends, strict=True)
    return [cell[begin:end] if isinstance(cell, list) else cell for cell, begin, end in rows]


def each_of(lists: Sequence[list[Any]]) -> Iterable[Sequence[Any]]:
    """One list after the other; one that is too long for memory as a column."""
    return lists.each() if isinstance(lists, Lists) else lists


def ends_of(lists: Sequence[list[Any]]) -> list[tuple[int, Any, Any]]:
    """Of each list that isn't empty how long it is, its first element and its last."""
    if not isinstance(lists, Lists):
        return [(len(own), own[0], own[-1]) for own in lists if own]
    rows = np.flatnonzero(lists.lengths)
    starts, lengths = lists.starts[rows], lists.lengths[rows]
    ends = lists.flat.of(starts), lists.flat.of(starts + lengths - 1)
    return list(zip(lengths.tolist(), *ends, strict=True))


def elements_of(cells: Sequence[Any]) -> Iterable[Any]:
    """The elements of lists, one after another."""
    return cells.elements() if isinstance(cells, Lists) else chain.from_iterable(cells)


def numbers_of(cells: Sequence[Any], rows: Rows | slice) -> NDArray[np.float64]:
    """The cells of these rows as numbers, NaN where one is missing."""
    if isinstance(cells, Stored):
        return cells.numbers(rows)
    return np.array(cells[rows] if isinstance(rows, slice) else [cells[row] for row in rows.tolist()], np.float64)


def all_numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    """The same of all cells, in a new array, as ``empty`` makes it."""
    found = empty(len(cells), np.float64)
    for start in range(0, len(cells), BLOCK):
        found[start : start + BLOCK] = numbers_of(cells, slice(start, start + BLOCK))
    return found


def types_of(cells: Iterable[Any]) -> set[type]:
    """The types of cells, with that of None where some are missing."""
    return cells.types if isinstance(cells, Stored) else set[type](map(type, cells))


def blocks_of(cells: Sequence[Any]) -> Iterator[list[Any]]:
    """Cells, stored ones or a list, some at a time."""
    yield from cells.blocks() if isinstance(cells, Stored) else [list(cells)]


def cells_of(cells: Sequence[Any], rows: Rows) -> list[Any]:
    """The cells of these rows, in any order, as a list."""
    return cells.of(rows) if isinstance(cells, Stored) else [cells[row] for row in rows.tolist()]


def chosen(cells: Sequence[Any], rows: Rows | Sequence[int]) -> Any:
    """The cells of these rows: a list, or of a stored column one of its kind."""
    if isinstance(cells, Stored):
        return cells.select(np.asarray(rows, np.int64))
    return [cells[row] for row in (rows.tolist() if isinstance(rows, np.ndarray) else rows)]


def filled_rows(cells: Sequence[Any]) -> Rows:
    """The rows whose cells aren't missing."""
    if not isinstance(cells, Stored):
        return np.array([row for row, cell in enumerate(cells) if cell is not None], np.int64)
    if NoneType not in cells.types:
        return arange(len(cells))
    found = Growing(np.int64)
    for start, block in cells.numbered_blocks():
        found.add([row for row, cell in enumerate(block, start) if cell is not None])
    return found.array()


def rows_but(length: int, others: Iterable[int]) -> Rows:
    """All rows but some."""
    stay = empty(length, np.bool_)
    stay[:] = True
    stay[np.fromiter(others, np.int64)] = False
    return rows_where(stay)


# -- what is the same -------------------------------------------------------------------------


class Counts(Mapping[Any, int]):
    """How often each different cell of a column comes, in the order in which they come first: what a Counter says."""

    def __init__(self, cells: Stored, often: Array):
        self.cells, self.often = cells, often

    @classmethod
    def of(cls, cells: Stored, times: Array | None = None) -> Counts:
        """As ``counted`` does it."""
        firsts, often = distinct(keys_in(cells.blocks(), len(cells), cells.types), times)
        return cls(cells.select(firsts), often)

    def __len__(self) -> int:
        return len(self.often)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cells)

    def __getitem__(self, cell: Any) -> int:
        return next((count for value, count in self.counted() if value == cell), 0)

    def counted(self) -> Iterator[tuple[Any, int]]:
        return zip(self.cells, each_number(self.often), strict=True)

    def at_least(self, least: int) -> Iterator[tuple[Any, int]]:
        """Those that come so often."""
        for start in range(0, len(self), BLOCK):
            rows = start + np.flatnonzero(self.often[start : start + BLOCK] >= least)
            yield from zip(self.cells.of(rows), self.often[rows].tolist(), strict=True)

    def total(self) -> int:
        return int(self.often.sum(dtype=np.int64))

    def most_common(self, count: int) -> list[tuple[Any, int]]:
        rows = np.zeros(0, np.int64)
        for start in range(0, len(self), BLOCK):
            rows = np.r_[rows, np.arange(start, min(len(self), start + BLOCK))]
            rows = rows[np.argsort(-self.often[rows], kind="stable")][:count]
        return list(zip(self.cells.of(rows), self.often[rows].tolist(), strict=True))


def counted(cells: Sequence[Any], times: Array | None = None) -> Counter[Any] | Counts:
    """How often each different cell comes, none of which is missing; each counts so many times, where that is said."""
    if isinstance(cells, Stored):
        return Counts.of(cells, times)
    if times is None:
        return Counter(cells)
    found = Counter[Any]()
    for cell, count in zip(cells, each_number(times), strict=True):
        found[cell] += count
    return found


def at_least(counts: Mapping[Any, int], least: int) -> Iterator[tuple[Any, int]]:
    """What comes so often, and how often it does."""
    if isinstance(counts, Counts):
        return counts.at_least(least)
    return ((cell, count) for cell, count in counts.items() if count >= least)


def keys_in(blocks: Iterable[Sequence[Any]], length: int, types: set[type]) -> Rows:
    """Of each cell a number, equal where cells are: of numbers the bits of a float64, else a hash, which is that
    of another text by a chance of one in 10^19."""
    keys, start = empty(length, np.int64), 0
    for block in blocks:
        stop = start + len(block)
        if types <= {int, float, bool, NoneType}:
            keys[start:stop] = (np.array(block, np.float64) + 0.0).view(np.int64)  # of two zeros, one
        else:
            found = set(map(type, block))
            keys[start:stop] = block if found == {int} else list(map(hash if found == {str} else key_of, block))
        start = stop
    return keys


def key_of(cell: Any) -> int:
    """A number that is the same for cells that are equal, where not all are numbers."""
    return cell if isinstance(cell, int) else hash(cell if isinstance(cell, str) else repr(cell))


@dataclass(frozen=True)
class Grouped:
    """The rows of each different key, in their order.

    order:  all rows, those of one key side by side
    starts, lengths: where among these each key's rows begin, and how many it has
    """

    order: Rows
    starts: Rows
    lengths: Rows

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Rows]:
        bounds = zip(self.starts.tolist(), self.lengths.tolist(), strict=True)
        return (self.order[start : start + length] for start, length in bounds)

    @property
    def first_rows(self) -> Rows:
        """The first row of each key."""
        return taken(self.order, self.starts)

    def blocks(self) -> Iterator[tuple[Rows, Rows]]:
        """All rows, some at a time, and for each the number of its key."""
        for start in range(0, len(self.order), BLOCK):
            own = self.order[start : start + BLOCK]
            yield own, np.searchsorted(self.starts, np.arange(start, start + len(own)), side="right") - 1

    @property
    def in_order(self) -> bool:
        """Whether the rows stand so already."""
        blocks = range(0, len(self.order), BLOCK)
        return all(np.array_equal(own := self.order[i : i + BLOCK], np.arange(i, i + len(own))) for i in blocks)

    def lists(self, cells: Sequence[Any]) -> Sequence[list[Any]]:
        """Of each key the cells of its rows."""
        if not isinstance(cells, Stored):
            return [[cells[row] for row in own.tolist()] for own in self]
        return Lists(cells if self.in_order else cells.select(self.order), self.starts, self.lengths)

    def firsts(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Of each key the cell of its first row."""
        return chosen(cells, self.first_rows)


TOGETHER = 1 << 20
"""Keys that are sorted at once, about."""


def alike(keys: Rows) -> Iterator[Grouped]:
    """The rows of each different key, in order of these; of some keys at a time."""
    parts = min(256, 1 + len(keys) // TOGETHER)
    part_of = empty(len(keys), np.uint8)  # equal for equal keys; of numbers the first bits differ, of hashes all
    for start in range(0, len(keys), BLOCK):
        some = keys[start : start + BLOCK]
        part_of[start : start + BLOCK] = ((some ^ some >> 16 ^ some >> 32 ^ some >> 48) & 255) % parts
    for part in range(parts):
        rows = rows_where(part_of, part) if parts > 1 else arange(len(keys))
        if len(rows) <= 2 * TOGETHER:
            yield sorted_at_once(keys, rows)
        else:  # as many come again, few differ
            blocks = (keys[rows[start : start + TOGETHER]] for start in range(0, len(rows), TOGETHER))
            yield sorted_by(keys, reduce(np.union1d, blocks), rows)


def sorted_at_once(keys: Rows, rows: Rows) -> Grouped:
    """Some rows by their keys, in memory."""
    order = rows[np.argsort(keys[rows], kind="stable")]
    own = keys[order]
    starts = np.flatnonzero(np.r_[np.ones(min(1, len(own)), np.bool_), own[1:] != own[:-1]])
    return Grouped(order, starts, np.diff(np.r_[starts, len(order)]))


def sorted_by(keys: Array, known: Rows, rows: Rows | None = None) -> Grouped:
    """All rows, or some, by their keys: a counting sort, some rows at a time.

    known: the different keys, in order
    """
    count = len(keys) if rows is None else len(rows)

    def blocks() -> Iterator[tuple[Rows, Rows]]:
        """Some rows, and the place of each one's key among those that are known."""
        for start in range(0, count, BLOCK):
            own = np.arange(start, min(count, start + BLOCK)) if rows is None else rows[start : start + BLOCK]
            yield own, np.searchsorted(known, keys[own])

    lengths = empty(len(known), np.int64)
    lengths[:] = 0
    for _, places in blocks():
        groups, counts = np.unique(places, return_counts=True)
        lengths[groups] += counts
    starts, order = empty(len(known), np.int64), empty(count, np.int64)
    starts[:1] = 0
    np.cumsum(lengths[:-1], out=starts[1:])
    free = copied(starts)
    for own, places in blocks():
        turns = np.argsort(places, kind="stable")
        groups, begins, counts = np.unique(places[turns], return_index=True, return_counts=True)
        order[np.repeat(free[groups] - begins, counts) + np.arange(len(own))] = own[turns]
        free[groups] += counts
    return Grouped(order, starts, lengths)


def distinct(keys: Rows, times: Array | None = None) -> tuple[Rows, Array]:
    """The first row of each different key, in order, and how many rows have it; where each row counts so many times,
    how many times in all."""
    often = empty(len(keys), np.int32 if times is None else times.dtype)
    often[:] = -1  # but at each first row
    for some in alike(keys):
        often[some.first_rows] = some.lengths if times is None else np.add.reduceat(times[some.order], some.starts)
    firsts, counts = Growing(np.int64), Growing(often.dtype)
    for start in range(0, len(keys), BLOCK):
        rows = np.flatnonzero(often[start : start + BLOCK] >= 0)
        firsts.add(start + rows)
        counts.add(often[start + rows])
    return firsts.array(), counts.array()


def first_rows(keys: Rows) -> Rows:
    """Of each row the first one with its key."""
    found = empty(len(keys), np.int64)
    for some in alike(keys):
        firsts = some.first_rows
        for rows, numbers in some.blocks():
            found[rows] = firsts[numbers]
    return found


def different(firsts: Rows) -> Rows:
    """Of ``first_rows`` those that are different, in order."""
    found = Growing(np.int64)
    for start in range(0, len(firsts), BLOCK):
        own = firsts[start : start + BLOCK]
        found.add(start + np.flatnonzero(own == np.arange(start, start + len(own))))
    return found.array()


def grouped(keys: Rows) -> Grouped:
    """The rows of each different key; the keys in the order in which they come first."""
    firsts = first_rows(keys)
    return sorted_by(firsts, different(firsts))


# -- writing ----------------------------------------------------------------------------------


class Writer:
    """A column that is written, some cells at a time: as numbers of different cells for as long as these are few, then
    as texts or numbers, where all are such. Cells of any other type stay in memory."""

    def __init__(self) -> None:
        self.way: Way = AsCodes()

    def add(self, cells: Sequence[Any]) -> None:
        if self.way.add(cells):
            return
        before = self.way.written()
        for way in (AsTexts(), AsNumbers(), Kept()):
            if all(map(way.add, blocks_of(before))) and way.add(cells):
                self.way = way
                return

    def add_each(self, cells: Iterable[Any]) -> None:
        """The same with any number of cells."""
        cells = iter(cells)
        while block := list(islice(cells, BLOCK)):
            self.add(block)

    def written(self) -> Sequence[Any]:
        """All that was added."""
        return self.way.written()


def written(cells: Iterable[Any], like: Sequence[Any]) -> Sequence[Any]:
    """Cells as a list; as a column in files where those are that they are like."""
    if not isinstance(like, Stored):
        return list(cells)
    writer = Writer()
    writer.add_each(cells)
    return writer.written()


class Way(Protocol):
    """How cells are written."""

    def add(self, cells: Sequence[Any]) -> bool:
        """Whether it takes these cells; else it has taken none of them."""
        ...

    def written(self) -> Sequence[Any]: ...


class AsCodes:
    def __init__(self) -> None:
        self.codes, self.code_of = Growing(np.uint8, 0), dict[tuple[type, Any], int]()

    def add(self, cells: Sequence[Any]) -> bool:
        try:
            keys: list[tuple[type, Any]] = [(type(cell), cell) for cell in cells]
            if float in map(type, cells):  # 0.0 and -0.0 are equal
                return False
            new = [key for key in dict.fromkeys(keys) if key not in self.code_of]
        except TypeError:  # lists have no hash
            return False
        if len(self.code_of) + len(new) > FEW:
            return False
        self.code_of.update(zip(new, range(len(self.code_of), FEW), strict=False))
        self.codes.add(list(map(self.code_of.__getitem__, keys)))
        return True

    def written(self) -> Stored:
        return Codes(self.codes.array(), [value for _, value in self.code_of])


class AsTexts:
    def __init__(self) -> None:
        self.signs, self.ends, self.types = Growing(np.uint8, 0), Growing(np.int64, 0), set[type]()

    def add(self, cells: Sequence[Any]) -> bool:
        types = set(map(type, cells))
        if not types <= {str, NoneType}:
            return False
        missing = cells.count(None) if NoneType in types else 0
        lines = [MISSING if cell is None else cell for cell in cells] if missing else cells
        text = LINE_END.join([*lines, ""])
        if text.count(LINE_END) != len(cells) or text.count(MISSING) != missing:
            return False
        self.types |= types
        signs = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        self.ends.add(self.signs.length + 1 + np.flatnonzero(signs == ord(LINE_END)))
        self.signs.add(signs)
        return True

    def written(self) -> Stored:
        return Texts(self.signs.array(), self.ends.array(), self.types)


class AsNumbers:
    def __init__(self) -> None:
        self.values, self.marks, self.types = Growing(np.float64, 0), Growing(np.uint8, 0), set[type]()

    def add(self, cells: Sequence[Any]) -> bool:
        types = set(map(type, cells))
        if not types <= {int, float, NoneType}:
            return False
        if int in types and any(type(cell) is int and not -EXACT <= cell <= EXACT for cell in cells):
            return False
        self.types |= types
        self.values.add(np.array(cells, np.float64))
        if types == {float}:
            self.marks.add(np.zeros(len(cells), np.uint8))
        else:
            self.marks.add([2 if cell is None else type(cell) is int for cell in cells])
        return True

    def written(self) -> Stored:
        return Numbers(self.values.array(), self.marks.array(), self.types)


class Kept:
    """In memory."""

    def __init__(self) -> None:
        self.cells: list[Any] = []

    def add(self, cells: Sequence[Any]) -> bool:
        self.cells += cells
        return True

    def written(self) -> Sequence[Any]:
        return self.cells
