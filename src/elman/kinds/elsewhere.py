# pyright: strict
"""Features of a linear model that programs without Elman make, too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from elman.graph import Graph, Value


class Elsewhere(ABC):
    """What a linear model on such features is as a graph, and what that is given."""

    from_raw: ClassVar[bool] = False
    """Whether a program can begin with the numbers as the data have them (``before``)."""

    @abstractmethod
    def write(self, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Graph:
        """The graph of the ``scores`` ``[B, k]``; weight ``[size, k]``, bias ``[k]``."""

    @abstractmethod
    def given(self, cells: Sequence[Any]) -> dict[str, Value]:
        """What that is given of cells, by the names of its inputs."""

    @abstractmethod
    def to_make(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What a program must know to make the same of cells: JSON, by the name of an input, and arrays."""

    def before(self, graph: Graph) -> Graph:
        """A graph that has the inputs of ``write``, of the numbers as the data have them: its ``input``."""
        raise TypeError("these features are made before a graph")
