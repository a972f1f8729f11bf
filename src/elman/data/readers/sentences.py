# pyright: strict
"""Tables of one word per row, with a column that says which sentence it is in: gathered into one row per sentence.

Such tables name the sentence in every row, or in its first one alone, and leave the cells below it empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from elman.data.bad import BadItems
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.spans import scheme_of

NAMES_SENTENCES = re.compile(r"(sentences?|sents?)[ _\-.]*(#|id|idx|index|no|nr|num|number)?", re.IGNORECASE)
NAMES_WORDS = frozenset({"word", "words", "token", "tokens", "form"})
SAMPLE_ROWS = 2_000
WORDS_EACH = 1.2
"""Words of a cell, on average and at most: a token may hold a space now and then."""
NAME_WORDS = 3
"""Words of a sentence's name at most, such as ``Sentence: 1``."""
TOKENS_EACH = 1.5
"""Rows of a sentence, on average and at least."""


Row = Sequence[Cell]


@dataclass(frozen=True)
class Words:
    """Which columns, by their places, say what the sentence is, and what the word."""

    by: int
    word: int


def in_sentences(source: Source, path: str, bad: BadItems) -> Source:
    """One row per sentence, its columns lists, where each row is a word; any other source as it is.

    Raises DataFileError, with the row, for a missing word, and where rows of one sentence don't stand together.
    """
    words = words_in(source)
    if words is None:
        return source
    kept = [i for i in range(len(source.names)) if i != words.by]

    def rows() -> Iterator[Sequence[Cell]]:
        for first, sentence in sentences(source.rows(), words):
            missing = next((i for i, row in enumerate(sentence) if row[words.word] is None), None)
            if missing is None:
                yield [[row[i] for row in sentence] for i in kept]
            else:
                where = f"{path}, row {first + missing}"
                bad.add(DataFileError(f"has no word (column {source.names[words.word]!r}). Correct the cell.", where))

    count = check_together(source, words, path)
    by = source.names[words.by]
    said = f"each row is a word; rows of the same {by!r} are one sentence, of {count:,}"
    names = [source.names[i] for i in kept]
    return replace(source, names=names, rows=rows, notes=[*source.notes, said], files=[])


def words_in(source: Source) -> Words | None:
    """How rows make up sentences, if each is a word: what says so are names of columns, or tags that mark spans."""
    rows = list(islice(source.rows(), SAMPLE_ROWS))
    by = next((i for i, name in enumerate(source.names) if NAMES_SENTENCES.fullmatch(name.strip())), None)
    if not source.has_header or by is None or not rows:
        return None
    named = {str(row[by]) for row in rows if row[by] is not None}
    short = all(len(name.split()) <= NAME_WORDS for name in named)
    if rows[0][by] is None or len(named) < 2 or not short or len(rows) < TOKENS_EACH * len(named):
        return None
    columns = [i for i in range(len(source.names)) if i != by and are_words([row[i] for row in rows])]
    called = [i for i in columns if source.names[i].strip().lower() in NAMES_WORDS]
    if not called and any(marks_spans(rows, Words(by, i)) for i in columns):
        called = sorted(columns, key=lambda i: -len({row[i] for row in rows}))
    return next((Words(by, i) for i in called), None)


def marks_spans(rows: Sequence[Row], column: Words) -> bool:
    """Whether the column at ``word`` holds tags that mark spans."""
    return scheme_of([str(row[column.word]) for row in sentence] for _, sentence in sentences(rows, column)) is not None


def are_words(cells: Sequence[Cell]) -> bool:
    """Texts of one word each, but for a few."""
    filled = [cell for cell in cells if cell is not None]
    texts = [cell for cell in filled if isinstance(cell, str)]
    return bool(texts) and len(texts) == len(filled) and sum(len(t.split()) for t in texts) <= WORDS_EACH * len(texts)


def sentences(rows: Iterable[Row], words: Words) -> Iterator[tuple[int, list[Row]]]:
    """Each sentence with the number of its first row, from 1. One begins where the cell that names it is filled, and
    another than before; rows without any cell belong to none."""
    sentence: list[Row] = []
    first, name = 1, None
    for number, row in enumerate(rows, start=1):
        named = row[words.by]
        if sentence and named is not None and named != name:
            yield first, sentence
            sentence = []
        name = name if named is None else named
        if any(cell is not None for cell in row):
            first = first if sentence else number
            sentence.append(row)
    if sentence:
        yield first, sentence


def check_together(source: Source, words: Words, path: str) -> int:
    """How many sentences there are. Raises DataFileError where they are so short that their rows lie scattered."""
    count = rows = 0
    for _, sentence in sentences(source.rows(), words):
        count, rows = count + 1, rows + len(sentence)
    if rows < TOKENS_EACH * count:
        raise DataFileError(
            f"the rows of one {source.names[words.by]!r} don't stand together: {rows:,} rows begin {count:,} "
            "sentences. Sort the rows by it, keeping the order of the words.",
            path,
        )
    return count
