# pyright: strict
"""Tunes in ABC notation (the standard 2.1 of abcnotation.com), as collections of folk music are written: a file holds
many, each from its number (``X:``) to a blank line or the next number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

NUMBER, KEY = re.compile(r"X:\s*\d+\s*"), re.compile(r"K:.*")
"""The first line of a tune, and the last one before its notes."""
FIRST = "X:1"
"""The number that each tune is given: it says which one of its book it is, and nothing of its notes."""
COMMENT = "%"


def is_abc(lines: Sequence[str]) -> bool:
    """Whether a number begins a tune, and a key is told before its notes."""
    filled = (line.strip() for line in lines if line.strip() and not line.startswith(COMMENT))
    return bool(NUMBER.fullmatch(next(filled, ""))) and any(map(KEY.fullmatch, filled))


def tunes_of(file: TextFile) -> Iterator[list[str]]:
    """The lines of each tune without comments; what stands between tunes belongs to none."""
    tune: list[str] = []
    for line in map(str.rstrip, file.lines()):
        starts = bool(NUMBER.fullmatch(line))
        if tune and (starts or not line):
            yield tune
            tune = []
        if starts:
            tune = [FIRST]
        elif tune and not line.startswith(COMMENT):
            tune.append(line)
    if tune:
        yield tune


def open_abc(files: Sequence[TextFile]) -> Source:
    """One column "text": a tune in each row, its fields and its notes line by line.

    Raises DataFileError for a file without any.
    """
    for file in files:
        if next(tunes_of(file), None) is None:
            raise file.error("holds no tune. Expected ABC notation, where each begins with its number (X:1).")

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for tune in tunes_of(file):
                yield ("\n".join(tune),)

    notes = [note for file in files for note in file.notes]
    notes.append(f"tunes in ABC notation, each from its {FIRST} on; comments and what stands between them are left out")
    return Source(["text"], rows, "table", notes=notes, texts=frozenset({"text"}))


READER = Reader(
    "abc", "tunes in ABC notation", open_abc, suffixes=frozenset({".abc"}), recognises=is_abc, precedence=60
)
