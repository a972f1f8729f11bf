"""Sheets of Excel and LibreOffice (.xlsx, .xlsm, .xlsb, .xls, .ods), through calamine."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import mode
from typing import Any

from elman.data.forms.numbers import NumberForm
from elman.data.readers.delimited import SAMPLE_ROWS, tidy
from elman.data.readers.header import content_names, is_header
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, with_missing_cells
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.extras import needed

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARTS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
OTHER_OLE = frozenset({".doc", ".ppt", ".msg"})
MOST_BYTES = 1 << 31
"""Of a workbook when it is unpacked: calamine holds a sheet in memory."""
FAILED = re.compile(r"#(N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)|Err:[0-9]{3}")
SHARE = 0.5
"""The table begins at the first row in which more than this share of the usual number of cells is filled."""
SHOWN = 5
BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, IndexError, RuntimeError, struct.error, zlib.error)
"""What ``zipfile`` raises for damaged files; NotImplementedError is a RuntimeError."""

Row = list[Any]


@dataclass(frozen=True)
class Sheet:
    """The table of a sheet: its names where it has any, its rows, and what was decided in reading it."""

    names: list[str]
    rows: list[Row]
    has_header: bool
    notes: list[str] = field(default_factory=list)


def is_workbook(path: Path) -> bool:
    """By its first bytes and what is in it: some programs call text and pages .xls."""
    with open(path, "rb") as file:
        start = file.read(8)
    if start == OLE:
        return path.suffix.lower() not in OTHER_OLE
    if not start.startswith(ZIP):
        return False
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            return bool(PARTS & set(names)) or ("mimetype" in names and archive.read("mimetype")[:60] == OPEN_DOCUMENT)
    except BROKEN:
        return False


def open_workbooks(paths: Sequence[Path]) -> Source:
    """Of each file the first sheet that holds a table; all must have the same columns.

    Values of formulas as they were computed last; dates and times as ISO 8601, lengths of time in seconds; errors such
    as #N/A are missing. A cell that goes over several rows counts in each of them.
    """
    sheets = [sheet_of(path) for path in paths]
    names = sheets[0].names
    for path, sheet in zip(paths, sheets, strict=True):
        if sheet.names != names:
            raise DataFileError(
                f"has other columns ({', '.join(sheet.names)}) than {paths[0].name} ({', '.join(names)}).", path
            )
    rows = [row for sheet in sheets for row in sheet.rows]
    converts = [converter([row[i] for row in rows]) for i in range(len(names))]

    def cells() -> Iterator[Sequence[Cell]]:
        for row in rows:
            yield [convert(value) for convert, value in zip(converts, row, strict=True)]

    notes = [note for sheet in sheets for note in sheet.notes]
    incomplete = sum(any(is_blank(value) for value in row) for row in rows)
    notes += with_missing_cells(incomplete)
    if not sheets[0].has_header:
        notes.append(f"no header found; columns named {', '.join(names)}")
    counts = [(str(path), len(sheet.rows)) for path, sheet in zip(paths, sheets, strict=True)]
    return Source(names, cells, "table", sheets[0].has_header, notes, counts)


# -- a sheet ----------------------------------------------------------------------------------


def sheet_of(path: Path) -> Sheet:
    """Raises DataFileError for a file that can't be read, or holds no table."""
    check_size(path)
    calamine = needed("python_calamine")
    try:
        workbook = calamine.CalamineWorkbook.from_path(str(path))
        found = [about.name for about in sheets_in_order(workbook.sheets_metadata, calamine)]
        for name in found:
            sheet = workbook.get_sheet_by_name(name)
            rows = with_merged(sheet.to_python(), sheet.merged_cell_ranges or [], sheet.start or (0, 0))
            if (table := table_in(rows)) is not None:
                others = [other for other in found if other != name]
                listed = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
                beside = f", not {listed}: for another one, save it as CSV" if others else ""
                said = [f"{path.name}: read the sheet {name}{beside}"] if others else []
                notes = [*said, *(f"{path.name}, {name}: {note}" for note in table.notes)]
                return Sheet(table.names, table.rows, table.has_header, notes)
    except calamine.PasswordError as problem:
        raise DataFileError("is locked by a password. Save it without one.", path) from problem
    except (calamine.CalamineError, OSError, ValueError, EOFError) as problem:
        raise unreadable(path, problem) from problem
    except BaseException as problem:  # what goes wrong within calamine comes as a panic, which is no Exception
        if type(problem).__name__ != "PanicException":
            raise
        raise unreadable(path, problem) from None
    raise DataFileError("holds no sheet with two rows or more. Expected a table, its names in the first row.", path)


def unreadable(path: Path, problem: BaseException) -> DataFileError:
    why = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
    return DataFileError(
        f"isn't a workbook that can be read: damaged, or cut off ({why}). Save it again, or save the sheet as CSV.",
        path,
    )


def check_size(path: Path) -> None:
    """Refuse what becomes far too large when it is unpacked."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except BROKEN as problem:
        raise unreadable(path, problem) from problem
    if size > MOST_BYTES:
        raise DataFileError(
            f"becomes {size / 1e9:.1f} GB when it is unpacked, too much for a sheet. Save it as CSV.", path
        )


def sheets_in_order(sheets: Sequence[Any], calamine: Any) -> list[Any]:
    """Those that hold cells, hidden ones last."""
    work = [sheet for sheet in sheets if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    return sorted(work, key=lambda sheet: sheet.visible != calamine.SheetVisibleEnum.Visible)


def with_merged(rows: list[Row], merged: Sequence[Any], start: tuple[int, int]) -> list[Row]:
    """A merged cell stands in its first row alone: its value goes down to the others. Titles stay where they are."""
    for (top, left), (bottom, _) in merged:
        column = left - start[1]
        first, last = top - start[0], min(bottom - start[0], len(rows) - 1)
        if 0 <= first < len(rows) and 0 <= column < len(rows[first]):
            for row in range(first + 1, last + 1):
                rows[row][column] = rows[first][column]
    return rows


def table_in(rows: Sequence[Row]) -> Sheet | None:
    """The table without what stands above and below it and without blank rows and columns, if there is one."""
    places = [place for place, row in enumerate(rows) if not all(map(is_blank, row))]
    filled = [rows[place] for place in places]
    if len(filled) < 2:
        return None
    counts = [sum(not is_blank(value) for value in row) for row in filled]
    usual = mode(sorted(counts, reverse=True))
    first = next(i for i, count in enumerate(counts) if count > SHARE * usual)
    last = len(filled)
    while last > first + 2 and counts[last - 1] == 1 < usual:  # sources and remarks
        if usual == 2 and places[last - 1] == places[last - 2] + 1:
            break  # a row with a missing cell
        last -= 1
    kept = [i for i in range(len(filled[0])) if not all(is_blank(row[i]) for row in filled[first:last])]
    body = [[row[i] for i in kept] for row in filled[first:last]]
    if len(body) < 2:
        return None
    notes = [
        f"left out {'above' if above else 'below'} the table: {'; '.join(as_text(row) for row in left[:SHOWN])}"
        for above, left in ((True, filled[:first]), (False, filled[last:]))
        if left
    ]
    texts = [[text_of(value) for value in row] for row in body[:SAMPLE_ROWS]]
    has_header = is_header(texts[0], texts[1:], ".csv")
    names = tidy(texts[0]) if has_header else content_names(texts)
    return Sheet(names, body[1:] if has_header else body, has_header, notes)


def as_text(row: Row) -> str:
    return ", ".join(text_of(value) for value in row if not is_blank(value))[:60]


# -- cells ------------------------------------------------------------------------------------


def is_blank(value: Any) -> bool:
    """Also a formula that failed: of Excel's files, calamine gives empty text for it."""
    return value is None or (isinstance(value, str) and (not value.strip() or bool(FAILED.fullmatch(value))))


def converter(values: Sequence[Any]) -> Callable[[Any], Cell]:
    """From the values of a column to its cells: all numbers, all times, all true or false, or all texts."""
    filled = [value for value in values if not is_blank(value)]
    if filled and all(isinstance(value, bool) for value in filled):
        return lambda value: None if is_blank(value) else value
    if filled and all(isinstance(value, date) for value in filled):  # a datetime is one too
        days = all(at_midnight(value) for value in filled)
        return lambda value: None if is_blank(value) else iso(value, days)
    numbers = [value for value in filled if isinstance(value, int | float | timedelta)]
    texts = [value for value in filled if isinstance(value, str)]
    if numbers and len(numbers) + len(texts) == len(filled) and all(spells_number(text) for text in texts):
        whole = all(float(amount(value)).is_integer() for value in filled if amount(value) is not None)
        return lambda value: (
            None if is_blank(value) or amount(value) is None else (int if whole else float)(amount(value))
        )
    return lambda value: None if is_blank(value) else text_of(value)


def spells_number(text: str) -> bool:
    """Codes with leading zeros are none."""
    try:
        NumberForm().read(text)
    except ValueError:
        return False
    return True


def amount(value: Any) -> Any:
    """A number; None for a text that says that there is none."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return NumberForm().read(value)
    return value


def at_midnight(value: date) -> bool:
    return not isinstance(value, datetime) or value.time() == time()


def iso(value: date, days: bool) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if days else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if days else f"{value.isoformat()} 00:00:00"


def text_of(value: Any) -> str:
    """A cell as a sheet shows it."""
    if is_blank(value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, date):
        return iso(value, at_midnight(value))
    return str(value).strip()


READER = Reader(
    "workbook",
    "a workbook (Excel or OpenDocument)",
    open_workbooks,
    suffixes=SUFFIXES,
    holds=is_workbook,
    precedence=95,
    may_name_files=True,
)
