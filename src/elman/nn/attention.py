# pyright: strict
"""Attention over a ragged memory: where in the input to look for the next output.

A score for every pair of query and memory step, softmax over the memory's true steps, and the weighted sum of
the memory as context. What depends on the memory alone is computed once, by ``prepare``:

    memory = attention.prepare(encoded)              # once per batch
    context, weights = attention(query, memory)      # once per decoder step, or for all steps at once
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from elman.errors import ShapeError
from elman.graph import Name, Writer
from elman.graph.attention import Attend, Pad
from elman.graph.elementwise import Linear
from elman.graph.pooling import AttentionPool
from elman.graph.writer import weight
from elman.ragged import Ragged


@dataclass(frozen=True)
class Memory:
    """What an attention needs of its memory; padded to the longest of ``M`` steps.

    keys: ``[B, M, A]`` as the score wants them; values: ``[B, M, V]``; mask: ``[B, M]`` true at real steps
    """

    keys: Tensor
    values: Tensor
    mask: Tensor

    def select(self, rows: Tensor) -> Memory:
        """The memories ``rows`` ``[K]``, repeats allowed; a beam search follows its hypotheses with it."""
        return Memory(self.keys[rows], self.values[rows], self.mask[rows])


class Attention(nn.Module):
    """What all attentions share; subclasses define ``keys`` and ``scores``."""

    def prepare(self, memory: Ragged) -> Memory:
        """Project the memory ``[N, M]`` once, for any number of queries."""
        return Memory(memory.map(self.keys).padded(), memory.padded(), memory.mask())

    def forward(
        self, query: Tensor | Ragged, memory: Memory | Ragged, bias: Tensor | None = None
    ) -> tuple[Tensor | Ragged, Tensor]:
        """Look up each query in its sequence's memory.

        query:  ``[B, Q]``, one per sequence, or Ragged ``[N, Q]``, any number per sequence
        memory: of ``B`` sequences, prepared or not
        bias:   added to the scores before the softmax: ``[B, M]``, or padded ``[B, T, M]``

        Returns the contexts in the layout of the query, ``[B, V]`` or Ragged ``[N, V]``, and the weights,
        ``[B, M]`` or padded ``[B, T, M]``. Over a memory with no steps both are zero.
        """
        if isinstance(memory, Ragged):
            memory = self.prepare(memory)
        if len(query) != len(memory.mask):
            raise ShapeError(f"queries of {len(query)} sequences don't fit the memory of {len(memory.mask)}")
        if isinstance(query, Tensor):
            context, weights = self._attend(query.unsqueeze(1), memory, None if bias is None else bias.unsqueeze(1))
            return context.squeeze(1), weights.squeeze(1)
        context, weights = self._attend(query.padded(), memory, bias)
        return query.with_values(context[query.sequence_ids, query.positions]), weights

    def write_memory(self, g: Writer, memory: Name) -> tuple[Name, Name, Name]:
        """``prepare`` in a graph: keys, values and lengths of a memory."""
        values, lengths = g.add_several(2, Pad(), memory)
        keys = self.write_keys(g, memory)
        return (values if keys == memory else g.add_several(2, Pad(), keys)[0]), values, lengths

    def write_look(self, g: Writer, query: Name, memory: tuple[Name, Name, Name], bias: Name = "") -> tuple[Name, Name]:
        """The contexts of queries, and where they looked, in a graph."""
        raise NotImplementedError

    def write_keys(self, g: Writer, memory: Name) -> Name:
        """``keys`` in a graph."""
        raise NotImplementedError

    def _attend(self, queries: Tensor, memory: Memory, bias: Tensor | None) -> tuple[Tensor, Tensor]:
        """``[B, T, Q]`` -> contexts ``[B, T, V]`` and weights ``[B, T, M]``."""
        scores = self.scores(queries, memory.keys)
        weights = masked_softmax(scores if bias is None else scores + bias, memory.mask.unsqueeze(1))
        return weights @ memory.values, weights

    def keys(self, memory: Tensor) -> Tensor:
        """``[N, M]`` -> ``[N, A]``: what the score needs of each step of the memory."""
        raise NotImplementedError

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """``[B, T, Q]`` and ``[B, M, A]`` -> ``[B, T, M]``: how well each step answers each query."""
        raise NotImplementedError


class AdditiveAttention(Attention):
    """``score(s, h) = v . tanh(W s + U h)``; Bahdanau, Cho & Bengio (2015), appendix A.1.2.

    >>> attention = elman.nn.AdditiveAttention(query_size=5, memory_size=8, attention_size=6)
    >>> memory = elman.Ragged.from_list([torch.randn(7, 8), torch.randn(2, 8)])
    >>> context, weights = attention(torch.randn(2, 5), memory)         # one query per sequence
    >>> context.shape, weights.shape
    (torch.Size([2, 8]), torch.Size([2, 7]))
    """

    def __init__(self, query_size: int, memory_size: int, attention_size: int):
        super().__init__()
        self.query = nn.Linear(query_size, attention_size)
        self.memory = nn.Linear(memory_size, attention_size, bias=False)
        self.score = nn.Linear(attention_size, 1, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        return self.memory(memory)

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        pairs = torch.tanh(self.query(queries).unsqueeze(2) + keys.unsqueeze(1))  # [B, T, M, A]
        return self.score(pairs).squeeze(3)

    def write_keys(self, g: Writer, memory: Name) -> Name:
        return g.linear(memory, self.memory)

    def write_look(self, g: Writer, query: Name, memory: tuple[Name, Name, Name], bias: Name = "") -> tuple[Name, Name]:
        context, weights = g.add_several(
            2, Attend(score=weight(self.score.weight)), g.linear(query, self.query), *memory, bias
        )
        return context, weights


class DotAttention(Attention):
    """``score(s, h) = s . h``, with ``general`` ``s . W h``; Luong, Pham & Manning (2015), section 3.1.

    ``scaled`` divides by the square root of the query's size (Vaswani et al. 2017), so that the softmax
    doesn't start saturated. Without ``general`` query and memory must be of the same size.
    ``long_memory`` multiplies ``W`` with the queries instead of the memory: the same scores, with less work where a
    memory has more steps than queries look at it.

    >>> attention = elman.nn.DotAttention(query_size=5, memory_size=8, general=True)
    >>> memory = elman.Ragged.from_list([torch.randn(7, 8), torch.randn(2, 8)])
    >>> queries = elman.Ragged.from_list([torch.randn(1, 5), torch.randn(3, 5)])
    >>> context, weights = attention(queries, memory)
    >>> context.values.shape, weights.shape
    (torch.Size([4, 8]), torch.Size([2, 3, 7]))
    """

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        *,
        general: bool = False,
        scaled: bool = True,
        long_memory: bool = False,
    ):
        super().__init__()
        if not general and query_size != memory_size:
            raise ShapeError(
                f"a dot product needs query and memory of one size, got {query_size} and {memory_size}; "
                "pass general=True to project the memory"
            )
        self.memory = nn.Linear(memory_size, query_size, bias=False) if general else nn.Identity()
        self.scale = query_size**-0.5 if scaled else 1.0
        self.long_memory = long_memory and general

    def keys(self, memory: Tensor) -> Tensor:
        return memory if self.long_memory else self.memory(memory)

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        if self.long_memory:
            assert isinstance(self.memory, nn.Linear)
            queries = queries @ self.memory.weight
        return (queries * self.scale) @ keys.transpose(1, 2)

    def write_keys(self, g: Writer, memory: Name) -> Name:
        return memory if self.long_memory or isinstance(self.memory, nn.Identity) else g.linear(memory, self.memory)

    def write_look(self, g: Writer, query: Name, memory: tuple[Name, Name, Name], bias: Name = "") -> tuple[Name, Name]:
        if self.long_memory:
            assert isinstance(self.memory, nn.Linear)
            query = g.add(Linear(weight(self.memory.weight.T)), query)
        context, weights = g.add_several(2, Attend(self.scale), query, *memory, bias)
        return context, weights


class AttentionPooling(nn.Module):
    """A sequence's steps weighted by what was learned to matter: ``Ragged [N, H] -> [B, H]``.

    ``score(h) = u . tanh(W h + b)``; Yang et al. (2016), "Hierarchical Attention Networks", equations 5 to 7.
    A sequence with no steps gives zeros.

    >>> pool = elman.nn.AttentionPooling(8, 6)
    >>> pool(elman.Ragged.from_list([torch.randn(7, 8), torch.randn(0, 8)])).shape
    torch.Size([2, 8])
    """

    def __init__(self, input_size: int, attention_size: int):
        super().__init__()
        self.hidden = nn.Linear(input_size, attention_size)
        self.score = nn.Linear(attention_size, 1, bias=False)

    def weights(self, x: Ragged) -> Ragged:
        """``[N]``: how much each step counts; they sum to 1 over each sequence."""
        scores = x.map(lambda rows: self.score(torch.tanh(self.hidden(rows))).squeeze(1))
        weights = masked_softmax(scores.padded(), scores.mask())
        return scores.with_values(weights[scores.sequence_ids, scores.positions])

    def write(self, g: Writer, x: Name) -> Name:
        """The vectors in a graph."""
        return g.add(AttentionPool(weight(self.hidden.weight), weight(self.hidden.bias), weight(self.score.weight)), x)

    def forward(self, x: Ragged) -> Tensor:
        weighted = x.values * self.weights(x).values.unsqueeze(1)
        return weighted.new_zeros(len(x), weighted.shape[1]).index_add(0, x.sequence_ids, weighted)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last dimension where ``mask`` is true; zero elsewhere, and where nothing is true."""
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~mask, lowest).softmax(-1) * mask
