"""Input sides: from a batch of elements to vectors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.nn.dropout import SequenceDropout
from elman.nn.initialization import init_recurrent_
from elman.nn.recurrent import recurrent_layer
from elman.ragged import Ragged


@dataclass(frozen=True)
class Spelling:
    """The distinct words of a batch as characters, and which of them each step shows (``index`` ``[N]``)."""

    letters: Ragged
    index: Tensor


@dataclass(frozen=True)
class Ngrams:
    """Each text's n-gram features: ids as a Ragged ``[F]``, one weight for each ``[F]``."""

    ids: Ragged
    weights: Tensor


@dataclass(frozen=True)
class Words:
    """A batch of token sequences: ids ``[N]``, and where the field was asked for them, spelling and n-grams."""

    ids: Ragged
    spelling: Spelling | None = None
    ngrams: Ngrams | None = None

    def __len__(self) -> int:
        return len(self.ids)


class TokenEmbedding(nn.Module):
    """A vector per token (Bengio et al. 2003): ``Words [N] -> Ragged [N, size]``.

    ``unknown_rate`` replaces tokens by <unk> (id 0), so that its vector is learned; ``element_dropout`` zeroes
    whole elements; ``dropout`` is variational, one mask per sequence (Gal & Ghahramani 2016).
    """

    def __init__(
        self, tokens: int, size: int, *, dropout: float = 0.0, element_dropout: float = 0.0, unknown_rate: float = 0.0
    ):
        super().__init__()
        self.output_size = size
        self.unknown_rate = unknown_rate
        self.element_dropout = element_dropout
        self.embedding = nn.Embedding(tokens, size)
        nn.init.normal_(self.embedding.weight, std=size**-0.5)
        self.dropout = SequenceDropout(dropout)

    def forward(self, words: Words) -> Ragged:
        ids = words.ids.values
        if self.training and self.unknown_rate:
            ids = ids.masked_fill(torch.rand(ids.shape, device=ids.device) < self.unknown_rate, 0)
        vectors = self.embedding(ids)
        if self.training and self.element_dropout:
            keep = torch.rand(len(ids), 1, device=ids.device) >= self.element_dropout
            vectors = vectors * keep / (1 - self.element_dropout)
        return self.dropout(words.ids.with_values(vectors))


class WordEmbedding(nn.Module):
    """A word's own vector beside one made from its characters by a bidirectional RNN (Lample et al. 2016)."""

    def __init__(self, tokens: TokenEmbedding, letters: int, character_size: int, *, cell: str = "lstm"):
        super().__init__()
        self.tokens = tokens
        self.letters = nn.Embedding(letters, character_size)
        self.rnn = recurrent_layer(cell, character_size, character_size, bidirectional=True)
        init_recurrent_(self.rnn)
        self.dropout = SequenceDropout(tokens.dropout.p)
        self.output_size = tokens.output_size + 2 * character_size

    def forward(self, words: Words) -> Ragged:
        assert words.spelling is not None, "the text field must be made with characters=True"
        _, (h, *_) = self.rnn.unroll(words.spelling.letters.map(self.letters))
        spelled = torch.cat([h[0], h[1]], dim=-1)[words.spelling.index]
        known = self.tokens(words)
        return known.with_values(torch.cat([known.values, self.dropout(known.with_values(spelled)).values], dim=-1))


class WideLinear(nn.Module):
    """A linear model on n-gram features, beside the recurrence (wide and deep: Cheng et al. 2016).

    ``Words -> scores [B, outputs]``; weights start at zero, so that at first the recurrence speaks alone.
    """

    def __init__(self, features: int, outputs: int, *, dropout: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, outputs))
        self.dropout = dropout

    def forward(self, words: Words) -> Tensor:
        assert words.ngrams is not None, "the text field must be made with ngrams=True"
        ids, weights = words.ngrams.ids, F.dropout(words.ngrams.weights, self.dropout, self.training)
        return F.embedding_bag(ids.values, self.weight, ids.offsets, mode="sum", per_sample_weights=weights)


class WindowEmbedding(nn.Module):
    """The first ``window`` tokens side by side as one vector: the fixed-length reading of a text.

    ``Words -> [B, window * size]``; shorter texts are filled with zeros, longer ones cut.
    """

    def __init__(self, tokens: TokenEmbedding, window: int):
        super().__init__()
        self.tokens, self.window = tokens, window
        self.output_size = window * tokens.output_size

    def forward(self, words: Words) -> Tensor:
        vectors = self.tokens(words).padded()[:, : self.window]
        return F.pad(vectors, (0, 0, 0, self.window - vectors.shape[1])).flatten(1)


class ValueEmbedding(nn.Embedding):
    """A vector for one of ``values``: ids ``[B] -> [B, size]``."""

    def __init__(self, values: int, size: int):
        super().__init__(values, size)
        self.output_size = size


class RowEncoder(nn.Module):
    """A row of a table as one vector: standardised numbers beside an embedding for each category column.

    ``(numbers [B, M], categories [B, C]) -> [B, output_size]``
    """

    def __init__(self, numbers: int, category_sizes: list[int]):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, min(16, size)) for size in category_sizes)
        self.output_size = numbers + sum(min(16, size) for size in category_sizes)

    def forward(self, row: tuple[Tensor, Tensor]) -> Tensor:
        numbers, categories = row
        vectors = [embed(categories[:, i]) for i, embed in enumerate(self.embeddings)]
        return torch.cat([numbers, *vectors], dim=-1)
