"""Choosing output sequences from a model that gives the next token's probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Step = Callable[[Tensor, Any], tuple[Tensor, Any, Tensor | None]]
"""``(tokens [M], state) -> (log-probabilities [M, V], state, attended source positions [M] or None)``"""

Reorder = Callable[[Any, Tensor], Any]
"""``(state, rows [M]) -> state`` with its sequences taken from ``rows``"""


@dataclass(frozen=True)
class Hypothesis:
    """An output sequence without its end mark, its log-probability in nats, and where each token looked."""

    ids: list[int]
    score: float
    attended: list[int] | None = None


def beam_search(
    step: Step,
    reorder: Reorder,
    state: Any,
    *,
    batch: int,
    end: int,
    beam_size: int,
    max_length: int,
    length_penalty: float = 1.0,
    device: torch.device | str = "cpu",
) -> list[Hypothesis]:
    """The best of ``beam_size`` hypotheses kept side by side, for each of ``batch`` sources.

    A finished hypothesis is scored by log-probability / length ** length_penalty (Wu et al. 2016 use a similar
    form); with ``beam_size`` 1 this is greedy search. A source is done when ``beam_size`` hypotheses have finished and
    none that goes on scores better so far than the best of them; one that never ends is cut at ``max_length`` tokens.
    ``state`` holds ``batch * beam_size`` rows, source by source. ``device`` is where ``step`` works.
    """
    rows = torch.arange(batch, device=device)[:, None] * beam_size
    scores = torch.full((batch, beam_size), -torch.inf, device=device)
    scores[:, 0] = 0.0
    tokens = torch.full((batch * beam_size,), end, device=device)
    paths = torch.zeros(batch, beam_size, 0, dtype=torch.int64, device=device)
    looked = torch.zeros(batch, beam_size, 0, dtype=torch.int64, device=device)
    best: list[Hypothesis | None] = [None] * batch
    best_value = torch.full((batch,), -torch.inf, device=device)
    finished = torch.zeros(batch, dtype=torch.int64, device=device)
    done = torch.zeros(batch, dtype=torch.bool, device=device)

    for length in range(1, max_length + 1):
        log_probs, state, attended = step(tokens, state)
        vocabulary = log_probs.shape[-1]
        totals = scores[:, :, None] + log_probs.view(batch, beam_size, vocabulary)
        top = totals.flatten(1).topk(min(2 * beam_size, beam_size * vocabulary))
        parents, chosen = top.indices // vocabulary, top.indices % vocabulary
        ends = chosen == end

        values = torch.where(ends, top.values / length**length_penalty, -torch.inf)
        values[done] = -torch.inf
        finished += ends[:, :beam_size].sum(1)
        value = values.max(1)
        for b in (value.values > best_value).nonzero().flatten().tolist():
            parent = parents[b, value.indices[b]]
            where = looked[b, parent].tolist() if attended is not None else None
            best[b] = Hypothesis(paths[b, parent].tolist(), float(top.values[b, value.indices[b]]), where)
        best_value = torch.maximum(best_value, value.values)
        alive = torch.where(ends, -torch.inf, top.values).topk(beam_size)
        scores = alive.values
        # Of a sure model nearly all that finish are unlikely: their number alone says nothing.
        done |= (finished >= beam_size) & (best_value >= scores[:, 0] / length**length_penalty)
        if bool(done.all()):
            break

        parents, chosen = parents.gather(1, alive.indices), chosen.gather(1, alive.indices)
        paths = torch.cat([_of_parents(paths, parents), chosen[:, :, None]], dim=2)
        if attended is not None:
            here = attended.view(batch, beam_size).gather(1, parents)
            looked = torch.cat([_of_parents(looked, parents), here[:, :, None]], dim=2)
        state = reorder(state, (rows + parents).flatten())
        tokens = chosen.flatten()

    return [
        found or Hypothesis(paths[b, 0].tolist(), float(scores[b, 0]), looked[b, 0].tolist() or None)
        for b, found in enumerate(best)
    ]


def _of_parents(paths: Tensor, parents: Tensor) -> Tensor:
    return paths.gather(1, parents[:, :, None].expand(-1, -1, paths.shape[2]))


def sample(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw one token per row of ``logits`` ``[M, V] -> [M]``.

    temperature: divides the logits; 0 takes the likeliest. top_k, top_p: as in ``narrowed``.
    """
    if temperature == 0:
        return logits.argmax(-1)
    logits = narrowed(logits / temperature, top_k, top_p)
    return torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(-1)


def sample_several(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw each class by itself: ``logits`` ``[M, V] ->`` bool ``[M, V]``; options as in ``sample``."""
    if temperature == 0:
        return logits > 0
    return torch.bernoulli(narrowed(logits / temperature, top_k, top_p).sigmoid(), generator=generator).bool()


def narrowed(logits: Tensor, top_k: int, top_p: float) -> Tensor:
    """The same logits ``[M, V]``, those of classes that aren't drawn from at minus infinity.

    top_k: only the k likeliest (0: all). top_p: only the smallest set of classes whose probability reaches p (Holtzman
    et al. 2020).
    """
    if top_k:
        kth = logits.topk(min(top_k, logits.shape[-1])).values[:, -1:]
        logits = logits.masked_fill(logits < kth, -torch.inf)
    if top_p < 1:
        ranked = logits.sort(descending=True)
        probabilities = ranked.values.softmax(-1)
        beyond = probabilities.cumsum(-1) - probabilities >= top_p
        beyond[..., 0] = False  # the likeliest always stays
        logits = logits.masked_fill(beyond.gather(-1, ranked.indices.argsort(-1)), -torch.inf)
    return logits
