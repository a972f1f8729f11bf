"""A folder of classes: a text file per class, an item per line; or a subfolder each, an item per file.

Items are texts, pictures, recordings or tunes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from elman.data.media import medium_of
from elman.data.profile import SPLIT_PARTS
from elman.data.readers.files import TextFile
from elman.data.readers.media import left_out, open_names, prevailing
from elman.data.readers.plain import SPLIT_NAMES
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError

TABLE_SUFFIXES = {".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet"}
SEQUENCE_SUFFIXES = {".conll", ".conllu", ".iob", ".iob2", ".bio", ".ts", ".npy", ".npz"}
DATA_SUFFIXES = TABLE_SUFFIXES | SEQUENCE_SUFFIXES
LAYOUT = "Expected one text file per class (Ham.txt, Spam.txt) or one subfolder per class."


def open_folder(folder: Path) -> Source:
    """Columns "text" or the medium, and "label"; and "split" where subfolders are called train, valid, test."""
    files, subfolders = files_of(folder), [item for item in visible(folder) if item.is_dir()]
    if are_parts(subfolders):
        return open_parts(folder, subfolders)
    if medium := prevailing(files):
        return open_names(files, medium)
    if len(subfolders) == 1 and (medium := prevailing(within := files_of(subfolders[0]))):
        named = open_names(within, medium)
        if "label" in named.names:
            return named
    if len(subfolders) == 1 and are_parts(inner := [item for item in visible(subfolders[0]) if item.is_dir()]):
        source = open_parts(subfolders[0], inner)
        beside = ", ".join(file.name for file in files)
        return replace(
            source, notes=source.notes + [f"files beside {subfolders[0].name} were left out ({beside})"] * bool(beside)
        )
    return open_subfolders(folder, subfolders) if subfolders else open_class_files(folder)


def are_parts(subfolders: Sequence[Path]) -> bool:
    return bool(subfolders) and all(item.name.lower() in SPLIT_NAMES for item in subfolders)


def table_beside_media(folder: Path) -> Path | None:
    """The table of a folder that holds one beside the pictures, recordings or tunes that it is about."""
    tables = [path for path in files_of(folder) if path.suffix.lower() in TABLE_SUFFIXES]
    if not tables or not any(prevailing(files_of(item)) for item in [folder, *visible(folder)] if item.is_dir()):
        return None
    if len(tables) > 1:
        listed = ", ".join(path.name for path in tables)
        raise DataFileError(
            f"holds several tables ({listed}). Pass the training one, and others by --valid, --test.", folder
        )
    return tables[0]


def files_of(folder: Path) -> list[Path]:
    return [item for item in visible(folder) if item.is_file()]


def open_parts(folder: Path, subfolders: Sequence[Path]) -> Source:
    """Subfolders train, valid, test, each of them a folder of its own."""
    parts = [(open_folder(item), item.name.lower()) for item in subfolders]
    names = parts[0][0].names
    for (source, _), subfolder in zip(parts, subfolders, strict=True):
        if source.names != names:
            raise DataFileError(
                f"gives the columns {', '.join(source.names)}, but {subfolders[0].name} gives {', '.join(names)}. "
                "Lay out both in the same way.",
                subfolder,
            )

    def rows() -> Iterator[Sequence[Cell]]:
        for source, name in parts:
            for row in source.rows():
                yield *row, name

    return Source(
        [*names, "split"], rows, parts[0][0].layout, notes=[note for source, _ in parts for note in source.notes]
    )


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that holds nothing but data files of one kind; none where it holds anything else."""
    items = visible(folder)
    suffixes = {suffix_of(item) for item in items}
    one_kind = len(suffixes) == 1 and suffixes <= DATA_SUFFIXES and all(item.is_file() for item in items)
    named = [bool(part_of(item)) for item in items]
    return items if one_kind and all(named) == any(named) else []


def part_of(path: Path) -> str | None:
    """The part of a data set that a file's name says it is: ``x_TRAIN.ts`` is "train"."""
    words = re.split(r"[._\-\s]", path.name.lower())
    return next((SPLIT_PARTS[word] for word in words if word in SPLIT_PARTS), None)


def open_class_files(folder: Path) -> Source:
    paths = visible(folder)
    listed = ", ".join(path.name for path in paths[:5]) + (", ..." if len(paths) > 5 else "")
    if not paths:
        raise DataFileError(f"is a folder without files. {LAYOUT}", folder)
    labels = [label_of(path) for path in paths]
    if any(known_suffix(path) for path in paths) or len(set(labels)) < len(labels):
        raise DataFileError(
            f"isn't a folder of classes; it holds {listed}. Pass the files themselves. {LAYOUT}", folder
        )
    if any(SPLIT_NAMES.intersection(label.lower().split(".")) for label in labels):
        raise DataFileError(
            f"holds parts of one data set ({listed}), not classes. Pass the training file, and the others by "
            "--valid and --test.",
            folder,
        )
    if len(paths) == 1:
        raise DataFileError(f"holds one file ({listed}), so one class. Pass the file itself. {LAYOUT}", folder)
    files = [TextFile(path) for path in paths]

    def rows() -> Iterator[Sequence[Cell]]:
        for file, label in zip(files, labels, strict=True):
            for line in file.lines():
                if item := line.strip():
                    yield item, label

    notes = [note for file in files for note in file.notes]
    return Source(["text", "label"], rows, "folder", notes=notes)


def open_subfolders(folder: Path, subfolders: Sequence[Path]) -> Source:
    if len(subfolders) == 1:
        raise DataFileError(f"holds one subfolder ({subfolders[0].name}), so one class. {LAYOUT}", folder)
    paths = [(path, label.name) for label in subfolders for path in files_of(label)]
    if not paths:
        raise DataFileError(f"its subfolders hold no files. {LAYOUT}", folder)
    files = [path for path, _ in paths]
    if medium := prevailing(files):
        kept = [(str(path), label) for path, label in paths if medium_of(path) == medium]
        return Source([medium, "label"], lambda: iter(kept), "folder", notes=left_out(files, medium))
    items = [(TextFile(path), label) for path, label in paths]

    def rows() -> Iterator[Sequence[Cell]]:
        for file, label in items:
            yield "\n".join(file.lines()).strip(), label

    notes = [note for file, _ in items for note in file.notes]
    loose = sum(path.is_file() for path in visible(folder))
    if loose:
        notes.append(f"{loose} files beside the class folders of {folder.name} were left out")
    return Source(["text", "label"], rows, "folder", notes=notes)


def visible(folder: Path) -> list[Path]:
    """What a folder holds, in the order of names, without hidden files and README files."""
    try:
        items = sorted(folder.iterdir())
    except OSError as error:
        raise DataFileError(f"can't be listed: {error.strerror or error}.", folder) from error
    return [item for item in items if not item.name.startswith(".") and item.stem.upper() != "README"]


def label_of(path: Path) -> str:
    return path.name.removesuffix(".gz").rsplit(".", 1)[0]


def known_suffix(path: Path) -> bool:
    return suffix_of(path) in DATA_SUFFIXES


def suffix_of(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()
