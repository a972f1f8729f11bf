# pyright: strict
"""Many-to-many with unequal lengths: an encoder reads the source, a decoder writes the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from elman.errors import TaskError
from elman.graph import Graph, Name, Writer, recurrence
from elman.graph.attention import MEMORY, Pad
from elman.graph.copying import Copy, LookedAt, RunBias, Runs
from elman.graph.elementwise import Activation, Concat, LogSoftmax
from elman.graph.tokens import Expand
from elman.graph.writer import weight
from elman.models.batch import Batch
from elman.models.network import Network, Write
from elman.models.one_to_many import shift
from elman.models.stack import FirstState, RecurrentStack
from elman.nn.attention import AdditiveAttention, Attention, DotAttention, Memory
from elman.nn.copying import Copied, CopyHead, Pointer
from elman.nn.encoders import Encoder, TokenEmbedding, Words
from elman.nn.heads import ClassHead, sum_steps
from elman.nn.recurrent import State
from elman.ragged import Ragged


@dataclass(frozen=True)
class Source:
    """What the decoder sees of the source: its states for attention, its summary ``[B, S]``, and, to copy them, its
    token ids ``[B, M]`` (-1 beyond its end)."""

    memory: Memory | None
    summary: Tensor
    tokens: Tensor | None = None


@dataclass(frozen=True)
class Written:
    """After each target step: the head's features ``[N, E]``, and what could be copied."""

    features: Ragged
    copied: Copied | None


class EncoderDecoder(Network):
    """Encode the source with a bidirectional stack; decode with a causal one that looks back by attention.

    encoder: batch -> ``Ragged [N, encoder.output_size]``
    attention: "dot" (Luong et al. 2015, general), "additive" (Bahdanau et al. 2015) or "none" (Sutskever et al.
    2014: the summary of the source is all there is). Attention is looked up with the state of the decoder's first
    layer. What it finds goes on to the layers above (Wu et al. 2016), which so see where it looked before, and to
    the output (Luong's order, all there is with one layer); in training all target steps run as one sequence.
    teacher_forcing: the share of true inputs at the end of training (scheduled sampling), with which it starts at 1.
    With ``tied``, target embedding and output share their weights (Press & Wolf 2017). ``shared`` is the source
    embedding's weight where source and target have one vocabulary; the target embedding is then the same. ``copy``
    lets the decoder copy source tokens (a pointer-generator, See et al. 2017), whose ids must be the target's.

    Raises TaskError for ``copy`` without attention, or with ``negatives``.
    """

    def __init__(
        self,
        encoder: Encoder,
        tokens: int,
        *,
        unk: int = 0,
        end: int = 1,
        embedding_size: int = 128,
        cell: str = "lstm",
        hidden_size: int = 256,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        attention: str = "dot",
        label_smoothing: float = 0.0,
        tied: bool = True,
        negatives: int = 0,
        teacher_forcing: float = 1.0,
        shared: Tensor | None = None,
        copy: bool = False,
    ):
        super().__init__()
        if copy and (attention == "none" or negatives):
            what = "a sample of the classes (negatives)" if negatives else "no attention"
            raise TaskError(f"copying doesn't go with {what}; use attention=dot and negatives=0, or copy=false")
        self.encoder, self.unk, self.end, self.teacher_forcing = encoder, unk, end, teacher_forcing
        reader_size = hidden_size // 2 if bidirectional else hidden_size
        self.reader = RecurrentStack(
            cell, encoder.output_size, reader_size, num_layers, bidirectional=bidirectional, dropout=dropout
        )
        memory_size = self.reader.output_size
        self.embedding = TokenEmbedding(tokens, embedding_size, dropout=dropout, word_dropout=word_dropout)
        if shared is not None:
            assert isinstance(self.embedding.embedding, nn.Embedding)
            self.embedding.embedding.weight = shared
        self.attention = make_attention(attention, hidden_size, memory_size)
        below = 1 if self.attention else num_layers
        self.writer = RecurrentStack(cell, embedding_size + memory_size, hidden_size, below, dropout=dropout)
        stacks = [self.writer]
        if num_layers > below:
            stacks.append(
                RecurrentStack(cell, hidden_size + memory_size, hidden_size, num_layers - below, dropout=dropout)
            )
        self.upper = stacks[1] if len(stacks) > 1 else None
        self.start = FirstState(memory_size, *stacks)
        self.combine = nn.Linear(hidden_size + (memory_size if self.attention else 0), embedding_size)
        self.dropout = nn.Dropout(dropout)
        self.pointer = Pointer(hidden_size + memory_size + embedding_size) if copy else None
        self.head = (CopyHead if copy else ClassHead)(
            embedding_size,
            tokens,
            label_smoothing=label_smoothing,
            tied=self.embedding.embedding.weight if tied else None,
            negatives=negatives,
        )
        self.forced = 1.0

    def anneal(self, done: float) -> None:
        """Teacher forcing falls linearly from 1 to ``teacher_forcing``."""
        self.forced = 1 - (1 - self.teacher_forcing) * done

    # -- reading ------------------------------------------------------------------------------

    def read(self, inputs: Any) -> Source:
        """The source as the decoder sees it."""
        steps, state = self.reader(self.encoder(inputs))
        memory = self.attention.prepare(steps) if self.attention else None
        tokens = inputs.ids.padded(-1) if self.pointer else None
        return Source(memory, self.reader.last_output(state), tokens)

    # -- writing ------------------------------------------------------------------------------

    def forward(self, inputs: Any, targets: Ragged) -> Ragged:
        """Scores ``[N, tokens]`` of each target token, given the true ones before it (teacher forcing)."""
        written = self._write(self.read(inputs), shift(targets, self.end))
        return targets.with_values(self._scores(written))

    def _write(self, source: Source, previous: Ragged) -> Written:
        """What the head sees after each of the ``previous`` tokens."""
        lower, upper = self._by_stack(self.start(source.summary))
        inputs = self._inputs(source, previous)
        steps, _ = self.writer(inputs, lower)
        bias = None
        if self.pointer and source.tokens is not None:
            bias = self.pointer.bias(self.pointer.all_runs(previous.padded(-2), source.tokens))
        context, weights = self._look(steps, source, bias)
        copied = self._copied(steps, context, inputs, weights, source)
        if self.upper is not None and context is not None:
            steps, _ = self.upper(beside(steps, context), upper)
        return Written(self._combined(steps, context), copied)

    def _scores(self, written: Written) -> Tensor:
        """The head's scores ``[N, tokens]``."""
        if written.copied is None:
            return self.head(written.features.values)
        return self.head(written.features.values, written.copied)

    def _by_stack(self, state: State) -> tuple[State, State]:
        """The state of the layers below the attention, and of those above."""
        below = self.writer.rnn.num_layers
        return tuple(part[:below] for part in state), tuple(part[below:] for part in state)

    def _inputs(self, source: Source, previous: Ragged) -> Ragged:
        words = self.embedding(Words(previous)).values
        return previous.with_values(torch.cat([words, source.summary[previous.sequence_ids]], dim=-1))

    def _look(self, steps: Ragged, source: Source, bias: Tensor | None) -> tuple[Ragged | None, Tensor | None]:
        """What attention finds in the source for each step, and where it looked."""
        if not self.attention or source.memory is None:
            return None, None
        return self.attention(steps, source.memory, bias)

    def _copied(
        self, steps: Ragged, context: Ragged | None, inputs: Ragged, weights: Tensor | None, source: Source
    ) -> Copied | None:
        """What could be copied at each step; None without a pointer."""
        if self.pointer is None or source.tokens is None or context is None or weights is None:
            return None
        seen = torch.cat([steps.values, context.values, inputs.values[:, : self.embedding.output_size]], dim=-1)
        return Copied(
            weights[steps.sequence_ids, steps.positions],
            source.tokens.clamp(min=0)[steps.sequence_ids],
            self.pointer.gate(seen).squeeze(1),
        )

    def _combined(self, steps: Ragged, context: Ragged | None) -> Ragged:
        """Luong's attentional layer, ``tanh(W [h; context])``."""
        features = steps if context is None else beside(steps, context)
        return features.map(lambda values: self.dropout(self.combine(values).tanh()))

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per sequence ``[B]``, summed over its tokens, and the number of tokens ``[B]``.

        Below full teacher forcing, a share of the inputs is what the model itself would have written there
        (scheduled sampling, Bengio et al. 2015, in the two-pass form of Mihaylova & Martins 2019).
        """
        targets: Ragged = batch.targets
        source = self.read(batch.inputs)
        previous = shift(targets, self.end)
        if self.training and self.forced < 1:
            with torch.no_grad():
                own = shift(previous.with_values(self._scores(self._write(source, previous)).argmax(-1)), self.end)
            forced = torch.rand(len(own.values), device=own.device) < self.forced
            previous = previous.with_values(torch.where(forced, previous.values, own.values))
        written = self._write(source, previous)
        if written.copied is None:
            losses = self.head.loss_of(written.features.values, targets.values)
        else:
            losses = self.head.loss(self._scores(written), targets.values)
        return sum_steps(targets.with_values(losses)), targets.lengths.to(losses.device)

    # -- as graphs ----------------------------------------------------------------------------

    def write(self) -> dict[str, Graph]:
        """``read``: what the decoder needs of the source, and its first state;  ``write``: after one more token."""
        return {"read": self._write_reading(), "write": self._write_writing()}

    @property
    def _states(self) -> tuple[str, ...]:
        return self.writer.rnn.spec.states

    def _write_reading(self) -> Graph:
        g = Writer()
        steps, h, *_ = self.reader.write(g, self.encoder.write(g))
        summary = self.reader.write_last_output(g, h)
        outputs = {"summary": summary, **dict(zip(self._states, self.start.write(g, summary), strict=True))}
        if self.attention:
            outputs |= zip(MEMORY, self.attention.write_memory(g, steps), strict=True)
        if self.pointer:
            outputs["tokens"], _ = g.add_several(2, Pad(-1), g.input("ids", "int64"))
        return g.graph(**outputs)

    def _write_writing(self) -> Graph:
        g, below = Writer(), self.writer.rnn.num_layers
        layers, hidden = below + (self.upper.rnn.num_layers if self.upper else 0), self.writer.rnn.hidden_sizes[0]
        state = [g.state(name, layers, hidden) for name in self._states]
        token, summary = g.input("token", "int64"), g.input("summary", "float32", self.reader.output_size, form="rows")
        word = self.embedding.write_of(g, token)
        first = g.add(Concat(), word, g.add(Expand(), summary, token))
        steps, *lower = self.writer.write_step(g, first, [g.add(recurrence.Layers(0, below), part) for part in state])
        outputs: dict[str, Name] = {}
        tokens = g.input("tokens", "int64", None, form="rows") if self.pointer else ""
        context = weights = bias = ""
        if self.pointer:
            before = g.input("runs", "int64", None, form="rows")
            outputs["runs"] = g.add(Runs(self.pointer.LONGEST), before, token, tokens)
            bias = g.add(RunBias(weight(self.pointer.gain)), outputs["runs"], token)
        if self.attention:
            memory = (
                g.input("keys", "float32", None, None, form="rows"),
                g.input("values", "float32", None, self.reader.output_size, form="rows"),
                g.input("lengths", "int64", form="rows"),
            )
            context, weights = self.attention.write_look(g, steps, memory, bias)
            outputs["attended"] = g.add(LookedAt(self.unk), weights, *([tokens] if tokens else []))
        seen, after = steps, lower
        if self.upper:
            above = [g.add(recurrence.Layers(below, layers), part) for part in state]
            steps, *upper = self.upper.write_step(g, g.add(Concat(), steps, context), above)
            after = [g.add(recurrence.Stack(), *parts) for parts in zip(lower, upper, strict=True)]
        features = g.add(Concat(), steps, context) if self.attention else steps
        scores = self.head.write(g, g.add(Activation("tanh"), g.linear(features, self.combine)))
        if self.pointer:
            gate = g.linear(g.add(Concat(), seen, context, word), self.pointer.gate)
            outputs["scores"] = g.add(Copy(), scores, gate, weights, tokens)
        else:
            outputs["scores"] = g.add(LogSoftmax(), scores)
        return g.graph(**outputs, **dict(zip(self._states, after, strict=True)))

    # -- use ----------------------------------------------------------------------------------

    def writing(self, inputs: Any) -> tuple[Write, State, Tensor | None]:
        """What writes for these sources, on the weights as they are now, and where it begins: the state of all layers,
        and, to copy, the ``runs`` ``[B, S]`` of what is written."""
        source = self.read(inputs)
        advance, go_up = self.writer.stepper(), self.upper.stepper() if self.upper else None

        def write(
            tokens: Ragged, layers: State, runs: Tensor | None
        ) -> tuple[Tensor, State, Tensor | None, Tensor | None]:
            lower, upper = self._by_stack(layers)
            seen = self._inputs(source, tokens)
            h, lower = advance(seen.values, lower)
            steps, bias = tokens.with_values(h), None
            if self.pointer and runs is not None and source.tokens is not None:
                runs = self.pointer.runs(runs, tokens.values, source.tokens[tokens.sequence_ids])
                bias = self.pointer.bias(tokens.with_values(runs).padded(0))
            context, weights = self._look(steps, source, bias)
            copied = self._copied(steps, context, seen, weights, source)
            if go_up and context is not None:
                h, upper = go_up(beside(steps, context).values, upper)
            scores = self._scores(Written(self._combined(steps.with_values(h), context), copied))
            layers = tuple(torch.cat(parts) for parts in zip(lower, upper, strict=True))
            looks = None if weights is None else weights[tokens.sequence_ids, tokens.positions]
            return scores.log_softmax(-1), layers, runs, looked_at(looks, copied, self.unk)

        no_run = self.pointer.no_run(source.tokens) if self.pointer and source.tokens is not None else None
        return write, self.start(source.summary), no_run


def looked_at(weights: Tensor | None, copied: Copied | None, unk: int) -> Tensor | None:
    """The source step that each of ``N`` steps would copy a token from, should it write <unk>: where it looked most.

    Where <unk> itself can be copied, the <unk> of the source that it looked at most. None without anything to look at.
    """
    if weights is None or not weights.shape[-1]:
        return None
    if copied is None:
        return weights.argmax(-1)
    real = copied.weights > 0
    return (copied.weights + (real & (copied.tokens == unk))).argmax(-1)


def beside(first: Ragged, second: Ragged) -> Ragged:
    """Features of the same steps side by side."""
    return first.with_values(torch.cat([first.values, second.values], dim=-1))


def make_attention(name: str, query_size: int, memory_size: int) -> Attention | None:
    """The attention of this name: "dot" or "additive"; None for "none"."""
    if name == "none":
        return None
    if name == "additive":
        return AdditiveAttention(query_size, memory_size, query_size // 2)
    return DotAttention(query_size, memory_size, general=True)
