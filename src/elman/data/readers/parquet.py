# pyright: strict
"""Parquet, through DuckDB."""

from __future__ import annotations

import datetime
import decimal
import json
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from elman.data.readers.class_names import as_text, called, names_in_metadata
from elman.data.readers.files import open_bytes, packer_of
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.extras import needed

MAGIC = b"PAR1"
FETCH_ROWS = 2048


def is_parquet(path: Path) -> bool:
    with open_bytes(path) as stream:
        return stream.read(4) == MAGIC


def open_parquet(paths: Sequence[Path]) -> Source:
    """Files with the same columns, one after another."""
    names = column_names(paths[0])
    metadata = (dict(query("SELECT key, value FROM parquet_kv_metadata(?)", path)) for path in paths)
    classes = [names_in_metadata(as_text(said)) for said in metadata]
    for path in paths[1:]:
        if (found := column_names(path)) != names:
            raise DataFileError(
                f"has other columns ({', '.join(found)}) than {paths[0].name} ({', '.join(names)}).", path
            )

    def rows() -> Iterator[Sequence[Cell]]:
        for path, named in zip(paths, classes, strict=True):
            lists = [named.get(name) for name in names]
            for row in query(f"SELECT {columns_in(path)} FROM read_parquet(?)", path):
                yield [called(cell(value), own) if own else cell(value) for value, own in zip(row, lists, strict=True)]

    counts = [(str(path), next(query("SELECT count(*) FROM read_parquet(?)", path))[0]) for path in paths]
    found = [name for name in names if name in classes[0]]
    notes = [f"{paths[0].name}: names of classes for their numbers: {', '.join(found)}"] if found else []
    if zoned := zoned_in(paths[0]):
        notes.append(f"{paths[0].name}: times with a zone are given as they are at Greenwich (UTC): {', '.join(zoned)}")
    return Source(names, rows, "table", True, notes, counts)


def zoned_in(path: Path) -> list[str]:
    """Columns of times with a zone."""
    described = query("DESCRIBE SELECT * FROM read_parquet(?)", path)
    return [name for name, kind, *_ in described if kind == "TIMESTAMP WITH TIME ZONE"]


def columns_in(path: Path) -> str:
    """All columns, for SQL; times with a zone at Greenwich, as they are stored: for others DuckDB needs a package."""
    zoned = zoned_in(path)
    if not zoned:
        return "*"
    replaced = ", ".join(f"timezone('UTC', {quoted}) AS {quoted}" for quoted in map(quoted_name, zoned))
    return f"* REPLACE ({replaced})"


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column_names(path: Path) -> list[str]:
    return [row[0] for row in query("DESCRIBE SELECT * FROM read_parquet(?)", path)]


def query(sql: str, path: Path) -> Iterator[tuple[Any, ...]]:
    duckdb: Any = needed("duckdb")
    try:
        with uncompressed(path) as file, duckdb.connect() as connection:
            result = connection.execute(sql, [str(file)])
            while rows := result.fetchmany(FETCH_ROWS):
                yield from rows
    except duckdb.Error as error:
        raise DataFileError(f"isn't readable Parquet ({str(error).splitlines()[0]}).", path) from error


@contextmanager
def uncompressed(path: Path) -> Generator[Path]:
    """The file itself, or a temporary copy of what a gzipped one holds."""
    with open(path, "rb") as raw:
        packed = packer_of(raw.read(6)) is not None
    if not packed:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, open_bytes(path) as stream:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        yield Path(copy.name)


def cell(value: Any) -> Cell:
    """Parquet's richer types as cells: dates as ISO text, decimals as floats, structures as JSON text."""
    match value:
        case decimal.Decimal():
            return float(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case list():
            return [cell(item) for item in cast(list[Any], value)]
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case None | str() | bool() | int() | float():
            return value
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return str(value)


READER = Reader(
    "parquet",
    "Parquet",
    open_parquet,
    suffixes=frozenset({".parquet"}),
    holds=is_parquet,
    precedence=90,
    may_name_files=True,
)
