# pyright: strict
"""Stories with questions among their sentences, as bAbI has them (Weston et al. 2015): numbered lines, from 1 on in
each story; behind a question a tab, its answer, a tab, and the numbers of the lines that tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

LINE = re.compile(r"(\d{1,9}) ([^\t]*[^\t\s])[ ]*(?:\t([^\t]+)(?:\t\d+(?: \d+)*)?)?")
"""A number and a sentence; or a number, a question, its answer, and what tells it."""
FEWEST_LINES = 10


def are_stories(lines: Sequence[str]) -> bool:
    """Whether all lines are of such stories, several of them, and each number is one more than that before, or 1."""
    found = [LINE.fullmatch(line.rstrip()) for line in lines if line.strip()]
    matches = [match for match in found if match is not None]
    if len(found) < FEWEST_LINES or len(matches) < len(found):
        return False
    numbers = [int(match[1]) for match in matches]
    follow = all(now in (1, before + 1) for before, now in zip([0, *numbers], numbers, strict=False))
    asked = sum(match[3] is not None for match in matches)
    return follow and numbers.count(1) > 1 and 0 < asked < len(matches)


def may_be_stories(lines: Sequence[str]) -> bool:
    """Whether lines, however few, are of such stories."""
    return all(LINE.fullmatch(line.rstrip()) for line in lines if line.strip())


def open_stories(files: Sequence[TextFile]) -> Source:
    """Columns "story", what was said before a question, "question" and "answer"; a row for each question."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            said: list[str] = []
            for number, line in enumerate(file.lines(), start=1):
                if not line.strip():
                    continue
                if (match := LINE.fullmatch(line.rstrip())) is None:
                    why = "expected a number, and a sentence or a question with its answer behind a tab."
                    file.bad.add(file.error(why, number))
                    continue
                said = [] if match[1] == "1" else said
                if match[3] is None:
                    said.append(match[2])
                else:
                    yield " ".join(said), match[2], match[3]

    notes = [*(note for file in files for note in file.notes), "numbered stories with questions among their sentences"]
    names = ["story", "question", "answer"]
    return Source(names, rows, "table", has_header=True, notes=notes, texts=frozenset(names))


READER = Reader(
    "stories", "stories with questions", open_stories, recognises=are_stories, again=may_be_stories, precedence=29
)
