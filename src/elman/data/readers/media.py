# pyright: strict
"""Pictures, recordings, tunes and clips: a folder of them, and what the cells of a table name."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import is_list
from elman.kinds.files import spread
from elman.kinds.naming import FileKind
from elman.kinds.recognition import file_kinds, kind_of_files

SAMPLE_ROWS = 200
SEPARATORS = re.compile(r"[_\-. ]+")
FILES_PER_LABEL = 2
AGAIN = re.compile(r"(\.\w{2,4})#\d+$")
"""What stands behind the name of a picture that has several captions, as in Flickr8k (Hodosh et al. 2013)."""
GLANCE = 10
"""Cells of a column by which it is mostly seen that it names no folders."""
MOST_CLIPS = 0.8
"""Of a column of names: where more of them are folders, it is a column of clips."""


def prevailing(paths: Sequence[Path]) -> type[FileKind] | None:
    """What most of these files hold, where that is pictures, recordings or tunes."""
    kinds = file_kinds()
    counts = Counter(next((kind for kind in kinds if kind.is_named(path)), None) for path in paths)
    return counts.most_common(1)[0][0] if counts else None


def left_out(paths: Sequence[Path], kind: type[FileKind]) -> list[str]:
    """A note on the files that are of another kind."""
    others = [path.name for path in paths if not kind.is_named(path)]
    listed = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
    return [f"left out, as no {kind.name} files: {len(others):,} ({listed})"] if others else []


def open_names(paths: Sequence[Path], kind: type[FileKind]) -> Source:
    """Files that tell their labels by their names: 0_jackson_3.wav has the label 0, and the parts jackson and 3.

    Names tell labels where all fall into as many parts, and the first parts differ and come back. Otherwise the files
    are all there is, which is enough to predict from.
    """
    files = [path for path in paths if kind.is_named(path)]
    parts = [SEPARATORS.split(path.stem) for path in files]
    notes = left_out(paths, kind)
    width = len(parts[0])
    if width == 1 or any(len(row) != width for row in parts) or not comes_back([row[0] for row in parts]):
        return Source([kind.name], lambda: ((str(path),) for path in files), "media", notes=notes)
    names = [kind.name, "label", *(f"part_{i}" for i in range(2, width + 1))]
    notes.append(f"labels are the first parts of the file names: {parts[0][0]} in {files[0].name}")
    return Source(
        names, lambda: ((str(path), *row) for path, row in zip(files, parts, strict=True)), "media", notes=notes
    )


def comes_back(labels: Sequence[str]) -> bool:
    return 1 < len(set(labels)) <= len(labels) / FILES_PER_LABEL


def located(source: Source, tables: Sequence[Path], elsewhere: Iterable[Path] = ()) -> Source:
    """The same rows, in which files and clips have the paths that lead to them from here; a clip's ends with a slash.

    A cell names a file, or a clip's folder, beside its table, in one of the folders beside that, or ``elsewhere``; or
    it lists files; ``a.jpg#1`` names a file a second time, where that is there. What isn't there stays as it was.
    """
    beside = list(dict.fromkeys(path.parent for path in tables))
    folders = [*beside, *(item for folder in beside for item in sorted(folder.iterdir()) if item.is_dir())]
    folders += elsewhere
    sample = [*islice(source.rows(), SAMPLE_ROWS)]
    cells = [
        [cell for row in sample if (cell := named_once(row[i], folders)) is not None] for i in range(len(source.names))
    ]
    columns = {i: "" for i, some in enumerate(cells) if kind_of_files(some)}
    # Where a column names pictures, another may name their folders: as classes, and not as clips.
    if not columns:
        within = {name for folder in folders for name in subfolders_of(folder)}
        columns = {i: "/" for i, some in enumerate(cells) if name_clips(some, folders, within)}
    if not columns:
        return source

    def find(cell: Cell, end: str) -> Cell:
        if is_list(cell):
            return [find(item, end) for item in cell]
        cell = named_once(cell, folders)
        for folder in folders:
            # Of text that no name can have, those of Path raise OSError.
            if os.path.isfile(path := folder / str(cell)) or os.path.isdir(path):
                folders.insert(0, folders.pop(folders.index(folder)))  # the next one likely lies there too
                return f"{path}/" if os.path.isdir(path) else str(path)
        return f"{cell}{end}"

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            yield [find(cell, columns[i]) if i in columns and cell is not None else cell for i, cell in enumerate(row)]

    return replace(source, rows=rows)


def subfolders_of(folder: Path) -> list[str]:
    """What the folders within one are called; of one that may not be looked into, none."""
    try:
        return [item.name for item in os.scandir(folder) if item.is_dir()]
    except PermissionError:
        return []


def named_once(cell: Cell, folders: Sequence[Path]) -> Cell:
    """The name of a file without what says that it is named again; any other cell as it is."""
    name = AGAIN.sub(r"\1", cell) if isinstance(cell, str) else cell
    return name if name is cell or any(os.path.isfile(folder / name) for folder in folders) else cell


def name_clips(cells: Sequence[Cell], folders: Sequence[Path], within: Collection[str]) -> bool:
    """Whether most of the cells name a folder within one of ``folders``, and the first of these holds pictures.
    ``within``: what the folders there are called, so that few cells of a table of numbers are looked for.

    Of the others it is said later that there is no such folder.
    """

    def found(cell: Cell) -> Path | None:
        name = str(cell) if isinstance(cell, str | int) else ""
        path = Path(name)
        if not name.strip(" ./") or not (path.is_absolute() or path.parts[0] in within or path.parts[0] == ".."):
            return None
        return next((path for folder in folders if os.path.isdir(path := folder / name)), None)

    there: list[Path] = []
    if 2 * len({*map(str, cells)}) <= len(cells):
        return False  # a few that come back are classes, though a folder of each has the same name
    if not any(map(found, spread(cells, GLANCE))):
        return False
    for looked_at, path in enumerate(map(found, cells), start=1):
        if path is not None:
            there.append(path)
        elif looked_at - len(there) >= (1 - MOST_CLIPS) * len(cells):
            return False
    return any(map(holds_pictures, there[:5]))


def holds_pictures(folder: Path) -> bool:
    kind = prevailing([item for item in folder.iterdir() if item.is_file()])
    return kind is not None and kind.makes_clips
