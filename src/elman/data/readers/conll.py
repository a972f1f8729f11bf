"""One token per line, sentences separated by blank lines: CoNLL column files and CoNLL-U."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

CONLLU_COLUMNS = ["form", "lemma", "upos", "xpos", "feats", "head", "deprel"]
COLUMN_FILES = frozenset({".conll", ".iob", ".iob2", ".bio"})
CONLLU_ID = re.compile(r"[0-9]+([-.][0-9]+)?")


def open_conllu(files: Sequence[TextFile]) -> Source:
    """CoNLL-U (universaldependencies.org/format.html): each column a list with one string per word.

    Ranges of multiword tokens (``8-9``) and empty nodes (``8.1``) aren't words and are left out.
    """

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for sentence in conllu_sentences(file):
                yield [list(column) for column in zip(*sentence, strict=True)]

    return Source(CONLLU_COLUMNS, rows, "conll", True, notes(files, rows))


def conllu_sentences(file: TextFile) -> Iterator[list[list[str]]]:
    words: list[list[str]] = []
    valid = True
    for number, line in enumerate(file.lines(), start=1):
        if number in file.left_out:
            valid = False
        elif not line.strip():
            if words and valid:
                yield words
            words, valid = [], True
        elif not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) != 10 or not CONLLU_ID.fullmatch(cells[0]):
                valid = False
                file.bad.add(
                    file.error(
                        f"expected 10 tab-separated columns (CoNLL-U), the first a number; found {len(cells)} in "
                        f"{line[:60]!r}.",
                        number,
                    )
                )
            elif cells[0].isdigit():
                words.append(cells[1:8])
    if words and valid:
        yield words


def open_conll(files: Sequence[TextFile]) -> Source:
    """Column files: the token first, the tag last. Columns: token, column_2, ..., tag; lists of strings."""
    widths = {file: usual_width(file) for file in files}
    width = widths[files[0]]
    for file in files:
        if widths[file] != width:
            raise file.error(f"has {widths[file]} columns, but {files[0].path.name} has {width}.")
    names = ["token", *(f"column_{i}" for i in range(2, width)), "tag"][:width]

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for sentence in conll_sentences(file, width):
                yield [list(column) for column in zip(*sentence, strict=True)]

    return Source(names, rows, "conll", False, notes(files, rows))


def conll_sentences(file: TextFile, width: int) -> Iterator[list[list[str]]]:
    """A line that holds nothing but white space, such as a lone tab, ends a sentence."""
    tabs = separated_by_tabs(file)
    words: list[list[str]] = []
    valid = True
    for number, line in enumerate(file.lines(), start=1):
        cells = split(line, tabs)
        if number in file.left_out:
            valid = False
        elif not any(cells) or cells[0] == "-DOCSTART-":
            if words and valid:
                yield words
            words, valid = [], True
        elif not is_comment(line, cells, width, opens_sentence=not words):
            if len(cells) != width or not cells[0]:
                valid = False
                file.bad.add(file.error(wrong_row(line, cells, width), number))
            words.append(cells)
    if words and valid:
        yield words


def wrong_row(line: str, cells: Sequence[str], width: int) -> str:
    if len(cells) == width:
        return f"the token is empty: {line[:60]!r}."
    return (
        f"has {len(cells)} column{'s' * (len(cells) != 1)}, expected {width}: {line[:60]!r}. Each line needs its token "
        "and its tags; a blank line parts two sentences."
    )


def is_comment(line: str, cells: Sequence[str], width: int, opens_sentence: bool) -> bool:
    """``# id = 7`` before a sentence; but a row for the word ``#`` has the right number of columns."""
    return line.startswith("# ") and opens_sentence and (len(cells) != width or "=" in line)


def split(line: str, tabs: bool) -> list[str]:
    return line.split("\t") if tabs else line.split()


def separated_by_tabs(file: TextFile) -> bool:
    return all("\t" in line for line in file.lines() if line.strip() and not line.startswith(("# ", "-DOCSTART-")))


def usual_width(file: TextFile) -> int:
    tabs = separated_by_tabs(file)
    widths = Counter(len(split(line, tabs)) for line in file.lines() if line.strip())
    if not widths:
        raise file.error("holds nothing but white space. Expected one token per line.")
    return widths.most_common(1)[0][0]


def notes(files: Sequence[TextFile], rows: Callable[[], Iterator[Sequence[Cell]]]) -> list[str]:
    if next(rows(), None) is None:
        raise files[0].error("holds no words, only comments. Expected one token per line.")
    return [note for file in files for note in file.notes]


def is_conllu(lines: Sequence[str]) -> bool:
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return bool(rows) and all(len(row) == 10 and CONLLU_ID.fullmatch(row[0]) for row in rows[:100])


def is_conll(lines: Sequence[str]) -> bool:
    """Rows of equal width, in several blocks separated by blank lines; each row begins with one token."""
    lines = [line for line in lines if not line.startswith("# ")]
    blocks = [list(block) for filled, block in groupby(lines, key=lambda line: bool(line.strip())) if filled]
    filled = [line for block in blocks for line in block]
    if len(blocks) < 2 or len(filled) > 200 * len(blocks):
        return False
    tabs = all("\t" in line for line in filled)
    rows = [line.split("\t") if tabs else line.split() for line in filled]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2 or any(" " in row[0] for row in rows):
        return False
    tags = {row[-1] for row in rows}
    return tabs or (len(tags) <= len(rows) / 2 and all(tag[0].isupper() or tag == "_" for tag in tags))


CONLLU = Reader(
    "conllu",
    "CoNLL-U",
    open_conllu,
    suffixes=COLUMN_FILES | {".conllu"},
    recognises=is_conllu,
    precedence=35,
)
CONLL = Reader(
    "conll",
    "a CoNLL column file",
    open_conll,
    suffixes=COLUMN_FILES | {".tsv", ".tab"},
    recognises=is_conll,
    precedence=30,
)
