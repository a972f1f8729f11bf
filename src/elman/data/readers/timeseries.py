# pyright: strict
"""Sequences of vectors as time-series archives keep them: ``.ts`` text (UEA, aeon, sktime)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError, TaskError
from elman.kinds.times import moment

COLON = re.compile(r":(?![^()]*\))")
"""Between dimensions; those within brackets are of times."""
STAMPED = re.compile(r"\s*\(([^(),]+),([^(),]+)\)\s*(?:,|$)")
MISSING = frozenset({"?", "NaN", "nan"})


@dataclass(frozen=True)
class Header:
    """What stands above ``@data``: whether each row ends with a label or number, whether each value has its time, and
    the line where rows begin."""

    labelled: bool
    number: bool
    stamped: bool
    first_row: int


def open_ts(files: Sequence[TextFile]) -> Source:
    """Columns "sequence" (a list of steps, each a list of one number per dimension) and "label" or "value"; and, where
    values have time stamps, "time", a list.

    The format, as aeon and sktime document it: ``#`` comments, ``@`` settings, then one sequence per line, its
    dimensions separated by ``:`` and their values by ``,``, the label last. Missing values (``?``) become None. With
    time stamps a value is ``(time,value)``; a dimension that has none at a time of another one is missing there.
    """
    headers = {file: header_of(file) for file in files}
    first = headers[files[0]]
    for file in files:
        if replace(headers[file], first_row=first.first_row) != first:
            raise file.error(
                f"has other settings than {files[0].path.name}: one has labels, numbers or time stamps, the other "
                "hasn't. Pass files of one kind."
            )
    dimensions = next((len(row[1]) for file in files for row in split_rows(file, headers[file])), 0)
    counts = [(str(file.path), sum(1 for _ in sound_rows(file, headers[file], dimensions))) for file in files]
    for file, (_, count) in zip(files, counts, strict=True):
        if not count:
            raise file.error("holds no sequence after @data. Expected one per line.")

    def rows_of_all() -> Iterator[Sequence[Cell]]:
        for file in files:
            yield from sound_rows(file, headers[file], dimensions)

    outputs = ["value" if first.number else "label"] if first.labelled else []
    names = ["sequence", *(["time"] if first.stamped else []), *outputs]
    notes = [note for file in files for note in file.notes]
    return Source(names, rows_of_all, "table", False, notes, counts, texts=frozenset(names))


def header_of(file: TextFile) -> Header:
    settings: dict[str, list[str]] = {}
    first_row = 1
    for text in file.lines():
        first_row += 1
        if text.strip().lower() == "@data":
            break
        if text.startswith("@"):
            key, *values = text[1:].split() or [""]
            settings[key.lower()] = [value.lower() for value in values]
    else:
        raise file.error("has no line @data. Expected a time-series file of the UEA archive (.ts).")
    classes, target = settings.get("classlabel", []), settings.get("targetlabel", [])
    labelled = classes[:1] == ["true"] or target[:1] == ["true"]
    return Header(labelled, target[:1] == ["true"], settings.get("timestamps") == ["true"], first_row)


def split_rows(file: TextFile, header: Header) -> Iterator[tuple[int, list[str], str | None]]:
    """Line number, dimensions, and the label as text where there is one."""
    for line, text in enumerate(file.lines(), start=1):
        if line < header.first_row or not text.strip() or text.startswith("#"):
            continue
        parts = COLON.split(text.strip()) if header.stamped else text.strip().split(":")
        if header.labelled and len(parts) < 2:
            file.bad.add(file.error("has no label. Expected dimensions and a label, separated by colons.", line))
            continue
        yield line, parts[:-1] if header.labelled else parts, parts[-1].strip() if header.labelled else None


def sound_rows(file: TextFile, header: Header, dimensions: int) -> Iterator[Sequence[Cell]]:
    """Rows of cells. One that can't be read is a bad item."""
    for line, parts, output in split_rows(file, header):
        try:
            if len(parts) != dimensions:
                raise file.error(f"has {len(parts)} dimensions, but the first sequence has {dimensions}.", line)
            cells = stamped_steps(file, line, parts) if header.stamped else [steps_of(file, line, parts)]
            label = number(file, line, output) if header.number and output is not None else output
        except DataFileError as error:
            file.bad.add(error)
        else:
            yield [*cells, label] if header.labelled else cells


def steps_of(file: TextFile, line: int, parts: Sequence[str]) -> list[list[float | None]]:
    """The dimensions ``[D]`` of ``T`` values as steps ``[T][D]``."""
    rows = [[number(file, line, value) for value in part.split(",")] if part.strip() else [] for part in parts]
    lengths = [len(row) for row in rows]
    if len(set(lengths)) > 1:
        raise file.error(
            f"has dimensions of {min(lengths)} and of {max(lengths)} values. Expected equally many in a sequence.", line
        )
    return [list(step) for step in zip(*rows, strict=True)]


def stamped_steps(file: TextFile, line: int, parts: Sequence[str]) -> list[Cell]:
    """Steps ``[T][D]`` in order of time, and their times: numbers, or dates as they are written."""
    dimensions = [stamped_values(file, line, part) for part in parts]
    times = list(dict.fromkeys(time for values in dimensions for time in values))
    keys = [time_of(file, line, time) for time in times]
    if len({isinstance(key, float) for key in keys}) > 1:
        raise file.error("has numbers and dates as time stamps. Expected stamps of one kind.", line)
    order = sorted(range(len(times)), key=lambda i: keys[i])
    steps = [[values.get(times[i]) for values in dimensions] for i in order]
    return [steps, [keys[i] if isinstance(keys[i], float) else times[i] for i in order]]


def stamped_values(file: TextFile, line: int, part: str) -> dict[str, float | None]:
    """Values of a dimension by their time stamps."""
    values: dict[str, float | None] = {}
    at = 0
    while at < len(part.strip()):
        match = STAMPED.match(part, at)
        if match is None:
            raise file.error(
                f"holds {part[at : at + 40]!r} where a value with its time stamp is expected: (0,1.5).", line
            )
        if match[1].strip() in values:
            raise file.error(f"has the time stamp {match[1].strip()[:40]!r} twice in one dimension.", line)
        values[match[1].strip()] = number(file, line, match[2])
        at = match.end()
    return values


def time_of(file: TextFile, line: int, stamp: str) -> Any:
    """A number, or a moment, to put stamps in order by."""
    try:
        found = float(stamp)
    except ValueError:
        try:
            return moment(stamp)
        except TaskError:
            raise file.error(
                f"has the time stamp {stamp[:40]!r}. Expected numbers or dates such as 2020-12-31.", line
            ) from None
    if not math.isfinite(found):
        raise file.error(f"has the time stamp {stamp[:40]!r}. Expected finite numbers.", line)
    return found


def number(file: TextFile, line: int, text: str) -> float | None:
    text = text.strip()
    if text in MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise file.error(f"holds {text[:40]!r} where a number is expected.", line) from None
    if not math.isfinite(value):
        raise file.error(f"holds {text[:40]!r}. Expected finite numbers, or ? for a missing one.", line)
    return value


READER = Reader("ts", "time series (.ts)", open_ts, suffixes=frozenset({".ts"}))
