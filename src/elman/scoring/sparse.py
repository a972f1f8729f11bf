"""What rows add to sums of which there are very many, and each row adds to few: a count for each of 20,000 labels."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Entry = tuple[int, int, float]
MOST_NUMBERS = 1 << 22
"""Up to so many numbers a matrix is all there: small ones are multiplied faster so."""


class Sparse:
    """A matrix ``[n, k]`` as its numbers that aren't 0, each by its row and column, rows in order; those of one place
    add up. It does what measuring asks of an array, with the same results."""

    __array_ufunc__ = None  # so that `array @ sparse` comes here

    def __init__(self, rows: Ints, columns: Ints, numbers: Floats, shape: tuple[int, int]):
        self.rows, self.columns, self.numbers, self.shape = rows, columns, numbers, shape

    def __len__(self) -> int:
        return self.shape[0]

    def sum(self, axis: int) -> Floats:
        """``[k]``: over all rows, which is axis 0."""
        assert axis == 0
        return self._summed(self.numbers)

    def _summed(self, numbers: Floats) -> Floats:
        """Numbers at its places, summed over rows."""
        return np.bincount(self.columns, numbers, minlength=self.shape[1]).astype(np.float64, copy=False)

    def __rmatmul__(self, left: Floats) -> Floats:
        """``[m, n] @ [n, k] -> [m, k]``"""
        sums = [self._summed(row[self.rows] * self.numbers) for row in left]
        return np.array(sums, np.float64).reshape(len(left), self.shape[1])

    def parted(self, at: int) -> tuple[Sparse, Sparse]:
        """The first ``at`` rows, and the others."""
        place, (n, k) = int(np.searchsorted(self.rows, at)), self.shape
        first = Sparse(self.rows[:place], self.columns[:place], self.numbers[:place], (at, k))
        return first, Sparse(self.rows[place:] - at, self.columns[place:], self.numbers[place:], (n - at, k))

    def less(self, other: Sparse) -> Sparse:
        """The difference of two of one shape, without the rows in which they are alike."""
        key = np.concatenate([each.rows * self.shape[1] + each.columns for each in (self, other)])
        places, inverse = np.unique(key, return_inverse=True)
        numbers = np.zeros(len(places))
        np.add.at(numbers, inverse, np.concatenate([self.numbers, -other.numbers]))
        places, numbers = places[numbers != 0], numbers[numbers != 0]
        rows, columns = np.divmod(places, self.shape[1])
        different, rows = np.unique(rows, return_inverse=True)
        return Sparse(rows, columns, numbers, (len(different), self.shape[1]))


Matrix: TypeAlias = Floats | Sparse


def matrix(entries: Iterable[Entry], shape: tuple[int, int]) -> Matrix:
    """The matrix with these numbers at (row, column), rows in order; those of one place add up."""
    if shape[0] * shape[1] > MOST_NUMBERS:
        found = np.fromiter(chain.from_iterable(entries), np.float64).reshape(-1, 3)  # one by one: few at a time
        return Sparse(found[:, 0].astype(np.int64), found[:, 1].astype(np.int64), found[:, 2], shape)
    whole = np.zeros(shape)
    for row, column, number in entries:
        whole[row, column] += number
    return whole


def parted(both: Matrix, at: int) -> tuple[Any, Any]:
    """The first ``at`` rows, and the others."""
    return both.parted(at) if isinstance(both, Sparse) else (both[:at], both[at:])


def differences(first: Any, second: Any) -> Matrix:
    """``first - second``, without the rows in which they are alike."""
    if isinstance(first, Sparse):
        return first.less(second)
    found = first - second
    return found[found.any(1)]
