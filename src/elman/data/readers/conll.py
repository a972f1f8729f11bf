# pyright: strict
"""One token per line, sentences separated by blank lines: CoNLL column files and CoNLL-U."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from elman.data.readers.files import TextFile
from elman.data.readers.reader import SAMPLE_LINES, Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.spans import MOST_TAGS, scheme_of

CONLLU_COLUMNS = ["form", "lemma", "upos", "xpos", "feats", "head", "deprel"]
COLUMN_FILES = frozenset({".conll", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".iobes", ".bilou", ".ner", "_conll"})
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
    """Column files: the token first, the tag last. Columns: token, column_2, ..., tag, or as a line of names has it;
    lists of strings."""
    parts = [ColumnFile.open(file) for file in files]
    first = parts[0]
    for part in parts:
        if part.width != first.width:
            raise part.file.error(
                f"has {part.width} columns, but {first.file.path.name} has {first.width}: pass those of one form."
            )
    kept = [i for i in range(first.width) if first.names[i]]

    def rows() -> Iterator[Sequence[Cell]]:
        for part in parts:
            for sentence in part.sentences():
                columns = [list(column) for column in zip(*sentence, strict=True)]
                yield [columns[i] for i in kept]

    said = notes(files, rows) + [note for part in parts for note in part.notes()]
    return Source([first.names[i] for i in kept], rows, "conll", first.header > 0, said)


@dataclass(frozen=True)
class ColumnFile:
    """One file, and how its lines are made.

    Attributes:
        sign: what stands between cells: a tab, a comma, or " " for any blanks.
        width: cells of a line.
        names: of each column; "" for those that are left out: the numbers of the words, and what is empty throughout.
        tags: what stands in the last column.
        header: the line that names the columns; 0 for none.
        documents: lines that say that a document begins.
    """

    file: TextFile
    sign: str
    width: int
    names: list[str]
    tags: frozenset[str]
    header: int
    documents: int

    @classmethod
    def open(cls, file: TextFile) -> ColumnFile:
        sign, width = usual_form(file.lines(), file.suffix)
        if not width:
            raise file.error("holds nothing but white space. Expected one token per line.")
        tags: Counter[str] = Counter()
        documents = 0
        for number, line in enumerate(file.lines(), start=1):
            cells = split(line, sign)
            documents += begins_document(cells)
            if len(cells) == width and not line.startswith("#"):
                tags[cells[-1]] += 1
            elif line.startswith(DOCUMENT_2012) and width > CONLL_2012:
                raise file.error(OF_CONLL_2012, number)
        sample = list(islice(file.lines(), SAMPLE_LINES))
        header, names = header_of(sample, sign, width, tags)
        if not names:
            rows = [[row for row in block if len(row) == width] for block in blocks_of(sample, sign)]
            names = without_empty(usual_names(width, rows), [row for block in rows for row in block])
        return cls(file, sign, width, names, frozenset(tags), header, documents)

    @property
    def token(self) -> int:
        """The first column that is one."""
        return next(i for i, name in enumerate(self.names) if name)

    def sentences(self) -> Iterator[list[list[str]]]:
        """A line that holds nothing but white space or delimiters, such as a lone tab, ends a sentence."""
        words: list[list[str]] = []
        valid = True
        for number, line in enumerate(self.file.lines(), start=1):
            cells = split(line, self.sign)
            if number in self.file.left_out:
                valid = False
            elif not any(cells) or begins_document(cells):
                if words and valid:
                    yield words
                words, valid = [], True
            elif number != self.header and not self.is_comment(line, cells, opens_sentence=not words):
                if len(cells) != self.width or not cells[self.token]:
                    valid = False
                    self.file.bad.add(self.file.error(wrong_row(line, cells, self.width), number))
                words.append(cells)
        if words and valid:
            yield words

    def is_comment(self, line: str, cells: Sequence[str], opens_sentence: bool) -> bool:
        """``# id = 7`` before a sentence; but a row for the word ``#`` has the right number of columns, and a tag."""
        if not (line.startswith(("# ", "#\t")) and opens_sentence):
            return False
        return len(cells) != self.width or "=" in line or (len(self.tags) <= MOST_TAGS and cells[-1] not in self.tags)

    def notes(self) -> list[str]:
        said = [f"{self.file.path.name}: line {self.header} names the columns"] if self.header else []
        if self.documents:
            lines = f"{self.documents:,} line{'s' * (self.documents != 1)}"
            said.append(f"{self.file.path.name}: {lines} {DOCUMENT} left out")
        if not self.names[0]:
            said.append(f"{self.file.path.name}: the first column counts the words, and is left out")
        if empty := self.names[1:].count(""):
            said.append(f"{self.file.path.name}: {empty} columns hold nothing but {NOTHING}, and are left out")
        if self.names == ["tag", "token"]:
            said.append(f"{self.file.path.name}: the tag stands before the token")
        return said


NOTHING = "_"
"""What stands where there is nothing to say."""
DOCUMENT, DOCUMENT_2012 = "-DOCSTART-", "#begin document"
CONLL_2012 = 10
"""Columns that such files have more of."""
OF_CONLL_2012 = (
    "is in the format of CoNLL-2012 (OntoNotes), whose spans stand in brackets over several lines. Elman reads one tag "
    'per word (B-PER, I-PER, O): load it by datasets.load_dataset("conll2012_ontonotesv5"), and save the words and the '
    "named entities of each sentence as lists, in JSON lines."
)
WORDS_ARE_CALLED = frozenset({"token", "tokens", "word", "words", "form", "text", "id", "index", "idx", "#"})
TAGS_ARE_CALLED = frozenset(
    {"tag", "tags", "ner", "ner_tag", "ner_tags", "ne", "label", "labels", "entity", "iob", "bio", "pos", "upos"}
    | {"chunk"}
)
BLANKS = re.compile(r"[ \t]+")
"""What parts columns; the other blanks of Unicode, such as that within "10 000", are signs of a word."""


def split(line: str, sign: str) -> list[str]:
    if sign == ",":
        try:
            return [cell.strip() for cell in next(csv.reader([line]), list[str]())]
        except csv.Error:  # a line end within
            return line.split(",")
    if sign == "\t":
        return line.rstrip("\t").split("\t")
    return BLANKS.split(line.strip(" \t")) if line.strip() else []


def usual_form(lines: Iterable[str], suffix: str = "") -> tuple[str, int]:
    """What stands between the cells of most lines, and how many cells these have: tabs where blanks do no better."""
    signs = "," if suffix == ".csv" else "\t "
    widths = {sign: Counter[int]() for sign in signs}
    for line in lines:
        if line.strip() and not line.startswith(("# ", "#\t", DOCUMENT)):
            for sign, count in widths.items():
                count[len(split(line, sign))] += 1
    best = {
        sign: max(count.items(), key=lambda item: (item[0] > 1, item[1])) for sign, count in widths.items() if count
    }
    if not best:
        return " ", 0
    sign = max(best, key=lambda sign: (best[sign][0] > 1, best[sign][1]))
    return sign, best[sign][0]


def begins_document(cells: Sequence[str]) -> bool:
    return bool(cells) and cells[0].startswith(DOCUMENT)


def names_columns(cells: Sequence[str]) -> bool:
    """``Word Tag``: a line of names, as far as names tell."""
    return cells[0].lower() in WORDS_ARE_CALLED and cells[-1].lower() in TAGS_ARE_CALLED


def header_of(lines: Iterable[str], sign: str, width: int, tags: Counter[str]) -> tuple[int, list[str]]:
    """The number of the line that names the columns, from 1, and the names; 0 and none where there is none."""
    for number, line in enumerate(lines, start=1):
        cells = split(line, sign)
        if len(cells) == width and not line.startswith("#") and not begins_document(cells):
            named = names_columns(cells) and tags[cells[-1]] == 1 and len(set(cells)) == width
            return (number, cells) if named else (0, [])
    return 0, []


def usual_names(width: int, sentences: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    """The token first, the tag last; but a first column may count the words, and of two columns the first may be the
    tag."""
    names = ["token", *(f"column_{i}" for i in range(2, width)), "tag"][:width]
    firsts, lasts = ([[row[side] for row in rows] for rows in sentences if rows] for side in (0, -1))
    if width > 2 and len(firsts) > 1 and all(map(counts_up, firsts)):
        return ["", "token", *names[2:]]
    if width == 2 and scheme_of(firsts) and not scheme_of(lasts):
        return ["tag", "token"]
    return names


def without_empty(names: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The names, "" for columns that hold nothing but ``_``, as where nobody annotated them; the last of the others has
    the tag."""
    empty = [all(row[i] == NOTHING for row in rows) for i in range(len(names))]
    found = ["" if nothing else name for name, nothing in zip(names, empty, strict=True)]
    left = [i for i, name in enumerate(found) if name]
    if not any(empty) or len(left) < 2:
        return names
    found[left[-1]] = names[-1]
    return found


def counts_up(cells: Sequence[str]) -> bool:
    """``1 2 3``, from 0 or 1."""
    return any(all(cell == str(i) for i, cell in enumerate(cells, start=first)) for first in (0, 1))


def wrong_row(line: str, cells: Sequence[str], width: int) -> str:
    if len(cells) == width:
        return f"the token is empty: {line[:60]!r}."
    return (
        f"has {len(cells)} column{'s' * (len(cells) != 1)}, expected {width}: {line[:60]!r}. Each line needs its token "
        "and its tags; a blank line parts two sentences."
    )


def notes(files: Sequence[TextFile], rows: Callable[[], Iterator[Sequence[Cell]]]) -> list[str]:
    if next(rows(), None) is None:
        raise files[0].error("holds no words, only comments. Expected one token per line.")
    return [note for file in files for note in file.notes]


def is_conllu(lines: Sequence[str]) -> bool:
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return bool(rows) and all(len(row) == 10 and CONLLU_ID.fullmatch(row[0]) for row in rows[:100])


def is_conll(lines: Sequence[str]) -> bool:
    """Rows of equal width, but for a few, in several blocks separated by blank lines; each begins with one token."""
    if lines and lines[0].startswith(DOCUMENT_2012):
        return True
    lines = [line for line in lines if not line.startswith(("# ", "#\t", DOCUMENT))]
    sign, width = usual_form(lines)
    blocks = blocks_of(lines, sign)
    filled = [cells for block in blocks for cells in block]
    rows = [cells for cells in filled if len(cells) == width]
    if len(blocks) < 2 or len(filled) > 200 * len(blocks) or width < 2 or len(rows) < MOSTLY * len(filled):
        return False
    if sign == "\t":
        return (len(rows) == len(filled) and not any(" " in row[0] for row in rows)) or are_spans(blocks)
    tags = {row[-1] for row in rows if row[-1]}
    usual = all(tag[0].isupper() or tag == "_" for tag in tags) and len(rows) == len(filled)
    return (len(tags) <= len(rows) / 2 and usual) or are_spans(blocks)


MOSTLY = 0.95
"""So many lines of a column file have as many cells, at least; others are bad."""


def blocks_of(lines: Sequence[str], sign: str) -> list[list[list[str]]]:
    """The cells of lines, in blocks between blank lines."""
    rows = [split(line, sign) for line in lines]
    return [list(block) for filled, block in groupby(rows, key=any) if filled]


def are_spans(blocks: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Whether the first or the last column marks spans."""
    body = [[row for row in block if not names_columns(row)] for block in blocks]
    return any(scheme_of([[row[side] for row in block] for block in body]) for side in (-1, 0))


def is_conll_in_commas(lines: Sequence[str]) -> bool:
    """A table of words whose sentences are parted by blank lines, or lines of commas alone."""
    if sum(not line.strip(', "\t') for line in lines) < 2:
        return False
    lines = [line for line in lines if not line.startswith(DOCUMENT)]
    width, blocks = usual_form(lines, ".csv")[1], blocks_of(lines, ",")
    rows = [row for block in blocks for row in block]
    if width < 2 or len(blocks) < 3 or len(rows) < 2 * len(blocks):
        return False
    words = sum(len(row) == width and " " not in row[0] for row in rows)
    return words >= MOSTLY * len(rows) and (names_columns(rows[0]) or are_spans(blocks))


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
IN_COMMAS = Reader(
    "conll-csv",
    "a table of words, its sentences parted by blank lines",
    open_conll,
    suffixes=frozenset({".csv"}),
    recognises=is_conll_in_commas,
    precedence=25,
)
