# pyright: strict
"""What stands around the rows of a table: comments, titles, what a program says of itself, and several lines of names
and units above them; remarks below.

Loggers, instruments and data services write such files. Where the rows begin shows in the columns of numbers: from
there on they hold numbers, and above texts.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from elman.data.forms.numbers import NO_NUMBER, UNITS
from elman.data.readers.header import looks_like_number, looks_sorted

SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""What Excel writes above a table, and reads."""
MOST_ABOVE, MOST_BELOW = 60, 20
"""Rows above a table, and remarks below it, at most."""
MOSTLY = 0.8
FEWEST_ROWS = 3
MOST_LEVELS = 5
"""Rows of names that pandas may have written."""
SHOWN, LONGEST_SHOWN = 3, 40
RULE = re.compile(r":?[-=]{2,}:?")
TWICE = 3
"""In more cells than this, half of which come twice, stands what several columns share, and not the name of each."""
UNIT_WORDS = frozenset(
    """
    deg celsius fahrenheit kelvin degt percent pct meters metres seconds minutes hours days volt volts amps watt watts
    inches feet nmi unitless yr mo dy hr mn
    """.split()  # noqa: SIM905
)
"""What stands below the names of columns, beside the units that numbers have, in lower case."""
NAMES_OF_TIMES = frozenset({"date", "datetime", "time", "timestamp", "day", "month", "year", "datum", "zeit", "jahr"})
PLAIN_UNIT = re.compile(r"\[[^\]\d]+\]|\([^)]+\)|%|°.*|deg(rees)?[ .]?[cfkt]?|[^\W\d_]+/\(?[^\W\d_].*", re.IGNORECASE)
"""What is nothing but a unit: in brackets, a share, degrees, so much of one thing in another."""
WIDTH = re.compile(r"\d+[sdn]")
"""How wide a column is, as the USGS writes it below its name."""
ACTIGRAPH, ACTIGRAPH_LINES = re.compile(r"-+ Data File Created By ActiGraph"), 10
"""How files of ActiGraph's meters begin, and the lines above their names or rows."""
CAMPBELL, CAMPBELL_LINES = re.compile(r'"?TOA5"?,'), 4
"""How files of Campbell's loggers begin, and the lines above their rows: the names are on the second."""

SAID_OF_SERIES = frozenset(
    """
    title description unit units preunit frequency type source cdid dimension note notes magnitude transformation
    einheit titre unité magnitude frecuencia
    """.split()  # noqa: SIM905
) | {
    *("series id", "series type", "data type", "series start", "series end", "no. obs", "collection month", "mnemonic"),
    *("publication date", "source dataset id", "release date", "next release", "important notes", "series name"),
    *("stand vom", "code série", "méthode d'observation", "code", "número secuencial", "código de la serie"),
    *("alias de la serie", "descripción de la serie", "descripción de las unidades"),
}
"""What statistics offices and central banks say of series, line by line above them, in lower case."""
WITH_YEAR = re.compile(
    r"(?<!\d)(1[5-9]|20)\d\d(?!\d)|^(1[5-9]|20)\d{4}(\d\d)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d\d$|[^\W\d]{3}[-/. ]\d\d$"
)
"""What times have, and codes of things don't: ``1990``, ``2010 JAN``, ``199003``, ``31/03/90``, ``Mar-90``."""
TIMES = "date"
"""What the first column of such a file is called, which holds the times below what the lines above say."""

WORD = re.compile(r"[^\W\d_]{3,}")
ROWS_COUNTED = re.compile(r"\(\d+ rows?\)")
"""What PostgreSQL writes below a table."""

Row = Sequence[str]


@dataclass(frozen=True)
class Frame:
    """What stands above and below the rows of a table.

    lines:     how many lines there are above that are no rows
    end:       the last line that may be one; None where nothing stands below
    delimiter: what a line such as ``sep=;`` names
    comments:  the last two lines that begin with ``#``, without it; they may name the columns
    names:     of the columns, where those stand in lines that are no single header
    above, below: what was left out there, line by line
    recording: rows are what was measured one after another, though no times stand beside them
    """

    lines: int = 0
    end: int | None = None
    delimiter: str | None = None
    comments: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    recording: bool = False

    @classmethod
    def of(cls, lines: Iterator[str]) -> Frame:
        """What is plain without a look at the rows."""
        frame, first = cls(), list[str]()
        for number, line in enumerate(lines, start=1):
            if number <= 2:
                first.append(line)
            if number == 1 and ACTIGRAPH.match(line):
                return cls(ACTIGRAPH_LINES, above=(shown([line.strip("- ")]),), recording=True)
            if number == 1 and (named := SEPARATOR_LINE.fullmatch(line.strip(" "))):
                frame = cls(1, delimiter=named[1])
            elif line.startswith("#"):
                frame = replace(frame, lines=number, comments=(*frame.comments[-1:], line[1:]))
            elif line.strip() and not (number == 1 and CAMPBELL.match(line)):
                break
        if len(first) == 2 and CAMPBELL.match(first[0]):
            names = tuple(next(csv.reader([first[1]])))
            return cls(CAMPBELL_LINES, delimiter=",", names=names, above=(shown(next(csv.reader([first[0]]))),))
        return frame

    def around(self, rows: Sequence[Row], lines: Sequence[int], kept: Sequence[str] = ()) -> Frame:
        """The same with what stands above the table among the first rows of a file, as one delimiter parts them; as it
        is, where that is a header at most.

        lines: where each row ends;  kept: names of the columns that a model was trained on
        """
        if self.names:
            return self
        found = below_kept_names(rows, kept) or of_survey(rows) or names_above(rows, lines) or above_texts(rows, lines)
        if found is None:
            return self
        names, first, count = found
        left = [*rows[:first], *rows[first + 1 : count]] if names else rows[:count]
        return replace(self, lines=lines[count - 1], names=names, above=tuple(map(shown, left)))

    @property
    def said(self) -> list[str]:
        """What was left out, for people."""
        return [
            f"left out {where} the table: {'; '.join(lines[:SHOWN])}{'; ...' * (len(lines) > SHOWN)}"
            for where, lines in (("above", self.above), ("below", self.below))
            if lines
        ]


def below_kept_names(rows: Sequence[Row], kept: Sequence[str]) -> tuple[tuple[str, ...], int, int] | None:
    """The row that holds the names that a model knows, with units alone below it, however few rows follow."""
    place = next((i for i, row in enumerate(rows[:MOST_ABOVE]) if {*kept} <= {cell.strip() for cell in row}), None)
    if not kept or place is None:
        return None
    below = rows[place + 1 :]
    units = next((i for i, row in enumerate(below) if not are_units([cell.strip() for cell in row])), len(below))
    return (tuple(cell.strip() for cell in rows[place]), place, place + 1 + units) if units else None


def are_units(cells: Sequence[str]) -> bool:
    """Whether cells are units, all of those that are filled."""
    some = [cell for cell in cells if cell]
    return bool(some) and all(
        cell in UNITS or bool(PLAIN_UNIT.fullmatch(cell) or WIDTH.fullmatch(cell)) for cell in some
    )


def of_survey(rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int] | None:
    """As Qualtrics or SurveyMonkey write answers."""
    return of_qualtrics(rows) or of_surveymonkey(rows)


def of_surveymonkey(rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int] | None:
    """SurveyMonkey exports questions, and below them the answers that can be chosen, a column each."""
    if len(rows) < 2 or rows[0][0].strip() != "Respondent ID" or rows[1][0].strip() or len(rows[0]) != len(rows[1]):
        return None
    asked = list[str]()
    for question in rows[0]:
        asked.append(question.strip() or asked[-1])
    names = [
        f"{question} {answer.strip()}" if asked.count(question) > 1 else question
        for question, answer in zip(asked, rows[1], strict=True)
    ]
    return tuple(names), 0, 2


def of_qualtrics(rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int] | None:
    """Below the names of columns, Qualtrics exports the questions in words, and what they are to the program."""
    own = len(rows) > 2 and len(rows[0]) == len(rows[2]) and all(cell.startswith('{"ImportId"') for cell in rows[2])
    return (tuple(cell.strip() for cell in rows[0]), 0, 3) if own else None


def shown(row: Row) -> str:
    text = ", ".join(cell.strip() for cell in row if cell.strip())
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


def filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def names_above(rows: Sequence[Row], lines: Sequence[int]) -> tuple[tuple[str, ...], int, int] | None:
    """As ``above_numbers`` finds them, and where pandas wrote names of several levels."""
    return of_statistics(rows) or of_pandas(rows) or above_numbers(rows, lines)


def of_statistics(rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int] | None:
    """Series with times in the first column, above which lines that are named there say what each series is: its title
    first, then its unit, its source and so on. Titles that come again go with the next of these that tells more apart.
    """
    width, _ = shape_of(rows)
    said = [i for i, row in enumerate(rows[:MOST_ABOVE]) if len(row) == width and is_said(row[0])]
    if not width or len(said) < 2 or len(rows) - said[-1] <= FEWEST_ROWS:
        return None
    count = next((i for i in range(said[-1] + 1, len(rows)) if any(rows[i])), len(rows))
    place = next(i for i, row in enumerate(rows) if len(row) == width and filled(row[1:]))
    timed = all(WITH_YEAR.search(row[0]) for row in rows[count:] if any(row))
    if not timed or any(any(map(str.isdecimal, row[0])) and filled(row[1:]) for row in rows[place + 1 : count]):
        return None
    names = [cell.strip() for cell in rows[place][1:]]
    for more in ([cell.strip() for cell in rows[i][1:]] for i in said if i > place):
        pairs = [" ".join(filter(None, pair)) for pair in zip(names, more, strict=True)]
        names = pairs if len({*names}) < len({*pairs}) else names
    return (TIMES, *names), place, count


def is_said(cell: str) -> bool:
    return cell.strip().rstrip(": ").lower() in SAID_OF_SERIES


def of_pandas(rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int] | None:
    """Names of several levels, a row for each, and below them what the first column is called, as pandas writes them:
    put together with a point between, as in Python; without a level that is the same for all columns."""
    width, numeric = shape_of(rows)
    levels = [*takewhile(lambda row: len(row) == width and all(map(str.strip, row[1:])), rows[:MOST_LEVELS])]
    count = len(levels)
    if not numeric or count < 2 or len(rows) < count + FEWEST_ROWS:
        return None
    index = rows[count]
    if len(index) != width or not index[0].strip() or filled(index) > 1 or not rows[count + 1][0].strip():
        return None
    if any(is_figure(row[i].strip()) for row in levels for i in numeric if row[i].strip()):
        return None  # rows of numbers, and a title between them
    told = [row for row in levels if len({*row[1:]}) > 1] or levels[:1]
    names = [".".join(row[i].strip() for row in told) for i in range(1, width)]
    return (index[0].strip(), *names), 0, count + 1


def above_numbers(rows: Sequence[Row], lines: Sequence[int]) -> tuple[tuple[str, ...], int, int] | None:
    """The names of the columns, which row they are from, and how many rows stand above the first one of the table,
    which is known by its columns of numbers. No names where a header is the first of these, or there is none."""
    width, numeric = shape_of(rows)
    count = next((i for i, row in enumerate(rows) if is_data(row, width, numeric)), 0) if numeric else 0
    if not 0 < count <= MOST_ABOVE or len(rows) - count < FEWEST_ROWS:
        return None
    gaps = [i for i in range(1, count + 1) if lines[i] - lines[i - 1] > 1 + rows[i][-1].count("\n")]
    begin = max((gap for gap in gaps if gap < count), default=0)
    block = rows[begin:count]
    place = place_of_names(block, width, numeric)
    if place is None:  # remarks alone: of one cell each, or apart from the table
        remarks = count in gaps or (count > 1 and all(filled(row) <= 1 for row in rows[:count]))
        return ((), 0, count) if remarks and not any(map(is_rule, block)) else None
    if begin + place + 1 == count == 1:
        return None  # a header
    if not gaps and any(map(holds_numbers, rows[: begin + place])):
        return None  # rows of another table
    return names_in(block[place:], width), begin + place, count


def shape_of(rows: Sequence[Row], fewest: int = 2) -> tuple[int, list[int]]:
    """How many cells most rows have, ``fewest`` or more, and the places of those columns that hold numbers."""
    later = rows[min(MOST_ABOVE, len(rows) // 3) :]
    ((width, count),) = Counter(map(len, later)).most_common(1) or [(0, 0)]
    if width < fewest or count < MOSTLY * len(later):
        return 0, []
    columns = [[row[i].strip() for row in later if len(row) == width] for i in range(width)]
    return width, [i for i, cells in enumerate(columns) if are_numbers(cells)]


def are_numbers(cells: Sequence[str]) -> bool:
    some = [cell for cell in cells if cell and cell not in NO_NUMBER]
    return len(some) > 1 and sum(map(is_figure, some)) > MOSTLY * len(some)


def is_figure(cell: str) -> bool:
    """A number, a date or a time in whatever form, but no list."""
    return looks_like_number(cell) and cell[0] not in "[{"


def is_data(row: Row, width: int, numeric: Sequence[int]) -> bool:
    """Whether no text stands in a column of numbers."""
    cells = [row[i].strip() for i in numeric] if len(row) == width else []
    return bool(cells) and all(not cell or cell in NO_NUMBER or is_figure(cell) for cell in cells)


def holds_numbers(row: Row) -> bool:
    return len(row) > 1 and 2 * sum(looks_like_number(cell.strip()) for cell in row) > len(row)


def place_of_names(block: Sequence[Row], width: int, numeric: Sequence[int]) -> int | None:
    """Which row of those right above the table has the names of its columns. Below it stand units alone, or more words
    of the names; right above it a row of another width, since a row like it may be one of the table that is damaged."""
    below = next((i for i in reversed(range(len(block))) if not is_units(block[i], numeric)), None)
    if below is None or len(block[below]) < width:  # what several columns share may be their names
        below = next((i for i in reversed(range(below or 0, len(block))) if filled(block[i]) == width), below)
    if below is None:
        return None
    row, longer = block[below], len(block) > 1  # names of columns that are empty
    beside = takewhile(lambda i: len(block[i]) == width, reversed(range(below)))
    above = [i for i in beside if not is_rule(block[i])]
    if width == 2 and names_time(row) and not any(map(names_time, block[:below])):
        above = []  # what the file is about, and its name
    if len(row) < width or (len(row) > width and not longer) or holds_numbers(row):
        return None
    if len(row) == width and above == [below - 1] and are_two_lines(block[below - 1], row, width):
        return below - 1
    return None if (above and len(row) == width) or 2 * filled(row) < width else below


def names_time(row: Row) -> bool:
    """Whether the first cell is what people call a column of times."""
    return row[0].strip().lower() in NAMES_OF_TIMES


def are_two_lines(upper: Row, lower: Row, width: int) -> bool:
    """Whether two rows are names together: the lower one has all of them, the upper one what some, or several, have
    before."""
    before, names = ([cell.strip() for cell in row] for row in (upper, lower))
    several = "" in before or len(set(before)) < width
    return several and all(names) and (len(set(names)) < width or 2 * filled(upper) > width)


def is_rule(row: Row) -> bool:
    """A line that is drawn below names."""
    return any(row) and all(RULE.fullmatch(cell.strip()) for cell in row if cell.strip())


def is_units(row: Row, numeric: Sequence[int]) -> bool:
    """Whether a row above the table says of the columns of numbers in what units they are, or what several share."""
    cells = [row[i].strip().strip("'") for i in numeric if i < len(row)]
    some = [cell for cell in cells if cell]
    if not some or is_rule(row) or all(map(WIDTH.fullmatch, some)):
        return bool(some)
    units = [cell in UNITS or cell.lower() in UNIT_WORDS or bool(PLAIN_UNIT.fullmatch(cell)) for cell in some]
    if 2 * sum(units) >= len(some):
        return len(some) > 1 or bool(PLAIN_UNIT.fullmatch(some[0]))
    shared = len(some) > TWICE and 2 * len(set(some)) <= len(some)
    return shared or (len(row) > 2 and filled(row) == 1 and bool(cells[0]))


def names_in(block: Sequence[Row], width: int) -> tuple[str, ...]:
    """The names of the columns, of a first row and those below it, which are read where the first leaves columns
    without a name of their own."""
    names = [cell.strip() for cell in block[0][:width]]
    for row in (row for row in block[1:] if len(row) == width and not is_rule(row)):
        cells = [cell.strip() for cell in row]
        if cells[0] and filled(row) == 1:  # pandas' names of what stands in the rows
            names[0] = cells[0]
        elif len(set(names)) < len(names) or "" in names:
            pairs = zip(shared(names, cells), cells, strict=True)
            names = [name if name == cell else f"{name} {cell}".strip() for name, cell in pairs]
    return tuple(names)


def shared(names: Sequence[str], below: Sequence[str]) -> list[str]:
    """Names, and for a column without one that of the columns before it, where what stands below comes again: of X, Y
    and Z below each of several markers."""
    found: list[str] = []
    for name, cell in zip(names, below, strict=True):
        found.append(name or (found[-1] if found and below.count(cell) > 1 else ""))
    return found


def above_texts(rows: Sequence[Row], lines: Sequence[int]) -> tuple[tuple[str, ...], int, int] | None:
    """How many rows of one cell stand above a table of texts: with a blank line between."""
    count = next((i for i, row in enumerate(rows) if filled(row) > 1), 0)
    below = rows[count:]
    apart = bool(count) and lines[count] - lines[count - 1] > 1 + rows[count][-1].count("\n")
    whole = len(set(map(len, below))) == 1 and all(filled(row) > 1 for row in below)
    if (
        not apart
        or len(below) < FEWEST_ROWS
        or not whole
        or any(looks_like_number(row[0].strip()) for row in rows[:count])
    ):
        return None
    columns = [[row[i].strip() for row in below[1:]] for i in range(len(below[0]))]
    return ((), 0, count) if len(columns) > 2 or any(map(looks_sorted, columns)) else None


def comments_below(lines: Iterable[str]) -> tuple[int, tuple[str, ...]] | None:
    """The last line of a table, and the lines below it that begin with # as those above do, such as Zeek's last one;
    None where there are none."""
    last = [pair for pair in deque(enumerate(lines, start=1), maxlen=MOST_BELOW) if pair[1].strip()]
    below = [*takewhile(lambda pair: pair[1].startswith("#"), reversed(last))]
    return (below[-1][0] - 1, tuple(line for _, line in reversed(below))) if below else None


def remarks_below(lines: Iterable[str], sign: str, width: int) -> tuple[int, tuple[str, ...]] | None:
    """The last line of a table, and the remarks below it: words, with a blank line before them; None where there are
    none.

    sign: that cells end at;  width: cells of a row
    """
    last = list(deque(enumerate(lines, start=1), maxlen=2 * MOST_BELOW))
    ends = [place for place, (_, line) in enumerate(last) if line.strip() and len(line.split(sign)) >= width]
    below = [line.strip() for _, line in last[ends[-1] + 1 :]] if ends else []
    remarks = tuple(filter(None, below))
    if not remarks or not (not below[0] or ROWS_COUNTED.fullmatch(remarks[0])) or not all(map(WORD.search, remarks)):
        return None
    return last[ends[-1]][0], remarks
