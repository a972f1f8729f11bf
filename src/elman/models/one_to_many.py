"""One-to-many: one value in, a sequence out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from elman.graph import Graph, Writer
from elman.graph.attention import MEMORY
from elman.graph.copying import Forbid
from elman.graph.elementwise import Activation, Concat, LogSoftmax
from elman.graph.tokens import Expand
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.search import Hypothesis, beam_search, sample
from elman.models.stack import FirstState, RecurrentStack, select_rows
from elman.nn.attention import Attention, DotAttention, Memory
from elman.nn.encoders import Encoder, TokenEmbedding, Words
from elman.nn.heads import ClassHead, sum_steps
from elman.nn.recurrent import State
from elman.nn.stepper import Advance
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
        unk: int = 0,
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
        self.encoder, self.unk, self.end, self.feed = encoder, unk, end, feed
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
        state = [g.state(name, rnn.num_layers, rnn.hidden_size) for name in rnn.spec.states]
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
        # Nobody wants to read an unknown token.
        outputs["scores"] = g.add(Forbid(self.unknown), g.add(LogSoftmax(), self.head.write(g, features)))
        return g.graph(**outputs)

    # -- use ----------------------------------------------------------------------------------

    @torch.no_grad()
    def predict(
        self, inputs: Any, *, beam_size: int = 5, max_length: int = 200, length_penalty: float = 0.0
    ) -> list[Hypothesis]:
        """The likeliest sequence for each value, by beam search."""
        context, places = self.read(inputs)
        advance, batch = self.stack.stepper(), len(context)
        context, together = context.repeat_interleave(beam_size, dim=0), torch.full((batch,), beam_size)

        def step(tokens: Tensor, state: tuple[Tensor, State]) -> tuple[Tensor, tuple[Tensor, State], None]:
            scores, after = self._step(advance, tokens, *state, places, together)
            log_probs = scores.log_softmax(-1)
            log_probs[:, self.unk] = -torch.inf  # nobody wants to read it
            return log_probs, (state[0], after), None

        return beam_search(
            step,
            lambda state, rows: (state[0][rows], select_rows(state[1], rows)),
            (context, self.start(context)),
            batch=batch,
            end=self.end,
            beam_size=beam_size,
            max_length=max_length,
            length_penalty=length_penalty,
        )

    @torch.no_grad()
    def generate(
        self,
        inputs: Any,
        *,
        max_length: int = 200,
        start: Tensor | None = None,
        generator: torch.Generator | None = None,
        **choice: Any,
    ) -> list[list[int]]:
        """Draw a sequence for each value; ``choice`` as in ``search.sample``, ``start`` ``[S]`` its first tokens."""
        context, places = self.read(inputs)
        advance = self.stack.stepper()
        each = torch.ones(len(context), dtype=torch.int64)
        state, tokens = self.start(context), torch.full((len(context),), self.end)
        given = [] if start is None else start.tolist()
        written: list[Tensor] = []
        open_ = torch.ones(len(context), dtype=torch.bool)
        for t in range(max_length):
            scores, state = self._step(advance, tokens, context, state, places, each)
            scores[:, self.unk] = -torch.inf
            drawn = sample(scores, generator=generator, **choice)
            tokens = torch.full_like(drawn, given[t]) if t < len(given) else drawn
            open_ &= tokens != self.end
            if not bool(open_.any()):
                break
            written.append(tokens.masked_fill(~open_, self.end))
        rows = torch.stack(written, 1).tolist() if written else [[] for _ in range(len(context))]
        return [row[: row.index(self.end)] if self.end in row else row for row in rows]

    def _step(
        self,
        advance: Advance,
        tokens: Tensor,
        context: Tensor,
        state: State,
        places: Memory | None,
        together: Tensor,
    ) -> tuple[Tensor, State]:
        """Scores ``[M, tokens]`` after one more token for ``M`` sequences, so many ``together`` of each value."""
        each = Ragged(tokens, torch.ones(len(tokens), dtype=torch.int64))
        h, state = advance(self._inputs(context, each).values, state)
        return self._scores(Ragged(h, together), places).values, state


def shift(targets: Ragged, begin: int) -> Ragged:
    """What a decoder has seen before each target: ``begin``, then the targets but the last."""
    values = targets.values.roll(1)
    values[targets.offsets[targets.lengths > 0].to(values.device)] = begin
    return targets.with_values(values)
