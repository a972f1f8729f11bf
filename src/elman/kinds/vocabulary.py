# pyright: strict
"""A vocabulary: tokens and their ids, built from training data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest

from elman.errors import BundleError
from elman.stored import at_least

MARKS = UNK, END = "<unk>", "</s>"


class Vocabulary:
    """Tokens by falling count. Id 0 is <unk>, for tokens that the vocabulary lacks; id 1 is the end mark, and the begin
    mark too."""

    unk_id, end_id = 0, 1

    def __init__(self, tokens: Sequence[str]):
        """Raises TypeError for tokens that aren't text."""
        "".join(tokens)
        self.tokens = list(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}

    @classmethod
    def of(cls, counts: Mapping[str, int], size: int, min_count: int = 1) -> Vocabulary:
        """The ``size`` most frequent tokens seen ``min_count`` times or more; ties in alphabetical order."""
        ranked = nsmallest(size, ((-n, token) for token, n in at_least(counts, min_count) if token not in MARKS))
        return cls([*MARKS, *(token for _, token in ranked)])

    def with_more(self, tokens: Iterable[str]) -> Vocabulary:
        """These tokens with their ids, and after them those that are new."""
        return Vocabulary([*self.tokens, *(token for token in tokens if token not in self.ids)])

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Sequence[str]) -> list[int]:
        return [self.ids.get(token, self.unk_id) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Raises BundleError for an id that isn't there: a network scores as many tokens as its vocabulary has."""
        try:
            return [self.tokens[i] for i in ids]
        except IndexError:
            raise BundleError(
                f"its network writes other tokens than the {len(self):,} of its vocabulary: the model is damaged; "
                "restore it from a copy"
            ) from None
