"""Sheets of Excel and LibreOffice (.xlsx, .xlsm, .xlsb, .xls, .ods), through calamine."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import reduce
from itertools import chain, groupby
from pathlib import Path
from statistics import mode
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate

from elman import memory
from elman.data.format import Format, ReadingOptions
from elman.data.forms.numbers import NumberForm
from elman.data.readers.delimited import SAMPLE_ROWS, tidy
from elman.data.readers.header import content_names, is_header, without_header
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, other_columns, with_missing_cells
from elman.data.readers.surroundings import names_above
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
SHEET, OF_ODS = re.compile(r"xl/worksheets/[^/]+\.xml"), "content.xml"
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
"""Of a sheet."""
PLACE, LONGEST_TAG = re.compile(rb"""<c\b[^>]*\br\s*=\s*["']([A-Za-z]{1,16})([0-9]+)["'][^>]*(?<!/)>"""), 1 << 16
"""Where a cell, or a row, of an Excel sheet stands."""
FORMULA = re.compile(rb"<c\b(?![^>]*\bt=)[^>]*>\s*<f\b[^>]*>[^<]*</f>\s*(<v\s*/>|<v></v>)?\s*</c>")
UNCOMPUTED = (
    "formulas that were never computed have no values: open the file in Excel or LibreOffice, and save it there"
)
"""Programs that write sheets leave that to others; Excel itself says of a result that it is an empty text."""
FIGURES = 20
"""Of a row's number that are looked at: it is too large with fewer."""
BYTES_OF_CELL = 64
"""That calamine takes for a cell, and a row of ours."""
CHUNK = 1 << 20
FAILED = re.compile(r"#(N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)|Err:[0-9]{3}")
LASTS = re.compile(r"PT(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?")
UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}
SHARE = 0.5
"""The table begins at the first row in which more than this share of the usual number of cells is filled."""
DAY_AND_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b")
MONTHS, FEWEST_READ = 12, 3
SHOWN = 5
BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, RuntimeError, struct.error, zlib.error)
"""What ``zipfile`` raises for damaged files, and reading XML; NotImplementedError is a RuntimeError."""

Row = list[Any]


@dataclass(frozen=True)
class Sheet:
    """The table of a sheet: its names where it has any, its rows, what was decided in reading it, and its own name;
    and in which row of the sheet each of its rows stands, and in which column each of its columns, from 0."""

    names: list[str]
    rows: list[Row]
    has_header: bool
    notes: list[str] = field(default_factory=list)
    name: str = ""
    places: tuple[list[int], list[int]] = field(default_factory=lambda: (list[int](), list[int]()))


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


def open_workbooks(paths: Sequence[Path], options: ReadingOptions) -> Source:
    """Of each file the sheet that is named, else the one whose table has the most rows; all must have the same columns.

    Values of formulas as they were computed last; dates and times as ISO 8601, lengths of time in seconds; errors such
    as #N/A are missing. A cell that goes over several rows counts in each of them.
    """
    sheets = [sheet_of(path, options) for path in paths]
    names = sheets[0].names
    for path, sheet in zip(paths, sheets, strict=True):
        if sheet.names != names:
            raise DataFileError(other_columns(sheet.names, paths[0], names), path)
    rows = [row for sheet in sheets for row in sheet.rows]
    for i, name in enumerate(names):
        refuse_half_read(paths[0], name, [row[i] for row in rows])
    converts = [converter([row[i] for row in rows]) for i in range(len(names))]

    def cells() -> Iterator[Sequence[Cell]]:
        for row in rows:
            yield [convert(value) for convert, value in zip(converts, row, strict=True)]

    notes = [note for sheet in sheets for note in sheet.notes]
    incomplete = sum(any(is_blank(value) for value in row) for row in rows)
    notes += with_missing_cells(incomplete)
    if not sheets[0].has_header:
        notes.append(without_header(names))
    counts = [(str(path), len(sheet.rows)) for path, sheet in zip(paths, sheets, strict=True)]
    format = Format(sheet=sheets[0].name)
    return Source(names, cells, "table", sheets[0].has_header, notes, counts, format, nests=frozenset())


# -- a sheet ----------------------------------------------------------------------------------


def sheet_of(path: Path, options: ReadingOptions) -> Sheet:
    """Raises DataFileError for a file that can't be read, holds no table, or lacks the sheet that is named."""
    formulas = look_through(path)
    calamine = needed("python_calamine")
    try:
        workbook = opened(path, calamine)
        shown, hidden = sheets_of(workbook.sheets_metadata, calamine)
        there = shown + hidden
        wanted = [named_sheet(path, options.said.sheet, there)] if options.said.sheet else there
        if options.said.sheet is None and options.kept.sheet in there:
            wanted = [str(options.kept.sheet)]
        tables: dict[str, Sheet] = {}
        for name in wanted:
            if tables and name in hidden:
                break
            sheet = workbook.get_sheet_by_name(name)
            start = sheet.start or (0, 0)
            if table := table_in(with_merged(sheet.to_python(), sheet.merged_cell_ranges or [], start)):
                tables[name] = moved(table, start)
        if tables:
            found = chosen_sheet(path, tables, there)
            return replace(found, notes=[*found.notes, f"{path.name}: {UNCOMPUTED}"]) if formulas else found
    except calamine.PasswordError as problem:
        raise DataFileError("is locked by a password. Save it without one.", path) from problem
    except (calamine.CalamineError, OSError, ValueError, EOFError) as problem:
        raise unreadable(path, problem) from problem
    except BaseException as problem:  # what goes wrong within calamine comes as a panic, which is no Exception
        if type(problem).__name__ != "PanicException":
            raise
        raise unreadable(path, problem) from None
    what = f"has no table of two rows or more in its sheet {options.said.sheet}" if options.said.sheet else ""
    what = what or "holds no sheet with two rows or more"
    raise DataFileError(f"{what}. Expected a table, its names in the first row.", path)


def opened(path: Path, calamine: Any) -> Any:
    """By what a file is where its name says something else, as of sheets that services call ``.xls`` of old. calamine
    goes by the ending, and finds out itself, slower, of what has none."""
    with open(path, "rb") as file:
        old = file.read(8) == OLE
    if old == (path.suffix.lower() == ".xls"):
        return calamine.CalamineWorkbook.from_path(str(path))
    with open(path, "rb") as file:
        return calamine.CalamineWorkbook.from_filelike(file)


def named_sheet(path: Path, name: str, there: Sequence[str]) -> str:
    """The sheet of this name, whatever its case. Raises DataFileError, with those that there are."""
    found = next((sheet for sheet in there if sheet.casefold() == name.strip().casefold()), None)
    if found is None:
        raise DataFileError(f"has no sheet {name!r} (--sheet); there are {', '.join(there)}.", path)
    return found


def chosen_sheet(path: Path, tables: Mapping[str, Sheet], there: Sequence[str]) -> Sheet:
    """Of the sheets that hold a table, the one with the most rows; the first of several."""
    name = max(tables, key=lambda name: len(tables[name].rows))
    table, others = tables[name], [other for other in there if other != name]
    listed = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
    said = [f"{path.name}: read the sheet {name}, not {listed}: for another one, pass --sheet NAME"] if others else []
    return replace(table, name=name, notes=[*said, *(f"{path.name}, {name}: {note}" for note in table.notes)])


def unreadable(path: Path, problem: BaseException) -> DataFileError:
    why = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
    return DataFileError(
        f"isn't a workbook that can be read: damaged, or cut off ({why}). Save it again, or save the sheet as CSV.",
        path,
    )


def look_through(path: Path) -> bool:
    """Whether there are formulas that were never computed. Refuses what becomes far too large when it is unpacked, or
    laid out."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
            if size > MOST_BYTES:
                raise DataFileError(
                    f"becomes {size / 1e9:.1f} GB when it is unpacked, too much for a sheet. Save it as CSV.", path
                )
            found = False
            for name in filter(SHEET.fullmatch, archive.namelist()):
                with archive.open(name) as sheet:
                    found = look_through_sheet(path, sheet) or found
            if OF_ODS in archive.namelist():
                with archive.open(OF_ODS) as content:
                    Extent.of(content).check(path)
            return found
    except (*BROKEN, ExpatError) as problem:
        raise unreadable(path, problem) from problem


def look_through_sheet(path: Path, sheet: IO[bytes]) -> bool:
    """Whether there are formulas that were never computed. Refuses a sheet with a cell so far out that all the others
    up to it have no room: calamine lays out each of them, and ends the whole program where it can't."""
    columns, row, rest, formulas = set[bytes](), 0, b"", False
    while chunk := sheet.read(CHUNK):
        text = rest + chunk
        found = PLACE.findall(text)
        columns.update(column for column, _ in found)
        formulas = formulas or FORMULA.search(text) is not None
        row = max(row, max((int(number[:FIGURES]) for _, number in found), default=0))
        rest = text[text.rfind(b">") + 1 :][-LONGEST_TAG:]
    column = max(columns, key=lambda name: (len(name), name.upper()), default=b"").decode()
    Extent(row, column_number(column)).check(path)
    return formulas


@dataclass
class Extent:
    """How far out the cells of a sheet go that hold something: rows and columns, counted from 1."""

    rows: int = 0
    columns: int = 0

    @classmethod
    def of(cls, content: IO[bytes]) -> Extent:
        """That of the largest sheets of an OpenDocument, which writes cells and rows that repeat once. Raises
        ExpatError where it isn't XML from beginning to end, which calamine would read for ever."""
        far, row, column, filled, times = cls(), 0, 0, 0, 1

        def begins(name: str, has: dict[str, str]) -> None:
            nonlocal row, column, filled, times
            if name == "table:table":
                row = 0
            elif name == "table:table-row":
                column, filled, times = 0, 0, int(has.get("table:number-rows-repeated", 1))
            elif name in ("table:table-cell", "table:covered-table-cell"):
                column += int(has.get("table:number-columns-repeated", 1))
                filled = column if "office:value-type" in has else filled

        def ends(name: str) -> None:
            nonlocal row
            if name == "table:table-row":
                row += times
                if filled:
                    far.rows, far.columns = max(far.rows, row), max(far.columns, filled)

        parser = ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = begins, ends
        parser.ParseFile(content)
        return cls(min(far.rows, MOST_ROWS), min(far.columns, MOST_COLUMNS))

    def check(self, path: Path) -> None:
        """Raise DataFileError where what is laid out up to there has no room."""
        cells = self.rows * self.columns
        if said := memory.lacking(cells * BYTES_OF_CELL):
            raise DataFileError(
                f"has a sheet that goes on to column {letters(self.columns - 1)} and row {self.rows:,}: {cells:,} "
                f"cells, most of them empty, which take {said}. Clear what stands far from the table, or save the "
                "table as CSV.",
                path,
            )


def sheets_of(sheets: Sequence[Any], calamine: Any) -> tuple[list[str], list[str]]:
    """The names of those that hold cells: those that are shown, and those that are hidden."""
    work = [sheet for sheet in sheets if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    shown = [sheet.name for sheet in work if sheet.visible == calamine.SheetVisibleEnum.Visible]
    return shown, [sheet.name for sheet in work if sheet.name not in shown]


def with_merged(rows: list[Row], merged: Sequence[Any], start: tuple[int, int]) -> list[Row]:
    """A merged cell stands in its first row and column alone: its value goes down to the others; and to the right,
    where others stand beside it, and names of one column each below. Titles stay where they are."""
    for (top, left), (bottom, right) in merged:
        column = left - start[1]
        first, last = top - start[0], min(bottom - start[0], len(rows) - 1)
        if not (0 <= first < len(rows) and 0 <= column < len(rows[first])):
            continue
        value, columns = rows[first][column], range(column, min(right - start[1] + 1, len(rows[first])))
        below = [rows[last + 1][i] for i in columns] if last + 1 < len(rows) else [None]
        beside = any(not is_blank(other) for i, other in enumerate(rows[first]) if i not in columns)
        over = beside and all(isinstance(name, str) and not is_blank(name) for name in below)
        for row in range(first, last + 1):
            for i in columns if over else [column]:
                rows[row][i] = value
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
    kept, aside = columns_of_table(filled[first:last])
    body = [[row[i] for i in kept] for row in filled[first:last]]
    if len(body) < 2:
        return None
    notes = [
        f"left out {'above' if above else 'below'} the table: {'; '.join(as_text(row) for row in left[:SHOWN])}"
        for above, left in ((True, filled[:first]), (False, filled[last:]))
        if left
    ]
    if aside:
        notes.append(f"left out beside the table: {as_text([filled[first][i] for i in aside])}")
    texts = [[text_of(value) for value in row] for row in body[:SAMPLE_ROWS]]
    above = names_above(texts, places[first:last])
    if above is not None and above[0]:
        header, place, count = above
        left = [as_text(row) for row in (*body[:place], *body[place + 1 : count])]
        notes.append(f"left out above the table: {'; '.join(left[:SHOWN])}")
        names, has_header = tidy(header), True
    else:
        has_header = is_header(texts[0], texts[1:], ".csv")
        names, count = tidy(texts[0]) if has_header else content_names(texts), int(has_header)
    return Sheet(names, body[count:], has_header, notes, places=(places[first:last][count:], kept))


def columns_of_table(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """The columns that aren't blank; and apart those of smaller tables, which have a blank column between, and fewer
    than half as many rows."""
    counts = [sum(not is_blank(row[i]) for row in rows) for i in range(len(rows[0]))]
    blocks = [[i for i, _ in block] for filled, block in groupby(enumerate(counts), lambda pair: pair[1] > 0) if filled]
    heights = [max(counts[i] for i in block) for block in blocks]
    small = [height <= SHARE * max(heights) for height in heights]
    kept, aside = ([block for block, own in zip(blocks, small, strict=True) if own == side] for side in (False, True))
    return [*chain.from_iterable(kept)], [*chain.from_iterable(aside)]


def moved(table: Sheet, start: tuple[int, int]) -> Sheet:
    """The table with its places counted from the sheet's first cell, where its filled part begins at another one."""
    rows, columns = table.places
    return replace(table, places=([start[0] + row for row in rows], [start[1] + column for column in columns]))


def places_in_sheet(path: Path, sheet: str, rows: Sequence[int], column: str | None = None) -> list[str]:
    """Where rows of the table of a sheet stand, counted from 0: ``Data!B17``; without a column, ``Data, row 17``."""
    found = sheet_of(path, ReadingOptions(said=Format(sheet=sheet)))
    at, columns = found.places
    if column not in found.names:
        return [f"{sheet}, row {at[row] + 1}" for row in rows]
    return [f"{sheet}!{letters(columns[found.names.index(column)])}{at[row] + 1}" for row in rows]


def letters(column: int) -> str:
    """What a sheet calls a column, counted from 0: A, B ... Z, AA, AB."""
    rest, last = divmod(column, 26)
    return (letters(rest - 1) if rest else "") + chr(ord("A") + last)


def column_number(letters: str) -> int:
    """Of the column with this name, counted from 1."""
    return reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters.upper(), 0)


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
    if any(isinstance(value, str) and LASTS.fullmatch(value) for value in filled) and None not in map(lasts, filled):
        return lambda value: None if is_blank(value) else lasts(value)
    numbers = [value for value in filled if isinstance(value, int | float | timedelta)]
    texts = [value for value in filled if isinstance(value, str)]
    if numbers and len(numbers) + len(texts) == len(filled) and all(spells_number(text) for text in texts):
        whole = all(float(amount(value)).is_integer() for value in filled if amount(value) is not None)
        return lambda value: (
            None if is_blank(value) or amount(value) is None else (int if whole else float)(amount(value))
        )
    return lambda value: None if is_blank(value) else text_of(value)


def refuse_half_read(path: Path, name: str, values: Sequence[Any]) -> None:
    """Raise DataFileError for dates some of which a sheet took for others, as one does that expects day and month the
    other way round: no day is after the 12th, and what else there was stayed text."""
    days = [value.day for value in values if isinstance(value, date)]
    texts = [value for value in values if isinstance(value, str) and not is_blank(value)]
    parts = [DAY_AND_MONTH.match(text) for text in texts]
    if len(days) < FEWEST_READ or len(texts) < FEWEST_READ or max(days) > MONTHS:
        return
    if any(all(part and int(part[side]) > MONTHS for part in parts) for side in (1, 2)):
        raise DataFileError(
            f"column {name!r} holds dates up to the {MONTHS}th of a month, and texts such as {texts[0]!r} for all "
            "others: the sheet took days for months where it could. Import the column again, as text, or with day, "
            "month and year in the order that they have.",
            path,
        )


def lasts(value: Any) -> float | None:
    """The seconds of a length of time as OpenDocument has it: calamine gives those below a day as times of day."""
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second).total_seconds()
    found = LASTS.fullmatch(value) if isinstance(value, str) else None
    return found and sum(float(found[part] or 0) * seconds for part, seconds in UNITS.items())


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
    of_workbooks=True,
)
