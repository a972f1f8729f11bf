"""Graphs as a model keeps them: JSON, whose weights are the network's own arrays wherever they can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.decoding.viterbi import Chain
from elman.errors import BundleError
from elman.graph import Graph
from elman.runtime.network import GraphNetwork

Arrays: TypeAlias = dict[str, NDArray[Any]]
CHAIN = "start", "transitions", "end"


def to_json(network: GraphNetwork, weights: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Any], Arrays]:
    """The graphs, and the arrays that they need beside ``weights``, those of the torch network that wrote them.

    A graph's weights are views of the network's: the same memory, read in the same way, is the same weight.
    """
    names = {_place(array): name for name, array in weights.items()}
    others: Arrays = {}

    def keep(array: NDArray[Any]) -> str:
        place = _place(array)
        if place not in names:
            names[place] = f"graph.{len(others)}"
            others[names[place]] = array
        return names[place]

    record: dict[str, Any] = {"graphs": {name: graph.to_json(keep) for name, graph in network.graphs.items()}}
    if network.chain is not None:
        record["chain"] = {name: keep(np.asarray(getattr(network.chain, name))) for name in CHAIN}
    return record, others


def from_json(record: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> GraphNetwork:
    """What ``to_json`` wrote. Raises BundleError for a graph that can't run."""

    def find(name: str) -> NDArray[Any]:
        if name not in arrays:
            raise BundleError(f"its graph needs the weight {name!r}, which isn't there; restore it from a copy")
        return arrays[name]

    graphs = {name: Graph.from_json(graph, find) for name, graph in record["graphs"].items()}
    chain = record.get("chain")
    return GraphNetwork(graphs, None if chain is None else chain_of(*(find(chain[name]) for name in CHAIN)))


def chain_of(start: NDArray[Any], transitions: NDArray[Any], end: NDArray[Any]) -> Chain:
    """A chain of so many tags. Raises BundleError where its parts aren't of as many."""
    if start.ndim != 1 or end.shape != start.shape or transitions.shape != start.shape * 2:
        raise BundleError("the scores of its tags' paths don't fit each other; restore it from a copy")
    return Chain(start, transitions, end)


def _place(array: NDArray[Any]) -> tuple[Any, ...]:
    """Where an array lies in memory, and how it is read; an empty one lies nowhere."""
    pointer = array.__array_interface__["data"][0] if array.size else id(array)
    return pointer, array.shape, array.strides, array.dtype.str
