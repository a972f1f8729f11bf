# pyright: strict
"""CSV, TSV and other tables: is there a header, and what stands in each cell."""

from __future__ import annotations

import csv
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from elman.data.bad import BadItems
from elman.data.format import Format, ReadingOptions
from elman.data.naming import free_name
from elman.data.readers import header
from elman.data.readers.dialects import (
    ANY,
    BLANKS,
    NAMES,
    NULL,
    USUAL,
    Attempt,
    Sample,
    find_dialect,
    lacks_a_cell,
    quoted_words,
    records,
    unusual_sign,
)
from elman.data.readers.files import TextFile
from elman.data.readers.fixed import refuse_joined
from elman.data.readers.header import NUMBER, content_names, is_header, is_numeric, looks_like_number, without_header
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, other_columns, with_missing_cells
from elman.data.readers.surroundings import Frame, is_units
from elman.data.table import Cell, Layout

SAMPLE_ROWS = 2000
DRAWN, DRAWN_LINES = re.compile(r"[|+]?\s*:?-{2,}:?\s*([|+]\s*:?-{2,}:?\s*)+[|+]?"), 3
"""A line of dashes that is crossed, and in which of the first lines it stands."""
ONE_NUMBER = re.compile(r"[^\d,;|\t]*\d+(,\d{3})*([.,]\d+)?[^\d,;|\t]*")
"""A number, with its unit, whose commas stand before decimals or thousands."""
LONG_RULE = re.compile(r"-{10,}")
"""One that isn't, as SAP draws it."""
SINGLE_LINES = 50
"""Lines by which it is seen that single quotes enclose cells."""
FORMULA = re.compile(r'\s*="([^"]*)"\s*')
APOSTROPHES = re.compile(r"\s*'(.*)'\s*")
ROW_NAMES = "row"
"""The column of names of rows, as R writes them, which has no name itself."""
BELOW_A_SECOND = re.compile(r"\D{0,2}\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d,\d{3}[\s\]]")
"""How a line of a log begins that Python or Java wrote: the comma stands before thousandths of a second."""
MOST_LINES = 0.95
"""Lines of a table that have equally many cells, at least."""
FEW_ROWS = 10
"""Of fewer rows it can't be seen that a column holds labels."""


@dataclass(frozen=True)
class DelimitedFile:
    """One file with its dialect, and the header if it has one.

    above: rows above the data: the header, where it is one of the rows
    wrapping: some cells are written so that Excel takes them for texts, ``="007"``; or all names, and texts, stand in
              single quotes
    named: the header as it stands in the file; rows that repeat it, as in files that were put together, are left out
    """

    file: TextFile
    attempt: Attempt
    header: list[str] | None
    above: int
    named: list[str] | None
    wrapping: re.Pattern[str] | None

    @classmethod
    def open(cls, file: TextFile) -> DelimitedFile:
        refuse_drawn(file)
        refuse_single_quotes(file)
        attempt = find_dialect(file)
        found = records(file, attempt.dialect, attempt.frame, leave_out=file.bad.skip)
        sample = [row for _, row in islice(found, SAMPLE_ROWS)]
        if not sample:
            raise file.error("holds no cells. Expected rows of data.")
        if attempt.loose:
            sample[0] = sample[0][:-1]
        if attempt.frame.names and file.options.said.header is not False:
            header, above = list(attempt.frame.names), 0
        elif attempt.short or names_columns(file, sample, above=header_above(attempt) is not None):
            header, above = sample[0], 1
        else:
            header, above = header_above(attempt), 0
        if attempt.width == 1:
            if file.options.said.delimiter is not None and are_parted([row[0] for row in sample]):
                called = attempt.dialect.called
                raise file.error(
                    f"has no {called} between cells (--delimiter), but other signs. Leave --delimiter out."
                )
            refuse_quoted_lines(file, [row[0] for row in sample])
            if not header:
                refuse_joined(file)
        if header and attempt.rows == above:
            raise file.error(
                f"has a header ({', '.join(header)}) but no rows. If that is a row of data, pass --header no."
            )
        if header and attempt.short and not attempt.ended:
            header = [ROW_NAMES, *header]
        named, width = header, attempt.width - attempt.ended
        wrapping = FORMULA if any(map(FORMULA.fullmatch, chain.from_iterable(sample))) else None
        first = header or [*chain.from_iterable(sample[:1])]
        if first and all(map(APOSTROPHES.fullmatch, first)):
            wrapping = APOSTROPHES
        names = header[:width] if header else None
        if wrapping and names:
            names = [unwrapped(cell, wrapping) for cell in names]
        return cls(file, attempt, tidy(names) if names else None, above, named if attempt.width > 1 else None, wrapping)

    @property
    def width(self) -> int:
        return self.attempt.width - self.attempt.ended

    @property
    def format(self) -> Format:
        return replace(self.file.format, delimiter=self.attempt.dialect.delimiter, header=self.header is not None)

    @property
    def notes(self) -> list[str]:
        """What a careful reader should know of how its rows and cells were parted."""
        name, attempt, found = self.file.path.name, self.attempt, list[str]()
        usual = USUAL.get(self.file.suffix)
        if attempt.width == 1:
            signs = "no comma, semicolon, tab or bar parts its rows"
            found.append(f"{name}: read as one column: {signs}. If another sign does, pass --delimiter")
        elif usual is None or attempt.dialect.delimiter != usual[0]:
            found.append(f"{name}: read as a table whose cells end at a {attempt.dialect.called}")
        frame = attempt.frame
        if self.header and not (self.above or frame.names):
            found.append(f"{name}: names of columns from the comment above them")
        elif frame.lines and not frame.above:
            found.append(f"{name}: {counted(frame.lines, 'line')} above the table left out")
        found += [f"{name}: {said}" for said in frame.said]
        if (end := attempt.dialect.end) in NAMES:
            found.append(f"{name}: a {NAMES[end]} ends each line; it is no part of the last cell")
        elif end:
            found.append(f"{name}: {end!r} behind the last cells of some lines left out")
        if attempt.ended:
            found.append(f"{name}: a {attempt.dialect.called} ends each line; no column stands behind it")
        elif attempt.loose:
            found.append(f"{name}: a {attempt.dialect.called} ends the header; no column stands below it")
        elif attempt.short:
            found.append(f"{name}: the header lacks a name for the first column, which names the rows: {ROW_NAMES!r}")
        if attempt.dialect.escaped:
            found.append(f'{name}: \\" read as a quote within a cell')
        if self.wrapping is FORMULA:
            found.append(f'{name}: cells such as ="007" read as the text in them')
        names = [cell.strip() for cell in self.named or []]
        if twice := sorted(cell for cell, count in Counter(names).items() if cell and count > 1):
            found.append(
                f"{name}: several columns are called {', '.join(twice)}; the second is {twice[0]}_2, and so on"
            )
        return found

    def counted(self) -> tuple[int, int]:
        """How many rows there are below the header, and how many of them lack a cell."""
        attempt = self.attempt
        if attempt.failure or attempt.short or attempt.ended or (self.header and not self.above):
            lacking = [lacks_a_cell(row) for row in self.rows()]  # not all are what the attempt read
            return len(lacking), sum(lacking)
        left_out = attempt.repeats if self.above and self.named else self.above
        like_first = (attempt.repeats - left_out) * lacks_a_cell(attempt.first)
        return attempt.rows - left_out, attempt.incomplete + like_first

    def rows(self) -> Iterator[list[str]]:
        return (row for _, row in self.numbered_rows())

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows below the header with the right number of cells, each with its line; others are bad items."""
        attempt = self.attempt
        found = records(self.file, attempt.dialect, attempt.frame, leave_out=self.file.bad.skip)
        for line, row in islice(found, self.above, None):
            if len(row) != attempt.width:
                self.file.bad.add(self.file.error(f"has {len(row)} cells, expected {attempt.width}.", line))
            elif row != self.named:
                cells = row[:-1] if attempt.ended else row
                yield line, [unwrapped(cell, self.wrapping) for cell in cells] if self.wrapping else cells


def unwrapped(cell: str, wrapping: re.Pattern[str]) -> str:
    """The text of ``="007"``, or of ``'007'``; any other cell as it is."""
    found = wrapping.fullmatch(cell)
    text = found[1] if found else cell
    return text.replace("''", "'") if found and wrapping is APOSTROPHES else text


def are_parted(cells: Sequence[str]) -> bool:
    """Whether a usual delimiter parts all cells into as many, and they are neither running text nor numbers, in which
    it may stand before decimals or thousands."""
    if all(map(ONE_NUMBER.fullmatch, cells)):
        return False
    for sign in ANY:
        counts = {cell.count(sign) for cell in cells}
        if len(counts) == 1 and 0 not in counts and not any(f"{sign} " in cell for cell in cells):
            return True
    return False


def refuse_quoted_lines(file: TextFile, cells: Sequence[str]) -> None:
    """Raise DataFileError for a table whose lines stand in quotes as a whole, as a program writes that took each for
    one cell: one column, whose cells have commas that part all alike, some of them into numbers, or the first of them
    into usual names."""
    lines = [line.strip() for line in islice(file.all_lines(), len(cells)) if line.strip()]
    quoted = all(line.startswith('"') and line.endswith('"') for line in lines)
    if not quoted or any(end in cell for cell in cells for end in "\r\n"):
        return
    for sign in USUAL[".csv"]:
        rows = [row for row in csv.reader(cells, delimiter=sign) if row]
        width = len(rows[0]) if rows else 0
        if len(rows) != len(cells) or len(rows) <= 2 or width < 2 or any(len(row) != width for row in rows):
            continue
        numeric = [is_numeric([row[i] for row in rows[1:]]) for i in range(width)]
        numbers = any(numeric) and not (width == 2 and all(numeric)) and not any(map(looks_like_number, rows[0]))
        if numbers or all(cell.strip().lower() in header.USUAL_NAMES for cell in rows[0]):
            paths = file.path, file.path.with_suffix(f".table{file.path.suffix}")
            named, table = (shlex.quote(str(path)) for path in paths)
            command = "import csv, sys; [print(*row) for row in csv.reader(sys.stdin)]"
            raise file.error(
                "has quotes around each of its lines, and so one column. Take them away: python -c "
                f'"{command}" < {named} > {table}'
            )


def refuse_single_quotes(file: TextFile) -> None:
    """Raise DataFileError for a table whose cells stand between single quotes, as SQLite and MATLAB write them."""
    lines = [*islice(file.lines(), SINGLE_LINES)]
    sign = single_quoted(lines)
    if sign and not names_apart(lines, sign):
        paths = file.path, file.path.with_suffix(f".quoted{file.path.suffix}")
        named, table = (shlex.quote(str(path)) for path in paths)
        command = (
            f"import csv, sys; rows = csv.reader(sys.stdin, delimiter='{sign}', quotechar=chr(39)); "
            f"csv.writer(sys.stdout, delimiter='{sign}').writerows(rows)"
        )
        raise file.error(
            "has single quotes around its cells, where tables have double ones. Change them: python -c "
            f'"{command}" < {named} > {table}'
        )


def single_quoted(lines: Iterable[str]) -> str:
    """The sign that parts the cells of lines each of which has some between single quotes, and equally many cells,
    where signs stand in these that need quotes; "" for other lines. The first may be a header."""
    some = [line.rstrip("\r\n") for line in lines if line.strip()]
    body = some[1:] if len(some) > 1 and "'" not in some[0] else some
    if len(body) < FEW_ROWS or not all("'" in line for line in body):
        return ""
    for sign in USUAL[".csv"]:
        cell = rf"\s*'(?:[^']|'')*'\s*|[^'{sign}]*"
        fits = re.compile(rf"(?:{cell})(?:{re.escape(sign)}(?:{cell}))+")
        rows = [*csv.reader(body, delimiter=sign, quotechar="'")] if all(map(fits.fullmatch, body)) else []
        needed = any(sign in cell or "'" in cell for row in rows for cell in row)
        if needed and len({*map(len, rows)}) == 1:
            return sign
    return ""


def names_apart(lines: Sequence[str], sign: str) -> bool:
    """Whether the names stand in single quotes, too, and no sign that parts cells within any: what is read so."""
    rows = [line.rstrip("\r\n").split(sign) for line in lines if line.strip()]
    return all(map(APOSTROPHES.fullmatch, rows[0])) and len({*map(len, rows)}) == 1


def refuse_drawn(file: TextFile) -> None:
    """Raise DataFileError for a table as Markdown and databases draw it, with rules between its lines."""
    for number, line in enumerate(islice(file.lines(), DRAWN_LINES), start=1):
        if is_rule(line):
            raise file.error(
                f"is a table drawn with signs, as Markdown and databases show it ({line.strip()[:40]!r}). Export it as "
                "CSV (psql --csv, mysql --batch); or remove such lines, and signs at both ends of the others.",
                number,
            )


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def names_columns(file: TextFile, sample: Sequence[Sequence[str]], *, above: bool = False) -> bool:
    """Whether the first row is a header: as the caller says, or as it looks; ``above``: a comment may be it, too.

    Where a model reads more of what it was trained on, a row that names a column of these is one.
    """
    if file.options.said.header is not None and not (above and file.options.said.header):
        return file.options.said.header
    first = sample[0]
    if file.options.kept.header and not {*tidy(first)}.isdisjoint(file.options.names):
        return True
    rest = [row for row in sample[1:] if len(row) == len(first)]
    return is_header(first, rest, file.suffix)


def header_above(attempt: Attempt) -> list[str] | None:
    """The names of columns in the last comment above a table, where they are as many as its columns, and most of them
    are there; in the one before, where the last has their units. ``Source: https://...`` names none."""
    sign = attempt.dialect.delimiter
    rows = [comment.split(sign) if sign != BLANKS else comment.split() for comment in attempt.frame.comments]
    rows = [row[1:] if row and row[0].strip(" :").lower() == "fields" else row for row in rows]  # Zeek, web servers
    named = [row for row in rows if not is_introduced(row) and 2 * sum(map(bool, map(str.strip, row))) > attempt.width]
    fitting = [row for row in named if len(row) == attempt.width > 1]
    return (
        fitting[0]
        if len(fitting) > 1 and is_units(fitting[-1], range(attempt.width))
        else fitting[-1]
        if fitting
        else None
    )


def is_introduced(row: Sequence[str]) -> bool:
    """Whether the first word of a comment, and no other, has a colon behind it: it says what the others are."""
    return bool(row) and row[0].endswith(":") and not any(cell.endswith(":") for cell in row[1:])


def tidy(header: Sequence[str]) -> list[str]:
    """Column names without blanks around them, or more than one within, none empty, none twice: a name over two lines
    of a cell is one that can be written in a command."""
    names: dict[str, None] = {}
    for position, cell in enumerate(header, start=1):
        names[free_name(" ".join(cell.split()) or f"column_{position}", names)] = None
    return [*names]


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

    incompletes, counts = list[int](), list[int]()
    for part in parts:
        count, lacking = part.counted()
        incompletes.append(lacking)
        counts.append(count)
        if part.attempt.failure is None and (again := part.attempt.rows - part.above - count):
            part.file.notes.append(f"{part.file.path.name}: the header comes again; {counted(again, 'line')} left out")

    def rows() -> Iterator[Sequence[Cell]]:
        for part, order, lacking in zip(parts, orders, incompletes, strict=True):
            found = (row for _, row in raw_rows(part, order))
            yield from map(with_missing, found) if lacking else found

    notes = [*chain.from_iterable(file.notes for file in files), *chain.from_iterable(part.notes for part in parts)]
    notes += with_missing_cells(sum(incompletes))
    if not first.header:
        notes.append(without_header(names))
    files_read = [(str(part.file.path), count) for part, count in zip(parts, counts, strict=True)]
    layout: Layout = "sequences" if first.attempt.frame.recording else "table"
    return Source(names, rows, layout, first.header is not None, notes, files_read, first.format, nests=frozenset())


def with_missing(row: Sequence[str]) -> Sequence[Cell]:
    """The row with None for each cell that is missing."""
    return [None if cell.isspace() or cell == NULL else cell or None for cell in row] if lacks_a_cell(row) else row


def line_of_row(path: Path, row: int, format: Format) -> int | None:
    """The line on which a row of a CSV or TSV file ends, counted from 1; rows count from 0, without the header. None
    where what was found of how it is written doesn't tell."""
    options = ReadingOptions(said=replace(format, encoding=None), kept=format)
    return next(iter(lines_of_rows(path, [row], options)), None)


def lines_of_rows(path: Path, rows: Sequence[int], options: ReadingOptions) -> list[int]:
    """The same of several rows, in order, of a file that is opened with these options; lines that can't be read are no
    rows."""
    part, wanted = DelimitedFile.open(TextFile(path, replace(options, bad=BadItems(skip=True)))), set(rows)
    lines = ((row, line) for row, (line, _) in enumerate(part.numbered_rows()) if row in wanted)
    return [line for _, line in islice(lines, len(wanted))]


def column_order(part: DelimitedFile, names: list[str], first: TextFile) -> list[int] | None:
    """Where this file keeps each of the columns; None where it keeps them in the same order."""
    if part.header in (names, None) and part.width == len(names):
        return None
    if part.header and sorted(part.header) == sorted(names):
        return [part.header.index(name) for name in names]
    found = part.header or [f"{part.width} columns without a header"]
    raise part.file.error(other_columns(found, first.path, names), 1)


def is_tabular(lines: Sequence[str]) -> bool:
    """Equally many tabs on every line; or cells that end at another sign, equally many in each row, some of them
    numbers or labels, or below usual names; or mostly numbers with blanks between them, a number on each line, or what
    a program writes above columns of numbers."""
    frame = Frame.of(iter(lines))
    if frame.delimiter or single_quoted(lines):
        return True
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and number > frame.lines]
    lines = [line for _, line in numbered]
    tabs, count = Counter(line.count("\t") for line in lines).most_common(1)[0] if lines else (0, 0)
    if tabs and count >= MOST_LINES * len(lines):  # the others are named when it is read
        return True
    if (
        quoted_words(lines)
        or any(parts_cells(lines, sign) for sign in ANY)
        or parts_words(lines)
        or unusual_sign(lines)
        or is_drawn(lines)
    ):
        return True
    if len(lines) >= FEW_ROWS and all(NUMBER.fullmatch(line) for line in lines):
        return True
    return any(is_framed(numbered, sign, frame) for sign in (*ANY, BLANKS))


def is_framed(numbered: Sequence[tuple[int, str]], sign: str, frame: Frame) -> bool:
    """Whether lines, given with their numbers, are columns of numbers below what a program writes above them."""
    try:
        lines = [line for _, line in numbered]
        rows = [line.split() for line in lines] if sign == BLANKS else [*csv.reader(lines, delimiter=sign, strict=True)]
    except csv.Error:
        return False
    return (
        len(rows) == len(numbered) and bool(rows) and frame.around(rows, [n for n, _ in numbered]).lines > frame.lines
    )


def is_drawn(lines: Sequence[str]) -> bool:
    """Whether lines are a table with rules that are drawn between them, as databases show it."""
    barred = any(line.strip().startswith("|") and line.strip().endswith("|") for line in lines[:DRAWN_LINES])
    return any(DRAWN.fullmatch(line.strip()) or (barred and is_rule(line)) for line in lines[:DRAWN_LINES])


def is_rule(line: str) -> bool:
    return bool(DRAWN.fullmatch(line.strip()) or LONG_RULE.fullmatch(line.strip()))


def parts_cells(lines: Sequence[str], sign: str) -> bool:
    """Whether a sign parts the cells of a table, and doesn't just stand in texts."""
    rows = split_rows(lines, sign)
    if not rows or len(rows[0]) < 2 or (sign == "," and all(map(BELOW_A_SECOND.match, lines))):
        return False
    first, *rest = rows
    body = rest or rows
    columns = [[row[i] for row in body] for i in range(len(first))]
    named = bool(rest) and all(name.strip().lower() in header.USUAL_NAMES for name in first)
    running = sum(line.rstrip().endswith((".", "!", "?")) for line in lines) > len(lines) / 2
    running = running or (sign == "," and Sample(sign, [], [*csv.reader(lines)]).spaced)
    labelled = len(body) >= FEW_ROWS and not running and any(map(header.is_label_column, columns))
    return named or labelled or any(all(map(looks_like_number, column)) for column in columns)


def parts_words(lines: Sequence[str]) -> bool:
    """Whether rows are numbers, for the most part, or codes, with blanks between them; the first may lack a name of its
    own."""
    lines = [line.replace("\t", " ").strip() for line in lines]
    rows = split_rows(lines, BLANKS) or (split_rows(lines[1:], BLANKS) if len(lines) > 2 else [])
    first = lines[0].split() if lines else []
    return len(rows) > 1 and len(rows[0]) - len(first) in (0, 1) and Sample(BLANKS, [], [first, *rows]).aligned


def split_rows(lines: Sequence[str], sign: str) -> list[list[str]]:
    """Rows of equally many cells, without the few that have others; none where lines have this and that many."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            rows = list(csv.reader(lines, delimiter=sign, skipinitialspace=True, strict=True, quoting=quoting))
        except csv.Error:
            continue
        ((width, count),) = Counter(map(len, rows[1:] or rows)).most_common(1) or [(0, 0)]
        fitting = [row for row in rows[1:] if len(row) == width]
        if rows and len(rows[0]) + 1 == width and not any(row[-1] for row in fitting):  # a sign ends each line
            rows[0].append("")
        if rows and len(rows[0]) == width and count >= MOST_LINES * len(rows[1:] or rows):  # others are named later
            return [rows[0], *fitting]
    return []


READER = Reader(
    "table",
    "a table (CSV or TSV)",
    open_delimited,
    suffixes=frozenset(USUAL),
    recognises=is_tabular,
    precedence=20,
    may_name_files=True,
    of_tables=True,
)
