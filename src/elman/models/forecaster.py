# pyright: strict
"""Many-to-many over segments: a stretch of the past in, the whole stretch that follows out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.graph import Graph, Writer, recurrence
from elman.graph.series import AddPattern
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.encoders import Encoder, HorizonEncoder, Windows
from elman.ragged import Ragged


class Forecaster(Network):
    """Read the past segment by segment, then decode the horizon segment by segment with the same recurrence (SegRNN,
    Lin et al. 2023, "Segment recurrent neural network for long-term time series forecasting").

    What it answers with is added to a base forecast. A gate for each segment says how much of the base's pattern is
    taken back, so that its noise needn't be learned away step by step.

    encoder:  ``Windows`` of ``B`` windows -> ``Ragged [N, E]``, a vector per segment of the past
    ahead:    ``Windows`` -> ``[B, M, E]``, a vector per segment of the horizon
    head:     ``head(F)`` makes the map of a segment's state ``[n, F]`` to its scores ``[n, segment, K]``
    recurrent: segments are decoded one after another; else each in one step from the last state of the past, so that
               no error is handed on
    from_last: what it answers with is added to the last value instead, as published: all of the base's pattern is taken
               back
    """

    def __init__(
        self,
        encoder: Encoder,
        ahead: HorizonEncoder,
        head: Any,
        *,
        recurrent: bool = False,
        from_last: bool = False,
        cell: str = "gru",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.encoder, self.ahead, self.recurrent = encoder, ahead, recurrent
        self.stack = RecurrentStack(
            cell, encoder.output_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout
        )
        self.dropout = nn.Dropout(dropout)
        self.head = head(self.stack.output_size)
        self.gate = None if from_last else nn.Linear(self.stack.output_size, 1)
        if self.gate is not None:  # learning begins at the base forecast
            nn.init.zeros_(self.gate.weight)
            nn.init.zeros_(self.gate.bias)

    def forward(self, windows: Windows) -> Tensor:
        """Scores ``[B, horizon, K]``: what the base forecast lacks."""
        states = self.states(windows)
        scores = self.head(self.dropout(states))  # [B * M, segment, K]
        gates = states.new_full((len(states), 1), -1.0) if self.gate is None else self.gate(states)
        gates = gates[:, None].expand(-1, scores.shape[1], 1)
        scores, gates = (part.reshape(len(windows), -1, part.shape[-1]) for part in (scores, gates))
        horizon = windows.pattern.shape[1]
        return scores[:, :horizon] + gates[:, :horizon] * windows.pattern[..., None]

    def states(self, windows: Windows) -> Tensor:
        """``[B * M, F]``: a state for each segment of the horizon."""
        _, state = self.stack(self.encoder(windows))
        ahead = self.ahead(windows)
        batch, segments = ahead.shape[:2]
        lengths = torch.full((batch,), segments)
        if not self.recurrent:
            state = tuple(part.repeat_interleave(segments, dim=1) for part in state)
            lengths = torch.ones(batch * segments, dtype=torch.int64)
        steps, _ = self.stack.rnn.unroll(Ragged(ahead.flatten(0, 1), lengths), state)
        return steps.values

    def write(self) -> dict[str, Graph]:
        """``scores``: ``[B, horizon, K]``."""
        g = Writer()
        _, *state = self.stack.write(g, self.encoder.write(g))
        ahead = self.ahead.write(g)
        if not self.recurrent:
            state = [g.add(recurrence.ExpandState(), part, ahead) for part in state]
            ahead = g.add(recurrence.EachAlone(), ahead)
        steps, *_ = self.stack.write(g, ahead, *state)
        gates = "" if self.gate is None else g.linear(steps, self.gate)
        pattern = g.input("pattern", "float32", self.ahead.horizon, form="rows")
        scores = self.head.write(g, steps)
        return {"scores": g.graph(scores=g.add(AddPattern(self.head.steps), scores, gates, pattern))}

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per window ``[B]``, and how many values each counts for (one) ``[B]``."""
        losses = self.head.loss(self(batch.inputs), batch.targets)
        return losses, losses.new_ones(len(losses))
