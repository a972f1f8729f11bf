# pyright: strict
"""Dropout that respects sequences: one mask per sequence, or whole words at a time."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from elman.ragged import Ragged


class Embeds(Protocol):
    """An ``nn.Embedding``, or what stands for one."""

    num_embeddings: int

    def __call__(self, ids: Tensor) -> Tensor: ...


def sequence_mask(batch: int, features: int, p: float, like: Tensor) -> Tensor:
    """``[batch, features]``: zero with probability ``p``, else ``1/(1-p)``; dtype and device of ``like``."""
    keep = 1 - p
    return torch.bernoulli(like.new_full((batch, features), keep)).div_(keep or 1.0)


def sequence_dropout(values: Tensor, lengths: Tensor, p: float, training: bool = True) -> Tensor:
    """Variational dropout on ``values`` ``[N, H]``: every step of a sequence loses the same features.

    Gal & Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks" (2016).
    """
    if p == 0 or not training:
        return values
    mask = sequence_mask(lengths.shape[0], values.shape[1], p, values)
    return values * mask.repeat_interleave(lengths.to(values.device), dim=0, output_size=values.shape[0])


class SequenceDropout(nn.Module):
    """``sequence_dropout`` as a layer: Ragged ``[N, H]`` -> Ragged ``[N, H]``.

    >>> drop = elman.nn.SequenceDropout(0.5)
    >>> out = drop(elman.Ragged.from_list([torch.ones(7, 4)]))
    >>> torch.equal(out.values[0], out.values[6])           # each step loses the same features
    True
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        self.p = _probability(p)

    def forward(self, x: Ragged) -> Ragged:
        return x.with_values(sequence_dropout(x.values, x.lengths, self.p, self.training))

    def extra_repr(self) -> str:
        return f"p={self.p}"


class WordDropout(nn.Module):
    """Replace token ids by ``unk``, that of <unk>, with probability ``p``: Ragged ``[N]`` int64 -> the same.

    So the vector of <unk> is learned (Iyyer et al. 2015; Dai & Le 2015). Ids in ``keep``, such as
    the marks of begin and end, are never replaced.

    >>> drop = elman.nn.WordDropout(1.0, unk=0, keep=(2,))
    >>> drop(elman.Ragged.from_list([torch.tensor([2, 7, 5])])).values.tolist()
    [2, 0, 0]
    """

    def __init__(self, p: float, unk: int, keep: tuple[int, ...] = ()):
        super().__init__()
        self.p, self.unk, self.keep = _probability(p), unk, keep

    def forward(self, tokens: Ragged) -> Ragged:
        if self.p == 0 or not self.training:
            return tokens
        ids = tokens.values
        drop = torch.rand(ids.shape, device=ids.device) < self.p
        for kept in self.keep:
            drop &= ids != kept
        return tokens.with_values(ids.masked_fill(drop, self.unk))

    def extra_repr(self) -> str:
        return f"p={self.p}, unk={self.unk}"


class EmbeddingDropout(nn.Module):
    """An embedding that drops whole words: a word's vector is zero at each of its occurrences in the batch.

    Gal & Ghahramani (2016), section 4.2; as used by Merity et al. (2018). ``[...]`` int64 -> ``[..., E]``.

    >>> embed = elman.nn.EmbeddingDropout(torch.nn.Embedding(10, 4), 0.5)
    >>> vectors = embed(torch.tensor([3, 1, 3]))
    >>> torch.equal(vectors[0], vectors[2])                 # a word is dropped everywhere, or nowhere
    True
    """

    def __init__(self, embedding: Embeds, p: float):
        super().__init__()
        self.embedding, self.p = embedding, _probability(p)

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        if self.p == 0 or not self.training:
            return vectors
        mask = sequence_mask(self.embedding.num_embeddings, 1, self.p, vectors)
        return vectors * mask[ids]

    def extra_repr(self) -> str:
        return f"p={self.p}"


class WeightDropout(nn.Module):
    """A parametrization that drops single weights, afresh at each use (Wan et al. 2013; Merity et al. 2018).

    >>> from torch.nn.utils import parametrize
    >>> layer = elman.nn.LSTM(3, 5)
    >>> layer = parametrize.register_parametrization(layer, "weight_hh_l0", elman.nn.WeightDropout(0.5))
    >>> output, _ = layer(torch.randn(7, 2, 3))
    >>> output.shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        self.p = _probability(p)

    def forward(self, weight: Tensor) -> Tensor:
        return nn.functional.dropout(weight, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def _probability(p: float) -> float:
    if not 0 <= p <= 1:
        raise ValueError(f"a dropout probability must lie in [0, 1], got {p}")
    return float(p)
