# pyright: strict
"""A table in many files, as Spark, Dask, DuckDB and pandas write it: in folders that say what one column holds in all
rows below them, such as ``year=2020``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from elman.data.format import ReadingOptions
from elman.data.readers.folder import are_parts, files_of, filled, has_reader, visible
from elman.data.readers.source import Source, with_columns_of_files
from elman.errors import DataFileError
from elman.kinds.split import SplitKind

PARTITION = re.compile(r"([^=]+)=(.*)")
MISSING = "__HIVE_DEFAULT_PARTITION__"
"""What such a folder is called whose rows have nothing in the column."""
BY_LOGS = {
    "_delta_log": ("Delta Lake", "deltalake", "deltalake.DeltaTable('{0}').to_pandas()"),
    ".hoodie": ("Hudi", "hudi", "pandas.DataFrame(hudi.HudiTable('{0}').read_snapshot())"),
}
"""Folders of tables whose logs say which of the files count, the program, and how its package reads them."""


def open_partitioned(folder: Path, options: ReadingOptions, open_files: Callable[..., Source]) -> Source | None:
    """All files below as one table, with a column for each level of folders; None where they aren't called so."""
    refuse_logged(folder)
    if not is_partitioned(folder):
        return None
    paths = [*files_below(folder)]
    said = {str(path): values_of(path.relative_to(folder)) for path in paths}
    names = [*said[str(paths[0])]]
    for path, values in said.items():
        if [*values] != names:
            raise DataFileError(
                f"lies in folders that name {listed(values)}, but those of {paths[0].name} name {listed(names)}. Lay "
                "out all in the same way.",
                path,
            )
    source = open_files(paths, options)
    source = with_columns_of_files(source, said, lambda path: open_files([path], options).rows())
    note = f"{len(paths):,} files below {folder.name}, read one after another; its folders name {', '.join(names)}"
    return replace(source, notes=[note, *source.notes])


def is_partitioned(folder: Path) -> bool:
    """Whether its subfolders say what a column holds, and tables lie in them: texts and pictures there are of classes
    that are called so."""
    subfolders = [item for item in visible(folder) if item.is_dir()]
    if are_parts(subfolders):
        return all(map(is_partitioned, subfolders))
    named = all(PARTITION.fullmatch(item.name) for item in subfolders)
    return named and any(has_reader(path) for item in subfolders for path in files_below(item))


def files_below(folder: Path) -> Iterator[Path]:
    yield from filled(files_of(folder))
    for item in visible(folder):
        if item.is_dir():
            yield from files_below(item)


def values_of(path: Path) -> dict[str, str | None]:
    """What the folders of a file say, by their names."""
    return dict(filter(None, map(said_by, path.parts[:-1])))


def said_by(folder: str) -> tuple[str, str | None] | None:
    """A column and its value: which part it is, or as Hive writes it, with signs escaped that no name may hold."""
    if part := SplitKind.part_of(folder):
        return "split", part
    found = PARTITION.fullmatch(folder)
    return found and (unquote(found[1]), None if found[2] == MISSING else unquote(found[2]))


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "no column"


def refuse_logged(folder: Path) -> None:
    """Raise DataFileError for a folder some files of which no longer count, as its log says."""
    for name, (program, package, command) in BY_LOGS.items():
        if (folder / name).is_dir():
            raise DataFileError(
                f"is a table of {program}, some files of which may count no more. Write what does as one file (pip "
                f'install {package} pandas pyarrow): python -c "import pandas, {package}; '
                f"{command.format(folder)}.to_parquet('{folder.name}.parquet')\"",
                folder,
            )
    if (folder / "data").is_dir() and any((folder / "metadata").glob("*.metadata.json")):
        raise DataFileError(
            "is a table of Iceberg, some files of which may count no more. Write what does as one file (pip install "
            'pyiceberg pandas pyarrow): python -c "from pyiceberg.table import StaticTable; StaticTable.from_metadata('
            f"'{max((folder / 'metadata').glob('*.metadata.json'))}').scan().to_pandas().to_parquet("
            f"'{folder.name}.parquet')\"",
            folder,
        )
