"""A network that is there as graphs, as answers ask for one (``decoding.networks``): NumPy and kernels, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from elman.decoding.networks import Decoding, ReadOn, State
from elman.decoding.viterbi import Chain
from elman.errors import BundleError
from elman.graph.graph import Graph, Input, inputs_of
from elman.graph.operator import Array, values_of
from elman.sequences import Sequences

STATES = "h", "c"


class GraphNetwork:
    """Runs the graphs that a network wrote down; many threads may share it, as nothing in it changes.

    graphs: ``scores``, of a network that answers at once, with ``read_on`` where sequences may come in pieces; or
            ``read`` and ``write``, of one that writes token by token
    chain:  what a CRF adds to the scores of paths, where the network has one
    """

    def __init__(self, graphs: Mapping[str, Graph], chain: Chain | None = None):
        self.graphs, self.chain = graphs, chain

    def scores(self, batch: Any) -> Array | Sequences:
        scores = self._graph("scores")(inputs_of(batch))["scores"]
        if self.chain is not None and values_of(scores).shape[1:] != self.chain.start.shape:
            raise BundleError("its network scores other tags than its paths have; restore it from a copy")
        return scores

    def read_on(self, batch: Any, state: State | None) -> tuple[Sequences, State]:
        found = self._graph("scores")({**inputs_of(batch), **_by_name(state)})
        return found["scores"], _state_of(found)

    @cached_property
    def carried(self) -> tuple[Input, ...]:
        """What is carried from piece to piece of a sequence; none where sequences are read as a whole."""
        if "read_on" not in self.graphs:
            return ()
        return tuple(input for input in self._graph("read_on").inputs if input.form == "state")

    def advance(self, batch: Any, state: Mapping[str, Array]) -> tuple[Array | Sequences, dict[str, Array]]:
        """A piece more of each sequence: the scores of its steps, or of all that was read of it; and the state then.

        state: ``carried`` by name, each ``[layers, B, size]``; zeros before the first piece
        """
        found = self._graph("read_on")({**inputs_of(batch), **state})
        return found.pop("scores"), found

    def stepper(self) -> ReadOn:
        return self.read_on  # single steps run on packed weights anyway

    def read(self, batch: Any) -> tuple[dict[str, Any], Decoding]:
        found = self._graph("read")(inputs_of(batch))
        source = {name: value for name, value in found.items() if name not in STATES}
        tokens = source.get("tokens")
        return source, Decoding(_state_of(found), None if tokens is None else 0 * tokens)

    def write(
        self, source: dict[str, Any], tokens: Sequences, state: Decoding
    ) -> tuple[NDArray[Any], Decoding, NDArray[Any] | None]:
        given = {**source, "token": tokens, "runs": state.runs, **_by_name(state.layers)}
        found = self._graph("write")(given)
        return found["scores"].values, Decoding(_state_of(found), found.get("runs")), found.get("attended")

    def _graph(self, name: str) -> Graph:
        if name not in self.graphs:
            raise BundleError(f"this network has no graph {name!r}; it has {', '.join(self.graphs)}")
        return self.graphs[name]


def _by_name(state: State | None) -> dict[str, Array]:
    return dict(zip(STATES, state or (), strict=False))


def _state_of(found: Mapping[str, Any]) -> State:
    return tuple(found[name] for name in STATES if name in found)
