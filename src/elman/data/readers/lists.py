# pyright: strict
"""Lists written as text, as ``pandas.to_csv`` writes columns of lists: read as lists, and never evaluated.

``['a', 'b']`` (Python), ``["a", null]`` (JSON), ``['a' 'b']`` and ``[1. 2.]`` (NumPy), ``(1, 2)``, ``{'a', 'b'}``,
``[np.float64(1.5)]`` and ``array(['a'], dtype=object)`` are all one grammar: values in brackets, with commas or white
space between them. So are dicts within lists, ``[{'id': 18, 'name': 'Drama'}]``. PostgreSQL writes ``{a,"b c"}``, Stack
Overflow ``<a><b>``.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from elman.data.bad import BadItems
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.column import is_list

DEEPEST = 8
"""Lists in lists, at most."""
GLANCE, MANY = 20, 2_000
"""After so many rows it is seen whether it is worth it to look for lists in all of them."""
FEW = 0.1
"""So many lists of a column may be cut off, which are bad items then; more are no lists."""
PART = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<open>[\[({]|(?:np\.|numpy\.)?(?:array|str_|bool_?|u?int\d*|float\d*)\()
    |(?P<close>[\])}])
    |(?P<comma>,)
    |(?P<colon>:)
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    |(?P<word>None|True|False|nan|NaN|null|true|false|[+-]?inf)\b
    |(?P<cut>\.\.\.)
    |(?P<type>dtype=[\w.'"<>|=]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
NUMBERS = re.compile(
    r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?(?:(?P<sign>[ |;:]|, ?)[+-]?\d+(\.\d*)?([eE][+-]?\d+)?)"
    r"((?P=sign)[+-]?\d+(\.\d*)?([eE][+-]?\d+)?){6,}"
)
"""Eight numbers or more with a blank between them, as pixels are written in the cells of a table, or another sign."""
FRACTION = re.compile("[.eE]")
SIGNS = re.compile("[ |;:,]+")
COLON = object()
"""Stands for a colon among the values of a dict."""
MISSING, TRUTH = ("None", "nan", "NaN", "null"), {"True": True, "true": True, "False": False, "false": False}
LONGEST = 18
"""Digits of a whole number, at most; more are an amount."""
ELEMENT = r'"(?:[^"\\]|\\.)*"|[^{},"\\\s:][^{},"\\:]*'
"""An element of a PostgreSQL array."""
NO_ELEMENTS = "{}"
"""An empty list beside other lists in braces; elsewhere an empty dict."""
MARKED = re.compile(r"<([^<>\s]+)>")
AMOUNT = re.compile(r"\(\d{1,3}(,\d{3})+(\.\d*)?\)")


class CutOffError(ValueError):
    """NumPy left out the middle of a long array: ``[0 1 2 ... 97 98 99]``."""

    def __init__(self) -> None:
        super().__init__(
            "holds a list that NumPy cut off ('...'), so that its middle is lost. Write lists whole: "
            "column.map(list) before to_csv, or numpy.set_printoptions(threshold=sys.maxsize)."
        )


def as_list(text: str) -> list[Any] | None:
    """The list that a text spells; None for any other text. Raises CutOffError where NumPy left out some of it."""
    text = text.strip()
    if text.startswith("<"):
        return MARKED.findall(text) if re.fullmatch(rf"(?:{MARKED.pattern})+", text) else None
    if text == "set()":
        return []
    if not text.startswith(("[", "(", "{", "array(", "np.array(")) or text[-1] not in "])}":
        return None
    if text == NO_ELEMENTS or (text[0] == "(" and (text == "()" or "," not in text)):  # an aside, or an empty dict
        return None
    if AMOUNT.fullmatch(text):  # a negative amount, as accounts have it: (1,234)
        return None
    found = parsed(text)
    return of_postgres(text) if found is None and text[0] == "{" else found


def of_postgres(text: str) -> list[Any] | None:
    """The elements of an array of PostgreSQL; None for any other text."""
    if not re.fullmatch(rf"\{{(?:(?:{ELEMENT})(?:,(?:{ELEMENT}))*)?\}}", text):
        return None
    found = re.finditer(ELEMENT, text[1:-1])
    return [
        re.sub(r"\\(.)", r"\1", one[0][1:-1]) if one[0][0] == '"' else None if one[0] == "NULL" else one[0]
        for one in found
    ]


def parsed(text: str) -> list[Any] | None:
    """The one list of a text in this grammar; None where it isn't one."""
    stack: list[list[Any]] = [[]]
    wrapped: list[bool] = []
    at, after_comma, cut = 0, False, False
    while at < len(text):
        part = PART.match(text, at)
        if part is None or (wrapped == [] and at > 0):
            return None
        sort, said, at = str(part.lastgroup), part[0].strip(), part.end()
        if sort == "open":
            if len(stack) > DEEPEST:
                return None
            stack.append([])
            wrapped.append(len(said) > 1)
        elif sort == "close":
            items = stack.pop()
            is_wrapped = wrapped.pop()
            found = as_pairs(items) if COLON in items else items
            if found is None or (is_wrapped and len(items) != 1):
                return None
            stack[-1].append(items[0] if is_wrapped else found)
        elif sort == "colon":
            stack[-1].append(COLON)
        elif sort == "comma":
            if after_comma or not stack[-1]:
                return None
        elif sort == "cut":
            cut = True
        elif sort != "type":
            stack[-1].append(value_of(sort, said))
        after_comma = sort == "comma"
    if wrapped or len(stack[0]) != 1 or not is_list(stack[0][0]):
        return None
    if cut:
        raise CutOffError
    return stack[0][0]


def as_pairs(items: list[Any]) -> dict[str, Any] | None:
    """Names and values with a colon between as a dict; None where they don't pair up."""
    names, colons, values = items[::3], items[1::3], items[2::3]
    if len(items) % 3 or any(colon is not COLON for colon in colons) or COLON in names or COLON in values:
        return None
    return dict(zip(names, values, strict=True)) if all(isinstance(name, str) for name in names) else None


def value_of(sort: str, said: str) -> Cell:
    """A string, a number, or a word that stands for a value."""
    if sort == "number":
        return int(said) if said.lstrip("+-").isdigit() and len(said) <= LONGEST else float(said)
    if sort == "word":
        return None if said in MISSING else TRUTH.get(said, math.inf if said[0] != "-" else -math.inf)
    try:
        return json.loads(said)
    except ValueError:
        pass
    try:
        return ast.literal_eval(said)  # one string literal, and nothing else
    except (SyntaxError, ValueError):  # an escape that isn't one
        return said[1:-1]


def with_lists(source: Source, path: str, bad: BadItems) -> Source:
    """The same rows with lists instead of texts in each column whose filled cells spell lists, all of them.

    Raises DataFileError, with the row, for the few that were cut off.
    """
    spelled = columns_of_lists(source)
    if not spelled:
        return source

    def rows() -> Iterator[Sequence[Cell]]:
        for number, row in enumerate(source.rows(), start=1):
            try:
                yield [listed(cell) if i in spelled else cell for i, cell in enumerate(row)]
            except ValueError as error:
                bad.add(DataFileError(str(error), f"{path}, row {number}"))

    named = ", ".join(repr(source.names[i]) for i in spelled)
    said = f"lists written as text, read as lists: {named}"
    # Of rows some of which are left out, it can't be said how many each file has.
    files, nests = [] if bad.skip else source.files, source.nests | {list}
    return replace(source, rows=rows, notes=[*source.notes, said], files=files, nests=nests)


def listed(cell: Cell) -> Cell:
    """A cell that spells a list as a list. Raises ValueError for one that was cut off."""
    if not isinstance(cell, str):
        return cell
    if numbers := NUMBERS.fullmatch(cell):
        return [*map(float, cell.split(numbers["sign"]))]
    found = [] if cell == NO_ELEMENTS else as_list(cell)
    if found is None:
        raise ValueError(f"holds {cell[:40]!r} where the other rows have whole lists. Correct the cell.")
    return found


def columns_of_lists(source: Source) -> list[int]:
    """The columns whose filled cells spell lists; or begin to, and were cut off, for a few."""
    counts = [Counter[str]() for _ in source.names]
    lengths: list[set[int]] = [set() for _ in source.names]
    for number, row in enumerate(source.rows()):
        for count, length, cell in zip(counts, lengths, row, strict=True):
            if cell is not None and not count["other"]:
                sort = spells(cell)
                count[sort] += 1
                if sort == "numbers":  # of one length are pixels and samples; others may be the words of some code
                    length.add(len(SIGNS.findall(cell)))
                    count["other"] += len(length) > 1 and not FRACTION.search(cell)
        if number in (GLANCE, MANY) and not any(map(are_lists, counts)):
            return []
    return [i for i, count in enumerate(counts) if are_lists(count)]


def are_lists(count: Counter[str]) -> bool:
    whole = count["list"] or count["numbers"]
    return not count["other"] and not (count["list"] and count["numbers"]) and count["cut"] <= FEW * whole and whole > 0


def spells(cell: Cell) -> str:
    """Whether a cell spells a list, many numbers with a sign between them, nothing in braces, a list that was cut off,
    or something else."""
    if not isinstance(cell, str):
        return "other"
    if NUMBERS.fullmatch(cell):
        return "numbers"
    if cell == NO_ELEMENTS:
        return "empty"
    try:
        found = as_list(cell)
    except CutOffError:
        return "cut"
    return "list" if found is not None else "cut" if cell.lstrip().startswith("[") else "other"
