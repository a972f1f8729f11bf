# pyright: strict
"""What some answers can do beyond predicting: who wants it done asks for the ability, and not for the class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from elman.answers.anomaly import Anomalies
    from elman.answers.base import AnyParts
    from elman.answers.forecast import Forecast
    from elman.answers.prediction import Prediction
    from elman.errors import ElmanError
    from elman.graph.graph import Input
    from elman.kinds.base import Before
    from elman.kinds.continued import ContinuedKind


@dataclass(frozen=True)
class Suggestion:
    """A next word (or note) and its probability."""

    word: str
    probability: float


@runtime_checkable
class Generates(Protocol):
    """Draws what it writes, one element after another, each given all before it.

    needs_input: whether it writes for an input, or goes on with what stands there
    """

    needs_input: bool

    def generate(
        self,
        parts: AnyParts,
        given: Any = None,
        *,
        start: str = "",
        length: int = 200,
        generator: np.random.Generator,
        **choice: Any,
    ) -> Any:
        """``start`` and at most ``length`` more elements; ``choice`` as ``decoding.sampling.sample`` takes it."""
        ...


@runtime_checkable
class Suggests(Protocol):
    """Says what may come next."""

    def begins(self) -> str:
        """How a person might begin what the model goes on with."""
        ...

    def suggest(self, parts: AnyParts, text: Any, *, count: int = 3) -> list[Suggestion]:
        """The ``count`` likeliest ways to go on from ``text``, likeliest first."""
        ...


@runtime_checkable
class Streams(Protocol):
    """Reads all rows as one running sequence, in which each goes on from the one before."""

    def stream(self, kind: ContinuedKind, lines: Sequence[Any]) -> NDArray[np.int64]:
        """All rows as one sequence of elements ``[T]``."""
        ...


@runtime_checkable
class AnswersAlong(Protocol):
    """Answers while a sequence is still coming in, piece by piece, each of one element or several."""

    def why_whole(self, parts: AnyParts) -> str:
        """Why this model must be given whole sequences, as far as that isn't its network's; "" where it need not be."""
        ...

    def begun(self, parts: AnyParts) -> Any:
        """A batch of what is read before the first piece of a sequence; None for nothing."""
        ...

    def next_batch(self, parts: AnyParts, given: Sequence[Any], before: Sequence[Before]) -> tuple[Any, list[Before]]:
        """One more piece of each sequence as a batch, and what its kind remembers then. Raises TaskError."""
        ...

    def memory(self, parts: AnyParts) -> tuple[Input, ...]:
        """What answers go by beside the latest scores, as states like those of the network: zeros before the first
        piece of a sequence; mostly nothing."""
        ...

    def answered(
        self, parts: AnyParts, batch: Any, scores: Any, before: Sequence[Before], memory: Mapping[str, NDArray[Any]]
    ) -> tuple[list[Prediction], dict[str, NDArray[Any]]]:
        """An answer for each sequence, by the latest piece and its scores as the network gives them; and ``memory`` as
        it is then."""
        ...


@runtime_checkable
class Forecasts(Protocol):
    """Says how series go on, with quantiles."""

    def forecasts(self, parts: AnyParts, cells: Sequence[Any]) -> list[Forecast]:
        """What comes after the end of each series."""
        ...

    def too_short(self, parts: AnyParts, cells: Sequence[Any]) -> dict[int, ElmanError]:
        """What is wrong with series that are too short to be forecast, by row from 0."""
        ...


@runtime_checkable
class FindsAnomalies(Protocol):
    """Says how unusual each step of a sequence is, and which spans stand out."""

    def labels(self, parts: AnyParts) -> list[str]:
        """What the columns of a sequence are called."""
        ...

    def anomalies(self, answers: Sequence[Prediction]) -> list[Anomalies]:
        """Predictions, by the name of their kind."""
        ...


@runtime_checkable
class GivesSets(Protocol):
    """Names a set of labels that holds the right one as often as is asked."""

    def sets(self, parts: AnyParts, answers: Sequence[Prediction], confidence: float) -> list[Prediction]:
        """Answers with their ``labels``. Raises TaskError for a confidence that isn't between 0 and 1, or for which
        there weren't enough rows."""
        ...
