# pyright: strict
"""Texts and what belongs to them, line for line, in two files side by side, or in two for each part of the data:
``train_text.txt`` and ``train_labels.txt``, ``letters_source.txt`` and ``letters_target.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from elman.data.format import ReadingOptions
from elman.data.readers.beside import names_beside
from elman.data.readers.class_sequences import holds_numbers
from elman.data.readers.files import TextFile, unpacked_name
from elman.data.readers.plain import count_lines, refuse_unequal
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.split import SplitKind

ROLES = frozenset(
    {("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"), ("inputs", "outputs")}
    | {("inputs", "targets"), ("question", "answer"), ("questions", "answers"), ("article", "title")}
    | {("articles", "titles"), ("document", "summary"), ("documents", "summaries"), ("article", "summary")}
)
"""What files are called, at the ends of their names, the lines of one of which are made into those of the other."""
LABELS = frozenset({"label", "labels", "class", "classes", "sentiment", "sentiments", "category", "categories"})
"""What one is called that holds a label for each line of the other."""
ENDINGS = frozenset({"", ".txt"})


class Named(NamedTuple):
    """What the words of a file's name say: the part of the data, what is in it, and what both files share."""

    part: str | None
    role: str
    shared: tuple[str, ...]


class Pair(NamedTuple):
    """Two files of one part of the data."""

    part: str | None
    first: Path
    second: Path


def named(path: Path) -> Named:
    words = re.split("[._-]", unpacked_name(path.name).removesuffix(".txt").lower())
    part = next((found for word in words if (found := SplitKind.part_of(word))), None)
    *shared, role = [word for word in words if not SplitKind.part_of(word)] or [""]
    return Named(part, role, tuple(shared))


def pairs_in(files: Sequence[Path]) -> tuple[list[str], list[Pair]] | None:
    """The columns of such files, and the two of each part; None where files aren't laid out so. Of files that name
    parts, others are about them (``mapping.txt``)."""
    names = {path: named(path) for path in files if Path(unpacked_name(path.name)).suffix.lower() in ENDINGS}
    if any(name.part for name in names.values()):
        names = {path: name for path, name in names.items() if name.part}
    roles = {name.role: name.shared for name in names.values()}
    labels = roles.keys() & LABELS
    if len(roles) != 2 or len(labels) > 1:
        return None
    pair = next((pair for pair in ROLES if {*pair} == roles.keys()), None)
    if labels:
        pair = *(roles.keys() - labels), *labels
    if pair is None or not belong_together(*((*roles[role], role) for role in pair)):
        return None
    found: list[Pair] = []
    for part in dict.fromkeys(name.part for name in names.values()):
        own = {name.role: path for path, name in names.items() if name.part == part}
        if own.keys() != roles.keys() or sum(name.part == part for name in names.values()) != 2:
            return None
        found.append(Pair(part, own[pair[0]], own[pair[1]]))
    return ["text", "label"] if labels else [*pair], found


def belong_together(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether what the second of two names says before its role is what the first says: beside ``movie_reviews`` that
    is nothing (``labels``), the same (``movie_labels``) or all of it, but not ``activity_labels``."""
    return tuple(second[:-1]) in {(), tuple(first[:-1]), tuple(first)}


def open_pairs(folder: Path, files: Sequence[Path], options: ReadingOptions) -> Source | None:
    """A row for each line, and "split" where there are several parts; None for files that aren't laid out so, or that
    hold numbers, or no two of which have equally many lines.

    Raises DataFileError where only some parts have.
    """
    found = pairs_in(files)
    if found is None or any(holds_numbers(pair.first) for pair in found[1]):
        return None
    columns, pairs = found
    groups = [{name: TextFile(path, options) for name, path in zip(columns, pair[1:], strict=True)} for pair in pairs]
    counts = list(map(count_lines, groups))
    if all(len(set(own.values())) > 1 for own in counts):
        return None
    for group, own in zip(groups, counts, strict=True):
        refuse_unequal(group, own)
    meanings = names_beside(folder, ("label", "mapping"), options) if columns[-1] == "label" else {}
    split = len(pairs) > 1

    def rows() -> Iterator[Sequence[Cell]]:
        for pair, group in zip(pairs, groups, strict=True):
            for text, other in zip(*(map(str.strip, file.lines()) for file in group.values()), strict=True):
                yield [text or None, meanings.get(other, other) or None, *([pair.part] if split else [])]

    notes = [note for group in groups for file in group.values() for note in file.notes]
    paths = [path.name for pair in pairs for path in pair[1:]]
    notes.append(f"line i of each two belongs together: {', '.join(paths)}")
    return Source([*columns, *["split"] * split], rows, "parallel", notes=notes)
