"""Texts: what goes in comes out again, and tokens that training never saw become <unk>."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import there
from elman import kinds
from elman.errors import BundleError
from elman.kinds import TextKind
from elman.kinds.text import hash_pieces
from elman.kinds.tokenizers import WORD, choose_level, tokenizer
from elman.kinds.vocabulary import Vocabulary

PROSE = ["The cat's (small) tail, isn't long.", "Well... it costs 3.50 euros!", "Dogs - and cats - play; they do."]


def saved(kind):
    """The column as it comes back from JSON."""
    return kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))


@given(st.text())
def test_characters_come_back_as_they_were(text):
    characters = tokenizer("characters")
    assert characters.join(characters.split(text)) == text


@given(st.lists(st.text("abc,.é", min_size=1)))
def test_tokens_are_what_stands_between_blanks(tokens):
    plain = tokenizer("tokens")
    assert plain.split(plain.join(tokens)) == tokens


def test_words_keep_every_sign_and_lose_only_blanks():
    words = tokenizer("words")
    for text in PROSE:
        assert "".join(words.split(text)) == text.replace(" ", "")
    assert words.split(PROSE[0]) == ["The", "cat's", "(", "small", ")", "tail", ",", "isn't", "long", "."]
    assert words.join(words.split(PROSE[0])) == PROSE[0]


@given(st.text(st.sampled_from("ab_1é'’-. ,!?\t\n\u00a0\u2003\x1c\x85²½٣字")))
def test_words_are_what_their_pattern_finds_in_the_whole_text(text):
    assert tokenizer("words").split(text) == [match.group() for match in re.finditer(WORD, text)]


def test_subwords_come_back_as_text_and_survive_saving():
    texts = [f"{a} {b} house number {n}" for n, (a, b) in enumerate([("big", "green"), ("small", "blue")] * 60)]
    kind = TextKind("subwords", vocabulary_size=60)
    kind.fit(texts)
    again = saved(kind)
    for text in texts[:5]:
        ids = kind.encode([text])[0].ids
        assert np.array_equal(again.encode([text])[0].ids, ids)
        assert kind.join(kind.vocabulary.decode(ids.tolist())) == text


@pytest.mark.parametrize("level", ["words", "characters", "subwords"])
def test_texts_go_on_from_others(level):
    old, new = (TextKind(level, vocabulary_size=60, characters=level == "words") for _ in range(2))
    before = [f"big green house number {n}" for n in range(60)]
    after = [f"the house was {n} years old, big and blue" for n in range(60)]
    old.fit(before)
    new.fit(after)
    new.go_on_from(old)
    tokens = old.vocabulary.tokens
    assert new.vocabulary.tokens[: len(tokens)] == tokens
    assert [row.ids.tolist() for row in new.encode(before)] == [row.ids.tolist() for row in old.encode(before)]
    if level == "subwords":  # whose pieces were learned from the old texts alone
        assert new.vocabulary.tokens == tokens
        assert [row.tokens for row in new.encode(after)] == [row.tokens for row in old.encode(after)]
    else:
        assert new.vocabulary.unk_id not in new.encode(after)[0].ids
    if level == "words":
        assert there(new.alphabet).tokens[: len(there(old.alphabet))] == there(old.alphabet).tokens


@pytest.mark.parametrize(
    "texts, level",
    [
        (["Müller", "O'Neil", "de la Cruz"], "characters"),
        (PROSE, "words"),
        (["a fine film , and a long one .", "it 's `` odd '' ."], "tokens"),
        (["K AE1 T S IH1 T", "D AO1 G Z AH0 N"], "tokens"),
        (['X:1\nM:3/4\nK:G\ne|:"G"d2B|"D"A3/2B/2c| "G"B2G|c2d:| A2F|GFE| "D"A2e|d2B| g2e|"Bb"=f2d|'], "characters"),
        (["यह एक वाक्य है, जो हिन्दी में है.", "اَلْعَرَبِيَّةُ لُغَةٌ جَمِيلَةٌ جِدًّا."], "words"),
        (
            [f'<div class="c{i}"><a href="/p/{i}">Item {i}</a></div> <p id="{i}">text, {i}. </p>' for i in range(90)],
            "words",
        ),
        (
            [
                f"2024-03-05T10:{i:02d}:09Z host sshd[{i * 31}]: failed, from 10.0.{i}.3 port {i * 77}."
                for i in range(90)
            ],
            "words",
        ),
        (["4D 5A 90 00 03 00 00", "00 04 5A 4D 4D 00 03"] * 9, "tokens"),
    ],
)
def test_the_level_is_read_off_the_texts(texts, level):
    assert choose_level(texts) == level


def test_vocabulary_ranks_by_count_and_breaks_ties_by_name():
    vocabulary = Vocabulary.of(Counter(["b", "a", "c", "c", "</s>", "a", "d"]), size=3)
    assert vocabulary.tokens == ["<unk>", "</s>", "a", "c", "b"]
    assert vocabulary.encode(["c", "zebra"]) == [3, Vocabulary.unk_id]
    assert Vocabulary.of(Counter("baa"), size=9, min_count=2).tokens[2:] == ["a"]


def test_text_batches_hold_spellings_of_distinct_words():
    kind = TextKind("tokens", lowercase=True, characters=True, pieces=100)
    kind.fit(["Cat sat", "cat ran", "a cat cat ran"])
    batch = kind.collate(kind.encode(["Cat cat ran", "", "ran"]))
    assert batch.ids.lengths.tolist() == [3, 0, 1]
    assert batch.ids.values[0] == batch.ids.values[1]  # folded
    spelling = there(batch.spelling)
    assert spelling.index.tolist() == [0, 1, 2, 2]  # Cat, cat and ran are spelled differently
    assert [len(word) for word in there(spelling.letters)] == [3, 3, 3]
    assert there(spelling.pieces).lengths.min() > 0
    assert kind.targets(kind.encode(["cat", ""])).lengths.tolist() == [2, 1]
    nothing = kind.collate(kind.encode([""]))
    assert nothing.ids.lengths.tolist() == [0]
    assert kinds.to_json(saved(kind)) == kinds.to_json(kind)


def test_a_list_holds_tokens_or_sentences():
    kind = TextKind("words")
    kind.fit([["A cat sat.", "It slept."]])
    assert kind.split(["A cat sat.", "It slept."]) == ["A", "cat", "sat", ".", "It", "slept", "."]
    assert kind.split(["cat", "sat."]) == ["cat", "sat."]


def test_pieces_share_what_words_share():
    def shared(a, b):
        return len({*hash_pieces(a, 10**9)} & {*hash_pieces(b, 10**9)})

    assert shared("running", "runner") > shared("running", "walked")
    assert hash_pieces("Word", 50) != hash_pieces("word", 50)  # by shape alone
    assert all(0 <= piece < 50 for piece in hash_pieces("", 50))


def test_a_kind_of_the_future_is_refused():
    with pytest.raises(BundleError, match="hologram"):
        kinds.from_json({"kind": "hologram"})


def test_many_texts_are_encoded_in_few_bytes_each():
    """A list of arrays and tokens took 1,500 bytes a text of 15 words."""
    generator = np.random.default_rng(0)
    words = ["".join(chr(97 + letter) for letter in generator.integers(0, 26, 6)) for _ in range(2_000)]
    texts = [" ".join(words[i] for i in row) for row in generator.integers(0, 2_000, (5_000, 15))]
    kind = TextKind("words", characters=True, pieces=100)
    tracemalloc.start()
    kind.fit(texts)
    encoded = kind.encode(texts)
    sizes = list(kind.sizes(encoded))
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 200 * len(texts) and most < 500 * len(texts)
    assert sizes == [15] * len(texts) and [len(text.tokens) for text in encoded] == sizes


def test_encoded_texts_are_taken_like_a_list():
    kind = TextKind("words", lowercase=True)
    kind.fit(PROSE)
    encoded = kind.encode([*PROSE, "", "never seen"])
    assert [text.tokens for text in encoded] == [kind.split(text) for text in (*PROSE, "", "never seen")]
    assert encoded[-1].ids.tolist() == [0, 0] and encoded[-2].tokens == []
    assert [text.tokens for text in encoded[1:3]] == [encoded[1].tokens, encoded[2].tokens]
    assert list(kind.sizes(encoded)) == [len(text.ids) for text in encoded] == kind.sizes(list(encoded))
    with pytest.raises(IndexError):
        encoded[5]


@pytest.mark.parametrize("count", [1, 2, 63])
@pytest.mark.parametrize("level", ["auto", "characters", "words"])
def test_what_was_fitted_on_is_encoded_as_anything_else(count, level):
    generator = random.Random(count)
    texts = [" ".join(generator.choices(["a", "Bee,", "cé", "?"], k=generator.randrange(1, 9))) for _ in range(count)]
    fitted = TextKind(level)
    fitted.fit(texts)
    first = fitted.encode([*texts])  # split when it was fitted
    other = fitted.encode([*texts, "a new one"])[:-1]
    again = fitted.encode(texts)
    for encoded in (other, again):
        assert [text.tokens for text in encoded] == [text.tokens for text in first]
        assert all(np.array_equal(one.ids, two.ids) for one, two in zip(encoded, first, strict=True))
    changed = TextKind(level)
    cells = [*texts]
    changed.fit(cells)
    cells[-1] = "Bee"
    assert changed.encode(cells)[-1].tokens == fitted.encode(["Bee"])[0].tokens


def test_elements_of_a_text_are_those_that_are_tagged():
    """Where lists of tokens had signs apart, a text is cut at them."""
    kind, whole = TextKind().element_by_element(), TextKind().element_by_element()
    kind.fit([["Anna", "sings", "."], ["No", "!"]])
    whole.fit([["x.y", "b"]])
    assert kind.elements_in("Anna sings, no.") == ["Anna", "sings", ",", "no", "."] == kind.split("Anna sings, no.")
    assert whole.elements_in("x.y b.") == ["x.y", "b."]


def test_choosing_a_level_takes_no_memory_for_each_word():
    texts = ["some words of a book " * 900] * 60
    tracemalloc.start()
    assert choose_level(texts) == "tokens"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6
