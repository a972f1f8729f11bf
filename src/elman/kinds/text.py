# pyright: strict
"""Text as a sequence of words, tokens, characters or subwords."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, Self, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from elman.decoding.probabilities import softmax
from elman.decoding.ranking import top
from elman.errors import TaskError
from elman.kinds.base import Before, Kind, text_of, within
from elman.kinds.classes import ROWS_PER_LONG_LABEL
from elman.kinds.column import is_sequence, name_words
from elman.kinds.continued import ContinuedKind
from elman.kinds.lines import without_signs
from elman.kinds.ngrams import NgramFeatures
from elman.kinds.tokenizers import WORD_OR_SIGN, choose_level, tokenizer
from elman.kinds.vocabulary import END, MARKS, Vocabulary
from elman.kinds.word_vectors import GivenVectors, VectorSource, given_by
from elman.sequences import Sequences
from elman.stages import each
from elman.stored import (
    Counts,
    Growing,
    Stored,
    Writer,
    blocks_of,
    cells_of,
    counted,
    each_number,
    empty,
    from_each,
    mapped,
)

if TYPE_CHECKING:
    from elman.export.around import Meaning
    from elman.kinds.column import Column, Profile
    from elman.settings import Settings

NO_IDS = np.zeros(0, np.int64)
COUNTED = 1 << 23
"""Tokens that are counted at once."""
TOGETHER = 1 << 16
"""Tokens that are kept at once."""
MOST = 1 << 20
"""Different tokens that are known at once, about."""
FEWEST_WORDS = 4
"""A text with fewer words has no pattern."""
ADDRESS, LOOKED_AT = re.compile(r"https?://\S+").fullmatch, 200
"""What the addresses of pages look like, and by how many it is seen that a column holds them."""
LONGEST_LABEL = 20
"""Words of a sentence that names a class; what has more is a passage."""
ASKED_ABOUT = frozenset("context passage paragraph premise prompt instruction query".split())  # noqa: SIM905
"""What people call texts that come again because several things are asked of each, besides the usual inputs."""


@dataclass(frozen=True)
class EncodedText:
    """One text: token ids ``[T]`` and the tokens themselves."""

    ids: NDArray[np.int64]
    tokens: list[str]


@dataclass(frozen=True, eq=False)
class EncodedTexts(Sequence[EncodedText]):
    """Encoded texts, each of which is put together when it is asked for: a token takes four bytes until then.

    distinct: the different tokens, in their own case; after each ``MOST`` of them, all that come are new once more
    ids:      the id of each of them
    places:   ``[N]`` uint32, which of them stands at each step, text after text
    offsets:  ``[B + 1]`` int64: text ``b`` has the steps ``offsets[b]`` to ``offsets[b + 1]``
    """

    distinct: Sequence[str]
    ids: NDArray[np.int32]
    places: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> Self:
        """Texts as their tokens, which have no ids yet."""
        place_of = defaultdict[str, int](count().__next__)  # a token that is new comes after those seen before
        earlier: Writer | None = None
        places, offsets = Growing(np.uint32), Growing(np.int64)
        some, ends = array("I"), array("q", [0])
        for tokens in texts:
            some.extend(map(place_of.__getitem__, tokens))
            ends.append(places.length + len(some))
            if len(some) >= TOGETHER:
                places.add(some)
                offsets.add(ends)
                some, ends = array("I"), array("q")
                if len(place_of) >= MOST:
                    earlier = earlier or Writer()
                    earlier.add_each(place_of)
                    place_of.clear()
        places.add(some)
        offsets.add(ends)
        if earlier:
            earlier.add_each(place_of)
        distinct = earlier.written() if earlier else list(place_of)
        return cls(distinct, np.zeros(0, np.int32), places.array(), offsets.array())

    def often(self, steps: slice = slice(None)) -> NDArray[np.int64]:
        """How often each of ``distinct`` comes, at these steps."""
        found, places = empty(len(self.distinct), np.int64), self.places[steps]
        found[:] = 0
        for start in range(0, len(places), COUNTED):  # some at a time, which are of few stretches of ``distinct``
            own = places[start : start + COUNTED]
            counts = np.bincount(own - (first := int(own.min())))
            found[first : first + len(counts)] += counts
        return found

    def counts(self, fold: Callable[[str], str] = str) -> Counter[str] | Counts:
        """How often each different token comes, once they are folded."""
        return counted(mapped(self.distinct, lambda block: list(map(fold, block)), {str}), self.often())

    @property
    def lengths(self) -> NDArray[np.int32]:
        """How many tokens each text has."""
        found = empty(len(self), np.int32)
        np.subtract(self.offsets[1:], self.offsets[:-1], out=found, casting="unsafe")
        return found

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> EncodedText: ...
    @overload
    def __getitem__(self, index: slice) -> list[EncodedText]: ...
    def __getitem__(self, index: int | slice) -> EncodedText | list[EncodedText]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = range(len(self))[index]  # raises IndexError past either end
        places = self.places[self.offsets[row] : self.offsets[row + 1]]
        return EncodedText(self.ids[places].astype(np.int64), cells_of(self.distinct, places.astype(np.int64)))


@dataclass(frozen=True)
class SpellingBatch:
    """How the distinct words of a batch are spelled, and which of them each step shows (``index`` ``[N]``).

    letters: their characters, where asked for;  pieces: the hashes of their character n-grams, where asked for
    """

    index: NDArray[np.int64]
    letters: Sequences | None = None
    pieces: Sequences | None = None


@dataclass(frozen=True)
class TokenBatch:
    """A batch of token sequences: ids ``[N]``, and their spelling where the kind was asked for it."""

    ids: Sequences
    spelling: SpellingBatch | None = None


def comes_again(found: Profile) -> bool:
    """Whether a column's values come so often that they may be classes, however long they are."""
    return found.distinct * ROWS_PER_LONG_LABEL <= found.filled


def is_chosen(found: Profile, others: Sequence[Profile]) -> bool:
    """Whether a column's sentences come again and again because they were chosen from a list: not those that recordings
    say, nor what much is asked about, nor what a single number is of."""
    from elman.kinds.recognition import usual_inputs

    if not comes_again(found) or found.words > LONGEST_LABEL or any(other.kind.foremost for other in others):
        return False
    if {*name_words(found.name)[-1:]} & (ASKED_ABOUT | usual_inputs()):
        return False
    apart = [other for other in others if not comes_again(other)]
    return bool(apart) and (len(others) > 1 or apart[0].kind.predicts_itself)


class TextKind(ContinuedKind):
    """A string, or a list of tokens; its elements are token ids.

    As an input, words can also be read by their characters and the n-grams of these. As an output, each sequence
    ends with the end mark.
    """

    name = "text"
    of_tokens = has_ngrams = encodes_all = True
    beside_as = "text"
    precedence = 10
    predicts_itself = True
    in_pieces = True
    element = "token"
    begins = "the "
    continuation_metrics = ("nats_per_token", "perplexity")
    usual_inputs = frozenset(
        {"text", "sentence", "question", "message", "document", "content", "body", "word", "abstract", "article"}
    )
    usual_outputs = frozenset(
        {"summary", "caption", "transcript", "translation", "answer", "headline", "tldr", "response", "reply"}
    )

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        """Whatever else has not been found to be; lists are of sentences."""
        if column.holds_lists:
            words = column.words * column.words_each
            return column.profile(cls, distinct=len(column.cells), words=words, top=())
        return column.profile(cls)

    @classmethod
    def among(cls, profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
        """Addresses of pages beside texts say where these are from. What comes again and again beside other cells was
        chosen from a list."""
        from elman.kinds.id import IdKind
        from elman.kinds.label import LabelKind
        from elman.kinds.tokens import as_tags

        if profile.words <= 1 and all(map(ADDRESS, islice(map(str, column.filled), LOOKED_AT))):
            beside = (other for other, _ in table.values() if other.kind is cls)
            if any(other.words >= FEWEST_WORDS for other in beside):
                return profile.as_kind(IdKind)
        found = as_tags(profile, column, table)
        if found.kind is not cls or column.holds_lists:
            return found
        others = [other for other, one in table.values() if one is not column]
        return profile.as_kind(LabelKind) if is_chosen(profile, others) else profile

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.rows:,} texts of {profile.words:.1f} words, {profile.distinct:,} different ones"

    @classmethod
    def are_texts(cls, profile: Profile) -> bool:
        return True

    @classmethod
    def patterns(cls, cells: Sequence[Any]) -> list[Hashable]:
        """The words without (ASCII) digits and punctuation, whatever their case, as a hash: texts take much memory."""
        texts = [cell if isinstance(cell, str) else plain(cell) for cell in cells]
        return [hash(words) if words.count(b" ") >= FEWEST_WORDS - 1 else None for words in without_signs(texts)]

    uses = frozenset({"level", "lowercase", "vocabulary_size", "min_count"})

    def __init__(
        self,
        level: str = "auto",
        *,
        lowercase: bool = False,
        vocabulary_size: int = 30_000,
        min_count: int = 1,
        characters: bool = False,
        pieces: int = 0,
    ):
        self.level, self.lowercase = level, lowercase
        self.vocabulary_size, self.min_count = vocabulary_size, min_count
        self.characters, self.pieces = characters, pieces
        self.by_element = self.signs_apart = False
        self.alphabet: Vocabulary | None = None
        self.source: VectorSource | None = None
        self.fills = True
        self.given: GivenVectors | None = None
        self._letters: dict[str, NDArray[np.int64]] = {}
        self._pieces: dict[str, NDArray[np.int64]] = {}
        self._fitted: tuple[Sequence[Any], EncodedTexts] | None = None

    @classmethod
    def from_settings(cls, settings: Settings, **changes: Any) -> Self:
        names = ("level", "lowercase", "vocabulary_size", "min_count", "characters", "pieces")
        return cls(**{name: getattr(settings, name) for name in names if name not in changes} | changes)

    # -- fitting ------------------------------------------------------------------------------

    def element_by_element(self) -> Self:
        self.by_element = True
        return self

    def taking_vectors(self, source: VectorSource, *, fills: bool) -> Self:
        self.source, self.fills = source, fills
        return self

    def fit(self, cells: Sequence[Any]) -> None:
        if isinstance(cells, Stored):  # texts, none of which is a list of tokens
            texts: Sequence[str] = mapped(cells, lambda block: list(map(plain, block)), {str})
        else:
            texts = [plain(cell) for cell in cells if not self.is_split(cell)]
        if self.by_element and not texts:
            self.signs_apart = all(re.fullmatch(WORD_OR_SIGN, str(token)) for cell in cells for token in cell)
        if self.level == "auto":
            self.level = choose_level(texts) if texts else "tokens"
        self.tokenizer = tokenizer(self.level, size=self.vocabulary_size)
        self.tokenizer.fit(map(self.fold, texts))
        tokens = EncodedTexts.of(map(self.split, each(cells, "counting words", len(cells))))
        self._fitted = (cells if isinstance(cells, Stored) else list(cells)), tokens
        folded = tokens.counts(self.fold)
        self.vocabulary = Vocabulary.of(folded, self.vocabulary_size, self.min_count)
        if self.source is not None:
            self.given = self._given_by(self.source, folded)
        if self.characters:
            letters = Counter[str]()
            for token, often in zip(tokens.distinct, each_number(tokens.often()), strict=True):
                for letter in token:
                    letters[letter] += often
            self.alphabet = Vocabulary.of(letters, 5_000, 2)

    def _given_by(self, source: VectorSource, counts: Counter[str] | Counts) -> GivenVectors:
        """The vectors of the training texts' words, and of others where the vocabulary has room for them."""
        if self.level not in ("words", "tokens"):
            raise TaskError(
                f"{source.name} has vectors of words, and these texts are read as {self.level}: pass --set "
                "level=words, or leave out --vectors"
            )
        room = self.vocabulary_size + len(MARKS) - len(self.vocabulary) if self.fills else 0
        self.vocabulary, given = given_by(
            source,
            self.vocabulary,
            counts,
            room=max(0, room),
            ignore_case=self.lowercase,
            is_word=lambda word: self.split(word) == [word],
        )
        return given

    def go_on_from(self, old: Kind) -> None:
        by_words = {"words", "tokens"}
        if not isinstance(old, TextKind) or (self.level != old.level and not {self.level, old.level} <= by_words):
            raise TaskError(
                f"these texts are read as {self.level}, and those that the model learned from as "
                f"{getattr(old, 'level', old.name)}; pass --set level, or leave out --from"
            )
        if self.level == "subwords":  # other pieces would be others' vectors
            self.tokenizer, self.vocabulary, self._fitted = old.tokenizer, old.vocabulary, None
        else:
            self.vocabulary = old.vocabulary.with_more(self.vocabulary.tokens)
        if self.alphabet is not None and old.alphabet is not None:
            self.alphabet = old.alphabet.with_more(self.alphabet.tokens)

    def names_of_rows(self) -> list[list[str]]:
        return [self.vocabulary.tokens, *([self.alphabet.tokens] if self.alphabet else [])]

    def is_split(self, cell: Any) -> bool:
        """Whether a cell is a list of tokens: any list is one where each of its elements has an answer."""
        return is_sequence(cell) if self.by_element else holds_tokens(cell)

    def fold(self, text: str) -> str:
        """The text in lower case, where the kind is made so."""
        return text.lower() if self.lowercase else text

    # -- encoding -----------------------------------------------------------------------------

    def split(self, cell: Any) -> list[str]:
        """The tokens of a cell, in their own case. Texts are cut at signs where lists of tokens had them apart."""
        if self.is_split(cell):
            return [str(part) for part in cell]
        text = plain(cell)
        if self.signs_apart:
            return re.findall(WORD_OR_SIGN, text)
        return self.tokenizer.split(self.fold(text) if self.level == "subwords" else text)

    def encode(self, cells: Sequence[Any]) -> EncodedTexts:
        if self._fitted is not None and are_same(cells, self._fitted[0]):  # which are encoded once
            tokens, self._fitted = self._fitted[1], None
        else:
            tokens = EncodedTexts.of(map(self.split, each(cells, "encoding texts", len(cells))))
        ids = chain.from_iterable(map(self._ids, blocks_of(tokens.distinct)))
        return replace(tokens, ids=from_each(ids, len(tokens.distinct), np.int32))

    def _ids(self, tokens: list[str]) -> list[int]:
        return self.vocabulary.encode([self.fold(token) for token in tokens])

    def steps(self, encoded: EncodedText) -> int:
        return len(encoded.ids)

    def sizes(self, encoded: Sequence[EncodedText]) -> Sequence[int] | NDArray[np.int32]:
        return encoded.lengths if isinstance(encoded, EncodedTexts) else super().sizes(encoded)

    def collate(self, encoded: Sequence[EncodedText]) -> TokenBatch:
        ids = Sequences.of([text.ids for text in encoded], NO_IDS)
        from_within = self.alphabet is not None or self.pieces
        spelling = self._spell([token for text in encoded for token in text.tokens]) if from_within else None
        return TokenBatch(ids, spelling)

    def _spell(self, tokens: Sequence[str]) -> SpellingBatch:
        """Each distinct token's characters and their n-grams once, and which token every step shows."""
        distinct = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
        index = np.array([distinct[token] for token in tokens], np.int64)
        words = list(distinct) or [""]
        letters = pieces = None
        if (alphabet := self.alphabet) is not None:
            letters = Sequences.of([remember(self._letters, word, alphabet.encode) for word in words], NO_IDS)
        if buckets := self.pieces:
            hashed = [remember(self._pieces, word, lambda word: hash_pieces(word, buckets)) for word in words]
            pieces = Sequences.of(hashed, NO_IDS)
        return SpellingBatch(index, letters, pieces)

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        from elman.export.around import Meaning

        return {
            within(part, "ids"): Meaning("id", f"places among the {len(self.vocabulary):,} tokens of elman.json"),
            within(part, "spelling.letters"): Meaning(
                "letters", "places of its characters in the alphabet of elman.json"
            ),
            within(part, "spelling.pieces"): Meaning(
                "pieces", f"what its spelling is hashed to, below {self.pieces:,}"
            ),
        }

    def targets(self, encoded: Sequence[EncodedText]) -> Sequences:
        """The batch as targets: every sequence with its end mark."""
        end = [self.vocabulary.end_id]
        return Sequences.of([np.append(text.ids, end) for text in encoded], NO_IDS)

    @staticmethod
    def parse(cell: Any) -> str:
        return plain(cell)

    def how_read(self) -> str:
        return self.given.said if self.given else ""

    def elements_in(self, cell: Any) -> list[str]:
        return self.split(cell) if self.signs_apart else words(cell)

    def linear_features(self) -> NgramFeatures:
        return NgramFeatures()

    def tokens_by_count(self) -> list[str]:
        """Those with an id, by it: the marks, then the commonest first."""
        return self.vocabulary.tokens

    def cut(self, encoded: EncodedText, steps: int) -> EncodedText:
        return EncodedText(encoded.ids[-steps:], encoded.tokens[-steps:])

    def element_names(self, encoded: EncodedText, steps: int) -> list[str]:
        return [visible(token) for token in encoded.tokens]

    def target_names(self, encoded: EncodedText) -> list[str]:
        """The tokens as they were written, also those without an id, and the end mark."""
        return [*map(visible, encoded.tokens), END]

    def names(self, targets: NDArray[Any]) -> list[str]:
        return [visible(token) for token in self.vocabulary.decode(targets.tolist())]

    def join(self, tokens: Sequence[str]) -> str:
        """Tokens as a person would write them."""
        return self.tokenizer.join(tokens)

    def compared(self, text: str) -> str | list[str]:
        """A text as metrics compare it: by characters where those are the elements, else by words."""
        return list(text) if self.level == "characters" else text

    # -- gone on with -------------------------------------------------------------------------

    @property
    def choices(self) -> int:
        return len(self.vocabulary)

    @property
    def spells(self) -> bool:
        return self.level == "characters"

    def _tokens_of_lines(self, text: str) -> list[str]:
        """The tokens of a text whose line breaks are end marks."""
        tokens = [token for line in text.split("\n") for token in (*self.split(line), END)]
        return tokens[:-1]  # the last line may go on

    def opening(self, text: str) -> NDArray[np.int64]:
        return np.array(self._ids(self._tokens_of_lines(text)), np.int64)

    def opening_after(self, given: Any, before: Before) -> tuple[NDArray[np.int64], Before]:
        """A text, or a list of tokens."""
        if not self.is_split(given):
            return self.opening(text_of(given)), before
        return np.array(self._ids(self.split(given)), np.int64), before

    def with_begin(self, elements: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([[self.vocabulary.end_id], elements])

    def going_on(self, sequences: Sequence[NDArray[Any]]) -> TokenBatch:
        return TokenBatch(Sequences.of(sequences, NO_IDS))

    def continued(self, start: str, drawn: NDArray[Any]) -> str:
        """The start as it was given, with or without an id for each of its tokens; an end mark ends a line."""
        lines: list[list[str]] = [[]]
        for token in (*self._tokens_of_lines(start), *self.names_of(drawn)):
            if token == END:
                lines.append([])
            else:
                lines[-1].append(token)
        return "\n".join(map(self.join, lines))

    def fits_next(self, given: NDArray[Any]) -> NDArray[np.bool_]:
        fits = super().fits_next(given)
        fits[self.vocabulary.unk_id] = False
        return fits

    def names_of(self, elements: NDArray[Any]) -> list[str]:
        return self.vocabulary.decode(elements.tolist())

    def next_elements(self, given: NDArray[Any], scores: NDArray[Any]) -> list[tuple[str, float]]:
        likely = np.exp(scores.astype(np.float64) - scores.max())
        return list(zip(self.vocabulary.tokens, (likely / likely.sum()).tolist(), strict=True))

    def likeliest(self, before: Sequence[Before], scores: NDArray[Any], count: int) -> list[list[tuple[str, float]]]:
        """All sequences at once, and without <unk>, which stands for no token in particular."""
        tokens, unknown = self.vocabulary.tokens, self.vocabulary.unk_id
        chances, ids = top(softmax(scores), count + 1)
        return [
            [(tokens[i], chance) for i, chance in zip(*row, strict=True) if i != unknown][:count]
            for row in zip(ids.tolist(), chances.tolist(), strict=True)
        ]

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "lowercase": self.lowercase,
            "tokenizer": self.tokenizer.state(),
            "tokens": self.vocabulary.tokens,
            "alphabet": self.alphabet.tokens if self.alphabet else None,
            "pieces": self.pieces,
            "by_element": self.by_element,
            "signs_apart": self.signs_apart,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.level, self.lowercase = str(state["level"]), bool(state["lowercase"])
        self.tokenizer = tokenizer(self.level, **state["tokenizer"])
        self.vocabulary = Vocabulary(state["tokens"])
        self.alphabet = Vocabulary(state["alphabet"]) if state["alphabet"] else None
        self.characters, self.pieces = self.alphabet is not None, int(state["pieces"])
        self.by_element, self.signs_apart = bool(state["by_element"]), bool(state["signs_apart"])
        if self.pieces < 0:
            raise ValueError(f"{self.pieces} pieces can't be")


def are_same(cells: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether they are the same cells; of columns too large for memory, whether they are the same column."""
    return cells is others if isinstance(others, Stored) else list(cells) == others


def words(cell: Any) -> list[str]:
    """A list of tokens as strings; a text is split at white space."""
    return [str(token) for token in cell] if is_sequence(cell) else text_of(cell).split()


def holds_tokens(cell: Any) -> bool:
    """A list holds tokens, unless blanks show that it holds sentences."""
    return is_sequence(cell) and not any(" " in str(part) for part in cell)


def plain(cell: Any) -> str:
    """A text, list of tokens or missing cell as one string."""
    return " ".join(map(str, cell)) if is_sequence(cell) else text_of(cell)


def visible(token: str) -> str:
    """A token that can be seen."""
    return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(token, token)


REMEMBERED = 200_000


def remember(cache: dict[str, NDArray[np.int64]], word: str, spell: Callable[[str], list[int]]) -> NDArray[np.int64]:
    """``spell(word)`` as an array, worked out once for each word of a vocabulary of ordinary size."""
    found = cache.get(word)
    if found is None:
        if len(cache) >= REMEMBERED:  # another thread may clear it at any time
            cache.clear()
        found = cache[word] = np.array(spell(word), np.int64)
    return found


def hash_pieces(word: str, buckets: int) -> list[int]:
    """The buckets of a word's character n-grams, n = 2 to 5, of the word itself and of its shape.

    As in Bojanowski et al. (2017), with ``<`` and ``>`` at the word's ends; lower case, so that case is seen
    in the shape alone (``Xx`` for a capitalised word, ``d`` for digits).
    """
    marked = f"<{word.lower()}>"
    grams = {marked[i : i + n] for n in range(2, 6) for i in range(len(marked) - n + 1)}
    shape = re.sub(RUNS, r"\1", "".join(map(_shape_of, word[:30])))
    return [
        crc32(gram.encode("utf-8", "surrogatepass")) % buckets for gram in (*sorted(grams), marked, "shape:" + shape)
    ]


RUNS = r"(.)\1+"


def _shape_of(character: str) -> str:
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return "d" if character.isdigit() else character
