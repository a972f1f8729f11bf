"""Connectionist temporal classification (Graves et al. 2006): a sequence out of more steps, with nobody saying which.

At each step the network says one of the tokens, or nothing: the blank. A sequence of tokens is as likely as all the
ways together in which the steps can say it, where a token that is said over several steps counts once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.graph import Name, Writer
from elman.ragged import Ragged

LIKELY = 16  # tokens of a step that the beam search follows up


class CTCHypothesis(NamedTuple):
    """Tokens that were hypothesis, and the logarithm of their probability."""

    ids: list[int]
    score: float


class CTCHead(nn.Module):
    """Scores of ``tokens`` at every step, of which one is the ``blank``: ``Ragged [N, input_size] -> [N, tokens]``."""

    def __init__(self, input_size: int, tokens: int, *, blank: int):
        super().__init__()
        self.linear = nn.Linear(input_size, tokens)
        self.blank = blank

    def forward(self, features: Ragged) -> Ragged:
        return features.map(self.linear)

    def write(self, g: Writer, features: Name) -> Name:
        """Its scores in a graph."""
        return g.linear(features, self.linear)

    def loss_of(self, features: Ragged, targets: Ragged) -> Tensor:
        """``[B]``: nats per sequence. ``targets`` hold no blank, and no more tokens than there are steps to say them
        (with a blank between two that are the same); otherwise the loss is infinite."""
        scores = self(features).map(lambda rows: rows.log_softmax(-1))
        return F.ctc_loss(
            scores.padded(length=max(1, int(scores.lengths.max()))).transpose(0, 1),
            targets.values,
            scores.lengths,
            targets.lengths,
            blank=self.blank,
            reduction="none",
        )

    def predict(self, scores: Ragged, beam_size: int = 1) -> list[tuple[CTCHypothesis, list[int]]]:
        """Per sequence the tokens, and the step at which each begins.

        They are those of the likeliest path where ``beam_size`` is 1, else found by prefix beam search.
        """
        answers = []
        for rows in scores.map(lambda rows: rows.log_softmax(-1)).to("cpu"):
            greedy = beam_size == 1
            hypothesis = likeliest_path(rows, self.blank) if greedy else prefix_beam_search(rows, self.blank, beam_size)
            answers.append((hypothesis, alignment(rows, hypothesis.ids, self.blank)))
        return answers


def likeliest_path(log_probs: Tensor, blank: int) -> CTCHypothesis:
    """What the likeliest token of each step ``[T, tokens]`` comes down to; the score is of this path alone."""
    best = log_probs.max(-1)
    ids = [token for token, _ in groupby(best.indices.tolist()) if token != blank]
    return CTCHypothesis(ids, float(best.values.sum()))


def prefix_beam_search(log_probs: Tensor, blank: int, beam_size: int) -> CTCHypothesis:
    """The likeliest sequence, summed over all of its paths ``[T, tokens]`` among the ``beam_size`` best beginnings.

    Graves (2012), section 7.5.3; as given by Hannun et al. (2014). For each beginning, the probabilities of the paths
    that end in a blank and of those that don't are kept apart: only after a blank can the last token come again.
    """
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    values, tokens = log_probs.topk(min(LIKELY, log_probs.shape[-1]), dim=-1)
    for row, ids in zip(values.tolist(), tokens.tolist(), strict=True):
        silent: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
        spoken: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
        for prefix, (in_blank, in_token) in beam.items():
            either = log_add(in_blank, in_token)
            for log_prob, token in zip(row, ids, strict=True):
                longer = (*prefix, token)
                if token == blank:
                    silent[prefix] = log_add(silent[prefix], either + log_prob)
                elif prefix and token == prefix[-1]:
                    spoken[prefix] = log_add(spoken[prefix], in_token + log_prob)
                    spoken[longer] = log_add(spoken[longer], in_blank + log_prob)
                else:
                    spoken[longer] = log_add(spoken[longer], either + log_prob)
        total = {prefix: log_add(silent[prefix], spoken[prefix]) for prefix in {*silent, *spoken}}
        best = sorted(total, key=lambda prefix: (-total[prefix], prefix))[:beam_size]
        beam = {prefix: (silent[prefix], spoken[prefix]) for prefix in best}
    found = max(beam, key=lambda prefix: log_add(*beam[prefix]))
    return CTCHypothesis(list(found), log_add(*beam[found]))


def alignment(log_probs: Tensor, ids: list[int], blank: int) -> list[int]:
    """The step at which each of the tokens ``ids`` begins on the likeliest of the paths that say just these.

    log_probs: ``[T, tokens]``. Viterbi's algorithm over the tokens with blanks around them: from one step to the next
    the path stays, goes on by one, or leaves a blank out between two different tokens.
    """
    states = torch.tensor([blank, *(state for token in ids for state in (token, blank))])
    skips = torch.zeros(len(states), dtype=torch.bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    scores = log_probs.new_full((len(states),), -math.inf)
    scores[0], came_from = 0.0, []  # before the first step: nothing said, as after a blank
    for row in log_probs:
        ways = torch.stack([F.pad(scores, (by, 0), value=-math.inf)[: len(states)] for by in range(3)])
        ways[2].masked_fill_(~skips, -math.inf)
        best = ways.max(0)
        scores = best.values + row[states]
        came_from.append(best.indices)
    at = len(states) - 1 if len(states) == 1 or scores[-1] >= scores[-2] else len(states) - 2
    path = []
    for back in reversed(came_from):
        path.append(at)
        at -= int(back[at])
    path.reverse()
    return [path.index(2 * n + 1) for n in range(len(ids))]


def log_add(a: float, b: float) -> float:
    """The logarithm of ``e ** a + e ** b``."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))


def steps_needed(ids: Tensor) -> int:
    """How many steps it takes at least to say these tokens ``[L]``: a blank stands between two that are the same."""
    return len(ids) + int((ids[1:] == ids[:-1]).sum())


__all__ = ["CTCHead", "CTCHypothesis", "alignment", "likeliest_path", "prefix_beam_search", "steps_needed"]
