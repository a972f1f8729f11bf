# pyright: strict
"""Texts as bags of word and character n-grams, weighted by TF-IDF: all that order-free models see of a text.

N-grams are identified by a 44-bit hash, so that whole batches of texts are counted with array operations and no
dictionary of strings; among 300,000 n-grams two share a hash with a probability of 0.3 %.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError, TaskError
from elman.graph import Graph, Input, Node
from elman.kinds.elsewhere import Elsewhere
from elman.sequences import Sequences
from elman.stages import each

if TYPE_CHECKING:
    from elman.graph import Value

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

HASH_BITS = 44
BATCH_TEXTS = 1 << (64 - HASH_BITS)  # a sort key is the text's number in the batch, then the hash
BATCH_CHARACTERS = 1 << 17  # about 100 bytes of working memory for each

BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
BASE_INVERSE = np.uint64(pow(int(BASE), -1, 1 << 64))


@dataclass(frozen=True)
class Bags:
    """The features of ``B`` texts: a sparse matrix by rows, as `torch.nn.functional.embedding_bag` takes it.

    ids:     ``[N]`` int32, feature after feature, text after text; none twice in a text
    offsets: ``[B + 1]`` int64; text ``b`` has the features ``offsets[b]`` to ``offsets[b + 1]``
    weights: ``[N]`` float32
    size:    how many features there are, used or not
    """

    ids: NDArray[np.int32]
    offsets: Ints
    weights: NDArray[np.float32]
    size: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def parted(self, rows: int) -> tuple[Bags, Bags]:
        """The first so many texts, and the others."""
        end = self.offsets[rows]
        first = Bags(self.ids[:end], self.offsets[: rows + 1], self.weights[:end], self.size)
        return first, Bags(self.ids[end:], self.offsets[rows:] - end, self.weights[end:], self.size)

    def __matmul__(self, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """``[B, size] @ [size, k] -> [B, k]``: of each text, the weighted sum of its features' rows."""
        rows = pairwise(self.offsets.tolist())
        sums = [self.weights[start:end].dot(dense.take(self.ids[start:end], axis=0)) for start, end in rows]
        return np.array(sums, np.float32).reshape(len(self), dense.shape[1])


def stacked(parts: Iterable[Bags], size: int, most: int) -> Bags:
    """The rows of one after those of another, of the same ``size`` features: ``most`` in all of them, at most.

    Room for as many takes memory as far as it is filled.
    """
    ids, weights, offsets, end = np.empty(most, np.int32), np.empty(most, np.float32), [np.zeros(1, np.int64)], 0
    for bags in parts:
        place = slice(end, end + len(bags.ids))
        ids[place], weights[place] = bags.ids, bags.weights
        offsets.append(end + bags.offsets[1:])
        end = place.stop
    return Bags(ids[:end], np.concatenate(offsets), weights[:end], size)


# -- hashing ----------------------------------------------------------------------------------------------


def _mix(x: Hashes) -> Hashes:
    """Spread every bit over all others (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class _Batch:
    """Some texts as one array of characters, in lower case, each word between single blanks."""

    def __init__(self, texts: Sequence[str]):
        joined = "\n".join(f" {' '.join(text.lower().split())} " for text in texts)
        self.codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        ends = self.codes == ord("\n")
        self.blank = ends | (self.codes == ord(" "))
        self.text = np.cumsum(ends)
        self.size = len(texts)
        # Any stretch's polynomial hash is a difference of two sums, shifted back to the power of 0.
        powers = np.multiply.accumulate(np.full(len(self.codes), BASE))
        characters = _mix(self.codes + np.uint64(1))  # NUL must count too, and 0 mixes to 0
        self.sums = np.concatenate([[np.uint64(0)], np.cumsum(characters * powers)])
        self.shift_back = np.multiply.accumulate(np.full(len(self.codes), BASE_INVERSE))

    def _hash(self, starts: Ints, ends: Ints) -> Hashes:
        return _mix((self.sums[ends] - self.sums[starts]) * self.shift_back[starts])

    def characters(self, lowest: int, highest: int) -> Iterator[tuple[Ints, Hashes]]:
        """(text, hash) of all n-grams of characters that have a blank at most as first or last character."""
        blanks = np.concatenate([[0], np.cumsum(self.blank)])
        for n in range(lowest, highest + 1):
            starts = np.arange(len(self.codes) - n + 1)
            within = blanks[starts + max(n - 1, 1)] - blanks[starts + 1]
            starts = starts[(within == 0) & (blanks[starts + n] - blanks[starts] < n)]
            yield self.text[starts], self._hash(starts, starts + n)

    def words(self, lowest: int, highest: int) -> Iterator[tuple[Ints, Hashes]]:
        """(text, hash) of all n-grams of words; a sign that belongs to no word is a word of its own."""
        distinct, inverse = np.unique(self.codes, return_inverse=True)
        is_letter = np.array([unicodedata.category(chr(c))[0] in "LMN" for c in distinct], bool)
        letter = is_letter[inverse]
        sign = ~letter & ~self.blank
        after, before = np.append(letter[1:], False), np.append(False, letter[:-1])
        starts, last = np.flatnonzero(sign | (letter & ~before)), np.flatnonzero(sign | (letter & ~after))
        text, single = self.text[starts], self._hash(starts, last + 1)
        ngram = single
        for n in range(1, highest + 1):
            if n > 1:
                ngram = _mix(ngram[:-1] * BASE + single[n - 1 :])  # of one word fewer, and the word after it
            inside = text[: len(ngram)] == text[n - 1 :]
            if n >= lowest:
                yield text[: len(ngram)][inside], ngram[inside]


class _Counts(NamedTuple):
    """How often each of some texts has each n-gram: texts in order, and in each the hashes in order."""

    lengths: Ints  # [B] distinct n-grams of each text
    hashes: Ints  # [N]
    counts: NDArray[np.unsignedinteger]  # [N], in as few bits as they take


def _count(ngrams: Iterator[tuple[Ints, Hashes]], texts: int) -> _Counts:
    bits = np.uint64(HASH_BITS)
    keys = [(t.astype(np.uint64) << bits) | (h >> np.uint64(64 - HASH_BITS)) for t, h in ngrams]
    key = np.sort(np.concatenate(keys))
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])[: len(key)])
    counts = np.diff(np.append(first, len(key)))
    counts = counts.astype(np.min_scalar_type(counts.max(initial=0)))
    text, hashes = key[first] >> bits, key[first] & np.uint64((1 << HASH_BITS) - 1)
    return _Counts(np.bincount(text.astype(np.int64), minlength=texts), hashes.astype(np.int64), counts)


def _batches(texts: Sequence[str]) -> Iterator[_Batch]:
    first, characters = 0, 0
    for i, text in enumerate(texts):
        if i > first and (characters + len(text) > BATCH_CHARACTERS or i - first == BATCH_TEXTS):
            yield _Batch(texts[first:i])
            first, characters = i, 0
        characters += len(text)
    yield _Batch(texts[first:])


# -- features ---------------------------------------------------------------------------------------------


class Places:
    """Where hashes stand among others that are in order, as ``np.searchsorted`` says it, in a sixth of the time: hashes
    are spread evenly, so that of about as many equal stretches of numbers each begins near where its hashes stand."""

    def __init__(self, hashes: Ints):
        bits = max(1, len(hashes)).bit_length()
        self.shift = HASH_BITS - bits
        self.begins = np.searchsorted(hashes, np.arange(1 << bits, dtype=np.int64) << self.shift)
        self.hashes = np.append(hashes, np.iinfo(np.int64).max)  # beyond all

    def __call__(self, wanted: Ints) -> Ints:
        places = self.begins[wanted >> self.shift]
        before = np.flatnonzero(self.hashes[places] < wanted)
        while len(before):
            places[before] += 1
            before = before[self.hashes[places[before]] < wanted[before]]
        return places


class _Family:
    """The kept n-grams of one kind, words or characters: ``hashes`` in order and the ``idf`` of each."""

    def __init__(self, kind: str, orders: tuple[int, int]):
        self.kind, self.orders = kind, orders
        self.keep(np.zeros(0, np.int64), np.zeros(0, np.float32))

    def keep(self, hashes: Ints, idf: NDArray[np.float32]) -> None:
        self.hashes, self.idf, self.places = hashes, idf, Places(hashes)

    def count(self, batch: _Batch) -> _Counts:
        return _count(getattr(batch, self.kind)(*self.orders), batch.size)

    def learn(self, batches: Sequence[_Counts], min_texts: int, max_features: int) -> None:
        """Keep the n-grams of at least ``min_texts`` texts, the most frequent if they are too many."""
        different = [occurrences(np.sort(counts.hashes)) for counts in batches]
        each_hash, each_count = (np.concatenate(side) for side in zip(*different, strict=True))
        order = np.argsort(each_hash)
        hashes, batches_with = occurrences(each_hash[order])
        first = np.cumsum(batches_with) - batches_with
        texts = np.add.reduceat(each_count[order], first) if len(first) else batches_with
        kept = np.flatnonzero(texts >= min_texts)
        if len(kept) > max_features:
            kept = np.sort(kept[np.argsort(-texts[kept], kind="stable")[:max_features]])
        rows = sum(len(counts.lengths) for counts in batches)
        self.keep(hashes[kept], (np.log((1 + rows) / (1 + texts[kept])) + 1).astype(np.float32))

    def weigh(self, counts: _Counts) -> tuple[Ints, NDArray[np.int32], NDArray[np.float32]]:
        """(lengths, ids, weights) of the kept n-grams: (1 + ln count) * idf, each text of unit norm."""
        text = np.repeat(np.arange(len(counts.lengths)), counts.lengths)
        places = self.places(counts.hashes)
        kept = self.places.hashes[places] == counts.hashes
        text, ids = text[kept], places[kept]
        weights = (1 + np.log(counts.counts[kept], dtype=np.float32)) * self.idf[ids]
        norms = np.sqrt(np.bincount(text, weights**2, minlength=len(counts.lengths))).astype(np.float32)
        return np.bincount(text, minlength=len(counts.lengths)), ids.astype(np.int32), weights / norms[text]


def occurrences(values: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """Of values in order the different ones, and how often each comes."""
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])[: len(values)])
    return values[first], np.diff(np.append(first, len(values)))


class NgramFeatures(Elsewhere):
    """Word and character n-grams of texts, each family TF-IDF weighted and scaled to unit norm.

    Character n-grams keep within words, with a blank at either end of a word counted as a character.
    Of texts not seen in ``fit``, other n-grams are left out.
    """

    kind, name = "ngrams", "order_free"
    description = "counting words"
    most_rows: ClassVar[int | None] = 50_000
    """A linear model is fitted on so many texts at the most: each has hundreds of n-grams."""
    may_answer: ClassVar[bool] = True
    """Whether a model of them may answer by itself, so that it must not be worse than what looks at none of them."""
    counted: ClassVar[bool] = True
    """Whether features say how much there is of something, and are never below 0."""

    def __init__(
        self,
        words: tuple[int, int] | None = (1, 2),
        characters: tuple[int, int] | None = (1, 5),
        min_texts: int = 2,
        max_features: int = 1 << 18,
    ):
        """``words`` and ``characters``: lowest and highest order, or none; ``max_features`` of each."""
        self.min_texts, self.max_features = min_texts, max_features
        orders = {"words": words, "characters": characters}
        self._families = [_Family(kind, order) for kind, order in orders.items() if order]

    @property
    def size(self) -> int:
        """The number of features; their ids count from 0."""
        return sum(len(family.hashes) for family in self._families)

    def keep_within(self, most: int) -> None:
        """Have no more features than these, the most frequent ones of each family."""
        self.max_features = min(self.max_features, most // len(self._families))

    def fit(self, texts: Sequence[str]) -> Bags:
        """Learn which n-grams there are and how rare; returns what ``transform`` would of the same texts.

        Raises TaskError where there is nothing to learn from.
        """
        batches = [*self._count(texts)]
        for k, family in enumerate(self._families):
            family.learn([counts[k] for counts in batches], self.min_texts, self.max_features)
        if self.size == 0:
            raise TaskError(
                f"no word or character occurs in {self.min_texts} of the {len(texts)} texts; pass more texts"
            )
        return self._stacked(batches)

    def transform(self, texts: Sequence[str]) -> Bags:
        return self._stacked([*self._count(texts)])

    def _stacked(self, batches: list[list[_Counts]]) -> Bags:
        """The features of all texts; the counts go as these come."""
        most = sum(len(counted.hashes) for counts in batches for counted in counts)
        batches.reverse()
        return stacked((self._bags(batches.pop()) for _ in range(len(batches))), self.size, most)

    def _count(self, texts: Sequence[str]) -> Iterator[list[_Counts]]:
        """Batch after batch of the texts, how often each has the n-grams of each family."""
        batches = each(_batches(texts), "counting n-grams", sum(map(len, texts)) // BATCH_CHARACTERS)
        return ([family.count(batch) for family in self._families] for batch in batches)

    def _bags(self, counts: list[_Counts]) -> Bags:
        weighed = [family.weigh(counted) for family, counted in zip(self._families, counts, strict=True)]
        offsets = np.concatenate([[0], np.cumsum(sum(lengths for lengths, _, _ in weighed))])
        ids, weights = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
        first_place, first_id = offsets[:-1], 0
        for family, (lengths, own_ids, own_weights) in zip(self._families, weighed, strict=True):
            own_offsets = np.cumsum(lengths) - lengths
            places = np.repeat(first_place - own_offsets, lengths) + np.arange(len(own_ids))
            ids[places], weights[places] = own_ids + first_id, own_weights
            first_place, first_id = first_place + lengths, first_id + len(family.hashes)
        return Bags(ids, offsets, weights, self.size)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """All that was fitted, as JSON and as arrays of int64 and float32; ``from_state`` takes it back."""
        settings = {family.kind: list(family.orders) for family in self._families}
        arrays = {f"{family.kind}_hashes": family.hashes for family in self._families}
        arrays |= {f"{family.kind}_idf": family.idf for family in self._families}
        return settings, arrays

    @classmethod
    def from_state(cls, settings: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> NgramFeatures:
        """Raises BundleError where ``state`` can't have written this."""
        for lowest, highest in filter(None, map(settings.get, ("words", "characters"))):
            if not 0 < lowest <= highest:
                raise BundleError(f"the saved model has n-grams of {lowest} to {highest} elements; train it again")
        features = cls(settings.get("words"), settings.get("characters"))
        for family in features._families:
            hashes, idf = arrays[f"{family.kind}_hashes"], arrays[f"{family.kind}_idf"]
            rising = hashes.ndim == 1 and (np.diff(hashes) > 0).all()
            if not rising or idf.shape != hashes.shape:
                raise BundleError(f"the {family.kind} n-grams of the saved model are damaged; train it again")
            family.keep(hashes, idf)
        return features

    # -- elsewhere ----------------------------------------------------------------------------

    def write(self, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Graph:
        from elman.graph.elementwise import AddConstant
        from elman.graph.tokens import WeightedBag

        given = Input(self.kind, "int64", "sequences"), Input(f"{self.kind}.weights", "float32", "rows", (1,))
        names = tuple(one.name for one in given)
        total, scores = f"{self.kind}.sum", f"{self.kind}.scores"
        nodes = Node(WeightedBag(weight), names, (total,)), Node(AddConstant(bias), (total,), (scores,))
        return Graph(given, nodes, {"scores": scores})

    def given(self, cells: Sequence[str]) -> dict[str, Value]:
        """Which n-grams texts have, and how much each weighs."""
        bags = self.transform(cells)
        ids = Sequences(bags.ids.astype(np.int64), np.diff(bags.offsets))
        return {self.kind: ids, f"{self.kind}.weights": bags.weights[:, None]}

    def to_make(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        orders, arrays = self.state()
        return {self.kind: orders}, arrays
