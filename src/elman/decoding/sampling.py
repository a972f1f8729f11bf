"""Sampling: sequences drawn from what a network finds likely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.cells import sigmoid
from elman.decoding.networks import Writes
from elman.decoding.probabilities import softmax
from elman.errors import ElmanError
from elman.sequences import Sequences

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.int64]


def sample(
    logits: Floats,
    *,
    generator: np.random.Generator,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Ids:
    """Draw one token per row of ``logits`` ``[M, V] -> [M]``.

    temperature: divides the logits; 0 takes the likeliest. top_k, top_p: as in ``narrowed``.
    Raises ElmanError for logits that aren't numbers.
    """
    if temperature == 0:
        return logits.argmax(-1)
    below = softmax(narrowed(logits / temperature, top_k, top_p)).cumsum(-1, dtype=np.float64)
    if not np.isfinite(below).all():
        raise ElmanError("nothing can be drawn: the model's scores aren't numbers; train it again, more slowly")
    # The first token below which there is more probability than drawn: one that has none of its own never is.
    return (below <= generator.random(len(below))[:, None] * below[:, -1:]).sum(-1)


def sample_several(
    logits: Floats,
    *,
    generator: np.random.Generator,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> NDArray[np.bool_]:
    """Draw each class by itself: ``logits`` ``[M, V] ->`` bool ``[M, V]``; options as in ``sample``."""
    if temperature == 0:
        return logits > 0
    return generator.random(logits.shape) < sigmoid(narrowed(logits / temperature, top_k, top_p))


def narrowed(logits: Floats, top_k: int, top_p: float) -> Floats:
    """The same logits ``[M, V]``, those of classes that aren't drawn from at minus infinity.

    top_k: only the k likeliest (0: all). top_p: only the smallest set of classes whose probability reaches p (Holtzman
    et al. 2020).
    """
    if top_k:
        kth = -np.partition(-logits, min(top_k, logits.shape[-1]) - 1, axis=-1)[:, min(top_k, logits.shape[-1]) - 1]
        logits = np.where(logits < kth[:, None], -np.inf, logits)
    if top_p < 1:
        order = np.argsort(-logits, axis=-1, kind="stable")
        probabilities = softmax(np.take_along_axis(logits, order, -1))
        beyond = probabilities.cumsum(-1) - probabilities >= top_p
        beyond[:, 0] = False  # the likeliest always stays
        logits = logits.copy()
        np.put_along_axis(logits, order, np.where(beyond, -np.inf, np.take_along_axis(logits, order, -1)), -1)
    return logits


def sampled(
    network: Writes,
    batch: Any,
    *,
    end: int,
    max_length: int,
    generator: np.random.Generator,
    start: Sequence[int] = (),
    never: Sequence[int] = (),
    **choice: Any,
) -> list[list[int]]:
    """Draw a sequence for each source of a batch, without its end mark, of at most ``max_length`` tokens.

    start: the first tokens of each;  never: tokens that aren't drawn;  choice: as in ``sample``
    """
    source, state = network.read(batch)
    each = np.ones(len(state), np.int64)
    written = [np.full(len(state), end)]
    goes_on = np.ones(len(state), bool)
    for t in range(max_length):
        log_probs, state, _ = network.write(source, Sequences(written[-1], each), state)
        log_probs[:, list(never)] = -np.inf
        tokens = sample(log_probs, generator=generator, **choice)
        if t < len(start):
            tokens = np.full_like(tokens, start[t])
        goes_on &= tokens != end
        if not goes_on.any():
            break
        written.append(np.where(goes_on, tokens, end))
    rows = np.stack(written[1:], 1).tolist() if written[1:] else [[] for _ in each]
    return [row[: row.index(end)] if end in row else row for row in rows]
