# pyright: strict
"""One-to-many: one value in, a sequence out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.graph import Graph, Writer
from elman.graph.attention import MEMORY
from elman.graph.elementwise import Activation, Concat, LogSoftmax
from elman.graph.tokens import Expand
from elman.models.batch import Batch
from elman.models.network import Network, Write
from elman.models.stack import FirstState, RecurrentStack
from elman.nn.attention import Attention, DotAttention, Memory
from elman.nn.encoders import Encoder, TokenEmbedding, Words
from elman.nn.heads import ClassHead, sum_steps
from elman.nn.recurrent import State
from elman.ragged import Ragged


class OneToMany(Network):
    """A context vector starts a recurrent stack, which writes tokens until the end mark.

    encoder: batch -> ``[B, encoder.output_size]``, the one value as a vector. The context sets the initial
    state and stands beside every input. Where the encoder tells places within the value, attention looks at them with
    the state of each step (Xu et al. 2015, in the order of Luong et al. 2015), and the head sees what it found.
    feed: "back" feeds each output in as the next input (in training the true one: teacher forcing); "repeat"
    gives the context alone at each step (the repeat-vector form), so that the steps depend on each other only
    through the state.
    """

    def __init__(
        self,
        encoder: Encoder,
        tokens: int,
        *,
        end: int = 1,
        embedding_size: int = 64,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
        feed: str = "back",
    ):
        super().__init__()
        self.encoder, self.end, self.feed = encoder, end, feed
        self.embedding = TokenEmbedding(tokens, embedding_size, dropout=dropout) if feed == "back" else None
        self.stack = RecurrentStack(
            cell,
            encoder.output_size + (embedding_size if feed == "back" else 0),
            hidden_size,
            num_layers,
            dropout=dropout,
        )
        self.start = FirstState(encoder.output_size, self.stack)
        self.attention: Attention | None = None
        if places := encoder.memory_size:
            self.attention = DotAttention(hidden_size, places, general=True, long_memory=True)
            self.combine = nn.Sequential(nn.Linear(hidden_size + places, hidden_size), nn.Tanh(), nn.Dropout(dropout))
        self.head = ClassHead(hidden_size, tokens, label_smoothing=label_smoothing)

    def read(self, inputs: Any) -> tuple[Tensor, Memory | None]:
        """The context ``[B, S]``, and the places to look at."""
        if self.attention is None:
            return self.encoder(inputs), None
        context, places = self.encoder.look(inputs)
        return context, self.attention.prepare(places)

    # -- training -----------------------------------------------------------------------------

    def forward(self, inputs: Any, targets: Ragged) -> Ragged:
        """Scores ``[N, tokens]`` of each target token, given the true ones before it."""
        context, places = self.read(inputs)
        steps, _ = self.stack(self._inputs(context, shift(targets, self.end)), self.start(context))
        return self._scores(steps, places)

    def _scores(self, steps: Ragged, places: Memory | None) -> Ragged:
        """Scores ``[N, tokens]`` from the states of steps and, with attention, from what they find."""
        if self.attention is None or places is None:
            return steps.map(self.head)
        found, _ = self.attention(steps, places)
        return steps.with_values(self.head(self.combine(torch.cat([steps.values, found.values], dim=-1))))

    def _inputs(self, context: Tensor, previous: Ragged) -> Ragged:
        beside = context[previous.sequence_ids]
        if self.embedding is None:
            return previous.with_values(beside)
        return previous.with_values(torch.cat([self.embedding(Words(previous)).values, beside], dim=-1))

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per sequence ``[B]``, summed over its tokens, and the number of tokens ``[B]``."""
        scores = self(batch.inputs, batch.targets)
        losses = self.head.loss(scores.values, batch.targets.values)
        return sum_steps(scores.with_values(losses)), scores.lengths.to(scores.device)

    def write(self) -> dict[str, Graph]:
        """``read``: the context, the places, and the first state;  ``write``: after one more token."""
        return {"read": self._write_reading(), "write": self._write_writing()}

    def _write_reading(self) -> Graph:
        g = Writer()
        if self.attention is None:
            context, memory = self.encoder.write(g), {}
        else:
            context, places = self.encoder.write_look(g)
            memory = dict(zip(MEMORY, self.attention.write_memory(g, places), strict=True))
        state = dict(zip(self.stack.rnn.spec.states, self.start.write(g, context), strict=True))
        return g.graph(summary=context, **memory, **state)

    def _write_writing(self) -> Graph:
        g, rnn = Writer(), self.stack.rnn
        state = [g.state(name, rnn.num_layers, rnn.hidden_sizes[0]) for name in rnn.spec.states]
        token, context = (
            g.input("token", "int64"),
            g.input("summary", "float32", self.encoder.output_size, form="rows"),
        )
        beside = g.add(Expand(), context, token)
        if self.embedding is not None:
            beside = g.add(Concat(), self.embedding.write_of(g, token), beside)
        steps, *after = self.stack.write_step(g, beside, state)
        features, outputs = steps, dict(zip(rnn.spec.states, after, strict=True))
        if self.attention is not None:
            memory = (
                g.input("keys", "float32", None, None, form="rows"),
                g.input("values", "float32", None, self.encoder.memory_size, form="rows"),
                g.input("lengths", "int64", form="rows"),
            )
            context, _ = self.attention.write_look(g, steps, memory)
            features = g.linear(g.add(Concat(), steps, context), self.combine[0])
            features = g.add(Activation("tanh"), features)
        outputs["scores"] = g.add(LogSoftmax(), self.head.write(g, features))
        return g.graph(**outputs)

    # -- use ----------------------------------------------------------------------------------

    def writing(self, inputs: Any) -> tuple[Write, State, None]:
        """What writes for these values, on the weights as they are now, and the state that it begins with."""
        context, places = self.read(inputs)
        advance = self.stack.stepper()

        def write(tokens: Ragged, state: State, runs: None) -> tuple[Tensor, State, None, None]:
            h, state = advance(self._inputs(context, tokens).values, state)
            return self._scores(tokens.with_values(h), places).values.log_softmax(-1), state, None, None

        return write, self.start(context), None


def shift(targets: Ragged, begin: int) -> Ragged:
    """What a decoder has seen before each target: ``begin``, then the targets but the last."""
    values = targets.values.roll(1)
    values[targets.offsets[targets.lengths > 0].to(values.device)] = begin
    return targets.with_values(values)
