"""How likely a network finds a sequence that is there already."""

from __future__ import annotations

from typing import Any

import numpy as np

from elman.decoding.networks import Writes
from elman.sequences import Sequences


def nats_of(network: Writes, batch: Any, targets: Sequences, *, begin: int) -> Sequences:
    """The negative log-probability of each token ``[N]`` of ``targets``, given the true ones before it.

    begin: the token that stands before the first
    """
    source, state = network.read(batch)
    nats = np.zeros(len(targets.values))
    rows = np.arange(len(targets))  # those of the sequences that go on
    for t in range(targets.lengths.max(initial=0)):
        goes_on = targets.lengths[rows] > t
        rows, state = rows[goes_on], state.select(np.flatnonzero(goes_on))
        at = targets.offsets[rows] + t
        previous = targets.values[at - 1] if t else np.full(len(rows), begin)
        counts = np.zeros(len(targets), np.int64)
        counts[rows] = 1
        log_probs, state, _ = network.write(source, Sequences(previous, counts), state)
        nats[at] = -log_probs[np.arange(len(rows)), targets.values[at]]
    return targets.with_values(nats)
