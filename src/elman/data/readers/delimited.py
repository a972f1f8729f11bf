"""CSV and TSV: which delimiter, are quotes quotes, is there a header, which columns are numbers.

The rule for quotes: the reading in which every row has equally many cells wins. Where both readings are
consistent, quotes are quotes (RFC 4180), except in tab-separated files where taking them so would join lines:
there a quote is mostly an ordinary character, and an unbalanced one swallows rows.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from elman.data.readers import header
from elman.data.readers.files import TextFile
from elman.data.readers.format import DELIMITERS, Format, ReadingOptions
from elman.data.readers.header import content_names, is_header
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError

# A cell may be as long as memory allows; the csv module's own limit of 128 KiB is set for the whole process.
csv.field_size_limit(2**31 - 1)

USUAL_DELIMITERS = {".csv": ",;\t|", ".tsv": "\t", ".tab": "\t"}
NAMES = {sign: name for name, sign in DELIMITERS.items()}
SAMPLE_ROWS = 2000
FEW_ROWS = 10
"""Of fewer rows it can't be seen that a column holds labels."""
MOSTLY = 0.9
"""A column in which so many cells are numbers was meant to hold numbers."""
INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
LEADING_ZERO = re.compile(r"[+-]?0[0-9]")
MISSING_NUMBERS = frozenset({"NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"})


class Dialect(NamedTuple):
    delimiter: str
    quoted: bool

    @property
    def called(self) -> str:
        return NAMES.get(self.delimiter, repr(self.delimiter))


@dataclass(frozen=True)
class Reading:
    """How one dialect fared: rows read, cells per row, and the error that stopped it, if any."""

    dialect: Dialect
    rows: int
    width: int
    failure: DataFileError | None = None


def records(file: TextFile, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells, each with the number of its last line. Blank lines are no rows."""
    if not dialect.quoted:
        for number, line in enumerate(file.lines(), start=1):
            if line and (dialect.delimiter in line or line.strip()):
                yield number, line.split(dialect.delimiter)
        return
    reader = csv.reader(
        (line + "\n" for line in file.lines()),
        delimiter=dialect.delimiter,
        skipinitialspace=dialect.delimiter != "\t",
        strict=True,
    )
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise file.error(
            f'the quotes don\'t pair up ({error}). Expected "..." with each quote inside doubled.',
            reader.line_num,
        ) from error


def try_dialect(file: TextFile, dialect: Dialect) -> Reading:
    """Reads the whole file in bounded memory; stops at the first row that has another number of cells."""
    rows = width = first = 0
    try:
        for line, row in records(file, dialect):
            if not rows:
                first, width = line, len(row)
            elif len(row) != width:
                raise file.error(
                    f"has {len(row)} cells, but line {first} has {width} (cells end at a {dialect.called}). "
                    'Put cells that hold one in quotes: "...".',
                    line,
                )
            rows += 1
    except DataFileError as failure:
        return Reading(dialect, rows, width, failure)
    return Reading(dialect, rows, width)


def sound_records(file: TextFile, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """``records`` with the right number of cells; others are bad items."""
    for line, row in records(file, reading.dialect):
        if len(row) == reading.width:
            yield line, row
        else:
            file.bad.add(file.error(f"has {len(row)} cells, expected {reading.width}.", line))


def find_dialect(file: TextFile) -> Reading:
    """The dialect in which the whole file is consistent; DataFileError, with its line, if there is none.

    Where bad items may be left out, the dialect that reads most of it.
    """
    has_quotes = any('"' in line for line in file.lines())
    readings = []
    for delimiter in delimiters_of(file):
        reading = better_quoting(file, delimiter) if has_quotes else try_dialect(file, Dialect(delimiter, False))
        if reading.width > 1 and not reading.failure:
            return reading
        readings.append(reading)
    # No delimiter fits. One that divides the first row was meant, and fails; otherwise it is a single column.
    meant = next((reading for reading in readings if reading.width > 1), readings[0])
    if meant.failure and not (file.bad.skip and meant.rows):
        raise meant.failure
    return replace(meant, rows=sum(1 for _ in sound_records(file, meant)), failure=None) if meant.failure else meant


def delimiters_of(file: TextFile) -> str:
    """The delimiters to try, in their order."""
    if said := file.options.said.delimiter:
        return said
    usual, kept = USUAL_DELIMITERS.get(file.suffix, "\t,"), file.options.kept.delimiter
    return kept + usual.replace(kept, "") if kept and (kept in usual or file.suffix != ".tsv") else usual


def better_quoting(file: TextFile, delimiter: str) -> Reading:
    plain = try_dialect(file, Dialect(delimiter, quoted=False))
    quoted = try_dialect(file, Dialect(delimiter, quoted=True))
    if plain.failure and quoted.failure:
        return max(quoted, plain, key=lambda reading: reading.rows)
    if plain.failure or quoted.failure:
        return quoted if plain.failure else plain
    joins_lines = quoted.rows < plain.rows
    return plain if delimiter == "\t" and joins_lines else quoted


def is_missing(cell: str) -> bool:
    return not cell or cell.isspace()


class ColumnKind:
    """What the cells of a column can all be read as: the narrowest of int, float and str.

    lenient: a column of numbers may hold a few texts, which don't fit it
    """

    def __init__(self, lenient: bool = False) -> None:
        self.kind: type = int
        self.numbers = self.texts = 0
        self.codes = False
        self.lenient = lenient

    def look(self, cell: str) -> None:
        if (self.texts and not self.lenient) or is_missing(cell) or cell in MISSING_NUMBERS:
            return
        if (kind := number_kind(cell)) is str:
            self.texts += 1
            self.codes = self.codes or is_number(cell)
        else:
            self.numbers += 1
            self.kind = float if kind is float else self.kind

    def settled(self) -> type:
        most = (1 - MOSTLY) * (self.numbers + self.texts) if self.lenient and not self.codes else 0
        return self.kind if self.numbers and self.texts <= most else str

    def fits(self, cell: str) -> bool:
        """Whether a column of numbers may hold it."""
        return is_missing(cell) or cell in MISSING_NUMBERS or number_kind(cell) is not str

    def converter(self) -> Callable[[str], Cell]:
        """From the text of a cell to its value."""
        kind = self.settled()
        if kind is str:
            return lambda cell: None if is_missing(cell) else cell
        return lambda cell: None if is_missing(cell) or cell in MISSING_NUMBERS else kind(cell)


def number_kind(cell: str) -> type:
    """int, float, or str for what is no amount: numbers with leading zeros are codes."""
    cell = cell.strip()
    if INTEGER.fullmatch(cell):
        return int
    return float if not LEADING_ZERO.match(cell) and is_finite_number(cell) else str


def is_finite_number(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and math.isfinite(float(text))


def is_number(cell: str) -> bool:
    """It spells a finite number, or says that there is none."""
    return cell in MISSING_NUMBERS or is_finite_number(cell.strip())


@dataclass(frozen=True)
class DelimitedFile:
    """One file with its dialect, and the header if it has one."""

    file: TextFile
    reading: Reading
    header: list[str] | None

    @classmethod
    def open(cls, file: TextFile) -> DelimitedFile:
        reading = find_dialect(file)
        sample = [row for _, row in islice(sound_records(file, reading), SAMPLE_ROWS)]
        if not sample:
            raise file.error("holds no cells. Expected rows of data.")
        header = sample[0] if names_columns(file, sample) else None
        if header and reading.rows == 1:
            raise file.error(f"has a header ({', '.join(header)}) but no rows.")
        return cls(file, reading, tidy(header) if header else None)

    @property
    def format(self) -> Format:
        return replace(self.file.format, delimiter=self.reading.dialect.delimiter, header=self.header is not None)

    def rows(self) -> Iterator[list[str]]:
        return (row for _, row in self.numbered_rows())

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows below the header, each with its line."""
        return islice(sound_records(self.file, self.reading), 1 if self.header else 0, None)


def names_columns(file: TextFile, sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a header: as the caller says, or as it looks.

    Where a model reads more of what it was trained on, a row that names a column of these is one.
    """
    if file.options.said.header is not None:
        return file.options.said.header
    first = sample[0]
    if file.options.kept.header and any(cell.strip() in file.options.names for cell in first):
        return True
    return is_header(first, sample[1:], file.suffix)


def tidy(header: Sequence[str]) -> list[str]:
    """Column names without blanks around them, none empty, none twice."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = base = cell.strip() or f"column_{position}"
        copy = 2
        while name in names:
            name, copy = f"{base}_{copy}", copy + 1
        names.append(name)
    return names


def open_delimited(files: Sequence[TextFile]) -> Source:
    """CSV and TSV files with the same columns, one after another."""
    parts = [DelimitedFile.open(file) for file in files]
    first = parts[0]
    names = first.header or content_names(list(islice(first.rows(), SAMPLE_ROWS)))
    orders = [column_order(part, names, first.file) for part in parts]

    def raw_rows(part: DelimitedFile, order: list[int] | None) -> Iterator[tuple[int, list[str]]]:
        if order is None:
            return part.numbered_rows()
        return ((line, [row[i] for i in order]) for line, row in part.numbered_rows())

    kinds = [ColumnKind(lenient=first.file.bad.skip) for _ in names]
    incomplete = 0
    for part, order in zip(parts, orders, strict=True):
        for _, row in raw_rows(part, order):
            for kind, cell in zip(kinds, row, strict=True):
                kind.look(cell)
            incomplete += any(map(is_missing, row))
    mixed = [i for i, kind in enumerate(kinds) if kind.texts and kind.settled() is not str]

    def sound_rows(part: DelimitedFile, order: list[int] | None) -> Iterator[list[str]]:
        """Rows without the few texts that stand among numbers."""
        for line, row in raw_rows(part, order):
            wrong = next((i for i in mixed if not kinds[i].fits(row[i])), None)
            if wrong is None:
                yield row
            else:
                message = f"holds {row[wrong]!r} where column {names[wrong]!r} has numbers."
                part.file.bad.add(part.file.error(message, line))

    def rows() -> Iterator[Sequence[Cell]]:
        converts = [kind.converter() for kind in kinds]
        for part, order in zip(parts, orders, strict=True):
            for row in sound_rows(part, order):
                yield [convert(cell) for convert, cell in zip(converts, row, strict=True)]

    notes = list(chain.from_iterable(file.notes for file in files))
    if incomplete:
        notes.append(f"{incomplete:,} {'row' if incomplete == 1 else 'rows'} with missing cells")
    if not first.header:
        notes.append(f"no header found; columns named {', '.join(names)}")
    counts = [
        (
            str(part.file.path),
            sum(1 for _ in sound_rows(part, order)) if mixed else part.reading.rows - (part.header is not None),
        )
        for part, order in zip(parts, orders, strict=True)
    ]
    return Source(names, rows, "table", first.header is not None, notes, counts, first.format)


def line_of_row(path: Path, row: int, format: Format) -> int:
    """The line on which a row of a CSV or TSV file ends, counted from 1; rows count from 0, without the header."""
    part = DelimitedFile.open(TextFile(path, ReadingOptions(said=format)))
    return next(islice((line for line, _ in part.numbered_rows()), row, None))


def column_order(part: DelimitedFile, names: list[str], first: TextFile) -> list[int] | None:
    """Where this file keeps each of the columns; None where it keeps them in the same order."""
    if part.header in (names, None) and part.reading.width == len(names):
        return None
    if part.header and sorted(part.header) == sorted(names):
        return [part.header.index(name) for name in names]
    found = ", ".join(part.header) if part.header else f"{part.reading.width} columns without a header"
    raise part.file.error(f"has other columns ({found}) than {first.path.name} ({', '.join(names)}).", 1)


def is_tabular(lines: Sequence[str]) -> bool:
    """Equally many tabs on every line; or equally many commas, around numbers, labels, or below usual names."""
    filled = [line for line in lines if line.strip()]
    if len({line.count("\t") for line in filled}) == 1 and "\t" in filled[0]:
        return True
    try:
        rows = list(csv.reader(filled, skipinitialspace=True, strict=True))
    except csv.Error:
        return False
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return False
    first, *rest = rows
    body = rest or rows
    columns = [[row[i] for row in body] for i in range(len(first))]
    named = bool(rest) and all(name.strip().lower() in header.USUAL_NAMES for name in first)
    labelled = len(body) >= FEW_ROWS and any(map(header.is_label_column, columns))
    return named or labelled or any(all(map(header.NUMBER.fullmatch, column)) for column in columns)


READER = Reader(
    "table",
    "a table (CSV or TSV)",
    open_delimited,
    suffixes=frozenset(USUAL_DELIMITERS),
    recognises=is_tabular,
    precedence=20,
    may_name_files=True,
    of_tables=True,
)
