# pyright: strict
"""Sequences of vectors: measurements, coordinates, coefficients, one vector per step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from elman import stored
from elman.errors import ElmanError, ExportError, TaskError
from elman.graph import Input
from elman.kinds.arrays import as_array, as_arrays, wrong_with
from elman.kinds.base import Before, Kind
from elman.kinds.column import is_list, is_sequence
from elman.kinds.standardised import saved_columns
from elman.kinds.statistics import ColumnStatistics
from elman.sequences import Sequences
from elman.stored import Arrays, Growing, Stored, lists_beside

SHOWN_NUMBERS = 2
"""Of a step, at most, where a name for it is asked."""

ROUNDING = 1e-6
"""Of the training part's standard deviation: a sequence that varies less is constant."""
LEAST_SPREAD = 0.01
"""Of the same, added to a sequence's spread before its logarithm is taken, which then has an end."""

if TYPE_CHECKING:
    from elman.graph import Graph, Value
    from elman.kinds.column import Cell, Column, Profile
    from elman.settings import Settings


class VectorKind(Kind):
    """A list of steps, each a list of ``D`` numbers (or a number, which is one); its elements are vectors.

    Each column is standardised by the training part's mean and standard deviation; one that is constant there is
    left at zero. A missing number becomes the mean, and a column that is missing somewhere in the training part brings
    a mask beside it: 1 where its number is missing.
    """

    name = "vector"
    short = False
    precedence = 15
    side_by_side = True
    of_numbers = has_signals = True
    in_pieces = True

    @classmethod
    def together(cls, columns: Sequence[Sequence[Any]]) -> Any:
        """Steps of one column, or of several side by side. Raises TaskError where these aren't equally many."""
        if len(columns) == 1:
            return columns[0] if isinstance(columns[0], Stored) else list(columns[0])
        if (large := lists_beside(columns)) is not None:
            return large
        return [beside(row, cells) for row, cells in enumerate(zip(*columns, strict=True), start=1)]

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        """Lists of numbers, or of lists of them."""
        return column.profile(cls) if column.holds_lists and column.numeric else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"numbers in sequences of {profile.words:,.1f} steps"

    @classmethod
    def numbers_in(cls, cell: Cell) -> list[float | None]:
        steps = [step if is_list(step) else [step] for step in cell] if is_list(cell) else []
        return [number for step in steps for number in step if number is None or isinstance(number, int | float)]

    uses = frozenset({"centred", "scaled"})

    def __init__(self, *, centred: bool = False, scaled: bool = False):
        """centred: the mean of each sequence is subtracted from it, so that the level of a recording says nothing;
        scaled: each sequence is standardised by its own mean and spread, and has these beside it, at each step"""
        self.centred, self.scaled = centred, scaled

    def fit(self, cells: Sequence[Any]) -> None:
        self.width, self.longest, found = 0, 0, Growing(np.float64)
        for row, array in enumerate(as_arrays(cells), start=1):
            self.width = self.width or (array.shape[1] if len(array) else 0)
            self.longest = max(self.longest, len(array))
            found.add(self._checked(array, row).reshape(-1))
        if not self.width:
            raise TaskError("the sequences are all empty: there is nothing to learn from")
        steps = found.array().reshape(-1, self.width)
        missing = np.isnan(steps, out=stored.empty(steps.size, np.bool_).reshape(steps.shape))
        count = np.maximum(len(steps) - missing.sum(0), 1)
        np.copyto(steps, 0.0, where=missing)
        self.mean = steps.sum(0) / count
        apart = np.subtract(steps, self.mean, out=steps)
        np.copyto(apart, 0.0, where=missing)
        spread = np.sqrt(np.multiply(apart, apart, out=apart).sum(0) / count)
        # Rounding leaves a constant column some spread, by which nothing must be divided.
        self.scale = np.where(spread > 1e-9 * np.abs(self.mean), spread, 0.0)
        self.masked = np.flatnonzero(missing.any(0))

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        """Of each sequence that isn't made of steps of as many finite numbers as most others have."""
        widths = np.zeros(len(cells), np.int64)
        found: dict[int, ElmanError] = {}
        infinite: dict[int, str] = {}
        for row, array in enumerate(as_arrays(cells, found)):
            widths[row] = array.shape[1] if len(array) else 0
            if what := wrong_with(array, array.shape[1]):
                infinite[row] = what
        common = Counter[int](widths[widths > 0].tolist()).most_common(1)
        usual: int = getattr(self, "width", 0) or (common[0][0] if common else 0)
        wrong = infinite | {
            row: wrong_with(as_array(cells[row]), usual)
            for row in np.flatnonzero((widths > 0) & (widths != usual)).tolist()
        }
        return found | {row: TaskError(f"the sequence {what}") for row, what in sorted(wrong.items())}

    def _checked(self, array: NDArray[np.float64], row: int) -> NDArray[np.float64]:
        """The steps ``[T, width]``. Raises TaskError for another width, or an infinite number."""
        if not len(array):
            return np.zeros((0, self.width))
        if what := wrong_with(array, self.width):
            raise TaskError(f"the sequence of row {row} {what}")
        if self.centred:
            observed = ~np.isnan(array)
            array = array - np.where(observed, array, 0.0).sum(0) / np.maximum(observed.sum(0), 1)
        return array

    encodes_all = True

    def encode(self, cells: Sequence[Any]) -> Sequence[NDArray[np.float32]]:
        encoded = (self.standardised(self._checked(array, row)) for row, array in enumerate(as_arrays(cells), start=1))
        return (
            Arrays.made(encoded, np.zeros((0, self.size), np.float32)) if isinstance(cells, Stored) else list(encoded)
        )

    def why_whole(self) -> str:
        if self.scaled:
            return "each sequence is taken over its own scale (scaled)"
        return "the mean of each sequence is taken off it (centred)" if self.centred else ""

    def piece(self, given: Any) -> Any:
        """Steps; or a single one: a number, or, of several columns, its numbers."""
        if given is None or isinstance(given, int | float | np.number):
            return [given]
        several = self.width > 1 and is_steps(given) and len(given)
        return [given] if several and (given[0] is None or np.ndim(given[0]) == 0) else given

    def next_batch(self, given: Sequence[Any], before: Sequence[Before]) -> tuple[Sequences, list[Before]]:
        """All pieces at once, since each of them is small."""
        arrays = [self._checked(as_array(self.piece(piece)), row) for row, piece in enumerate(given, start=1)]
        steps = self.standardised(np.concatenate(arrays))
        return Sequences(steps, np.array([len(array) for array in arrays], np.int64)), list(before)

    def standardised(self, array: NDArray[np.float64]) -> NDArray[np.float32]:
        """Steps ``[T, width]`` as the network takes them: ``[T, size]``, with no number missing."""
        scaled = (array - self.mean) / np.where(self.scale > 0, self.scale, math.inf)
        if self.scaled:
            scaled = over_own_scale(scaled)
        mask = np.isnan(array[:, self.masked])
        return np.concatenate([np.nan_to_num(scaled, nan=0.0), mask], axis=1, dtype=np.float32)

    def before(self, graph: Graph, part: str = "") -> Graph:
        from elman.export.around import from_raw, observed

        if self.scaled:
            raise ExportError(
                "this model reads each sequence over its own scale, for which it must be there as a whole first; train "
                "one that doesn't: --set scaled=false"
            )
        if self.centred:
            raise ExportError(
                "this model subtracts the mean of each sequence, which must be there as a whole first; train one that "
                "doesn't: --set centred=false"
            )
        given = Input("input", "float32", "sequences", (self.width,)), observed(self.mean, self.scale)
        return from_raw(graph, "input", [given], self.masked.tolist())

    def before_arrays(self, examples: Sequence[NDArray[np.float32]], part: str = "") -> dict[str, Value]:
        steps = self.collate(examples)
        numbers, flags = steps.values[:, : self.width].copy(), steps.values[:, self.width :]
        numbers[:, self.masked] = np.where(flags == 1, np.nan, numbers[:, self.masked])
        return {"input": steps.with_values(numbers)}

    def element_names(self, encoded: NDArray[np.float32], steps: int) -> list[str]:
        """The standardised numbers themselves, where there are few; where the network takes fewer steps, the first of
        the steps that each of them is made of, about."""
        if 0 < steps < len(encoded):
            return [str(1 + step * -(-len(encoded) // steps)) for step in range(steps)]
        if encoded.shape[1] > SHOWN_NUMBERS:
            return super().element_names(encoded, steps)
        return [", ".join(f"{number:.1f}" for number in step) for step in encoded.tolist()]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(centred=settings.centred, scaled=settings.scaled)

    def source_columns(self) -> list[int]:
        return [*range(self.width)] * (3 if self.scaled else 1) + self.masked.tolist()

    def linear_features(self) -> ColumnStatistics:
        return ColumnStatistics()

    @classmethod
    def count(cls, cell: Cell) -> int:
        return 0 if cell is None else len(cell)

    def linear_elements(self, cells: Sequence[Any]) -> list[Any]:
        return [cell or [] for cell in cells]

    def elements_in(self, cell: Any) -> list[str]:
        steps: Sequence[Any] = cell or ()
        return [",".join(map(str, step)) if is_sequence(step) else str(step) for step in steps]

    def in_short(self, cell: Any) -> str:
        return f"{len(cell or []):,} steps"

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> list[list[str]]:
        """Vectors separated by blanks, their numbers by commas."""
        return [step.split(",") for step in text.split()]

    def steps(self, encoded: NDArray[np.float32]) -> int:
        return len(encoded)

    def sizes(self, encoded: Sequence[NDArray[np.float32]]) -> Sequence[int] | NDArray[np.int32]:
        return encoded.lengths.astype(np.int32) if isinstance(encoded, Arrays) else super().sizes(encoded)

    def collate(self, encoded: Sequence[NDArray[np.float32]]) -> Sequences:
        return Sequences.of(encoded, np.zeros((0, self.size), np.float32))

    @property
    def size(self) -> int:
        """Features of an encoded step: its numbers, where each sequence is over its own scale this too, and masks."""
        return len(self.source_columns())

    def go_on_from(self, old: Kind) -> None:
        if not isinstance(old, VectorKind) or old.width != self.width:
            raise TaskError(f"these sequences have {self.width} columns, and those that the model learned from hadn't")
        self.load_state(old.state())

    def state(self) -> dict[str, Any]:
        return {
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "masked": self.masked.tolist(),
            "centred": self.centred,
            "scaled": self.scaled,
            "longest": self.longest,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.mean, self.scale = saved_columns(state["mean"], state["scale"])
        self.masked = np.array(state["masked"], dtype=np.int64)
        self.width, self.centred, self.scaled = len(self.mean), bool(state["centred"]), bool(state["scaled"])
        self.longest = int(state.get("longest", 0))
        if self.masked.ndim != 1 or not np.isin(self.masked, np.arange(self.width)).all():
            raise ValueError(f"columns {state['masked']} of {self.width} can't be missing")


def over_own_scale(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """A sequence ``[T, D]``, NaN where a number is missing, by its own mean and standard deviation, and beside it, at
    each step, that mean and the logarithm of that deviation: ``[T, 3 D]``. What is constant is zero."""
    observed = ~np.isnan(steps)
    count = np.maximum(observed.sum(0), 1)
    mean = np.where(observed, steps, 0.0).sum(0) / count
    apart = steps - mean
    spread = np.sqrt((np.where(observed, apart, 0.0) ** 2).sum(0) / count)
    own = apart / np.where(spread > ROUNDING, spread, math.inf)
    scale = np.broadcast_to(np.concatenate([mean, np.log(spread + LEAST_SPREAD)]), (len(steps), 2 * steps.shape[1]))
    return np.concatenate([own, scale], axis=1)


def is_steps(given: object) -> TypeGuard[Sequence[Any]]:
    """Whether this is a list of steps, or one step of several numbers: a list, a tuple or an array."""
    return isinstance(given, list | tuple | np.ndarray)


def beside(row: int, cells: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Lists of equally many steps as one list of steps."""
    lists: list[Sequence[Any]] = [cell or () for cell in cells]
    if len({len(cell) for cell in lists}) > 1:
        fewest, most = min(map(len, lists)), max(map(len, lists))
        raise TaskError(f"row {row}: its columns have {fewest} and {most} steps; expected equally many")
    return list(zip(*lists, strict=True))
