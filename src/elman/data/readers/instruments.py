# pyright: strict
"""Tables in which instruments and data services put more than a value into a cell, or more than the data beside them:
oscilloscopes of Tektronix and Rigol, Empatica's bands, hourly weather of NOAA, archives of WinCC, pairs of Tatoeba."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from elman.data.format import ReadingOptions
from elman.data.forms.stamps import FIRST, LAST
from elman.data.naming import free_name
from elman.data.readers.months import of_months
from elman.data.readers.source import Source
from elman.data.readers.surroundings import MOST_ABOVE
from elman.data.table import Cell
from elman.errors import DataFileError

SAMPLE_ROWS = 500
TRACE = ("record length", "sample interval", "source")
"""What Tektronix writes into the first rows, beside the first numbers of a trace."""
ATTRIBUTION = re.compile(r"^CC-BY .*tatoeba\.org")
START, INCREMENT = "Start", "Increment"
"""The last columns of Rigol's tables, filled in one row, or none of them."""
BEATS, MOST_PER_SECOND = "IBI", 1000
"""What Empatica calls times between beats, and how often a second it measures at most."""
OF_WEATHER = frozenset({"STATION", "DATE", "REPORT_TYPE"})
OF_WINCC, OF_RUNTIME = frozenset({"VarName", "TimeString", "VarValue"}), "$RT_"
FIELD = re.compile(r"[+-]?[0-9A-Z]+(,[+-]?[0-9A-Z]*)+")
NUMBER, NINES = re.compile(r"[+-]?\d{2,}"), re.compile(r"\+?9+")
"""A value of such a field, which has several figures; nines alone say that there is none."""


def as_measured(source: Source, options: ReadingOptions) -> Source:
    """The rows without what stands beside the data; any other source as it is."""
    months = partial(of_months, options=options)
    for read in (of_tatoeba, of_tektronix, of_rigol, of_empatica, of_noaa, of_wincc, months):
        if (found := read(source)) is not None:
            return found
    return source


def of_tektronix(source: Source) -> Source | None:
    """Times and values, without the columns of settings before them, which are empty after the first rows."""
    if source.has_header or len(source.names) < 4:
        return None
    rows = list(islice(source.rows(), SAMPLE_ROWS))
    settings = {str(row[0]).strip(" :").lower(): row[1] for row in rows[:MOST_ABOVE] if row[0] is not None}
    if not any(name in settings for name in TRACE):
        return None
    below = rows[MOST_ABOVE:]
    first = next((i for i in range(len(source.names)) if any(row[i] is not None for row in below)), 0)
    kept = [i for i in range(first, len(source.names)) if any(row[i] is not None for row in below)]
    if first < 2 or len(kept) < 2:
        return None
    value = str(settings.get("source") or "value").strip()
    names = ["time", value, *(f"{value}_{i}" for i in range(2, len(kept)))]
    return of_columns(source, kept, names, "the settings of an oscilloscope, beside the data, were left out")


def of_tatoeba(source: Source) -> Source | None:
    """Pairs of sentences without their numbers, or without a remark on whose they are."""
    rows = [] if source.has_header or len(source.names) not in (3, 4) else [*islice(source.rows(), SAMPLE_ROWS)]
    columns = [[str(cell) for cell in column] for column in zip(*rows, strict=True)]
    if len(columns) == 3 and all(ATTRIBUTION.search(cell) for cell in columns[2]):
        kept = [0, 1]
    elif len(columns) == 4 and all(map(str.isdecimal, columns[0] + columns[2])) and has_blanks(columns[1], columns[3]):
        kept = [1, 3]
    else:
        return None
    names = [source.names[i] for i in range(2)]
    return of_columns(source, kept, names, "sentences of Tatoeba: their numbers, and whose they are, were left out")


def has_blanks(*columns: Sequence[str]) -> bool:
    """Whether most of the cells of each are of several words."""
    return all(2 * sum(" " in cell for cell in cells) > len(cells) for cells in columns)


def of_rigol(source: Source) -> Source | None:
    """Steps and values, without when they start and how far they are apart."""
    names = source.names
    count = names.index(START) if START in names else 0
    if count < 2 or names[0] != "X" or names[count + 1 :] not in ([], [INCREMENT]):
        return None
    said = "column 'X' counts the steps of an oscilloscope; where they start, and their length, were left out"
    return of_columns(source, range(count), ["step", *names[1:count]], said)


def of_empatica(source: Source) -> Source | None:
    """Numbers with their times, below the time at which they start and how many there are per second, as Empatica's
    bands write them; of beats, which have times of their own, below the start and a name."""
    rows_above = [*islice(source.rows(), 2)]
    if len(rows_above) < 2:
        return None
    first, second = rows_above
    of_beats = len(first) == 2 and str(first[1]).strip() == BEATS
    starts, rates = numbers_in(first[:1] if of_beats else first), numbers_in(second)
    if source.has_header or not starts or not rates or len({*starts}) > 1 or not FIRST <= starts[0] <= LAST:
        return None
    if of_beats:
        names, start, rate, above = ["time", BEATS], 0.0, 0.0, 1
    elif len({*rates}) == 1 and 0 < rates[0] <= MOST_PER_SECOND:
        names, start, rate, above = ["time", *source.names], starts[0], rates[0], 2
    else:
        return None
    files = [(path, count - above) for path, count in source.files[:1]]
    if len(source.files) > 1:
        raise DataFileError("is the second of several recordings of Empatica. Pass one of them.", source.files[1][0])

    def rows() -> Iterator[Sequence[Cell]]:
        for step, row in enumerate(islice(source.rows(), above, None)):
            yield row if not rate else [repr(round(start + step / rate, 6)), *row]

    how = f"{rate:g} per second from {start:.0f} on" if rate else "beats, at seconds from the start on"
    notes = [note for note in source.notes if "no header" not in note]
    notes.append(f"numbers of Empatica: {how}")
    return replace(source, names=names, rows=rows, has_header=True, notes=notes, files=files)


def numbers_in(cells: Sequence[Cell]) -> list[float] | None:
    """The numbers that all cells spell; None where some don't."""
    try:
        return [*map(float, cells)]
    except (TypeError, ValueError, OverflowError):
        return None


def of_columns(source: Source, kept: Sequence[int], names: Sequence[str], said: str) -> Source:
    def rows() -> Iterator[Sequence[Cell]]:
        return ([row[i] for i in kept] for row in source.rows())

    notes = [note for note in source.notes if "no header" not in note and "missing cells" not in note]
    return replace(source, names=[*names], rows=rows, notes=[*notes, said])


def of_noaa(source: Source) -> Source | None:
    """Of fields such as ``+0150,1`` or ``010,1,N,0023,1`` the numbers, each a column; codes of one sign, which say how
    good they are, are left out, and nines alone are missing numbers."""
    if not source.names or not {*source.names} >= OF_WEATHER:
        return None
    rows = list(islice(source.rows(), SAMPLE_ROWS))
    parts = {i: values_in([row[i] for row in rows]) for i in range(len(source.names))}
    fields = {i: places for i, places in parts.items() if places is not None}
    if not fields:
        return None
    names: list[str] = []
    taken: list[Callable[[Sequence[Cell]], Any]] = []
    for i, name in enumerate(source.names):
        for place in fields.get(i, [None]):
            names.append(free_name(name, names))
            taken.append(lambda row, i=i, place=place: row[i] if place is None else value_at(row[i], place))

    def of_fields() -> Iterator[Sequence[Cell]]:
        return ([take(row) for take in taken] for row in source.rows())

    listed = ", ".join(source.names[i] for i in fields)
    said = (
        f"fields of NOAA ({listed}): a column for each number, as it stands (tenths of a degree, of m/s, of hPa); "
        "nines alone are missing, and codes of one sign were left out"
    )
    return replace(source, names=names, rows=of_fields, notes=[*source.notes, said])


def of_wincc(source: Source) -> Source | None:
    """What was measured, without the rows in which Siemens' WinCC says of itself that it went off or on."""
    if not {*source.names} >= OF_WINCC:
        return None
    place = source.names.index("VarName")

    def rows() -> Iterator[Sequence[Cell]]:
        return (row for row in source.rows() if not str(row[place]).startswith(OF_RUNTIME))

    said = f"rows of WinCC about itself ({OF_RUNTIME}OFF$ and the like) left out"
    return replace(source, rows=rows, files=[], notes=[*source.notes, said])


def values_in(cells: Sequence[Cell]) -> list[int] | None:
    """The places of the numbers in cells that are such fields; None for other cells."""
    some = [cell for cell in cells if cell is not None]
    if not some or not all(isinstance(cell, str) and FIELD.fullmatch(cell) for cell in some):
        return None
    places = zip(*(str(cell).split(",") for cell in some), strict=False)
    return [place for place, values in enumerate(places) if all(map(NUMBER.fullmatch, values))]


def value_at(cell: Cell, place: int) -> int | None:
    """The number at a place of a field; None where it is missing."""
    values = str(cell).split(",") if cell is not None else []
    found = values[place] if place < len(values) else ""
    return int(found) if NUMBER.fullmatch(found) and not NINES.fullmatch(found) else None
