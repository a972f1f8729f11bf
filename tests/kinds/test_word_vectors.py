"""What a vocabulary takes from a source of vectors: its own words, rare ones, and others as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from elman import kinds
from elman.errors import TaskError
from elman.kinds import RecordKind, TextKind
from elman.kinds.word_vectors import NONE, GivenVectors, of_length_one, principal

TEXTS = ["the film was good", "the end was bad", "a rare word"]


class Source:
    """Vectors in memory."""

    name = "vectors.txt"

    def __init__(self, **vectors: list[float]):
        self.vectors = {word: np.array(vector, np.float32) for word, vector in vectors.items()}

    def knows(self, *, ignore_case: bool) -> Callable[[Sequence[str]], NDArray[np.bool_]]:
        return lambda words: np.array([word in self.vectors for word in words])

    def vectors_of(
        self, words: Collection[str], *, ignore_case: bool, more: int, is_word: Callable[[str], bool]
    ) -> tuple[Mapping[str, NDArray[np.float32]], Mapping[str, NDArray[np.float32]]]:
        found = {word: vector for word, vector in self.vectors.items() if word in words}
        others = [word for word in self.vectors if word not in words and is_word(word)]
        return found, {word: self.vectors[word] for word in others[:more]}


SOURCE = Source(good=[3, 0], rare=[0, 3], awful=[1, 1], fine=[2, 2], the=[1, 0])


def fitted(*, fills: bool = True, source: Source = SOURCE, **options: int | str) -> TextKind:
    kind = TextKind(**options).taking_vectors(source, fills=fills)  # pyright: ignore[reportArgumentType]
    kind.fit(TEXTS)
    return kind


def given(kind: TextKind) -> GivenVectors:
    assert kind.given is not None
    return kind.given


def by_token(kind: TextKind) -> dict[str, list[float]]:
    """The given vectors, in their own length."""
    scale = np.abs(SOURCE.vectors["good"]).max() / np.abs(given(kind).values).max()
    pairs = zip(kind.vocabulary.tokens, given(kind).places, strict=True)
    return {token: (scale * given(kind).values[place]).round(5).tolist() for token, place in pairs if place != NONE}


def test_each_word_has_its_own_vector_and_others_of_the_source_are_words_too():
    kind = fitted()
    assert by_token(kind) == {word: vector.tolist() for word, vector in SOURCE.vectors.items()}
    assert kind.vocabulary.tokens[given(kind).seen :] == ["awful", "fine"]
    assert kind.encode(["awful film"])[0].ids.tolist() == [
        kind.vocabulary.ids["awful"],
        kind.vocabulary.ids["film"],
    ]
    assert kind.how_read().startswith("3 of the 9 words of the training texts take a vector from vectors.txt, 36% of")
    assert kind.how_read().endswith("so have 2 words that stand in none of them")


def test_rare_words_come_before_those_of_the_source_alone():
    kind = fitted(min_count=2, vocabulary_size=4)
    assert kind.vocabulary.tokens == ["<unk>", "</s>", "the", "was", "good", "rare"]
    assert given(kind).seen == 6
    assert fitted(min_count=2, vocabulary_size=5).vocabulary.tokens[6:] == ["awful"]
    assert fitted(min_count=2, vocabulary_size=2).vocabulary.tokens == ["<unk>", "</s>", "the", "was"]


def test_what_is_written_too_gets_no_other_words():
    kind = fitted(fills=False, min_count=2)
    assert kind.vocabulary.tokens == ["<unk>", "</s>", "the", "was"] and list(by_token(kind)) == ["the"]


def test_the_marks_are_no_words():
    marks: dict[str, list[float]] = {"</s>": [9, 9], "<unk>": [9, 9], "good": [1, 2]}
    kind = fitted(source=Source(**marks), level="tokens")
    assert kind.vocabulary.tokens.count("</s>") == 1 and given(kind).places[:2].tolist() == [NONE, NONE]


def test_characters_have_no_vectors_of_words():
    with pytest.raises(TaskError, match="these texts are read as characters: pass --set level=words"):
        fitted(level="characters")


def test_a_saved_kind_has_the_words_and_needs_no_vectors():
    kind = fitted()
    again = kinds.from_json(kinds.to_json(kind))
    assert isinstance(again, TextKind) and again.given is None
    assert again.encode(["awful rare words"])[0].ids.tolist() == kind.encode(["awful rare words"])[0].ids.tolist()


def test_the_texts_of_a_record_take_vectors():
    kind = RecordKind({"text": "text", "price": "number"}).taking_vectors(SOURCE, fills=True)
    kind.fit([(text, 1.5 * row) for row, text in enumerate(TEXTS)])
    assert kind.how_read().startswith("text: 3 of the 9 words")


def test_lengths_and_directions():
    values = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32) * 5
    values[:, 2] *= 9
    assert np.sum(of_length_one(values) ** 2, axis=1).mean() == pytest.approx(1, rel=1e-5)
    assert np.array_equal(of_length_one(values * 0), values * 0)
    # The best approximation of rank 3, of all there are (Eckart & Young 1936).
    u, s, v = np.linalg.svd(values, full_matrices=False)
    directions = principal(values, 3)
    assert values @ directions @ directions.T == pytest.approx((u[:, :3] * s[:3]) @ v[:3], abs=1e-3)
    assert principal(values, 9).shape == (7, 9) and np.array_equal(
        values @ principal(values, 9), np.pad(values, ((0, 0), (0, 2)))
    )
