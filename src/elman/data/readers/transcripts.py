# pyright: strict
"""Recordings with their transcripts beside them, as LibriSpeech and its kin keep them: ``84/121/84-121.trans.txt`` has
a line for each recording of its folder, its name without the ending before what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from elman.data.format import ReadingOptions
from elman.data.readers.files import TextFile
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds import AudioKind
from elman.kinds.split import SplitKind

ENDING = ".trans.txt"
DEEPEST = 4
"""Folders of a corpus, a part, a speaker and a chapter lie around transcripts, at most."""


def transcripts_in(folder: Path) -> list[Path]:
    """All transcripts within a folder; none where the first of its subfolders, and of theirs, leads to none."""
    return sorted(folder.rglob(f"*{ENDING}")) if leads_to_one(folder) else []


def leads_to_one(folder: Path, deeper: int = DEEPEST) -> bool:
    if any(folder.glob(f"*{ENDING}")):
        return True
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return bool(inner) and deeper > 0 and leads_to_one(inner[0], deeper - 1)


def open_transcripts(folder: Path, paths: Sequence[Path], options: ReadingOptions) -> Source:
    """Columns "audio" and "transcript"; and "split" where all are in folders whose names begin with that of a part
    (``train-clean-100``). A line that names no recording beside it is a bad item."""
    files = [TextFile(path, options) for path in paths]
    parts = [part_of(folder, path) for path in paths]
    split = None not in parts

    def rows() -> Iterator[Sequence[Cell]]:
        for file, part in zip(files, parts, strict=True):
            recordings = {path.stem: path for path in file.path.parent.iterdir() if AudioKind.is_named(path)}
            for number, line in enumerate(file.lines(), start=1):
                name, _, said = line.strip().partition(" ")
                if name in recordings and said:
                    yield [str(recordings[name]), said, *([part] if split else [])]
                elif name:
                    what = f"no recording called {name!r} is beside it" if said else f"nothing is said in {name!r}"
                    file.bad.add(file.error(f"{what}. Expected a name and a transcript.", number))

    notes = [note for file in files for note in file.notes]
    return Source(["audio", "transcript", *["split"] * split], rows, "media", notes=notes)


def part_of(folder: Path, path: Path) -> str | None:
    """The part of the data that the name of a folder on the way to ``path`` begins with, the outermost that has one."""
    names = path.relative_to(folder).parts[:-1]
    return next((part for name in names if (part := SplitKind.part_of(re.split("[-_]", name)[0]))), None)
