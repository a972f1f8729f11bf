"""Text as a sequence of words, tokens, characters or subwords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from elman.fields.base import Field, text_of
from elman.fields.ngrams import NgramFeatures
from elman.fields.tokenizers import choose_level, tokenizer
from elman.fields.vocabulary import Vocabulary
from elman.nn.encoders import Ngrams, Spelling, TokenEmbedding, Words, WordEmbedding
from elman.nn.heads import ClassHead
from elman.ragged import Ragged
from elman.settings import Settings


@dataclass(frozen=True)
class EncodedText:
    """One text: token ids ``[T]``, the tokens themselves, and its n-gram features."""

    ids: Tensor
    tokens: list[str]
    ngrams: tuple[Tensor, Tensor] | None = None


class TextField(Field):
    """A string, or a list of tokens; its elements are token ids.

    As an input, words can be seen also as characters, and a text also as a bag of n-grams. As an output, each
    sequence ends with the end mark.
    """

    kind = "text"

    def __init__(
        self,
        level: str = "auto",
        *,
        lowercase: bool = False,
        vocabulary_size: int = 30_000,
        min_count: int = 1,
        characters: bool = False,
        ngrams: bool = False,
    ):
        self.level, self.lowercase = level, lowercase
        self.vocabulary_size, self.min_count = vocabulary_size, min_count
        self.characters, self.ngrams = characters, ngrams
        self.alphabet: Vocabulary | None = None
        self.features: NgramFeatures | None = None
        self._spellings: dict[str, Tensor] = {}

    @classmethod
    def from_settings(cls, settings: Settings, **changes: Any) -> TextField:
        names = ("level", "lowercase", "vocabulary_size", "min_count", "characters", "ngrams")
        return cls(**{name: getattr(settings, name) for name in names} | changes)

    # -- fitting ------------------------------------------------------------------------------

    def fit(self, cells: Sequence[Any]) -> None:
        texts = [text_of(cell) for cell in cells if not isinstance(cell, (list, tuple))]
        if self.level == "auto":
            self.level = choose_level(texts) if texts else "tokens"
        self.tokenizer = tokenizer(self.level, size=self.vocabulary_size)
        self.tokenizer.fit([self._normal(text) for text in texts])
        sequences = [self.split(cell) for cell in cells]
        folded = ([self._normal(token) for token in sequence] for sequence in sequences)
        self.vocabulary = Vocabulary.count(folded, self.vocabulary_size, self.min_count)
        if self.characters:
            self.alphabet = Vocabulary.count((token for sequence in sequences for token in sequence), 5_000, 2)
        if self.ngrams:
            self.features = NgramFeatures()
            self.features.fit([self.plain(cell) for cell in cells])

    def _normal(self, text: str) -> str:
        return text.lower() if self.lowercase else text

    # -- encoding -----------------------------------------------------------------------------

    def split(self, cell: Any) -> list[str]:
        """The tokens of a cell, in their own case."""
        return [str(token) for token in cell] if isinstance(cell, (list, tuple)) else self.tokenizer.split(text_of(cell))

    def plain(self, cell: Any) -> str:
        """The cell as one string."""
        return " ".join(map(str, cell)) if isinstance(cell, (list, tuple)) else text_of(cell)

    def encode(self, cell: Any) -> EncodedText:
        tokens = self.split(cell)
        ids = self.vocabulary.encode([self._normal(token) for token in tokens])
        ngrams = None
        if self.features is not None:
            indices, weights = self.features.encode(self.plain(cell))
            ngrams = torch.from_numpy(indices), torch.from_numpy(weights)
        return EncodedText(torch.tensor(ids, dtype=torch.int64), tokens, ngrams)

    def steps(self, encoded: EncodedText) -> int:
        return len(encoded.ids)

    def collate(self, encoded: Sequence[EncodedText]) -> Words:
        ids = Ragged.from_list([text.ids for text in encoded])
        spelling = self._spell([token for text in encoded for token in text.tokens]) if self.alphabet else None
        ngrams = None
        if self.features is not None:
            pairs = [text.ngrams for text in encoded if text.ngrams is not None]
            ngrams = Ngrams(Ragged.from_list([i for i, _ in pairs]), torch.cat([w for _, w in pairs]))
        return Words(ids, spelling, ngrams)

    def _spell(self, tokens: Sequence[str]) -> Spelling:
        """Each distinct token's characters once, and which of them every step shows."""
        distinct = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
        index = torch.tensor([distinct[token] for token in tokens], dtype=torch.int64)
        letters = [self._characters(token) for token in distinct] or [torch.zeros(0, dtype=torch.int64)]
        return Spelling(Ragged.from_list(letters), index)

    def _characters(self, token: str) -> Tensor:
        assert self.alphabet is not None
        if token not in self._spellings:
            self._spellings[token] = torch.tensor(self.alphabet.encode(token), dtype=torch.int64)
        return self._spellings[token]

    def targets(self, encoded: Sequence[EncodedText]) -> Ragged:
        """The batch as targets: every sequence with its end mark."""
        end = torch.tensor([self.vocabulary.end_id])
        return Ragged.from_list([torch.cat([text.ids, end]) for text in encoded])

    def join(self, tokens: Sequence[str]) -> str:
        """Tokens as a person would write them."""
        return self.tokenizer.join(tokens)

    # -- the two sides ------------------------------------------------------------------------

    def encoder(self, settings: Settings) -> nn.Module:
        embedding = TokenEmbedding(
            len(self.vocabulary),
            settings.embedding_size,
            dropout=settings.dropout,
            element_dropout=settings.embedding_dropout,
            unknown_rate=settings.unknown_rate,
        )
        if self.alphabet is None:
            return embedding
        return WordEmbedding(embedding, len(self.alphabet), settings.character_size, cell=settings.cell)

    def head(self, input_size: int, settings: Settings) -> nn.Module:
        return ClassHead(input_size, len(self.vocabulary), label_smoothing=settings.label_smoothing)

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "lowercase": self.lowercase,
            "tokenizer": self.tokenizer.state(),
            "tokens": self.vocabulary.tokens,
            "alphabet": self.alphabet.tokens if self.alphabet else None,
            "ngrams": self.features.state() if self.features else None,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.level, self.lowercase = state["level"], state["lowercase"]
        self.tokenizer = tokenizer(self.level, **state["tokenizer"])
        self.vocabulary = Vocabulary(state["tokens"])
        self.alphabet = Vocabulary(state["alphabet"]) if state["alphabet"] else None
        self.characters, self.ngrams = self.alphabet is not None, state["ngrams"] is not None
        if self.ngrams:
            self.features = NgramFeatures.from_state(state["ngrams"])
