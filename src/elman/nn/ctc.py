# pyright: strict
"""Connectionist temporal classification (Graves et al. 2006): a sequence out of more steps, with nobody saying which.

At each step the network says one of the tokens, or nothing: the blank. A sequence of tokens is as likely as all the
ways together in which the steps can say it, where a token that is said over several steps counts once. Here it is
learned; ``decoding/ctc.py`` reads out what a network says.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from elman.graph import Name, Writer
from elman.ragged import Ragged


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
        scores = self.forward(features).map(lambda rows: rows.log_softmax(-1))
        return F.ctc_loss(
            scores.padded(length=max(1, int(scores.lengths.max()))).transpose(0, 1),
            targets.values,
            scores.lengths,
            targets.lengths,
            blank=self.blank,
            reduction="none",
        )
