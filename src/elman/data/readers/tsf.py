"""Monash's ``.tsf``: many series to forecast, one per line, after the attributes that name it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from elman.data.readers.delimited import tidy
from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.readers.timeseries import MISSING, number
from elman.data.table import Cell
from elman.errors import DataFileError

SERIES, TIME = "series", "time"
"""The columns of values, and of when each of them was."""
UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
EXPECTED = "Expected a file of the Monash archive (.tsf): lines @attribute NAME TYPE, @frequency, then @data."


@dataclass
class Header:
    """What stands above ``@data``.

    attributes: the names of a series' attributes with their types: string, numeric or date
    frequency:  as it is written: "daily", "10_minutes"
    horizon:    the steps that forecasts of it are measured on, where it says so
    """

    attributes: list[tuple[str, str]] = field(default_factory=list)
    frequency: str = ""
    horizon: str = ""
    first_row: int = 1


def open_tsf(files: Sequence[TextFile]) -> Source:
    """A row per series: its attributes, the list "series", and where a date says when it begins, the list "time".

    The format is that of Godahewa et al. 2021, "Monash Time Series Forecasting Archive". ``?`` is missing.
    """
    headers = {file: header_of(file) for file in files}
    first = headers[files[0]]
    for file in files:
        if headers[file].attributes != first.attributes:
            raise file.error(f"has other attributes than {files[0].path.name}. Pass files with the same ones.")
    counts = [(str(file.path), sum(1 for _ in sound_rows(file, headers[file]))) for file in files]
    for file, (_, count) in zip(files, counts, strict=True):
        if not count:
            raise file.error(f"holds no series after @data. {EXPECTED}")

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            yield from sound_rows(file, headers[file])

    notes = [note for file in files for note in file.notes]
    if first.horizon:
        notes.append(
            f"forecasts of these series are measured {first.horizon} steps ahead: --set horizon={first.horizon}"
        )
    names = [name for name, kind in first.attributes if kind != "date"]
    return Source(tidy([*names, *([TIME] if is_timed(first) else []), SERIES]), rows, "steps", True, notes, counts)


def is_timed(header: Header) -> bool:
    return any(kind == "date" for _, kind in header.attributes) and bool(header.frequency)


def header_of(file: TextFile) -> Header:
    header = Header()
    for place, line in enumerate(file.lines(), start=1):
        word, *rest = line.split() or [""]
        match word.lower():
            case "@attribute":
                if len(rest) != 2 or rest[1].lower() not in ("string", "numeric", "date"):
                    raise file.error(f"an attribute needs a name and one of string, numeric, date. {EXPECTED}", place)
                header.attributes.append((rest[0], rest[1].lower()))
            case "@frequency" if rest:
                header.frequency = rest[0].lower()
                step_of(file, header.frequency, place)
            case "@horizon" if rest and rest[0].isdecimal():
                header.horizon = rest[0]
            case "@data":
                header.first_row = place + 1
                return header
            case _:
                pass
    raise file.error(f"has no line @data. {EXPECTED}")


def step_of(file: TextFile, frequency: str, line: int | None = None) -> tuple[timedelta | None, int]:
    """A step as a time, or as a number of months: "10_minutes", "half_hourly", "yearly"."""
    count, _, unit = frequency.rpartition("_")
    unit = {"daily": "day"}.get(unit, unit.removesuffix("ly").removesuffix("s"))
    numbered = count.isdecimal() and len(count) < 6
    times = 0.5 if count == "half" else int(count) if numbered else 1 if not count else 0
    if unit in UNITS and times:
        return times * UNITS[unit], 0
    if unit in MONTHS and times >= 1:
        return None, int(times) * MONTHS[unit]
    listed = ", ".join(["10_minutes", "half_hourly", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly"])
    raise file.error(f"has the frequency {frequency[:40]!r}. Expected one such as {listed}.", line)


def sound_rows(file: TextFile, header: Header) -> Iterator[list[Cell]]:
    """Rows of cells. One that can't be read is a bad item."""
    step = step_of(file, header.frequency) if header.frequency else None
    for line, text in enumerate(file.lines(), start=1):
        if line < header.first_row or not text.strip() or text.startswith("#"):
            continue
        try:
            *attributes, values = text.strip().split(":")
            if len(attributes) != len(header.attributes):
                raise file.error(
                    f"has {len(attributes)} attributes before its values, but {len(header.attributes)} are declared "
                    "(each ends at a colon).",
                    line,
                )
            numbers = [number(file, line, value) for value in values.split(",")]
            cells: list[Cell] = []
            start: datetime | None = None
            for (_, kind), value in zip(header.attributes, attributes, strict=True):
                if kind == "date":
                    start = start_of(file, line, value)
                else:
                    cells.append(number(file, line, value) if kind == "numeric" else value.strip() or None)
            if is_timed(header) and step is not None:
                if start is None:
                    raise file.error("doesn't say when its series begins.", line)
                cells.append(times_of(file, line, start, step, len(numbers)))
        except DataFileError as error:
            file.bad.add(error)
        else:
            yield [*cells, numbers]


def start_of(file: TextFile, line: int, text: str) -> datetime | None:
    """``1972-01-01 00-00-00``; None where it is missing."""
    text = text.strip()
    if text in MISSING or not text:
        return None
    for form in ("%Y-%m-%d %H-%M-%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise file.error(f"holds {text[:40]!r} where a date such as 1972-01-01 00-00-00 is expected.", line)


def times_of(file: TextFile, line: int, start: datetime, step: tuple[timedelta | None, int], count: int) -> list[str]:
    try:
        return times_from(start, *step, count)
    except (OverflowError, ValueError):
        raise file.error(f"begins at {start} and has {count:,} steps, which end after the year 9999.", line) from None


@lru_cache(maxsize=100)
def times_from(start: datetime, step: timedelta | None, months: int, count: int) -> list[str]:
    """ISO 8601, as short as the frequency allows. Series that begin and end together share them."""
    if step is not None:
        times = [start + i * step for i in range(count)]
    else:
        first = 12 * start.year + start.month - 1
        day = min(start.day, 28)  # which every month has
        places = [first + i * months for i in range(count)]
        times = [start.replace(year=place // 12, month=place % 12 + 1, day=day) for place in places]
    whole_days = start.time() == datetime.min.time() and (step is None or step % timedelta(days=1) == timedelta())
    return [time.date().isoformat() if whole_days else time.isoformat(sep=" ") for time in times]


def is_tsf(lines: Sequence[str]) -> bool:
    words = {line.split(maxsplit=1)[0].lower() for line in lines if line.startswith("@")}
    return {"@attribute", "@data"} <= words and bool(words & {"@frequency", "@horizon", "@missing", "@equallength"})


READER = Reader(
    "tsf",
    "series of the Monash archive (.tsf)",
    open_tsf,
    suffixes=frozenset({".tsf"}),
    recognises=is_tsf,
    precedence=65,
)
