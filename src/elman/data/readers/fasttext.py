"""fastText's labelled texts: a line holds its text and its labels, each as ``__label__NAME``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from elman.data.readers.files import TextFile
from elman.data.readers.reader import SAMPLE_LINES, Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

MARKED = re.compile(r"(?<![^\s,])(__[A-Za-z]+__)[ \t]*[^\s,]")
"""A label, with what it begins with. fastText takes anything (``-label``); people keep its underscores."""
MOSTLY = 0.9
"""So many of the lines at least hold a label."""
MANY_NAMES = 0.5
"""Where this share of the lines and more begin with a name of their own, a comma ends the names, without a blank."""


@dataclass(frozen=True)
class Labels:
    """How labels are written: what they begin with, and whether a comma ends their names."""

    prefix: str
    end_at_comma: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """A label with the comma behind it, if there is one. The prefix may stand apart from the name."""
        prefix = re.escape(self.prefix)
        if self.end_at_comma:
            return re.compile(rf"(?<![^\s,]){prefix}[ \t]*([^\s,]+)\s*,?\s*")
        return re.compile(rf"(?<![^\s,]){prefix}[ \t]*(\S+?)\s*(?:,(?=\s|{prefix}|$)\s*|(?=\s|$))")

    def parted(self, line: str) -> tuple[str, list[str]]:
        """The text of a line without its labels, and these, each once."""
        names = dict.fromkeys(match[1] for match in self.pattern.finditer(line))
        return self.pattern.sub("", line).strip(), list(names)


def labels_in(lines: Sequence[str]) -> Labels | None:
    """How labels are written in these lines; None where they aren't fastText's."""
    filled = [line for line in lines if line.strip()]
    first = MARKED.search(filled[0]) if filled else None
    if first is None or sum(first[1] in line for line in filled) < MOSTLY * len(filled):
        return None
    if ends_turns(first[1], filled):
        return None
    glued = [line.split(first[1], 1)[-1].split(maxsplit=1)[:1] for line in filled]
    own = {name for names in glued for name in names if "," in name.rstrip(",")}
    return Labels(first[1], end_at_comma=len(own) > MANY_NAMES * len(filled))


def ends_turns(mark: str, lines: Sequence[str]) -> bool:
    """Whether a mark ends each turn of a dialogue, as DailyDialog's ``__eou__``: it stands apart from words, as what
    labels begin with does at the beginning of lines alone."""
    apart = re.compile(rf"(?<![^\s,]){re.escape(mark)}(?=[ \t]|$)")
    many = 2 * sum(apart.search(line) is not None for line in lines) > len(lines)
    return many and sum(line.lstrip().startswith(mark) for line in lines) < MOSTLY * len(lines)


def open_fasttext(files: Sequence[TextFile]) -> Source:
    """Columns "text" and "label"; or "labels", lists, where some line has several of them.

    As fastText reads them, labels may stand anywhere in their line. Commas between labels, or between one and the text,
    are no part of either.
    """
    labels = labels_in(list(islice(files[0].lines(), SAMPLE_LINES)))
    assert labels is not None  # by which the format was recognised
    counts, several, incomplete = list[tuple[str, int]](), False, 0
    for file in files:
        rows_in = 0
        for text, names in parted_lines(file, labels):
            rows_in += 1
            several |= len(names) > 1
            incomplete += not (text and names)
        counts.append((str(file.path), rows_in))

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for text, names in parted_lines(file, labels):
                label = (names if several else names[0]) if names else None
                yield text or None, label

    notes = [note for file in files for note in file.notes]
    notes.append(f"read as fastText writes it: {labels.prefix}NAME is a label, the rest of its line the text")
    if incomplete:
        notes.append(f"{incomplete:,} {'line' if incomplete == 1 else 'lines'} without a text or without a label")
    names = ["text", "labels" if several else "label"]
    return Source(names, rows, "table", False, notes, counts, texts=frozenset(names), nests=frozenset({list}))


def parted_lines(file: TextFile, labels: Labels) -> Iterator[tuple[str, list[str]]]:
    return (labels.parted(line) for line in file.lines() if line.strip())


READER = Reader(
    "fasttext",
    "labelled lines of fastText",
    open_fasttext,
    suffixes=frozenset({".csv", ".tsv"}),
    recognises=lambda lines: labels_in(lines) is not None,
    precedence=45,
)
