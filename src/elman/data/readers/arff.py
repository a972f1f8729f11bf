"""ARFF, the tables of Weka: attributes with their types, then a row per line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from elman.data.forms.numbers import WHOLE, is_finite_number
from elman.data.readers.delimited import tidy
from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, with_missing_cells
from elman.data.table import Cell

QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
BETWEEN_COMMAS = re.compile(rf"\s*({QUOTED}|[^,'\"][^,]*?|)\s*(,|$)")
BETWEEN_BLANKS = re.compile(rf"\s*({QUOTED}|[^\s'\"]\S*)(\s+|$)")
SPARSE = re.compile(rf"\s*([0-9]{{1,9}})\s+({QUOTED}|[^,'\"\s][^,]*?)\s*(?:,|$)")
NAME_AND_TYPE = re.compile(rf"({QUOTED}|[^\s'\"]\S*?)\s*(?=[\s{{])\s*(.+)")
WEIGHT = re.compile(r"\s*,\s*\{\s*[0-9.eE+-]+\s*\}\s*$")
BEHIND_NAMES = re.compile(r"\}\s*%[^{}]*$")
"""A comment."""
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
MISSING = "?"
NOT_A_NUMBER = frozenset({"NaN", "nan"})
EXPECTED = "Expected an ARFF file: lines @attribute NAME TYPE, then @data and a row per line."

ISO_8601 = "yyyy-MM-dd'T'HH:mm:ss"
"""What Weka takes where an attribute names no form."""
DATE_PARTS = re.compile(r"'([^']*)'|(([A-Za-z])\3*)|(.)", re.DOTALL)
DIRECTIVES = {"y": "%Y", "M": "%m", "d": "%d", "H": "%H", "h": "%I", "m": "%M", "s": "%S", "a": "%p", "Z": "%z"} | {
    "z": "%Z",
    "S": "%f",
    "E": "%a",
    "X": "%z",
}
"""Letters of Java's SimpleDateFormat, as ``datetime.strptime`` spells them."""


class Unreadable(ValueError):
    """What is wrong with a cell or an attribute."""


@dataclass(frozen=True)
class Attribute:
    """A column: its name, what a cell of it is read as, and what stands in a sparse row that leaves it out."""

    name: str
    read: Callable[[str], Cell]
    left_out: Cell = 0
    kind: str = "numeric"

    def cell(self, text: str | None) -> Cell:
        return None if text is None else self.read(text)


@dataclass(frozen=True)
class Header:
    """What stands above ``@data``, and the line where rows begin."""

    attributes: list[Attribute]
    first_row: int


def open_arff(files: Sequence[TextFile]) -> Source:
    """One column per attribute, after the description of the format by the University of Waikato.

    Numbers are numbers, dates ISO 8601, names of nominal attributes and strings texts; ``?`` is missing. Rows may be
    sparse, in braces: what they leave out is 0, or the first name of its attribute. Weights of rows are left out.
    """
    headers = {file: header_of(file) for file in files}
    first = headers[files[0]].attributes
    for file in files:
        here = [(attribute.name, attribute.kind) for attribute in headers[file].attributes]
        if here != [(attribute.name, attribute.kind) for attribute in first]:
            raise file.error(f"has other attributes than {files[0].path.name}. Pass files with the same ones.")
    counts, incomplete, weights = list[tuple[str, int]](), 0, 0
    for file in files:
        rows_in = 0
        for row, weighted in sound_rows(file, headers[file]):
            rows_in, incomplete, weights = rows_in + 1, incomplete + (None in row), weights + weighted
        if not rows_in:
            raise file.error(f"has no rows after @data. {EXPECTED}")
        counts.append((str(file.path), rows_in))

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            yield from (row for row, _ in sound_rows(file, headers[file]))

    notes = [note for file in files for note in file.notes]
    notes += with_missing_cells(incomplete)
    if weights:
        notes.append(f"the weights of {weights:,} rows were left out")
    names = [attribute.name for attribute in first]
    return Source(names, rows, "table", True, notes, counts, texts=frozenset(names))


# -- above @data ------------------------------------------------------------------------------


def header_of(file: TextFile) -> Header:
    """Raises DataFileError, with its line, for what isn't one."""
    attributes: list[Attribute] = []
    for number, line in enumerate(file.lines(), start=1):
        word, *rest = line.split(maxsplit=1) or [""]
        match word.lower():
            case "@attribute":
                try:
                    attributes.append(attribute_of("".join(rest).strip()))
                except Unreadable as problem:
                    raise file.error(f"{problem}. {EXPECTED}", number) from None
            case "@data":
                break
            case "@relation" | "":
                pass
            case _ if not word.startswith("%"):
                raise file.error(f"holds {line.strip()[:40]!r} before @data. {EXPECTED}", number)
            case _:
                pass
    else:
        raise file.error(f"has no line @data. {EXPECTED}")
    if not attributes:
        raise file.error(f"names no attributes. {EXPECTED}")
    names = tidy([attribute.name for attribute in attributes])
    return Header([replace(a, name=name) for name, a in zip(names, attributes, strict=True)], number + 1)


def attribute_of(declared: str) -> Attribute:
    """``NAME TYPE``. Raises Unreadable."""
    match = NAME_AND_TYPE.fullmatch(declared)
    if match is None:
        raise Unreadable(f"an attribute needs a name and a type; found {declared[:40]!r}")
    name, kind = unquoted(match[1]), match[2].strip()
    if kind.startswith("{"):
        kind = kind if kind.endswith("}") else BEHIND_NAMES.sub("}", kind)
        if not kind.endswith("}"):
            raise Unreadable(f"the names of attribute {name!r} aren't closed by a brace")
        return of_names(name, [cell or "" for cell in cells_of(kind[1:-1])])
    word, _, form = kind.partition(" ")
    match word.lower():
        case "numeric" | "real" | "integer":
            return Attribute(name, number)
        case "string":
            return Attribute(name, str, "", "string")
        case "date":
            return of_dates(name, form.strip().strip("'\"") or ISO_8601)
        case "relational":
            raise Unreadable(
                f"attribute {name!r} is relational: its cells are tables of their own, which aren't read. Save one row "
                "for each of their rows, with a column that tells them apart, as CSV; or fetch the set as .ts"
            )
    raise Unreadable(f"attribute {name!r} has the type {word[:40]!r}, which ARFF hasn't")


def of_names(name: str, names: Sequence[str]) -> Attribute:
    allowed = frozenset(names)

    def read(text: str) -> Cell:
        if text not in allowed:
            listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            raise Unreadable(f"holds {text[:40]!r} where attribute {name!r} has one of {listed}")
        return text

    return Attribute(name, read, names[0] if names else None, f"{{{', '.join(names)}}}")


def of_dates(name: str, form: str) -> Attribute:
    """Dates in a form of Java's, as ISO 8601. Raises Unreadable for one that has no like here."""
    parts: list[str] = []
    for quoted, run, letter, sign in DATE_PARTS.findall(form):
        if run and letter not in DIRECTIVES:
            raise Unreadable(f"attribute {name!r} has dates of the form {form!r}, whose {letter!r} isn't read")
        directive = {"yy": "%y", "MMM": "%b", "MMMM": "%B", "EEEE": "%A"}.get(run, DIRECTIVES.get(letter, ""))
        parts.append(directive if run else (quoted or sign or "'").replace("%", "%%"))
    python = "".join(parts)
    try:
        datetime.strptime("", python)
    except re.error:  # a part that comes twice
        raise Unreadable(f"attribute {name!r} has dates of the form {form!r}, which says one thing twice") from None
    except ValueError:  # as the form asks for more than nothing
        pass
    days_only = not any(directive in python for directive in ("%H", "%I", "%M", "%S", "%f"))

    def read(text: str) -> Cell:
        try:
            time = datetime.strptime(text, python)
        except ValueError:
            raise Unreadable(f"holds {text[:40]!r} where attribute {name!r} has dates as {form!r}") from None
        return time.date().isoformat() if days_only else time.isoformat(sep=" ")

    return Attribute(name, read, None, f"date {form}")


def number(text: str) -> Cell:
    if text in NOT_A_NUMBER:
        return None
    if WHOLE.fullmatch(text):
        return int(text)
    if not is_finite_number(text):
        raise Unreadable(f"holds {text[:40]!r} where a number is expected")
    return float(text)


# -- below @data ------------------------------------------------------------------------------


def sound_rows(file: TextFile, header: Header) -> Iterator[tuple[list[Cell], bool]]:
    """Rows of cells, each with whether it had a weight. One that can't be read is a bad item."""
    for line, text in enumerate(file.lines(), start=1):
        text = text.strip()
        if line < header.first_row or not text or text.startswith("%"):
            continue
        try:
            row = row_of(text, header.attributes)
        except Unreadable as problem:
            file.bad.add(file.error(f"{problem}.", line))
        else:
            yield row


def row_of(text: str, attributes: Sequence[Attribute]) -> tuple[list[Cell], bool]:
    """The cells of a line, and whether a weight stands behind them. Raises Unreadable."""
    row = WEIGHT.sub("", text)
    weighted = len(row) < len(text)
    if row.startswith("{") and row.endswith("}"):
        return sparse_row(row[1:-1], attributes), weighted
    cells = cells_of(row)
    if len(cells) != len(attributes):
        raise Unreadable(f"has {len(cells)} cells, but there are {len(attributes)} attributes")
    return [attribute.cell(cell) for attribute, cell in zip(attributes, cells, strict=True)], weighted


def sparse_row(inner: str, attributes: Sequence[Attribute]) -> list[Cell]:
    row = [attribute.left_out for attribute in attributes]
    at, inner = 0, inner.strip()
    while at < len(inner):
        match = SPARSE.match(inner, at)
        if match is None or int(match[1]) >= len(attributes):
            raise Unreadable(
                f"holds {inner[at : at + 40]!r} where a sparse row has the number of an attribute, from 0 to "
                f"{len(attributes) - 1}, and its value"
            )
        row[int(match[1])] = attributes[int(match[1])].cell(value(match[2]))
        at = match.end()
    return row


def cells_of(text: str) -> list[str | None]:
    """The cells of a row, apart by commas, or by blanks where there are none; None for what is missing."""
    pattern = BETWEEN_COMMAS if "," in text else BETWEEN_BLANKS
    cells: list[str | None] = []
    at, ended_by = 0, ","
    while at < len(text) or ended_by == ",":
        match = pattern.match(text, at)
        if match is None:
            raise Unreadable(f"has quotes that don't pair up, or signs behind one: {text[at : at + 40]!r}")
        cells.append(value(match[1]))
        at, ended_by = match.end(), match[2]
    return cells


def value(cell: str) -> str | None:
    """The text of a cell; None for one that is missing."""
    return None if cell in (MISSING, "") else unquoted(cell)


def unquoted(cell: str) -> str:
    if cell[:1] not in ("'", '"'):
        return cell
    return re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), cell[1:-1])


def is_arff(lines: Sequence[str]) -> bool:
    words = [line.split(maxsplit=1)[0].lower() for line in lines if line.strip() and not line.lstrip().startswith("%")]
    return words[:1] == ["@relation"] and "@attribute" in words


READER = Reader("arff", "ARFF", open_arff, suffixes=frozenset({".arff"}), recognises=is_arff, precedence=60)
