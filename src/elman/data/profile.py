"""What kind of things a column holds: the evidence that detection, splits and audit reason from."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import PurePath
from typing import Literal

from elman.data.media import common_medium
from elman.data.pitches import MUSIC_COLUMNS, is_pitches
from elman.data.table import Cell, Table

Kind = Literal[
    "text",
    "label",
    "labels",
    "number",
    "tokens",
    "vector",
    "id",
    "time",
    "split",
    "image",
    "audio",
    "frames",
    "notes",
    "constant",
    "empty",
]

SPLIT_COLUMNS = frozenset({"split", "fold", "set", "partition", "subset"})
SPLIT_PARTS = {
    **dict.fromkeys(["train", "training"], "train"),
    **dict.fromkeys(["valid", "validation", "val", "dev", "devel"], "valid"),
    **dict.fromkeys(["test", "testing", "eval"], "test"),
}
ID_COLUMNS = re.compile(r"(.*[_ ])?(id|idx|index|uuid|key)|unnamed.*|column_1|.*Id", re.ASCII)
TIME_COLUMNS = frozenset({"date", "time", "timestamp", "datetime", "month", "day", "year"})
ISO_DATE = re.compile(r"\d{4}-\d\d(-\d\d([ T]\d\d:\d\d.*)?)?")
LABEL_SEPARATORS = ";|,"

MAX_LABEL_WORDS = 4
MAX_LABEL_LENGTH = 40
ROWS_PER_LABEL = 4
"""A column of labels repeats itself: on average, each of its values stands in this many rows or more ..."""
FEW_LABELS = 10
"""... or in two rows, where there are only a few of them, as in a small table."""
MAX_CODES = 1_000
"""Lists of whole numbers that take more values than this are measurements, not codes of tags."""
MAX_NUMBER_CLASSES = 20
"""More whole numbers than this are amounts, not names of classes."""


@dataclass(frozen=True)
class Profile:
    """A column in figures.

    Attributes:
        rows: all cells; ``missing`` of them are None.
        distinct: how many different values (for "tokens" and "labels": different elements).
        words: mean number of words per cell (elements, for lists).
        top: the commonest values with their counts.
        numeric: the values are numbers, whichever kind they were found to be.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    words: float = 0.0
    top: tuple[tuple[Cell, int], ...] = ()
    numeric: bool = False

    def describe(self) -> str:
        """One plain sentence for people."""
        name = f"column {self.name!r}"
        match self.kind:
            case "label":
                listed = ", ".join(f"{value} {count:,}" for value, count in self.top)
                more = ", ..." if self.distinct > len(self.top) else ""
                return f"{name}: {self.distinct} values that come back ({listed}{more}), so they are classes"
            case "labels":
                return f"{name}: {self.words:.1f} of {self.distinct} labels per row"
            case "number":
                return f"{name}: {self.distinct:,} different numbers, so they are amounts"
            case "text":
                return f"{name}: {self.rows:,} texts of {self.words:.1f} words, {self.distinct:,} different ones"
            case "tokens":
                return f"{name}: lists of {self.words:.1f} elements, {self.distinct:,} different ones"
            case "notes" if not self.top:
                return f"{name}: {self.rows:,} tunes of {self.words:,.1f} steps"
            case "image" | "audio" | "notes":
                what = {"image": "pictures", "audio": "recordings", "notes": "tunes"}[self.kind]
                return (
                    f"{name}: names {self.distinct:,} files that are {what} ({PurePath(str(self.top[0][0])).name}, ...)"
                )
            case "frames":
                first = PurePath(str(self.top[0][0])).name
                return f"{name}: {self.rows - self.missing:,} clips, a picture for each moment ({first}, ...)"
            case "vector":
                return f"{name}: numbers in sequences of {self.words:,.1f} steps"
            case "constant":
                return f"{name}: {self.top[0][0]!r} in every row"
            case _:
                return f"{name}: {KIND_NAMES[self.kind]}"


KIND_NAMES = {
    "id": "numbers or names of the rows",
    "time": "dates or times",
    "split": "says which part a row belongs to",
    "empty": "no values",
}


def profile(name: str, cells: Sequence[Cell]) -> Profile:
    """Looks at all cells of a column once."""
    filled = [cell for cell in cells if cell is not None]
    missing = len(cells) - len(filled)
    if not filled:
        return Profile(name, "empty", len(cells), missing, 0)
    if any(isinstance(cell, list) for cell in filled):
        return list_profile(name, filled, missing)
    counts = Counter(filled)
    numeric = all(isinstance(cell, int | float) for cell in counts)
    words = 1.0 if numeric else sum(len(str(cell).split()) * n for cell, n in counts.items()) / len(filled)
    kind = cell_kind(name, filled, counts, numeric, words)
    if kind == "text" and (several := several_labels(filled)):
        return Profile(name, "labels", len(cells), missing, *several)
    return Profile(name, kind, len(cells), missing, len(counts), words, tuple(counts.most_common(4)), numeric)


def cell_kind(name: str, filled: Sequence[Cell], counts: Counter, numeric: bool, words: float) -> Kind:
    distinct = len(counts)
    if name.lower() in SPLIT_COLUMNS and all(str(value).lower() in SPLIT_PARTS for value in counts):
        return "split"
    if distinct == 1:
        return "constant"
    if is_time(name, counts, numeric):
        return "time"
    if medium := common_medium(counts):
        return medium
    if distinct == len(filled) and ID_COLUMNS.fullmatch(name) and is_row_name(name, filled, numeric):
        return "id"
    rows = len(filled)
    repeats = distinct < rows and (distinct <= max(2, rows / ROWS_PER_LABEL, min(rows / 2, FEW_LABELS)))
    if numeric:
        whole = all(float(value).is_integer() for value in counts)
        return "label" if whole and repeats and distinct <= MAX_NUMBER_CLASSES else "number"
    short = words <= MAX_LABEL_WORDS and max(len(str(value)) for value in counts) <= MAX_LABEL_LENGTH
    return "label" if repeats and short else "text"


def is_time(name: str, counts: Counter, numeric: bool) -> bool:
    if numeric:
        return name.lower() in TIME_COLUMNS and len(counts) > MAX_NUMBER_CLASSES
    return all(ISO_DATE.fullmatch(str(value)) for value in counts)


def is_date(text: str) -> bool:
    """A date or time that there is, as ISO 8601 writes it; a month alone is one too."""
    try:
        datetime.datetime.fromisoformat(text if len(text) > len("2020-12") else f"{text}-01")
    except ValueError:
        return False
    return True


def is_row_name(name: str, filled: Sequence[Cell], numeric: bool) -> bool:
    """Each row its own; and, where Elman made the name up, whole numbers that count upwards."""
    if name == "column_1":
        return numeric and all(b - a == 1 for a, b in pairwise(filled))
    return not numeric or all(float(cell).is_integer() for cell in filled)


def list_profile(name: str, filled: Sequence[Cell], missing: int) -> Profile:
    """Tokens or tags (strings, or whole numbers for tags), several labels, sentences, or vectors."""
    lists = [cell if isinstance(cell, list) else [cell] for cell in filled]
    if name.lower() in MUSIC_COLUMNS and all(map(is_pitches, lists)):
        return Profile(name, "notes", len(filled) + missing, missing, len(lists), sum(map(len, lists)) / len(lists))
    elements = Counter(map(plain_element, chain.from_iterable(lists)))
    elements.pop(None, None)
    rows, words = len(filled) + missing, sum(map(len, lists)) / len(lists)
    if not elements:
        return Profile(name, "vector" if any(lists) else "empty", rows, missing, 0, words, numeric=True)
    if len(elements) == 1:
        return Profile(name, "constant", rows, missing, 1, words, tuple(elements.items()))
    if common_medium(elements) == "image":
        return Profile(name, "frames", rows, missing, len(elements), words, tuple(elements.most_common(4)))
    numeric = not any(isinstance(element, str) for element in elements)
    if is_time(name, elements, numeric):
        return Profile(name, "time", rows, missing, len(elements), words, numeric=numeric)
    if numeric:
        codes = all(isinstance(element, int) for element in elements) and len(elements) <= MAX_CODES
        return Profile(name, "tokens" if codes else "vector", rows, missing, len(elements), words, numeric=True)
    words_each = sum(len(str(element).split()) * n for element, n in elements.items()) / elements.total()
    if words_each > MAX_LABEL_WORDS:
        return Profile(name, "text", rows, missing, rows, words * words_each)
    top = tuple(elements.most_common(4))
    no_repeats = all(len(set(map(str, cell))) == len(cell) for cell in lists)
    if no_repeats and words <= 5 and len(elements) <= len(filled) / ROWS_PER_LABEL:
        return Profile(name, "labels", rows, missing, len(elements), words, top)
    return Profile(name, "tokens", rows, missing, len(elements), words, top)


def plain_element(element: Cell) -> Cell:
    return element if isinstance(element, str | int | float) else None


def several_labels(filled: Sequence[Cell]) -> tuple[int, float, tuple] | None:
    """(distinct, mean per row, commonest) where cells are labels joined by one of ``;|,``; else None."""
    for separator in LABEL_SEPARATORS:
        joined = sum(separator in str(cell) for cell in filled)
        if joined < len(filled) / 10:
            continue
        parts = Counter(part.strip() for cell in filled for part in str(cell).split(separator))
        words = sum(len(part.split()) for part in parts) / len(parts)
        short = words <= MAX_LABEL_WORDS and all(len(part) <= MAX_LABEL_LENGTH for part in parts)
        if short and len(parts) <= len(filled) / ROWS_PER_LABEL:
            return len(parts), parts.total() / len(filled), tuple(parts.most_common(4))
    return None


def profiles(table: Table) -> dict[str, Profile]:
    """All columns; lists that are equally long in every row are tokens and tags, however few there are."""
    known = {name: profile(name, cells) for name, cells in table.columns.items()}
    lists = {name: column for name, column in known.items() if column.kind in ("labels", "tokens")}
    if any(column.kind == "labels" for column in lists.values()):
        lengths = {
            name: [len(cell) if isinstance(cell, list) else None for cell in table.columns[name]] for name in lists
        }
        for name, column in lists.items():
            if column.kind == "labels" and any(lengths[name] == lengths[other] for other in lists if other != name):
                known[name] = replace(column, kind="tokens")
    return known
