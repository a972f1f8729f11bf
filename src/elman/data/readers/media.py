"""Pictures, recordings and tunes: a folder of them, and the files that the cells of a table name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from elman.data.media import Medium, common_medium, medium_of
from elman.data.readers.source import Source
from elman.data.table import Cell

SAMPLE_ROWS = 200
SEPARATORS = re.compile(r"[_\-. ]+")
FILES_PER_LABEL = 2


def prevailing(paths: Sequence[Path]) -> Medium | None:
    """What most of these files hold, where that is pictures, recordings or tunes."""
    counts: Counter[Medium | None] = Counter()
    counts.update(medium_of(path) for path in paths)
    return counts.most_common(1)[0][0] if counts else None


def left_out(paths: Sequence[Path], medium: Medium) -> list[str]:
    """A note on the files that are of another kind."""
    others = [path.name for path in paths if medium_of(path) != medium]
    listed = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
    return [f"{len(others):,} files that aren't {medium} files were left out ({listed})"] if others else []


def open_names(paths: Sequence[Path], medium: Medium) -> Source:
    """Files that tell their labels by their names: 0_jackson_3.wav has the label 0, and the parts jackson and 3.

    Names tell labels where all fall into as many parts, and the first parts differ and come back. Otherwise the files
    are all there is, which is enough to predict from.
    """
    files = [path for path in paths if medium_of(path) == medium]
    parts = [SEPARATORS.split(path.stem) for path in files]
    notes = left_out(paths, medium)
    width = len(parts[0])
    if width == 1 or any(len(row) != width for row in parts) or not comes_back([row[0] for row in parts]):
        return Source([medium], lambda: ((str(path),) for path in files), "media", notes=notes)
    names = [medium, "label", *(f"part_{i}" for i in range(2, width + 1))]
    notes.append(f"labels are the first parts of the file names: {parts[0][0]} in {files[0].name}")
    return Source(
        names, lambda: ((str(path), *row) for path, row in zip(files, parts, strict=True)), "media", notes=notes
    )


def comes_back(labels: Sequence[str]) -> bool:
    return 1 < len(set(labels)) <= len(labels) / FILES_PER_LABEL


def located(source: Source, tables: Sequence[Path]) -> Source:
    """The same rows, in which files have the paths that lead to them from here.

    A cell names a file beside its table, or in one of the folders beside that. What isn't there stays as it was.
    """
    sample = list(islice(source.rows(), SAMPLE_ROWS))
    columns = [i for i in range(len(source.names)) if common_medium(row[i] for row in sample if row[i] is not None)]
    if not columns:
        return source
    beside = list(dict.fromkeys(path.parent for path in tables))
    folders = [*beside, *(item for folder in beside for item in sorted(folder.iterdir()) if item.is_dir())]

    def find(cell: Cell) -> Cell:
        for folder in folders:
            if (path := folder / str(cell)).is_file():
                folders.insert(0, folders.pop(folders.index(folder)))  # the next one likely lies there too
                return str(path)
        return cell

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            yield [find(cell) if i in columns and cell is not None else cell for i, cell in enumerate(row)]

    return replace(source, rows=rows)
