# pyright: strict
"""Dictionaries of pronunciations: a word in each line, and blanks before its phones (``HELLO  HH AH0 L OW1``), as those
of CMU, Kaldi and Montreal's aligner are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from statistics import correlation

from elman.data.readers.files import TextFile
from elman.data.readers.reader import SAMPLE_LINES, Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

COMMENT = ";;;"
BEHIND = re.compile(r"\s#\s.*")
"""A comment behind an entry; phones may begin with this sign, but none is it alone."""
ALTERNATIVE = re.compile(r"(?<=.)\(\d+\)$")
"""A number behind a word that is pronounced in several ways."""
PROBABILITY = re.compile(r"[01]?\.\d+|1")
"""Of a pronunciation, which may stand before it."""
NUMBERED = re.compile(r"\S+\s+\d+\s+\S.*")
"""A word, which of its pronunciations this is, and its phones, where all lines are so: else a figure may be a phone."""
FEWEST_LINES = 20
MOST_PHONES, OFTEN, LONGEST = 200, 3, 3
"""Different phones; times that each comes on average, at least; and signs of one, on average, at most."""
ALIKE = (0.3, 1.7)
"""Phones for each sign of a word, on average, at least and at most."""
TOGETHER = 0.5
"""The correlation of the lengths of words and of the counts of their phones is greater."""
MOSTLY_DIFFERENT = 0.6
"""This share of the words, at least, comes once."""


def are_numbered(lines: Iterable[str]) -> bool:
    return all(NUMBERED.fullmatch(line.strip()) for line in lines if line.strip() and not line.startswith(COMMENT))


def entry(line: str, numbered: bool = False) -> tuple[str, list[str]] | None:
    """The word of a line and its phones; None for comments and blank lines."""
    words = [] if line.startswith(COMMENT) else BEHIND.sub("", line).split()
    if not words:
        return None
    word, *phones = words
    phones = phones[1:] if numbered else phones
    while phones and PROBABILITY.fullmatch(phones[0]):
        phones = phones[1:]
    return ALTERNATIVE.sub("", word), phones


def is_lexicon(lines: Sequence[str]) -> bool:
    """Lines of a word each, seldom one of before, and of few short symbols that come again and again, about as many as
    the word has signs: so no text is written."""
    numbered = are_numbered(lines)
    entries = [found for line in lines if (found := entry(line, numbered))]
    phones = [phone for _, own in entries for phone in own]
    words, different = [word for word, _ in entries], set(phones)
    if len(entries) < FEWEST_LINES or not all(own for _, own in entries):
        return False
    few = len(different) <= MOST_PHONES and OFTEN * len(different) <= len(phones)
    short = sum(map(len, phones)) <= LONGEST * len(phones) and sum(map(str.isnumeric, different)) == 0
    low, high = ALIKE
    alike = low * sum(map(len, words)) <= len(phones) <= high * sum(map(len, words)) and grow_together(entries)
    named = len(set(words)) >= MOSTLY_DIFFERENT * len(words) and sum(any(map(str.isalpha, w)) for w in words) * 2 > len(
        words
    )
    return few and short and alike and named and len(phones) > len(entries)


def grow_together(entries: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether longer words have more phones, as what is said of headwords in short words has not."""
    signs, phones = [float(len(word)) for word, _ in entries], [float(len(own)) for _, own in entries]
    alike = len({*signs}) == 1 or len({*phones}) == 1
    return alike or correlation(signs, phones) > TOGETHER


def are_entries(lines: Sequence[str]) -> bool:
    """Whether lines, however few, may be of a lexicon: a word each, and short symbols."""
    entries = [found for line in lines if (found := entry(line))]
    phones = [phone for _, own in entries for phone in own]
    return all(own for _, own in entries) and 0 < sum(map(len, phones)) <= LONGEST * len(phones)


def open_lexicon(files: Sequence[TextFile]) -> Source:
    """Columns "word" and "phones", these with a blank between them; each pronunciation of a word is a row."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            numbered = are_numbered(islice(file.lines(), SAMPLE_LINES))
            for number, line in enumerate(file.lines(), start=1):
                if not (found := entry(line, numbered)):
                    continue
                word, phones = found
                if phones:
                    yield word, " ".join(phones)
                else:
                    file.bad.add(file.error(f"{word!r} has no phones. Expected a word and its phones.", number))

    notes = [note for file in files for note in file.notes]
    return Source(["word", "phones"], rows, "lexicon", notes=notes, texts=frozenset({"word", "phones"}))


READER = Reader(
    "lexicon", "a dictionary of pronunciations", open_lexicon, recognises=is_lexicon, again=are_entries, precedence=26
)
