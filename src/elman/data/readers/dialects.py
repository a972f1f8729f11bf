"""How the rows and cells of a table are parted: what stands above it, which delimiter, are quotes quotes.

The rule for quotes: the reading in which every row has equally many cells wins. Where both readings are
consistent, quotes are quotes (RFC 4180), except in tab-separated files where taking them so would join lines:
there a quote is mostly an ordinary character, and an unbalanced one swallows rows.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np

from elman.data.bad import LEFT_OUT
from elman.data.format import DELIMITERS
from elman.data.readers.files import TextFile
from elman.data.readers.header import (
    DIGIT,
    NUMBER,
    USUAL_NAMES,
    is_header,
    is_numeric,
    looks_like_number,
    looks_sorted,
)
from elman.data.readers.surroundings import Frame, comments_below, filled, is_data, remarks_below, shape_of
from elman.errors import DataFileError
from elman.kinds.lines import LINE_END, holds_other_spaces

# A cell may be as long as memory allows; the csv module's own limit of 128 KiB is set for the whole process.
csv.field_size_limit(2**31 - 1)

USUAL = {".csv": ",;\t|", ".tsv": "\t", ".tab": "\t"}
"""Delimiters by the ending of a file's name; the first is the likeliest."""
ANY = "\t,;|"
UNUSUAL = ("\x01", "\x1f", " +++$+++ ", " ||| ", "|||", "||", "::", "~", "^", "¦")
"""Signs that some programs write between cells: Hive, MovieLens, Moses, film scripts; and what ASCII has for it."""
SURE = frozenset({"\x01", "\x1f", " +++$+++ ", " ||| "})
"""Those that stand in no text."""
FEWEST_LINES, FEWEST_CODES = 5, 5
BLANKS = " "
"""Stands for any number of blanks and tabs."""
CELL_OF_R = re.compile(r'"(?:[^"\\]|\\.|"")*"|[^\s"]+')
OF_R = re.compile(rf"(?:{CELL_OF_R.pattern})(?: (?:{CELL_OF_R.pattern}))*")
NAMES = {sign: name for name, sign in DELIMITERS.items()}
WITH_COMMAS = re.compile(r"\D{0,4}(\d{1,3}(,\d{3})+(\.\d*)?|\d*,\d*)\D{0,4}")
"""A number that has commas before thousands, or one before decimals."""
STAND_IN = "\x1f"
"""For signs of several characters: what ASCII has to part cells, which nobody uses."""
NOTHING_AROUND = Frame()
SAMPLE_ROWS = 500
MOSTLY = 0.8
SENTENCE_ENDS = frozenset(".!?…")


class Dialect(NamedTuple):
    """delimiter: where cells end;  quoted: quotes enclose cells;  escaped: a quote within a cell is written \\\";
    end: a sign that ends each line, and no cell"""

    delimiter: str
    quoted: bool
    escaped: bool = False
    end: str = ""

    @property
    def called(self) -> str:
        return NAMES.get(self.delimiter, repr(self.delimiter))


NULL = "\\N"
"""How MySQL, PostgreSQL and others write a missing cell, in columns of any kind."""


@dataclass(frozen=True)
class Attempt:
    """How one dialect fared: rows read, cells per row, and the error that stopped it, if any.

    short:  the first row has one cell fewer than the others
    ended:  the last cell of every row is empty, as where a delimiter ends each line
    loose:  a delimiter ends the first row, and no other one
    first:  the first row;  repeats: how many rows are like it, itself among them
    incomplete: rows with a missing cell, of the others
    """

    dialect: Dialect
    frame: Frame
    rows: int
    width: int
    failure: DataFileError | None = None
    short: bool = False
    ended: bool = False
    loose: bool = False
    first: Sequence[str] = ()
    repeats: int = 0
    incomplete: int = 0


def records(
    file: TextFile, dialect: Dialect, frame: Frame = NOTHING_AROUND, *, leave_out: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells within what stands around them, each with the number of its last line. Blank lines are no rows, and
    of lines that can't be read there is none.

    leave_out: lines where quotes don't pair up are bad items, rather than the end of it
    """
    if dialect.quoted:
        found = quoted_records(file, dialect, frame, leave_out)
    else:
        found = plain_rows(lines_of(file, dialect, frame), dialect.delimiter, frame.lines + 1)
    return readable(file, found) if file.left_out else found


def lines_of(file: TextFile, dialect: Dialect, frame: Frame) -> Iterator[str]:
    """The lines of a table, without the sign that ends each of them, where another one parts cells."""
    lines = islice(file.all_lines(), frame.lines, frame.end)
    end = dialect.end
    return (line.rstrip().removesuffix(end) for line in lines) if end else lines


def plain_rows(lines: Iterable[str], sign: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Rows of lines that are numbered from ``first`` on."""
    numbered = enumerate(lines, start=first)
    if sign == BLANKS:
        return ((number, line.split()) for number, line in numbered if line.strip())
    blank = f"{sign} "  # a line of these alone is no row, as below the last row of a sheet
    return (
        (number, line.split(sign)) for number, line in numbered if line.strip(blank) and (sign in line or line.strip())
    )


def quoted_records(file: TextFile, dialect: Dialect, frame: Frame, leave_out: bool) -> Iterator[tuple[int, list[str]]]:
    lines = lines_of(file, dialect, frame)
    if dialect.escaped:
        lines = (line.replace('\\"', '""') for line in lines)
    if dialect.delimiter == BLANKS:
        lines = (line.replace("\t", " ").rstrip(" ") for line in lines)
    sign = dialect.delimiter
    if len(sign) > 1:  # the csv module knows single ones alone
        lines, sign = (line.replace(dialect.delimiter, STAND_IN) for line in lines), STAND_IN
    done, again, taken = frame.lines, deque[str](), list[str]()  # lines: of whole rows, to read again, of the row begun

    def next_lines() -> Iterator[str]:
        while (line := again.popleft() if again else next(lines, None)) is not None:
            if leave_out:
                taken.append(line)
            yield line + "\n"

    while True:
        start = done
        reader = csv.reader(next_lines(), delimiter=sign, skipinitialspace=sign != "\t", strict=True)
        try:
            for row in reader:
                done = start + reader.line_num
                taken.clear()
                if row and (row[0].strip() or any(map(str.strip, row))):
                    yield done, [cell.replace(sign, dialect.delimiter) for cell in row] if sign == STAND_IN else row
            return
        except csv.Error as error:
            failure = file.error(
                f"the quotes don't pair up in the row that begins here ({error}, line {start + reader.line_num}). "
                f'Expected "..." with each quote inside doubled {LEFT_OUT}',
                done + 1,
            )
            if not leave_out:
                raise failure from error
            file.bad.add(failure)
            again.extendleft(reversed(taken[1:]))  # the row's first line is left out
            taken.clear()
            done += 1


def readable(file: TextFile, rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Rows without those that hold a line that can't be read."""
    before = 0
    for line, row in rows:
        if file.left_out.isdisjoint(range(before + 1, line + 1)):
            yield line, row
        before = line


@dataclass
class Tally:
    """What the rows of a dialect have in common, as they come; fields as in `Attempt`."""

    file: TextFile
    dialect: Dialect
    rows: int = 0
    width: int = 0
    short: bool = False
    ended: bool = True
    loose: bool = False
    opened: bool = False
    top_row: Sequence[str] = ()
    repeats: int = 0
    incomplete: int = 0
    first_line: int = 0
    second_line: int = 0

    def add(self, line: int, row: Sequence[str]) -> None:
        """Raises DataFileError for a row that has another number of cells."""
        if len(row) != self.width:
            self._add_of_other_width(line, row)
        if self.ended and self.rows and row[-1]:
            self.ended = False
        if row == self.top_row:
            self.repeats += 1
        elif lacks_a_cell(row):
            self.incomplete += 1
        self.rows += 1

    def _add_of_other_width(self, line: int, row: Sequence[str]) -> None:
        if not self.rows:
            self.first_line, self.width, self.opened, self.top_row = line, len(row), not row[-1], row
        elif self.rows == 1 and len(row) == self.width + 1:
            self.short, self.width, self.second_line = True, len(row), line
        elif self.rows == 1 and self.opened and len(row) == self.width - 1:
            self.loose, self.opened, self.width, self.second_line = True, False, len(row), line
        elif self.short and len(row) == self.width - 1:  # the second row was the odd one
            self.rows, self.width = 1, self.width - 1
            misfitting = misfit(self.width + 1, self.first_line, self.width, self.dialect)
            raise self.file.error(misfitting, self.second_line)
        else:
            misfitting = misfit(len(row), self.second_line or self.first_line, self.width, self.dialect)
            raise self.file.error(misfitting, line)

    def add_lines(self, line: int, lines: Sequence[str]) -> None:
        """``add`` for the rows of lines, numbered from ``line`` on; all at once where they are filled."""
        sign = self.dialect.delimiter
        if self.rows > 1 and are_filled(lines, sign, self.width) and sign.join(self.top_row) not in lines:
            self.rows += len(lines)
            self.ended = False
            return
        for number, row in plain_rows(lines, sign, line):
            self.add(number, row)

    def attempt(self, frame: Frame, failure: DataFileError | None = None) -> Attempt:
        if failure:
            return Attempt(self.dialect, frame, self.rows, self.width, failure)
        ended = self.ended and (self.short or self.opened) and self.rows > 1 < self.width
        found = (self.short, ended, self.loose, self.top_row, self.repeats, self.incomplete)
        return Attempt(self.dialect, frame, self.rows, self.width, None, *found)


def lacks_a_cell(row: Sequence[str]) -> bool:
    """Whether a cell is blank, or says as databases do that it is missing."""
    return NULL in row or not all(map(str.strip, row))


def are_filled(lines: Sequence[str], sign: str, width: int) -> bool:
    """Whether each line has so many cells, none of them missing, as is plain where no blank stands beside a sign."""
    text = LINE_END.join(lines) + LINE_END
    if len(sign) > 1 or not sign.isascii() or NULL in text or holds_other_spaces(text):
        return False
    signs = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    ends = signs[(signs == ord(sign)) | (signs == ord(LINE_END))]  # of cells
    if len(ends) != width * len(lines) or (ends.reshape(-1, width)[:, :-1] == ord(LINE_END)).any() or width < 2:
        return False
    beside = (signs <= ord(" ")) | (signs == ord(sign))
    return not (beside[0] or (beside[1:] & beside[:-1]).any()) and bool(
        (ends[width - 1 :: width] == ord(LINE_END)).all()
    )


def try_dialect(file: TextFile, dialect: Dialect, frame: Frame) -> Attempt:
    """Reads the whole file in bounded memory; stops at the first row that has another number of cells."""
    tally = Tally(file, dialect)
    try:
        if dialect.quoted or dialect.delimiter == BLANKS or dialect.end or file.left_out or frame.end is not None:
            for line, row in records(file, dialect, frame):
                tally.add(line, row)
        else:
            line = 1
            for lines in file.blocks_of_lines():
                skipped = min(len(lines), max(0, frame.lines + 1 - line))
                tally.add_lines(line + skipped, lines[skipped:])
                line += len(lines)
    except DataFileError as failure:
        return tally.attempt(frame, failure)
    return tally.attempt(frame)


def misfit(cells: int, first: int, width: int, dialect: Dialect) -> str:
    remedy = 'Put cells that hold one in quotes: "..."' if cells > width else "Complete it, if it is a row"
    return (
        f"has {cells} cell{'s' * (cells != 1)}, but line {first} has {width} (cells end at a {dialect.called}). "
        f"{remedy} {LEFT_OUT}"
    )


def find_dialect(file: TextFile) -> Attempt:
    """The dialect in which the whole file is consistent; DataFileError, with its line, if there is none.

    Where bad items may be left out, the dialect that reads most of it.
    """
    frame = Frame.of(file.all_lines())
    found = best_dialect(file, frame)
    return best_dialect(file, NOTHING_AROUND) if frame.comments and are_rows(file, found) else found


def are_rows(file: TextFile, found: Attempt) -> bool:
    """Whether the lines above that begin with # are rows too, as texts may begin so: they have as many cells, numbers
    where there are numbers below, and the line below them is no header."""
    if not Sample.readable(file, found.dialect, NOTHING_AROUND):
        return False
    rows = [row for _, row in islice(records(file, found.dialect), SAMPLE_ROWS)]
    below = [row for _, row in islice(records(file, found.dialect, found.frame), SAMPLE_ROWS)]
    above = rows[: len(rows) - len(below)] if len(rows) < SAMPLE_ROWS else rows[: found.frame.lines]
    width, numeric = shape_of(below, fewest=1)
    fits = bool(below) and all(len(row) == found.width for row in above)
    fits = fits and (not numeric or all(is_data(row, width, numeric) for row in above))
    return fits and not is_header(below[0], below[1:], file.suffix)


def best_dialect(file: TextFile, frame: Frame) -> Attempt:
    said = (
        file.options.said.delimiter
        or frame.delimiter
        or quoted_words(islice(file.all_lines(), frame.lines, SAMPLE_ROWS))
    )
    samples = [Sample.of(file, delimiter, frame) for delimiter in ([said] if said else delimiters_of(file))]
    if not said and (file.suffix not in USUAL or not any(sample.width > 1 for sample in samples)):
        samples += [sample for sample in [Sample.of(file, BLANKS, frame)] if sample.aligned]
    samples = samples if said else [sample for sample in samples if not sample.is_text] or samples
    kept = file.options.kept.delimiter
    attempts: list[Attempt] = []
    # Of several that fit, one in which quotes pair up, and the one in which more columns hold numbers or labels:
    # "1,5;2,5" ends cells at the semicolon.
    several = sum(sample.width > 1 for sample in samples) > 1  # else there is nothing to weigh
    order = {sample.delimiter: -sample.sorted_columns if several else sample.width < 2 for sample in samples}
    for sample in sorted(samples, key=lambda each: (each.delimiter != kept, not each.quoted, order[each.delimiter])):
        attempt = best_quoting(file, sample)
        if attempt.short and not attempt.ended and not sample.names_rows:
            (first, row), (line, longer) = islice(records(file, attempt.dialect, attempt.frame), 2)
            failure = file.error(misfit(len(longer), first, len(row), attempt.dialect), line)
            if attempt.rows > FEWEST_LINES:
                failure = file.error(
                    f"has {len(row)} names of columns, but all rows have {len(longer)} cells (they end at a "
                    f"{attempt.dialect.called}). Add the name that is missing: the last one, or one in front.",
                    first,
                )
            attempt = replace(attempt, rows=1, width=len(row), failure=failure)
        if attempt.width > 1 and not attempt.failure and not sample.odd_top:
            return attempt
        attempts.append(attempt)
    for sample in samples:
        if sample.odd_top:
            raise file.error(sample.odd_top)
    # No delimiter fits. One that divides the first row was meant, and fails; otherwise it is a single column.
    meant = next((attempt for attempt in attempts if attempt.width > 1), attempts[0])
    if meant.failure and not (file.bad.skip and meant.rows):
        raise meant.failure
    return meant


def delimiters_of(file: TextFile) -> list[str]:
    """The delimiters to try, in their order."""
    usual, kept = [*USUAL.get(file.suffix, ANY)], file.options.kept.delimiter
    if (unusual := unusual_sign(list(islice(file.all_lines(), SAMPLE_ROWS)))) is not None:
        return [unusual]
    return usual if not kept or kept in usual or file.suffix == ".tsv" else [kept, *usual]


def unusual_sign(lines: Iterable[str]) -> str | None:
    """A sign of several characters, or one that isn't usual, which parts all lines alike; one that stands in texts,
    too, beside numbers."""
    lines = [line for line in lines if line.strip()]
    for sign in UNUSUAL:
        counts = {line.count(sign) for line in lines[:-1] or lines}
        if len(counts) != 1 or counts == {0}:
            continue
        columns = zip(*(line.split(sign) for line in lines[1:-1] or lines), strict=True)
        if len(lines) >= FEWEST_LINES and (sign in SURE or any(all(map(NUMBER.fullmatch, cells)) for cells in columns)):
            return sign
    return None


def best_quoting(file: TextFile, sample: Sample) -> Attempt:
    """The attempt that fares best; where cells are ``spaced``, quotes or none, blanks before them are left out. What
    stands below a table is no row of it."""
    frame = sample.frame
    if frame.comments and (comments := comments_below(file.all_lines())):
        frame = replace(frame, end=comments[0], below=comments[1])
    attempt = quoted_or_not(file, sample, frame)
    if not attempt.failure or attempt.rows < 2 or attempt.width < 2:
        return attempt
    if sample.delimiter == BLANKS:
        word = word_behind(file.all_lines(), attempt.width)
        again = quoted_or_not(file, replace(sample, end=word), frame) if word else attempt
    else:
        below = remarks_below(file.all_lines(), sample.delimiter, attempt.width)
        again = quoted_or_not(file, sample, replace(sample.frame, end=below[0], below=below[1])) if below else attempt
    return attempt if again.failure else again


def word_behind(lines: Iterable[str], width: int) -> str:
    """A word behind all cells of the last line, as the Met Office writes ``Provisional``; "" where there is none."""
    last = next((line.split() for line in reversed(deque(lines, maxlen=SAMPLE_ROWS)) if line.strip()), list[str]())
    return last[-1] if len(last) == width + 1 and last[-1].isalpha() else ""


def quoted_or_not(file: TextFile, sample: Sample, frame: Frame) -> Attempt:
    delimiter, end = sample.delimiter, sample.end or sample.sign_behind
    plain = try_dialect(file, Dialect(delimiter, sample.spaced and not file.has_quotes, end=end), frame)
    if not file.has_quotes:
        return plain
    quoted = try_dialect(file, Dialect(delimiter, True, end=end), frame)
    if quoted.failure and file.has_escaped_quotes:
        escaped = try_dialect(file, Dialect(delimiter, True, escaped=True, end=end), frame)
        quoted = quoted if escaped.failure else escaped
    if plain.failure and quoted.failure:
        return max(quoted, plain, key=lambda attempt: attempt.rows)
    if plain.failure or quoted.failure:
        return quoted if plain.failure else plain
    joins_lines = quoted.rows < plain.rows
    return plain if delimiter == "\t" and joins_lines else quoted


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, as one delimiter parts their cells, within what stands around them; ``lines`` are where
    they end, ``quoted`` is whether quotes enclose cells, and ``end`` what stands behind the last cells of some."""

    delimiter: str
    lines: list[int]
    rows: list[list[str]]
    frame: Frame = NOTHING_AROUND
    quoted: bool = False
    end: str = ""

    @classmethod
    def of(cls, file: TextFile, delimiter: str, frame: Frame) -> Sample:
        quoted = file.has_quotes and cls.readable(file, Dialect(delimiter, True), frame)
        dialect = Dialect(delimiter, quoted)
        found = list(islice(records(file, dialect, frame), SAMPLE_ROWS))
        if file.options.said.header is not False and found:
            kept = file.options.names if file.options.kept.header else ()
            around = frame.around([row for _, row in found], [line for line, _ in found], kept)
            found = [(line, row) for line, row in found if line > around.lines]
            frame = around
        return cls(delimiter, [line for line, _ in found], [row for _, row in found], frame, quoted)

    @staticmethod
    def readable(file: TextFile, dialect: Dialect, frame: Frame) -> bool:
        try:
            return all(True for _ in islice(records(file, dialect, frame), SAMPLE_ROWS))
        except DataFileError:
            return False

    @cached_property
    def sign_behind(self) -> str:
        """A sign behind the numbers of the last column, which ends each line; "" where there is none."""
        last = [row[-1].strip() for row in self.rows[1:] if len(row) == self.width]
        for sign in ANY.replace(self.delimiter, ""):
            if last and self.width > 1 and all(cell[-1:] == sign and looks_like_number(cell[:-1]) for cell in last):
                return sign
        return ""

    @cached_property
    def width(self) -> int:
        """Cells that most rows have, or all but the first; 0 where rows have this and that many."""
        below = self.rows[1:] or self.rows
        ((width, count),) = Counter(map(len, below)).most_common(1) or [(0, 0)]
        return width if count >= MOSTLY * len(below) else 0

    @property
    def sorted_columns(self) -> float:
        """The share of columns that hold numbers or labels."""
        if self.width < 2:
            return 0.0
        sorted_ones = [column for column in self.columns if looks_sorted(column)]
        return sum(not self._hold_cells(column) for column in sorted_ones) / self.width

    def _hold_cells(self, column: Sequence[str]) -> bool:
        """Whether what looks like numbers are several, which another sign parts: ``2010-01;1`` before a comma."""
        others = ANY.replace(self.delimiter, "")
        parted = [any(sign in cell for sign in others) and not WITH_COMMAS.fullmatch(cell) for cell in column]
        return sum(parted) > MOSTLY * len(column) and all(map(looks_like_number, filter(None, column)))

    @cached_property
    def columns(self) -> list[list[str]]:
        """Of the rows that have most rows' width; without the first, which may be a header."""
        rows = [row for row in self.rows[1:] if len(row) == self.width]
        return [[row[i].strip() for row in rows] for i in range(self.width)]

    @property
    def aligned(self) -> bool:
        """Rows of equally many words, most of which are numbers, or all numbers and codes: no running text."""
        columns = self.columns
        numeric = sum(map(is_numeric, columns))
        return len(columns) > 1 and (2 * numeric >= len(columns) or are_codes(columns))

    @property
    def is_text(self) -> bool:
        """Sentences with a comma each, and a blank behind it, below no more than one name: no cells."""
        named = all(cell.strip().lower() in USUAL_NAMES for cell in self.rows[0]) if self.rows else False
        if self.delimiter != "," or self.width != 2 or (named and len(self.rows[0]) > 1):
            return False
        ends = [row[-1].rstrip()[-1:] in SENTENCE_ENDS for row in self.rows[1:]]
        return sum(ends) > len(ends) / 2 and all(row[1][:1] == " " for row in self.rows if len(row) > 1)

    @property
    def spaced(self) -> bool:
        """A blank stands behind each delimiter."""
        return self.width > 1 and all(cell[:1] == " " for row in self.rows for cell in row[1:])

    @property
    def names_rows(self) -> bool:
        """Whether the first cells of rows are their names, which have none themselves, as R writes them: all differ,
        and are numbered, or names in a file whose cells don't end at signs that texts hold, or beside numbers."""
        names, *others = self.columns if self.width > 1 else [[]]
        numbered = names == [*map(str, range(1, len(names) + 1))]
        numeric = sum(all(map(looks_like_number, column)) for column in others)
        plain = self.delimiter in "\t " or 2 * numeric > len(others)
        return bool(names) and (numbered or (plain and len(set(names)) == len(names) and all(names)))

    @property
    def odd_top(self) -> str:
        """What to say of lines above a table that are no rows of it, such as a title; "" where there are none."""
        above = next((number for number, row in enumerate(self.rows) if filled(row) > 1), 0)
        title, below = " ".join(self.rows[0] if self.rows else []).strip(), self.rows[above:]
        table = Sample(self.delimiter, self.lines[above:], below, self.frame)
        wide = table.width > 2 or (len(self.rows[0]) == 1 and table.sorted_columns > 0) if above else False
        if not wide or len(below) < 2 or looks_like_number(title) or any(filled(row) <= 1 for row in below):
            return ""
        lines = f"line {self.lines[0]}" if above == 1 else f"lines {self.lines[0]} to {self.lines[above - 1]}"
        return (
            f"above the table of {table.width} columns stands {title[:40]!r} ({lines}), which is no row of it. Remove "
            "what stands above the names of the columns, or put # before it."
        )


def quoted_words(lines: Iterable[str]) -> str | None:
    """Blanks, where cells end at them and texts stand between quotes, as R's ``write.table`` writes them."""
    rows = [line.rstrip() for line in lines if line.strip()]
    if len(rows) < FEWEST_LINES or not all('"' in row and OF_R.fullmatch(row) for row in rows):
        return None
    widths = [len(CELL_OF_R.findall(row)) for row in rows]
    return BLANKS if widths[1] > 1 and {*widths[1:]} == {widths[1]} and widths[1] - widths[0] in (0, 1) else None


def are_codes(columns: Sequence[Sequence[str]]) -> bool:
    """Whether words side by side are cells: in each column those of a few, in two of them figures in each.
    Sentences made after one pattern have words that are the same in each, or a number alone."""
    if len(columns) < FEWEST_CODES or not all(map(looks_sorted, columns)):
        return False
    some = [column[:SAMPLE_ROWS] for column in columns]
    figures = sum(all(map(DIGIT.search, cells)) for cells in some)
    return all(len(set(cells)) > 1 for cells in some) and figures > 1
