# pyright: strict
"""Texts behind their labels, with a blank between them, where the labels can be nothing else: ``0 a dull film``, as the
sets of Kim (2014) are written, or ``DESC:manner How does it work ?``, as TREC's questions are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

NUMBER = re.compile(r"[-+]?\d{1,2}")
TYPED = re.compile(r"[A-Z]\w*(:\w+)+")
FIGURES = 9
FEWEST_LINES, OFTEN = 10, 4
"""Lines, and times that each label comes on average, at least."""


def has_labels_in_front(lines: Sequence[str]) -> bool:
    """Whether each line begins with a number of a few that begin at 0 or -1, as no list of amounts does, or with a name
    that has a colon within; and goes on in words."""
    parts = [line.split(maxsplit=2) for line in lines if line.strip()]
    first = [words[0] for words in parts]
    labels = {*first}
    if len(parts) < FEWEST_LINES or len(labels) < 2 or OFTEN * len(labels) > len(parts) or count_on(first, labels):
        return False
    if not any(any(map(str.isalpha, words[1])) for words in parts if len(words) > 2):
        return False
    return all(map(TYPED.fullmatch, labels)) or are_numbered(labels)


def count_on(first: Sequence[str], labels: set[str]) -> bool:
    """Whether lines are numbered by one figure each, which begins anew after 9."""
    if len(labels) < FIGURES or not all(map(str.isdecimal, first)):
        return False
    numbers = [*map(int, first)]
    return all(b == (a + 1 if a < max(numbers) else min(numbers)) for a, b in pairwise(numbers))


def begin_with_labels(lines: Sequence[str]) -> bool:
    """Whether lines, however few, may begin with labels."""
    return all(TYPED.fullmatch(label) or NUMBER.fullmatch(label) for label in (line.split()[0] for line in lines))


def are_numbered(labels: set[str]) -> bool:
    if not all(map(NUMBER.fullmatch, labels)):
        return False
    numbers = {*map(int, labels)}
    return numbers == {-1, 1} or (len(numbers) == len(labels) and numbers in ({*range(len(numbers))}, {-1, 0, 1}))


def open_labelled(files: Sequence[TextFile]) -> Source:
    """Columns "label" and "text"."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for line in file.lines():
                if line.strip():
                    label, *text = line.strip().split(maxsplit=1)
                    yield label, text[0] if text else None

    notes = [note for file in files for note in file.notes]
    notes.append("read as a label at the start of each line, and a text behind it")
    return Source(["label", "text"], rows, "table", notes=notes, texts=frozenset({"label", "text"}))


READER = Reader(
    "labelled-lines",
    "texts behind their labels",
    open_labelled,
    recognises=has_labels_in_front,
    again=begin_with_labels,
    precedence=10,
)
