# pyright: strict
"""Kinds whose cells name files: recognised by the endings of the names, and alike where the files hold the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from elman.kinds.base import Kind
from elman.kinds.column import is_list
from elman.stored import Rows, Stored, keys_in

if TYPE_CHECKING:
    from elman.kinds.column import Cell, Column, Profile


class FileKind(Kind):
    """A column of names of files, each of which holds one thing."""

    precedence = 70
    foremost = True
    same_by = "files with the same content"
    suffixes: ClassVar[frozenset[str]]
    """Endings of the names, in lower case, with their points."""
    makes_clips: ClassVar[bool] = False
    """A folder of such files may be one thing: a clip."""
    files_are: ClassVar[str]
    """What the files are, for people: "pictures"."""

    def in_short(self, cell: Any) -> str:
        """The last part of the name."""
        return PurePath(str(cell)).name

    def linear_inputs(self, cells: Sequence[Any]) -> list[Any]:
        """Summaries of what the files hold."""
        return list(self.summaries(self.encode(cells)))

    @classmethod
    def is_named(cls, name: object) -> bool:
        """Whether this is the name of such a file."""
        _, point, ending = str(name).rpartition(".")
        return isinstance(name, str | PurePath) and point + ending.lower() in cls.suffixes

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        named = not column.holds_lists and column.values and all(map(cls.is_named, column.values))
        return column.profile(cls) if named else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        first = PurePath(str(profile.top[0][0])).name
        return f"names {profile.distinct:,} files that are {cls.files_are} ({first}, ...)"

    @classmethod
    def files(cls, cell: Cell) -> list[str]:
        """The files, or the folder, that a cell names."""
        return [str(cell)]

    @classmethod
    def files_in(cls, cells: Sequence[Cell]) -> list[str]:
        return [file for cell in cells if isinstance(cell, str | list) for file in cls.files(cell)]

    @classmethod
    def contents(cls, cell: Cell) -> list[str]:
        """The files that are there of those that a cell names."""
        return [path for path in cls.files(cell) if Path(path).is_file()]

    @classmethod
    def identities(cls, cells: Sequence[Cell]) -> list[Hashable]:
        """What the files hold; for those that aren't there, their names. Only files of the same size are read."""
        named = {key: cell for cell in cells if cell is not None for key in [key_of(cell)]}
        there = {key: cls.contents(cell) for key, cell in named.items()}
        sizes = {key: tuple(Path(file).stat().st_size for file in files) for key, files in there.items() if files}
        shared = Counter(sizes.values())
        found: dict[Hashable, Hashable] = {
            key: (size, tuple(map(digest, there[key])) if shared[size] > 1 else key) for key, size in sizes.items()
        }
        return [None if cell is None else found.get(key_of(cell), key_of(cell)) for cell in cells]

    @classmethod
    def keys(cls, cells: Stored) -> Rows:
        """By what all files hold, whichever others are of their size."""

        def contents(cell: Cell) -> Hashable:
            return tuple(map(digest, cls.contents(cell))) or key_of(cell)

        return keys_in((list(map(repr, map(contents, block))) for block in cells.blocks()), len(cells), cells.types)


def key_of(cell: Cell) -> Hashable:
    """A cell that names a file or a folder, or lists files, as a key."""
    return tuple(cell) if is_list(cell) else str(cell)


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
