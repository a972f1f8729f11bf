# pyright: strict
"""What fixed convolutions find in sequences of vectors, wherever it is: MiniRocket's features (Dempster, Schmidt & Webb
2021, "MiniRocket: A very fast (almost) deterministic transform for time series classification")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.graph import Graph, Input, Node
from elman.graph.patterns import PATTERNS, STEPS, Patterns
from elman.kinds.arrays import as_array
from elman.kinds.elsewhere import Elsewhere
from elman.kinds.statistics import VARIES, Floats, VectorFeatures
from elman.sequences import Sequences
from elman.stages import each

if TYPE_CHECKING:
    from elman.graph import Value

BIASES = 119
"""Of each pattern: 9,996 features in all."""
WIDTHS = 32
"""Of a pattern at the most, from steps side by side to those as far apart as a sequence has room for."""
GOLDEN = (np.sqrt(5) + 1) / 2
MOST_COLUMNS = 9
"""That a pattern is looked for in at once."""
APART = 1e-5
"""How far above its quantile a bias is. Where numbers repeat themselves, a pattern is found as clearly at many steps,
and rounding must not say which of them are above that."""
SIGNAL = "signal"
"""The input of a graph that has sequences as patterns are looked for in them."""


class MiniRocketFeatures(VectorFeatures, Elsewhere):
    """Of each pattern, at each of several widths, the share of steps at which it is found more clearly than a bias: a
    vector ``[9996]`` for each sequence.

    A bias is a quantile of how clearly the pattern is found in one training sequence, drawn by a fixed seed, as is in
    which columns a pattern is looked for. Columns are standardised by the training part; a missing number is its mean.
    Every other feature looks past a sequence's ends, where there are zeros; a sequence without room for the pattern
    has all of its steps looked at.

    widths ``[G]``, the steps from one to the next of a pattern; counts ``[G]``, biases at each of them; biases
    ``[84, 119]``, width after width; columns ``[G, 84, D]``, 1 where a pattern is looked for; centre and spread ``[D]``
    """

    kind = "minirocket"

    def __init__(
        self,
        name: str = "minirocket",
        description: str = "weighing how often fixed patterns are found (MiniRocket)",
    ):
        super().__init__(name, description)

    def fit(self, rows: Sequence[Any]) -> NDArray[np.float32]:
        arrays = [as_array(cell) for cell in rows]
        width = max(array.shape[1] for array in arrays)
        steps = np.concatenate([array for array in arrays if len(array)] or [np.zeros((1, width))])
        self.centre = np.nan_to_num(np.nanmean(steps, axis=0))
        self.spread = np.nan_to_num(np.nanstd(steps, axis=0))
        self.widths, self.counts = widths_for(float(np.mean([len(array) for array in arrays])))
        generator = np.random.default_rng(0)
        self.columns = columns_drawn(len(self.widths), width, generator)
        self.biases = self._biases([array for array in arrays if len(array)], generator)
        return super().fit(rows)

    def _biases(self, arrays: list[Floats], generator: np.random.Generator) -> NDArray[np.float32]:
        """Quantiles at multiples of the golden ratio, which fill the unit interval evenly however many they are."""
        shares = (np.arange(1, PATTERNS.shape[0] * BIASES + 1) * GOLDEN % 1).reshape(-1, BIASES)
        biases, first = np.zeros_like(shares), 0
        patterns = self._patterns(biases)
        for place, count in enumerate(self.counts.tolist()):
            drawn = generator.integers(len(arrays), size=len(PATTERNS)) if arrays else np.zeros(0, np.int64)
            for row in sorted(set(drawn.tolist())):
                found = patterns.found(self.standardised(arrays[row]).astype(np.float64), place)
                for pattern in np.flatnonzero(drawn == row).tolist():
                    asked = shares[pattern, first : first + count]
                    biases[pattern, first : first + count] = np.quantile(found[pattern], asked) + APART
            first += count
        return biases.astype(np.float32)

    def _patterns(self, biases: NDArray[Any]) -> Patterns:
        return Patterns(tuple(self.widths.tolist()), tuple(self.counts.tolist()), biases, self.columns)

    def standardised(self, array: Floats) -> NDArray[np.float32]:
        """With no number missing ``[T, D]``; in float32, as all programs have them."""
        scaled = (array - self.centre) / np.where(self.spread > 0, self.spread, np.inf)
        return np.nan_to_num(scaled).astype(np.float32)

    def _figures(self, rows: Sequence[Any]) -> Floats:
        figures, patterns = np.zeros((len(rows), PATTERNS.shape[0] * BIASES)), self._patterns(self.biases)
        for row, cell in enumerate(each(rows, "looking for patterns", len(rows))):
            figures[row] = patterns(self._signals([cell]))
        return figures

    def _signals(self, cells: Sequence[Any]) -> Sequences:
        none = np.zeros((0, len(self.centre)), np.float32)
        arrays = map(as_array, cells)
        return Sequences.of([self.standardised(array) if len(array) else none for array in arrays], none)

    # -- elsewhere ----------------------------------------------------------------------------

    from_raw = True

    def write(self, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Graph:
        from elman.export.around import LARGEST
        from elman.graph.elementwise import Linear, Standardise

        scale = np.where(self.scale > VARIES, self.scale * np.sqrt(self.size), LARGEST)
        standardise = Standardise(self.mean.astype(np.float32), scale.astype(np.float32))
        linear = Linear(np.ascontiguousarray(weight.T), bias)
        names = [SIGNAL, *(f"{SIGNAL}.{name}" for name in ("shares", "figures", "scores"))]
        operators = [self._patterns(self.biases.astype(np.float32)), standardise, linear]
        nodes = [Node(one, (x,), (y,)) for one, x, y in zip(operators, names[:-1], names[1:], strict=True)]
        given = Input(SIGNAL, "float32", "sequences", (len(self.centre),))
        return Graph((given,), tuple(nodes), {"scores": names[-1]})

    def given(self, cells: Sequence[Any]) -> dict[str, Value]:
        return {SIGNAL: self._signals(cells)}

    def to_make(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {SIGNAL: {"mean": self.centre.tolist(), "scale": self.spread.tolist()}}, {}

    def before(self, graph: Graph) -> Graph:
        from elman.export.around import observed, preceded

        raw = Input("input", "float32", "sequences", (len(self.centre),))
        made = Node(observed(self.centre, self.spread), (raw.name,), (f"{SIGNAL}.observed",))
        beside = any(one.name == raw.name for one in graph.inputs)  # a network reads the same numbers
        return preceded(graph, SIGNAL, [] if beside else [raw], [made])

    ARRAYS = ("widths", "counts", "biases", "columns", "centre", "spread")

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        record, arrays = super().state()
        return record, arrays | {name: getattr(self, name) for name in self.ARRAYS}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        features = super().from_state(record, arrays)
        for name in cls.ARRAYS:
            setattr(features, name, arrays[name])
        groups, columns = len(features.widths), len(features.centre)
        shapes = [getattr(features, name).shape for name in cls.ARRAYS]
        right = [
            (groups,),
            (groups,),
            (len(PATTERNS), BIASES),
            (groups, len(PATTERNS), columns),
            (columns,),
            (columns,),
        ]
        if shapes != right or features.size != len(PATTERNS) * BIASES or features.counts.sum() != BIASES:
            raise BundleError("the patterns of the saved model are damaged; train it again")
        if (features.widths < 1).any() or (features.counts < 0).any():
            raise BundleError("the patterns of the saved model have widths that can't be; train it again")
        return features


def widths_for(steps: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Widths that rise by a factor, up to what so many steps have room for, and how many biases each has."""
    most = max(1.0, (steps - 1) / (STEPS - 1))
    rising = [int(most ** (place / (WIDTHS - 1))) for place in range(WIDTHS)]
    widths = np.array(sorted(set(rising)), np.int64)
    counts = np.array([rising.count(width) for width in widths.tolist()], np.int64) * BIASES // WIDTHS
    counts[: BIASES - counts.sum()] += 1
    counts[0] += BIASES - counts.sum()
    return widths, counts


def columns_drawn(widths: int, columns: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """In which columns each pattern is looked for, at each width: few of them more often than many."""
    drawn = np.zeros((widths, len(PATTERNS), columns), np.int64)
    for pattern in drawn.reshape(-1, columns):
        count = int(2 ** generator.uniform(0, float(np.log2(min(columns, MOST_COLUMNS) + 1))))
        pattern[generator.permutation(columns)[:count]] = 1
    return drawn
