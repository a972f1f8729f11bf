# pyright: strict
"""Columns of fixed width: said where blanks lie between them, refused where nothing does, since no reader can tell them
apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from elman.data.readers.files import TextFile
from elman.kinds.time import TimeKind

APART, FEWEST_PARTS, MOST_LINES = re.compile(r"\s{2,}"), 3, 0.95
"""What parts the columns of a text, so many at least, in this share of its lines."""
LOOKED_AT, FEWEST_LINES = 1_000, 20
"""Lines, from the start, that show it; so many at least."""
JOINED, FIGURES = re.compile(r"[A-Za-z0-9+.-]{10,}"), re.compile(r"[0-9]+")
NUMBER = re.compile(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?")
LONGEST = 13
"""Figures of a number that a program may write, such as milliseconds since 1970."""


def columns_in(file: TextFile) -> str:
    """What to say of lines that have equally many parts, with several blanks between them; "" of running text."""
    lines = [line.strip() for line in islice(file.lines(), LOOKED_AT) if line.strip()]
    count, most = Counter(len(APART.split(line)) for line in lines).most_common(1)[0] if lines else (0, 0)
    if len(lines) < FEWEST_LINES or count < FEWEST_PARTS or most < MOST_LINES * len(lines):
        return ""
    return (
        f"{file.path.name}: each line has {count} parts with several blanks between them: if these are columns, make a "
        f"table of it (pip install pandas): {by_width(file)}"
    )


def refuse_joined(file: TextFile) -> None:
    """Raise DataFileError for lines of equally many signs without a blank, half of which are figures in every line."""
    lines = [line.strip() for line in islice(file.lines(), LOOKED_AT) if line.strip()]
    if len(lines) >= FEWEST_LINES and are_joined(lines):
        raise file.error(
            f"has lines of {len(lines[0])} signs each, with nothing between them ({lines[0][:40]}): columns of fixed "
            "width, it seems. Say how wide each is, instead of 4, 2 and so on, and make a table of it (pip install "
            f"pandas): {by_width(file, ', widths=[4, 2, 5], header=None, dtype=str')}. If each line is one name, put a "
            "line that says what they are above them, and call the file .csv."
        )


def are_joined(lines: Sequence[str]) -> bool:
    if len({*map(len, lines)}) > 1 or not all(map(JOINED.fullmatch, lines)):
        return False
    if all(map(NUMBER.fullmatch, lines)) and not (all(map(FIGURES.fullmatch, lines)) and len(lines[0]) > LONGEST):
        return False
    figures = sum(all(map(str.isdecimal, signs)) for signs in zip(*lines, strict=True))
    return 2 * figures >= len(lines[0]) and len({*lines}) > 1 and not TimeKind.is_date(lines[0])


def by_width(file: TextFile, options: str = "") -> str:
    """The command that parts a file's lines at certain places."""
    return (
        f'python -c "import pandas; pandas.read_fwf({str(file.path)!r}{options})'
        f'.to_csv({str(file.path.with_suffix(".csv"))!r}, index=False)"'
    )
