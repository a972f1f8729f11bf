# pyright: strict
"""Is the first line of a table its header, and what are the columns called where there is none?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from elman.data.forms.numbers import FLAGS
from elman.kinds.column import YEARS

NUMBER = re.compile(r"\s*[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
NAME_LIKE = re.compile(r"[^\W\d][\w \-./()%,'\"]{0,39}")
DIGIT, LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
MISSING = frozenset({"NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "-", ":"})
HEADER_ROWS = 500
"""Rows below the first that it is compared with."""
LONG_COUNT = 10
"""So many numbers with one step between them count columns, though some of these hold words."""
MOSTLY = 0.8
SHOWN_NAMES = 12
CODE_FIGURES = 6
"""Figures in a cell that names of columns don't have, such as 2021-01-01T00:00:00Z or user_000001."""
# Names that people give to columns, and hardly ever the first cell of one.
USUAL_NAMES = frozenset(
    """
    text texts label labels sentence sentence1 sentence2 target targets class category categories
    review sentiment title content message question answer input output source src tgt tokens token
    tags tag word words phones phonemes pronunciation id idx index value name language english
    german french spanish italian body comment rating score stars date timestamp time split fold y x
    en de fr es it pt nl ru zh ja image caption summary document number numbers digits article headline
    intent utterance
    """.split()  # noqa: SIM905
)


def is_header(first: Sequence[str], rest: Sequence[Sequence[str]], suffix: str) -> bool:
    """True where the first row names the columns instead of belonging to them.

    Numbers in the first row say no, unless they count columns, as years do, or are of another form than those below.
    A word above a column of numbers says yes; a date, or a code, above others of its form says no. A column of labels,
    each of which comes back, says yes where its first cell doesn't come back; else no. Then: usual names are names; a
    cell that comes back further down is a value; long texts below short ones have names on top; and ``.csv`` mostly has
    a header. A first row without another one names columns where its cells look like names.
    """
    cells = [cell.strip() for cell in first]
    if not any(cells[1:] or cells):
        return False
    again = sum(row == first for row in rest)
    if again and 10 * again <= len(rest):  # files with a header each were put together
        rest = [row for row in rest if row != first]
    columns = [[row[i].strip() for row in rest[:HEADER_ROWS] if i < len(row)] for i in range(len(cells))]
    if any(map(looks_like_number, cells)):
        return numbers_name_columns(cells, columns)
    if not rest:  # a table whose rows are still to come has names of a word or two
        unlike = len(cells) > 1 and len(set(cells)) == len(cells)
        return unlike and all(map(NAME_LIKE.fullmatch, cells)) and fmean(len(cell.split()) for cell in cells) < 2
    pairs = list(zip(cells, columns, strict=True))
    if any(is_numeric(column) for cell, column in pairs if cell not in MISSING):
        return True
    if any(is_code_among(cell, column) for cell, column in pairs):
        return False
    labels = [cell in column for cell, column in pairs if cell and is_settled_label_column(column)]
    usual = sum(cell.lower() in USUAL_NAMES for cell in cells)
    if labels or usual == len(cells):
        return not labels or not all(labels)
    if any(cell in column for cell, column in pairs) or len(set(cells)) < len(cells):
        return False
    if usual > len(cells) / 2:
        return True
    if any(len(column) >= 10 and len(set(column)) <= len(column) / 3 for column in columns):
        return all(NAME_LIKE.fullmatch(cell) for cell in cells if cell)
    words = [fmean(len(cell.split()) for cell in column) for column in columns if column]
    if words and min(words) >= 4 and all(len(cell.split()) == 1 for cell in cells):
        return True
    return suffix == ".csv" and len(cells) > 1 and all(len(cell.split()) <= 3 for cell in cells)


def looks_like_number(cell: str) -> bool:
    """It holds digits and no letters, but for a flag behind them: a number in whatever form, a date, a time; but not
    several far apart."""
    if LETTER.search(cell):
        return bool(NUMBER.fullmatch(cell.rpartition(" ")[0] if cell.rpartition(" ")[2] in FLAGS else cell))
    return bool(DIGIT.search(cell)) and "  " not in cell.strip()


def numbers_name_columns(cells: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers in the first row are names: they count columns, as years do, which numbers in no other row do; or
    each is of a form that no cell below it has, as in 2019 above 67.2. Such as pandas writes for columns without names,
    from 0 on, with nothing above the index, are names."""
    if cells == ["", *map(str, range(len(cells) - 1))] and all(columns[0]):
        return True
    numbers = [i for i, cell in enumerate(cells) if looks_like_number(cell)]
    below = [[columns[i][row] for i in numbers] for row in range(len(columns[0]))]
    filled = [i for i in numbers if any(cell and cell not in MISSING for cell in columns[i])]
    enough = sum(is_numeric_enough(columns[i]) for i in filled)
    if not below or not filled or enough < len(filled) * (1 if len(numbers) < LONG_COUNT else 0.5):
        return False
    if counts(cells[i] for i in numbers) and (len(numbers) < len(cells) or len(cells) >= 4):
        return sum(map(counts, below)) <= len(below) / 20
    if enough < len(numbers):
        return False
    forms = [{form(cell) for cell in columns[i] if cell} for i in numbers]
    differ = all(form(cells[i]) not in found for i, found in zip(numbers, forms, strict=True))
    dates = not any(NUMBER.fullmatch(cells[i]) for i in numbers)
    return differ and len(below) >= (2 if dates else 20) and len(numbers) < len(cells)


def counts(cells: Iterable[str]) -> bool:
    """Whole numbers with one step between them: three or more; or years that rise, or fall, two or more."""
    numbers = [int(cell) if WHOLE.fullmatch(cell) else None for cell in cells]
    if len(numbers) < 2 or None in numbers:
        return False
    whole = [number for number in numbers if number is not None]
    steps = {b - a for a, b in pairwise(whole)}
    if all(year in YEARS for year in whole):
        return min(steps) > 0 or max(steps) < 0
    return len(steps) == 1 and steps != {0} and len(whole) > 2


def form(cell: str) -> str:
    """2019-05-01 and 1999-12-31 are of one form."""
    return re.sub("[0-9]+", "9", cell)


def is_code_among(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell has many figures, among other signs, and most cells below have others at the same places."""
    alike = sum(form(other) == form(cell) for other in column)
    return len(DIGIT.findall(cell)) >= CODE_FIGURES and len(column) >= 2 and alike >= MOSTLY * len(column)


def is_numeric_enough(cells: Sequence[str]) -> bool:
    some = [cell for cell in cells if cell and cell not in MISSING]
    return sum(map(looks_like_number, some)) > 0.9 * len(some)


def is_settled_label_column(cells: Sequence[str]) -> bool:
    """Ten cells or more with few values, hardly any of which comes but once."""
    kinds = Counter(cells)
    return len(cells) >= 10 and len(kinds) <= len(cells) / 3 and 20 * [*kinds.values()].count(1) <= len(cells)


def is_numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell and cell not in MISSING]
    return bool(filled) and all(map(looks_like_number, filled))


def content_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names for the columns of a table without a header: "text" and "label" where that is obvious."""
    width = len(rows[0])
    names = [f"column_{i + 1}" for i in range(width)]
    if width == 2:
        columns = [[row[i].strip() for row in rows] for i in range(2)]
        labels = [is_label_column(column) for column in columns]
        if labels.count(True) == 1 and not is_numeric(columns[labels.index(False)]):
            names[labels.index(True)], names[labels.index(False)] = "label", "text"
    return names


def without_header(names: Sequence[str]) -> str:
    """What is said of a table that has none."""
    shown = names if len(names) <= SHOWN_NAMES else [*names[:2], "...", names[-1]]
    return f"no header found; columns named {', '.join(shown)}"


def is_label_column(cells: Sequence[str]) -> bool:
    """A few short values (at most 1 in 5 cells brings a new one), each of them mostly seen again."""
    kinds = set(cells)
    return len(kinds) <= max(2, len(cells) / 5) and max(len(cell) for cell in kinds) <= 40


def looks_sorted(cells: Sequence[str]) -> bool:
    """A column of numbers, or of few labels."""
    some = [cell for cell in cells if cell]
    if not some:
        return False
    return sum(map(looks_like_number, some)) > MOSTLY * len(some) or (len(some) >= 10 and is_label_column(some))
