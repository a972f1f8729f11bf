"""The text files of the UCR archive of time series: a series per line, its class first, then its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from elman.data.forms.numbers import is_finite_number
from elman.data.readers.files import TextFile
from elman.data.readers.reader import SAMPLE_LINES, Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError

MISSING = frozenset({"NaN", "nan", "NAN", "?"})
SHORTEST = 10
"""Numbers of a line at least, in files that are to be told from other tables of numbers."""
LOOKED_AT = 200
ODD = 0.05
"""Lines that are cut off or run together, of all that should be equally long, at most."""
SMOOTH = 0.5
"""So great is the correlation of each number with the next, in half of the lines, where they go on from one another."""
FEW_ROWS = 30
"""Of fewer rows it can't be seen that classes come again."""
ROUNDED = 0.05
LARGEST = 1e12
ALIKE = 2.0
"""Columns of one series are alike: their means lie within so many of their usual deviations."""


def open_ucr(files: Sequence[TextFile]) -> Source:
    """Columns "sequence", the numbers of a line, and "label", the class as a whole number.

    Numbers are apart by tabs, commas or blanks. NaN at the end of a line makes its series as long as the longest one,
    and is no part of it; NaN inside is missing. Where lines are of several lengths, so are the series.
    """
    widths = {file: width_of_file(file) for file in files}
    separators = {file: separator_of(islice(file.lines(), SAMPLE_LINES)) for file in files}
    counts, lengths, gaps = list[tuple[str, int]](), set[int](), 0
    for file in files:
        rows_in = 0
        for series, _ in sound_series(file, separators[file], widths[file]):
            rows_in += 1
            lengths.add(len(series))
            gaps += None in series
        counts.append((str(file.path), rows_in))

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            yield from sound_series(file, separators[file], widths[file])

    notes = [note for file in files for note in file.notes]
    notes.append("read as the UCR archive writes series: a line each, first its class, then its numbers")
    if len(lengths) > 1:
        left_out = "" if None in widths.values() else "NaN at the ends of lines was left out: "
        notes.append(f"{left_out}series have {min(lengths):,} to {max(lengths):,} numbers")
    if gaps:
        notes.append(f"{gaps:,} series with missing numbers")
    return Source(["sequence", "label"], rows, "table", False, notes, counts, texts=frozenset({"label"}))


def sound_series(file: TextFile, separator: str | None, width: int | None) -> Iterator[tuple[list[Cell], str]]:
    """Series with their classes. A line that isn't one is a bad item."""
    for line, text in enumerate(file.lines(), start=1):
        if not text.strip():
            continue
        try:
            cells = cells_of(text, separator)
            if width is not None and len(cells) != width:
                raise file.error(f"has {len(cells)} cells, but most lines have {width}.", line)
            label, *numbers = (number(file, line, cell) for cell in cells)
            if label is None or not label.is_integer():
                raise file.error(f"begins with {cells[0][:40]!r} where its class is expected, a whole number.", line)
            while numbers and numbers[-1] is None:
                numbers.pop()
            if not numbers:
                raise file.error("holds a class, but no number.", line)
        except DataFileError as error:
            file.bad.add(error)
        else:
            yield numbers, str(int(label))


def number(file: TextFile, line: int, cell: str) -> float | None:
    if cell in MISSING:
        return None
    if not is_finite_number(cell):
        raise file.error(f"holds {cell[:40]!r} where a number is expected.", line)
    return float(cell)


def separator_of(lines: Iterator[str] | Sequence[str]) -> str | None:
    """Comma or tab, where each line holds one; None for blanks."""
    filled = [line for line in lines if line.strip()]
    return next((sign for sign in ",\t" if all(sign in line.strip() for line in filled)), None)


def cells_of(line: str, separator: str | None) -> list[str]:
    return [cell.strip() for cell in line.strip().strip(separator).split(separator)]


def width_of_file(file: TextFile) -> int | None:
    """``width_of`` its first lines."""
    lines = [line for line in islice(file.lines(), SAMPLE_LINES) if line.strip()]
    separator = separator_of(lines)
    return width_of([cells_of(line, separator) for line in lines])


def width_of(rows: Sequence[Sequence[str]]) -> int | None:
    """The cells that nearly all rows have; None where many have another number of them."""
    width = int(median(map(len, rows))) if rows else 0
    return width if sum(len(row) != width for row in rows) <= ODD * len(rows) else None


def is_ucr(lines: Sequence[str]) -> bool:
    """Numbers alone: first whole ones that come again, then others that make up a series. A line is as long as the
    others, or lines are of many lengths, and each series goes on from number to number.

    Those of a series go on from one another, or are standardised row by row, or are alike from column to column; the
    columns of other tables have units of their own.
    """
    filled = [line for line in lines if line.strip()][:LOOKED_AT]
    separator = separator_of(filled)
    rows = [cells_of(line, separator) for line in filled]
    if not rows:
        return False
    width, longest = width_of(rows), max(map(len, rows))
    if (width is not None and width != longest) or longest <= SHORTEST or min(map(len, rows)) < 2:
        return False
    if not all(cell in MISSING or is_finite_number(cell) for row in rows for cell in row):
        return False
    if count_steps([row[:2] for row in rows]):
        return False
    classes = {row[0] for row in rows}
    if MISSING & classes or not all(float(name).is_integer() for name in classes):
        return False
    if len(rows) >= FEW_ROWS and len(classes) > len(rows) / 2:
        return False
    series = np.full((len(rows), longest - 1), np.nan)
    for place, row in enumerate(rows):
        series[place, : len(row) - 1] = [np.nan if cell in MISSING else float(cell) for cell in row[1:]]
    there = ~np.isnan(series)
    fractions = series[there] % 1 != 0
    if not there.any() or fractions.mean() < 0.5 or np.abs(series[there]).max() > LARGEST:
        return False  # counts and codes, or no measurements
    return go_on(series) or (width is not None and (are_standardised(series) or are_alike(series)))


def count_steps(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the second cells of rows count on from 0 or 1 for as long as the first ones stay the same: these rows are
    steps, and no series."""
    counted = [(cells[0], float(cells[1])) for cells in rows if not MISSING & set(cells)]
    goes_on = [b == a + 1 for (name, a), (next_name, b) in pairwise(counted) if name == next_name]
    begins = [b in (0, 1) for (name, _), (next_name, b) in pairwise(counted) if name != next_name]
    return 2 * len(goes_on) > len(counted) and all(goes_on) and all(begins) and counted[0][1] in (0, 1)


def are_standardised(series: NDArray[np.float64]) -> bool:
    """Whether each row of ``[N, T]`` has the mean 0 and the deviation 1, as those of most sets of the archive."""
    rows = [row[~np.isnan(row)] for row in series]
    return all(len(row) > 1 and abs(row.mean()) < ROUNDED and abs(row.std() - 1) < 2 * ROUNDED for row in rows)


def go_on(series: NDArray[np.float64]) -> bool:
    """Whether in most rows of ``[N, T]`` each number is close to the one before it."""
    rows = [row[~np.isnan(row)] for row in series]
    found = [
        np.corrcoef(row[:-1], row[1:])[0, 1] for row in rows if len(row) > 2 and row[:-1].std() > 0 < row[1:].std()
    ]
    return bool(found) and float(np.median(found)) > SMOOTH


def are_alike(series: NDArray[np.float64]) -> bool:
    """Whether the columns of ``[N, T]`` have about one mean and one deviation."""
    columns = [column[~np.isnan(column)] for column in series.T]
    means, deviations = (
        np.array([figure(column) for column in columns if len(column) > 1]) for figure in (np.mean, np.std)
    )
    usual = float(np.median(deviations)) if len(deviations) else 0.0
    return bool(usual) and means.std() <= ALIKE * usual and deviations.max() <= 5 * ALIKE * usual


READER = Reader(
    "ucr",
    "series of the UCR archive (text)",
    open_ucr,
    suffixes=frozenset({".tsv"}),
    recognises=is_ucr,
    precedence=25,
)
