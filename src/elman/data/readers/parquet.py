# pyright: strict
"""Parquet, through DuckDB."""

from __future__ import annotations

import datetime
import decimal
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from elman.data.readers.class_names import as_text, called, names_in_metadata
from elman.data.readers.files import open_bytes, packer_of
from elman.data.readers.foreign import PICTURES, RECORDINGS
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, other_columns
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.extras import needed

MAGIC = b"PAR1"
FETCH_ROWS = 2048
BLOB, GEOMETRY = "BLOB", "GEOMETRY"
LOOKED_AT = 100
"""Cells of bytes by which it is seen what they are."""
CONTROLS = re.compile("[\0-\x08\x0e-\x1a\x7f]")
ZONED = "TIMESTAMP WITH TIME ZONE"
OBJECTS = ("STRUCT", "MAP", "VARIANT")
INDEX, COUNTS = re.compile(r"__index_level_\d+__"), re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
"""What pandas calls an index without a name, and types of one that counts."""
WHOLE_FILE = re.compile(r'BLOB|STRUCT\(.*\b"?bytes"? BLOB.*\)')
"""Types of columns whose cells may be whole files, in bytes or beside their path."""


def is_parquet(path: Path) -> bool:
    with open_bytes(path) as stream:
        return stream.read(4) == MAGIC


def open_parquet(paths: Sequence[Path]) -> Source:
    """Files with the same columns, one after another."""
    names, stored = column_names(paths[0]), stored_in(paths[0])
    left = bytes_among(paths[0], stored)
    if not names:
        raise DataFileError(f"holds nothing but bytes that are no text ({', '.join(left)}).", paths[0])
    refuse_files_within(paths[0])
    metadata = (dict(query("SELECT key, value FROM parquet_kv_metadata(?)", path)) for path in paths)
    classes = [names_in_metadata(as_text(said)) for said in metadata]
    for path in paths[1:]:
        if (found := column_names(path)) != names:
            raise DataFileError(other_columns(found, paths[0], names), path)

    def rows() -> Iterator[Sequence[Cell]]:
        for path, named in zip(paths, classes, strict=True):
            lists = [named.get(name) for name in names]
            for row in query(f"SELECT {columns_in(path)} FROM read_parquet(?)", path):
                yield [called(cell(value), own) if own else cell(value) for value, own in zip(row, lists, strict=True)]

    counts = [(str(path), next(query("SELECT count(*) FROM read_parquet(?)", path))[0]) for path in paths]
    found = [name for name in names if name in classes[0]]
    notes = [f"{paths[0].name}: names of classes for their numbers: {', '.join(found)}"] if found else []
    if index := index_among(stored):
        notes.append(f"{paths[0].name}: an index of pandas without a name counts its rows, and was left out: {index}")
    if left:
        notes.append(f"{paths[0].name}: bytes that are no text were left out: {', '.join(left)}")
    if zoned := zoned_in(paths[0]):
        notes.append(f"{paths[0].name}: times with a zone are given as they are at Greenwich (UTC): {', '.join(zoned)}")
    return Source(names, rows, "table", True, notes, counts, nests=nests_in(paths[0]))


def refuse_files_within(path: Path) -> None:
    """Raise DataFileError for a column whose cells are whole files, as data sets of Hugging Face have pictures and
    recordings, with the command that writes each where a table can name it."""
    for name, kind in described(path).items():
        if not WHOLE_FILE.fullmatch(kind):
            continue
        inner, column = ("x", quoted_name(name)) if kind == BLOB else ("x['bytes']", f"{quoted_name(name)}.bytes")
        filled = f"SELECT {column} FROM read_parquet(?) WHERE {column} IS NOT NULL LIMIT 1"
        content: bytes = next(query(filled, path), (b"",))[0]
        if not is_file(content):
            continue
        what, ending = ("pictures", "png") if content.startswith(PICTURES) else ("recordings", "wav")
        stem = path.with_suffix("")
        raise DataFileError(
            f"has whole {what} in its column {name!r}. Write them as files, and a table that names them (pip install "
            f"pandas pyarrow): python -c \"import pandas, pathlib; f = pandas.read_parquet('{path}'); "
            f"d = pathlib.Path('{stem}'); d.mkdir(); f['{name}'] = [x and {inner} and "
            f"d.joinpath(f'{{i}}.{ending}').write_bytes({inner}) and f'{stem.name}/{{i}}.{ending}' "
            f"for i, x in enumerate(f['{name}'])]; "
            f"f.to_csv('{stem}.csv', index=False)\"",
            path,
        )


def nests_in(path: Path) -> frozenset[type]:
    """What cells may be beside single values, by the types of the columns."""
    kinds = described(path).values()
    nests = [list if kind.endswith("]") else dict for kind in kinds if kind.endswith("]") or kind.startswith(OBJECTS)]
    return frozenset(nests)


def zoned_in(path: Path) -> list[str]:
    """Columns of times with a zone."""
    return [name for name, kind in described(path).items() if kind == ZONED]


def columns_in(path: Path) -> str:
    """All columns, for SQL; times with a zone at Greenwich, as they are stored: for others DuckDB needs a package."""
    kinds = {quoted_name(name): kind for name, kind in described(path).items()}
    return ", ".join(f"timezone('UTC', {name}) AS {name}" if kind == ZONED else name for name, kind in kinds.items())


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def described(path: Path) -> dict[str, str]:
    """The columns and their types, without an index of pandas that says no more than where rows stood, and without
    bytes that nobody reads."""
    kinds = stored_in(path)
    left_out = {index_among(kinds), *bytes_among(path, kinds)}
    return {name: kind for name, kind in kinds.items() if name not in left_out}


def bytes_among(path: Path, kinds: Mapping[str, str]) -> list[str]:
    """Columns of bytes that are neither texts, as older programs store these, nor whole files."""
    return [name for name, kind in kinds.items() if kind in (BLOB, GEOMETRY) and not are_read(path, name)]


def are_read(path: Path, name: str) -> bool:
    column = quoted_name(name)
    some = query(f"SELECT {column} FROM read_parquet(?) WHERE {column} IS NOT NULL LIMIT {LOOKED_AT}", path)
    return all(isinstance(value, bytes) and (is_file(value) or is_text(value)) for (value,) in some)


def is_file(content: bytes) -> bool:
    return content.startswith((*PICTURES, *RECORDINGS))


def is_text(content: bytes) -> bool:
    try:
        return not CONTROLS.search(content.decode())
    except UnicodeDecodeError:
        return False


def stored_in(path: Path) -> dict[str, str]:
    return {name: kind for name, kind, *_ in query("DESCRIBE SELECT * FROM read_parquet(?)", path)}


def index_among(kinds: Mapping[str, str]) -> str | None:
    """The index of pandas that has no name and counts, beside other columns."""
    indexes = [name for name in kinds if INDEX.fullmatch(name)]
    return indexes[0] if len(indexes) == 1 < len(kinds) and COUNTS.fullmatch(kinds[indexes[0]]) else None


def column_names(path: Path) -> list[str]:
    return list(described(path))


def query(sql: str, path: Path) -> Iterator[tuple[Any, ...]]:
    duckdb: Any = needed("duckdb")
    try:
        with uncompressed(path) as file, duckdb.connect() as connection:
            result = connection.execute(sql, [str(file)])
            while rows := result.fetchmany(FETCH_ROWS):
                yield from rows
    except duckdb.Error as error:
        raise DataFileError(
            f"isn't readable Parquet ({str(error).splitlines()[0]}). Fetch or write it again.", path
        ) from error


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
    """Parquet's richer types as cells: dates as ISO text, decimals as floats, lists of a fixed length as others."""
    match value:
        case decimal.Decimal():
            return float(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case list() | tuple():
            return [cell(item) for item in cast(list[Any], value)]
        case dict():
            return cast(Cell, {str(name): cell(item) for name, item in cast(dict[Any, Any], value).items()})
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
