# pyright: strict
"""Texts and their labels in lines, where the labels can be nothing else: behind them with a blank between, as in ``0 a
dull film``, as the sets of Kim (2014) are written, or ``DESC:manner How does it work ?``, as TREC's questions are; or
before them, ``Profit rose .@positive``, as the sentences of Malo et al. (2014) are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

NUMBER = re.compile(r"[-+]?\d{1,2}")
TYPED = re.compile(r"[A-Z]\w*(:\w+)+")
BEHIND = "@"
"""Between a text and its label."""
WORD = re.compile(r"[^\W_][\w-]*")
FIGURES = 9
FEWEST_LINES, OFTEN = 10, 4
"""Lines with a label, and times that each label comes on average, at least."""
MOST_STRAYS = 0.05
"""Lines without one, at most, or a single one; they are named when they are read."""


def has_labels_in_front(lines: Sequence[str]) -> bool:
    """Whether lines begin with a number of a few that begin at 0 or -1, as no list of amounts does, or with a name that
    has a colon within; and go on in words."""
    parts = [line.split(maxsplit=2) for line in lines if line.strip()]
    typed, numbered = ([words for words in parts if form.fullmatch(words[0])] for form in (TYPED, NUMBER))
    labelled = max(typed, numbered, key=len)
    first = [words[0] for words in labelled]
    if not are_labels(first, parts) or not any(any(map(str.isalpha, words[1])) for words in labelled if len(words) > 2):
        return False
    return labelled is typed or (are_numbered(first) and not count_on(first))


def are_labels(labels: Sequence[str], lines: Sequence[object]) -> bool:
    """Whether labels come again, in all lines but a few."""
    strays = len(lines) - len(labels)
    enough = len(labels) >= FEWEST_LINES and strays <= max(1, MOST_STRAYS * len(lines))
    return enough and 1 < len({*labels}) <= len(labels) / OFTEN


def count_on(first: Sequence[str]) -> bool:
    """Whether lines are numbered by one figure each, which begins anew after 9."""
    if len({*first}) < FIGURES or not all(map(str.isdecimal, first)):
        return False
    numbers = [*map(int, first)]
    return all(b == (a + 1 if a < max(numbers) else min(numbers)) for a, b in pairwise(numbers))


def begin_with_labels(lines: Sequence[str]) -> bool:
    """Whether lines, however few, may begin with labels."""
    return all(part_in_front(line.strip()) for line in lines)


def are_numbered(labels: Sequence[str]) -> bool:
    """Whether the numbers that come again are -1 and 1, or go up from 0 or -1. A text may begin with another one."""
    again = [label for label, count in Counter(labels).items() if count > 1]
    numbers = {*map(int, again)}
    return numbers == {-1, 1} or (len(numbers) == len(again) and numbers in ({*range(len(numbers))}, {-1, 0, 1}))


def has_labels_behind(lines: Sequence[str]) -> bool:
    """Whether lines end with ``@`` and a word, one of a few, behind several others."""
    filled = [line.strip() for line in lines if line.strip()]
    parts = [part for line in filled if (part := part_behind(line)) is not None]
    return are_labels([label for label, _ in parts], filled) and all(len(str(text).split()) > 1 for _, text in parts)


def end_with_labels(lines: Sequence[str]) -> bool:
    """Whether lines, however few, may end with labels."""
    return all(part_behind(line.strip()) for line in lines)


Parted = tuple[str, str | None]
"""A label, and its text."""


def part_in_front(line: str) -> Parted | None:
    label, *text = line.split(maxsplit=1)
    return (label, text[0] if text else None) if TYPED.fullmatch(label) or NUMBER.fullmatch(label) else None


def part_behind(line: str) -> Parted | None:
    text, _, label = line.rpartition(BEHIND)
    return (label, text.strip()) if text and WORD.fullmatch(label) else None


def opens(part: Callable[[str], Parted | None], said: str) -> Callable[[Sequence[TextFile]], Source]:
    """What reads columns "label" and "text", into which ``part`` parts a line; None, for one without a label, is a
    bad item."""

    def open_labelled(files: Sequence[TextFile]) -> Source:
        def rows() -> Iterator[Sequence[Cell]]:
            for file in files:
                for number, line in enumerate(file.lines(), start=1):
                    if not line.strip():
                        continue
                    if (row := part(line.strip())) is not None:
                        yield row
                    else:
                        file.bad.add(file.error("has no label, as the other lines have: add one.", number))

        notes = [*(note for file in files for note in file.notes), said]
        return Source(["label", "text"], rows, "table", notes=notes, texts=frozenset({"label", "text"}))

    return open_labelled


READER = Reader(
    "labelled-lines",
    "texts behind their labels",
    opens(part_in_front, "read as a label at the start of each line, and a text behind it"),
    recognises=has_labels_in_front,
    again=begin_with_labels,
    precedence=10,
)
WITH_SIGN = Reader(
    "lines-and-labels",
    "texts before their labels",
    opens(part_behind, f"read as a text in each line, and its label behind the last {BEHIND}"),
    recognises=has_labels_behind,
    again=end_with_labels,
    precedence=10,
)
