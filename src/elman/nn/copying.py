# pyright: strict
"""Copying from the source: a pointer-generator over ragged memories.

    P(w) = p_gen P_vocab(w) + (1 - p_gen) sum of a_j over all j with x_j = w

See, Liu & Manning (2017), equations 8 to 11. Source and target share one vocabulary, so that what stands in the
source has an id: of subwords and characters, whatever the text is. A word that the vocabulary lacks is copied as
<unk>, and read off where the attention looked.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.nn.heads import ClassHead


@dataclass(frozen=True)
class Copied:
    """What each of ``N`` target steps could copy.

    weights: ``[N, M]`` attention over the source's steps; zero beyond its end, and everywhere in an empty source
    tokens:  ``[N, M]`` the ids that stand there
    gate:    ``[N]`` logit of p_gen: to generate, and not to copy
    """

    weights: Tensor
    tokens: Tensor
    gate: Tensor


class CopyHead(ClassHead):
    """A ``ClassHead`` whose scores are log-probabilities of the mixture of generating and copying.

    ``(features [N, input_size], Copied) -> [N, classes]``. Label smoothing acts on the mixture. Where the source is
    empty, p_gen is 1.
    """

    def forward(self, features: Tensor, copied: Copied) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        gate = copied.gate.masked_fill(~copied.weights.any(1), torch.inf)[:, None]
        generated = F.logsigmoid(gate) + self.linear(features).log_softmax(-1)
        by_token = torch.zeros_like(generated).scatter_add(1, copied.tokens, copied.weights)
        # The least positive number stands for none, so that its logarithm has a gradient, of zero.
        lowest = torch.finfo(by_token.dtype).tiny
        return torch.logaddexp(generated, F.logsigmoid(-gate) + by_token.clamp(min=lowest).log())

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """As a ``ClassHead``'s; the scores are log-probabilities already, which saves a softmax."""
        smoothing = self.label_smoothing if self.training else 0.0
        right = scores.gather(1, targets[:, None]).squeeze(1)
        return -(right if not smoothing else (1 - smoothing) * right + smoothing * scores.mean(1))


class Pointer(nn.Module):
    """What a decoder needs to copy: when to (the gate), and where the copied stretch goes on (``runs``).

    A run is the number of tokens right before a source step that are also the latest of the target: where it is high,
    the source goes on as the target did. Each length has a learned term in the attention's scores. This is what the
    selective read of Gu et al. (2016, CopyNet, equation 9) is for; but it depends on tokens alone, so that all steps
    of training are computed at once.
    """

    LONGEST = 4

    def __init__(self, features: int):
        """features: of the vector that the gate sees: state, context and input of the decoder (equation 8)"""
        super().__init__()
        self.gate = nn.Linear(features, 1)
        self.gain = nn.Parameter(torch.arange(1.0, self.LONGEST + 1))

    def no_run(self, tokens: Tensor) -> Tensor:
        """Before anything is written: zeros ``[B, M]``."""
        return torch.zeros_like(tokens)

    def runs(self, before: Tensor, previous: Tensor, tokens: Tensor) -> Tensor:
        """Lengths ``[B, M]`` after one more token was written, up to ``LONGEST``.

        before: ``[B, M]`` the lengths until then;  previous: ``[B]`` that token;  tokens: ``[B, M]`` the source
        """
        same = tokens[:, :-1] == previous[:, None]
        return F.pad(same * (1 + before[:, :-1]).clamp(max=self.LONGEST), (1, 0))[:, : tokens.shape[1]]

    def all_runs(self, previous: Tensor, tokens: Tensor) -> Tensor:
        """``runs`` after each of the tokens ``previous`` ``[B, T]``: ``[B, T, M]``."""
        found = [self.no_run(tokens)]
        for token in previous.unbind(1):
            found.append(self.runs(found[-1], token, tokens))
        return torch.stack(found[1:], 1) if len(found) > 1 else tokens.new_zeros(len(tokens), 0, tokens.shape[1])

    def bias(self, runs: Tensor) -> Tensor:
        """What runs add to the attention's scores, in their shape."""
        return F.pad(self.gain, (1, 0))[runs]


__all__ = ["Copied", "CopyHead", "Pointer"]
