# pyright: strict
"""Sentences that carry their tags with them: each word behind its sign (``the/DT dog/NN``, as the Brown corpus has it),
or spans between marks (``<PER>Ann</PER> saw [Rome](place)``)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from elman.data.readers.annotations import MisfitError, Span, tags_of, tokens_of
from elman.data.readers.files import TextFile
from elman.data.readers.reader import SAMPLE_LINES, Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.spans import MOST_TAGS

Sentence = list[list[str]]
"""The columns of a sentence, its words first."""

SIGNS = "/_|"
FEWEST_LINES, FEWEST_WORDS, OFTEN = 5, 3, 2
"""Lines, words in each on average, and times that each tag or kind of span comes on average, at least."""
SETTLED = 0.6
"""Of the words that come again, this share has the tag that is commonest behind its word, at least."""


class Behind(NamedTuple):
    """Tags behind their words: the sign between them, and how many of them a word has."""

    sign: str
    tags: int

    def parted(self, line: str) -> Sentence:
        """Raises MisfitError for a word that lacks a tag."""
        rows = [word.rsplit(self.sign, self.tags) for word in line.split()]
        for row in rows:
            if len(row) != self.tags + 1 or not all(row):
                word = self.sign.join(row)
                raise MisfitError(f"expected {self.tags} tag{'s' * (self.tags > 1)} behind each word, found {word!r}")
        return [list(column) for column in zip(*rows, strict=True)]


def behind(lines: Sequence[str], *, known: bool = False) -> Behind | None:
    """How tags stand behind the words of lines; None where not every word has one, or hardly any comes again.

    known: it is known that lines are of this format if each word has something behind it
    """
    filled = [line.split() for line in lines if line.strip()]
    words = [word for line in filled for word in line]
    if not words or not (known or (len(filled) >= FEWEST_LINES and len(words) >= FEWEST_WORDS * len(filled))):
        return None
    for sign in SIGNS:
        count = min(word.count(sign) for word in words)
        if not count:
            continue
        rows = [word.rsplit(sign, count) for word in words]
        columns = [*zip(*rows, strict=True)]
        if all(map(all, rows)) and (known or all(are_tags(tags, columns[0]) for tags in columns[1:])):
            return Behind(sign, count)
    return None


def are_tags(behind: Sequence[str], words: Sequence[str]) -> bool:
    """Whether what stands behind each of the words are tags: fewer than words, names and not numbers, and mostly the
    same behind the same word, unlike the second halves of paths (``usr/lib``) and of identifiers (``get_name``)."""
    tags, different = {*behind}, len({*words})
    often = OFTEN * len(tags) <= len(words) and len(tags) <= MOST_TAGS and len(tags) < different
    if not often or sum(any(map(str.isalpha, tag)) for tag in tags) * 2 <= len(tags):
        return False
    pairs = Counter(zip(words, behind, strict=True))
    commonest: dict[str, int] = {}
    for (word, _), count in pairs.items():
        commonest[word] = max(count, commonest.get(word, 0))
    again = {word: count for word, count in Counter(words).items() if count > 1}
    return sum(commonest[word] for word in again) >= SETTLED * sum(again.values())


def open_behind(files: Sequence[TextFile]) -> Source:
    """Columns "token" and "tag"; with several tags behind each word, "column_2" and on before the last of them."""
    sample = sample_of(files[0])
    form = behind(sample) or behind(sample, known=True)
    assert form is not None  # by which the format was recognised
    names = ["token", *(f"column_{i}" for i in range(2, form.tags + 1)), "tag"]
    return of_sentences(files, names, form.parted, f"read as words with tags behind them, as in word{form.sign}TAG")


# -- spans between marks ---------------------------------------------------------------------------------------

MARK = re.compile(
    r"<(?P<kind>[A-Za-z][\w.-]*)>(?P<inner>[^<>]+)</(?P=kind)>|"
    r"\[(?P<words>[^\[\]]+)\]\((?P<type>[A-Za-z][\w.-]*)\)"
)
LEFT_OVER = re.compile(r"</?[A-Za-z][\w.-]*>|\]\([A-Za-z][\w.-]*\)")
OF_PAGES = frozenset(
    """
    a abbr b big br cite code del dd dl dt em font h i img ins li mark ol p pre q s small span strike strong style
    sub sup table tbody td th thead title tr tt u ul div hr body head text doc
    """.split()  # noqa: SIM905
)
"""Marks of HTML, and those around whole documents, which say nothing of words."""
PAGE = re.compile(r".+\.(md|markdown|rst|txt|html?|php|pdf|png|jpe?g|gif|svg)", re.IGNORECASE)
"""A file that a link of Markdown leads to: ``[how](README.md)``."""
MARKED = 0.2
"""This share of the lines, at least, holds a mark."""
MOST_KINDS = 100


def parted_at_marks(line: str) -> Sentence:
    """Words and signs, each a token, and their tags in IOB2. Raises MisfitError for marks that don't pair up."""
    text, spans, end = "", list[Span](), 0
    for mark in MARK.finditer(line):
        text += line[end : mark.start()]
        inner, kind = mark["inner"] or mark["words"], mark["kind"] or mark["type"]
        spans.append(Span(len(text), len(text) + len(inner), kind))
        text, end = text + inner, mark.end()
    text += line[end:]
    if left := LEFT_OVER.search(text):
        raise MisfitError(f"marks of spans stand in pairs, and none within another; found {left[0]!r} alone")
    places = tokens_of(text)
    return [[text[first:last] for first, last in places], tags_of(text, spans, places)]


def has_marks(lines: Sequence[str]) -> bool:
    """Whether spans of words are marked in lines: more than whole lines, and not as pages of HTML are."""
    filled = [line.strip() for line in lines if line.strip()]
    found = [mark for line in filled for mark in MARK.finditer(line)]
    kinds = {mark["kind"] or mark["type"] for mark in found}
    lines_marked = sum(MARK.search(line) is not None for line in filled)
    if len(filled) < FEWEST_LINES or lines_marked < MARKED * len(filled) or len(kinds) > MOST_KINDS:
        return False
    within = any(MARK.sub("", line).strip() for line in filled if MARK.search(line))
    often = OFTEN * len(kinds) <= len(found)  # as links to other pages don't
    return within and often and not any(kind.lower() in OF_PAGES or PAGE.fullmatch(kind) for kind in kinds)


def open_marked(files: Sequence[TextFile]) -> Source:
    """Columns "token" and "tag"."""
    said = "read as texts with spans between marks; they became IOB2 tags of words and signs, each a token"
    return of_sentences(files, ["token", "tag"], parted_at_marks, said)


# -- both ------------------------------------------------------------------------------------------------------


def of_sentences(files: Sequence[TextFile], names: list[str], parted: Callable[[str], Sentence], said: str) -> Source:
    """A row for each line that isn't blank."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for number, line in enumerate(file.lines(), start=1):
                if line.strip():
                    try:
                        sentence = parted(line)
                    except MisfitError as error:
                        file.bad.add(file.error(f"{error}.", number))
                    else:
                        yield sentence

    return Source(names, rows, "sentences", notes=[*(note for file in files for note in file.notes), said])


def sample_of(file: TextFile) -> list[str]:
    return list(islice(file.lines(), SAMPLE_LINES))


BEHIND = Reader(
    "tagged-words",
    "words with their tags",
    open_behind,
    recognises=lambda lines: behind(lines) is not None,
    again=lambda lines: behind(lines, known=True) is not None,
    precedence=28,
)
MARKS = Reader(
    "marked-spans",
    "texts with marked spans",
    open_marked,
    recognises=has_marks,
    again=lambda lines: any(map(MARK.search, lines)),
    precedence=27,
)
