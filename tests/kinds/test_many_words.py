"""Texts of more different words than memory has room for are read as those of few are."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter

import numpy as np
import pytest

from elman import cache, stored
from elman.kinds import RecordKind, TextKind, text, word_vectors
from elman.kinds.names import NamesKind
from elman.kinds.record import ONE_LANGUAGE
from elman.kinds.text import EncodedTexts
from elman.stored import Stored, Writer


@pytest.fixture
def few_at_once(monkeypatch, tmp_path):
    """A hundred different words are too many, and all columns too large."""
    monkeypatch.setattr(text, "MOST", 100)
    monkeypatch.setattr(text, "TOGETHER", 61)
    monkeypatch.setattr(text, "COUNTED", 127)
    for name, value in {"LARGE": 0, "BLOCK": 64, "TOGETHER": 100}.items():
        monkeypatch.setattr(stored, name, value)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))


def texts(seed: int) -> list[str]:
    """At first words that come nowhere else, then some that come again; of several lengths, and in any case."""
    rng = random.Random(seed)
    common = ["".join(rng.choices("abcdefgäß", k=rng.randint(1, 6))) for _ in range(60)]
    rows = []
    for row in range(400):
        new = [f"n{seed}x{row}y{i}" for i in range(rng.choice((0, 1, 3)))]
        known = rng.choices(common, k=rng.choice((0, 1, 2, 7, 63))) if row > 150 else []
        rows.append(" ".join(word.upper() if rng.random() < 0.2 else word for word in [*new, *known]))
    return rows


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize(("size", "least"), [(10_000, 1), (10_000, 3), (100, 1), (7, 2)])
def test_the_vocabulary_is_that_of_a_counter(few_at_once, size, least, lowercase):
    cells = texts(size + least)
    kind = TextKind("words", vocabulary_size=size, min_count=least, lowercase=lowercase, characters=True)
    column = Writer()
    column.add_each(cells)
    stored_cells = column.written()
    kind.fit(stored_cells)
    words = Counter(word.lower() if lowercase else word for cell in cells for word in cell.split())
    ranked = sorted((-count, word) for word, count in words.items() if count >= least)
    assert kind.vocabulary.tokens[2:] == [word for _, word in ranked[:size]]
    letters = Counter("".join("".join(cell.split()) for cell in cells))
    assert kind.alphabet is not None
    assert kind.alphabet.tokens[2:] == sorted((s for s in letters if letters[s] > 1), key=lambda s: (-letters[s], s))
    encoded = kind.encode(stored_cells)
    assert isinstance(encoded.distinct, Stored) and len(encoded.distinct) > len(words)
    again = kind.encode(cells)  # anew, what was counted is used once
    for one in (encoded, again):
        assert [text.tokens for text in one] == [cell.split() for cell in cells]
        folded = [[kind.fold(word) for word in cell.split()] for cell in cells]
        assert [text.ids.tolist() for text in one] == list(map(kind.vocabulary.encode, folded))
        assert one[0].ids.dtype == np.int64


def test_names_in_cells_are_counted_as_a_counter_does(few_at_once):
    rng = random.Random(0)
    cells = [";".join([f"new{row}", *rng.choices([f"name {i}" for i in range(30)], k=3)]) for row in range(300)]
    kind = NamesKind()
    kind.fit(cells)
    names = Counter(name for cell in cells for name in set(cell.split(";")))
    assert kind.vocabulary.tokens[2:] == sorted(names, key=lambda name: (-names[name], name))


@pytest.mark.parametrize("common", [0, 1, 5, 60])
def test_whether_two_texts_are_of_one_language_is_asked_of_all_words(few_at_once, common):
    rng = random.Random(common)
    sides = []
    for side in ("north", "south"):
        known = [f"known{i}" for i in range(60)]
        known[common:] = [f"{side}{i}" for i in range(common, 60)]
        sides.append([" ".join(rng.choices(known, k=5)) + f" {side}{row}x" for row in range(200)])
    counts = [Counter(" ".join(side).split()) for side in sides]
    shares = [
        sum(n for word, n in own.items() if word in other) / own.total() for own, other in (counts, reversed(counts))
    ]
    columns = [Writer(), Writer()]
    for column, side in zip(columns, sides, strict=True):
        column.add_each(side)
    kind = RecordKind()
    kind.fit(stored.beside([column.written() for column in columns]))
    assert kind.pair == (min(shares) >= ONE_LANGUAGE) == (common == 60)
    kept = RecordKind()
    kept.fit(list(zip(*sides, strict=True)))
    assert kind.state() == kept.state()


def test_memory_for_words_has_a_bound(monkeypatch, few_at_once):
    """Of each text new words, of which the first thousand are in memory at once."""
    monkeypatch.setattr(text, "MOST", 1_000)
    monkeypatch.setattr(stored, "TOGETHER", 1_000)

    def peak(rows: int) -> int:
        tracemalloc.start()
        encoded = EncodedTexts.of([f"w{row}x{i}" for i in range(7)] for row in range(rows))
        found = stored.counted(encoded.distinct, encoded.often())
        assert len(found) == 7 * rows and found.total() == 7 * rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(8_000) < 1.5 * peak(1_000)


class AllButNew:
    """A source of a vector for each word that begins with "known"; what it is asked for at once is remembered."""

    name = "vectors.txt"

    def __init__(self):
        self.most = 0

    def knows(self, *, ignore_case):
        return lambda words: np.array([word.startswith("known") for word in words])

    def vectors_of(self, words, *, ignore_case, more, is_word):
        self.most = max(self.most, len(words))
        return {word: np.ones(2, np.float32) for word in words if word.startswith("known")}, {}


@pytest.mark.parametrize("room", [1, 7, 500])
def test_of_many_rare_words_the_commonest_that_have_vectors_get_the_room(few_at_once, monkeypatch, room):
    monkeypatch.setattr(word_vectors, "TOGETHER", 31)
    cells = [f"often often{row % 3} often{row % 3}" for row in range(30)]
    cells += [f"known{row % 90} new{row} known{row % 60}" for row in range(200)]
    column, source = Writer(), AllButNew()
    column.add_each(cells)
    kinds = [TextKind("words", min_count=8, vocabulary_size=4 + room).taking_vectors(source, fills=True) for _ in "ab"]
    for kind, given in zip(kinds, (cells, column.written()), strict=True):
        kind.fit(given)
    words = Counter(word for cell in cells for word in cell.split())
    rare = [word for word, often in words.most_common() if often < 8 and word.startswith("known")]
    assert len(rare) == 90
    for kind in kinds:
        assert kind.vocabulary.tokens[2:] == ["often", "often0", "often1", "often2", *rare[:room]]
    assert source.most <= 4 + room
