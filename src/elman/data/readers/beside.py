# pyright: strict
"""Data whose features, classes and persons lie in files of their own, line for line, as UCI's set of smartphones has
them: ``X_train.txt``, ``y_train.txt`` and ``subject_train.txt``, and a folder of signals beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from elman.data.format import ReadingOptions
from elman.data.naming import free_name
from elman.data.readers.files import TextFile
from elman.data.readers.source import Source
from elman.data.table import Cell

OF_TEXT = frozenset({".txt", ".dat", ".csv"})
NAMED = re.compile(r"\s*(\d+)[\s,]+(\S.*?)\s*")
"""A number and its name, as in each line of ``features.txt`` and ``activity_labels.txt``."""
PART = re.compile(r"[ _-](train|test|valid|val)$", re.IGNORECASE)
"""What stands behind what a file is of."""
FEATURES, CLASSES = "x", "y"
SLOTS = ("seq.in", "seq.out", "label")


def open_beside(folder: Path, files: Sequence[Path], signals: Sequence[Path], options: ReadingOptions) -> Source | None:
    """Columns of the signals, where there are some, or else of the features; then those of the files beside them, such
    as persons, and "label" last. None for files that aren't laid out so.

    Raises DataFileError for files that have fewer lines, or more, than there are classes.
    """
    own = {called(path): path for path in files if path.suffix.lower() in OF_TEXT}
    if not {FEATURES, CLASSES} <= own.keys():
        return None
    whole_series = {called(path): path for path in signals if path.suffix.lower() in OF_TEXT}
    values = {name: path for name, path in own.items() if name not in (FEATURES, CLASSES)}
    paths = {**(whole_series or {FEATURES: own[FEATURES]}), **values, CLASSES: own[CLASSES]}
    opened = {name: TextFile(path, options) for name, path in paths.items()}
    check_counts(opened)
    features, classes = names_beside(folder, "feature", options), names_beside(folder, "label", options)
    width = len(next(filled(opened[FEATURES])).split()) if FEATURES in opened else 0
    columns: list[str] = []
    for place in range(1, width + 1):
        columns.append(free_name(features.get(str(place), f"{FEATURES}_{place}"), columns))
    columns += [*whole_series, *values, "label"]

    def cells_of(name: str, file: TextFile) -> Iterator[list[Cell] | None]:
        for number, line in numbered(file):
            if name in whole_series:
                yield [numbers_in(file, line)]
            elif name != FEATURES:
                yield [classes.get(line.strip(), line.strip()) if name == CLASSES else line.strip()]
            elif len(cells := line.split()) == width:
                yield [*cells]
            else:
                message = f"has {len(cells):,} numbers, but the first line has {width:,}."
                options.bad.add(file.error(message, number))
                yield None

    def rows() -> Iterator[Sequence[Cell]]:
        for parts in zip(*(cells_of(name, file) for name, file in opened.items()), strict=True):
            sound = [part for part in parts if part is not None]
            if len(sound) == len(parts):
                yield [*chain.from_iterable(sound)]

    notes = [f"line i of each belongs together: {', '.join(path.name for path in paths.values())}"]
    if whole_series:
        notes.append(
            f"{own[FEATURES].name} was left out, for the signals in {signals[0].parent.name!r}; to learn from it, move "
            "that folder elsewhere"
        )
    return Source(columns, rows, "steps" if whole_series else "table", True, notes, texts=frozenset({"label"}))


def open_slots(files: Sequence[Path], options: ReadingOptions) -> Source | None:
    """Columns "token", "tag" and "label" of ``seq.in``, ``seq.out`` and ``label``, as sets of spoken commands (ATIS,
    SNIPS) have them; None for other files."""
    own = {path.name: path for path in files}
    if not {*SLOTS} <= own.keys():
        return None
    opened = [TextFile(own[name], options) for name in SLOTS]
    check_counts({**dict(zip(SLOTS[:2], opened[:2], strict=True)), CLASSES: opened[2]})

    def rows() -> Iterator[Sequence[Cell]]:
        for words, tags, label in zip(*map(filled, opened), strict=True):
            yield words.split(), tags.split(), label.strip()

    return Source(
        ["token", "tag", "label"], rows, "sentences", notes=[f"line i of each belongs together: {', '.join(SLOTS)}"]
    )


def called(path: Path) -> str:
    """What a file is of: ``x`` for ``X_train.txt``."""
    return PART.sub("", path.stem).lower()


def numbered(file: TextFile) -> Iterator[tuple[int, str]]:
    """The lines that aren't blank, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(file.lines(), start=1) if line.strip())


def filled(file: TextFile) -> Iterator[str]:
    return (line for _, line in numbered(file))


def check_counts(opened: dict[str, TextFile]) -> None:
    counts = {name: sum(1 for _ in filled(file)) for name, file in opened.items()}
    for name, count in counts.items():
        if count != counts[CLASSES]:
            raise opened[name].error(
                f"has {count:,} lines, but {opened[CLASSES].path.name} has {counts[CLASSES]:,}, and line i of each "
                "belongs together. Fetch both again."
            )


def numbers_in(file: TextFile, line: str) -> list[float]:
    try:
        return [*map(float, line.replace(",", " ").split())]
    except ValueError:
        raise file.error(f"holds {line.strip()[:40]!r}, expected numbers with blanks between them.") from None


def names_beside(folder: Path, of: str | tuple[str, ...], options: ReadingOptions) -> dict[str, str]:
    """The names by their numbers, in a file of the folder or of the one around it whose name ends with what they are
    of; none where there is no such file."""
    for place in (folder, folder.parent):
        for path in sorted(place.glob("*.txt")):
            if path.stem.lower().rstrip("s").endswith(of):
                found = [NAMED.fullmatch(line) for line in filled(TextFile(path, options))]
                if all(found):
                    return {one[1]: one[2] for one in found if one}
    return {}
