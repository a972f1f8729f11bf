"""Is the first line of a table its header, and what are the columns called where there is none?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import fmean

NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
NAME_LIKE = re.compile(r"[^\W\d][\w \-./()%,'\"]{0,39}")
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

    A number in the first row says no. A word above a column of numbers says yes. Then: a cell that comes back
    further down in its column is a value; usual names are names; a label column in which only the first cell
    is without a twin has a name on top; so have long texts below short words; and ``.csv`` mostly has one.
    """
    cells = [cell.strip() for cell in first]
    if any(NUMBER.fullmatch(cell) for cell in cells) or not any(cells[1:] or cells):
        return False
    columns = [[row[i].strip() for row in rest] for i in range(len(cells))]
    if any(column and is_numeric(column) for column in columns):
        return True
    if any(cell in column for cell, column in zip(cells, columns, strict=True)) or len(set(cells)) < len(cells):
        return False
    if not all(NAME_LIKE.fullmatch(cell) for cell in cells if cell):
        return False
    if sum(cell.lower() in USUAL_NAMES for cell in cells) > len(cells) / 2:
        return True
    if any(len(column) >= 10 and len(set(column)) <= len(column) / 3 for column in columns):
        return True
    words = [fmean(len(cell.split()) for cell in column) for column in columns if column]
    if words and min(words) >= 4 and all(len(cell.split()) == 1 for cell in cells):
        return True
    return suffix == ".csv" and bool(rest) and len(cells) > 1 and all(len(cell.split()) <= 3 for cell in cells)


def is_numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell and cell not in {"NA", "NaN", "nan", "null"}]
    return bool(filled) and all(map(NUMBER.fullmatch, filled))


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


def is_label_column(cells: Sequence[str]) -> bool:
    """A few short values (at most 1 in 5 cells brings a new one), each of them mostly seen again."""
    kinds = set(cells)
    return len(kinds) <= max(2, len(cells) / 5) and max(len(cell) for cell in kinds) <= 40
