# pyright: strict
"""A torch network as answers ask for one: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from elman.decoding.networks import Decoding, ReadOn, State
from elman.decoding.viterbi import Chain
from elman.graph.writer import unwritten
from elman.models.batch import moved
from elman.models.network import Network
from elman.models.tensors import arrays_of, tensors_of
from elman.runtime import GraphNetwork
from elman.sequences import Sequences


def as_graphs(network: Network) -> GraphNetwork:
    """A network on the CPU as it is outside training, written down; its weights are the network's own memory.

    Raises ExportError for an encoder or a head, as a kind from elsewhere may bring one, that doesn't say what it is.
    """
    for side in (getattr(network, name, None) for name in ("encoder", "head")):
        if side is not None and not hasattr(side, "write"):
            raise unwritten(side)
    return GraphNetwork(network.write(), Answering(network).chain)


class Answering:
    """``Scores``, ``Tags``, ``ReadsOn`` or ``Writes`` (``decoding.networks``) of a torch network, whichever it can be.

    The network is read at each call as it is then, wherever it is, without gradients and with nothing dropped. Batches
    may hold tensors as well as arrays.
    """

    def __init__(self, network: Any):
        self.network = network

    @property
    def chain(self) -> Chain | None:
        crf = getattr(getattr(self.network, "head", None), "crf", None)
        return None if crf is None else crf.chain()

    @torch.no_grad()
    def scores(self, batch: Any) -> NDArray[Any] | Sequences:
        return arrays_of(self._network().scores(self._given(batch)))

    # -- read on ------------------------------------------------------------------------------

    def read_on(self, batch: Any, state: State | None) -> tuple[Sequences, State]:
        return self._read_on(self._network(), batch, state)

    def stepper(self) -> ReadOn:
        step = self._network().stepper()
        return lambda batch, state: self._read_on(step, batch, state)

    @torch.no_grad()
    def _read_on(self, read: Any, batch: Any, state: State | None) -> tuple[Sequences, State]:
        return arrays_of(read(self._given(batch), self._given(state)))

    # -- written ------------------------------------------------------------------------------

    @torch.no_grad()
    def read(self, batch: Any) -> tuple[Any, Decoding]:
        write, layers, runs = self._network().writing(self._given(batch))
        return write, Decoding(arrays_of(layers), arrays_of(runs))

    @torch.no_grad()
    def write(
        self, source: Any, tokens: Sequences, state: Decoding
    ) -> tuple[NDArray[Any], Decoding, NDArray[np.int64] | None]:
        log_probs, layers, runs, attended = source(*self._given((tokens, state.layers, state.runs)))
        return arrays_of(log_probs), Decoding(arrays_of(layers), arrays_of(runs)), arrays_of(attended)

    # -- between ------------------------------------------------------------------------------

    def _network(self) -> Any:
        """It, with nothing dropped."""
        return self.network.eval()

    def _given(self, values: Any) -> Any:
        """Arrays as tensors where the network is."""
        device = next(self.network.parameters()).device
        tensors = tensors_of(values)
        return tensors if device.type == "cpu" else moved(tensors, device)
