"""What is asked of many texts at once is what is asked of each."""

from __future__ import annotations

import random
import string

import pytest

from elman.kinds import lines
from elman.kinds.lines import all_same_words, are_evenly_spaced, count_words, holding, same_words, without_signs

PIECES = [
    "word",
    "Éclair",
    "ſtraße",
    "İ",
    "12",
    "a,b",
    "x!",
    "?",
    " ",
    "  ",
    "\t",
    "\n",
    "\x1c",
    "\x85",
    "\xa0",
    "\u3000",
    "",
]
SIGNS = (string.digits + string.punctuation).encode()


def texts(count, pieces=PIECES):
    generator = random.Random(count)
    return [" ".join(generator.choices(pieces, k=generator.randrange(6))) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 63, 2_003])
@pytest.mark.parametrize("pieces", [PIECES, ["plain", "Words", "x1"], ["größe", "MASSE"]], ids=["odd", "ascii", "even"])
def test_many_texts_give_what_each_gives(count, pieces):
    given = texts(count, pieces)
    assert list(all_same_words(given)) == [same_words(text) for text in given]
    assert count_words(given) == sum(len(text.split()) for text in given)
    assert list(holding(given, ",")) == [text for text in given if "," in text]
    bare = [text.encode().translate(None, SIGNS).lower().split() for text in given]
    assert list(without_signs(given)) == [b" ".join(words) for words in bare]


def test_every_white_space_is_seen():
    spaces = [sign for sign in map(chr, range(0x11_0000)) if sign.isspace() and sign not in " \n"]
    assert len(spaces) > 20
    for space in spaces:
        assert not are_evenly_spaced(f"some{space}words\nand others")
    assert are_evenly_spaced("some words\nand öthers") and not are_evenly_spaced("some  words")
    assert not any(map(are_evenly_spaced, ["", " a", "a ", "a\n", "\na", "a \nb", "a\n b", "a\n\nb"]))


def test_texts_that_hold_half_a_character_pass():
    assert list(all_same_words(["A \ud800 b"] * 3)) == ["a \ud800 b"] * 3
    assert list(without_signs(["A \ud800 1 b"])) == ["a \ud800 b".encode("utf-8", "surrogatepass")]


def test_blocks_are_cut_anywhere(monkeypatch):
    monkeypatch.setattr(lines, "TOGETHER", 3)
    given = texts(100)
    assert list(all_same_words(given)) == [same_words(text) for text in given]
